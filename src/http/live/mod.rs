//! Open streams: what changes is looked for once per process, encoded once, and handed to every listener.
//!
//! [`Live::run`] asks the store how far each office's feed has come, at once when a commit is hinted at and every half
//! second in any case: the feeds are the truth, hints only make it sooner. A listener keeps nothing but its place; one
//! that falls out of what its topic keeps is let go, and resumes by `Last-Event-ID` from the store.

mod figures;
pub mod frame;
mod offices;
mod reports;
mod stand;

use std::{collections::HashSet, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use tokio_util::sync::CancellationToken;

use crate::{
    app::App,
    domain::{code::PublicCode, ids::KeyId},
    flow::{Rejection, feed},
};

/// Between two looks when nothing is hinted at.
const LOOK: Duration = Duration::from_millis(500);
/// Between two looks at most: a storm of commits is looked at as one.
const BETWEEN: Duration = Duration::from_millis(10);
/// Between two looks for keys that were revoked.
const KEYS: Duration = Duration::from_secs(2);
/// Between two figures of the whole.
const FIGURES: Duration = Duration::from_secs(2);

/// The open streams of this process; cheap to clone.
#[derive(Clone)]
pub struct Live(Arc<Inner>);

struct Inner {
    app: App,
    stop: CancellationToken,
    offices: offices::Offices,
    reports: reports::Reports,
    figures: stand::Topic,
    revoked: ArcSwap<HashSet<KeyId>>,
}

impl Live {
    /// No stream yet; all end when the token is cancelled.
    pub fn new(app: App, stop: CancellationToken) -> Self {
        Self(Arc::new(Inner {
            app,
            stop,
            offices: offices::Offices::default(),
            reports: reports::Reports::default(),
            figures: stand::Topic::default(),
            revoked: ArcSwap::default(),
        }))
    }

    fn has_ended(&self) -> bool {
        self.0.stop.is_cancelled()
    }

    fn is_revoked(&self, key: Option<KeyId>) -> bool {
        key.is_some_and(|key| self.0.revoked.load().contains(&key))
    }

    /// Hands on what changes until the token is cancelled; then every stream ends.
    pub async fn run(self) {
        tokio::join!(self.follow(), self.watch_keys(), self.watch_figures());
        self.0.offices.wake();
        self.0.reports.wake();
        self.0.figures.wake();
    }

    async fn follow(&self) {
        let pulse = &self.0.app.flow.pulse;
        let (mut own, mut others) = (pulse.own(), pulse.others());
        let mut known = offices::Heads::new();
        while !self.has_ended() {
            own.mark_unchanged();
            others.mark_unchanged();
            if self.is_heard()
                && let Err(why) = self.look(&mut known).await
            {
                tracing::debug!(%why, "no look at what changed: again soon");
            }
            tokio::select! {
                _ = own.changed() => {}
                _ = others.changed() => {}
                () = tokio::time::sleep(LOOK) => {}
                () = self.0.stop.cancelled() => {}
            }
            tokio::time::sleep(BETWEEN).await;
        }
    }

    fn is_heard(&self) -> bool {
        self.0.offices.are_heard() || self.0.reports.are_heard() || self.0.figures.is_heard()
    }

    /// One look: what every office's feed has more is handed on.
    async fn look(&self, known: &mut offices::Heads) -> Result<(), Rejection> {
        let flow = &self.0.app.flow;
        let heads: offices::Heads = feed::heads(flow).await?.into_iter().collect();
        // Asked for after the heads: whoever began to listen before them is told of all that follows.
        self.0.offices.catch_up(flow, &heads).await?;
        if self.0.reports.are_heard() {
            self.0.reports.stir(self.changed(known, &heads).await?.as_ref());
            self.0.reports.catch_up(flow).await;
        }
        if heads != *known {
            self.0.figures.stir();
        }
        *known = heads;
        Ok(())
    }

    /// The reports that changed between two looks; None where they are too many to be told apart.
    async fn changed(
        &self,
        known: &offices::Heads,
        heads: &offices::Heads,
    ) -> Result<Option<HashSet<PublicCode>>, Rejection> {
        let mut codes = HashSet::new();
        for (office, head) in heads {
            let before = known.get(office).copied().unwrap_or_default();
            if before == *head {
                continue;
            }
            let entries = feed::after(&self.0.app.flow, office, before).await?;
            if entries.last().is_none_or(|last| last.sequence < *head) {
                return Ok(None);
            }
            codes.extend(entries.into_iter().map(|entry| entry.code));
        }
        Ok(Some(codes))
    }

    async fn watch_keys(&self) {
        while self.0.stop.run_until_cancelled(tokio::time::sleep(KEYS)).await.is_some() {
            if !self.0.offices.are_heard() {
                continue;
            }
            match feed::revoked(&self.0.app.flow).await {
                Ok(revoked) if revoked != **self.0.revoked.load() => {
                    self.0.revoked.store(Arc::new(revoked));
                    self.0.offices.wake();
                }
                Ok(_) => {}
                Err(why) => tracing::debug!(%why, "no look at the keys: again soon"),
            }
        }
    }

    async fn watch_figures(&self) {
        while self.0.stop.run_until_cancelled(tokio::time::sleep(FIGURES)).await.is_some() {
            if self.0.figures.is_heard()
                && self.0.figures.settle()
                && let Err(why) = figures::tell(&self.0.app, &self.0.figures).await
            {
                self.0.figures.stir();
                tracing::debug!(?why, "no figures: again soon");
            }
        }
    }
}
