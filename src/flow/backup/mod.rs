//! A backup: a copy of the whole database and of every photo, brought back into a scratch place and compared before it
//! counts. The sealing key is not in it.

mod archive;
mod files;
mod manifest;
mod schedule;

use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
};

use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

pub use archive::Archive;
pub use files::Entry;
pub(super) use files::{copy, private_folder, settle};
pub use manifest::{Manifest, NoManifest};
pub use schedule::Schedule;

use self::files::{Gathered, Wanted, gather};
use super::Flow;
use crate::{
    domain::{
        clock::{Clock, Entropy, Timestamp},
        ids::PhotoId,
    },
    media,
    store::{Facts, Scratch, Store, StoreError},
};

/// The word under which the last backup is noted in the database.
pub const BACKUP: &str = "backup";
/// The word under which the last trial of a backup is noted.
pub const RESTORE_CHECK: &str = "restore_check";

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The folder of backups, or a file in it.
    #[error("{path} cannot be used: {why}")]
    File {
        /// Which.
        path: String,
        /// What the system said.
        why: io::Error,
    },
    /// Another process makes one.
    #[error("a backup into {0} is under way: wait for its end")]
    UnderWay(String),
    /// What was brought back is not what was copied.
    #[error(
        "the copy was brought back for a trial and is not what the database is: {0}. It was thrown away; look at the disk"
    )]
    Untrue(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl BackupError {
    fn file(path: &Path, why: io::Error) -> Self {
        Self::File { path: path.display().to_string(), why }
    }
}

/// What is copied, and by what clock.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// The database.
    pub store: &'a Store,
    /// Now.
    pub clock: &'a Clock,
    /// Names of scratch places.
    pub entropy: &'a Entropy,
    /// The folder of photos.
    pub media: &'a Path,
    /// A PostgreSQL server where databases may be made for trials; None: the same one.
    pub scratch_url: Option<&'a str>,
}

/// A backup that was made and verified.
#[derive(Debug)]
pub struct Made {
    /// Its folder.
    pub path: PathBuf,
    /// What is in it.
    pub manifest: Manifest,
    /// Photos that it shares with the backup before.
    pub linked: usize,
    /// Backups that were removed for their age.
    pub dropped: Vec<String>,
}

impl Made {
    /// In one line, for a person.
    pub fn line(&self) -> String {
        let Self { path, manifest, .. } = self;
        let (tickets, photos) = (manifest.facts().rows("ticket"), manifest.photos());
        let megabytes = manifest.bytes().div_ceil(1_000_000);
        let missing = match manifest.missing.len() {
            0 => String::new(),
            count => format!(", {count} photos were NOT there"),
        };
        let faults = if manifest.faults == 0 { "" } else { ", `ioc verify` finds faults in the database" };
        format!("{}: {tickets} tickets, {photos} files of photos{missing}, {megabytes} MB{faults}", path.display())
    }
}

/// Makes a backup, tries it, keeps it, notes both in the database, and removes all but the newest `keep`.
pub async fn make(origin: Origin<'_>, archive: &Archive, keep: usize) -> Result<Made, BackupError> {
    let Origin { store, clock, .. } = origin;
    let failed = |why| BackupError::file(archive.folder(), why);
    let draft = archive.draft().map_err(failed)?;
    let made_at = clock.now();
    let before = store.facts().await?;
    let copy = draft.path().join(store.copy_name());
    store.copy_into(&copy).await?;
    let after = store.facts().await?;

    let chance = origin.entropy.bytes::<4>();
    let trial = store.trial(&copy, draft.path(), origin.scratch_url, (clock.now(), &chance)).await?;
    let compared = compare(store, &trial, &before, &after).await;
    let wanted = wanted(store, &trial).await;
    trial.end().await?;
    let ((facts, faults), wanted) = (compared?, wanted?);

    let mut manifest = Manifest::new(store.engine(), made_at, facts, faults);
    store.copy_name().clone_into(&mut manifest.database);
    let (draft, manifest, linked) = fill(origin, archive, draft, manifest, wanted).await?;
    let path = archive.keep(draft.path(), made_at).map_err(failed)?;
    // From here on it has another name, which nothing removes.
    drop(draft.keep());
    let dropped = archive.drop_beyond(keep).map_err(failed)?;
    let made = Made { path, manifest, linked, dropped };
    for kind in [BACKUP, RESTORE_CHECK] {
        store.note_upkeep(kind, clock.now(), &made.line()).await?;
    }
    Ok(made)
}

