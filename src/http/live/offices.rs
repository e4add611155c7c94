//! An office's feed: numbered, so that a listener resumes where it was, on whichever instance.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use tokio::sync::watch;

use super::{Live, frame};
use crate::{
    domain::ids::{KeyId, OfficeId},
    flow::{
        Flow, Rejection,
        feed::{self, Changed, FeedEntry},
    },
};

/// How far each office's feed has come.
pub type Heads = HashMap<OfficeId, i64>;

/// Events that a topic keeps encoded; who falls further behind is let go.
const KEPT: usize = 512;

/// The offices that somebody listens to.
#[derive(Default)]
pub struct Offices(Mutex<HashMap<OfficeId, Arc<Topic>>>);

/// One office's latest events.
pub struct Topic {
    /// How far it has come; changes wake the listeners.
    head: watch::Sender<i64>,
    ring: Mutex<Ring>,
}

/// Events after `floor`, ascending and without a gap.
struct Ring {
    floor: i64,
    events: VecDeque<Bytes>,
}

/// What comes after a place.
enum Next {
    Event(Bytes),
    Nothing,
    /// The topic does not keep it any more.
    Gone,
}

fn encoded(entry: &FeedEntry) -> Bytes {
    let name = if entry.state.is_some() { "ticket" } else { "gone" };
    frame::event(&entry.sequence.to_string(), name, &Changed::from(entry))
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Topic {
    fn new(head: i64) -> Self {
        Self { head: watch::Sender::new(head), ring: Mutex::new(Ring { floor: head, events: VecDeque::new() }) }
    }

    /// Changes with every entry.
    pub fn changes(&self) -> watch::Receiver<i64> {
        self.head.subscribe()
    }

    fn push(&self, entries: &[FeedEntry]) {
        let mut ring = locked(&self.ring);
        for entry in entries {
            ring.events.push_back(encoded(entry));
            if ring.events.len() > KEPT {
                ring.events.pop_front();
                ring.floor += 1;
            }
        }
        drop(ring);
        if let Some(last) = entries.last() {
            self.head.send_replace(last.sequence);
        }
    }

    fn next(&self, after: i64) -> Next {
        let ring = locked(&self.ring);
        let Ok(place) = usize::try_from(after - ring.floor) else { return Next::Gone };
        ring.events.get(place).cloned().map_or(Next::Nothing, Next::Event)
    }
}

impl Offices {
    /// The topic of an office, made where nobody listens yet.
    async fn topic(&self, flow: &Flow, office: &OfficeId) -> Result<Arc<Topic>, Rejection> {
        if let Some(topic) = locked(&self.0).get(office) {
            return Ok(Arc::clone(topic));
        }
        let head = feed::head(flow, office).await?;
        let mut topics = locked(&self.0);
        let topic = topics.entry(office.clone()).or_insert_with(|| Arc::new(Topic::new(head)));
        Ok(Arc::clone(topic))
    }

    pub fn are_heard(&self) -> bool {
        !locked(&self.0).is_empty()
    }

    /// Brings every topic to what its feed has; those without a listener go.
    pub async fn catch_up(&self, flow: &Flow, heads: &Heads) -> Result<(), Rejection> {
        let topics: Vec<(OfficeId, Arc<Topic>)> = {
            let mut topics = locked(&self.0);
            // Whoever holds a topic may be about to listen.
            topics.retain(|_, topic| Arc::strong_count(topic) > 1);
            topics.iter().map(|(office, topic)| (office.clone(), Arc::clone(topic))).collect()
        };
        for (office, topic) in topics {
            let head = heads.get(&office).copied().unwrap_or_default();
            loop {
                let known = *topic.head.borrow();
                if known >= head {
                    break;
                }
                let entries = feed::after(flow, &office, known).await?;
                if entries.is_empty() {
                    break;
                }
                topic.push(&entries);
            }
        }
        Ok(())
    }

    /// Wakes every listener, to see for itself whether it may go on.
    pub fn wake(&self) {
        locked(&self.0).values().for_each(|topic| topic.head.send_modify(|_| {}));
    }
}

/// Who listens, and how far it has come.
struct Listener {
    live: Live,
    office: OfficeId,
    topic: Arc<Topic>,
    seen: watch::Receiver<i64>,
    key: Option<KeyId>,
    after: i64,
    patience: Duration,
    /// It has caught up with the topic: from now on it must keep up.
    keeps_up: bool,
}

impl Live {
    /// Waits for changes of an office's queue: they are seen from before this returns.
    pub async fn office_changes(&self, office: &OfficeId) -> Result<(Arc<Topic>, watch::Receiver<i64>), Rejection> {
        let topic = self.0.offices.topic(&self.0.app.flow, office).await?;
        let changes = topic.changes();
        Ok((topic, changes))
    }

    /// Resolves when the process is to end.
    pub async fn ended(&self) {
        self.0.stop.cancelled().await;
    }

    /// An office's feed after `last`, or from now on; for as long as the key opens it. Where the feed does not reach back
    /// to `last`, one `reset` says that the queue has to be read again.
    pub async fn office(
        &self,
        office: OfficeId,
        key: Option<KeyId>,
        last: Option<i64>,
    ) -> Result<impl Stream<Item = Bytes> + use<>, Rejection> {
        let flow = &self.0.app.flow;
        let (topic, seen) = self.office_changes(&office).await?;
        let mut first = vec![];
        let after = match last {
            Some(last) if feed::covers(flow, &office, last).await? => {
                first.push(frame::welcome(&flow.entropy, None));
                last
            }
            Some(_) => {
                let head = feed::head(flow, &office).await?;
                first.push(frame::welcome(&flow.entropy, None));
                first.push(frame::event(&head.to_string(), "reset", &serde_json::json!({})));
                head
            }
            None => {
                let head = feed::head(flow, &office).await?;
                first.push(frame::welcome(&flow.entropy, Some(&head.to_string())));
                head
            }
        };
        let patience = frame::patience(&flow.entropy);
        let live = self.clone();
        let listener = Listener { live, office, topic, seen, key, after, patience, keeps_up: false };
        let told = stream::unfold(listener, |mut listener| async move {
            let chunk = listener.next().await?;
            Some((chunk, listener))
        });
        Ok(stream::iter(first).chain(told))
    }
}

impl Listener {
    /// The next event, or a sign that the line is open; None when it is over.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if self.live.has_ended() || self.live.is_revoked(self.key) {
                return None;
            }
            // Marked before looking, so that whatever comes after the look wakes it.
            self.seen.mark_unchanged();
            match self.topic.next(self.after) {
                Next::Event(event) => {
                    self.after += 1;
                    self.keeps_up = true;
                    return Some(event);
                }
                Next::Gone if self.keeps_up => return None,
                Next::Gone => return Box::pin(self.stored()).await,
                Next::Nothing => self.keeps_up = true,
            }
            match tokio::time::timeout(self.patience, self.seen.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return None,
                Err(_) => return Some(frame::BEAT),
            }
        }
    }

    /// What the store still has and the topic does not, some hundred at a time.
    async fn stored(&mut self) -> Option<Bytes> {
        let entries = feed::after(&self.live.0.app.flow, &self.office, self.after).await.ok()?;
        self.after = entries.last()?.sequence;
        let events: Vec<Bytes> = entries.iter().map(encoded).collect();
        Some(events.concat().into())
    }
}
