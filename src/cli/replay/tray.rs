//! How the stand-in document systems are reached: by a watched folder, or by an address to which documents are pushed and
//! on whose way some get lost.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context;
use axum::{
    Router,
    extract::{Path as Named, State},
    http::StatusCode,
    routing::post,
};
use tokio::{net::TcpListener, task::JoinHandle};

/// What has come for one office and was not taken out yet, and how often somebody knocked.
#[derive(Debug, Default)]
struct Pile {
    sheets: Vec<String>,
    knocks: usize,
}

type Piles = Arc<Mutex<BTreeMap<String, Pile>>>;

/// Where documents for one office lie.
#[derive(Debug, Clone)]
pub enum Tray {
    /// Its folder with `outbox`, `inbox` and `refused`.
    Folder(PathBuf),
    /// At the post room, under the office's name.
    Pushed(PostRoom),
}

/// An HTTP server that takes documents for many offices: of five for one office, one is lost on the way, and of another
/// the acknowledgement. It ends with its last clone.
#[derive(Debug, Clone)]
pub struct PostRoom {
    piles: Piles,
    url: String,
    serving: Arc<Serving>,
}

#[derive(Debug)]
struct Serving(JoinHandle<()>);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl PostRoom {
    /// Answers on a free port of this machine.
    pub async fn open() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("no port is free")?;
        let url = format!("http://{}", listener.local_addr()?);
        let piles = Piles::default();
        let routes = Router::new().route("/{office}", post(take)).with_state(Arc::clone(&piles));
        let serving = tokio::spawn(async move { drop(axum::serve(listener, routes).await) });
        Ok(Self { piles, url, serving: Arc::new(Serving(serving)) })
    }

    /// Where documents for an office are pushed to.
    pub fn address(&self, office: &str) -> String {
        debug_assert!(!self.serving.0.is_finished());
        format!("{}/{office}", self.url)
    }
}

async fn take(State(piles): State<Piles>, Named(office): Named<String>, xml: String) -> StatusCode {
    let mut piles = piles.lock().unwrap_or_else(PoisonError::into_inner);
    let pile = piles.entry(office).or_default();
    pile.knocks += 1;
    match pile.knocks % 5 {
        2 => return StatusCode::SERVICE_UNAVAILABLE,
        4 => {
            pile.sheets.push(xml);
            return StatusCode::GATEWAY_TIMEOUT;
        }
        _ => pile.sheets.push(xml),
    }
    StatusCode::NO_CONTENT
}

impl Tray {
    /// Takes out everything that has come for an office.
    pub fn take(&self, office: &str) -> anyhow::Result<Vec<String>> {
        match self {
            Self::Pushed(room) => {
                let mut piles = room.piles.lock().unwrap_or_else(PoisonError::into_inner);
                Ok(piles.get_mut(office).map(|pile| std::mem::take(&mut pile.sheets)).unwrap_or_default())
            }
            Self::Folder(folder) => {
                let mut sheets = vec![];
                for file in files(&folder.join("outbox"))? {
                    sheets.push(fs::read_to_string(&file)?);
                    fs::remove_file(file)?;
                }
                Ok(sheets)
            }
        }
    }

    /// Takes out what was refused of what the office has written into its folder, each with the reason.
    pub fn refused(&self) -> anyhow::Result<Vec<String>> {
        let Self::Folder(folder) = self else { return Ok(vec![]) };
        let mut reasons = vec![];
        for file in files(&folder.join("refused"))? {
            if file.extension().is_some_and(|ending| ending == "txt") {
                let name = file.file_name().unwrap_or_default().display().to_string();
                reasons.push(format!("{name}: {}", fs::read_to_string(&file)?));
            }
            fs::remove_file(file)?;
        }
        Ok(reasons)
    }
}

/// Whole files of a folder, by name.
fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(vec![]) };
    let mut files = vec![];
    for entry in entries {
        let path = entry?.path();
        if !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
