//! Open tickets follow a change of the map: those whose place has another office now move there with history and clock,
//! those that an official has in hand stay and are marked.
//!
//! The change itself is a line of the plan. [`follow`] brings the tickets after it in batches, each one transaction that
//! holds only while the plan is the one it was decided by; so any number of instances may follow at once, and one that
//! was killed is followed up by the next beat. Until its batch has come, a ticket that somebody reads or that has a
//! moment due is brought after on the spot ([`current`]), so nobody acts on it by the map before. A rollback is the same
//! walk with the map before in force: what a move has noted of the place before is put back.

use super::{
    Centre, Flow, Rejection,
    change::{self, Step, decide},
    handle,
};
use crate::{
    domain::{
        clock::Timestamp,
        event::{Actor, Event, EventKind, Place},
        ids::{GenerationId, OfficeId, TicketId},
        report::Report,
        ticket::Ticket,
    },
    queue::Command,
    store::QueueItem,
};

/// Tickets of one transaction: few enough that a report beside them waits for no long one.
pub const BATCH: i64 = 250;
/// Tickets decided in one go, before others get their turn on the thread.
const TURN: usize = 32;

/// Brings every open ticket onto the map in force; how many changed. The next batch is read and decided while the one
/// before it is written.
pub async fn follow(flow: &Flow) -> Result<usize, Rejection> {
    let centre = flow.centre();
    let mut changed = 0;
    for map in centre.earlier_maps() {
        let mut ready = next(flow, &centre, map, None).await?;
        while let Some((decided, last)) = ready {
            let (flow_, centre_, map_) = (flow.clone(), centre.clone(), map.clone());
            let reading = tokio::spawn(async move { next(&flow_, &centre_, &map_, Some(&last)).await });
            let written = write(flow, &centre, &decided).await;
            let later = reading.await.map_err(|why| Rejection::Internal(why.to_string()))?;
            let Some(written) = written? else { break };
            changed += written;
            ready = later?;
        }
    }
    Ok(changed)
}

/// One batch of the tickets that are still on `map`: how many changed, and the last one met. None where there are none
/// left, or where this process knows an older plan than the one in force.
pub async fn batch(
    flow: &Flow,
    centre: &Centre,
    map: &GenerationId,
    after: Option<&Ticket>,
) -> Result<Option<(usize, Ticket)>, Rejection> {
    let Some((decided, last)) = next(flow, centre, map, after).await? else { return Ok(None) };
    Ok(write(flow, centre, &decided).await?.map(|written| (written, last)))
}

/// The tickets of a batch, decided, and the last one of them.
async fn next(
    flow: &Flow,
    centre: &Centre,
    map: &GenerationId,
    after: Option<&Ticket>,
) -> Result<Option<(Decided, Ticket)>, Rejection> {
    let items = flow.store.open_on_map(&centre.id, map, after, BATCH).await?;
    let Some(last) = items.last().map(|item| item.ticket.clone()) else { return Ok(None) };
    Ok(Some((decided(flow, centre, &items).await?, last)))
}

/// The same tickets, those on another map brought after the map in force.
pub async fn current(flow: &Flow, centre: &Centre, mut items: Vec<QueueItem>) -> Result<Vec<QueueItem>, Rejection> {
    let behind: Vec<QueueItem> = items.iter().filter(|item| is_behind(centre, &item.ticket)).cloned().collect();
    if behind.is_empty() || bring_after(flow, centre, &behind).await?.is_none() {
        return Ok(items);
    }
    for item in items.iter_mut().filter(|item| is_behind(centre, &item.ticket)) {
        item.ticket = flow.store.ticket(&centre.id, item.ticket.id).await?.ok_or(Rejection::NotFound)?;
    }
    Ok(items)
}

/// The same for one ticket.
pub async fn current_ticket(flow: &Flow, centre: &Centre, ticket: Ticket) -> Result<Ticket, Rejection> {
    if !is_behind(centre, &ticket) {
        return Ok(ticket);
    }
    let report = flow.store.report(&centre.id, ticket.report).await?.ok_or(Rejection::NotFound)?;
    let mut items = current(flow, centre, vec![QueueItem { ticket, report }]).await?;
    items.pop().map(|item| item.ticket).ok_or(Rejection::NotFound)
}

