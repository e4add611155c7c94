//! Backups on a schedule: by the leader, the next one counted from the last one that is noted in the database.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::flow::{Flow, backup};

/// Between two looks whether one is due.
pub(super) const LOOK: Duration = Duration::from_secs(5);

/// Makes one where it is due; broken off when the process is to end, and then begun anew by whoever leads next.
pub(super) async fn beat(flow: Flow, stop: CancellationToken) -> Result<(), String> {
    match stop.run_until_cancelled(Box::pin(backup::scheduled(&flow))).await {
        Some(Ok(Some(made))) => tracing::info!(%made, "a backup was made, and brought back for a trial"),
        None | Some(Ok(None)) => {}
        Some(Err(why)) => return Err(why.to_string()),
    }
    Ok(())
}
