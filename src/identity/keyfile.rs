//! The master key: 64 hex digits from the environment, or a file that only its owner can read.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use crate::domain::clock::Entropy;

/// Why there is no vault.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Not 64 hex digits.
    #[error("the sealing key must be 64 hex digits")]
    Form,
    /// The group or the world can read the file.
    #[error("the key file {path} can be read by others than its owner: run `chmod 600 {path}`")]
    Exposed {
        /// The file.
        path: String,
    },
    /// The file.
    #[error("the key file {path} cannot be used: {source}")]
    File {
        /// Which file.
        path: String,
        /// What went wrong.
        source: io::Error,
    },
}

/// Reads 64 hex digits.
pub(super) fn from_hex(text: &str) -> Result<[u8; 32], VaultError> {
    bytes(text.trim()).and_then(|key| key.try_into().ok()).ok_or(VaultError::Form)
}

/// What hex digits stand for; None where there is another character, or an odd one out.
pub(super) fn bytes(digits: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = digits.chars().map(|c| u8::try_from(c.to_digit(16)?).ok()).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

/// The key in `path`; where there is no such file, it is made with a fresh key. Of several processes that start at
/// once, one makes the file and all read the same key.
pub(super) fn load(path: &Path, entropy: &Entropy) -> Result<[u8; 32], VaultError> {
    let refused = |source| VaultError::File { path: path.display().to_string(), source };
    match read(path) {
        Err(VaultError::File { source, .. }) if source.kind() == ErrorKind::NotFound => {
            make(path, entropy).map_err(refused)?;
            read(path)
        }
        other => other,
    }
}

fn read(path: &Path) -> Result<[u8; 32], VaultError> {
    let refused = |source| VaultError::File { path: path.display().to_string(), source };
    let file = File::open(path).map_err(refused)?;
    if file.metadata().map_err(refused)?.permissions().mode() & 0o077 != 0 {
        return Err(VaultError::Exposed { path: path.display().to_string() });
    }
    let mut text = String::new();
    file.take(256).read_to_string(&mut text).map_err(refused)?;
    from_hex(&text)
}

/// Writes beside the file, then links: the name appears only with the whole key on disk and never replaces a key.
fn make(path: &Path, entropy: &Entropy) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let draft = folder.join(format!(".ioc-key-{}", hex(&entropy.bytes::<8>())));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    let written = writeln!(file, "{}", hex(&entropy.bytes::<32>()))
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::hard_link(&draft, path))
        .or_else(|error| if error.kind() == ErrorKind::AlreadyExists { Ok(()) } else { Err(error) });
    fs::remove_file(&draft)?;
    written?;
    File::open(folder)?.sync_all()
}

/// Lower-case hex digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn sixty_four_hex_digits_are_a_key_and_nothing_else_is() {
        assert_eq!(from_hex(&"aF".repeat(32)).unwrap(), [0xaf; 32]);
        for text in ["", "af", &"ag".repeat(32), &"af".repeat(33), &"é".repeat(32)] {
            assert!(matches!(from_hex(text), Err(VaultError::Form)), "{text:?}");
        }
    }

    #[test]
    fn a_missing_file_is_made_for_its_owner_only_and_then_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/secret.key");
        let key = load(&path, &Entropy::seeded(1)).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(load(&path, &Entropy::seeded(2)).unwrap(), key);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no draft stays behind");
    }

    #[test]
    fn many_who_start_at_once_share_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = &folder.path().join("secret.key");
        let keys: Vec<[u8; 32]> = thread::scope(|scope| {
            let starts: Vec<_> =
                (0..16).map(|seed| scope.spawn(move || load(path, &Entropy::seeded(seed)).unwrap())).collect();
            starts.into_iter().map(|start| start.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|key| *key == keys[0]));
    }

    #[test]
    fn a_file_that_others_can_read_is_refused_with_the_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        load(&path, &Entropy::seeded(1)).unwrap();
        for mode in [0o640, 0o604, 0o644] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let error = load(&path, &Entropy::seeded(1)).unwrap_err();
            assert!(error.to_string().contains("chmod 600"), "{error}");
        }
    }

    #[test]
    fn a_damaged_file_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        load(&path, &Entropy::seeded(1)).unwrap();
        fs::write(&path, "half a key").unwrap();
        assert!(matches!(load(&path, &Entropy::seeded(1)), Err(VaultError::Form)));
        assert_eq!(fs::read_to_string(&path).unwrap(), "half a key");
    }
}
