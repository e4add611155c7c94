//! The watched folder: `outbox` for the document system to fetch from, `inbox` for it to write into, `done` and `refused`
//! for what was read. Whole files only: ours appear by a rename, and theirs are left alone while they grow.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{MutexGuard, PoisonError},
};

use tokio::task::spawn_blocking;

use super::{
    Courier,
    inbox::{NotTaken, receive_for},
    texts,
};
use crate::{
    domain::{
        clock::{MINUTE, Timestamp},
        delivery::{Channel, Destination},
    },
    flow::{Refusal, Rejection},
};

/// Larger files are refused unread.
const MOST_BYTES: u64 = 74 << 20;
/// The state in which a ticket waits for its sender.
const ASKED: &str = "waiting_for_citizen";
/// Between two looks at what cannot be done yet.
const PATIENCE: i64 = MINUTE;

/// Writes a file whole, or not at all.
pub async fn put(folder: PathBuf, name: String, text: String) -> io::Result<()> {
    let write = move || {
        let outbox = folder.join("outbox");
        fs::create_dir_all(&outbox)?;
        let part = outbox.join(format!(".{name}.part"));
        let mut file = File::create(&part)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&part, outbox.join(&name))?;
        File::open(&outbox)?.sync_all()
    };
    spawn_blocking(write).await.unwrap_or_else(|why| Err(io::Error::other(why)))
}

impl Courier {
    /// Reads what a document system has written since the last look; nothing where it has no folder.
    pub(super) async fn look_into_folder(&self, destination: &Destination) {
        let Channel::EdxmlFolder { folder } = &destination.channel else { return };
        if let Err(why) = self.look_into(Path::new(folder), destination).await {
            tracing::error!(folder, %why, "a watched folder cannot be read");
        }
    }

    async fn look_into(&self, folder: &Path, destination: &Destination) -> io::Result<()> {
        let inbox = folder.join("inbox");
        for part in ["inbox", "outbox", "done", "refused"] {
            tokio::fs::create_dir_all(folder.join(part)).await?;
        }
        let (mut files, mut entries) = (vec![], tokio::fs::read_dir(&inbox).await?);
        while let Some(entry) = entries.next_entry().await? {
            let name = entry.file_name().to_string_lossy().into_owned();
            let ending = Path::new(&name).extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
            let finished = !name.starts_with('.') && matches!(ending.as_deref(), Some("xml" | "edxml"));
            if finished && entry.file_type().await?.is_file() {
                files.push((name, entry.metadata().await?.len()));
            }
        }
        files.sort();
        for (name, size) in files {
            let path = inbox.join(&name);
            match self.take(&path, size, destination).await? {
                Taken::Done => move_to(&path, folder, "done", &name, None).await?,
                Taken::Refused(why) => move_to(&path, folder, "refused", &name, Some(why)).await?,
                Taken::Later => {}
            }
        }
        Ok(())
    }

    async fn take(&self, path: &Path, size: u64, destination: &Destination) -> io::Result<Taken> {
        if matches!(self.pending().get(path), Some(Pending::Until(then)) if *then > self.flow.clock.now()) {
            return Ok(Taken::Later);
        }
        if size > MOST_BYTES {
            return Ok(Taken::Refused("larger than 74 MB".to_owned()));
        }
        let bytes = match tokio::fs::read(path).await {
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(Taken::Later),
            read => read?,
        };
        let taken = match receive_for(&self.flow, destination, &bytes).await {
            Ok(_) => Taken::Done,
            // It may still be growing: it is refused when it has not grown by the next look.
            Err(NotTaken::Unreadable(_)) if !self.has_stopped_growing(path, size) => return Ok(Taken::Later),
            Err(NotTaken::Rejected(Rejection::Busy | Rejection::Internal(_))) => return Ok(Taken::Later),
            // An answer that comes before the sender's own is not lost: the pause ends, whatever happens.
            Err(NotTaken::Rejected(Rejection::Refused(Refusal::NotNow { state: ASKED, .. }))) => {
                let again = self.flow.clock.now().plus(PATIENCE);
                self.pending().insert(path.to_owned(), Pending::Until(again));
                return Ok(Taken::Later);
            }
            Err(NotTaken::Rejected(Rejection::Refused(Refusal::SettledHere))) => {
                let stays = texts::say("document_stays", &[]);
                Taken::Refused(format!("{}\n{}", stays.vi, stays.en))
            }
            Err(why) => Taken::Refused(why.to_string()),
        };
        self.pending().remove(path);
        Ok(taken)
    }

    fn has_stopped_growing(&self, path: &Path, size: u64) -> bool {
        matches!(self.pending().insert(path.to_owned(), Pending::Grew(size)), Some(Pending::Grew(before)) if before == size)
    }

    fn pending(&self) -> MutexGuard<'_, HashMap<PathBuf, Pending>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a file was left where it lies.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pending {
    /// It could not be read when it had this size.
    Grew(u64),
    /// What it says cannot be done before then.
    Until(Timestamp),
}

enum Taken {
    Done,
    Refused(String),
    Later,
}

async fn move_to(path: &Path, folder: &Path, to: &str, name: &str, why: Option<String>) -> io::Result<()> {
    let target = folder.join(to).join(name);
    if let Some(why) = why {
        tokio::fs::write(folder.join(to).join(format!("{name}.reason.txt")), why).await?;
    }
    match tokio::fs::rename(path, target).await {
        // Another instance was quicker; what a document says is done once however often it is read.
        Err(gone) if gone.kind() == io::ErrorKind::NotFound => Ok(()),
        moved => moved,
    }
}
