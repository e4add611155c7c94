//! An office that works in its own document system settles a ticket there: what that system says moves the ticket, in
//! whatever order it comes, however often it is said, and however much of it was lost on the way.

use bytes::Bytes;

use super::{
    Flow, Original, Rejection,
    change::PATIENCE,
    handle::{self, Act},
};
use crate::{
    domain::{
        clock::Timestamp,
        event::EventKind,
        ids::{KeyId, OfficeId, PhotoId, TicketId},
        text::{Description, Line},
        ticket::{State, Ticket},
    },
    identity::{Caller, Scope},
    queue::RefusalReason,
};

/// What every act of a document system is signed with in the history.
const SIGNATURE: &str = "edXML: ";

/// In whose name a document system speaks.
#[derive(Debug, Clone)]
pub struct Clerk {
    /// The office.
    pub office: OfficeId,
    /// The name of its system.
    pub system: Line,
}

impl Clerk {
    fn caller(&self, flow: &Flow) -> Caller {
        Caller::Key {
            id: KeyId(uuid::Uuid::nil()),
            center: flow.center_id(),
            name: signature(&self.system),
            scopes: vec![Scope::Office(self.office.clone())],
        }
    }
}

/// The name under which a system's acts stand in histories.
pub fn signature(system: &Line) -> String {
    format!("{SIGNATURE}{system}")
}

/// What a document system says of a ticket.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// Not this office's matter, but perhaps that one's.
    NotOurs(Option<OfficeId>, Description),
    /// A duplicate of another of the office's tickets.
    SameAs(TicketId),
    /// Refused for a reason.
    Refused(RefusalReason, Description),
    /// Taken.
    Accepted,
    /// Given to somebody.
    Assigned(Option<Line>),
    /// Work has begun.
    Started,
    /// The sender is asked.
    Asked(Description),
    /// More time is taken.
    Extended(Timestamp, Description),
    /// Answered, with pictures.
    Answered(Description, Vec<Bytes>),
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// The ticket moved.
    Done,
    /// It was there already.
    Already,
    /// The ticket is another office's now.
    Elsewhere,
}

/// Brings a ticket where the document system says it is. What was said before and lost on the way is made up for; what
/// comes late changes nothing.
pub async fn said(flow: &Flow, clerk: &Clerk, id: TicketId, word: &Said) -> Result<Moved, Rejection> {
    let caller = clerk.caller(flow);
    if was_asked(flow, id, word).await? {
        return Ok(Moved::Already);
    }
    let (mut moved, mut pictures) = (Moved::Already, true);
    for _ in 0..PATIENCE {
        let center = flow.center_id();
        let ticket = flow.store.ticket(&center, id).await?.ok_or(Rejection::NotFound)?;
        if ticket.office != clerk.office {
            return Ok(if moved == Moved::Done { Moved::Done } else { Moved::Elsewhere });
        }
        let Some((act, photos)) = next(&ticket, word, pictures) else { return Ok(moved) };
        let photos = received(flow, photos).await;
        match handle::handle(flow, &caller, id, Some(ticket.version), || Ok(act), photos).await {
            Ok(_) if matches!(word, Said::Asked(_)) => return Ok(Moved::Done),
            Ok(_) => moved = Moved::Done,
            Err(Rejection::Stale(_) | Rejection::MissingVersion) => {}
            // A picture that cannot be kept never loses the answer.
            Err(Rejection::Fields(_)) if pictures => pictures = false,
            Err(other) => return Err(other),
        }
    }
    Err(Rejection::Busy)
}

/// Whether this very question stands in the history: the sender may have answered it since.
async fn was_asked(flow: &Flow, id: TicketId, word: &Said) -> Result<bool, Rejection> {
    let Said::Asked(text) = word else { return Ok(false) };
    let history = flow.store.history(&flow.center_id(), id).await?;
    let same = |kind: &EventKind| matches!(kind, EventKind::Waiting { question, .. } if question == text.as_str());
    Ok(history.iter().any(|event| same(&event.kind)))
}

/// Pictures lie on disk, as they came, before they are cleaned.
async fn received(flow: &Flow, pictures: Vec<Bytes>) -> Vec<Original> {
    let mut originals = vec![];
    for picture in pictures {
        let id = PhotoId(flow.entropy.uuid(flow.clock.now()));
        originals.push(flow.darkroom.originals().take(id, &picture).await);
    }
    originals
}

/// The next step towards what was said; None where the ticket is there.
fn next(ticket: &Ticket, word: &Said, pictures: bool) -> Option<(Act, Vec<Bytes>)> {
    let state = ticket.state;
    let plain = |act| Some((act, vec![]));
    if !state.is_open() {
        return None;
    }
    match word {
        Said::NotOurs(to, reason) => plain(Act::Transfer(to.clone(), reason.clone())),
        Said::SameAs(main) => plain(Act::Merge(*main)),
        Said::Refused(reason, text) => plain(Act::Refuse(*reason, text.clone(), vec![])),
        Said::Assigned(to) if state == State::Queued => plain(Act::Accept(to.clone())),
        Said::Assigned(Some(to)) if ticket.assignee.as_deref() != Some(to.as_str()) => plain(Act::Assign(to.clone())),
        Said::Accepted | Said::Started | Said::Answered(..) if state == State::Queued => plain(Act::Accept(None)),
        Said::Accepted | Said::Assigned(_) => None,
        Said::Started => (state == State::Accepted).then_some((Act::Start, vec![])),
        Said::Asked(question) => plain(Act::Wait(question.clone())),
        Said::Extended(until, reason) => {
            (ticket.resolve_by < *until).then(|| (Act::Extend(*until, reason.clone()), vec![]))
        }
        Said::Answered(text, photos) => {
            let photos = if pictures { photos.clone() } else { vec![] };
            Some((Act::Resolve(text.clone(), vec![]), photos))
        }
    }
}
