//! Boundaries are fetched or imported, kept as a generation, and put into force.

use std::path::{Path, PathBuf};

use super::{
    centre::{self, NoCentre},
    settings::{self, NotPublished},
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
        import::{self, Finding, Import, ImportError},
        manifest, shape,
    },
    store::{Store, StoreError, StoredCommune},
};

pub use crate::locate::Territory;

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
    /// Nothing to go back to.
    #[error("there is no earlier activation to go back to")]
    NothingBefore,
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

/// Brings the published files of a province, or of all, and keeps them under the day of their publication.
pub async fn fetch(
    store: &Store,
    province: Option<&ProvinceCode>,
    base_url: Option<&str>,
    cache: &Path,
    progress: impl Fn(Progress) + Send + Sync,
    now: Timestamp,
) -> Result<Imported, BoundaryError> {
    let folder: PathBuf = fetch::fetch(province, base_url, cache, progress).await?;
    let scope = province.map_or_else(|| "vn".to_owned(), ToString::to_string);
    let id: GenerationId = format!("{}-{scope}", manifest::PUBLISHED_ON).parse().expect("a date and a province code");
    let mut read = import::read(&folder)?;
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

/// Puts a map into force from `effective` on. Offices and rules are made ready for it first, so that it is never in
/// force without an office for every commune and category.
pub async fn activate(
    store: &Store,
    center: &CenterId,
    id: &GenerationId,
    effective: Timestamp,
    now: Timestamp,
) -> Result<(), BoundaryError> {
    let known = store.generations().await?.iter().any(|generation| generation.id == *id);
    if !known {
        return Err(BoundaryError::Unknown(id.clone()));
    }
    let map = centre::atlas(store, id).await?;
    let earlier = earlier(store, center, now).await?;
    settings::ensure(store, center, &map, earlier.as_ref(), now).await?;
    settings::prove_stored(store, center, &map).await?;
    let activation = Activation { generation: id.clone(), effective, decided_at: now };
    Ok(store.activate(center, &activation).await?)
}

async fn earlier(store: &Store, center: &CenterId, now: Timestamp) -> Result<Option<settings::Earlier>, BoundaryError> {
    let plan = store.plan(center).await?;
    let Some(active) = centre::in_force(&plan, now) else { return Ok(None) };
    let (_, directory) = centre::offices(store, center, &active.generation).await?;
    let communes = store.communes(&active.generation).await?.into_iter().map(|stored| stored.commune);
    Ok(Some((directory, communes.collect())))
}

/// Takes back the last activation.
pub async fn rollback(store: &Store, center: &CenterId, now: Timestamp) -> Result<Activation, BoundaryError> {
    store.rollback(center, now).await?.ok_or(BoundaryError::NothingBefore)
}

/// Approximate boundaries from a table of seats, as GeoJSON.
pub fn approximate(seats: &str) -> Result<String, approximate::BadSeats> {
    Ok(approximate::geojson(&approximate::generate(seats)?))
}
