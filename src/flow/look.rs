//! Reading: what an office, the sender and everybody else may see. Whatever is not theirs does not exist.

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Centre, Flow, Rejection, destinations, duplicates, elapse, handle,
    public::{self, PublicReport},
    receipt::{Deadline, OfficeRef},
    redrawn,
    view::{HistoryEntry, PhotoView, TicketDetail, TicketView, office_ref},
    words::{self, TimelineEntry},
};
use crate::{
    domain::{
        assignment::RoutingReceipt,
        clock::Timestamp,
        code::PublicCode,
        event::{Event, EventKind},
        ids::{OfficeId, PhotoId, TicketId},
        photo::Photo,
        placement::Placement,
        report::Report,
        ticket::{State, Ticket},
    },
    identity::Caller,
    store::{QueueItem, QueueQuery},
};

/// A page of an office's tickets.
#[derive(Debug, Serialize, ToSchema)]
pub struct QueuePage {
    /// What is due first comes first.
    pub items: Vec<TicketView>,
    /// Send as `cursor` for the next page; null at the end.
    pub next: Option<String>,
}

/// What a queue shows when no state is asked for: what somebody still has to do.
const OPEN: [State; 4] = [State::Queued, State::Accepted, State::InProgress, State::WaitingForCitizen];

/// An office's tickets; another office's key is told that there is nothing.
pub async fn queue(
    flow: &Flow,
    caller: &Caller,
    office: &OfficeId,
    states: &[State],
    cursor: Option<&str>,
    limit: i64,
) -> Result<QueuePage, Rejection> {
    let centre = flow.centre();
    admit(caller, office)?;
    let after = cursor.map(read_cursor).transpose()?;
    let states = if states.is_empty() { &OPEN } else { states };
    let query = QueueQuery { center: &centre.id, office, states, after, limit };
    let rows = flow.store.queue(&query).await?;
    // An office that left the directory keeps what it still has.
    if rows.is_empty() && centre.office(office).is_none() && !caller.works_in(office) {
        return Err(Rejection::NotFound);
    }
    let full = i64::try_from(rows.len()).is_ok_and(|count| count == limit);
    let next = rows.last().filter(|_| full).map(|row| write_cursor(&row.ticket));
    let rows = redrawn::current(flow, &centre, rows).await?;
    let theirs = rows.into_iter().filter(|row| row.ticket.office == *office);
    let now = flow.clock.now();
    let items = theirs.map(|row| TicketView::new(&centre, row, now)).collect();
    Ok(QueuePage { items, next })
}

/// Whether the caller may see that office's queue.
pub(super) fn admit(caller: &Caller, office: &OfficeId) -> Result<(), Rejection> {
    match caller {
        Caller::Anyone => Err(Rejection::Unauthorized),
        key if key.works_in(office) || key.is_admin() => Ok(()),
        Caller::Key { .. } => Err(Rejection::NotFound),
    }
}

fn write_cursor(ticket: &Ticket) -> String {
    format!("{}.{}", ticket.resolve_by.0, ticket.id)
}

fn read_cursor(text: &str) -> Result<(Timestamp, TicketId), Rejection> {
    let parts = text.split_once('.').and_then(|(at, id)| Some((Timestamp(at.parse().ok()?), id.parse().ok()?)));
    parts.ok_or_else(|| Rejection::field("cursor", "bad_cursor", "send the `next` of the page before"))
}

/// The ticket, if it is the caller's now.
pub async fn own_ticket(flow: &Flow, centre: &Centre, caller: &Caller, id: TicketId) -> Result<Ticket, Rejection> {
    let Caller::Key { .. } = caller else { return Err(Rejection::Unauthorized) };
    let ticket = flow.store.ticket(&centre.id, id).await?.ok_or(Rejection::NotFound)?;
    let ticket = redrawn::current_ticket(flow, centre, ticket).await?;
    if caller.works_in(&ticket.office) || caller.is_admin() { Ok(ticket) } else { Err(Rejection::NotFound) }
}

