//! Where photos are cleaned and kept.

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use object_store::{ObjectStore, ObjectStoreExt, local::LocalFileSystem, path::Path as Key};
use sha2::{Digest, Sha256};
use tokio::{
    sync::{Notify, Semaphore},
    task::spawn_blocking,
};

use super::{
    BadPhoto,
    clean::{self, Clean},
    originals::Originals,
};
use crate::domain::{clock::Timestamp, ids::PhotoId, photo::Photo};

/// Photos decoded at the same time: each may need a few hundred megabytes.
pub const HANDS: usize = 2;

/// Where photos are kept, and the workers that clean them. Clones share both.
#[derive(Debug, Clone)]
pub struct Darkroom {
    folder: PathBuf,
    store: Arc<dyn ObjectStore>,
    originals: Originals,
    hands: Arc<Semaphore>,
    bell: Arc<Notify>,
}

impl Darkroom {
    /// Photos in a local folder (made if missing), written with fsync; what waits to be cleaned in a folder below it.
    pub fn open(folder: &Path) -> Result<Self, object_store::Error> {
        let failed = |source: std::io::Error| object_store::Error::Generic { store: "photos", source: source.into() };
        fs::create_dir_all(folder).map_err(failed)?;
        let originals = Originals::open(folder.join("originals")).map_err(failed)?;
        let store = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
        Ok(Self {
            folder: folder.to_owned(),
            store: Arc::new(store),
            originals,
            hands: Arc::new(Semaphore::new(HANDS)),
            bell: Arc::new(Notify::new()),
        })
    }

    /// Where photos are kept and wait.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Takes photos only while so many bytes of the disk are free.
    pub fn set_reserve(&mut self, bytes: u64) {
        self.originals.set_reserve(bytes);
    }

    /// Photos as they were sent.
    pub fn originals(&self) -> &Originals {
        &self.originals
    }

    /// There is something to clean.
    pub fn ring(&self) {
        self.bell.notify_one();
    }

    /// Waits until somebody rings.
    pub async fn rung(&self) {
        self.bell.notified().await;
    }

    /// Cleans an original and keeps it under `photos/YYYY/MM/<id>.jpg`, by the date in Vietnam of `at`, with a small
    /// one beside it. A 2xx may be sent for it: it is on disk. Repeated, it makes the same two files; dropped, it
    /// leaves at most files that nobody refers to. The original stays.
    pub async fn develop(&self, id: PhotoId, at: Timestamp) -> Result<Photo, BadPhoto> {
        let (Clean { jpeg, small, width, height }, sha256) = self.clean(id).await?;
        let key = format!("photos/{}/{id}.jpg", at.day().date().strftime("%Y/%m"));
        let bytes = i64::try_from(jpeg.len()).unwrap_or(i64::MAX);
        self.put(&small_key(&key), small).await?;
        self.put(&key, jpeg).await?;
        Ok(Photo { id, key, media_type: "image/jpeg".to_owned(), width, height, bytes, sha256 })
    }

    async fn put(&self, key: &str, jpeg: Vec<u8>) -> Result<(), BadPhoto> {
        let put = self.store.put(&Key::from(key), jpeg.into()).await;
        put.map(drop).map_err(|error| {
            tracing::error!(%error, key, "a photo could not be stored");
            BadPhoto::Storage
        })
    }

    /// Removes a kept photo that nobody refers to after all.
    pub async fn discard(&self, photo: &Photo) {
        for key in [photo.key.clone(), small_key(&photo.key)] {
            if let Err(error) = self.store.delete(&Key::from(key.as_str())).await {
                tracing::warn!(%error, key, "a photo that nobody refers to could not be removed");
            }
        }
    }

    /// The bytes of a kept photo; None where they are gone.
    pub async fn bytes(&self, photo: &Photo) -> Result<Option<Bytes>, object_store::Error> {
        self.get(&photo.key).await
    }

    /// The small one of a kept photo; the photo itself where it has none.
    pub async fn small(&self, photo: &Photo) -> Result<Option<Bytes>, object_store::Error> {
        match self.get(&small_key(&photo.key)).await? {
            Some(small) => Ok(Some(small)),
            None => self.bytes(photo).await,
        }
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, object_store::Error> {
        match self.store.get(&Key::parse(key)?).await {
            Ok(found) => found.bytes().await.map(Some),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The permit goes with the work: a caller who leaves does not let another decoder start.
    async fn clean(&self, id: PhotoId) -> Result<(Clean, String), BadPhoto> {
        let permit = Arc::clone(&self.hands).acquire_owned().await.map_err(|_| BadPhoto::Storage)?;
        let originals = self.originals.clone();
        let work = spawn_blocking(move || {
            let _permit = permit;
            let original = originals.read(id).map_err(|error| {
                tracing::error!(%error, %id, "an original cannot be read");
                BadPhoto::Storage
            })?;
            clean::clean(&original).map(|clean| (clean, sha256_hex(&original)))
        });
        match work.await {
            Ok(done) => done,
            Err(error) if error.is_panic() => {
                tracing::warn!("a decoder panicked on a photo");
                Err(BadPhoto::Damaged)
            }
            Err(_) => Err(BadPhoto::Storage),
        }
    }
}

/// The key of the small one beside a kept photo.
pub fn small_key(key: &str) -> String {
    format!("{}-small.jpg", key.trim_end_matches(".jpg"))
}

/// Of a photo as it was sent, kept or not: [`Photo::sha256`] and the hashes of a submission's photos.
pub fn sha256_hex(original: &[u8]) -> String {
    hex(&Sha256::digest(original))
}

/// Two lower-case digits a byte.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
