//! A report of our own goes the whole way: taken in, placed, queued, claimed, settled, through the very code that every
//! report goes through, and is removed again.
//!
//! It lives in a centre of its own beside the real one, with the same map, rules and hours: whatever lists, counts, tells
//! or publishes a centre's reports never meets it, and its events are not sealed.

use std::sync::Arc;

use arc_swap::ArcSwap;
use serde_json::json;
use uuid::Uuid;

use super::{
    Flow, checks,
    claim::{self, Basis},
    handle::{self, Act},
    look,
    pulse::Pulse,
    submit::{self, Parcel, Taken},
};
use crate::{
    domain::{
        category::Level,
        check::{Check, Verdict},
        clock::MINUTE,
        ids::{CategoryCode, CommuneCode, KeyId, OfficeId},
        position::Position,
        text::Description,
        ticket::State,
    },
    identity::{Caller, Scope},
};

/// Each so many minutes it is another commune's turn.
const TURN: i64 = 5 * MINUTE;
/// How long it is claimed for.
const LEASE_SECONDS: i64 = 60;

/// Where a report of our own can get stuck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// What it left is cleared away.
    Removal,
    /// A place for it is chosen.
    Point,
    /// It is taken in.
    Accept,
    /// It is placed and assigned.
    Place,
    /// It stands in the queue.
    Queue,
    /// A machine claims it.
    Claim,
    /// It is settled.
    Settle,
    /// It took too long.
    Time,
}

impl Step {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Removal => "removal",
            Self::Point => "point",
            Self::Accept => "accept",
            Self::Place => "place",
            Self::Queue => "queue",
            Self::Claim => "claim",
            Self::Settle => "settle",
            Self::Time => "time",
        }
    }
}

/// It did not go the whole way.
#[derive(Debug, thiserror::Error)]
#[error("a test report stopped at {}: {why}", .step.word())]
pub struct Silent {
    /// Where.
    pub step: Step,
    /// For the log.
    pub why: String,
}

impl Silent {
    /// At this step.
    pub fn at(step: Step, why: &(impl ToString + ?Sized)) -> Self {
        Self { step, why: why.to_string() }
    }
}

impl Flow {
    /// The same for self-checks: in the centre of this one's canary, heard by nobody.
    fn canary(&self) -> Self {
        let centre = Arc::new(ArcSwap::from_pointee(self.centre().canary()));
        Self { centre, pulse: Pulse::default(), ..self.clone() }
    }
}

/// Sends a report the whole way and removes it, also what an earlier one has left.
pub async fn sing(flow: &Flow) -> Result<(), Silent> {
    let canary = flow.canary();
    let clear = async || {
        let cleared = canary.store.forget_canary(&canary.center_id()).await;
        cleared.map_err(|why| Silent::at(Step::Removal, &why))
    };
    clear().await?;
    let sung = whole_way(&canary).await;
    let cleared = clear().await;
    sung.and(cleared)
}

/// What people read of it.
pub fn check(sung: &Result<(), Silent>) -> Check {
    match sung {
        Ok(()) => checks::said("canary", Verdict::Ok, "ok", &[("age", &checks::span(0))]),
        Err(silent) => {
            let step = checks::say(&format!("step_{}", silent.step.word()), &[]);
            checks::said("canary", Verdict::Alarm, "bad", &[("step", &step)])
        }
    }
}

async fn whole_way(flow: &Flow) -> Result<(), Silent> {
    let (category, commune, position) = choice(flow)?;
    let office = expected(flow, &category, &commune)?;

    let body = json!({
        "category": category, "description": "Tự kiểm tra",
        "position": {"lon": position.lon(), "lat": position.lat()},
    });
    let parcel = Parcel { body, photos: vec![], idempotency_key: None, device: None };
    let taken = submit::submit(flow, parcel, &Caller::Anyone).await;
    let Taken::New(receipt) = taken.map_err(|why| Silent::at(Step::Accept, &why))? else {
        return Err(Silent::at(Step::Accept, "it was taken for another report"));
    };
    if receipt.placement.commune.as_ref() != Some(&commune) || receipt.office.id != office {
        let why = format!("{commune} became {:?} of {}", receipt.placement.commune, receipt.office.id);
        return Err(Silent::at(Step::Place, &why));
    }

    let official = official(flow, &office);
    let page =
        look::queue(flow, &official, &office, &[], None, 2).await.map_err(|why| Silent::at(Step::Queue, &why))?;
    if !matches!(page.items.as_slice(), [only] if only.code == receipt.code) {
        return Err(Silent::at(Step::Queue, &format!("{} tickets stand where one should", page.items.len())));
    }

    let claimed = claim::claim(flow, &official, &office, 1, LEASE_SECONDS).await;
    let claimed = claimed.map_err(|why| Silent::at(Step::Claim, &why))?;
    let claimed = claimed.first().ok_or_else(|| Silent::at(Step::Claim, "nothing was handed out"))?;
    let basis = Basis { version: Some(claimed.ticket.version), token: Some(claimed.lease.claim_token) };
    let answer = Description::parse("Tự kiểm tra").map_err(|why| Silent::at(Step::Settle, &why))?;
    let resolve = || Ok(Act::Resolve(answer, vec![]));
    let settled = handle::handle(flow, &official, claimed.ticket.id, basis, resolve, vec![]).await;
    let settled = settled.map_err(|why| Silent::at(Step::Settle, &why))?;
    if settled.status == State::Resolved { Ok(()) } else { Err(Silent::at(Step::Settle, settled.status.as_str())) }
}

/// Every commune has its turn.
fn choice(flow: &Flow) -> Result<(CategoryCode, CommuneCode, Position), Silent> {
    let centre = flow.centre();
    let mut categories = centre.routes.book().categories.iter();
    let category = categories.find(|category| category.level == Level::Commune && !category.retired);
    let category = category.ok_or_else(|| Silent::at(Step::Point, "no category is the communes' own"))?;
    let communes: Vec<_> = centre.served().collect();
    let turn = flow.clock.now().0.div_euclid(TURN).unsigned_abs();
    let first = usize::try_from(turn).unwrap_or_default().checked_rem(communes.len()).unwrap_or_default();
    let (before, after) = communes.split_at(first);
    let mut turns = after.iter().chain(before);
    let found = turns.find_map(|commune| Some((commune.code.clone(), centre.map_today().inside(&commune.code)?)));
    let (commune, position) = found.ok_or_else(|| Silent::at(Step::Point, "no commune has a place of its own"))?;
    Ok((category.code.clone(), commune, position))
}

fn expected(flow: &Flow, category: &CategoryCode, commune: &CommuneCode) -> Result<OfficeId, Silent> {
    let centre = flow.centre();
    let office = centre.routes.office_for(category, commune).map(|(office, _)| office.id.clone());
    office.ok_or_else(|| Silent::at(Step::Place, &format!("{category} in {commune} is nobody's")))
}

fn official(flow: &Flow, office: &OfficeId) -> Caller {
    Caller::Key {
        id: KeyId(Uuid::nil()),
        center: flow.center_id(),
        name: "canary".to_owned(),
        scopes: vec![Scope::Office(office.clone())],
    }
}
