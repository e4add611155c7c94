//! The clock that a ticket's deadlines run on, and how long things may take that no category says.

use super::{Calendar, Setting};
use crate::domain::{
    clock::{HOUR, MINUTE, Timestamp},
    event::EventKind,
    ticket::Ticket,
};

/// Working hours until the province desk's default acts: nobody sits there, so this is only the time in which a person
/// of the centre may know better.
pub const DESK_HOURS: i64 = 2;
/// The same for urgent tickets, in wall-clock minutes.
pub const DESK_MINUTES_URGENT: i64 = 30;
/// Wall-clock hours until the default acts on an urgent ticket that a person has accepted at the desk; one working day
/// for all others.
pub const DESK_HOURS_URGENT_IN_HAND: i64 = 2;
/// How often the citizen can be asked in one round: each question moves the promise.
pub const WAITS: i64 = 2;
/// Working days that the citizen's answer is awaited.
pub const PAUSE_DAYS: i64 = 5;
/// Days by which one extension may move the deadline at most.
pub const EXTENSION_DAYS: i64 = 30;

/// The wall clock for urgent tickets, working time for all others. Both are read as a scale in microseconds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pace<'a> {
    Wall,
    Working(&'a Calendar),
}

impl<'a> Pace<'a> {
    pub fn new(urgent: bool, calendar: &'a Calendar) -> Self {
        if urgent { Self::Wall } else { Self::Working(calendar) }
    }

    /// `at` moved later by `micros` on this scale.
    pub fn moved(self, at: Timestamp, micros: i64) -> Timestamp {
        match self {
            Self::Wall => at.plus(micros.max(0)),
            Self::Working(calendar) => calendar.moved(at, micros),
        }
    }

    /// Microseconds from `from` to `to` on this scale; negative where `to` is earlier.
    pub fn span(self, from: Timestamp, to: Timestamp) -> i64 {
        match self {
            Self::Wall => to.since(from),
            Self::Working(calendar) => calendar.span(from, to),
        }
    }

    pub fn hours(self, from: Timestamp, hours: u16) -> Timestamp {
        self.moved(from, i64::from(hours) * HOUR)
    }

    /// When the default acts on a ticket that reaches the province desk at `now`.
    pub fn desk(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Wall => now.plus(DESK_MINUTES_URGENT * MINUTE),
            Self::Working(calendar) => calendar.moved(now, DESK_HOURS * HOUR),
        }
    }

    /// When the default acts on a ticket that somebody accepted at the province desk at `now`.
    pub fn desk_in_hand(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Wall => now.plus(DESK_HOURS_URGENT_IN_HAND * HOUR),
            Self::Working(calendar) => calendar.after(now, calendar.day_minutes()),
        }
    }
}

/// Starts a round's clocks at `from`.
pub(super) fn start_clocks(ticket: &mut Ticket, from: Timestamp, setting: Setting<'_>) {
    let pace = Pace::new(ticket.urgent, setting.calendar);
    ticket.accept_by = pace.hours(from, setting.category.accept_hours);
    ticket.resolve_by = pace.hours(from, setting.category.resolve_hours);
    ticket.promised_by = ticket.resolve_by;
}

/// Ends a pause at `at`: back to where it was, every clock moved by the time that passed on its own scale, so that what
/// was left is still left. Where that was no working time at all, because somebody had moved the deadline into a night or
/// a holiday, it is a working day: nobody is overdue by the very answer. The entry for the history; None where the
/// ticket was not waiting.
pub(super) fn end_pause(ticket: &mut Ticket, at: Timestamp, calendar: &Calendar) -> Option<EventKind> {
    let pause = ticket.pause.take()?;
    let pace = Pace::new(ticket.urgent, calendar);
    let passed = pace.span(pause.since, at);
    let moved = |by: Timestamp| {
        let moved = pace.moved(by, passed);
        let nothing_left = by > pause.since && moved <= at;
        if nothing_left { calendar.after(at, calendar.day_minutes()) } else { moved }
    };
    ticket.state = pause.back_to;
    ticket.accept_by = moved(ticket.accept_by);
    ticket.resolve_by = moved(ticket.resolve_by);
    ticket.promised_by = moved(ticket.promised_by).min(ticket.resolve_by);
    ticket.default_at = ticket.default_at.map(moved);
    Some(EventKind::Resumed { accept_by: ticket.accept_by, resolve_by: ticket.resolve_by })
}

/// Minutes from the start of the round to `now`, pauses not counted, on the ticket's own scale.
///
/// `promised_by` is the start moved by the allowed hours and by every pause, so what was used is what was allowed minus
/// what is left: no second clock has to be kept.
pub(super) fn worked_minutes(ticket: &Ticket, setting: Setting<'_>) -> i64 {
    let allowed = i64::from(setting.category.resolve_hours) * HOUR;
    let left = Pace::new(ticket.urgent, setting.calendar).span(setting.now, ticket.promised_by);
    (allowed - left).max(0) / MINUTE
}
