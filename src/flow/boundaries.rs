//! Boundaries are fetched or imported, kept as a generation, and put into force.

use std::path::{Path, PathBuf};

use super::{
    centre::{self, NoCentre},
    settings::{self, NotPublished},
    successions::{self, BadMapping, Mapping},
};
use crate::{
    domain::{
        boundary::{Activation, Generation},
        clock::Timestamp,
        ids::{CenterId, GenerationId, ProvinceCode},
    },
    locate::{
        approximate,
        fetch::{self, FetchError, Progress},
        import::{self, Import, ImportError},
        manifest, neighbours as near_by, shape,
    },
    store::{Store, StoreError, StoredCommune},
};

pub use crate::locate::{Territory, import::Finding};

/// Communes with their polygons, ascending by code.
pub type Territories = Vec<Territory>;

/// The set of Điện Biên's communes that needs no network; made by `ioc boundaries approximate`.
const APPROXIMATE: &[u8] = include_bytes!("../../boundaries/dien-bien-approximate.geojson");

/// Why boundaries could not be brought in or put into force.
#[derive(Debug, thiserror::Error)]
pub enum BoundaryError {
    /// The files.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The network.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// No such generation.
    #[error("there are no boundaries {0}: see `ioc boundaries list`")]
    Unknown(GenerationId),
    /// Neither kept nor a file.
    #[error("there are neither boundaries nor a file {0}: see `ioc boundaries list`")]
    NoSuchMap(String),
    /// Nothing to go back to.
    #[error("there is no earlier activation to go back to")]
    NothingBefore,
    /// The file of successors.
    #[error(transparent)]
    Mapping(#[from] BadMapping),
    /// The rules would not be total on it; the map in force stays.
    #[error(transparent)]
    NotPublished(#[from] NotPublished),
    /// The map cannot be read.
    #[error(transparent)]
    NoCentre(#[from] NoCentre),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What was brought in.
#[derive(Debug)]
pub struct Imported {
    /// As it is listed.
    pub generation: Generation,
    /// Self-crossings and overlaps; they stand as they are.
    pub findings: Vec<Finding>,
}

/// Reads a file or folder and keeps it as `id`; nothing is put into force.
pub async fn import(store: &Store, path: &Path, id: GenerationId, now: Timestamp) -> Result<Imported, BoundaryError> {
    keep(store, import::read(path)?, id, now).await
}

/// Reads and checks only.
pub fn check(path: &Path) -> Result<(Import, Vec<Finding>), ImportError> {
    let read = import::read(path)?;
    let findings = read.check();
    Ok((read, findings))
}

/// Brings the published files of a province, or of all, and keeps them under the day of their publication. Of the
/// neighbouring provinces what lies within 10 km is kept with them.
pub async fn fetch(
    store: &Store,
    province: Option<&ProvinceCode>,
    neighbours: &[ProvinceCode],
    base_url: Option<&str>,
    cache: &Path,
    progress: impl Fn(Progress) + Send + Sync,
    now: Timestamp,
) -> Result<Imported, BoundaryError> {
    let folder: PathBuf = fetch::fetch(province, base_url, cache, &progress).await?;
    let mut scope = province.map_or_else(|| "vn".to_owned(), ToString::to_string);
    let read = import::read(&folder)?;
    let mut near_ones = vec![];
    for (nth, neighbour) in neighbours.iter().enumerate() {
        let folder = fetch::fetch(Some(neighbour), base_url, cache, &progress).await?;
        let near = near_by::within(&read.territories, import::read(&folder)?.territories, near_by::AROUND_M);
        near_ones.extend(near);
        scope += if nth == 0 { "-with-" } else { "-" };
        scope += neighbour.as_str();
    }
    let mut read = read.with(near_ones);
    let id: GenerationId = format!("{}-{scope}", manifest::PUBLISHED_ON).parse().expect("a date and a province code");
    read.source = Some(manifest::ATTRIBUTION.to_owned());
    keep(store, read, id, now).await
}

/// The approximate set from inside the binary.
pub async fn import_approximate(store: &Store, now: Timestamp) -> Result<Imported, BoundaryError> {
    let id = "approximate".parse().expect("a slug");
    keep(store, import::parse("the approximate set", APPROXIMATE)?, id, now).await
}

/// Keeps polygons that were kept before, under another name.
pub async fn keep_territories(
    store: &Store,
    territories: Vec<Territory>,
    id: GenerationId,
    now: Timestamp,
) -> Result<(), BoundaryError> {
    let read = Import { territories, checksum: String::new(), approximate: false, source: None };
    write(store, read, vec![], id, now).await?;
    Ok(())
}

async fn keep(store: &Store, read: Import, id: GenerationId, now: Timestamp) -> Result<Imported, BoundaryError> {
    let findings = read.check();
    write(store, read, findings, id, now).await
}

async fn write(
    store: &Store,
    read: Import,
    findings: Vec<Finding>,
    id: GenerationId,
    now: Timestamp,
) -> Result<Imported, BoundaryError> {
    let generation = Generation {
        id,
        source: read.source.unwrap_or_default(),
        approximate: read.approximate,
        checksum: read.checksum,
        imported_at: now,
        communes: i64::try_from(read.territories.len()).unwrap_or(i64::MAX),
    };
    let communes: Vec<StoredCommune> = read
        .territories
        .into_iter()
        .map(|territory| StoredCommune { shape: shape::encode(&territory.shape), commune: territory.commune })
        .collect();
    store.save_generation(&generation, &communes).await?;
    Ok(Imported { generation, findings })
}

/// Puts a map into force from `effective` on. Who follows whom, offices and rules are made ready for it first, so that it
/// is never in force without an office for every commune and category; the last step is one line of the plan. Open
/// tickets follow by themselves ([`super::redrawn`]). `mapping` overrules the successors that the ground suggests.
pub async fn activate(
    store: &Store,
    center: &CenterId,
    id: &GenerationId,
    effective: Timestamp,
    mapping: Option<&Mapping>,
    now: Timestamp,
) -> Result<(), BoundaryError> {
    let known = store.generations().await?.iter().any(|generation| generation.id == *id);
    if !known {
        return Err(BoundaryError::Unknown(id.clone()));
    }
    let map = centre::atlas(store, id).await?;
    let plan = store.plan(center).await?;
    let before = centre::in_force(&plan, effective).or(plan.last()).map(|activation| activation.generation.clone());
    successions::prepare(store, center, id, before.as_ref(), mapping, now).await?;
    let earlier = match before.filter(|before| before != id) {
        Some(before) => successions::earlier(store, center, &before, id).await?,
        None => None,
    };
    settings::ensure(store, center, &map, earlier.as_ref(), now).await?;
    settings::prove_stored(store, center, &map).await?;
    let activation = Activation { generation: id.clone(), effective, decided_at: now };
    Ok(store.activate(center, &activation).await?)
}

/// Takes back the last activation.
pub async fn rollback(store: &Store, center: &CenterId, now: Timestamp) -> Result<Activation, BoundaryError> {
    store.rollback(center, now).await?.ok_or(BoundaryError::NothingBefore)
}

/// Approximate boundaries from a table of seats, as GeoJSON.
pub fn approximate(seats: &str) -> Result<String, approximate::BadSeats> {
    Ok(approximate::geojson(&approximate::generate(seats)?))
}
