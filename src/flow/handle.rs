//! An official settles a ticket: accept, start, resolve, refuse, "not ours", ask, extend, merge, publish.

use super::{
    Centre, Flow, Original, Rejection,
    change::{self, Step, decide},
    claim::{self, Basis},
    look,
    view::TicketView,
};
use crate::{
    domain::{
        category::Level,
        clock::Timestamp,
        event::{Actor, EventKind, TransferCause, Visibility},
        ids::{OfficeId, PhotoId, TicketId},
        office::{Office, OfficeKind},
        photo::Photo,
        placement::Placement,
        text::{Description, Line},
        ticket::Ticket,
    },
    identity::Caller,
    media,
    queue::{Command, Decision},
    store::Committed,
};

pub use crate::queue::RefusalReason;

/// What an official wants to do.
#[derive(Debug, Clone)]
pub enum Act {
    /// Take it.
    Accept(Option<Line>),
    /// Give it to a colleague.
    Assign(Line),
    /// Begin.
    Start,
    /// Answer; photos of this ticket may be named, new ones come beside it.
    Resolve(Description, Vec<PhotoId>),
    /// Refuse; evidence likewise.
    Refuse(RefusalReason, Description, Vec<PhotoId>),
    /// "Not ours"; without an office the map suggests one.
    Transfer(Option<OfficeId>, Description),
    /// More time.
    Extend(Timestamp, Description),
    /// Ask the citizen.
    Wait(Description),
    /// A remark.
    Comment(Description, Visibility),
    /// A duplicate of another of the office's tickets.
    Merge(TicketId),
    /// Make words and pictures public.
    Publish(Description, Vec<PhotoId>),
}

/// Does it, if the ticket is the caller's, still at the version that was read, and in no machine's hand but that of the
/// lease shown. What is wished for is read last: whoever the ticket
/// does not belong to learns nothing about it, not even whether the wish could be read.
pub async fn handle(
    flow: &Flow,
    caller: &Caller,
    id: TicketId,
    basis: impl Into<Basis>,
    wish: impl FnOnce() -> Result<Act, Rejection>,
    photos: Vec<Original>,
) -> Result<TicketView, Rejection> {
    let now = flow.clock.now();
    let centre = flow.centre();
    let ticket = look::own_ticket(flow, &centre, caller, id).await?;
    let actor = actor_of(&centre, caller, &ticket)?;
    let basis = basis.into();
    let version = basis.version.ok_or(Rejection::MissingVersion)?;
    claim::check(flow, &centre, &ticket, basis, now).await?;
    if version != ticket.version {
        return Err(Rejection::Stale(ticket.version));
    }

    let act = wish()?;
    let named = named_photos(flow, &centre, &ticket, &act).await?;
    let into = match &act {
        Act::Merge(into) => Some(look::own_ticket(flow, &centre, caller, *into).await?),
        _ => None,
    };
    let shown: Vec<PhotoId> = named.into_iter().chain(photos.iter().map(Original::id)).collect();
    let command = command(flow, &centre, &ticket, act, shown, &actor).await?;
    let decision = match command {
        // Nobody's lease outlives the question: after the citizen's answer the ticket is there for whoever comes first.
        Command::Wait { .. } if basis.token.is_some() => given_back(&centre, &ticket, command, &actor, now)?,
        command => decide(&centre, &ticket, command, &actor, now)?,
    };
    let after = decision.ticket.clone();
    let photos = develop(flow, photos, now).await?;
    let mut steps = vec![Step { before: ticket, decision, actor: actor.clone(), photos }];
    if let Some(into) = into {
        let decision = decide(&centre, &into, Command::Absorb { from: id }, &actor, now)?;
        steps.push(Step { before: into, decision, actor, photos: vec![] });
    }

    match change::commit(flow, &centre, &steps, now).await? {
        Committed::Done => look::view_of(flow, &centre, after).await,
        Committed::Stale => {
            for photo in steps.iter().flat_map(|step| &step.photos) {
                flow.darkroom.discard(photo).await;
            }
            let ticket = flow.store.ticket(&centre.id, id).await?.ok_or(Rejection::NotFound)?;
            claim::check(flow, &centre, &ticket, basis, flow.clock.now()).await?;
            Err(Rejection::Stale(ticket.version))
        }
    }
}

/// The command after the ticket was given back to the queue.
fn given_back(
    centre: &Centre,
    ticket: &Ticket,
    command: Command,
    actor: &Actor,
    now: Timestamp,
) -> Result<Decision, Rejection> {
    let mut first = decide(centre, ticket, Command::Release, actor, now)?;
    let second = decide(centre, &first.ticket, command, actor, now)?;
    first.events.extend(second.events);
    Ok(Decision { ticket: second.ticket, events: first.events })
}

/// In whose name: the office's own people, or somebody at the centre, which is counted. Whoever sits at the province
/// desk is at the centre.
pub(super) fn actor_of(centre: &Centre, caller: &Caller, ticket: &Ticket) -> Result<Actor, Rejection> {
    let name = caller.name().ok_or(Rejection::Unauthorized)?.to_owned();
    Ok(if caller.works_in(&ticket.office) && ticket.office != *centre.routes.desk() {
        Actor::Office { office: ticket.office.clone(), name }
    } else {
        Actor::Centre { name }
    })
}

