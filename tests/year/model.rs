//! What had to happen by itself, worked out from a ticket's history alone: day by day through the calendar, nothing of
//! the product's own arithmetic.

use ioc::domain::{
    calendar::WorkingTime,
    category::Category,
    clock::{DAY, Day, HOUR, MINUTE, Timestamp},
    event::{Actor, Event, EventKind},
    ladder::{Cause, LadderData, Step},
};

/// Whatever is due is written within this time.
const AT_MOST: i64 = MINUTE;
/// A working day of the starter calendar, and of how many of them a question's pause is.
const WORKING_DAY: i64 = 450 * MINUTE;
const PAUSE_DAYS: i64 = 5;
const SILENCE: i64 = 15 * DAY;

pub struct Rules {
    pub hours: WorkingTime,
    pub ladder: LadderData,
}

impl Rules {
    fn works(&self, day: Day) -> bool {
        let off = self.hours.holidays.iter().any(|holiday| holiday.day == day);
        if day.weekday() < 5 { !off } else { self.hours.swapped.contains(&day) }
    }

    fn halves(&self, day: Day) -> Vec<(Timestamp, Timestamp)> {
        let at = |minute: u16| day.start().plus(i64::from(minute) * MINUTE);
        let hours = if self.works(day) { self.hours.hours.as_slice() } else { &[] };
        hours.iter().map(|(from, to)| (at(*from), at(*to))).collect()
    }

    fn later(&self, urgent: bool, from: Timestamp, micros: i64) -> Timestamp {
        if urgent || micros == 0 {
            return from.plus(micros);
        }
        let (mut left, mut day) = (micros, from.day());
        loop {
            for (begin, end) in self.halves(day) {
                let begin = begin.max(from);
                if end > begin {
                    if left <= end.since(begin) {
                        return begin.plus(left);
                    }
                    left -= end.since(begin);
                }
            }
            day = day.next();
        }
    }

    fn passed(&self, urgent: bool, from: Timestamp, to: Timestamp) -> i64 {
        if urgent {
            return to.since(from);
        }
        let (mut sum, mut day) = (0, from.day());
        while day <= to.day() {
            sum += self.halves(day).iter().map(|(a, b)| to.min(*b).since(from.max(*a)).max(0)).sum::<i64>();
            day = day.next();
        }
        sum
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    Accept,
    Resolve,
    Rung(Cause, i64, Step),
    Resume,
    Close,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stands {
    Queued,
    InHand,
    Resolved(Timestamp),
    Over,
}

struct Model<'a> {
    rules: &'a Rules,
    category: &'a Category,
    stands: Stands,
    asked: Option<Timestamp>,
    accept_by: Timestamp,
    resolve_by: Timestamp,
    missed: [bool; 2],
    rungs: [i64; 2],
}

impl Model<'_> {
    fn start(&mut self, from: Timestamp) {
        let by = |hours: u16| self.rules.later(self.category.urgent, from, i64::from(hours) * HOUR);
        (self.accept_by, self.resolve_by) = (by(self.category.accept_hours), by(self.category.resolve_hours));
        (self.missed, self.rungs) = ([false; 2], [0; 2]);
    }

    fn resume(&mut self, at: Timestamp) {
        let since = self.asked.take().unwrap();
        let passed = self.rules.passed(self.category.urgent, since, at);
        for by in [&mut self.accept_by, &mut self.resolve_by] {
            let moved = self.rules.later(self.category.urgent, *by, passed);
            let nothing_left = since < *by && moved <= at;
            *by = if nothing_left { self.rules.later(false, at, WORKING_DAY) } else { moved };
        }
    }

    fn pause_ends(&self) -> Option<Timestamp> {
        self.asked.map(|since| self.rules.later(false, since, PAUSE_DAYS * WORKING_DAY))
    }

    fn rung(&self, cause: Cause) -> (Timestamp, Due) {
        let (place, by) = if cause == Cause::Untaken { (0, self.accept_by) } else { (1, self.resolve_by) };
        let level = self.rungs[place] + 1;
        let data = &self.rules.ladder;
        let top = i64::try_from(data.rung.len()).unwrap();
        let rung = data.rung[usize::try_from(level.min(top) - 1).unwrap()];
        let beyond = (level - top).max(0);
        let after = match (self.category.urgent, cause) {
            (true, _) => {
                i64::from(rung.urgent_minutes) * MINUTE + beyond * i64::from(data.urgent_again_minutes) * MINUTE
            }
            (_, Cause::Untaken) => (i64::from(rung.untaken_hours) + beyond * i64::from(data.again_hours)) * HOUR,
            (_, Cause::Unresolved) => (i64::from(rung.unresolved_hours) + beyond * i64::from(data.again_hours)) * HOUR,
        };
        (self.rules.later(self.category.urgent, by, after), Due::Rung(cause, level, rung.step))
    }

