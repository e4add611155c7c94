//! What a delivery is about, read when it is sent: the ticket as it is now, and the event as it was.

use std::sync::Arc;

use super::{spread::contact_of, work::Outcome};
use crate::{
    domain::{
        event::{Event, EventKind},
        ids::{EventId, OfficeId},
        report::{Contact, Report},
        ticket::Ticket,
    },
    flow::{Centre, Flow, Rejection},
    store::TrackedDelivery,
};

/// A ticket with its report, and the event that is told.
pub struct Story {
    /// Names and rules.
    pub centre: Arc<Centre>,
    /// As it is now.
    pub ticket: Ticket,
    /// What was sent.
    pub report: Report,
    /// The history in which the told event stands: a duplicate's sender is told of its main ticket.
    told: Vec<Event>,
    at: usize,
}

impl Story {
    /// None where what it was about is gone.
    pub async fn of(flow: &Flow, tracked: &TrackedDelivery) -> Result<Option<Self>, Rejection> {
        let centre = flow.centre();
        let Some(id) = tracked.delivery.ticket else { return Ok(None) };
        let Some(ticket) = flow.store.ticket(&centre.id, id).await? else { return Ok(None) };
        let Some(report) = flow.store.report(&centre.id, ticket.report).await? else { return Ok(None) };
        let history = flow.store.history(&centre.id, id).await?;
        let event = EventId(tracked.delivery.subject);
        let place = |history: &[Event]| history.iter().position(|told| told.id == event);
        let (mut at, mut told, mut next) = (place(&history), history, ticket.merged_into);
        while let (None, Some(main)) = (at, next) {
            told = flow.store.history(&centre.id, main).await?;
            at = place(&told);
            next = flow.store.ticket(&centre.id, main).await?.and_then(|main| main.merged_into);
        }
        Ok(at.map(|at| Self { centre, ticket, report, told, at }))
    }

    /// The event that is told.
    pub fn event(&self) -> &Event {
        &self.told[self.at]
    }

    /// How its sender can be reached; where that cannot be known, what becomes of the delivery.
    pub async fn sender(&self, flow: &Flow) -> Result<Contact, Outcome> {
        match contact_of(flow, self.ticket.report).await {
            Ok(Some(contact)) => Ok(contact),
            Ok(None) => Err(Outcome::needless("the sender can no longer be reached")),
            Err(why) => Err(Outcome::Hindered(why.to_string())),
        }
    }

    /// What came after it.
    pub fn later(&self) -> &[Event] {
        &self.told[self.at + 1..]
    }
}

/// The office that has a ticket after each of these events.
pub fn holder(history: &[Event]) -> Option<&OfficeId> {
    history.iter().rev().find_map(|event| match &event.kind {
        EventKind::Assigned { office, .. } => Some(office),
        EventKind::Transferred { to, .. }
        | EventKind::Restated { to, .. }
        | EventKind::Redrawn { to, stays: false, .. } => Some(to),
        _ => None,
    })
}
