//! What runs unattended: moments that have come, sealing of the chain, taking over changed settings, tickets that follow a
//! re-drawn map, the clock; and what looks whether all of that happens: auditor, canary, the outside dead-man's switch.
//!
//! Each loop beats on its own, tells its trouble in the log, and beats again; none can stop another.

mod audit;
mod backup;
mod canary;
mod dead_man;
mod lead;
mod relay;

use std::{
    future::{Future, ready},
    time::Duration,
};

use tokio_util::sync::CancellationToken;

pub use self::{
    audit::{AUDIT, audit},
    canary::{CANARY, sing},
    dead_man::{BadUrl, DeadMan},
};

use self::lead::Lead;
use crate::{
    domain::{clock::DAY, followed::Asked},
    flow::{Flow, claim, develop, elapse, feed, hours, ladder, redrawn, retention},
};

/// Between two looks for moments that have come.
const ELAPSE: Duration = Duration::from_secs(2);
/// Between two sealings: an event stands unsealed for at most this long, and this is the window that `verify` states.
const SEAL: Duration = Duration::from_secs(3);
/// Between two looks for changed settings; changes are in force within 5 s.
const REFRESH: Duration = Duration::from_secs(2);
/// Between two samples of the database's clock: a machine that was suspended is behind it for no longer.
const CLOCK: Duration = Duration::from_secs(5);
/// Between two looks for what is kept no longer.
const RETENTION: Duration = Duration::from_hours(1);
/// Between two looks for photos that wait, of another instance or from before a crash; one's own are cleaned at once.
const PHOTOS: Duration = Duration::from_secs(2);
/// Between two looks for uploads that were abandoned.
const SWEEP: Duration = Duration::from_mins(5);
/// Between two looks for rungs that nobody was told of.
const LADDER: Duration = Duration::from_secs(5);
/// Between two measurements of what waits.
const GAUGES: Duration = Duration::from_secs(15);
/// How long a retry with the same idempotency key is answered as the first time.
const KEYS_ARE_KEPT: i64 = 60 * DAY;
/// Events sealed in one transaction.
const SEALED_AT_ONCE: i64 = 500;

/// How this instance looks after itself.
#[derive(Debug, Clone)]
pub struct SelfChecks {
    /// Between two audits.
    pub audit: Duration,
    /// Between two reports of our own; None: there are none, and nobody outside is told.
    pub canary: Option<Duration>,
    /// Who outside is told that all is well.
    pub dead_man: Option<DeadMan>,
}

impl Default for SelfChecks {
    fn default() -> Self {
        Self { audit: AUDIT, canary: Some(CANARY), dead_man: None }
    }
}

/// Runs every loop until the token is cancelled. What changes tickets and what seals runs on one of all instances.
pub async fn run(flow: Flow, checks: SelfChecks, stop: CancellationToken) {
    let (lead, backups) = (Lead::new(&flow), backup::Backups::default());
    tokio::join!(
        lead.keep(&flow, stop.clone()),
        lead.every("elapse", ELAPSE, stop.clone(), |flow| async move {
            elapse::elapse(&flow).await.map(drop).map_err(|e| e.to_string())
        }),
        lead.every("rescue", ELAPSE, stop.clone(), |flow| async move {
            claim::rescue(&flow).await.map(drop).map_err(|e| e.to_string())
        }),
        lead.every("seal", SEAL, stop.clone(), |flow| async move { seal(&flow).await.map(drop) }),
        lead.every("redrawn", REFRESH, stop.clone(), |flow| async move {
            redrawn::follow(&flow).await.map(drop).map_err(|e| e.to_string())
        }),
        lead.every("sweep", SWEEP, stop.clone(), |flow| async move {
            develop::sweep(&flow).await.map_err(|e| e.to_string())
        }),
        lead.every("retention", RETENTION, stop.clone(), |flow| async move { forget(&flow).await }),
        lead.every("ladder", LADDER, stop.clone(), |flow| async move {
            ladder::tell(&flow).await.map(drop).map_err(|e| e.to_string())
        }),
        lead.every("calendar", RETENTION, stop.clone(), |flow| async move {
            hours::warn(&flow).await.map_err(|e| e.to_string())
        }),
        lead.every("backup", backup::LOOK, stop.clone(), |flow| ready(backups.beat(flow, stop.clone()))),
        audit::run(&lead, checks.audit, stop.clone()),
        canary::run(&lead, &flow, &checks, stop.clone()),
        relay::tell(&flow, stop.clone()),
        relay::hear(&flow, stop.clone()),
        every(&flow, "refresh", REFRESH, stop.clone(), || async {
            flow.refresh().await.map(drop).map_err(|e| e.to_string())
        }),
        photos(&flow, stop.clone()),
        every(&flow, "gauges", GAUGES, stop.clone(), || async { gauge(&flow).await }),
        every(&flow, "clock", CLOCK, stop.clone(), || async { sample(&flow).await }),
    );
}

