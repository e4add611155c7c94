//! Who follows whom when the map is re-drawn: by the ground, or by a file of those who decided it.

use std::{collections::BTreeMap, io::Read};

use geo::BoundingRect;

use super::{
    boundaries::BoundaryError,
    centre::{self, NoCentre},
    settings::{Earlier, NotPublished},
};
use crate::{
    domain::{
        clock::Timestamp,
        ids::{CenterId, CommuneCode, GenerationId},
    },
    locate::{
        Territory,
        diff::{self, Succession},
    },
    store::{DocumentKind, Store, StoreError},
};

/// The successor of each commune of the map before, as a file says.
pub type Mapping = BTreeMap<CommuneCode, CommuneCode>;

/// Why a file of successors cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadMapping {
    /// Not a table.
    #[error("the mapping is no CSV with the columns old_code and new_code: {0}")]
    Table(String),
    /// A code that the map does not have.
    #[error("the mapping names {code}, and there is no such commune on {map}")]
    NoSuchCommune {
        /// The code.
        code: CommuneCode,
        /// On which map.
        map: GenerationId,
    },
}

/// Reads a CSV with the columns `old_code` and `new_code`; of several lines for one old code the first counts.
pub fn read_mapping(file: impl Read) -> Result<Mapping, BadMapping> {
    let bad = |why: &dyn std::fmt::Display| BadMapping::Table(why.to_string());
    let mut reader = csv::Reader::from_reader(file);
    let header = reader.headers().map_err(|why| bad(&why))?.clone();
    let column = |name: &str| {
        let place = header.iter().position(|field| field.trim_start_matches('\u{feff}').trim() == name);
        place.ok_or_else(|| BadMapping::Table(format!("there is no column {name}")))
    };
    let (old, new) = (column("old_code")?, column("new_code")?);
    let mut mapping = Mapping::new();
    for row in reader.records() {
        let row = row.map_err(|why| bad(&why))?;
        let code = |place: usize| row.get(place).unwrap_or_default().trim().parse().map_err(|why| bad(&why));
        mapping.entry(code(old)?).or_insert(code(new)?);
    }
    Ok(mapping)
}

/// Works out and keeps, both ways, who follows whom between `id` and every map that was ever in the plan. `mapping`
/// speaks of the map `before`.
pub async fn prepare(
    store: &Store,
    center: &CenterId,
    id: &GenerationId,
    before: Option<&GenerationId>,
    mapping: Option<&Mapping>,
    now: Timestamp,
) -> Result<(), BoundaryError> {
    let mut new: Option<Vec<Territory>> = None;
    for other in store.activated(center).await?.into_iter().filter(|other| other != id) {
        let overruled = mapping.filter(|_| before == Some(&other));
        let known = centre::successions_of(store, center, &other, id).await?.is_some();
        if known && overruled.is_none() {
            continue;
        }
        let fresh = match new.take() {
            Some(read) => read,
            None => served(store, center, &other, id).await?,
        };
        let old = around(centre::territories(store, &other).await?, &fresh);
        let diff = diff::diff(&old, &fresh);
        for pair in &diff.uncompared {
            tracing::warn!(%pair, "two communes were taken for strangers");
        }
        let mut forth = diff.successions();
        if let Some(mapping) = overruled {
            overrule(&mut forth, mapping, (&other, &old), (id, &fresh))?;
        }
        new = Some(fresh);
        keep(store, center, (&other, id), &forth, now).await?;
        if !known {
            keep(store, center, (id, &other), &diff.predecessions(), now).await?;
        }
    }
    Ok(())
}

/// The communes of the new map that lie in the province of the offices of the map before.
async fn served(
    store: &Store,
    center: &CenterId,
    other: &GenerationId,
    id: &GenerationId,
) -> Result<Vec<Territory>, BoundaryError> {
    let all = centre::territories(store, id).await?;
    let province = match centre::offices(store, center, other).await {
        Ok((_, directory)) => directory.province,
        Err(NoCentre::Missing(_)) => return Ok(all),
        Err(other) => return Err(other.into()),
    };
    Ok(all.into_iter().filter(|territory| territory.commune.province == province).collect())
}

/// Those of the old map that can have ground in common with the new one.
fn around(old: Vec<Territory>, new: &[Territory]) -> Vec<Territory> {
    let boxes: Vec<geo::Rect> = new.iter().filter_map(|territory| territory.shape.bounding_rect()).collect();
    let meets = |territory: &Territory| {
        let own = territory.shape.bounding_rect();
        own.is_some_and(|own| boxes.iter().any(|other| diff::meet(own, *other)))
    };
    old.into_iter().filter(meets).collect()
}

fn overrule(
    forth: &mut Vec<Succession>,
    mapping: &Mapping,
    old: (&GenerationId, &[Territory]),
    new: (&GenerationId, &[Territory]),
) -> Result<(), BadMapping> {
    let named = |code: &CommuneCode, (map, communes): (&GenerationId, &[Territory])| {
        let known = communes.iter().any(|territory| territory.commune.code == *code);
        let missing = || BadMapping::NoSuchCommune { code: code.clone(), map: map.clone() };
        known.then_some(()).ok_or_else(missing)
    };
    for (from, to) in mapping {
        named(from, old)?;
        named(to, new)?;
        match forth.iter_mut().find(|succession| succession.old == *from) {
            Some(known) if known.new == *to => {}
            Some(known) => *known = Succession { old: from.clone(), new: to.clone(), same: false },
            None => forth.push(Succession { old: from.clone(), new: to.clone(), same: false }),
        }
    }
    Ok(())
}

async fn keep(
    store: &Store,
    center: &CenterId,
    (from, to): (&GenerationId, &GenerationId),
    successions: &[Succession],
    now: Timestamp,
) -> Result<(), StoreError> {
    let text = serde_json::to_string(successions).map_err(|why| StoreError::Corrupt(why.to_string()))?;
    store.publish_document(center, DocumentKind::Successions(from, to), &text, now).await?;
    Ok(())
}

/// The offices that those of the new map are made from; None where there are none.
pub async fn earlier(
    store: &Store,
    center: &CenterId,
    before: &GenerationId,
    id: &GenerationId,
) -> Result<Option<Earlier>, NotPublished> {
    let directory = match centre::offices(store, center, before).await {
        Ok((_, directory)) => directory,
        Err(NoCentre::Missing(_)) => return Ok(None),
        Err(other) => return Err(other.into()),
    };
    let successions = centre::successions_of(store, center, before, id).await?.unwrap_or_default();
    let same = successions.into_iter().filter(|succession| succession.same);
    let mut taken = std::collections::BTreeSet::new();
    for map in store.activated(center).await?.iter().filter(|map| *map != id) {
        match centre::offices(store, center, map).await {
            Ok((_, directory)) => taken.extend(directory.offices.into_iter().map(|office| office.id)),
            Err(NoCentre::Missing(_)) => {}
            Err(other) => return Err(other.into()),
        }
    }
    let same = same.map(|succession| (succession.new, succession.old)).collect();
    Ok(Some(Earlier { directory, same, taken }))
}
