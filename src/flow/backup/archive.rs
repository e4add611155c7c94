//! A folder of backups: each is a folder named after its moment, there only when it is whole and verified.

use std::{
    fs::{self, File, Permissions, TryLockError},
    io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use super::{
    BackupError,
    files::{Entry, private_folder},
    manifest::Manifest,
};
use crate::domain::clock::Timestamp;

/// Locked while a backup is made.
const LOCK: &str = ".lock";
/// Begins the name of one that is being made.
const DRAFT: &str = ".making-";
/// Begins the name of one that is being removed.
const DROPPED: &str = ".dropping-";

/// A folder of backups, held by one process at a time.
#[derive(Debug)]
pub struct Archive {
    folder: PathBuf,
    _lock: File,
}

impl Archive {
    /// Makes the folder where it is missing, and clears away what broken attempts have left. [`BackupError::UnderWay`]
    /// while another process holds it.
    pub fn hold(folder: &Path) -> Result<Self, BackupError> {
        let failed = |why| BackupError::file(folder, why);
        private_folder(folder).map_err(failed)?;
        let lock = File::create(folder.join(LOCK)).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(BackupError::UnderWay(folder.display().to_string())),
            Err(TryLockError::Error(why)) => return Err(failed(why)),
        }
        let archive = Self { folder: folder.to_owned(), _lock: lock };
        for name in archive.names(|name| name.starts_with(DRAFT) || name.starts_with(DROPPED)).map_err(failed)? {
            fs::remove_dir_all(folder.join(name)).map_err(failed)?;
        }
        Ok(archive)
    }

    /// Where.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The newest backup that can be read, with its files.
    pub(super) fn newest(&self) -> Option<(PathBuf, Vec<Entry>)> {
        let names = self.names(is_backup).ok()?;
        let mut whole = names.iter().rev().filter_map(|name| {
            let path = self.folder.join(name);
            Some((Manifest::read(&path).ok()?.files, path))
        });
        whole.next().map(|(files, path)| (path, files))
    }

    /// An empty folder that others cannot look into, gone with the returned value.
    pub(super) fn draft(&self) -> io::Result<TempDir> {
        let private = Permissions::from_mode(0o700);
        tempfile::Builder::new().prefix(DRAFT).permissions(private).tempdir_in(&self.folder)
    }

    /// Gives a finished draft its name.
    pub(super) fn keep(&self, draft: &Path, at: Timestamp) -> io::Result<PathBuf> {
        let name = name_of(at);
        let free = |name: &String| !self.folder.join(name).exists();
        let mut names = std::iter::once(name.clone()).chain((1..).map(|number| format!("{name}-{number}")));
        let path = self.folder.join(names.find(free).unwrap_or(name));
        fs::rename(draft, &path)?;
        File::open(&self.folder)?.sync_all()?;
        Ok(path)
    }

    /// Removes all but the newest `keep`; what was removed.
    pub fn drop_beyond(&self, keep: usize) -> io::Result<Vec<String>> {
        let mut names = self.names(is_backup)?;
        names.truncate(names.len().saturating_sub(keep.max(1)));
        for name in &names {
            // Half a backup must never pass for one.
            let dropped = self.folder.join(format!("{DROPPED}{name}"));
            fs::rename(self.folder.join(name), &dropped)?;
            fs::remove_dir_all(&dropped)?;
        }
        Ok(names)
    }

    /// Folders, ascending.
    fn names(&self, wanted: impl Fn(&str) -> bool) -> io::Result<Vec<String>> {
        let mut names = vec![];
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                names.extend(entry.file_name().into_string().ok().filter(|name| wanted(name)));
            }
        }
        names.sort();
        Ok(names)
    }
}

/// `ioc-2026-11-23T001500Z`: its order is that of time.
fn name_of(at: Timestamp) -> String {
    let text = at.to_string();
    format!("ioc-{}Z", text.get(..19).unwrap_or(&text).replace(':', ""))
}

fn is_backup(name: &str) -> bool {
    name.starts_with("ioc-") && name.contains('Z')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::MINUTE;

    fn drafted(archive: &Archive, at: Timestamp) -> PathBuf {
        let draft = archive.draft().unwrap();
        assert_eq!(fs::metadata(draft.path()).unwrap().permissions().mode() & 0o777, 0o700);
        let kept = archive.keep(draft.path(), at).unwrap();
        drop(draft.keep());
        kept
    }

    #[test]
    fn the_newest_are_kept_and_nothing_else_is_touched() {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::hold(&folder.path().join("backups")).unwrap();
        let at: Timestamp = "2026-11-23T00:15:00.9Z".parse().unwrap();
        let made: Vec<PathBuf> = [0, 0, MINUTE, 2 * MINUTE].map(|later| drafted(&archive, at.plus(later))).into();
        fs::create_dir(archive.folder().join("mine")).unwrap();
        assert!(made[0].ends_with("ioc-2026-11-23T001500Z") && made[1].ends_with("ioc-2026-11-23T001500Z-1"));
        assert_eq!(archive.drop_beyond(2).unwrap(), ["ioc-2026-11-23T001500Z", "ioc-2026-11-23T001500Z-1"]);
        let left = archive.names(|_| true).unwrap();
        assert_eq!(left, ["ioc-2026-11-23T001600Z", "ioc-2026-11-23T001700Z", "mine"]);
    }

    #[test]
    fn one_process_at_a_time_and_no_leftovers() {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::hold(folder.path()).unwrap();
        assert!(matches!(Archive::hold(folder.path()), Err(BackupError::UnderWay(_))));
        fs::create_dir(folder.path().join(format!("{DRAFT}x"))).unwrap();
        fs::create_dir(folder.path().join(format!("{DROPPED}y"))).unwrap();
        drop(archive);
        let archive = Archive::hold(folder.path()).unwrap();
        assert!(archive.names(|_| true).unwrap().is_empty());
    }
}
