//! Backups on a schedule: by the leader, the next one counted from the last one that is noted in the database.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use futures::FutureExt;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::flow::{Flow, backup};

/// Between two looks whether one is due.
pub(super) const LOOK: Duration = Duration::from_secs(5);

/// A look that is under way, with the backup where one was due: it may take long, and the loop beats on meanwhile.
#[derive(Default)]
pub(super) struct Backups(Mutex<Option<JoinHandle<Result<(), String>>>>);

impl Backups {
    /// Looks whether a backup is due and makes it; what became of the look before. Broken off when the process is to end,
    /// and then begun anew by whoever leads next.
    pub(super) fn beat(&self, flow: Flow, stop: CancellationToken) -> Result<(), String> {
        let mut under_way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if under_way.as_ref().is_some_and(|look| !look.is_finished()) {
            return Ok(());
        }
        let before = under_way.take().and_then(FutureExt::now_or_never);
        *under_way = Some(tokio::spawn(look(flow, stop)));
        before.unwrap_or(Ok(Ok(()))).map_err(|why| why.to_string()).flatten()
    }
}

async fn look(flow: Flow, stop: CancellationToken) -> Result<(), String> {
    match stop.run_until_cancelled(Box::pin(backup::scheduled(&flow))).await {
        Some(Ok(Some(made))) => tracing::info!(%made, "a backup was made, and brought back for a trial"),
        None | Some(Ok(None)) => {}
        Some(Err(why)) => return Err(why.to_string()),
    }
    Ok(())
}
