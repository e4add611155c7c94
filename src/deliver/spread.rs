//! An event becomes deliveries: who is told of it, and what for.

use std::collections::BTreeMap;

use super::{approvals, compose::holder};
use crate::{
    domain::{
        clock::Timestamp,
        delivery::{Audience, BREAKS_AFTER, Channel, Delivery, Destination, Purpose},
        event::{Actor, Event, EventKind},
        ids::{EventId, OfficeId, ReportId, TicketId},
        report::Contact,
        ticket::Ticket,
    },
    flow::{Flow, Rejection, destinations::is_approved, documents, ladder},
    store::Notice,
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

/// Every notice becomes deliveries to those who hear of it.
pub async fn spread_notices(
    flow: &Flow,
    destinations: &[Destination],
    approvals: &[(Option<OfficeId>, Timestamp)],
) -> Result<(), Rejection> {
    let (center, now) = (flow.center_id(), flow.clock.now());
    let reached: Vec<&Destination> = destinations
        .iter()
        .filter(|to| to.health.failures < BREAKS_AFTER && to.health.disabled_at.is_none())
        .filter(|to| is_approved(approvals, to, now))
        .collect();
    for notice in flow.store.untold_notices(&center, BATCH).await? {
        let deliveries: Vec<_> = hearers(destinations, &reached, &notice)
            .into_iter()
            .map(|to| Delivery::new(to.id, notice.id.0, None, Purpose::Notice, notice.at))
            .collect();
        flow.store.tell_notice(&notice, &deliveries).await?;
    }
    Ok(())
}

/// The mailboxes of centre and office and the centre's webhooks hear of the running, and the office's document system of
/// an approval that ends. What the ladder says to an office goes through all channels of that office, and through the
/// centre's beside where none of them is `reached`: somebody is told if anybody can be. Nobody hears of its own failing,
/// but who is the only one to hear does, as soon as it hears again.
fn hearers<'a>(destinations: &'a [Destination], reached: &[&Destination], notice: &Notice) -> Vec<&'a Destination> {
    let hears = |to: &Destination| to.audience == Audience::Office && !matches!(to.channel, Channel::Gateway(_));
    let speaks = |to: &Destination| hears(to) && !notice.about.starts_with(&to.id.to_string());
    let own = |to: &&Destination| speaks(to) && to.office == notice.office;
    let centre = |to: &&Destination| speaks(to) && to.office.is_none();
    if ladder::is_escalation(&notice.kind) {
        let mut told: Vec<_> = destinations.iter().filter(own).collect();
        if notice.office.is_some() && !told.iter().any(|to| reached.iter().any(|other| other.id == to.id)) {
            told.extend(destinations.iter().filter(centre));
        }
        if told.is_empty() {
            told.extend(destinations.iter().filter(|to| hears(to) && to.office == notice.office));
        }
        return told;
    }
    let told = |to: &&Destination| match to.channel {
        Channel::Email { .. } => own(to) || centre(to),
        Channel::Webhook(_) => centre(to),
        _ => notice.kind == approvals::ENDS && own(to),
    };
    destinations.iter().filter(told).collect()
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
                    | EventKind::Waiting { .. }
                    | EventKind::Replied { .. }
                    | EventKind::Resumed { .. }
                    | EventKind::Extended { .. }
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
