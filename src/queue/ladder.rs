//! Which rung of the ladder a ticket reaches next, and when.

use super::{Calendar, pace::Pace};
use crate::domain::{
    clock::{HOUR, MINUTE, Timestamp},
    ladder::{Cause, LadderData, Step},
    ticket::{State, Ticket},
};

/// A ladder that was checked: at least one rung, each later and higher than the one below, and a top that returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ladder(LadderData);

/// Why a ladder is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadLadder {
    /// Nothing would ever be said.
    #[error("rung: at least one is needed")]
    Empty,
    /// Not from below.
    #[error("rung {0}: its step must stand above, and its times must not lie before, those of the rung below")]
    Order(usize),
    /// The top would speak without end at one moment.
    #[error("again_hours, urgent_again_minutes and dead_hours must be at least 1")]
    Again,
    /// Not the form of a ladder.
    #[error("the ladder cannot be read: {0}")]
    Form(toml::de::Error),
}

impl Ladder {
    /// Checks the data.
    pub fn new(data: LadderData) -> Result<Self, BadLadder> {
        if data.rung.is_empty() {
            return Err(BadLadder::Empty);
        }
        if data.again_hours == 0 || data.urgent_again_minutes == 0 || data.dead_hours == 0 {
            return Err(BadLadder::Again);
        }
        let climbs = |pair: &[crate::domain::ladder::Rung]| {
            let (low, high) = (pair[0], pair[1]);
            low.step < high.step
                && low.untaken_hours <= high.untaken_hours
                && low.unresolved_hours <= high.unresolved_hours
                && low.urgent_minutes <= high.urgent_minutes
        };
        match data.rung.windows(2).position(|pair| !climbs(pair)) {
            Some(below) => Err(BadLadder::Order(below + 2)),
            None => Ok(Self(data)),
        }
    }

    /// The data, as people edit it.
    pub fn data(&self) -> &LadderData {
        &self.0
    }

    /// Who hears of a level, counted from 1; above the top it is the top again.
    pub fn step(&self, level: i64) -> Step {
        let place = usize::try_from(level.max(1) - 1).unwrap_or(usize::MAX).min(self.0.rung.len() - 1);
        self.0.rung[place].step
    }

    /// The highest step that a ticket has reached in this round.
    pub fn reached(&self, ticket: &Ticket) -> Option<Step> {
        let level = ticket.untaken_rungs.max(ticket.unresolved_rungs);
        (level > 0).then(|| self.step(level))
    }

    /// Whether it stands marked in public: open, and the ladder's public rung was reached.
    pub fn is_public(&self, ticket: &Ticket) -> bool {
        ticket.state.is_open() && self.reached(ticket) == Some(Step::Public)
    }

    /// The next rung and its moment; None while the cause does not hold.
    pub(super) fn next(&self, ticket: &Ticket, cause: Cause, calendar: &Calendar) -> Option<(i64, Timestamp)> {
        let (holds, deadline, reached) = match cause {
            Cause::Untaken => {
                let holds = ticket.state == State::Queued && ticket.accept_missed;
                (holds, ticket.accept_by, ticket.untaken_rungs)
            }
            Cause::Unresolved => {
                let holds = ticket.state.is_open() && ticket.pause.is_none() && ticket.resolve_missed;
                (holds, ticket.resolve_by, ticket.unresolved_rungs)
            }
        };
        let level = reached + 1;
        let moment = || Pace::new(ticket.urgent, calendar).moved(deadline, self.after(level, cause, ticket.urgent));
        holds.then(|| (level, moment()))
    }

    /// Microseconds from the deadline to a level, on the ticket's own scale.
    fn after(&self, level: i64, cause: Cause, urgent: bool) -> i64 {
        let rungs = &self.0.rung;
        let place = usize::try_from(level - 1).unwrap_or_default().min(rungs.len() - 1);
        let beyond = level - 1 - i64::try_from(place).unwrap_or_default();
        let rung = rungs[place];
        let (first, again) = match (urgent, cause) {
            (true, _) => (i64::from(rung.urgent_minutes) * MINUTE, i64::from(self.0.urgent_again_minutes) * MINUTE),
            (false, Cause::Untaken) => (i64::from(rung.untaken_hours) * HOUR, i64::from(self.0.again_hours) * HOUR),
            (false, Cause::Unresolved) => {
                (i64::from(rung.unresolved_hours) * HOUR, i64::from(self.0.again_hours) * HOUR)
            }
        };
        first + beyond * again
    }
}

/// The ladder that the product starts with, until the province writes its own.
pub fn starter_ladder() -> LadderData {
    read_ladder(include_str!("ladder.toml")).expect("the built-in file is read by a test")
}

/// A ladder from the text that people edit (TOML); errors name the line.
pub fn read_ladder(text: &str) -> Result<LadderData, BadLadder> {
    toml::from_str(text).map_err(BadLadder::Form)
}
