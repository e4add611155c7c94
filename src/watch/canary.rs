//! Every five minutes a report of our own goes the whole way, by the leader; only then somebody outside is told.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::{SelfChecks, audit::is_due, dead_man::DeadMan, lead::Lead};
use crate::{
    domain::{
        check::{Check, Finding, Verdict},
        clock::{MINUTE, Timestamp},
    },
    flow::{
        Flow, Rejection, audit,
        canary::{self, Silent, Step},
        checks,
    },
};

/// Between two of them.
pub const CANARY: Duration = Duration::from_mins(5);
/// Between two looks whether one is due.
const LOOK: Duration = Duration::from_secs(5);
/// The whole way takes milliseconds; a citizen would not wait for longer than this either.
const PATIENCE: Duration = Duration::from_secs(30);
/// Nobody outside is told while one of these alarms: tickets are stuck.
const STUCK: [&str; 4] = ["tickets", "queues", "moments", "leases"];
/// Nor when the last audit is older.
const FRESH: i64 = 5 * MINUTE;

/// Sends one whenever it is due.
pub(super) async fn run(lead: &Lead, flow: &Flow, checks: &SelfChecks, stop: CancellationToken) {
    let Some(pause) = checks.canary else { return };
    let (started, last) = (flow.clock.now(), Mutex::new(None));
    let last = &last;
    lead.every("canary", pause.min(LOOK), stop, |flow| async move {
        let mut last = last.lock().await;
        let now = flow.clock.now();
        let known = match *last {
            Some(last) => last,
            None => sung_last(&flow).await.map_err(|why| why.to_string())?.unwrap_or(started),
        };
        if is_due(Some(known), pause, now) {
            sing(&flow, checks.dead_man.as_ref()).await.map_err(|why| why.to_string())?;
            *last = Some(now);
        }
        Ok(())
    })
    .await;
}

/// When any leader sent one last.
async fn sung_last(flow: &Flow) -> Result<Option<Timestamp>, Rejection> {
    let findings = flow.store.findings(&flow.center_id()).await?;
    Ok(findings.into_iter().find(|finding| finding.check.name == "canary").map(|finding| finding.at))
}

/// Sends a report of our own the whole way, tells what became of it, and tells whoever is outside if all is well.
/// Whether it went the whole way.
pub async fn sing(flow: &Flow, dead_man: Option<&DeadMan>) -> Result<bool, Rejection> {
    let sung = tokio::time::timeout(PATIENCE, canary::sing(flow)).await;
    let sung = sung.unwrap_or_else(|_| Err(Silent::at(Step::Time, "it took more than half a minute")));
    if let Err(silent) = &sung {
        tracing::error!(%silent, "the canary is silent");
    }
    let findings = flow.store.findings(&flow.center_id()).await?;
    let told = tell(dead_man, sung.is_ok() && is_well(&findings, flow.clock.now())).await;
    audit::keep(flow, vec![canary::check(&sung), told]).await?;
    Ok(sung.is_ok())
}

/// Whether the auditor looks, and finds no ticket stuck.
fn is_well(findings: &[Finding], now: Timestamp) -> bool {
    let of = |name: &str| findings.iter().find(|finding| finding.check.name == name);
    let fresh = of("tickets").is_some_and(|finding| now.since(finding.at) <= FRESH);
    fresh && STUCK.iter().filter_map(|name| of(name)).all(|finding| finding.check.verdict != Verdict::Alarm)
}

async fn tell(dead_man: Option<&DeadMan>, well: bool) -> Check {
    let Some(dead_man) = dead_man else { return checks::said("dead_man", Verdict::Warn, "none", &[]) };
    if !well {
        return checks::said("dead_man", Verdict::Warn, "held", &[]);
    }
    match dead_man.tell().await {
        Ok(()) => checks::said("dead_man", Verdict::Ok, "ok", &[]),
        Err(why) => {
            tracing::error!(%why, "the dead-man's switch was not told");
            checks::said("dead_man", Verdict::Alarm, "bad", &[])
        }
    }
}