fn is_behind(centre: &Centre, ticket: &Ticket) -> bool {
    ticket.state.is_open() && ticket.generation != centre.generation.id
}

/// What becomes of some tickets.
struct Decided {
    now: Timestamp,
    steps: Vec<Step>,
}

async fn decided(flow: &Flow, centre: &Centre, items: &[QueueItem]) -> Result<Decided, Rejection> {
    let now = flow.clock.now();
    let ids: Vec<TicketId> = items.iter().map(|item| item.ticket.id).collect();
    let moves = flow.store.moves(&ids).await?;
    let mut steps = Vec::with_capacity(items.len());
    for (nth, QueueItem { ticket, report }) in (1..).zip(items) {
        let moves = moves.get(&ticket.id).map_or(&[][..], Vec::as_slice);
        let (to, place) = destination(centre, ticket, report, moves);
        match decide(centre, ticket, Command::Redraw { to, place }, &Actor::System, now) {
            Ok(decision) => {
                steps.push(Step { before: ticket.clone(), decision, actor: Actor::System, photos: vec![] });
            }
            Err(why) => tracing::error!(ticket = %ticket.id, %why, "a ticket could not follow the map"),
        }
        if nth % TURN == 0 {
            tokio::task::yield_now().await;
        }
    }
    Ok(Decided { now, steps })
}

/// One transaction; how many were written, None where the centre is no longer the one in force.
async fn write(flow: &Flow, centre: &Centre, decided: &Decided) -> Result<Option<usize>, Rejection> {
    let Decided { now, steps } = decided;
    if centre.is_outdated(centre.revision(), flow.clock.now()) {
        return Ok(None);
    }
    let events: Vec<Vec<Event>> = steps.iter().map(|step| change::history(flow, step, *now)).collect();
    let written = flow.store.redraw(centre.revision(), &change::changes(centre, steps, &events, *now)).await?;
    flow.pulse.beat();
    Ok(written)
}

/// Both, where the centre is still the one in force.
async fn bring_after(flow: &Flow, centre: &Centre, items: &[QueueItem]) -> Result<Option<usize>, Rejection> {
    if centre.is_outdated(centre.revision(), flow.clock.now()) {
        return Ok(None);
    }
    write(flow, centre, &decided(flow, centre, items).await?).await
}

/// Whose it is on the map in force, and where. What was moved from this very map to the one that is left now goes back;
/// what a person or the desk's default had passed on stays with that office or its heir; all else goes by the map. An
/// office that may not receive the report is passed by.
fn destination(centre: &Centre, ticket: &Ticket, report: &Report, moves: &[Event]) -> (OfficeId, Place) {
    let last = |wanted: fn(&EventKind) -> bool| moves.iter().rev().map(|event| &event.kind).find(|kind| wanted(kind));
    if let Some(EventKind::Redrawn { from, place, earlier, .. }) = last(|_| true)
        && place.generation == ticket.generation
        && earlier.generation == centre.generation.id
        && may_receive(centre, ticket, from, earlier.about.as_ref())
    {
        return (from.clone(), earlier.clone());
    }
    let placement = centre.place_anew(report, &ticket.generation, ticket.commune.as_ref());
    let by_map = centre.routes.assign(&ticket.category, &placement);
    let passed_on = last(|kind| !matches!(kind, EventKind::Redrawn { .. }));
    let passed_on = matches!(passed_on, Some(EventKind::Transferred { .. }));
    let kept = passed_on.then(|| centre.heir(&ticket.office, &ticket.category));
    let kept = kept.filter(|office| may_receive(centre, ticket, office, by_map.about.as_ref()));
    let to = kept.unwrap_or(&by_map.office).clone();
    (to, Place { generation: placement.generation, commune: placement.commune, about: by_map.about })
}

/// Whether an office of the map in force may have the ticket where its report is about that other one.
fn may_receive(centre: &Centre, ticket: &Ticket, office: &OfficeId, about: Option<&OfficeId>) -> bool {
    let there = Ticket { about: about.cloned(), ..ticket.clone() };
    centre.routes.office(office).is_some_and(|office| handle::may_receive(centre, &there, office))
}
