//! A delivery is claimed, tried and settled.

use futures::future::join_all;

use super::{Courier, compose::Story, document, email, gateway, pace, texts, webhook};
use crate::{
    domain::{
        clock::{MINUTE, Timestamp},
        delivery::{BREAKS_AFTER, Channel, Destination, Purpose, Stage},
        ids::NoticeId,
        names::Names,
    },
    flow::{Flow, Rejection, destinations::DEAD_AFTER},
    store::{Notice, Settlement, Sign, TrackedDelivery},
};

/// Longer than any attempt lasts.
const LEASE: i64 = MINUTE;
/// Attempts at one destination at the same time; a document system is told one thing after another.
const HANDS: i64 = 4;
/// With so many attempts that never came back a delivery is taken out.
const POISON: i64 = 3;
/// Failing for so long is worth a word to people.
const WORTH_A_WORD: i64 = 60 * MINUTE;

/// What came of an attempt.
pub enum Outcome {
    /// The receiver has it.
    Taken(Option<i64>),
    /// The receiver does not have it, or nobody knows.
    Failed {
        /// Status of the answer.
        status: Option<i64>,
        /// For people.
        detail: String,
        /// What the receiver asks for, in microseconds.
        retry_after: Option<i64>,
        /// It may have arrived all the same.
        unsure: bool,
    },
    /// The receiver wants no more.
    Gone,
    /// It need not, or cannot, be sent any more.
    Needless(String),
    /// This side could not write it just now: that says nothing of the destination.
    Hindered(String),
}

impl Outcome {
    /// It need not be sent any more.
    pub fn needless(why: &str) -> Self {
        Self::Needless(why.to_owned())
    }

    /// A failure of our own making: nothing was sent.
    pub fn unsent(detail: impl Into<String>) -> Self {
        Self::Failed { status: None, detail: detail.into(), retry_after: None, unsure: false }
    }
}

impl Courier {
    /// Everything that is due for one destination, until nothing is.
    pub(super) async fn serve(&self, destination: &Destination) {
        loop {
            match self.serve_some(destination).await {
                Ok(0) => return,
                Ok(_) => {}
                Err(why) => {
                    tracing::error!(destination = %destination.id, %why, "deliveries could not be claimed or settled");
                    return;
                }
            }
        }
    }

    async fn serve_some(&self, destination: &Destination) -> Result<usize, Rejection> {
        let now = self.flow.clock.now();
        let hands = if destination.channel.is_edxml() { 1 } else { HANDS };
        let claimed = self.flow.store.claim_deliveries(destination.id, now, now.plus(LEASE), hands).await?;
        let tried = claimed.iter().map(|claimed| self.try_one(destination, claimed));
        for done in join_all(tried).await {
            done?;
        }
        Ok(claimed.len())
    }

