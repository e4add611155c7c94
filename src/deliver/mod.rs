//! Other systems are told what happens, and listened to: webhooks, the offices' document systems by edXML, letters,
//! gateways for short messages. One file per channel.
//!
//! What was written with an event becomes deliveries (`spread`), one per destination, each with an id that never
//! changes. A round claims what is due under a lease with a fence, tries it, and settles it (`work`). Delivery is at
//! least once: receivers recognise a delivery by its id. A destination that fails is tried on for a day and probed after
//! that; with the first success everything that waits for it is due. Nobody has to do anything, and no destination
//! waits for another one.

mod approvals;
mod compose;
mod document;
pub mod edxml;
mod email;
mod folder;
mod gateway;
mod inbox;
mod outside;
mod pace;
mod papers;
mod said;
mod spread;
mod texts;
mod webhook;
mod work;

use std::{
    collections::{HashMap, HashSet},
    panic::AssertUnwindSafe,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::{FutureExt, future::join_all};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    domain::{
        delivery::{Channel, Destination},
        ids::DestinationId,
    },
    flow::{Flow, Rejection, destinations::is_approved},
};

pub use inbox::{NotTaken, Received, receive};
pub use outside::{Outside, Resolver};

/// Between two looks for what is due.
const BEAT: Duration = Duration::from_secs(1);

/// Carries deliveries out; cheap to clone. Clones share what is under way.
#[derive(Clone)]
pub struct Courier {
    flow: Flow,
    outside: Outside,
    busy: Arc<Mutex<HashSet<DestinationId>>>,
    pending: Arc<Mutex<HashMap<PathBuf, folder::Pending>>>,
}

impl Courier {
    /// Over the use cases, through this door to the outside.
    pub fn new(flow: Flow, outside: Outside) -> Self {
        Self { flow, outside, busy: Arc::default(), pending: Arc::default() }
    }

    /// Everything that is due now, once, to its end: for hands that move the clock, and for tests.
    pub async fn round(&self) -> Result<(), Rejection> {
        let destinations = self.prepare().await?;
        join_all(destinations.iter().map(|(destination, push)| self.visit(destination, *push))).await;
        Ok(())
    }

    /// Beats until the token is cancelled. Each destination has a task of its own, so that none waits for another.
    pub async fn run(self, stop: CancellationToken) {
        let tasks = TaskTracker::new();
        self.flow.vitals.begin("deliver", BEAT, self.flow.clock.now());
        while stop.run_until_cancelled(tokio::time::sleep(BEAT)).await.is_some() {
            match self.beat(&tasks).await {
                Ok(()) => {
                    self.flow.vitals.beat("deliver", self.flow.clock.now());
                    metrics::counter!("ioc_loop_beats_total", "loop" => "deliver").increment(1);
                }
                Err(why) => {
                    metrics::counter!("ioc_loop_errors_total", "loop" => "deliver").increment(1);
                    tracing::error!(loop_name = "deliver", %why, "a loop failed and goes on");
                }
            }
        }
        tasks.close();
        tasks.wait().await;
    }

    async fn beat(&self, tasks: &TaskTracker) -> Result<(), Rejection> {
        for (destination, push) in self.prepare().await? {
            if !self.busy().insert(destination.id) {
                continue;
            }
            let courier = self.clone();
            tasks.spawn(async move {
                if AssertUnwindSafe(courier.visit(&destination, push)).catch_unwind().await.is_err() {
                    tracing::error!(destination = %destination.id, "its worker broke down and is started anew");
                }
                courier.busy().remove(&destination.id);
            });
        }
        Ok(())
    }

    /// Events and notices become deliveries. The destinations to visit, each with whether something is due for it and
    /// may be pushed; a watched folder is visited in any case.
    async fn prepare(&self) -> Result<Vec<(Destination, bool)>, Rejection> {
        let (flow, center, now) = (&self.flow, self.flow.center_id(), self.flow.clock.now());
        let approvals = flow.store.approvals(&center).await?;
        let destinations = flow.store.destinations(&center).await?;
        spread::spread(flow, &destinations).await?;
        approvals::warn(flow, &approvals).await?;
        work::raise_alarms(flow, &destinations).await?;
        spread::spread_notices(flow, &destinations, &approvals).await?;
        let due: HashSet<DestinationId> = flow.store.due_destinations(&center, now).await?.into_iter().collect();
        let visits = destinations.into_iter().map(|one| {
            let push = due.contains(&one.id) && is_approved(&approvals, &one, now);
            (one, push)
        });
        Ok(visits.filter(|(one, push)| *push || matches!(one.channel, Channel::EdxmlFolder { .. })).collect())
    }

    /// Reads what a destination has written, and sends what is due for it.
    async fn visit(&self, destination: &Destination, push: bool) {
        self.look_into_folder(destination).await;
        if push {
            self.serve(destination).await;
        }
    }

    fn busy(&self) -> std::sync::MutexGuard<'_, HashSet<DestinationId>> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
