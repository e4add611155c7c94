//! Files of a backup: copied or linked, put on disk, and known by their SHA-256.

use std::{
    collections::{BTreeSet, HashMap},
    fs::{self, DirBuilder, File, Permissions},
    io::{self, ErrorKind, Read},
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Component, Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use crate::media::hex;

/// Bytes read at a time.
const PORTION: usize = 256 << 10;

/// A file in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Where it lies in the backup, with `/`.
    pub path: String,
    /// How long it is.
    pub bytes: u64,
    /// Hex.
    pub sha256: String,
}

impl Entry {
    /// Reads the file and describes it.
    pub fn of(folder: &Path, path: &str) -> io::Result<Self> {
        let mut file = File::open(folder.join(path))?;
        let (mut hash, mut bytes, mut portion) = (Sha256::new(), 0, vec![0; PORTION]);
        loop {
            let read = file.read(&mut portion)?;
            if read == 0 {
                return Ok(Self { path: path.to_owned(), bytes, sha256: hex(&hash.finalize()) });
            }
            hash.update(&portion[..read]);
            bytes += read as u64;
        }
    }

    /// Whether it stays in the folder that it is looked for in.
    pub fn stays_inside(&self) -> bool {
        !self.path.is_empty() && Path::new(&self.path).components().all(|part| matches!(part, Component::Normal(_)))
    }
}

/// A photo to be kept: its place below the folder of photos, and where else its pixels may be by now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// `photos/…` or `originals/…`.
    pub path: String,
    /// The cleaned photo that an original has become since the database was copied.
    pub instead: Option<String>,
    /// That it is not there is no loss: it was arriving, or is a second form of another.
    pub dispensable: bool,
}

/// What became of the photos.
#[derive(Debug, Default)]
pub struct Gathered {
    /// In the backup.
    pub files: Vec<Entry>,
    /// Not there.
    pub missing: Vec<String>,
    /// Of the files, how many are shared with the backup before.
    pub linked: usize,
}

/// Brings photos into a backup: those that the backup before has unharmed are linked, the others copied and put on disk.
/// Blocks; ends early when it is given up.
pub fn gather(
    wanted: &[Wanted],
    media: &Path,
    backup: &Path,
    before: Option<(&Path, &[Entry])>,
    given_up: &CancellationToken,
) -> io::Result<Gathered> {
    let known: HashMap<&str, &Entry> =
        before.iter().flat_map(|(_, files)| files.iter().map(|file| (file.path.as_str(), file))).collect();
    let mut gathered = Gathered::default();
    for Wanted { path, instead, dispensable } in wanted {
        if given_up.is_cancelled() {
            return Err(ErrorKind::Interrupted.into());
        }
        let place = format!("media/{path}");
        let target = backup.join(&place);
        if let Some(folder) = target.parent() {
            private_folder(folder)?;
        }
        if let (Some((folder, _)), Some(entry)) = (before, known.get(place.as_str()))
            && Entry::of(folder, &place).is_ok_and(|now| now == **entry)
            && fs::hard_link(folder.join(&place), &target).is_ok()
        {
            gathered.files.push((*entry).clone());
            gathered.linked += 1;
            continue;
        }
        let sources = std::iter::once(path).chain(instead).map(|path| media.join(path));
        if copy_first(sources, &target)? {
            gathered.files.push(Entry::of(backup, &place)?);
        } else if !dispensable {
            gathered.missing.push(path.clone());
        }
    }
    Ok(gathered)
}

/// Copies the first that is there; false where none is.
fn copy_first(sources: impl Iterator<Item = PathBuf>, target: &Path) -> io::Result<bool> {
    for source in sources {
        match copy(&source, target) {
            Err(why) if why.kind() == ErrorKind::NotFound => {}
            done => return done.map(|()| true),
        }
    }
    Ok(false)
}

/// Copies a file for its owner alone; on disk when this returns, its name after [`settle`].
pub fn copy(source: &Path, target: &Path) -> io::Result<()> {
    fs::copy(source, target)?;
    fs::set_permissions(target, Permissions::from_mode(0o600))?;
    File::open(target)?.sync_all()
}

/// A folder, and those above it, that others cannot look into.
pub fn private_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Makes the names of files below a folder, and its own, survive a power failure.
pub fn settle<'a>(folder: &Path, files: impl Iterator<Item = &'a str>) -> io::Result<()> {
    let mut folders: BTreeSet<PathBuf> = BTreeSet::from([folder.to_owned()]);
    for file in files {
        let above = Path::new(file).ancestors().skip(1).filter(|above| !above.as_os_str().is_empty());
        folders.extend(above.map(|above| folder.join(above)));
    }
    folders.iter().try_for_each(|folder| File::open(folder)?.sync_all())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(path: &str, instead: Option<&str>) -> Wanted {
        Wanted { path: path.to_owned(), instead: instead.map(str::to_owned), dispensable: false }
    }

    #[test]
    fn an_unharmed_photo_of_the_backup_before_is_shared_and_a_harmed_one_copied_anew() {
        let folder = tempfile::tempdir().unwrap();
        let [media, first, second, third] = ["media", "1", "2", "3"].map(|name| folder.path().join(name));
        fs::create_dir_all(media.join("photos")).unwrap();
        fs::write(media.join("photos/a.jpg"), "pixels").unwrap();
        let (all, never) = ([wanted("photos/a.jpg", None)], CancellationToken::new());
        let one = gather(&all, &media, &first, None, &never).unwrap();
        let two = gather(&all, &media, &second, Some((&first, &one.files)), &never).unwrap();
        assert_eq!((one.linked, two.linked, &one.files), (0, 1, &two.files));
        fs::write(first.join("media/photos/a.jpg"), "pixelz").unwrap();
        let three = gather(&all, &media, &third, Some((&first, &one.files)), &never).unwrap();
        assert_eq!((three.linked, &three.files), (0, &one.files));
        assert_eq!(fs::read_to_string(third.join("media/photos/a.jpg")).unwrap(), "pixels");
    }

    #[test]
    fn an_original_that_was_cleaned_meanwhile_is_replaced_by_its_photo() {
        let folder = tempfile::tempdir().unwrap();
        let (media, backup) = (folder.path().join("media"), folder.path().join("1"));
        fs::create_dir_all(media.join("photos")).unwrap();
        fs::write(media.join("photos/a.jpg"), "pixels").unwrap();
        let all = [wanted("originals/a", Some("photos/a.jpg")), wanted("originals/b", None)];
        let got = gather(&all, &media, &backup, None, &CancellationToken::new()).unwrap();
        assert_eq!(fs::read_to_string(backup.join("media/originals/a")).unwrap(), "pixels");
        assert_eq!(got.missing, ["originals/b"]);
    }

    #[test]
    fn paths_that_lead_out_of_the_backup_are_known() {
        let at = |path: &str| Entry { path: path.to_owned(), bytes: 0, sha256: String::new() };
        assert!(at("media/photos/a.jpg").stays_inside());
        for path in ["", "/etc/passwd", "../a", "media/../../a", "."] {
            assert!(!at(path).stays_inside(), "{path}");
        }
    }
}
