//! What stands, told anew whenever it is another: the name of a state is the hash of its words, so that a listener who
//! comes back, on whichever instance, is told it only if it has not seen it.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use serde::Serialize;
use tokio::sync::watch;

use super::{Live, frame};

/// A state as it is told.
#[derive(Debug, PartialEq)]
pub struct Told {
    id: String,
    event: Bytes,
}

/// What listeners of one thing are told.
#[derive(Debug)]
pub struct Topic {
    told: watch::Sender<Option<Arc<Told>>>,
    stirred: AtomicBool,
}

impl Default for Topic {
    fn default() -> Self {
        Self { told: watch::Sender::new(None), stirred: AtomicBool::new(false) }
    }
}

impl Topic {
    /// Whether somebody listens.
    pub fn is_heard(&self) -> bool {
        self.told.receiver_count() > 0
    }

    /// It may have changed.
    pub fn stir(&self) {
        self.stirred.store(true, Ordering::SeqCst);
    }

    /// Whether it was stirred since the last time this was asked.
    pub fn settle(&self) -> bool {
        self.stirred.swap(false, Ordering::SeqCst)
    }

    /// Tells the listeners, if it is another state than before.
    pub fn tell<T: Serialize>(&self, name: &str, state: &T) {
        let mut hasher = DefaultHasher::new();
        serde_json::to_string(state).unwrap_or_default().hash(&mut hasher);
        let id = format!("{:016x}", hasher.finish());
        self.told.send_if_modified(|told| {
            if told.as_ref().is_some_and(|told| told.id == id) {
                return false;
            }
            *told = Some(Arc::new(Told { event: frame::event(&id, name, state), id }));
            true
        });
    }

    /// Wakes every listener, to see for itself whether it may go on.
    pub fn wake(&self) {
        self.told.send_modify(|_| {});
    }
}

/// Who listens, and what it was told last.
struct Listener<K> {
    live: Live,
    told: watch::Receiver<Option<Arc<Told>>>,
    last: Option<String>,
    patience: Duration,
    /// Keeps the topic while it is heard.
    _kept: K,
}

impl Live {
    /// The states of a topic, from the present one on unless it is `last`.
    pub(super) fn states<K: Send + 'static>(
        &self,
        topic: &Topic,
        kept: K,
        last: Option<String>,
    ) -> impl Stream<Item = Bytes> + use<K> {
        let entropy = &self.0.app.flow.entropy;
        let welcome = frame::welcome(entropy, None);
        let (told, patience) = (topic.told.subscribe(), frame::patience(entropy));
        let listener = Listener { live: self.clone(), told, last, patience, _kept: kept };
        let states = stream::unfold(listener, |mut listener| async move {
            let chunk = listener.next().await?;
            Some((chunk, listener))
        });
        stream::iter([welcome]).chain(states)
    }
}

impl<K> Listener<K> {
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if self.live.has_ended() {
                return None;
            }
            let told = self.told.borrow_and_update().clone();
            if let Some(told) = told.filter(|told| self.last.as_ref() != Some(&told.id)) {
                self.last = Some(told.id.clone());
                return Some(told.event.clone());
            }
            match tokio::time::timeout(self.patience, self.told.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return None,
                Err(_) => return Some(frame::BEAT),
            }
        }
    }
}
