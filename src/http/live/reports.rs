//! One report as it stands: what everybody may know of it, or all that is its sender's.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use futures::Stream;

use super::{Live, stand::Topic};
use crate::{
    domain::code::PublicCode,
    flow::{Flow, Rejection, look},
};

/// Which report, and whether for its sender.
type Key = (PublicCode, bool);

/// The reports that somebody listens to.
#[derive(Default)]
pub struct Reports(Mutex<HashMap<Key, Arc<Heard>>>);

/// A report that is listened to.
#[derive(Default)]
struct Heard {
    topic: Topic,
    /// The ticket that it was merged into: what happens there is told here too.
    main: Mutex<Option<PublicCode>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Heard {
    async fn read(&self, flow: &Flow, (code, own): &Key) -> Result<(), Rejection> {
        if *own {
            let report = look::own_report_again(flow, code).await?;
            *locked(&self.main) = report.main.as_ref().map(|main| main.code);
            self.topic.tell("report", &report);
        } else {
            self.topic.tell("report", &look::public_report(flow, code).await?);
        }
        Ok(())
    }
}

impl Reports {
    pub fn are_heard(&self) -> bool {
        !locked(&self.0).is_empty()
    }

    /// Marks those among `changed` (None: all) to be read again; those without a listener go.
    pub fn stir(&self, changed: Option<&HashSet<PublicCode>>) {
        let mut reports = locked(&self.0);
        reports.retain(|_, heard| Arc::strong_count(heard) > 1);
        for ((code, _), heard) in reports.iter() {
            let main = *locked(&heard.main);
            let concerned = |changed: &HashSet<_>| changed.contains(code) || main.is_some_and(|c| changed.contains(&c));
            if changed.is_none_or(concerned) {
                heard.topic.stir();
            }
        }
    }

    /// Reads again what was marked, and tells it.
    pub async fn catch_up(&self, flow: &Flow) {
        let stirred: Vec<(Key, Arc<Heard>)> = {
            let reports = locked(&self.0);
            let stirred = reports.iter().filter(|(_, heard)| heard.topic.settle());
            stirred.map(|(key, heard)| (*key, Arc::clone(heard))).collect()
        };
        for (key, heard) in stirred {
            if let Err(why) = heard.read(flow, &key).await {
                heard.topic.stir();
                tracing::debug!(code = %key.0, %why, "a report could not be told: again soon");
            }
        }
    }

    pub fn wake(&self) {
        locked(&self.0).values().for_each(|heard| heard.topic.wake());
    }
}

impl Live {
    /// A report as it stands, whenever it has changed: for its sender with the secret, else for everybody.
    pub async fn report(
        &self,
        code: PublicCode,
        secret: Option<&str>,
        last: Option<String>,
    ) -> Result<impl Stream<Item = Bytes> + use<>, Rejection> {
        let flow = &self.0.app.flow;
        if secret.is_some() {
            look::by_secret(flow, &flow.centre(), &code, secret).await?;
        }
        let key = (code, secret.is_some());
        let heard = Arc::clone(locked(&self.0.reports.0).entry(key).or_default());
        // Heard before it is read: what changes after the reading is told.
        let read = heard.read(flow, &key).await;
        let stream = self.states(&heard.topic, Arc::clone(&heard), last);
        read.map(|()| stream)
    }
}
