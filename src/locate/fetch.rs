//! Brings the published boundaries of a province, or of the country, into a folder; every file is verified.
//!
//! What already lies there and is right is not fetched again, so an interrupted run goes on where it stopped.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use futures::{StreamExt, TryStreamExt, stream};
use reqwest::StatusCode;
use sha2::{Digest, Sha256};
use tokio::fs;

use super::{
    import::hex,
    manifest::{self, Entry},
};
use crate::domain::ids::ProvinceCode;

/// Files on their way at the same time.
const AT_ONCE: usize = 8;
/// How often a file is asked for before giving up.
const ATTEMPTS: u32 = 3;
/// Before the second attempt; twice as long before the third.
const PAUSE: Duration = Duration::from_millis(500);
/// For a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Without a byte.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Files that are there and verified.
    pub files: usize,
    /// Files there will be.
    pub of_files: usize,
    /// Their bytes so far.
    pub bytes: u64,
    /// The bytes of all.
    pub of_bytes: u64,
}

/// Why the boundaries are not all there. What was verified stays, and is not fetched again.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No such province in the set.
    #[error("there is no province {0} in the published set: see `boundaries/manifest.csv` for the codes")]
    NoSuchProvince(ProvinceCode),
    /// Another kind of address.
    #[error("--base-url must start with https://, http:// or file:// and name the folder `json/geojson`, got {0:?}")]
    BaseUrl(String),
    /// The folder cannot be written.
    #[error("cannot keep {path}: {source}", path = path.display())]
    Folder {
        /// Which file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The mirror's folder lacks a file.
    #[error("cannot read {path} of the mirror: {source}", path = path.display())]
    Mirror {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// No answer.
    #[error(
        "cannot reach {url}: {source}. Where the network is closed, name a copy of the folder `json/geojson` with \
         --base-url (https://, http:// or file://), or use the approximate map with --allow-approximate"
    )]
    Network {
        /// What was asked for.
        url: String,
        /// What went wrong.
        source: reqwest::Error,
    },
    /// An answer, but not the file.
    #[error("{url} answered {status}: --base-url must name a whole copy of the folder `json/geojson`")]
    Status {
        /// What was asked for.
        url: String,
        /// What came.
        status: StatusCode,
    },
    /// Other bytes than published.
    #[error("{path} is not the published file, its size or SHA-256 differs: the copy is cut short or was changed")]
    Altered {
        /// Below `json/geojson`.
        path: String,
    },
}

impl FetchError {
    /// Whether the mirror answers and does not have the file.
    pub fn is_absence(&self) -> bool {
        match self {
            Self::Mirror { source, .. } => source.kind() == io::ErrorKind::NotFound,
            Self::Status { status, .. } => *status == StatusCode::NOT_FOUND,
            _ => false,
        }
    }
}

/// Where files come from.
enum Origin {
    Web { client: reqwest::Client, folder: String },
    Folder(PathBuf),
}

/// Fetches the communes of a province, or of all provinces, from `base_url` (None: the publisher's) into `folder`, and
/// returns what [`super::import::read`] takes. `progress` is called after every file.
pub async fn fetch(
    province: Option<&ProvinceCode>,
    base_url: Option<&str>,
    folder: &Path,
    progress: impl FnMut(Progress),
) -> Result<PathBuf, FetchError> {
    let entries = manifest::communes(province);
    let first = entries.first().and_then(|entry| entry.path.split_once('/')).map(|(province, _)| province.to_owned());
    let imported = match (province, first) {
        (Some(code), None) => return Err(FetchError::NoSuchProvince(code.clone())),
        (Some(_), Some(first)) => folder.join(first),
        (None, _) => folder.to_owned(),
    };
    fetch_entries(entries, &Origin::parse(base_url.unwrap_or(manifest::PUBLISHED_AT))?, folder, progress).await?;
    Ok(imported)
}

