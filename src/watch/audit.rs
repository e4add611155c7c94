//! The auditor's round, each minute, by the leader.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::lead::Lead;
use crate::{
    domain::clock::Timestamp,
    flow::{
        Flow, Rejection,
        audit::{Auditor, Mended},
    },
};

/// Between two rounds.
pub const AUDIT: Duration = Duration::from_mins(1);
/// Between two looks whether a round is due: whoever has just come to lead need not wait for a whole pause.
const LOOK: Duration = Duration::from_secs(5);

/// Audits whenever a round is due.
pub(super) async fn run(lead: &Lead, pause: Duration, stop: CancellationToken) {
    let (auditor, last) = (Auditor::default(), Mutex::new(None));
    let (auditor, last) = (&auditor, &last);
    lead.every("audit", pause.min(LOOK), stop, |flow| async move {
        let mut last = last.lock().await;
        let now = flow.clock.now();
        if is_due(*last, pause, now) {
            auditor.audit(&flow).await.map_err(|why| why.to_string())?;
            *last = Some(now);
        }
        Ok(())
    })
    .await;
}

/// Whether something that was last done then is to be done again.
pub(super) fn is_due(last: Option<Timestamp>, pause: Duration, now: Timestamp) -> bool {
    let pause = i64::try_from(pause.as_micros()).unwrap_or(i64::MAX);
    last.is_none_or(|last| now.since(last) >= pause)
}

/// One round that reads from the beginning: for hands that move the clock.
pub async fn audit(flow: &Flow) -> Result<Mended, Rejection> {
    Auditor::default().audit(flow).await
}
