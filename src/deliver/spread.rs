//! An event becomes deliveries: who is told of it, and what for.

use std::collections::BTreeMap;

use super::compose::holder;
use crate::{
    domain::{
        delivery::{Audience, BREAKS_AFTER, Channel, Delivery, Destination, Purpose},
        event::{Actor, Event, EventKind},
        ids::{EventId, OfficeId, ReportId, TicketId},
        report::Contact,
        ticket::Ticket,
    },
    flow::{Flow, Rejection, documents, ladder},
};

/// Events of one transaction.
const BATCH: i64 = 200;

/// Everything that has been announced becomes deliveries.
pub async fn spread(flow: &Flow, destinations: &[Destination]) -> Result<(), Rejection> {
    let center = flow.center_id();
    loop {
        let announced = flow.store.announced(&center, BATCH).await?;
        let events: Vec<EventId> = announced.iter().map(|(event, _)| *event).collect();
        if events.is_empty() {
            return Ok(());
        }
        let mut deliveries = vec![];
        if !destinations.is_empty() {
            let mut by_ticket: BTreeMap<TicketId, Vec<EventId>> = BTreeMap::new();
            for (event, ticket) in announced {
                by_ticket.entry(ticket).or_default().push(event);
            }
            for (ticket, events) in by_ticket {
                deliveries.extend(of_ticket(flow, destinations, ticket, &events).await?);
            }
        }
        flow.store.spread(&center, &events, &deliveries).await?;
        if i64::try_from(events.len()).is_ok_and(|count| count < BATCH) {
            return Ok(());
        }
    }
}

/// Every notice goes to the centre, and to the office that it concerns.
pub async fn spread_notices(flow: &Flow, destinations: &[Destination]) -> Result<(), Rejection> {
    let center = flow.center_id();
    for notice in flow.store.untold_notices(&center, BATCH).await? {
        if ladder::is_escalation(&notice.kind) {
            let deliveries: Vec<_> = hearers(destinations, notice.office.as_ref())
                .into_iter()
                .map(|to| Delivery::new(to.id, notice.id.0, None, Purpose::Notice, notice.at))
                .collect();
            flow.store.tell_notice(&notice, &deliveries).await?;
            continue;
        }
        let told = |to: &&Destination| {
            let speaks = match to.channel {
                Channel::Email { .. } => to.office.is_none() || to.office == notice.office,
                Channel::Webhook(_) => to.office.is_none(),
                _ => false,
            };
            speaks && to.audience == Audience::Office
        };
        let deliveries: Vec<Delivery> = destinations
            .iter()
            .filter(told)
            .map(|to| Delivery::new(to.id, notice.id.0, None, Purpose::Notice, notice.at))
            .collect();
        flow.store.tell_notice(&notice, &deliveries).await?;
    }
    Ok(())
}

/// What the ladder says to an office goes through that office's channels, and through the centre's beside where none of
/// them works: somebody is always reached if anybody can be.
fn hearers<'a>(destinations: &'a [Destination], office: Option<&OfficeId>) -> Vec<&'a Destination> {
    let speaks = |to: &&Destination| {
        to.audience == Audience::Office && matches!(to.channel, Channel::Email { .. } | Channel::Webhook(_))
    };
    let works = |to: &Destination| to.health.failures < BREAKS_AFTER && to.health.disabled_at.is_none();
    let mut told: Vec<_> = destinations.iter().filter(speaks).filter(|to| to.office.as_ref() == office).collect();
    if office.is_some() && !told.iter().any(|to| works(to)) {
        told.extend(destinations.iter().filter(speaks).filter(|to| to.office.is_none()));
    }
    told
}

async fn of_ticket(
    flow: &Flow,
    destinations: &[Destination],
    id: TicketId,
    events: &[EventId],
) -> Result<Vec<Delivery>, Rejection> {
    let center = flow.center_id();
    let Some(ticket) = flow.store.ticket(&center, id).await? else { return Ok(vec![]) };
    let history = flow.store.history(&center, id).await?;
    let mut deliveries = vec![];
    for (at, event) in history.iter().enumerate().filter(|(_, event)| events.contains(&event.id)) {
        let (had, has) = (holder(&history[..at]), holder(&history[..=at]));
        for to in destinations.iter().filter(|to| to.audience == Audience::Office) {
            let purpose = purpose(to, &ticket, event, had, has);
            deliveries.extend(purpose.map(|purpose| Delivery::new(to.id, event.id.0, Some(id), purpose, event.at)));
        }
        let superseded = history[at + 1..].iter().any(|later| later.at == event.at && is_news(later));
        if is_news(event) && !superseded && destinations.iter().any(|to| to.audience == Audience::Citizen) {
            for told in listeners(flow, &ticket, event).await? {
                let targets = citizen_targets(flow, destinations, &told).await?;
                let delivery =
                    |to: &Destination| Delivery::new(to.id, event.id.0, Some(told.id), Purpose::Citizen, event.at);
                deliveries.extend(targets.into_iter().map(delivery));
            }
        }
    }
    Ok(deliveries)
}

