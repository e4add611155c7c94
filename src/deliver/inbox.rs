//! What document systems say moves tickets: status messages, and answering documents with pictures.

use bytes::Bytes;

use super::edxml::{self, Document, Message, ResponseFor, Status, Unreadable};
use crate::{
    domain::{
        code::PublicCode,
        delivery::{Destination, Purpose},
        ids::{DeliveryId, TicketId},
        text::{Description, Line},
    },
    flow::{
        Caller, Flow, RefusalReason, Rejection,
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
    let (ticket, office) = match (tracked.delivery.ticket, &destination.office) {
        (Some(ticket), Some(office)) => (ticket, office.clone()),
        _ => return Err(NotTaken::Unknown),
    };
    let clerk = Clerk { office, system: destination.name.clone() };
    let (receipt, word) = match &message {
        Message::Status(status) => (status.code.as_str(), said(status)),
        Message::Document(document) => ("06", answer(document)),
    };
    // A word on a recall or on an update is noted; only the document with which the ticket came moves it.
    let word = word.filter(|_| tracked.delivery.purpose == Purpose::Arrived);
    let received = match word {
        Some(word) => act(flow, &clerk, ticket, &word).await?,
        None => Received::Noted,
    };
    let at = flow.clock.now();
    flow.store.note_receipt(tracked.delivery.id, receipt, at).await.map_err(Rejection::from)?;
    Ok(received)
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

/// What a status code says of the ticket; None for a word that moves nothing (01, 13, 15, 16) or for a 06 that leaves the
/// answer to the document that comes with it.
fn said(status: &Status) -> Option<Said> {
    let text = Description::parse(&status.description).ok();
    match status.code.as_str() {
        "02" => {
            let (reason, words) = reason(&status.description);
            let words = Description::parse(words).ok();
            let words =
                words.or_else(|| Description::parse("Cơ quan từ chối tiếp nhận trong hệ thống văn bản").ok())?;
            Some(reason.map_or_else(|| Said::NotOurs(words.clone()), |reason| Said::Refused(reason, words.clone())))
        }
        "03" => Some(Said::Accepted),
        "04" => Some(Said::Assigned(Line::parse(&status.staff).ok())),
        "05" => Some(Said::Started),
        "06" => text.map(|text| Said::Answered(text, vec![])),
        _ => None,
    }
}

/// `[cannot_verify] không có ở hiện trường`: a reason in brackets refuses the report, without one it is not this office's.
fn reason(description: &str) -> (Option<RefusalReason>, &str) {
    let inside = description.trim().strip_prefix('[').and_then(|rest| rest.split_once(']'));
    match inside.and_then(|(word, rest)| Some((RefusalReason::parse(word.trim())?, rest))) {
        Some((reason, rest)) => (Some(reason), rest),
        None => (None, description),
    }
}

/// An answering document settles the ticket with its text and its pictures.
fn answer(document: &Document) -> Option<Said> {
    let text = Description::parse(&document.content).or_else(|_| Description::parse(&document.subject)).ok()?;
    let picture = |name: &str| {
        let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        matches!(ending.as_str(), "jpg" | "jpeg" | "png" | "webp")
    };
    let photos = document.attachments.iter().filter(|one| picture(&one.name));
    Some(Said::Answered(text, photos.take(6).map(|one| Bytes::from(one.bytes.clone())).collect()))
}
