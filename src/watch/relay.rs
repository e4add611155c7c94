//! Hints between instances: "I have committed something", told and heard. Nothing depends on them but how soon.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::flow::Flow;

/// Between two notices: a storm of commits is told as one.
const BETWEEN: Duration = Duration::from_millis(50);
/// After a connection that could not be had.
const PAUSE: Duration = Duration::from_secs(5);

/// Tells the others of this process's commits.
pub(super) async fn tell(flow: &Flow, stop: CancellationToken) {
    let mut own = flow.pulse.own();
    while let Some(Ok(())) = stop.run_until_cancelled(own.changed()).await {
        if let Err(why) = flow.store.tell_others().await {
            tracing::debug!(%why, "the other instances were not told");
        }
        tokio::time::sleep(BETWEEN).await;
    }
}

/// Passes on what the others tell, on a connection of its own.
pub(super) async fn hear(flow: &Flow, stop: CancellationToken) {
    loop {
        let Some(heard) = stop.run_until_cancelled(flow.store.hear_others()).await else { return };
        match heard {
            Ok(None) => return,
            Ok(Some(mut hearing)) => {
                // Whatever was told before the connection stood is looked for at once.
                flow.pulse.heard();
                while let Some(Ok(())) = stop.run_until_cancelled(hearing.next()).await {
                    flow.pulse.heard();
                }
            }
            Err(why) => tracing::debug!(%why, "the other instances cannot be heard"),
        }
        if stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await.is_none() {
            return;
        }
    }
}
