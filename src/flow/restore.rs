//! A backup is brought back: everything is checked first, and only an empty place is written to.
//!
//! Afterwards the same reports stand in the same queues, and what was still to be told is told under the same delivery
//! ids. Numbers that were given out since the backup was made are passed over.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::backup::{Entry, Manifest, NoManifest, copy, private_folder, settle};
use crate::{
    domain::ids::CenterId,
    identity::Vault,
    store::{Place, StoreError, newest_schema},
};

/// Why nothing was brought back.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// No backup, or not of this program.
    #[error(transparent)]
    NoManifest(#[from] NoManifest),
    /// A schema that this program does not know.
    #[error(
        "the backup has the schema {found} and this program knows {known}: install ioc {program} or later, which made it. Nothing was written"
    )]
    NewerSchema {
        /// Of the backup.
        found: i64,
        /// Of this program.
        known: i64,
        /// That made the backup.
        program: String,
    },
    /// Of the other engine.
    #[error(
        "the backup is of {found} and --database-url names {asked}: engines are not changed by a backup. Nothing was written"
    )]
    OtherEngine {
        /// Of the backup.
        found: String,
        /// Of the URL.
        asked: &'static str,
    },
    /// A file is not what it was.
    #[error("{path} {what}: this backup cannot be used, take another one. Nothing was written")]
    Harmed {
        /// Which file.
        path: String,
        /// In which way.
        what: String,
    },
    /// No sealing key here.
    #[error(
        "the sealing key is not here: put the key file of the first start to {file} (chmod 600), or set IOC_SECRET_KEY. It is kept apart from the backups; its fingerprint is {expected}. Nothing was written"
    )]
    NoKey {
        /// Where it was looked for.
        file: String,
        /// Of the key that is needed.
        expected: String,
    },
    /// Another sealing key.
    #[error(
        "the sealing key here has fingerprint {found} and the backup was sealed with {expected}: contacts could not be opened and secrets would not fit. Bring the key of that time. Nothing was written"
    )]
    WrongKey {
        /// Of the key here.
        found: String,
        /// Of the key that is needed.
        expected: String,
    },
    /// The backup has no such centre.
    #[error("the backup knows the centres {known} and not {asked}: say which with --center. Nothing was written")]
    OtherCenter {
        /// Of the backup.
        known: String,
        /// Of this call.
        asked: CenterId,
    },
    /// Another photo of that name lies there.
    #[error("{0} is there already and is another file: move the folder of photos away. Nothing was written")]
    InTheWay(String),
    /// Writing failed.
    #[error("{path} cannot be written: {why}. Make room or give access, then begin anew")]
    File {
        /// Which file.
        path: String,
        /// What the system said.
        why: io::Error,
    },
    /// What was brought back is not what was copied.
    #[error(
        "what was brought back is not what the backup says: {0}. Do not serve it: remove it and take another backup"
    )]
    Untrue(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Where a backup is brought back to.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// An empty database.
    pub database_url: &'a str,
    /// The data folder: key and photos.
    pub data: &'a Path,
    /// Which centre will be served.
    pub center: &'a CenterId,
    /// Its sealing key; None where there is none.
    pub vault: Option<&'a Vault>,
}

/// What was brought back.
#[derive(Debug)]
pub struct Restored {
    /// What the backup said of itself; the database has been found to be that.
    pub manifest: Manifest,
    /// Deliveries that were under way and go on, under their own ids.
    pub deliveries: i64,
    /// What `ioc verify` finds wrong.
    pub faults: Vec<String>,
}

/// Whether nothing is there yet: no file, or no table. False too where that cannot be found out.
pub async fn is_vacant(database_url: &str) -> bool {
    Place::empty(database_url).await.is_ok()
}

