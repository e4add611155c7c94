//! What happens by itself when a moment has come: deadlines crossed, pauses ended, silence closed, and the default of
//! the province desk, where nobody sits.

use super::{
    Centre, Flow, Rejection,
    change::{self, Step, decide},
    handle, look, redrawn,
};
use crate::{
    domain::{
        clock::Timestamp,
        event::{Actor, TransferCause},
        ids::{CommuneCode, OfficeId, TicketId},
        placement::Placement,
        text::Description,
        ticket::Ticket,
    },
    queue::{self, Command, Decision},
    store::Committed,
};

/// How many due tickets are read at a time.
const BATCH: i64 = 200;
/// So many settled cases make a habit that the default follows.
const HABIT: i64 = 3;

/// Does everything that is due now; how many tickets changed. One ticket's trouble is told and does not stop the rest:
/// the cursor moves on, and the ticket is met again at the next call.
pub async fn elapse(flow: &Flow) -> Result<u64, Rejection> {
    let centre = flow.centre();
    let now = flow.clock.now();
    let mut changed = 0;
    let mut after: Option<(Timestamp, TicketId)> = None;
    loop {
        let due = flow.store.due(&centre.id, now, after, BATCH).await?;
        let Some((at, last)) = due.last().map(|(at, ticket)| (*at, ticket.id)) else { return Ok(changed) };
        for (_, ticket) in due {
            let id = ticket.id;
            match Box::pin(step_on(flow, &centre, ticket, now)).await {
                Ok(true) => changed += 1,
                Ok(false) => {}
                Err(why) => tracing::error!(ticket = %id, %why, "what was due could not be done"),
            }
        }
        after = Some((at, last));
    }
}

/// Every lapse that is due for one ticket, one commit each.
async fn step_on(flow: &Flow, centre: &Centre, ticket: Ticket, now: Timestamp) -> Result<bool, Rejection> {
    let mut ticket = redrawn::current_ticket(flow, centre, ticket).await?;
    let mut changed = false;
    while let Some(decision) = due_decision(flow, centre, &ticket, now).await? {
        let after = decision.ticket.clone();
        let step = Step { before: ticket, decision, actor: Actor::System, photos: vec![] };
        if change::commit(flow, centre, &[step], now).await? == Committed::Stale {
            return Ok(changed);
        }
        changed = true;
        ticket = after;
    }
    if !changed {
        // Both deadlines are crossed already: it is looked at again, and never stands without a next moment.
        let next = queue::next_moment(&ticket, &centre.calendar, &centre.ladder, now);
        flow.store.defer(&centre.id, ticket.id, ticket.version, next).await?;
    }
    Ok(changed)
}

async fn due_decision(
    flow: &Flow,
    centre: &Centre,
    ticket: &Ticket,
    now: Timestamp,
) -> Result<Option<Decision>, Rejection> {
    if queue::default_due(ticket, now) {
        return default(flow, centre, ticket, now).await.map(Some);
    }
    let category = centre.category_of(ticket);
    let category = category.ok_or_else(|| Rejection::Internal(format!("category {} is gone", ticket.category)))?;
    Ok(queue::lapse(ticket, centre.setting(category, now)))
}

/// The province desk's default: the office that usually settles such cases, else the nearest, else the desk's superior.
async fn default(flow: &Flow, centre: &Centre, ticket: &Ticket, now: Timestamp) -> Result<Decision, Rejection> {
    let placement = look::placement_of(flow, centre, ticket).await?;
    let (to, cause) = receiver(flow, centre, ticket, placement.as_ref()).await?;
    let reason = match cause {
        TransferCause::SimilarCases => "Tự động: cơ quan đã xử lý phần lớn các vụ tương tự",
        TransferCause::Nearest => "Tự động: cơ quan gần vị trí nhất",
        _ => "Tự động: chuyển cấp trên của bàn tiếp nhận",
    };
    let reason = Description::parse(reason).map_err(|why| Rejection::Internal(why.to_string()))?;
    decide(
        centre,
        ticket,
        Command::Transfer { kind: handle::kind_of(centre, &to)?, to, reason, cause },
        &Actor::System,
        now,
    )
}

async fn receiver(
    flow: &Flow,
    centre: &Centre,
    ticket: &Ticket,
    placement: Option<&Placement>,
) -> Result<(OfficeId, TransferCause), Rejection> {
    let may = |id: &OfficeId| {
        let office = centre.routes.office(id).filter(|office| office.id != *centre.routes.desk());
        office.is_some_and(|office| handle::may_receive(centre, ticket, office))
    };
    let store = &flow.store;
    let usual = store.usual_office(&centre.id, &ticket.generation, ticket.commune.as_ref(), &ticket.category).await?;
    if let Some((office, _)) = usual.filter(|(office, cases)| *cases >= HABIT && may(office)) {
        return Ok((office, TransferCause::SimilarCases));
    }
    if let Some(office) = nearest(centre, ticket, placement).filter(may) {
        return Ok((office, TransferCause::Nearest));
    }
    let desk = centre.routes.office(centre.routes.desk());
    let above = desk.and_then(|desk| desk.above.clone());
    let above = above.ok_or_else(|| Rejection::Internal("the province desk has no office above it".into()))?;
    Ok((above, TransferCause::LastResort))
}

/// The office answering for the commune of the map, or for the nearest one that is served. What lies in another
/// province's commune is never pulled home.
fn nearest(centre: &Centre, ticket: &Ticket, placement: Option<&Placement>) -> Option<OfficeId> {
    let placed: Option<&CommuneCode> = ticket.commune.as_ref();
    if placed.is_some_and(|commune| centre.is_foreign(commune)) {
        return None;
    }
    let candidates = placement.into_iter().flat_map(|placement| {
        placement.candidates.iter().filter_map(|candidate| candidate.commune.as_ref()).chain(&placement.nearest)
    });
    let offices =
        placed.into_iter().chain(candidates).filter_map(|code| centre.routes.office_for(&ticket.category, code));
    offices.map(|(office, _)| office.id.clone()).next()
}

/// Where a ticket at the desk will go by itself, told before it happens.
pub async fn foreseen(flow: &Flow, centre: &Centre, ticket: &Ticket) -> Result<OfficeId, Rejection> {
    let placement = look::placement_of(flow, centre, ticket).await?;
    let fallback = handle::suggestion(centre, ticket, placement.as_ref());
    Ok(receiver(flow, centre, ticket, placement.as_ref()).await.map_or(fallback, |(office, _)| office))
}
