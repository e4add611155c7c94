//! Machines fetch tickets: claimed under a lease that has to be kept alive, given back, or taken away.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Centre, Flow, Rejection,
    change::{self, Step, decide},
    handle::actor_of,
    look, redrawn,
    view::TicketView,
};
use crate::{
    domain::{
        clock::Timestamp,
        event::Actor,
        ids::OfficeId,
        ticket::{State, Ticket},
    },
    identity::Caller,
    queue::{self, Command},
    store::{ClaimQuery, Committed, Lease, Taking},
};

/// Leases that have ended, read at a time.
const BATCH: i64 = 200;
/// Microseconds of a second.
const SECOND: i64 = 1_000_000;

/// What a change of a ticket is based on: the version that was read, and the lease under which it is made.
#[derive(Debug, Clone, Copy, Default)]
pub struct Basis {
    /// From `If-Match`.
    pub version: Option<i64>,
    /// From `Claim-Token`; one that cannot be read is nobody's.
    pub token: Option<Uuid>,
}

impl From<Option<i64>> for Basis {
    fn from(version: Option<i64>) -> Self {
        Self { version, token: None }
    }
}

/// A ticket in a machine's hand.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClaimedTicket {
    /// The ticket.
    pub ticket: TicketView,
    /// The lease.
    #[serde(flatten)]
    pub lease: LeaseView,
}

/// A lease as its machine is told.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct LeaseView {
    /// Send it as `Claim-Token` with every change.
    pub claim_token: Uuid,
    /// Say before then that you are still at it.
    pub lease_until: Timestamp,
}

/// Takes the best tickets of an office, at most `limit`, each for `seconds`. Nobody else gets them meanwhile.
pub async fn claim(
    flow: &Flow,
    caller: &Caller,
    office: &OfficeId,
    limit: i64,
    seconds: i64,
) -> Result<Vec<ClaimedTicket>, Rejection> {
    let (centre, now) = (flow.centre(), flow.clock.now());
    super::feed::admit(flow, caller, office)?;
    let name = caller.name().ok_or(Rejection::Unauthorized)?;
    let query = ClaimQuery { center: &centre.id, office, map: &centre.generation.id, limit };
    let take = |before: Ticket| match taking(flow, &centre, (caller, name), before, now, seconds) {
        Ok(taking) => Some(taking),
        Err(why) => {
            tracing::debug!(%why, "a ticket was not handed out");
            None
        }
    };
    let taken = flow.store.claim(&query, take).await?;
    flow.pulse.beat();
    let mut claimed = vec![];
    for Taking { after, lease, .. } in taken {
        let lease = LeaseView { claim_token: lease.token, lease_until: lease.until };
        claimed.push(ClaimedTicket { ticket: look::view_of(flow, &centre, after).await?, lease });
    }
    Ok(claimed)
}

fn taking(
    flow: &Flow,
    centre: &Centre,
    (caller, name): (&Caller, &str),
    before: Ticket,
    now: Timestamp,
    seconds: i64,
) -> Result<Taking, Rejection> {
    let actor = actor_of(centre, caller, &before)?;
    let until = now.plus(seconds * SECOND);
    let decision = decide(centre, &before, Command::Claim { holder: name.to_owned(), until }, &actor, now)?;
    let after = decision.ticket.clone();
    let token = uuid::Builder::from_random_bytes(flow.entropy.bytes()).into_uuid();
    let lease = Lease { token, ticket: after.id, office: after.office.clone(), until, seconds };
    let step = Step { before, decision, actor, photos: vec![] };
    let events = change::history(flow, &step, now);
    Ok(Taking {
        next_at: queue::next_moment(&after, &centre.calendar, &centre.ladder, now),
        before: step.before,
        after,
        events,
        lease,
    })
}

