//! The watched folder: `outbox` for the document system to fetch from, `inbox` for it to write into, `done` and `refused`
//! for what was read. Whole files only: ours appear by a rename, and theirs are left alone while they grow.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::PoisonError,
};

use tokio::task::spawn_blocking;

use super::{
    Courier,
    inbox::{NotTaken, receive_for},
};
use crate::{
    domain::delivery::{Channel, Destination},
    flow::Rejection,
};

/// Larger files are refused unread.
const MOST_BYTES: u64 = 74 << 20;

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
            Err(why) => Taken::Refused(why.to_string()),
        };
        self.half_written.lock().unwrap_or_else(PoisonError::into_inner).remove(path);
        Ok(taken)
    }

    fn has_stopped_growing(&self, path: &Path, size: u64) -> bool {
        let mut seen = self.half_written.lock().unwrap_or_else(PoisonError::into_inner);
        seen.insert(path.to_owned(), size) == Some(size)
    }
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
