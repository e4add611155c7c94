//! Who is told: destinations are added, looked at, rotated, redriven, removed; an office's pushing is approved for a time.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Centre, Flow, Rejection};
use crate::{
    domain::{
        clock::{DAY, Timestamp},
        delivery::{Attempt, Audience, Channel, Destination, Health, Purpose, Stage},
        ids::{DeliveryId, DestinationId, OfficeId},
        text::Line,
        ticket::Ticket,
    },
    store::{StoreError, Told, TrackedDelivery},
};

/// So long the secret before signs too.
pub const OVERLAP: i64 = DAY;
/// Failing for so long is dead: escalation's business.
pub const DEAD_AFTER: i64 = DAY;
/// Attempts that are shown of a destination.
const SHOWN: i64 = 10;

/// A destination as somebody wishes for it.
#[derive(Debug, Clone)]
pub struct NewDestination {
    /// Whose; None: the centre's own.
    pub office: Option<OfficeId>,
    /// To whom it speaks.
    pub audience: Audience,
    /// For people.
    pub name: Line,
    /// How.
    pub channel: Channel,
    /// Password or token.
    pub credential: Option<String>,
}

/// Why a destination was not added.
#[derive(Debug, thiserror::Error)]
pub enum NotAdded {
    /// No such office.
    #[error("there is no office {0}: see `ioc offices list`")]
    Office(OfficeId),
    /// Settings that do not go together.
    #[error("{0}")]
    Unfit(&'static str),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A destination that was just added or whose secret was just changed.
#[derive(Debug, Clone, Serialize)]
pub struct Added {
    /// Its id.
    pub id: DestinationId,
    /// What signs, for a webhook: `whsec_…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// How a destination is, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// It takes what it is sent, as far as is known.
    Active,
    /// Nothing arrives: it is tried on.
    Failing,
    /// Nothing has arrived for a day: it is probed, and somebody should look.
    Dead,
    /// It said that it wants no more (410), until it is redriven.
    Disabled,
    /// Its office's security approval is missing or has ended: nothing is pushed.
    Unapproved,
}

/// A destination as it is shown; its secrets are not.
#[derive(Debug, Serialize, ToSchema)]
pub struct DestinationView {
    /// Its id.
    pub id: DestinationId,
    /// For people.
    pub name: String,
    /// Whose; null: the centre's own.
    pub office: Option<OfficeId>,
    /// To whom it speaks.
    pub audience: Audience,
    /// How.
    #[schema(value_type = Object)]
    pub channel: Channel,
    /// How it is.
    pub state: Condition,
    /// Since when nothing arrives.
    pub failing_since: Option<Timestamp>,
    /// Since when it wants no more.
    pub disabled_at: Option<Timestamp>,
    /// When something arrived last.
    pub delivered_at: Option<Timestamp>,
    /// Until when its office's pushing is approved.
    pub approved_until: Option<Timestamp>,
    /// What waits for it.
    pub undelivered: i64,
    /// Since when the oldest of these waits.
    pub oldest_undelivered: Option<Timestamp>,
    /// What cannot be delivered although it lives.
    pub quarantined: i64,
    /// The newest attempts at what has not arrived.
    pub attempts: Vec<DestinationAttempt>,
    /// What was told so long ago that only the counts are kept.
    pub before: Vec<ToldBefore>,
}

/// What was told in one month, of what is kept no longer.
#[derive(Debug, Serialize, ToSchema)]
pub struct ToldBefore {
    /// `2026-07`.
    pub month: String,
    /// What became of it: `delivered`, `cancelled`, `quarantined`.
    pub state: String,
    /// Deliveries.
    pub deliveries: i64,
    /// Attempts at them.
    pub attempts: i64,
}

impl From<Told> for ToldBefore {
    fn from(Told { month, stage: state, deliveries, attempts }: Told) -> Self {
        Self { month, state, deliveries, attempts }
    }
}

/// An attempt with the delivery that it was made for.
#[derive(Debug, Serialize, ToSchema)]
pub struct DestinationAttempt {
    /// The delivery.
    pub delivery: DeliveryId,
    /// The attempt.
    #[serde(flatten)]
    pub attempt: Attempt,
}

/// All destinations.
#[derive(Debug, Serialize, ToSchema)]
pub struct Destinations {
    /// Oldest first.
    pub items: Vec<DestinationView>,
    /// Always null: they are few.
    pub next: Option<String>,
}

/// What one system was told of a ticket.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryView {
    /// Stable, as the receiver knows it.
    pub id: DeliveryId,
    /// To where; null for a destination that was removed.
    pub destination: Option<String>,
    /// By which way.
    pub channel: Option<&'static str>,
    /// What for.
    pub purpose: Purpose,
    /// Where it stands.
    pub state: Stage,
    /// The receiver's own word on it: a status code of edXML.
    pub receipt: Option<String>,
    /// Since when.
    pub created_at: Timestamp,
    /// When it is tried again.
    pub next_at: Option<Timestamp>,
    /// Every try.
    pub attempts: Vec<Attempt>,
}

/// Adds a destination.
pub async fn add(flow: &Flow, new: NewDestination) -> Result<Added, NotAdded> {
    let centre = flow.centre();
    if let Some(office) = new.office.as_ref().filter(|office| centre.routes.office(office).is_none()) {
        return Err(NotAdded::Office(office.clone()));
    }
    check(&new)?;
    let now = flow.clock.now();
    let id = DestinationId(flow.entropy.uuid(now));
    let credential = new.credential.as_deref().map(|text| flow.vault.seal_credential(text, id, &flow.entropy));
    let destination = Destination {
        id,
        center: centre.id.clone(),
        office: new.office,
        audience: new.audience,
        name: new.name,
        channel: new.channel,
        credential,
        secret: 1,
        secret_overlap: None,
        created_at: now,
        health: Health::default(),
    };
    flow.store.save_destination(&destination).await?;
    Ok(Added { id, secret: secret_of(flow, &destination) })
}

fn check(new: &NewDestination) -> Result<(), NotAdded> {
    let unfit = |why| Err(NotAdded::Unfit(why));
    match (&new.channel, new.audience, &new.office) {
        (_, Audience::Citizen, Some(_)) => {
            unfit("citizens are told by the centre, not by an office: leave --office out")
        }
        (Channel::EdxmlPush(_) | Channel::EdxmlFolder { .. }, Audience::Citizen, _) => {
            unfit("a document system belongs to an office, not to citizens")
        }
        (Channel::EdxmlPush(_) | Channel::EdxmlFolder { .. }, _, None) => {
            unfit("a document system belongs to an office: name it with --office")
        }
        (Channel::Gateway(_), Audience::Office, _) => unfit("short messages go to citizens: add --citizens"),
        (Channel::Email { to: None, .. }, Audience::Office, _) => unfit("say to whom letters go: --to"),
        _ => Ok(()),
    }
}

fn secret_of(flow: &Flow, destination: &Destination) -> Option<String> {
    matches!(destination.channel, Channel::Webhook(_)).then(|| {
        let bytes = flow.vault.signing_secret(destination.id, destination.secret);
        format!("whsec_{}", STANDARD.encode(bytes))
    })
}

/// Puts a new signing secret into force; for a day the one before signs too. None where there is no such webhook.
pub async fn rotate(flow: &Flow, id: DestinationId) -> Result<Option<Added>, StoreError> {
    let (center, now) = (flow.center_id(), flow.clock.now());
    if !flow.store.rotate_secret(&center, id, now.plus(OVERLAP)).await? {
        return Ok(None);
    }
    let all = flow.store.destinations(&center).await?;
    let rotated = all.iter().find(|destination| destination.id == id);
    Ok(rotated.map(|destination| Added { id, secret: secret_of(flow, destination) }))
}

/// Until when the pushing of a destination's office is approved. The centre's own need none.
pub fn approved_until(approvals: &[(Option<OfficeId>, Timestamp)], destination: &Destination) -> Option<Timestamp> {
    approvals.iter().find(|(office, _)| *office == destination.office).map(|(_, until)| *until)
}

/// Whether something may be pushed to it now.
pub fn is_approved(approvals: &[(Option<OfficeId>, Timestamp)], destination: &Destination, now: Timestamp) -> bool {
    let exempt = !destination.channel.needs_approval() || destination.office.is_none();
    exempt || approved_until(approvals, destination).is_some_and(|until| until > now)
}

/// How a destination is.
pub fn condition(health: &Health, approved: bool, now: Timestamp) -> Condition {
    match health {
        Health { disabled_at: Some(_), .. } => Condition::Disabled,
        _ if !approved => Condition::Unapproved,
        Health { failing_since: Some(since), .. } if now.since(*since) >= DEAD_AFTER => Condition::Dead,
        Health { failing_since: Some(_), .. } => Condition::Failing,
        _ => Condition::Active,
    }
}

/// Every destination with how it is, what waits for it, and what was tried last.
pub async fn list(flow: &Flow) -> Result<Destinations, StoreError> {
    let (center, now) = (flow.center_id(), flow.clock.now());
    let approvals = flow.store.approvals(&center).await?;
    let mut items = vec![];
    for destination in flow.store.destinations(&center).await? {
        let waiting = flow.store.waiting(destination.id).await?;
        let attempts = flow.store.last_attempts(destination.id, SHOWN).await?;
        let before = flow.store.told_before(destination.id).await?;
        let approved = is_approved(&approvals, &destination, now);
        items.push(DestinationView {
            approved_until: approved_until(&approvals, &destination),
            state: condition(&destination.health, approved, now),
            id: destination.id,
            name: destination.name.to_string(),
            office: destination.office,
            audience: destination.audience,
            channel: destination.channel,
            failing_since: destination.health.failing_since,
            disabled_at: destination.health.disabled_at,
            delivered_at: destination.health.delivered_at,
            undelivered: waiting.undelivered,
            oldest_undelivered: waiting.oldest,
            quarantined: waiting.quarantined,
            before: before.into_iter().map(ToldBefore::from).collect(),
            attempts: attempts
                .into_iter()
                .map(|(delivery, attempt)| DestinationAttempt { delivery, attempt })
                .collect(),
        });
    }
    Ok(Destinations { items, next: None })
}

/// The same for an administrator alone.
pub async fn listed(flow: &Flow, caller: &super::Caller) -> Result<Destinations, Rejection> {
    match caller {
        super::Caller::Anyone => Err(Rejection::Unauthorized),
        key if key.is_admin() => Ok(list(flow).await?),
        super::Caller::Key { .. } => Err(Rejection::NotFound),
    }
}

/// What other systems were told of a ticket; never how its citizen can be reached.
pub async fn of_ticket(flow: &Flow, centre: &Centre, ticket: &Ticket) -> Result<Vec<DeliveryView>, Rejection> {
    let tracked = flow.store.deliveries_of_ticket(&centre.id, ticket.id).await?;
    if tracked.is_empty() {
        return Ok(vec![]);
    }
    let destinations = flow.store.destinations(&centre.id).await?;
    let shown = |(tracked, attempts): (TrackedDelivery, Vec<Attempt>)| {
        let destination = destinations.iter().find(|known| known.id == tracked.delivery.destination);
        DeliveryView {
            id: tracked.delivery.id,
            destination: destination.map(|known| known.name.to_string()),
            channel: destination.map(|known| known.channel.word()),
            purpose: tracked.delivery.purpose,
            state: tracked.stage,
            receipt: tracked.receipt,
            created_at: tracked.delivery.created_at,
            next_at: tracked.next_at,
            attempts,
        }
    };
    Ok(tracked.into_iter().map(shown).collect())
}
