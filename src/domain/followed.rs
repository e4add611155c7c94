//! The database's clock, as a process knows it: sampled, and carried on between samples by the machine's steady clock,
//! which nobody sets. A wall clock that is wrong, or is set ten minutes ahead at any moment, changes nothing.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicI64, Ordering},
    },
    time::Instant,
};

use super::clock::Timestamp;

/// An answer that took longer than this many microseconds says too little about when it was given.
const LATE: i64 = 1_000_000;

/// Microseconds of the steady clock since this process first asked for them.
fn steady() -> i64 {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    i64::try_from(FIRST.get_or_init(Instant::now).elapsed().as_micros()).unwrap_or(i64::MAX)
}

/// The moment at which the database is asked for the time.
#[derive(Debug, Clone, Copy)]
pub struct Asked(i64);

impl Asked {
    /// Now.
    pub fn now() -> Self {
        Self(steady())
    }

    /// The answer to it, which has come just now.
    pub fn answered(self, theirs: Timestamp) -> Sample {
        Sample { asked: self.0, heard: steady(), theirs }
    }
}

/// One look at the database's clock.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    asked: i64,
    heard: i64,
    theirs: Timestamp,
}

impl Sample {
    /// From the steady clock to the database's: it read its clock halfway between question and answer.
    fn offset(self) -> i64 {
        self.theirs.0 - self.asked.midpoint(self.heard)
    }
}

/// A clock of somebody else, followed by samples.
#[derive(Debug, Clone)]
pub struct Followed(Arc<AtomicI64>);

impl Followed {
    /// From the first sample on.
    pub fn from(first: Sample) -> Self {
        Self(Arc::new(AtomicI64::new(first.offset())))
    }

    /// The present moment there.
    pub fn now(&self) -> Timestamp {
        Timestamp(steady().saturating_add(self.0.load(Ordering::Relaxed)))
    }

    /// Goes by a later sample from now on, unless its answer took too long.
    pub fn take(&self, sample: Sample) {
        if sample.heard - sample.asked <= LATE {
            self.0.store(sample.offset(), Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_took_long_moves_no_clock() {
        let sample = |took, theirs| Sample { asked: 0, heard: took, theirs: Timestamp(theirs) };
        let clock = Followed::from(sample(0, 1_000));
        clock.take(sample(LATE + 1, 9_000_000));
        assert_eq!(clock.0.load(Ordering::Relaxed), 1_000);
        clock.take(sample(LATE, 9_000_000));
        assert_eq!(clock.0.load(Ordering::Relaxed), 9_000_000 - LATE / 2);
    }
}