    /// Everything that will happen by itself, if nobody does anything.
    fn dues(&self) -> Vec<(Timestamp, Due)> {
        if let Some(end) = self.pause_ends() {
            return vec![(end, Due::Resume)];
        }
        let mut dues = vec![];
        match self.stands {
            Stands::Over => {}
            Stands::Resolved(at) => dues.push((at.plus(SILENCE), Due::Close)),
            stands => {
                if stands == Stands::Queued {
                    dues.push(if self.missed[0] { self.rung(Cause::Untaken) } else { (self.accept_by, Due::Accept) });
                }
                let resolve =
                    if self.missed[1] { self.rung(Cause::Unresolved) } else { (self.resolve_by, Due::Resolve) };
                dues.push(resolve);
            }
        }
        dues
    }

    fn follow(&mut self, event: &Event) -> Option<Due> {
        let mut by_itself = None;
        match &event.kind {
            EventKind::Assigned { accept_by, resolve_by, .. } => {
                self.start(event.at);
                assert_eq!((*accept_by, *resolve_by), (self.accept_by, self.resolve_by), "as it was told");
            }
            EventKind::Accepted { .. } | EventKind::Started => self.stands = Stands::InHand,
            EventKind::Transferred { .. } => self.stands = Stands::Queued,
            EventKind::Waiting { until, .. } => {
                self.asked = Some(event.at);
                assert_eq!(Some(*until), self.pause_ends());
            }
            EventKind::Replied { accept_by, resolve_by, .. } => {
                self.resume(event.at);
                assert_eq!((*accept_by, *resolve_by), (self.accept_by, self.resolve_by));
            }
            EventKind::Resumed { accept_by, resolve_by } => {
                let end = self.pause_ends().unwrap();
                by_itself = (event.at >= end).then_some(Due::Resume);
                self.resume(end.min(event.at));
                assert_eq!((*accept_by, *resolve_by), (self.accept_by, self.resolve_by));
            }
            EventKind::Extended { until, .. } => self.resolve_by = *until,
            EventKind::Resolved { .. } => self.stands = Stands::Resolved(event.at),
            EventKind::Refused { .. } | EventKind::Confirmed => self.stands = Stands::Over,
            EventKind::Closed => {
                by_itself = Some(Due::Close);
                self.stands = Stands::Over;
            }
            EventKind::Reopened { accept_by, resolve_by, .. } => {
                self.stands = Stands::Queued;
                self.start(event.at);
                assert_eq!((*accept_by, *resolve_by), (self.accept_by, self.resolve_by));
            }
            EventKind::AcceptMissed => {
                by_itself = Some(Due::Accept);
                self.missed[0] = true;
            }
            EventKind::ResolveMissed => {
                by_itself = Some(Due::Resolve);
                self.missed[1] = true;
            }
            EventKind::Escalated { cause, level, step } => {
                by_itself = Some(Due::Rung(*cause, *level, *step));
                self.rungs[usize::from(*cause == Cause::Unresolved)] = *level;
            }
            _ => {}
        }
        by_itself
    }
}

/// Holds a history against the model until `end`; how many rungs it has, and how often a person at the centre acted.
pub fn hold(rules: &Rules, category: &Category, history: &[Event], end: Timestamp) -> (usize, usize) {
    let start = Timestamp(0);
    let mut model = Model {
        rules,
        category,
        stands: Stands::Queued,
        asked: None,
        accept_by: start,
        resolve_by: start,
        missed: [false; 2],
        rungs: [0; 2],
    };
    let (mut before, mut rungs, mut touches) = (history[0].at, 0, 0);
    for (place, event) in history.iter().enumerate() {
        touches += usize::from(matches!(event.actor, Actor::Centre { .. }));
        let dues = if place < 2 { vec![] } else { model.dues() };
        let done = model.follow(event);
        for (at, due) in dues {
            let at = at.max(before);
            if done == Some(due) {
                let late = event.at.since(at);
                assert!((0..=AT_MOST).contains(&late), "{due:?} was due {at}, written {}", event.at);
            } else {
                assert!(at.plus(AT_MOST) >= event.at, "{due:?} was due {at} and not written by {}", event.at);
            }
        }
        rungs += usize::from(matches!(done, Some(Due::Rung(..))));
        before = event.at;
    }
    for (at, due) in model.dues() {
        assert!(at.max(before).plus(AT_MOST) >= end, "{due:?} was due {at} and never written");
    }
    (rungs, touches)
}