    async fn try_one(&self, destination: &Destination, claimed: &TrackedDelivery) -> Result<(), Rejection> {
        let doubtful = claimed.unended > 1 && at_most_once(destination, claimed);
        let outcome = if claimed.unended > POISON {
            return self.quarantine(claimed, None, "three attempts never came back").await;
        } else if doubtful {
            Ok(Outcome::needless("it may have been sent before: a person is told at most once"))
        } else {
            // In a task of its own: what panics there is an attempt that never came back.
            let (courier, to, what) = (self.clone(), destination.clone(), claimed.clone());
            tokio::spawn(async move { courier.send(&to, &what).await }).await
        };
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(why) => {
                tracing::error!(delivery = %claimed.delivery.id, %why, "an attempt broke down");
                return self.broke_down(claimed).await;
            }
        };
        self.settle(destination, claimed, outcome).await
    }

    async fn send(&self, destination: &Destination, claimed: &TrackedDelivery) -> Outcome {
        let sent = if claimed.delivery.purpose == Purpose::Notice {
            self.send_notice(destination, claimed).await
        } else {
            self.send_story(destination, claimed).await
        };
        sent.unwrap_or_else(|why| Outcome::Hindered(why.to_string()))
    }

    async fn send_notice(&self, to: &Destination, claimed: &TrackedDelivery) -> Result<Outcome, Rejection> {
        let notice = self.flow.store.notice(&self.flow.center_id(), NoticeId(claimed.delivery.subject)).await?;
        let Some(notice) = notice else { return Ok(Outcome::needless("the notice is gone")) };
        Ok(match &to.channel {
            Channel::Webhook(door) => webhook::send_notice(self, to, door, claimed, &notice).await,
            Channel::Email { .. } => email::send_notice(self, to, claimed, &notice).await,
            Channel::EdxmlPush(_) | Channel::EdxmlFolder { .. } => {
                document::send_notice(self, to, claimed, &notice).await
            }
            Channel::Gateway(_) => Outcome::needless("this channel carries no notices"),
        })
    }

    async fn send_story(&self, to: &Destination, claimed: &TrackedDelivery) -> Result<Outcome, Rejection> {
        let Some(story) = Story::of(&self.flow, claimed).await? else {
            return Ok(Outcome::needless("what it was about is gone"));
        };
        match &to.channel {
            Channel::Webhook(door) => Ok(webhook::send(self, to, door, claimed, &story).await),
            Channel::EdxmlPush(_) | Channel::EdxmlFolder { .. } => document::send(self, to, claimed, &story).await,
            Channel::Email { .. } => Ok(email::send(self, to, claimed, &story).await),
            Channel::Gateway(gateway) => Ok(gateway::send(self, to, gateway, claimed, &story).await),
        }
    }

    async fn settle(&self, to: &Destination, claimed: &TrackedDelivery, outcome: Outcome) -> Result<(), Rejection> {
        let (flow, now) = (&self.flow, self.flow.clock.now());
        let mut settled = Settlement {
            claimed,
            at: now,
            outcome: "delivered",
            status: None,
            detail: "",
            stage: Stage::Delivered,
            next_at: None,
            crashed: false,
            sign: Sign::Well,
        };
        let words;
        match outcome {
            Outcome::Taken(status) => settled.status = status,
            Outcome::Gone => {
                (settled.outcome, settled.status, settled.detail) = ("refused", Some(410), "it wants no more");
                (settled.stage, settled.sign) = (Stage::Parked, Sign::Gone);
                let about = format!("{} {}", to.id, now.day());
                raise(flow, "destination_disabled", to.office.as_ref(), &about, &[("name", to.name.as_str())]).await?;
            }
            Outcome::Needless(why) => {
                words = why;
                (settled.outcome, settled.detail, settled.stage) = ("cancelled", &words, Stage::Cancelled);
                settled.sign = Sign::None;
            }
            Outcome::Hindered(why) => {
                words = why;
                (settled.outcome, settled.detail, settled.sign) = ("failed", &words, Sign::None);
                (settled.stage, settled.next_at) = (Stage::Pending, Some(now.plus(LEASE)));
            }
            Outcome::Failed { status, detail, retry_after, unsure } => {
                words = detail;
                (settled.outcome, settled.status, settled.detail) = ("failed", status, &words);
                let failures = to.health.failures + 1;
                settled.sign = Sign::Ill(pace::next_probe(failures, now, &flow.entropy));
                let first = claimed.first_at.unwrap_or(now);
                let next = pace::next_attempt(first, now, retry_after, &flow.entropy);
                (settled.stage, settled.next_at) = match next {
                    _ if unsure && at_most_once(to, claimed) => (Stage::Cancelled, None),
                    Some(next) => (Stage::Pending, Some(next)),
                    None if failures >= BREAKS_AFTER => (Stage::Parked, None),
                    None => return self.quarantine(claimed, status, &words).await,
                };
            }
        }
        let word = settled.outcome.to_owned();
        if !flow.store.settle_delivery(&settled).await? {
            tracing::info!(delivery = %claimed.delivery.id, "the lease was lost or the delivery closed meanwhile");
        }
        metrics::counter!("ioc_delivery_attempts_total", "channel" => to.channel.word(), "outcome" => word)
            .increment(1);
        Ok(())
    }

    async fn broke_down(&self, claimed: &TrackedDelivery) -> Result<(), Rejection> {
        let now = self.flow.clock.now();
        let settled = Settlement {
            claimed,
            at: now,
            outcome: "failed",
            status: None,
            detail: "the attempt broke down on this side",
            stage: Stage::Pending,
            next_at: Some(now.plus(LEASE)),
            crashed: true,
            sign: Sign::None,
        };
        self.flow.store.settle_delivery(&settled).await?;
        Ok(())
    }

    /// Takes out what cannot be delivered although the destination lives, and says so.
    async fn quarantine(&self, claimed: &TrackedDelivery, status: Option<i64>, why: &str) -> Result<(), Rejection> {
        let now = self.flow.clock.now();
        let settled = Settlement {
            claimed,
            at: now,
            outcome: "failed",
            status,
            detail: why,
            stage: Stage::Quarantined,
            next_at: None,
            crashed: false,
            sign: Sign::None,
        };
        if self.flow.store.settle_delivery(&settled).await? {
            let center = self.flow.center_id();
            let ticket = match claimed.delivery.ticket {
                Some(id) => self.flow.store.ticket(&center, id).await?,
                None => None,
            };
            let code = ticket.as_ref().map(|ticket| ticket.code.to_string()).unwrap_or_default();
            let office = ticket.as_ref().map(|ticket| &ticket.office);
            let about = claimed.delivery.id.to_string();
            raise(&self.flow, "delivery_quarantined", office, &about, &[("code", &code)]).await?;
            metrics::counter!("ioc_deliveries_quarantined_total").increment(1);
        }
        Ok(())
    }
}