/// What a destination of an office, or of the centre, is told of an event. The office that a report is about never is.
fn purpose(
    to: &Destination,
    ticket: &Ticket,
    event: &Event,
    had: Option<&OfficeId>,
    has: Option<&OfficeId>,
) -> Option<Purpose> {
    let office = to.office.as_ref();
    let Some(office) = office else { return matches!(to.channel, Channel::Webhook(_)).then_some(Purpose::Event) };
    let (had, has) = (had == Some(office), has == Some(office));
    if ticket.about.as_ref() == Some(office) || !(had || has) {
        return None;
    }
    let arrives = has && (!had || matches!(event.kind, EventKind::Reopened { .. } | EventKind::Unmerged { .. }));
    let leaves = (had && !has) || matches!(event.kind, EventKind::Withdrawn | EventKind::Merged { .. });
    match &to.channel {
        Channel::Webhook(_) => Some(Purpose::Event),
        Channel::Email { .. } => arrives.then_some(Purpose::Arrived),
        Channel::Gateway(_) => None,
        Channel::EdxmlPush(_) | Channel::EdxmlFolder { .. } => {
            let own = matches!(&event.actor, Actor::Office { name, .. } if *name == documents::signature(&to.name));
            let changes = matches!(
                &event.kind,
                EventKind::Accepted { .. }
                    | EventKind::Handed { .. }
                    | EventKind::Started
                    | EventKind::Resolved { .. }
                    | EventKind::Refused { .. }
                    | EventKind::Replied { .. }
            ) || joins_photos(event);
            match () {
                () if arrives => Some(Purpose::Arrived),
                () if leaves => Some(Purpose::Left),
                () if changes && !own => Some(Purpose::Changed),
                () => None,
            }
        }
    }
}

/// Whether it brings photos of the sender.
fn joins_photos(event: &Event) -> bool {
    matches!(&event.kind, EventKind::PhotosJoined { photos, .. } if !photos.is_empty()) && event.actor == Actor::Citizen
}

/// Whether it changes what the sender is waiting for, and was not the sender's own doing.
pub fn is_news(event: &Event) -> bool {
    let change = matches!(
        event.kind,
        EventKind::Accepted { .. }
            | EventKind::Started
            | EventKind::Waiting { .. }
            | EventKind::Resolved { .. }
            | EventKind::Refused { .. }
            | EventKind::Transferred { .. }
            | EventKind::Redrawn { stays: false, .. }
            | EventKind::Merged { .. }
            | EventKind::Unmerged { .. }
            | EventKind::Closed
    );
    let moved = !matches!(&event.kind, EventKind::Redrawn { from, to, .. } if from == to);
    change && moved && event.actor != Actor::Citizen
}

/// Whose reports an event is news for: the ticket's, and with an answer those of its duplicates.
async fn listeners(flow: &Flow, ticket: &Ticket, event: &Event) -> Result<Vec<Ticket>, Rejection> {
    let mut all = vec![ticket.clone()];
    if matches!(event.kind, EventKind::Resolved { .. } | EventKind::Refused { .. }) {
        let mut next = 0;
        while let Some(main) = all.get(next).map(|main| main.id) {
            all.extend(flow.store.merged_into(&flow.center_id(), main).await?);
            next += 1;
        }
    }
    Ok(all)
}

/// The province's app always, and one message to the person: short where a telephone was given, else a letter.
async fn citizen_targets<'a>(
    flow: &Flow,
    destinations: &'a [Destination],
    ticket: &Ticket,
) -> Result<Vec<&'a Destination>, Rejection> {
    let citizens = || destinations.iter().filter(|to| to.audience == Audience::Citizen);
    let mut targets: Vec<&Destination> = citizens().filter(|to| matches!(to.channel, Channel::Webhook(_))).collect();
    if citizens().count() == targets.len() {
        return Ok(targets);
    }
    let Some(contact) = contact_of(flow, ticket.report).await? else { return Ok(targets) };
    let by_phone = citizens().find(|to| matches!(to.channel, Channel::Gateway(_)));
    let by_letter = citizens().find(|to| matches!(to.channel, Channel::Email { .. }));
    targets.extend(by_phone.filter(|_| contact.phone.is_some()).or(by_letter.filter(|_| contact.email.is_some())));
    Ok(targets)
}

/// How the sender, and nobody else, can be reached.
pub async fn contact_of(flow: &Flow, report: ReportId) -> Result<Option<Contact>, Rejection> {
    let sealed = flow.store.sealed_contact(&flow.center_id(), report).await?;
    Ok(sealed.and_then(|sealed| flow.vault.open_sealed(&sealed, report)))
}
