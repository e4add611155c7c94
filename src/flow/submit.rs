//! A citizen's report goes into the queue of the office that is responsible. The pipeline, read from top to bottom.

use super::{
    Centre, Flow, Original, Rejection,
    change::first_events,
    public,
    receipt::{Deadline, OfficeRef, PlacementView, Receipt},
    uploads::KEPT_FOR,
};
use crate::{
    domain::{
        assignment::RoutingReceipt,
        category::{Category, Level},
        clock::Timestamp,
        code::PublicCode,
        event::{Actor, EventKind},
        ids::TicketId,
        photo::{PhotoOutcome, PhotoStatus},
        placement::{Method, Placement},
        report::{Report, Whereabouts},
        ticket::Ticket,
        upload::{Upload, UploadState},
    },
    identity::{Caller, Scope},
    intake::{self, Accepted, Sender, Submission, Warning},
    media::{self, BadPhoto},
    queue,
    store::{IdempotencyKey, NewReport, Submitted, report_sha256},
};

/// What arrives at the door.
#[derive(Debug)]
pub struct Parcel {
    /// The report, unread.
    pub body: serde_json::Value,
    /// Its photos as they were sent.
    pub photos: Vec<Original>,
    /// The sender's key for retrying.
    pub idempotency_key: Option<String>,
    /// The sender's device.
    pub device: Option<String>,
}

/// Whether the report is new or was sent before.
#[derive(Debug)]
pub enum Taken {
    /// Stored now.
    New(Receipt),
    /// The same answer as then.
    Again(Receipt),
}

/// Takes a report in: read, recognise, place, assign, queue, write down, answer.
pub async fn submit(flow: &Flow, parcel: Parcel, caller: &Caller) -> Result<Taken, Rejection> {
    let now = flow.clock.now();
    let centre = flow.centre();
    let Parcel { body, mut photos, idempotency_key: key, device } = parcel;
    let sender = sender(caller, device.as_deref());

    let mut accepted = read(flow, &centre, body, &photos, caller, now)?;
    let category = recognise(&centre, &accepted.report);
    // Without photos a retry is cheap: writing down finds what its key was used for.
    if (category.is_err() || !photos.is_empty())
        && let Some(answer) = sent_before(flow, &centre, key.as_deref(), &sender, &accepted).await?
    {
        return Ok(answer);
    }
    let category = category?;

    let (uploads, outcomes) = take_in(flow, &accepted.report, &mut photos).await;
    let routing = route(&centre, &accepted.report);
    accepted.warnings.extend(unheeded(&accepted.report, routing.deciding()));
    accepted.warnings.extend(on_an_incomplete_map(&centre, routing.deciding()));
    let ticket = enqueue(&centre, &accepted.report, &routing, category, now);
    let answer = answer(&centre, &accepted, &ticket, &routing, outcomes);
    let taken = write_down(flow, &centre, Entry { accepted, ticket, routing, answer, key, sender, uploads }).await;
    keep(flow, &mut photos, &taken);
    taken
}

/// Words become a report, or the list of what is wrong with them.
fn read(
    flow: &Flow,
    centre: &Centre,
    body: serde_json::Value,
    photos: &[Original],
    caller: &Caller,
    now: Timestamp,
) -> Result<Accepted, Rejection> {
    let photo_hashes = photos.iter().map(|photo| photo.sha256().to_owned()).collect();
    let sender = Sender {
        center: centre.id.clone(),
        key: caller.key_id(),
        behalf: caller.may(&Scope::ReportBehalf),
        photos: vec![],
    };
    intake::accept(&Submission { body, photo_hashes }, &sender, now, &flow.entropy).map_err(Rejection::Fields)
}

/// The category decides; complaints and denunciations are answered with where the law sends them, and not kept.
fn recognise<'a>(centre: &'a Centre, report: &Report) -> Result<&'a Category, Rejection> {
    let category = centre.category(&report.category).ok_or_else(|| {
        Rejection::field("category", "unknown_category", "no such category: see GET /api/v1/categories")
    })?;
    match (category.level, &category.guidance) {
        (Level::Elsewhere, Some(guidance)) => {
            Err(Rejection::BelongsElsewhere { category: category.code.clone(), guidance: guidance.clone() })
        }
        _ => Ok(category),
    }
}

/// The answer to a retry, before any photo is touched.
async fn sent_before(
    flow: &Flow,
    centre: &Centre,
    key: Option<&str>,
    sender: &str,
    accepted: &Accepted,
) -> Result<Option<Taken>, Rejection> {
    let Some(key) = key else { return Ok(None) };
    match flow.store.submitted_before(&centre.id, sender, key, &accepted.fingerprint).await? {
        Some(before) => repeat(flow, before).map(Some),
        None => Ok(None),
    }
}

