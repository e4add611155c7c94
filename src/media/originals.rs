//! Photos as they were sent, in a private folder, until they are cleaned. They may tell where and by whom they were
//! taken: nothing here is ever served, and each is removed as soon as it is a photo.

use std::{
    fs,
    io::{self, ErrorKind},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};
use tokio::{
    fs::{File, OpenOptions},
    io::{AsyncSeekExt, AsyncWriteExt},
};

use super::{BadPhoto, MAX_PHOTO_BYTES, clean, hex};
use crate::domain::ids::PhotoId;

/// The most bytes of one photo.
const MOST: u64 = MAX_PHOTO_BYTES.unsigned_abs();
/// Bytes gathered before they are handed to the system.
const GATHERED: usize = 64 << 10;
/// Free bytes that photos leave to the database, unless somebody says otherwise.
const RESERVE: u64 = 1 << 30;
/// So many bytes at the beginning tell what a file is.
const HEAD: usize = 512;

/// Bytes that are free on the disk where a path lies; None where nobody can tell.
pub fn free_bytes(path: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(path).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// The folder of photos as they were sent. Under several instances it must be one folder for all of them, on a file
/// system that keeps what `fsync` has answered for.
#[derive(Debug, Clone)]
pub struct Originals {
    folder: PathBuf,
    /// Free bytes that are left to the database.
    reserve: u64,
}

impl Originals {
    /// In this folder, made if missing and closed to others.
    pub fn open(folder: PathBuf) -> io::Result<Self> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        Ok(Self { folder, reserve: RESERVE })
    }

    /// Full while less than so many bytes of the disk are free.
    pub fn set_reserve(&mut self, bytes: u64) {
        self.reserve = bytes;
    }

    /// Whether the disk has room for more.
    pub fn has_room(&self) -> bool {
        free_bytes(&self.folder).is_some_and(|free| free >= self.reserve)
    }

    /// Free bytes of the disk, and how many of them photos leave; None where nobody can tell.
    pub fn room(&self) -> Option<(u64, u64)> {
        Some((free_bytes(&self.folder)?, self.reserve))
    }

    /// A photo to be written from its beginning; what comes after the limit of one photo is counted and left out.
    pub async fn receive(&self, id: PhotoId) -> Receiver {
        let file = if self.has_room() { self.create(id).await } else { Err(ErrorKind::StorageFull.into()) };
        Receiver {
            original: Original { id, path: self.path(id), bytes: 0, sha256: String::new(), fault: None, dropped: true },
            file: file.map_err(|error| tracing::error!(%error, "a photo cannot be written")).ok(),
            gathered: vec![],
            head: vec![],
            hash: Sha256::new(),
        }
    }

    /// A photo that came whole.
    pub async fn take(&self, id: PhotoId, bytes: &[u8]) -> Original {
        let mut receiver = self.receive(id).await;
        receiver.write(bytes).await;
        receiver.end().await
    }

    async fn create(&self, id: PhotoId) -> io::Result<File> {
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(self.path(id)).await
    }

    /// An empty original that is filled piece by piece; on disk when this returns.
    pub async fn announce(&self, id: PhotoId) -> io::Result<()> {
        self.create(id).await?.sync_all().await?;
        self.sync().await
    }

    /// Makes the names of new files survive a power failure: once after any number of them.
    pub async fn sync(&self) -> io::Result<()> {
        File::open(&self.folder).await?.sync_all().await
    }

    /// How many bytes are on disk, for certain: what a sender is told it need not send again.
    pub async fn length(&self, id: PhotoId) -> io::Result<u64> {
        let file = OpenOptions::new().write(true).open(self.path(id)).await?;
        file.sync_all().await?;
        Ok(file.metadata().await?.len())
    }

    /// Goes on at `offset`. Writers of one photo do not disturb one another: each writes the sender's bytes where they
    /// belong.
    pub async fn resume(&self, id: PhotoId, offset: u64) -> io::Result<Piece> {
        let mut file = OpenOptions::new().write(true).open(self.path(id)).await?;
        file.seek(io::SeekFrom::Start(offset)).await?;
        Ok(Piece { file, gathered: vec![] })
    }

    /// The whole original. Blocks.
    pub(super) fn read(&self, id: PhotoId) -> io::Result<Vec<u8>> {
        fs::read(self.path(id))
    }

    /// Removes it; that there is none is as good.
    pub async fn remove(&self, id: PhotoId) {
        match tokio::fs::remove_file(self.path(id)).await {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                tracing::error!(%error, %id, "an original could not be removed");
            }
            _ => {}
        }
    }

    /// All originals that lie here.
    pub async fn list(&self) -> io::Result<Vec<PhotoId>> {
        let mut entries = tokio::fs::read_dir(&self.folder).await?;
        let mut ids = vec![];
        while let Some(entry) = entries.next_entry().await? {
            ids.extend(entry.file_name().to_str().and_then(|name| name.parse::<PhotoId>().ok()));
        }
        Ok(ids)
    }

    fn path(&self, id: PhotoId) -> PathBuf {
        self.folder.join(id.to_string())
    }
}

