//! A ticket as its office sees it.

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Centre,
    destinations::DeliveryView,
    receipt::{Deadline, OfficeRef},
};
use crate::{
    domain::{
        assignment::RoutingReceipt,
        clock::Timestamp,
        code::PublicCode,
        event::{Actor, Event, EventKind},
        ids::{CategoryCode, CommuneCode, OfficeId, PhotoId, TicketId},
        ladder::Step,
        names::Names,
        photo::Photo,
        position::{Fix, Source},
        report::{Contact, Whereabouts},
        ticket::State,
    },
    queue,
    store::QueueItem,
};

/// A ticket in a queue.
#[expect(clippy::struct_excessive_bools, reason = "facts that do not exclude one another")]
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TicketView {
    /// Its id, and the report's.
    pub id: TicketId,
    /// The citizen's number.
    pub code: PublicCode,
    /// Where it stands.
    pub status: State,
    /// The ETag: send it back as `If-Match`.
    pub version: i64,
    /// What it is about.
    pub category: CategoryCode,
    /// Deadlines run on the wall clock.
    pub urgent: bool,
    /// Who has it.
    pub office: OfficeRef,
    /// The map was re-drawn while an official had it in hand: whose it would be now.
    pub successor: Option<OfficeRef>,
    /// Where it lies.
    pub commune: Option<CommuneCode>,
    /// That commune's name.
    pub commune_name: Option<Names>,
    /// Who took it.
    pub assignee: Option<String>,
    /// When it arrived.
    pub received_at: Timestamp,
    /// When it was seen.
    pub seen_at: Timestamp,
    /// Until when.
    pub deadline: Deadline,
    /// What is left of it.
    pub left: Left,
    /// How often more time was taken, counted apart: figures go by the first promise.
    pub extensions: i64,
    /// A deadline was crossed.
    pub overdue: bool,
    /// How far it has climbed because nobody acted in time; null where it has not.
    pub escalation: Option<Escalation>,
    /// What the citizen wrote.
    pub description: String,
    /// Where, as the phone said.
    pub position: Option<PositionView>,
    /// The village, where no position was sent.
    pub place_hint: Option<String>,
    /// The citizen's photos.
    pub photos: Vec<PhotoView>,
    /// Sent for a neighbour.
    pub on_behalf: bool,
    /// 1, and one more with each reopening.
    pub round: i64,
    /// How often somebody said "not ours".
    pub bounces: i64,
    /// Machines have failed at it too often: a person has to look.
    pub for_people: bool,
    /// How many others have the same trouble.
    pub me_too: i64,
    /// The duplicate's main ticket.
    pub merged_into: Option<TicketId>,
    /// At the province desk: when the default acts.
    pub default_at: Option<Timestamp>,
}

/// What is left of the deadlines, in minutes of the ticket's own scale: working time, the wall clock when urgent.
/// Negative where the deadline has passed; null where it no longer matters. It stands still while the citizen is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Left {
    /// To accept.
    pub accept_minutes: Option<i64>,
    /// To resolve.
    pub resolve_minutes: Option<i64>,
}

/// How far a ticket has climbed in its round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Escalation {
    /// Who has heard of it, at the highest.
    pub step: Step,
    /// Rungs because nobody took it.
    pub untaken: i64,
    /// Rungs because it was not resolved.
    pub unresolved: i64,
}

/// A position as the phone said it.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct PositionView {
    /// Degrees east.
    pub lon: f64,
    /// Degrees north.
    pub lat: f64,
    /// Metres.
    pub accuracy_m: Option<f64>,
    /// Who set it.
    pub source: Source,
}

impl From<&Fix> for PositionView {
    fn from(fix: &Fix) -> Self {
        Self {
            lon: fix.position.lon(),
            lat: fix.position.lat(),
            accuracy_m: fix.accuracy.map(|accuracy| accuracy.radius_m),
            source: fix.source,
        }
    }
}

/// Where a photo can be fetched.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PhotoView {
    /// Its id.
    pub id: PhotoId,
    /// Path at this server.
    pub url: String,
    /// Likewise, of a small one for lists.
    pub small_url: String,
    /// Pixels; null for a photo named by the history only.
    pub width: Option<u32>,
    /// Pixels.
    pub height: Option<u32>,
}

