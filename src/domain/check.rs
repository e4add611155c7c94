//! Self-checks: what is looked at, how it stands, and when people have to be told.

use serde::{Deserialize, Serialize};

use super::{
    clock::{HOUR, Timestamp},
    names::Names,
};

/// How a check stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Somebody should look when there is time.
    Warn,
    /// Somebody has to look.
    Alarm,
}

impl Verdict {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Alarm => "alarm",
        }
    }

    /// The verdict of that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Ok, Self::Warn, Self::Alarm].into_iter().find(|verdict| verdict.word() == word)
    }

    /// Warn from the first bound on, alarm from the second on.
    pub fn rising(value: i64, (warn, alarm): (i64, i64)) -> Self {
        match value {
            _ if value >= alarm => Self::Alarm,
            _ if value >= warn => Self::Warn,
            _ => Self::Ok,
        }
    }
}

/// One check, just made.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// A stable word.
    pub name: String,
    /// How it stands.
    pub verdict: Verdict,
    /// What was measured; None where there is nothing to measure.
    pub value: Option<f64>,
    /// Of the value, for instance `s`; empty for a share or nothing.
    pub unit: String,
    /// One sentence; nothing personal, no secret, no address.
    pub text: Names,
}

/// A check with its past.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// As it was made last.
    pub check: Check,
    /// When.
    pub at: Timestamp,
    /// Since when it stands so.
    pub since: Timestamp,
    /// When people were last told of an alarm.
    pub told: Option<Timestamp>,
    /// Whether they have not been told yet that it is over.
    pub open: bool,
}

/// What people are to be told of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tell {
    /// Nothing.
    Nothing,
    /// It alarms.
    Alarm,
    /// The alarm is over.
    Over,
}

/// However often a check changes to and fro, people are told of an alarm once in this time.
const BETWEEN: i64 = HOUR;

impl Finding {
    /// The check follows the one before it. An alarm is told when it is found twice in a row, so that a machine that was
    /// stopped for a moment calls nobody; its end is told at once.
    #[must_use]
    pub fn follow(before: Option<&Self>, check: Check, at: Timestamp) -> (Self, Tell) {
        let same = before.filter(|before| before.check.verdict == check.verdict);
        let alarms = check.verdict == Verdict::Alarm;
        let mut now = Self {
            at,
            since: same.map_or(at, |before| before.since),
            told: before.and_then(|before| before.told),
            open: before.is_some_and(|before| before.open),
            check,
        };
        let quiet = now.told.is_none_or(|told| at.since(told) >= BETWEEN);
        let tell = match (alarms, now.open) {
            (true, false) if same.is_some() && quiet => Tell::Alarm,
            (false, true) => Tell::Over,
            _ => Tell::Nothing,
        };
        match tell {
            Tell::Alarm => (now.told, now.open) = (Some(at), true),
            Tell::Over => now.open = false,
            Tell::Nothing => {}
        }
        (now, tell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::MINUTE;

    fn check(verdict: Verdict) -> Check {
        Check { name: "disk".into(), verdict, value: Some(1.0), unit: "MB".into(), text: Names::new("đĩa", "disk") }
    }

    /// What is told, minute by minute.
    fn told(verdicts: &[Verdict]) -> Vec<Tell> {
        let (mut before, mut said) = (None, vec![]);
        for (verdict, minute) in verdicts.iter().zip(0..) {
            let (now, tell) = Finding::follow(before.as_ref(), check(*verdict), Timestamp(minute * MINUTE));
            said.push(tell);
            before = Some(now);
        }
        said
    }

    #[test]
    fn an_alarm_is_told_once_when_it_stands_and_once_when_it_is_over() {
        use Verdict::{Alarm, Ok, Warn};
        let said = told(&[Ok, Alarm, Alarm, Alarm, Alarm, Warn, Ok]);
        let nothing = Tell::Nothing;
        assert_eq!(said, [nothing, nothing, Tell::Alarm, nothing, nothing, Tell::Over, nothing]);
    }

    #[test]
    fn what_is_seen_only_once_calls_nobody() {
        assert!(told(&[Verdict::Alarm, Verdict::Ok, Verdict::Alarm, Verdict::Ok]).iter().all(|t| *t == Tell::Nothing));
    }

    #[test]
    fn what_comes_and_goes_is_told_at_most_once_an_hour() {
        let verdicts: Vec<_> =
            (0..300).map(|minute| if minute % 3 == 0 { Verdict::Ok } else { Verdict::Alarm }).collect();
        let said = told(&verdicts);
        let count = |what| said.iter().filter(|tell| **tell == what).count();
        assert_eq!((count(Tell::Alarm), count(Tell::Over)), (5, 5));
    }

    #[test]
    fn an_alarm_that_stands_after_the_quiet_hour_is_told() {
        use Verdict::{Alarm, Ok};
        let mut verdicts = vec![Alarm, Alarm, Ok];
        verdicts.extend([Alarm; 70]);
        let said = told(&verdicts);
        let told: Vec<_> =
            said.iter().enumerate().filter(|(_, tell)| **tell == Tell::Alarm).map(|(at, _)| at).collect();
        assert_eq!(told, [1, 61]);
    }

    #[test]
    fn since_is_when_it_began_to_stand_so() {
        let (first, _) = Finding::follow(None, check(Verdict::Warn), Timestamp(1));
        let (second, _) = Finding::follow(Some(&first), check(Verdict::Warn), Timestamp(2));
        let (third, _) = Finding::follow(Some(&second), check(Verdict::Ok), Timestamp(3));
        assert_eq!((second.since, second.at, third.since), (Timestamp(1), Timestamp(2), Timestamp(3)));
    }

    #[test]
    fn a_verdict_rises_with_its_bounds() {
        let of = |value| Verdict::rising(value, (10, 20));
        assert_eq!((of(9), of(10), of(20)), (Verdict::Ok, Verdict::Warn, Verdict::Alarm));
        for verdict in [Verdict::Ok, Verdict::Warn, Verdict::Alarm] {
            assert_eq!(Verdict::parse(verdict.word()), Some(verdict));
        }
    }
}