/// Photos wait on disk as they were sent, and join the report when they are cleaned: none stands between the sender and
/// the answer. One that is bad at first sight is named, and the report stands.
async fn take_in(flow: &Flow, report: &Report, originals: &mut [Original]) -> (Vec<Upload>, Vec<PhotoOutcome>) {
    let on_disk = originals.is_empty() || flow.darkroom.originals().sync().await.is_ok();
    let (mut uploads, mut outcomes) = (vec![], vec![]);
    for (place, original) in originals.iter_mut().enumerate() {
        let fault = match original.fault() {
            _ if place >= media::MAX_PHOTOS => Some(BadPhoto::TooMany),
            None if !on_disk => Some(BadPhoto::Storage),
            fault => fault,
        };
        outcomes.push(match fault {
            Some(why) => PhotoOutcome { status: PhotoStatus::Refused, id: None, code: Some(why.code().into()) },
            None => PhotoOutcome { status: PhotoStatus::Pending, id: Some(original.id()), code: None },
        });
        if fault.is_none() {
            original.keep();
            uploads.push(waiting(report, original, place));
        }
    }
    (uploads, outcomes)
}

fn waiting(report: &Report, original: &Original, place: usize) -> Upload {
    Upload {
        id: original.id(),
        center: report.center.clone(),
        ticket: TicketId(report.id.0),
        report: Some(report.id),
        position: i64::try_from(place).unwrap_or(i64::MAX),
        actor: Actor::Citizen,
        state: UploadState::Waiting,
        bytes: i64::try_from(original.bytes()).unwrap_or(i64::MAX),
        at: report.received_at,
        expires_at: report.received_at.plus(KEPT_FOR),
        attempts: 0,
    }
}

/// The photos of a report that was stored wait to be cleaned; those of one that was not go. Where nobody knows, they
/// stay: what belongs to no report is swept up later.
fn keep(flow: &Flow, originals: &mut [Original], taken: &Result<Taken, Rejection>) {
    match taken {
        Ok(Taken::New(_)) if !originals.is_empty() => flow.darkroom.ring(),
        Ok(Taken::Again(_)) | Err(Rejection::KeyReused) => originals.iter_mut().for_each(Original::discard),
        _ => {}
    }
}

/// Placed on the map of the day it was seen, queued by today's map.
fn route(centre: &Centre, report: &Report) -> RoutingReceipt {
    let then = centre.map_at(report.seen_at);
    let placement = centre.place(report, then);
    let today = (*then.generation() != centre.generation.id)
        .then(|| centre.place_anew(report, &placement.generation, placement.commune.as_ref()));
    let assignment = centre.routes.assign(&report.category, today.as_ref().unwrap_or(&placement));
    RoutingReceipt { placement, today, assignment }
}

/// Communes that the sender named and that decided nothing.
fn unheeded(report: &Report, placement: &Placement) -> Vec<Warning> {
    let warn = |path: &str, code: &str, detail: String| Warning { path: path.into(), code: code.into(), detail };
    let map = &placement.generation;
    let mut warnings = vec![];
    if let Whereabouts::Place { commune, .. } = &report.whereabouts
        && placement.method == Method::Unplaced
    {
        let detail = format!("map {map} has no commune {commune}: the province desk finds the office");
        warnings.push(warn("place.commune", "unknown_commune", detail));
    }
    if let Some(stated) = report.stated_commune.as_ref().filter(|stated| placement.commune.as_ref() != Some(*stated)) {
        let detail = format!("{stated} is not on map {map}, or too far from where the report says it is: not used");
        warnings.push(warn("stated_commune", "stated_ignored", detail));
    }
    warnings
}

/// Where no commune covers the position, and the map was brought in without some.
fn on_an_incomplete_map(centre: &Centre, placement: &Placement) -> Option<Warning> {
    let left_out = &centre.generation.left_out;
    let uncovered = matches!(placement.method, Method::Outside | Method::Snapped);
    (uncovered && !left_out.is_empty() && placement.generation == centre.generation.id).then(|| Warning {
        path: "position".into(),
        code: "incomplete_map".into(),
        detail: format!(
            "map {} was brought in without {}, whose polygons are invalid: it may lie there",
            placement.generation,
            left_out.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        ),
    })
}