/// What a former office sees of a ticket.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tombstone {
    /// The report's code.
    pub code: PublicCode,
    /// Who has it now.
    pub office: OfficeRef,
    /// Why it left.
    pub reason: String,
}

/// Where a ticket of a former office went; the office that a report is about is told nothing.
async fn moved(flow: &Flow, centre: &Centre, caller: &Caller, id: TicketId) -> Result<Tombstone, Rejection> {
    let ticket = flow.store.ticket(&centre.id, id).await?.ok_or(Rejection::NotFound)?;
    for office in caller.offices().filter(|office| Some(*office) != ticket.about.as_ref()) {
        if flow.store.was_with(&centre.id, id, office).await? {
            let history = flow.store.history(&centre.id, id).await?;
            let reason = handle::last_move(&history, office).unwrap_or_default();
            return Ok(Tombstone { code: ticket.code, office: office_ref(centre, &ticket.office), reason });
        }
    }
    Err(Rejection::NotFound)
}

/// A ticket with its routing receipt and history, or what its former office may still know.
pub async fn ticket(flow: &Flow, caller: &Caller, id: TicketId) -> Result<Seen, Rejection> {
    let centre = flow.centre();
    match own_ticket(flow, &centre, caller, id).await {
        Ok(ticket) => Ok(Seen::Own(Box::new(detail(flow, &centre, ticket).await?))),
        Err(Rejection::NotFound) => moved(flow, &centre, caller, id).await.map(Seen::Moved),
        Err(other) => Err(other),
    }
}

/// A ticket as one may see it.
pub enum Seen {
    /// It is the caller's.
    Own(Box<TicketDetail>),
    /// It was.
    Moved(Tombstone),
}

async fn detail(flow: &Flow, centre: &Centre, ticket: Ticket) -> Result<TicketDetail, Rejection> {
    let photos_pending = photos_pending(flow, centre, ticket.id).await?;
    let report = flow.store.report(&centre.id, ticket.report).await?.ok_or(Rejection::NotFound)?;
    let history = flow.store.history(&centre.id, ticket.id).await?;
    let receipt = receipt_in(&history);
    let contact = if report.share_contact { flow.store.sealed_contact(&centre.id, report.id).await? } else { None };
    let placement = receipt.as_ref().map(|receipt| on_todays_map(centre, receipt, &report));
    let suggested = handle::suggestion(centre, &ticket, placement.as_ref());
    let waits = ticket.default_at.is_some() && ticket.state.is_open();
    let foreseen = if waits { Some(elapse::foreseen(flow, centre, &ticket).await?) } else { None };
    Ok(TicketDetail {
        photos_pending,
        default_office: foreseen.map(|office| office_ref(centre, &office)),
        contact: contact.and_then(|sealed| flow.vault.open_sealed(&sealed, report.id)),
        suggested_office: centre.routes.office(&suggested).map(OfficeRef::from),
        explanation: receipt.as_ref().map(|receipt| words::explanation(centre, receipt)),
        receipt,
        history: history.iter().map(HistoryEntry::from).collect(),
        deliveries: destinations::of_ticket(flow, centre, &ticket).await?,
        ticket: TicketView::new(centre, QueueItem { ticket, report }, flow.clock.now()),
    })
}

/// The view of a ticket that was just changed.
pub async fn view_of(flow: &Flow, centre: &Centre, ticket: Ticket) -> Result<TicketView, Rejection> {
    let report = flow.store.report(&centre.id, ticket.report).await?.ok_or(Rejection::NotFound)?;
    Ok(TicketView::new(centre, QueueItem { ticket, report }, flow.clock.now()))
}

/// Where a ticket's report lies on the map in force: by its routing receipt, or placed anew where the map was re-drawn.
pub async fn placement_of(flow: &Flow, centre: &Centre, ticket: &Ticket) -> Result<Option<Placement>, Rejection> {
    let history = flow.store.history(&centre.id, ticket.id).await?;
    let report = flow.store.report(&centre.id, ticket.report).await?.ok_or(Rejection::NotFound)?;
    Ok(receipt_in(&history).map(|receipt| on_todays_map(centre, &receipt, &report)))
}

