//! One change of a ticket: decided by the state machine, written with its history in one transaction.

use super::{Centre, Flow, Rejection};
use crate::{
    domain::{
        assignment::RoutingReceipt,
        clock::Timestamp,
        event::{Actor, Event, EventKind},
        ids::{EventId, TicketId},
        photo::Photo,
        ticket::Ticket,
    },
    queue::{self, Command, Decision},
    store::{Committed, Settled, TicketChange},
};

/// How often a change that nobody tied to a version is tried again when another one came first.
pub const PATIENCE: usize = 8;

/// The first two entries of every history: it arrived, it was assigned.
pub fn first_events(flow: &Flow, received: EventKind, ticket: &Ticket, receipt: RoutingReceipt) -> Vec<Event> {
    let assigned = EventKind::Assigned {
        receipt: Box::new(receipt),
        office: ticket.office.clone(),
        accept_by: ticket.accept_by,
        resolve_by: ticket.resolve_by,
    };
    let numbered = [(Actor::Citizen, received), (Actor::System, assigned)].into_iter().zip(1..);
    numbered.map(|((actor, kind), version)| entry(flow, ticket, version, ticket.received_at, actor, kind)).collect()
}

fn entry(flow: &Flow, ticket: &Ticket, version: i64, at: Timestamp, actor: Actor, kind: EventKind) -> Event {
    Event {
        id: EventId(flow.entropy.uuid(at)),
        center: ticket.center.clone(),
        ticket: ticket.id,
        version,
        at,
        actor,
        kind,
        salt: flow.entropy.bytes(),
    }
}

/// A decision with who took it and the photos that came with it.
pub struct Step {
    /// The ticket as it was read.
    pub before: Ticket,
    /// What was decided.
    pub decision: Decision,
    /// By whom.
    pub actor: Actor,
    /// Photos that came with it.
    pub photos: Vec<Photo>,
}

/// Asks the state machine; `now` is the moment of the whole use case.
pub fn decide(
    centre: &Centre,
    before: &Ticket,
    command: Command,
    actor: &Actor,
    now: Timestamp,
) -> Result<Decision, Rejection> {
    let category = centre.category_of(before).ok_or_else(|| unknown_category(before))?;
    Ok(queue::decide(before, command, actor, centre.setting(category, now))?)
}

fn unknown_category(ticket: &Ticket) -> Rejection {
    Rejection::Internal(format!("the rule book has lost category {} of ticket {}", ticket.category, ticket.id))
}

/// Writes all steps in one transaction, or none of them.
pub async fn commit(flow: &Flow, centre: &Centre, steps: &[Step], now: Timestamp) -> Result<Committed, Rejection> {
    commit_with(flow, centre, steps, &[], now).await
}

/// Likewise, with what became of uploads.
pub async fn commit_with(
    flow: &Flow,
    centre: &Centre,
    steps: &[Step],
    settled: &[Settled],
    now: Timestamp,
) -> Result<Committed, Rejection> {
    let written: Vec<Vec<Event>> = steps.iter().map(|step| history(flow, step, now)).collect();
    let committed = flow.store.commit_with(&changes(centre, steps, &written, now), settled).await?;
    flow.pulse.beat();
    Ok(committed)
}

/// Steps with what each adds to its history, as the store writes them.
pub fn changes<'a>(
    centre: &Centre,
    steps: &'a [Step],
    written: &'a [Vec<Event>],
    now: Timestamp,
) -> Vec<TicketChange<'a>> {
    let change = |(step, events): (&'a Step, &'a Vec<Event>)| TicketChange {
        before: &step.before,
        after: &step.decision.ticket,
        next_at: queue::next_moment(&step.decision.ticket, &centre.calendar, &centre.ladder, now),
        events,
        photos: &step.photos,
    };
    steps.iter().zip(written).map(change).collect()
}

/// What a step adds to its ticket's history.
pub fn history(flow: &Flow, step: &Step, now: Timestamp) -> Vec<Event> {
    let versions = step.before.version + 1..;
    let kinds = step.decision.events.iter().cloned();
    kinds
        .zip(versions)
        .map(|(kind, version)| entry(flow, &step.before, version, now, step.actor.clone(), kind))
        .collect()
}

/// A change that is not tied to a version: read, decide, write; again when another change came first.
pub async fn retrying(
    flow: &Flow,
    centre: &Centre,
    id: TicketId,
    actor: &Actor,
    command: impl Fn(&Ticket) -> Result<Command, Rejection>,
) -> Result<Ticket, Rejection> {
    for _ in 0..PATIENCE {
        let now = flow.clock.now();
        let before = flow.store.ticket(&centre.id, id).await?.ok_or(Rejection::NotFound)?;
        let decision = decide(centre, &before, command(&before)?, actor, now)?;
        let after = decision.ticket.clone();
        let step = Step { before, decision, actor: actor.clone(), photos: vec![] };
        if commit(flow, centre, &[step], now).await? == Committed::Done {
            return Ok(after);
        }
    }
    Err(Rejection::Busy)
}