/// A person is told at most once: neither a letter nor a short message can be recognised as the same.
fn at_most_once(to: &Destination, claimed: &TrackedDelivery) -> bool {
    claimed.delivery.purpose == Purpose::Citizen && !matches!(to.channel, Channel::Webhook(_))
}

/// Failing destinations are counted, and people are told: after an hour, and when it is dead. Escalation reads the same
/// rows: `destination.failing_since`, and the notices of these kinds.
#[expect(clippy::cast_precision_loss, reason = "counts below 2^52")]
pub async fn raise_alarms(flow: &Flow, destinations: &[Destination]) -> Result<(), Rejection> {
    let now = flow.clock.now();
    let (mut failing, mut dead, mut oldest) = (0_i64, 0_i64, 0_i64);
    for to in destinations {
        let Some(since) = to.health.failing_since else { continue };
        failing += 1;
        oldest = oldest.max(now.since(since));
        let about = format!("{} {since}", to.id);
        let blanks = [("name", to.name.as_str()), ("since", &since.vietnam())];
        if to.health.failures >= BREAKS_AFTER && now.since(since) >= WORTH_A_WORD {
            raise(flow, "destination_failing", to.office.as_ref(), &about, &blanks).await?;
        }
        if now.since(since) >= DEAD_AFTER {
            dead += 1;
            raise(flow, "destination_dead", to.office.as_ref(), &about, &blanks).await?;
        }
    }
    metrics::gauge!("ioc_destinations_failing").set(failing as f64);
    metrics::gauge!("ioc_destinations_dead").set(dead as f64);
    metrics::gauge!("ioc_destination_failing_seconds").set(oldest as f64 / 1e6);
    Ok(())
}

/// Raises a notice in the words of the message file; once, however often it is raised.
pub async fn raise(
    flow: &Flow,
    kind: &str,
    office: Option<&crate::domain::ids::OfficeId>,
    about: &str,
    blanks: &[(&str, &str)],
) -> Result<(), Rejection> {
    let at: Timestamp = flow.clock.now();
    let text: Names = texts::say(kind, blanks);
    let notice = Notice {
        id: NoticeId(flow.entropy.uuid(at)),
        center: flow.center_id(),
        office: office.cloned(),
        kind: kind.to_owned(),
        about: about.to_owned(),
        at,
        text,
    };
    if flow.store.raise_notice(&notice).await? {
        tracing::warn!(kind, about, text = %notice.text.vi, "a notice was raised");
    }
    Ok(())
}
