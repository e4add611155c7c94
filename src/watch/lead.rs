//! One leader among many instances: it alone does the periodic work, through a store whose writes end with its term.

use std::{future::Future, time::Duration};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::every;
use crate::flow::Flow;

/// How long the lead is taken for. After a leader that has died without a word, another one leads within this time.
pub(super) const LEASE: Duration = Duration::from_secs(6);
/// Between two renewals.
const RENEWAL: Duration = Duration::from_secs(2);

/// Whether this instance leads.
pub(super) struct Lead {
    own: Flow,
    holder: Uuid,
    led: watch::Sender<Option<Flow>>,
}

impl Lead {
    /// An instance that does not lead yet.
    pub fn new(flow: &Flow) -> Self {
        Self { own: flow.clone(), holder: flow.entropy.uuid(flow.clock.now()), led: watch::Sender::new(None) }
    }

    /// Takes the lead where it is free, keeps it, and gives it back in the end.
    pub async fn keep(&self, flow: &Flow, stop: CancellationToken) {
        self.renew(flow).await;
        every(flow, "lead", RENEWAL, stop, || async {
            self.renew(flow).await;
            Ok(())
        })
        .await;
        self.led.send_replace(None);
        if let Err(why) = flow.store.leave_lead(&flow.center_id(), self.holder, flow.clock.now()).await {
            tracing::info!(%why, "the lead could not be given back, its lease ends by itself");
        }
    }

    async fn renew(&self, flow: &Flow) {
        let now = flow.clock.now();
        let lease = i64::try_from(LEASE.as_micros()).unwrap_or(i64::MAX);
        let taken = flow.store.take_lead(&flow.center_id(), self.holder, now, now.plus(lease)).await;
        let led = match taken {
            Ok(led) => led,
            Err(why) => {
                tracing::warn!(%why, "whether this instance leads is unknown, so it does not");
                None
            }
        };
        let before = self.term();
        self.led.send_replace(led.map(|store| flow.through(store)));
        if before != self.term() {
            tracing::info!(term = self.term(), "this instance leads, or does no longer");
        }
        metrics::gauge!("ioc_leads").set(if self.led.borrow().is_some() { 1.0 } else { 0.0 });
    }

    fn term(&self) -> Option<i64> {
        self.led.borrow().as_ref().and_then(|flow| flow.store.term())
    }

    /// Work that only the leader does.
    pub async fn every<F>(&self, name: &'static str, pause: Duration, stop: CancellationToken, work: impl Fn(Flow) -> F)
    where
        F: Future<Output = Result<(), String>>,
    {
        every(&self.own, name, pause, stop, || async {
            let led = self.led.borrow().clone();
            match led {
                Some(flow) => work(flow).await,
                None => Ok(()),
            }
        })
        .await;
    }
}
