//! A decision being made: the ticket as it becomes, the history as it grows.

use super::{Decision, Refusal, Setting, moments::lapse};
use crate::domain::{
    event::EventKind,
    ticket::{State, Ticket},
};

/// The states in which somebody still has to act.
pub(super) const OPEN: &[State] = &[State::Queued, State::Accepted, State::InProgress, State::WaitingForCitizen];

pub(super) struct Draft<'a> {
    pub ticket: Ticket,
    pub setting: Setting<'a>,
    events: Vec<EventKind>,
}

impl<'a> Draft<'a> {
    /// Writes first what was due and nobody has noticed yet: a deadline crossed a second before the command is a
    /// deadline crossed.
    pub fn caught_up(ticket: &Ticket, setting: Setting<'a>) -> Self {
        let mut draft = Self { ticket: ticket.clone(), setting, events: vec![] };
        while let Some(step) = lapse(&draft.ticket, setting) {
            draft.ticket = step.ticket;
            draft.events.extend(step.events);
        }
        draft
    }

    /// Only in one of these states; `command` as a participle.
    pub fn only_when(&self, states: &[State], command: &'static str) -> Result<(), Refusal> {
        if states.contains(&self.ticket.state) {
            return Ok(());
        }
        Err(Refusal::NotNow { state: self.ticket.state.as_str(), command })
    }

    pub fn note(&mut self, event: EventKind) {
        self.ticket.version += 1;
        self.events.push(event);
    }

    pub fn done(self) -> Decision {
        Decision { ticket: self.ticket, events: self.events }
    }
}