/// "Still at it": the lease runs on from now, for `seconds` or as long as it was first asked for.
pub async fn prolong(
    flow: &Flow,
    caller: &Caller,
    office: &OfficeId,
    token: Uuid,
    seconds: Option<i64>,
) -> Result<LeaseView, Rejection> {
    let (center, now) = (flow.center_id(), flow.clock.now());
    look::admit(caller, office)?;
    let lease = flow.store.lease(&center, office, token, now).await?.ok_or(Rejection::LeaseLost)?;
    let seconds = seconds.unwrap_or(lease.seconds);
    let until = now.plus(seconds * SECOND);
    if !flow.store.prolong(&center, office, token, now, (until, seconds)).await? {
        return Err(Rejection::LeaseLost);
    }
    Ok(LeaseView { claim_token: token, lease_until: until })
}

/// Gives the ticket back to the queue.
pub async fn release(flow: &Flow, caller: &Caller, office: &OfficeId, token: Uuid) -> Result<(), Rejection> {
    let centre = flow.centre();
    look::admit(caller, office)?;
    for _ in 0..change::PATIENCE {
        let now = flow.clock.now();
        let lease = flow.store.lease(&centre.id, office, token, now).await?.ok_or(Rejection::LeaseLost)?;
        let before = flow.store.ticket(&centre.id, lease.ticket).await?.ok_or(Rejection::LeaseLost)?;
        let before = redrawn::current_ticket(flow, &centre, before).await?;
        let actor = actor_of(&centre, caller, &before)?;
        let decision = decide(&centre, &before, Command::Release, &actor, now).map_err(|_| Rejection::LeaseLost)?;
        let step = Step { before, decision, actor, photos: vec![] };
        if change::commit(flow, &centre, &[step], now).await? == Committed::Done {
            return Ok(());
        }
    }
    Err(Rejection::Busy)
}

/// Whether this change of a ticket may be made: with a token only while its lease runs, without one only while no
/// machine has the ticket in hand.
pub async fn check(
    flow: &Flow,
    centre: &Centre,
    ticket: &Ticket,
    basis: Basis,
    now: Timestamp,
) -> Result<(), Rejection> {
    if basis.token.is_none() && !matches!(ticket.state, State::Accepted | State::InProgress) {
        return Ok(());
    }
    let running = flow.store.lease_of(&centre.id, ticket.id).await?.filter(|lease| lease.until > now);
    match (running, basis.token) {
        (Some(lease), Some(token)) if lease.token == token => Ok(()),
        (_, Some(_)) => Err(Rejection::LeaseLost),
        (Some(lease), None) => Err(Rejection::Leased(lease.until)),
        (None, None) => Ok(()),
    }
}

/// Takes tickets away from machines whose lease has ended; how many. One ticket's trouble is told and does not stop the
/// rest: the cursor moves on, and it is met again at the next call.
pub async fn rescue(flow: &Flow) -> Result<u64, Rejection> {
    let (centre, now) = (flow.centre(), flow.clock.now());
    let (mut rescued, mut after) = (0, None);
    loop {
        let expired = flow.store.expired(&centre.id, now, after, BATCH).await?;
        let Some(last) = expired.last() else { return Ok(rescued) };
        after = Some((last.until, last.token));
        for lease in &expired {
            match take_away(flow, &centre, lease, now).await {
                Ok(Committed::Done) => rescued += 1,
                Ok(Committed::Stale) => {}
                Err(why) => tracing::error!(ticket = %lease.ticket, %why, "a lease that ended could not be taken away"),
            }
        }
    }
}

async fn take_away(flow: &Flow, centre: &Centre, lease: &Lease, now: Timestamp) -> Result<Committed, Rejection> {
    let ticket = flow.store.ticket(&centre.id, lease.ticket).await?;
    let decided = ticket.and_then(|before| {
        let decision = decide(centre, &before, Command::Expire, &Actor::System, now).ok()?;
        Some(Step { before, decision, actor: Actor::System, photos: vec![] })
    });
    // A lease whose ticket is in nobody's hand is only in the way.
    let Some(step) = decided else { return Ok(flow.store.rescue(lease, now, None).await?) };
    let (steps, written) = ([step], |step: &Step| vec![change::history(flow, step, now)]);
    let written = written(&steps[0]);
    let changes = change::changes(centre, &steps, &written, now);
    let done = flow.store.rescue(lease, now, changes.first()).await?;
    flow.pulse.beat();
    Ok(done)
}