async fn every<W, F>(flow: &Flow, name: &'static str, pause: Duration, stop: CancellationToken, work: W)
where
    W: Fn() -> F,
    F: Future<Output = Result<(), String>>,
{
    flow.vitals.begin(name, pause, flow.clock.now());
    while stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_some() {
        match work().await {
            Ok(()) => {
                flow.vitals.beat(name, flow.clock.now());
                metrics::counter!("ioc_loop_beats_total", "loop" => name).increment(1);
            }
            Err(why) => {
                metrics::counter!("ioc_loop_errors_total", "loop" => name).increment(1);
                tracing::error!(loop_name = name, %why, "a loop failed and goes on");
            }
        }
    }
}

/// Cleans photos as soon as they wait.
async fn photos(flow: &Flow, stop: CancellationToken) {
    let beat = || async {
        let rung = tokio::time::timeout(PHOTOS, flow.darkroom.rung()).await;
        drop(rung);
        stop.run_until_cancelled(develop::develop(flow)).await.unwrap_or(Ok(())).map_err(|e| e.to_string())
    };
    every(flow, "photos", Duration::ZERO, stop.clone(), beat).await;
}

/// Seals everything that waits; how many events.
pub async fn seal(flow: &Flow) -> Result<i64, String> {
    let mut sealed = 0;
    loop {
        let now = flow.clock.now();
        let count = flow.store.seal(now, SEALED_AT_ONCE).await.map_err(|why| why.to_string())?;
        sealed += count;
        if count < SEALED_AT_ONCE {
            return Ok(sealed);
        }
    }
}

/// Everything once, in order: for tests and replays that move the clock by hand.
pub async fn tick(flow: &Flow) -> Result<u64, String> {
    flow.refresh().await.map_err(|why| why.to_string())?;
    redrawn::follow(flow).await.map_err(|why| why.to_string())?;
    develop::develop(flow).await.map_err(|why| why.to_string())?;
    let rescued = claim::rescue(flow).await.map_err(|why| why.to_string())?;
    let changed = elapse::elapse(flow).await.map_err(|why| why.to_string())?;
    ladder::tell(flow).await.map_err(|why| why.to_string())?;
    hours::warn(flow).await.map_err(|why| why.to_string())?;
    seal(flow).await?;
    Ok(rescued + changed)
}

async fn forget(flow: &Flow) -> Result<(), String> {
    let before = flow.clock.now().plus(-KEYS_ARE_KEPT);
    let forgotten = flow.store.forget_keys(before).await.map_err(|why| why.to_string())?;
    tracing::info!(forgotten, "idempotency keys of more than 60 days ago");
    let forgotten = feed::forget(flow).await.map_err(|why| why.to_string())?;
    tracing::info!(forgotten, "entries of feeds beyond what is kept");
    retention::forget(flow).await.map_err(|why| why.to_string())?;
    Ok(())
}

/// What waits: events for the chain, tickets for their moment.
#[expect(clippy::cast_precision_loss, reason = "counts below 2^52")]
async fn gauge(flow: &Flow) -> Result<(), String> {
    let unsealed = flow.store.count_unsealed().await.map_err(|why| why.to_string())?;
    let due = flow.store.count_due(&flow.center_id(), flow.clock.now()).await.map_err(|why| why.to_string())?;
    metrics::gauge!("ioc_events_unsealed").set(unsealed as f64);
    let photos = flow.store.count_waiting_uploads(&flow.center_id()).await.map_err(|why| why.to_string())?;
    metrics::gauge!("ioc_photos_waiting").set(photos as f64);
    metrics::gauge!("ioc_tickets_due").set(due as f64);
    Ok(())
}

async fn sample(flow: &Flow) -> Result<(), String> {
    let asked = Asked::now();
    let theirs = flow.store.database_now().await.map_err(|why| why.to_string())?;
    flow.clock.follow(asked.answered(theirs));
    Ok(())
}