/// The photos that a wish names, which must be this ticket's.
async fn named_photos(flow: &Flow, centre: &Centre, ticket: &Ticket, act: &Act) -> Result<Vec<PhotoId>, Rejection> {
    let (Act::Resolve(_, named) | Act::Refuse(_, _, named) | Act::Publish(_, named)) = act else { return Ok(vec![]) };
    for (place, id) in named.iter().enumerate() {
        let of = flow.store.photo(&centre.id, *id).await?.map(|(_, of)| of);
        if of != Some(ticket.id) {
            let detail = "no such photo of this ticket: send new ones as `photo` parts";
            return Err(Rejection::field(&format!("photos[{place}]"), "unknown_photo", detail));
        }
    }
    Ok(named.clone())
}

/// An official waits for the photos of an answer: one that cannot be kept is told before the answer is written.
async fn develop(flow: &Flow, originals: Vec<Original>, now: Timestamp) -> Result<Vec<Photo>, Rejection> {
    if originals.len() > media::MAX_PHOTOS {
        return Err(Rejection::field("photos", "photo_too_many", "at most 6 photos"));
    }
    let mut kept = vec![];
    for (place, original) in originals.iter().enumerate() {
        let photo = match original.fault() {
            None => flow.darkroom.develop(original.id(), now).await,
            Some(fault) => Err(fault),
        };
        match photo {
            Ok(photo) => kept.push(photo),
            Err(why) => {
                for photo in &kept {
                    flow.darkroom.discard(photo).await;
                }
                return Err(Rejection::field(&format!("photos[{place}]"), why.code(), why.to_string()));
            }
        }
    }
    Ok(kept)
}

async fn command(
    flow: &Flow,
    centre: &Centre,
    ticket: &Ticket,
    act: Act,
    photos: Vec<PhotoId>,
    actor: &Actor,
) -> Result<Command, Rejection> {
    Ok(match act {
        Act::Accept(assignee) => Command::Accept { assignee },
        Act::Assign(to) => Command::Assign { to },
        Act::Start => Command::Start,
        Act::Resolve(text, _) => Command::Resolve { text, photos },
        Act::Refuse(reason, text, _) => Command::Refuse { reason, text, photos },
        Act::Transfer(office, reason) => {
            let to = match office {
                Some(named) => known(centre, named)?,
                None => suggestion(centre, ticket, look::placement_of(flow, centre, ticket).await?.as_ref()),
            };
            let by_hand = matches!(actor, Actor::Centre { .. });
            let cause = if by_hand { TransferCause::ByHand } else { TransferCause::NotOurs };
            Command::Transfer { kind: kind_of(centre, &to)?, to, reason, cause }
        }
        Act::Extend(until, reason) => Command::Extend { until, reason },
        Act::Wait(question) => Command::Wait { question },
        Act::Comment(text, visibility) => Command::Comment { text, visibility },
        Act::Merge(into) => Command::Merge { into },
        Act::Publish(text, _) => Command::Publish { text, photos },
    })
}

fn known(centre: &Centre, office: OfficeId) -> Result<OfficeId, Rejection> {
    match centre.routes.office(&office) {
        Some(_) => Ok(office),
        None => Err(Rejection::field("office", "unknown_office", "no such office: leave it out, and one is suggested")),
    }
}

/// What the receiver is.
pub fn kind_of(centre: &Centre, office: &OfficeId) -> Result<OfficeKind, Rejection> {
    let office = centre.routes.office(office);
    office.map(|office| office.kind).ok_or_else(|| Rejection::Internal("the receiver is in no directory".into()))
}

/// Whether a ticket may go to that office: a report about an office or its people goes to no commune's.
pub fn may_receive(centre: &Centre, ticket: &Ticket, office: &Office) -> bool {
    let above = centre.category_of(ticket).is_some_and(|category| category.level == Level::Above);
    Some(&office.id) != ticket.about.as_ref() && !(above && office.kind == OfficeKind::Commune)
}

/// Whose it would be if it is not this office's: what the rules say for the runners-up on the map, else the desk.
pub fn suggestion(centre: &Centre, ticket: &Ticket, placement: Option<&Placement>) -> OfficeId {
    let candidates = placement.into_iter().flat_map(|placement| {
        let runners_up = placement.candidates.iter().filter_map(|candidate| candidate.commune.as_ref());
        ticket.commune.iter().chain(runners_up)
    });
    let offices = candidates.filter_map(|commune| centre.routes.office_for(&ticket.category, commune));
    let mut others = offices.map(|(office, _)| office).filter(|office| may_receive(centre, ticket, office));
    let other = others.find(|office| office.id != ticket.office).map(|office| &office.id);
    other.unwrap_or(centre.routes.desk()).clone()
}

/// The reason why a ticket last left an office, for its tombstone.
pub fn last_move(history: &[crate::domain::event::Event], office: &OfficeId) -> Option<String> {
    history.iter().rev().find_map(|event| match &event.kind {
        EventKind::Transferred { from, reason, .. } if from == office => Some(reason.clone()),
        EventKind::Redrawn { from, place, stays: false, .. } if from == office => {
            Some(format!("địa giới hành chính thay đổi theo bản đồ {}", place.generation))
        }
        EventKind::Restated { from, .. } if from == office => Some("người gửi đã nói rõ địa điểm".to_owned()),
        _ => None,
    })
}
