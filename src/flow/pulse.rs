//! "Something has changed": a hint to whoever waits for changes. The truth is what the store says; a hint that is lost
//! costs a moment, never a change.

use std::sync::Arc;

use tokio::sync::watch;

/// Beats when a transaction of this process was committed, and when another instance says that one of its own was.
#[derive(Debug, Clone)]
pub struct Pulse {
    own: Arc<watch::Sender<u64>>,
    others: Arc<watch::Sender<u64>>,
}

impl Default for Pulse {
    fn default() -> Self {
        Self { own: Arc::new(watch::Sender::new(0)), others: Arc::new(watch::Sender::new(0)) }
    }
}

impl Pulse {
    /// This process has committed.
    pub fn beat(&self) {
        self.own.send_modify(|beats| *beats += 1);
    }

    /// Another instance has.
    pub fn heard(&self) {
        self.others.send_modify(|beats| *beats += 1);
    }

    /// Changes with every commit of this process.
    pub fn own(&self) -> watch::Receiver<u64> {
        self.own.subscribe()
    }

    /// Changes with every notice of another instance.
    pub fn others(&self) -> watch::Receiver<u64> {
        self.others.subscribe()
    }
}