/// Brings a backup back into an empty place.
pub async fn restore(from: &Path, target: Target<'_>) -> Result<Restored, RestoreError> {
    let manifest = Manifest::read(from)?;
    let (found, known) = (manifest.schema, newest_schema());
    if found > known {
        return Err(RestoreError::NewerSchema { found, known, program: manifest.program });
    }
    check_key(&manifest, target)?;
    let place = Place::empty(target.database_url).await?;
    if place.engine() != manifest.engine {
        return Err(RestoreError::OtherEngine { found: manifest.engine, asked: place.engine() });
    }
    let (folder, data) = (from.to_owned(), target.data.to_owned());
    let manifest = blocking(move || check_files(&manifest, &folder, &data).map(|()| manifest)).await?;
    place.begin().await?;
    // The photos first: a database never speaks of those that are not there yet.
    let (folder, data) = (from.to_owned(), target.data.to_owned());
    let manifest = blocking(move || bring_photos(&manifest, &folder, &data).map(|()| manifest)).await?;

    let store = place.fill(&from.join(&manifest.database)).await?;
    if let Some(why) = store.facts().await?.differs_from(&manifest.facts()) {
        return Err(RestoreError::Untrue(why));
    }
    store.bring_up_to_date().await?;
    let chain = store.verify_chain().await?;
    if chain.head != manifest.head {
        return Err(RestoreError::Untrue(format!("the chain of events ends with {}", chain.head)));
    }
    store.pass_over_lost_numbers().await?;
    let deliveries = store.count_undelivered().await?;
    place.settle(&store).await?;
    let faults = chain.faults.into_iter().map(|fault| fault.what).collect();
    Ok(Restored { manifest, deliveries, faults })
}

fn check_key(manifest: &Manifest, target: Target<'_>) -> Result<(), RestoreError> {
    let Some(expected) = manifest.keys.get(target.center.as_str()) else {
        if manifest.keys.is_empty() {
            return Ok(());
        }
        let known = manifest.keys.keys().cloned().collect::<Vec<_>>().join(", ");
        return Err(RestoreError::OtherCenter { known, asked: target.center.clone() });
    };
    let expected = expected.clone();
    let Some(vault) = target.vault else {
        return Err(RestoreError::NoKey { file: target.data.join("ioc.key").display().to_string(), expected });
    };
    let found = vault.fingerprint();
    if found == expected { Ok(()) } else { Err(RestoreError::WrongKey { found, expected }) }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, RestoreError> + Send + 'static,
) -> Result<T, RestoreError> {
    let failed = |why| RestoreError::File { path: "the data folder".to_owned(), why: io::Error::other(why) };
    tokio::task::spawn_blocking(work).await.map_err(failed)?
}

/// Every file is what it was when the backup was made, and no other stands where it goes to.
fn check_files(manifest: &Manifest, from: &Path, data: &Path) -> Result<(), RestoreError> {
    let harmed = |path: &str, what: &str| RestoreError::Harmed { path: path.to_owned(), what: what.to_owned() };
    if !manifest.files.iter().any(|file| file.path == manifest.database) {
        return Err(harmed(&manifest.database, "is the database's copy and is not described in the manifest"));
    }
    for file in &manifest.files {
        if !file.stays_inside() {
            return Err(harmed(&file.path, "leads out of the backup"));
        }
        let length = match fs::metadata(from.join(&file.path)) {
            Ok(about) => about.len(),
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Err(harmed(&file.path, "is missing")),
            Err(why) => return Err(harmed(&file.path, &format!("cannot be read ({why})"))),
        };
        if length != file.bytes {
            return Err(harmed(&file.path, &format!("has {length} bytes instead of {}", file.bytes)));
        }
        match Entry::of(from, &file.path) {
            Ok(now) if now == *file => {}
            Ok(_) => return Err(harmed(&file.path, "was changed")),
            Err(why) => return Err(harmed(&file.path, &format!("cannot be read ({why})"))),
        }
        if file.path != manifest.database && data.join(&file.path).exists() && !lies_there(file, data) {
            return Err(RestoreError::InTheWay(data.join(&file.path).display().to_string()));
        }
    }
    Ok(())
}

fn lies_there(file: &Entry, data: &Path) -> bool {
    Entry::of(data, &file.path).is_ok_and(|there| there == *file)
}

fn bring_photos(manifest: &Manifest, from: &Path, data: &Path) -> Result<(), RestoreError> {
    let failed = |path: PathBuf| move |why| RestoreError::File { path: path.display().to_string(), why };
    let photos = || manifest.files.iter().filter(|file| file.path != manifest.database);
    private_folder(data).map_err(failed(data.to_owned()))?;
    for file in photos().filter(|file| !lies_there(file, data)) {
        let target = data.join(&file.path);
        let folder = target.parent().unwrap_or(data);
        // A photo has its name when it is whole: one that was broken off is in nobody's way.
        let mut draft = target.clone().into_os_string();
        draft.push(".restoring");
        private_folder(folder)
            .and_then(|()| copy(&from.join(&file.path), Path::new(&draft)))
            .and_then(|()| fs::rename(&draft, &target))
            .map_err(failed(target.clone()))?;
    }
    settle(data, photos().map(|file| file.path.as_str())).map_err(failed(data.to_owned()))
}