impl From<&Photo> for PhotoView {
    fn from(photo: &Photo) -> Self {
        Self { width: Some(photo.width), height: Some(photo.height), ..Self::from(photo.id) }
    }
}

impl From<PhotoId> for PhotoView {
    fn from(id: PhotoId) -> Self {
        Self {
            id,
            url: format!("/api/v1/photos/{id}"),
            small_url: format!("/api/v1/photos/{id}?size=small"),
            width: None,
            height: None,
        }
    }
}

impl TicketView {
    /// With the names of the centre.
    pub fn new(centre: &Centre, item: QueueItem, now: Timestamp) -> Self {
        let QueueItem { ticket, report } = item;
        let (position, place_hint) = match &report.whereabouts {
            Whereabouts::Fix(fix) => (Some(PositionView::from(fix)), None),
            Whereabouts::Place { hint, .. } => (None, hint.as_ref().map(ToString::to_string)),
            Whereabouts::Unknown => (None, None),
        };
        let (accept_minutes, resolve_minutes) = queue::left(&ticket, &centre.calendar, now);
        let (untaken, unresolved) = (ticket.untaken_rungs, ticket.unresolved_rungs);
        let reached = centre.ladder.reached(&ticket);
        let name = |code: &CommuneCode| centre.map_today().commune(code).map(|commune| commune.name.clone());
        Self {
            id: ticket.id,
            for_people: ticket.is_for_people(),
            code: ticket.code,
            status: ticket.state,
            version: ticket.version,
            urgent: ticket.urgent,
            office: office_ref(centre, &ticket.office),
            successor: ticket.successor.as_ref().map(|id| office_ref(centre, id)),
            commune_name: ticket.commune.as_ref().and_then(name),
            deadline: Deadline::from(&ticket),
            left: Left { accept_minutes, resolve_minutes },
            extensions: ticket.extensions,
            overdue: ticket.accept_missed || ticket.resolve_missed,
            escalation: reached.map(|step| Escalation { step, untaken, unresolved }),
            description: report.description.to_string(),
            position,
            place_hint,
            photos: report.photos.iter().map(PhotoView::from).collect(),
            on_behalf: report.on_behalf,
            received_at: ticket.received_at,
            seen_at: report.seen_at,
            round: ticket.round,
            bounces: ticket.bounces,
            me_too: ticket.me_too,
            merged_into: ticket.merged_into,
            default_at: ticket.default_at,
            category: ticket.category,
            commune: ticket.commune,
            assignee: ticket.assignee,
        }
    }
}

/// An office by name; one that has left the directory keeps its id.
pub fn office_ref(centre: &Centre, id: &OfficeId) -> OfficeRef {
    let gone = || OfficeRef { id: id.clone(), name: Names::new(id.as_str(), id.as_str()) };
    centre.office(id).map_or_else(gone, OfficeRef::from)
}

/// A ticket with everything its office may know.
#[derive(Debug, Serialize, ToSchema)]
pub struct TicketDetail {
    /// As in the queue.
    #[serde(flatten)]
    pub ticket: TicketView,
    /// How many of the citizen's photos are still on their way or waiting to be cleaned.
    pub photos_pending: usize,
    /// Only if the reporter allowed it.
    pub contact: Option<Contact>,
    /// Whose it probably is if it is not this office's.
    pub suggested_office: Option<OfficeRef>,
    /// At the province desk: to where the default passes it on, unless somebody decides.
    pub default_office: Option<OfficeRef>,
    /// The routing receipt in one sentence.
    pub explanation: Option<Names>,
    /// Placement and assignment, replayable.
    pub receipt: Option<RoutingReceipt>,
    /// What happened, oldest first.
    pub history: Vec<HistoryEntry>,
    /// What other systems were told of it, and whether they took it.
    pub deliveries: Vec<DeliveryView>,
}

/// One entry of the history.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryEntry {
    /// The ticket's version after it.
    pub version: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What.
    #[serde(flatten)]
    pub event: EventKind,
}

impl From<&Event> for HistoryEntry {
    fn from(event: &Event) -> Self {
        Self { version: event.version, at: event.at, actor: event.actor.clone(), event: event.kind.clone() }
    }
}
