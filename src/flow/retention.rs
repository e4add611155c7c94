//! How long what was told to other systems is kept, with every attempt; its counts stay for ever.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use super::{Flow, Rejection};

/// Months, when nobody says otherwise.
pub const MONTHS: u32 = 24;

/// The setting, shared by the clones of a [`Flow`].
#[derive(Debug, Clone)]
pub struct Retention(Arc<AtomicU32>);

impl Default for Retention {
    fn default() -> Self {
        Self(Arc::new(AtomicU32::new(MONTHS)))
    }
}

impl Retention {
    /// Keeps it for so many months; 0 keeps it for ever.
    pub fn keep(&self, months: u32) {
        self.0.store(months, Ordering::Relaxed);
    }
}

/// Forgets what was settled so many months ago and whose ticket has ended; how many deliveries.
pub async fn forget(flow: &Flow) -> Result<u64, Rejection> {
    let months = flow.retention.0.load(Ordering::Relaxed);
    if months == 0 {
        return Ok(0);
    }
    let before = flow.clock.now().day().months_before(months).start();
    Ok(flow.store.forget_deliveries(&flow.center_id(), before).await?)
}