/// Part of a photo that arrives over a bad line.
#[derive(Debug)]
pub struct Piece {
    file: File,
    gathered: Vec<u8>,
}

impl Piece {
    /// The next bytes.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        write(&mut self.file, &mut self.gathered, bytes).await
    }

    /// Puts everything on disk; only now may it be counted on.
    pub async fn end(mut self) -> io::Result<()> {
        self.file.write_all(&self.gathered).await?;
        self.file.sync_all().await
    }
}

async fn write(file: &mut File, gathered: &mut Vec<u8>, bytes: &[u8]) -> io::Result<()> {
    if gathered.len() + bytes.len() > GATHERED {
        file.write_all(gathered).await?;
        gathered.clear();
    }
    if bytes.len() > GATHERED {
        return file.write_all(bytes).await;
    }
    gathered.extend_from_slice(bytes);
    Ok(())
}

/// A photo that is being written.
#[derive(Debug)]
pub struct Receiver {
    original: Original,
    file: Option<File>,
    gathered: Vec<u8>,
    head: Vec<u8>,
    hash: Sha256,
}

impl Receiver {
    /// The next bytes. A disk that fails costs the photo and not its report.
    pub async fn write(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.head.extend(bytes.iter().take(HEAD - self.head.len()));
        self.original.bytes += bytes.len() as u64;
        let fits = self.original.bytes <= MOST;
        if let Some(file) = self.file.as_mut().filter(|_| fits)
            && let Err(error) = write(file, &mut self.gathered, bytes).await
        {
            tracing::error!(%error, "a photo could not be written");
            self.file = None;
        }
    }

    /// Puts it on disk; its name is there after [`Originals::sync`].
    pub async fn end(mut self) -> Original {
        let written = match self.file.take() {
            Some(mut file) => file.write_all(&self.gathered).await.is_ok() && file.sync_all().await.is_ok(),
            None => false,
        };
        let mut original = self.original;
        original.sha256 = hex(&self.hash.finalize());
        original.fault = if original.bytes > MOST {
            Some(BadPhoto::TooLarge)
        } else {
            clean::sniff(&self.head).err().or((!written).then_some(BadPhoto::Storage))
        };
        original
    }
}

/// A photo as it was sent, on disk; removed with this value unless it is kept.
#[derive(Debug)]
pub struct Original {
    id: PhotoId,
    path: PathBuf,
    bytes: u64,
    sha256: String,
    fault: Option<BadPhoto>,
    dropped: bool,
}

impl Original {
    /// Of the photo that it becomes.
    pub fn id(&self) -> PhotoId {
        self.id
    }

    /// How many bytes were sent.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Of what was sent, hex.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// What is wrong with it at first sight, before it is decoded.
    pub fn fault(&self) -> Option<BadPhoto> {
        self.fault
    }

    /// It stays when this value goes.
    pub fn keep(&mut self) {
        self.dropped = false;
    }

    /// It goes with this value after all.
    pub fn discard(&mut self) {
        self.dropped = true;
    }
}

impl Drop for Original {
    fn drop(&mut self) {
        if self.dropped {
            remove_now(&self.path);
        }
    }
}

fn remove_now(path: &Path) {
    if let Err(error) = fs::remove_file(path)
        && error.kind() != ErrorKind::NotFound
    {
        tracing::error!(%error, "an original could not be removed");
    }
}