/// The ticket, with its deadlines, in the office's queue.
fn enqueue(centre: &Centre, report: &Report, routing: &RoutingReceipt, category: &Category, now: Timestamp) -> Ticket {
    let deciding = routing.deciding();
    let place = (deciding.generation.clone(), deciding.commune.clone());
    queue::open(TicketId(report.id.0), report, &routing.assignment, place, centre.setting(category, now))
}

/// What the citizen holds in the hand.
fn answer(
    centre: &Centre,
    accepted: &Accepted,
    ticket: &Ticket,
    routing: &RoutingReceipt,
    photos: Vec<PhotoOutcome>,
) -> Receipt {
    let map = centre.map_today();
    let office = centre.office(&ticket.office).map(OfficeRef::from);
    Receipt {
        id: accepted.report.id,
        code: ticket.code,
        secret: String::new(),
        status: ticket.state,
        office: office.expect("routes only name offices of their directory"),
        placement: PlacementView::new(
            routing.deciding(),
            centre.is_approximate(&routing.deciding().generation),
            |code| map.commune(code).map(|c| c.name.clone()),
        ),
        deadline: Deadline::from(ticket),
        photos,
        warnings: accepted.warnings.clone(),
        approximate_boundaries: centre.generation.approximate,
    }
}

/// In whose name keys are unique and turns are taken: the API key's, else the device's, else nobody's in particular.
fn sender(caller: &Caller, device: Option<&str>) -> String {
    match (caller.key_id(), device) {
        (Some(key), _) => format!("key:{key}"),
        (None, Some(device)) => format!("device:{device}"),
        (None, None) => String::new(),
    }
}

/// Everything that one submission became.
struct Entry {
    accepted: Accepted,
    ticket: Ticket,
    routing: RoutingReceipt,
    answer: Receipt,
    key: Option<String>,
    sender: String,
    uploads: Vec<Upload>,
}

/// One transaction; a number that another report has is drawn again.
async fn write_down(flow: &Flow, centre: &Centre, mut entry: Entry) -> Result<Taken, Rejection> {
    let report = entry.accepted.report.id;
    let contact = Some(&entry.accepted.contact).filter(|contact| !contact.is_empty());
    let sealed = contact.map(|contact| flow.vault.seal(contact, report, &flow.entropy));
    loop {
        let submitted = commit(flow, centre, &entry, sealed.clone()).await?;
        match submitted {
            Submitted::New => {
                flow.pulse.beat();
                return Ok(Taken::New(with_secret(flow, entry.answer)));
            }
            Submitted::CodeTaken => {
                let other = PublicCode::from_bits(flow.entropy.bytes());
                entry.accepted.report.code = other;
                entry.ticket.code = other;
                entry.answer.code = other;
            }
            before => return repeat(flow, before),
        }
    }
}

async fn commit(
    flow: &Flow,
    centre: &Centre,
    entry: &Entry,
    sealed_contact: Option<Vec<u8>>,
) -> Result<Submitted, Rejection> {
    let Entry { accepted, ticket, routing, answer, key, sender, uploads } = entry;
    let answer = serde_json::to_string(answer).map_err(|why| Rejection::Internal(why.to_string()))?;
    let received = EventKind::Received {
        content_sha256: media::hex(&accepted.fingerprint),
        row_sha256: Some(report_sha256(&accepted.report)),
    };
    let new = NewReport {
        sender: sender.clone(),
        report: accepted.report.clone(),
        cell: public::cell_of(&accepted.report),
        sealed_contact,
        ticket: ticket.clone(),
        next_at: queue::next_moment(ticket, &centre.calendar, &centre.ladder, ticket.received_at),
        events: first_events(flow, received, ticket, routing.clone()),
        uploads: uploads.clone(),
        idempotency: key.clone().map(|key| IdempotencyKey {
            scope: sender.clone(),
            key,
            fingerprint: accepted.fingerprint.clone(),
            answer,
        }),
    };
    Ok(flow.store.submit(new).await?)
}

/// The same answer as then.
fn repeat(flow: &Flow, before: Submitted) -> Result<Taken, Rejection> {
    match before {
        Submitted::Again { answer, .. } => {
            let stored: Receipt =
                serde_json::from_str(&answer).map_err(|why| Rejection::Internal(format!("stored answer: {why}")))?;
            Ok(Taken::Again(with_secret(flow, stored)))
        }
        Submitted::KeyReused | Submitted::New | Submitted::CodeTaken => Err(Rejection::KeyReused),
    }
}

/// The secret is added last, because it is never written down.
fn with_secret(flow: &Flow, mut receipt: Receipt) -> Receipt {
    receipt.secret = flow.vault.secret(receipt.id, &receipt.code);
    receipt
}
