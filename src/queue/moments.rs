//! What happens to a ticket by itself, and when.

use super::{Calendar, Decision, Ladder, Setting, ends::REOPEN_DAYS, pace::end_pause};
use crate::domain::{
    clock::{DAY, Timestamp},
    event::EventKind,
    ladder::Cause,
    ticket::{State, Ticket},
};

/// The next moment at which something happens by itself: a deadline, the end of a pause, the desk's default, the end of
/// 15 days of silence, a rung of the ladder. An open ticket is looked at again one working day after `now` at the latest.
/// None only when closed, merged, withdrawn, or refused.
pub fn next_moment(ticket: &Ticket, calendar: &Calendar, ladder: &Ladder, now: Timestamp) -> Option<Timestamp> {
    if ticket.state == State::Resolved {
        return silence_ends(ticket);
    }
    if !ticket.state.is_open() {
        return None;
    }
    if let Some(pause) = ticket.pause {
        return Some(pause.until);
    }
    let accept = (ticket.state == State::Queued && !ticket.accept_missed).then_some(ticket.accept_by);
    let resolve = (!ticket.resolve_missed).then_some(ticket.resolve_by);
    let rungs = Cause::ALL.map(|cause| Some(ladder.next(ticket, cause, calendar)?.1));
    let next = [accept, resolve, ticket.default_at].into_iter().chain(rungs).flatten().min();
    Some(next.unwrap_or_else(|| calendar.after(now, calendar.day_minutes())))
}

/// What happens by itself now; None when nothing is due, or when the province desk's default is due (see
/// [`default_due`]). One thing at a time: ask again until None.
pub fn lapse(ticket: &Ticket, setting: Setting<'_>) -> Option<Decision> {
    let now = setting.now;
    let mut after = ticket.clone();
    let event = if let Some(pause) = ticket.pause {
        // The pause ends when it was said to end, however late this is noticed.
        (pause.until <= now).then_some(())?;
        end_pause(&mut after, pause.until, setting.calendar)?
    } else if ticket.state == State::Queued && !ticket.accept_missed && ticket.accept_by <= now {
        after.accept_missed = true;
        EventKind::AcceptMissed
    } else if ticket.state.is_open() && !ticket.resolve_missed && ticket.resolve_by <= now {
        after.resolve_missed = true;
        EventKind::ResolveMissed
    } else if let Some(event) = climb(&mut after, setting) {
        event
    } else if ticket.state == State::Resolved && silence_ends(ticket).is_some_and(|end| end <= now) {
        after.state = State::Closed;
        EventKind::Closed
    } else {
        return None;
    };
    after.version += 1;
    Some(Decision { ticket: after, events: vec![event] })
}

/// The rung that is due, one at a time and none left out; the entry for the history.
fn climb(ticket: &mut Ticket, setting: Setting<'_>) -> Option<EventKind> {
    for cause in Cause::ALL {
        let Some((level, at)) = setting.ladder.next(ticket, cause, setting.calendar) else { continue };
        if at <= setting.now {
            match cause {
                Cause::Untaken => ticket.untaken_rungs = level,
                Cause::Unresolved => ticket.unresolved_rungs = level,
            }
            return Some(EventKind::Escalated { cause, level, step: setting.ladder.step(level) });
        }
    }
    None
}

/// Whether the province desk's default has to act. It waits while the citizen is being asked.
pub fn default_due(ticket: &Ticket, now: Timestamp) -> bool {
    ticket.state.is_open() && ticket.pause.is_none() && ticket.default_at.is_some_and(|at| at <= now)
}

/// 15 days after the last resolution silence counts as consent.
fn silence_ends(ticket: &Ticket) -> Option<Timestamp> {
    ticket.resolved_at.map(|at| at.plus(REOPEN_DAYS * DAY))
}
