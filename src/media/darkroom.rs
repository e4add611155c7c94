//! Where photos are cleaned and kept.

use std::{fmt::Write, fs, path::Path, sync::Arc};

use bytes::Bytes;
use object_store::{ObjectStore, ObjectStoreExt, local::LocalFileSystem, path::Path as Key};
use sha2::{Digest, Sha256};
use tokio::{sync::Semaphore, task::spawn_blocking};

use super::{
    BadPhoto, MAX_PHOTO_BYTES,
    clean::{self, Clean},
};
use crate::domain::{
    clock::{Entropy, Timestamp},
    ids::PhotoId,
    photo::Photo,
};

/// Photos decoded at the same time: each may need a few hundred megabytes.
const HANDS: usize = 2;

/// Where photos are kept, and the workers that clean them. Clones share both.
#[derive(Debug, Clone)]
pub struct Darkroom {
    store: Arc<dyn ObjectStore>,
    hands: Arc<Semaphore>,
}

impl Darkroom {
    /// Photos in a local folder (made if missing), written with fsync.
    pub fn open(folder: &Path) -> Result<Self, object_store::Error> {
        fs::create_dir_all(folder)
            .map_err(|source| object_store::Error::Generic { store: "photos", source: source.into() })?;
        let store = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
        Ok(Self { store: Arc::new(store), hands: Arc::new(Semaphore::new(HANDS)) })
    }

    /// Cleans and keeps one photo under `photos/YYYY/MM/<id>.jpg` (Vietnam's date). A 2xx may be sent for it: it is on
    /// disk. Dropping the future leaves at most a file that nobody refers to.
    pub async fn keep(&self, original: Bytes, now: Timestamp, entropy: &Entropy) -> Result<Photo, BadPhoto> {
        if original.len() > MAX_PHOTO_BYTES {
            return Err(BadPhoto::TooLarge);
        }
        clean::sniff(&original)?;
        let (Clean { jpeg, width, height }, sha256) = self.develop(original).await?;
        let id = PhotoId(entropy.uuid(now));
        let key = format!("photos/{}/{id}.jpg", now.day().date().strftime("%Y/%m"));
        let bytes = i64::try_from(jpeg.len()).unwrap_or(i64::MAX);
        self.store.put(&Key::from(key.as_str()), jpeg.into()).await.map_err(|error| {
            tracing::error!(%error, key, "a photo could not be stored");
            BadPhoto::Storage
        })?;
        Ok(Photo { id, key, media_type: "image/jpeg".to_owned(), width, height, bytes, sha256 })
    }

    /// The bytes of a kept photo; None where they are gone.
    pub async fn bytes(&self, photo: &Photo) -> Result<Option<Bytes>, object_store::Error> {
        match self.store.get(&Key::parse(&photo.key)?).await {
            Ok(found) => found.bytes().await.map(Some),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The permit goes with the work: a sender who leaves does not let a third decoder start.
    async fn develop(&self, original: Bytes) -> Result<(Clean, String), BadPhoto> {
        let permit = Arc::clone(&self.hands).acquire_owned().await.map_err(|_| BadPhoto::Storage)?;
        let work = spawn_blocking(move || {
            let _permit = permit;
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