fn on_todays_map(centre: &Centre, receipt: &RoutingReceipt, report: &Report) -> Placement {
    let known = receipt.deciding();
    if known.generation == centre.generation.id {
        return known.clone();
    }
    centre.place_anew(report, &known.generation, known.commune.as_ref())
}

fn receipt_in(history: &[Event]) -> Option<RoutingReceipt> {
    history.iter().find_map(|event| match &event.kind {
        EventKind::Assigned { receipt, .. } => Some(receipt.as_ref().clone()),
        _ => None,
    })
}

/// The ticket of a code whose secret the caller knows; a wrong secret is told that there is nothing.
pub async fn by_secret(
    flow: &Flow,
    centre: &Centre,
    code: &PublicCode,
    secret: Option<&str>,
) -> Result<Ticket, Rejection> {
    let ticket = flow.store.ticket_by_code(&centre.id, code).await?.ok_or(Rejection::NotFound)?;
    let knows = secret.is_some_and(|secret| flow.vault.knows_secret(secret, ticket.report, code));
    if knows { redrawn::current_ticket(flow, centre, ticket).await } else { Err(Rejection::NotFound) }
}

/// What the sender sees, beyond what everybody sees.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnReport {
    /// What everybody sees.
    #[serde(flatten)]
    pub public: PublicReport,
    /// Who has it.
    pub office: OfficeRef,
    /// Until when.
    pub deadline: Deadline,
    /// As it was sent.
    pub description: String,
    /// When it arrived.
    pub received_at: Timestamp,
    /// The sender's photos and the office's.
    pub photos: Vec<PhotoView>,
    /// How many of the sender's photos are still on their way or waiting to be cleaned.
    pub photos_pending: usize,
    /// What happened, in words, oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// For a duplicate: where the ticket stands that it was merged into.
    pub main: Option<MainTicket>,
    /// What the sender can do now: `confirm`, `reopen`, `rating`, `place`, `reply`, `withdraw`.
    pub actions: Vec<&'static str>,
}

/// The ticket that a duplicate was merged into, as the duplicate's sender may see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct MainTicket {
    /// Its number.
    pub code: PublicCode,
    /// Where it stands.
    pub status: State,
    /// Who has it.
    pub office: OfficeRef,
    /// Until when.
    pub deadline: Deadline,
}

/// What everybody may know of a report.
pub async fn public_report(flow: &Flow, code: &PublicCode) -> Result<PublicReport, Rejection> {
    let centre = flow.centre();
    let ticket = flow.store.ticket_by_code(&centre.id, code).await?.ok_or(Rejection::NotFound)?;
    let ticket = redrawn::current_ticket(flow, &centre, ticket).await?;
    let report = flow.store.report(&centre.id, ticket.report).await?.ok_or(Rejection::NotFound)?;
    public::public_report(flow, &centre, &QueueItem { ticket, report }).await
}

/// What the sender may know who has shown the secret before.
pub async fn own_report_again(flow: &Flow, code: &PublicCode) -> Result<OwnReport, Rejection> {
    let centre = flow.centre();
    let ticket = flow.store.ticket_by_code(&centre.id, code).await?.ok_or(Rejection::NotFound)?;
    let secret = flow.vault.secret(ticket.report, &ticket.code);
    own_report(flow, code, Some(&secret)).await
}

