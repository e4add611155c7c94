//! When something is tried again.

use crate::domain::{
    clock::{Entropy, HOUR, MINUTE, Timestamp},
    delivery::BREAKS_AFTER,
};

const SECOND: i64 = 1_000_000;

/// Between the attempts at one delivery: a day in all.
const PAUSES: [i64; 12] = [
    15 * SECOND,
    MINUTE,
    5 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    4 * HOUR,
    4 * HOUR,
    4 * HOUR,
    5 * HOUR,
];

/// A receiver may ask for more patience, but not for more than this.
const MOST_PATIENCE: i64 = 6 * HOUR;
/// Between the probes of a destination that fails, at first and at most.
const PROBES: (i64, i64) = (MINUTE, 15 * MINUTE);

/// The next attempt at what was tried first at `first`; None where a day has passed in vain. What the receiver asks for
/// is obeyed, between a second and six hours.
pub fn next_attempt(first: Timestamp, now: Timestamp, asked: Option<i64>, entropy: &Entropy) -> Option<Timestamp> {
    // Jitter may have brought it a tenth early.
    let (age, mut passed) = (now.since(first) * 10 / 9, 0);
    let pause = PAUSES.into_iter().find(|pause| {
        passed += pause;
        age < passed
    })?;
    Some(match asked {
        Some(asked) => now.plus(asked.clamp(SECOND, MOST_PATIENCE)).plus(share(SECOND, entropy)),
        None => now.plus(jittered(pause, entropy)),
    })
}

/// The next probe of a destination after that many failures.
pub fn next_probe(failures: i64, now: Timestamp, entropy: &Entropy) -> Timestamp {
    let doublings = u32::try_from((failures - BREAKS_AFTER).clamp(0, 10)).unwrap_or_default();
    now.plus(jittered((PROBES.0 << doublings).min(PROBES.1), entropy))
}

/// 90–110 % of it: whatever failed together does not come back together.
fn jittered(pause: i64, entropy: &Entropy) -> i64 {
    pause - pause / 10 + share(pause / 5, entropy)
}

fn share(of: i64, entropy: &Entropy) -> i64 {
    i64::from(u16::from_be_bytes(entropy.bytes())) * of / i64::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::DAY;

    #[test]
    fn the_attempts_at_one_delivery_last_a_day_and_then_end() {
        let entropy = Entropy::seeded(1);
        for _ in 0..100 {
            let (mut now, mut attempts) = (Timestamp(0), 1);
            while let Some(next) = next_attempt(Timestamp(0), now, None, &entropy) {
                assert!(next > now);
                (now, attempts) = (next, attempts + 1);
            }
            assert!((DAY * 8 / 10..DAY * 12 / 10).contains(&now.0), "{} hours", now.0 / HOUR);
            assert!((10..=16).contains(&attempts), "{attempts}");
        }
    }

    #[test]
    fn what_a_receiver_asks_for_is_obeyed_within_bounds() {
        let next = |asked| next_attempt(Timestamp(0), Timestamp(0), Some(asked), &Entropy::seeded(1)).unwrap().0;
        assert!((120 * SECOND..=121 * SECOND).contains(&next(120 * SECOND)));
        assert!((SECOND..=2 * SECOND).contains(&next(-7)));
        assert!((6 * HOUR..=6 * HOUR + SECOND).contains(&next(i64::MAX)));
    }

    #[test]
    fn probes_come_between_a_minute_and_a_quarter_of_an_hour_for_ever() {
        let entropy = Entropy::seeded(1);
        for failures in BREAKS_AFTER..1_000 {
            let pause = next_probe(failures, Timestamp(0), &entropy).0;
            assert!((MINUTE * 9 / 10..=15 * MINUTE * 11 / 10).contains(&pause), "{failures}: {pause}");
        }
    }
}
