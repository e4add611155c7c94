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
        ids::{CenterId, CommuneCode, GenerationId, ProvinceCode},
    },
    locate::{
        approximate,
        fetch::{self, FetchError, Progress},
        import::{self, Import, ImportError},
        manifest, neighbours as near_by, shape, topology,
    },
    store::{Store, StoreError, StoredCommune},
};

pub use crate::locate::{
    Territory,
    import::{Finding, Repaired},
    topology::Topology,
};

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
    /// What was done to invalid polygons.
    pub repaired: Vec<Repaired>,
    /// Neighbouring provinces that the mirror does not have.
    pub missing: Vec<ProvinceCode>,
}

/// What becomes of invalid polygons.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Defects {
    /// They are kept as they are: what an odd number of their rings surround belongs to them.
    #[default]
    Keep,
    /// Their communes are left out.
    LeaveOut,
    /// They are made valid.
    Repair,
}

/// Reads a file or folder and keeps it as `id`; nothing is put into force.
pub async fn import(
    store: &Store,
    path: &Path,
    id: GenerationId,
    defects: Defects,
    now: Timestamp,
) -> Result<Imported, BoundaryError> {
    let read = import::read(path)?;
    Ok(match defects {
        Defects::Keep => keep(store, read, id, now).await?,
        Defects::LeaveOut => {
            let invalid = read.invalid();
            let read = read.without(&invalid)?;
            let findings = read.check();
            write(store, read, findings, id, invalid, now).await?
        }
        Defects::Repair => {
            let (read, repaired) = read.repaired()?;
            Imported { repaired, ..keep(store, read, id, now).await? }
        }
    })
}

/// Reads and checks only.
pub fn check(path: &Path) -> Result<Checked, ImportError> {
    let read = import::read(path)?;
    let (findings, topology) = (read.check(), topology::topology(&read.territories));
    Ok(Checked { read, findings, topology })
}

/// What a check has found.
#[derive(Debug)]
pub struct Checked {
    /// The communes.
    pub read: Import,
    /// Self-crossings, and borders that cross.
    pub findings: Vec<Finding>,
    /// Overlaps and gaps with their areas.
    pub topology: Topology,
}

/// Which provinces lie within 10 km of which, as a table for `boundaries/neighbours.csv`.
pub fn neighbours(path: &Path) -> Result<String, ImportError> {
    Ok(near_by::table(&import::read(path)?.territories))
}

/// Which neighbours are fetched with a province.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Neighbours {
    /// Those that lie within 10 km; one that the mirror does not have is done without.
    Known,
    /// These, and they must be there.
    Named(Vec<ProvinceCode>),
}

/// Brings the published files of a province, or of all, and keeps them under the day of their publication. Of the
/// neighbouring provinces what lies within 10 km is kept with them.
pub async fn fetch(
    store: &Store,
    province: Option<&ProvinceCode>,
    neighbours: &Neighbours,
    base_url: Option<&str>,
    cache: &Path,
    progress: impl Fn(Progress) + Send + Sync,
    now: Timestamp,
) -> Result<Imported, BoundaryError> {
    let folder: PathBuf = fetch::fetch(province, base_url, cache, &progress).await?;
    let mut scope = province.map_or_else(|| "vn".to_owned(), ToString::to_string);
    let read = import::read(&folder)?;
    let wanted = match (neighbours, province) {
        (Neighbours::Named(named), _) => named.clone(),
        (Neighbours::Known, Some(province)) => manifest::neighbours(province),
        (Neighbours::Known, None) => vec![],
    };
    let (mut near_ones, mut missing, mut with) = (vec![], vec![], vec![]);
    for neighbour in wanted {
        match fetch::fetch(Some(&neighbour), base_url, cache, &progress).await {
            Ok(folder) => {
                let others = import::read(&folder)?.territories;
                near_ones.extend(near_by::within(&read.territories, others, near_by::AROUND_M));
                with.push(neighbour.to_string());
            }
            Err(why) if *neighbours == Neighbours::Known && why.is_absence() => missing.push(neighbour),
            Err(why) => return Err(why.into()),
        }
    }
    if !with.is_empty() {
        scope = format!("{scope}-with-{}", with.join("-"));
    }
    let mut read = read.with(near_ones)?;
    let id: GenerationId = format!("{}-{scope}", manifest::PUBLISHED_ON).parse().expect("a date and province codes");
    read.source = Some(manifest::ATTRIBUTION.to_owned());
    Ok(Imported { missing, ..keep(store, read, id, now).await? })
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
    write(store, read, vec![], id, vec![], now).await?;
    Ok(())
}

async fn keep(store: &Store, read: Import, id: GenerationId, now: Timestamp) -> Result<Imported, BoundaryError> {
    let findings = read.check();
    write(store, read, findings, id, vec![], now).await
}

async fn write(
    store: &Store,
    read: Import,
    findings: Vec<Finding>,
    id: GenerationId,
    left_out: Vec<CommuneCode>,
    now: Timestamp,
) -> Result<Imported, BoundaryError> {
    let generation = Generation {
        id,
        source: read.source.unwrap_or_default(),
        approximate: read.approximate,
        checksum: read.checksum,
        imported_at: now,
        communes: i64::try_from(read.territories.len()).unwrap_or(i64::MAX),
        left_out,
    };
    let communes: Vec<StoredCommune> = read
        .territories
        .into_iter()
        .map(|territory| StoredCommune { shape: shape::encode(&territory.shape), commune: territory.commune })
        .collect();
    store.save_generation(&generation, &communes).await?;
    Ok(Imported { generation, findings, repaired: vec![], missing: vec![] })
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
