//! What is left of a ticket's deadlines.

use super::{Calendar, pace::Pace};
use crate::domain::{
    clock::{MINUTE, Timestamp},
    ticket::{State, Ticket},
};

/// Minutes until a ticket must be accepted and resolved, on its own scale (working time; the wall clock when urgent):
/// negative where the deadline has passed, None where it no longer matters. While the citizen is asked they stand still.
pub fn left(ticket: &Ticket, calendar: &Calendar, now: Timestamp) -> (Option<i64>, Option<i64>) {
    if !ticket.state.is_open() {
        return (None, None);
    }
    let now = ticket.pause.map_or(now, |pause| pause.since);
    let state = ticket.pause.map_or(ticket.state, |pause| pause.back_to);
    let minutes = |by: Timestamp| Pace::new(ticket.urgent, calendar).span(now, by).div_euclid(MINUTE);
    let accept = (state == State::Queued).then(|| minutes(ticket.accept_by));
    (accept, Some(minutes(ticket.resolve_by)))
}