async fn fetch_entries(
    entries: Vec<Entry>,
    origin: &Origin,
    folder: &Path,
    mut progress: impl FnMut(Progress),
) -> Result<(), FetchError> {
    let of_bytes = entries.iter().map(|entry| entry.bytes).sum();
    let mut done = Progress { files: 0, of_files: entries.len(), bytes: 0, of_bytes };
    let files = entries.into_iter().map(|entry| async move { origin.keep(&entry, folder).await.map(|()| entry.bytes) });
    let mut files = stream::iter(files).buffer_unordered(AT_ONCE);
    while let Some(bytes) = files.try_next().await? {
        done.files += 1;
        done.bytes += bytes;
        progress(done);
    }
    Ok(())
}

impl Origin {
    fn parse(base_url: &str) -> Result<Self, FetchError> {
        if let Some(path) = base_url.strip_prefix("file://") {
            return Ok(Self::Folder(path.into()));
        }
        if !(base_url.starts_with("https://") || base_url.starts_with("http://")) {
            return Err(FetchError::BaseUrl(base_url.into()));
        }
        // An error means that a provider was chosen before: that one serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().connect_timeout(CONNECT_TIMEOUT).read_timeout(READ_TIMEOUT).build();
        let client = client.map_err(|source| FetchError::Network { url: base_url.into(), source })?;
        Ok(Self::Web { client, folder: base_url.trim_end_matches('/').into() })
    }

    /// Makes sure that a file lies in the folder and is the published one.
    async fn keep(&self, entry: &Entry, folder: &Path) -> Result<(), FetchError> {
        let path = folder.join(&entry.path);
        if let Ok(bytes) = fs::read(&path).await
            && is_published(entry, bytes.into()).await
        {
            return Ok(());
        }
        let bytes: Arc<[u8]> = self.bytes(entry).await?.into();
        if !is_published(entry, bytes.clone()).await {
            return Err(FetchError::Altered { path: entry.path.clone() });
        }
        // Written beside and renamed: no half file ever has the name of a whole one.
        let part = path.with_extension("part");
        let kept = async {
            fs::create_dir_all(path.parent().unwrap_or(folder)).await?;
            fs::write(&part, &bytes).await?;
            fs::rename(&part, &path).await
        };
        kept.await.map_err(|source| FetchError::Folder { path: path.clone(), source })
    }

    async fn bytes(&self, entry: &Entry) -> Result<Vec<u8>, FetchError> {
        let (client, url) = match self {
            Self::Folder(folder) => {
                let path = folder.join(&entry.path);
                return fs::read(&path).await.map_err(|source| FetchError::Mirror { path, source });
            }
            Self::Web { client, folder } => (client, format!("{folder}/{}", entry.path)),
        };
        let mut attempt = 1;
        loop {
            let error = match download(client, &url, entry).await {
                Ok(bytes) => return Ok(bytes),
                Err(error) => error,
            };
            let passing = match &error {
                FetchError::Network { .. } => true,
                FetchError::Status { status, .. } => {
                    status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS
                }
                _ => false,
            };
            if !passing || attempt == ATTEMPTS {
                return Err(error);
            }
            tokio::time::sleep(PAUSE * attempt).await;
            attempt += 1;
        }
    }
}

async fn download(client: &reqwest::Client, url: &str, entry: &Entry) -> Result<Vec<u8>, FetchError> {
    let network = |source| FetchError::Network { url: url.into(), source };
    let answer = client.get(url).send().await.map_err(network)?;
    if answer.status() != StatusCode::OK {
        return Err(FetchError::Status { url: url.into(), status: answer.status() });
    }
    let mut bytes = Vec::new();
    let mut body = answer.bytes_stream();
    while let Some(chunk) = body.try_next().await.map_err(network)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() as u64 > entry.bytes {
            return Err(FetchError::Altered { path: entry.path.clone() });
        }
    }
    Ok(bytes)
}

/// Size and SHA-256 as published? Hashing is kept off the threads that wait for the network.
async fn is_published(entry: &Entry, bytes: Arc<[u8]>) -> bool {
    if bytes.len() as u64 != entry.bytes {
        return false;
    }
    let hash = tokio::task::spawn_blocking(move || hex(&Sha256::digest(&bytes))).await;
    hash.is_ok_and(|hash| hash == entry.sha256)
}

#[cfg(test)]
mod tests;
