//! The vital signs of this process: when each of its loops last did its work, and how its own checks stand.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::domain::{
    check::{Check, Finding, Verdict},
    clock::{MINUTE, Timestamp},
};

/// A loop that is late by so much, beyond twice its pause, is worth a look …
const LATE: i64 = MINUTE / 2;
/// … and by so much it stands still.
const STILL: i64 = 3 * MINUTE;

/// Cheap to clone; clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Vitals {
    known: Arc<Mutex<Known>>,
}

#[derive(Debug, Default)]
struct Known {
    loops: BTreeMap<&'static str, Beat>,
    findings: BTreeMap<String, Finding>,
}

#[derive(Debug, Clone, Copy)]
struct Beat {
    pause: i64,
    at: Timestamp,
}

/// How the loops of a process stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loops {
    /// How many there are.
    pub count: usize,
    /// Those that are late, with the moment when they last did their work, the latest first.
    pub late: Vec<(&'static str, Timestamp)>,
    /// Whether one of these stands still.
    pub still: bool,
}

impl Vitals {
    /// A loop begins that rests so long between two rounds; until its first one it is as good as one that has just beaten.
    pub fn begin(&self, name: &'static str, pause: Duration, now: Timestamp) {
        let pause = i64::try_from(pause.as_micros()).unwrap_or(i64::MAX);
        self.known().loops.insert(name, Beat { pause, at: now });
    }

    /// A loop has done its work.
    pub fn beat(&self, name: &'static str, now: Timestamp) {
        if let Some(beat) = self.known().loops.get_mut(name) {
            beat.at = now;
        }
    }

    /// How the loops stand.
    pub fn loops(&self, now: Timestamp) -> Loops {
        let known = self.known();
        let overdue = |beat: &Beat| now.since(beat.at).saturating_sub(beat.pause.saturating_mul(2));
        let mut late: Vec<_> = known.loops.iter().filter(|(_, beat)| overdue(beat) >= LATE).collect();
        late.sort_by_key(|(_, beat)| beat.at);
        Loops {
            count: known.loops.len(),
            still: late.iter().any(|(_, beat)| overdue(beat) >= STILL),
            late: late.into_iter().map(|(name, beat)| (*name, beat.at)).collect(),
        }
    }

    /// Keeps a check that this process has made of itself, and tells since when it stands so.
    pub fn keep(&self, check: Check, now: Timestamp) -> Finding {
        let mut known = self.known();
        let (finding, _) = Finding::follow(known.findings.get(&check.name), check, now);
        if finding.since == now && finding.check.verdict == Verdict::Alarm {
            tracing::error!(check = %finding.check.name, said = %finding.check.text.en, "a self-check alarms");
        }
        known.findings.insert(finding.check.name.clone(), finding.clone());
        finding
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(1_784_000_000_000_000);

    #[test]
    fn a_loop_that_stands_still_is_named_and_one_that_goes_on_is_well_again() {
        let vitals = Vitals::default();
        vitals.begin("seal", Duration::from_secs(3), START);
        vitals.begin("retention", Duration::from_hours(1), START);
        assert_eq!(vitals.loops(START.plus(35 * MINUTE / 60)).late, []);
        let late = vitals.loops(START.plus(MINUTE));
        assert_eq!((late.late, late.still, late.count), (vec![("seal", START)], false, 2));
        assert!(vitals.loops(START.plus(4 * MINUTE)).still);
        vitals.beat("seal", START.plus(4 * MINUTE));
        assert_eq!(vitals.loops(START.plus(4 * MINUTE)).late, []);
        assert_eq!(vitals.loops(START.plus(4 * MINUTE + MINUTE)).late, [("seal", START.plus(4 * MINUTE))]);
    }

    #[test]
    fn clones_are_the_same_process() {
        let vitals = Vitals::default();
        vitals.clone().begin("seal", Duration::from_secs(3), START);
        assert_eq!(vitals.loops(START).count, 1);
        vitals.beat("unknown", START);
        assert_eq!(vitals.loops(START).count, 1);
    }
}