/// What was brought back, held against the database and against itself; its facts and how many faults both have.
async fn compare(store: &Store, trial: &Scratch, before: &Facts, after: &Facts) -> Result<(Facts, usize), BackupError> {
    let facts = trial.store.facts().await?;
    if let Some(why) = facts.strays_from(before, after) {
        return Err(BackupError::Untrue(why));
    }
    if let Some(why) = trial.store.unsound().await?.first() {
        return Err(BackupError::Untrue(why.clone()));
    }
    if !store.had_head(facts.sealed, &facts.head).await? {
        return Err(BackupError::Untrue(format!("the chain of events never ended with {}", facts.head)));
    }
    let faults = trial.store.verify_chain().await?.faults;
    // A fault that the database has itself is told by its own proofs, and is no reason to be without a backup.
    match faults.first() {
        Some(fault) if store.verify_chain().await?.faults.is_empty() => Err(BackupError::Untrue(fault.what.clone())),
        _ => Ok((facts, faults.len())),
    }
}

/// The files of photos that the copy speaks of.
async fn wanted(store: &Store, trial: &Scratch) -> Result<Vec<Wanted>, BackupError> {
    let mut wanted = vec![];
    for (_, key) in trial.store.photo_files().await? {
        let small = media::small_key(&key);
        wanted.push(Wanted { path: key, instead: None, dispensable: false });
        wanted.push(Wanted { path: small, instead: None, dispensable: true });
    }
    let waiting = trial.store.needed_uploads().await?;
    if !waiting.is_empty() {
        // Those that were cleaned since the copy was made are photos by now.
        let since: HashMap<PhotoId, String> = store.photo_files().await?.into_iter().collect();
        wanted.extend(waiting.into_iter().map(|id| Wanted {
            path: format!("originals/{id}"),
            instead: since.get(&id).cloned(),
            dispensable: true,
        }));
    }
    wanted.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(wanted)
}

/// Photos and manifest; all of it is on disk when this returns.
async fn fill(
    origin: Origin<'_>,
    archive: &Archive,
    draft: TempDir,
    mut manifest: Manifest,
    wanted: Vec<Wanted>,
) -> Result<(TempDir, Manifest, usize), BackupError> {
    let given_up = CancellationToken::new();
    let _whoever_leaves = given_up.clone().drop_guard();
    let (media, before, folder) = (origin.media.to_owned(), archive.newest(), archive.folder().to_owned());
    let filling = tokio::task::spawn_blocking(move || -> io::Result<_> {
        let before = before.as_ref().map(|(path, files)| (path.as_path(), files.as_slice()));
        let Gathered { files, missing, linked } = gather(&wanted, &media, draft.path(), before, &given_up)?;
        manifest.files.push(Entry::of(draft.path(), &manifest.database)?);
        manifest.files.extend(files);
        manifest.missing = missing;
        let text = serde_json::to_vec_pretty(&manifest)?;
        std::fs::write(draft.path().join(manifest::NAME), text)?;
        for name in [manifest::NAME, &manifest.database] {
            std::fs::File::open(draft.path().join(name))?.sync_all()?;
        }
        settle(draft.path(), manifest.files.iter().map(|file| file.path.as_str()))?;
        Ok((draft, manifest, linked))
    });
    filling.await.map_err(io::Error::other).flatten().map_err(|why| BackupError::file(&folder, why))
}

impl Flow {
    /// What a backup of this server copies.
    fn origin<'a>(&'a self, scratch_url: Option<&'a str>) -> Origin<'a> {
        let Self { store, clock, entropy, darkroom, .. } = self;
        Origin { store, clock, entropy, media: darkroom.folder(), scratch_url }
    }
}

/// Makes a backup where one is due and nobody else is at it; its line, None where there is nothing to do.
pub async fn scheduled(flow: &Flow) -> Result<Option<String>, BackupError> {
    let Some(schedule) = &flow.backups else { return Ok(None) };
    if !schedule.is_due(last(flow).await?, flow.clock.now()) {
        return Ok(None);
    }
    let made = attempt(flow, schedule).await;
    match &made {
        Err(BackupError::UnderWay(_)) => return Ok(None),
        Err(_) => schedule.has_failed(flow.clock.now()),
        Ok(_) => {}
    }
    made
}

async fn attempt(flow: &Flow, schedule: &Schedule) -> Result<Option<String>, BackupError> {
    let archive = Archive::hold(schedule.folder())?;
    // Whoever held it until now has made one.
    if !schedule.is_due(last(flow).await?, flow.clock.now()) {
        return Ok(None);
    }
    let made = make(flow.origin(schedule.scratch_url()), &archive, schedule.keep()).await?;
    Ok(Some(made.line()))
}

async fn last(flow: &Flow) -> Result<Option<Timestamp>, StoreError> {
    let all = flow.store.upkeep().await?;
    Ok(all.into_iter().find(|upkeep| upkeep.kind == BACKUP).map(|upkeep| upkeep.at))
}
