//! What document systems say moves tickets: status messages, and answering documents with pictures.

use super::{
    edxml::{self, Message, ResponseFor, Unreadable},
    said::{Word, word},
};
use crate::{
    domain::{
        code::PublicCode,
        delivery::{Destination, Purpose},
        ids::{DeliveryId, TicketId},
    },
    flow::{
        Caller, Flow, Rejection,
        documents::{self, Clerk, Moved, Said},
    },
    store::TrackedDelivery,
};

/// What came of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// The ticket moved.
    Moved,
    /// It was written down; the ticket stays where it is.
    Noted,
    /// The ticket is another office's now.
    Elsewhere,
}

impl Received {
    /// In one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Moved => "moved",
            Self::Noted => "noted",
            Self::Elsewhere => "elsewhere",
        }
    }
}

/// Why a message was not taken.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// It cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// It answers nothing that was sent to this office.
    #[error("ResponseFor names no document that was sent to this office: repeat its DocumentId, or the Code")]
    Unknown,
    /// What it says cannot be done.
    #[error("{0}")]
    Rejected(#[from] Rejection),
}

/// A message that came with a key: it must answer a document of an office that the key works in.
pub async fn receive(flow: &Flow, caller: &Caller, xml: &[u8]) -> Result<Received, NotTaken> {
    let mine = |to: &Destination| to.office.as_ref().is_some_and(|office| caller.works_in(office));
    taken(flow, mine, xml).await
}

/// A message that lay in the folder of a destination: it must answer a document that was sent there.
pub async fn receive_for(flow: &Flow, destination: &Destination, xml: &[u8]) -> Result<Received, NotTaken> {
    taken(flow, |to| to.id == destination.id, xml).await
}

async fn taken(flow: &Flow, mine: impl Fn(&Destination) -> bool, xml: &[u8]) -> Result<Received, NotTaken> {
    let message = edxml::read(xml)?;
    let responses = match &message {
        Message::Status(status) => std::slice::from_ref(&status.response_for),
        Message::Document(document) => document.responses.as_slice(),
    };
    let destinations = flow.store.destinations(&flow.center_id()).await.map_err(Rejection::from)?;
    let mut of = None;
    for response in responses {
        of = of.or(sent(flow, &destinations, &mine, response).await?);
    }
    let (tracked, destination) = of.ok_or(NotTaken::Unknown)?;
    let Word { receipt, said } = word(flow, &message).await?;
    let received = match (tracked.delivery.ticket, &destination.office, said) {
        (Some(ticket), Some(office), Some(said)) if is_current(flow, &tracked).await? => {
            let clerk = Clerk { office: office.clone(), system: destination.name.clone() };
            act(flow, &clerk, ticket, &said).await?
        }
        _ => Received::Noted,
    };
    if let Some(receipt) = receipt {
        let at = flow.clock.now();
        flow.store.note_receipt(tracked.delivery.id, &receipt, at).await.map_err(Rejection::from)?;
    }
    Ok(received)
}

/// Only the document with which the ticket came there last moves it: a word on a recall, on an update or on a reminder
/// is noted, and so is one that comes late on what came before a reopening.
async fn is_current(flow: &Flow, tracked: &TrackedDelivery) -> Result<bool, Rejection> {
    let TrackedDelivery { delivery, .. } = tracked;
    let Some(ticket) = delivery.ticket.filter(|_| delivery.purpose == Purpose::Arrived) else { return Ok(false) };
    let all = flow.store.deliveries_of_ticket(&flow.center_id(), ticket).await?;
    let newer = all.iter().map(|(other, _)| &other.delivery).any(|other| {
        other.destination == delivery.destination
            && other.purpose == Purpose::Arrived
            && other.created_at > delivery.created_at
    });
    Ok(!newer)
}

async fn act(flow: &Flow, clerk: &Clerk, ticket: TicketId, word: &Said) -> Result<Received, Rejection> {
    Ok(match documents::said(flow, clerk, ticket, word).await? {
        Moved::Done => Received::Moved,
        Moved::Already => Received::Noted,
        Moved::Elsewhere => Received::Elsewhere,
    })
}

/// Which of our documents is answered: by its id, else by the report's number in the code, then the last one sent there.
async fn sent<'a>(
    flow: &Flow,
    destinations: &'a [Destination],
    mine: &impl Fn(&Destination) -> bool,
    response: &ResponseFor,
) -> Result<Option<(TrackedDelivery, &'a Destination)>, Rejection> {
    let center = flow.center_id();
    let known = |tracked: &TrackedDelivery| {
        destinations.iter().find(|to| to.id == tracked.delivery.destination).filter(|to| mine(to))
    };
    if let Ok(id) = response.document_id.parse::<DeliveryId>()
        && let Some(tracked) = flow.store.delivery(&center, id).await?
    {
        return Ok(known(&tracked).map(|to| (tracked, to)));
    }
    let Ok(code) = response.code.split('/').next().unwrap_or_default().parse::<PublicCode>() else { return Ok(None) };
    let Some(ticket) = flow.store.ticket_by_code(&center, &code).await? else { return Ok(None) };
    let all = flow.store.deliveries_of_ticket(&center, ticket.id).await?;
    let arrivals = all.into_iter().map(|(tracked, _)| tracked).rev();
    let mut arrivals = arrivals.filter(|tracked| tracked.delivery.purpose == Purpose::Arrived);
    Ok(arrivals.find_map(|tracked| known(&tracked).map(|to| (tracked, to))))
}
