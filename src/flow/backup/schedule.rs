//! When a running server makes backups, and where.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use crate::domain::clock::{HOUR, MINUTE, Timestamp};

/// After a backup that failed: what stands in its way rarely goes within seconds, and each attempt reads the whole disk.
const PAUSE: i64 = 15 * MINUTE;

/// Backups that a running server makes. Clones share what has failed.
#[derive(Debug, Clone)]
pub struct Schedule {
    folder: PathBuf,
    hours: u32,
    keep: usize,
    scratch_url: Option<String>,
    not_before: Arc<AtomicI64>,
}

impl Schedule {
    /// Into `folder`, every so many hours, so many of them kept. `scratch_url`: where trials are made, of PostgreSQL.
    pub fn new(folder: PathBuf, hours: u32, keep: usize, scratch_url: Option<String>) -> Self {
        Self { folder, hours, keep, scratch_url, not_before: Arc::new(AtomicI64::new(i64::MIN)) }
    }

    /// Where backups are kept.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Hours between two.
    pub fn hours(&self) -> u32 {
        self.hours
    }

    pub(super) fn keep(&self) -> usize {
        self.keep
    }

    pub(super) fn scratch_url(&self) -> Option<&str> {
        self.scratch_url.as_deref()
    }

    /// Whether one is due, the last one having ended then.
    pub(super) fn is_due(&self, last: Option<Timestamp>, now: Timestamp) -> bool {
        let next = last.map_or(i64::MIN, |last| last.plus(i64::from(self.hours) * HOUR).0);
        now.0 >= next.max(self.not_before.load(Ordering::Relaxed))
    }

    pub(super) fn has_failed(&self, now: Timestamp) {
        self.not_before.store(now.plus(PAUSE).0, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_due_at_once_then_by_the_last_and_after_a_failure_later() {
        let schedule = Schedule::new("backups".into(), 24, 14, None);
        let start = Timestamp(1_000 * HOUR);
        assert!(schedule.is_due(None, start));
        assert!(!schedule.is_due(Some(start), start.plus(24 * HOUR - 1)));
        assert!(schedule.is_due(Some(start), start.plus(24 * HOUR)));
        schedule.has_failed(start);
        assert!(!schedule.clone().is_due(None, start.plus(PAUSE - 1)));
        assert!(schedule.is_due(None, start.plus(PAUSE)));
    }
}