/// What the sender may know.
pub async fn own_report(flow: &Flow, code: &PublicCode, secret: Option<&str>) -> Result<OwnReport, Rejection> {
    let centre = flow.centre();
    let ticket = by_secret(flow, &centre, code, secret).await?;
    let photos_pending = photos_pending(flow, &centre, ticket.id).await?;
    let report = flow.store.report(&centre.id, ticket.report).await?.ok_or(Rejection::NotFound)?;
    let mut history = flow.store.history(&centre.id, ticket.id).await?;
    let main = match duplicates::main_of(flow, &centre, &ticket).await? {
        Some(main) => Some(redrawn::current_ticket(flow, &centre, main).await?),
        None => None,
    };
    let answered = main.as_ref().and_then(duplicates::answered);
    if let Some(main) = &main {
        history.extend(duplicates::answers(flow, &centre, &ticket, main).await?);
        history.sort_by_key(|event| event.at);
    }
    let item = QueueItem { ticket, report };
    Ok(OwnReport {
        public: public::public_report(flow, &centre, &item).await?,
        office: office_ref(&centre, &item.ticket.office),
        deadline: Deadline::from(&item.ticket),
        description: item.report.description.to_string(),
        received_at: item.report.received_at,
        photos: words::photos_for_sender(&item.report, &history),
        photos_pending,
        timeline: words::timeline(&centre, &item.ticket, &history),
        actions: actions(&item.ticket, answered, receipt_in(&history).as_ref()),
        main: main.map(|main| MainTicket {
            code: main.code,
            status: main.state,
            office: office_ref(&centre, &main.office),
            deadline: Deadline::from(&main),
        }),
    })
}

/// Photos of the report that have not joined it yet. To be asked before the report is read: what joins in between is
/// then told twice, and never not at all.
async fn photos_pending(flow: &Flow, centre: &Centre, ticket: TicketId) -> Result<usize, Rejection> {
    let uploads = flow.store.uploads_of(&centre.id, ticket).await?;
    Ok(uploads.iter().filter(|upload| upload.report.is_some() && upload.state.is_open()).count())
}

fn actions(ticket: &Ticket, answered: Option<Timestamp>, receipt: Option<&RoutingReceipt>) -> Vec<&'static str> {
    let mut can = vec![];
    match ticket.state {
        State::Resolved => can.extend(["confirm", "reopen", "rating"]),
        State::Closed => can.extend(["reopen", "rating"]),
        State::Refused if ticket.round == 1 => can.push("reopen"),
        State::Merged if ticket.round == 1 && answered.is_some() => can.push("reopen"),
        State::WaitingForCitizen => can.extend(["reply", "withdraw"]),
        state if state.is_open() => can.extend(["reply", "withdraw"]),
        _ => {}
    }
    let unsure = receipt.is_some_and(|receipt| receipt.deciding().near_border || receipt.deciding().commune.is_none());
    if ticket.state == State::Queued && unsure {
        can.push("place");
    }
    can
}

/// Whether the office has made this photo public.
async fn is_public(flow: &Flow, centre: &Centre, ticket: &Ticket, id: PhotoId) -> Result<bool, Rejection> {
    if !ticket.published {
        return Ok(false);
    }
    let history = flow.store.history(&centre.id, ticket.id).await?;
    Ok(public::published(&history).is_some_and(|(_, photos)| photos.contains(&id)))
}

/// A photo's bytes: for the office that has the ticket, for the sender with the secret, and for everybody when the
/// office has made it public.
pub async fn photo(
    flow: &Flow,
    caller: &Caller,
    secret: Option<&str>,
    id: PhotoId,
    small: bool,
) -> Result<(Photo, bytes::Bytes), Rejection> {
    let centre = flow.centre();
    let (photo, ticket) = flow.store.photo(&centre.id, id).await?.ok_or(Rejection::NotFound)?;
    let ticket = flow.store.ticket(&centre.id, ticket).await?.ok_or(Rejection::NotFound)?;
    let ticket = redrawn::current_ticket(flow, &centre, ticket).await?;
    let sender = secret.is_some_and(|secret| flow.vault.knows_secret(secret, ticket.report, &ticket.code));
    let own = sender || caller.works_in(&ticket.office) || caller.is_admin();
    let answer = match secret {
        Some(secret) if !own => duplicates::shows(flow, &centre, &ticket, secret, id).await?,
        _ => false,
    };
    if !(own || answer || is_public(flow, &centre, &ticket, id).await?) {
        return Err(Rejection::NotFound);
    }
    let found = if small { flow.darkroom.small(&photo).await } else { flow.darkroom.bytes(&photo).await };
    let bytes = found.map_err(|why| Rejection::Internal(why.to_string()))?;
    Ok((photo, bytes.ok_or(Rejection::NotFound)?))
}
