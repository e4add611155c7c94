//! How everything stands: what this process sees of itself, and what the leader's audit has found last.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Serialize;
use utoipa::ToSchema;

use super::{Flow, checks, words::same};
use crate::{
    domain::{
        check::{Check, Finding, Verdict},
        clock::{MINUTE, Timestamp},
        ids::CenterId,
        names::Names,
    },
    media,
    store::{Store, StoreError},
};

/// The check that all others of the audit rest on.
const DATABASE: &str = "database";
/// A database that does not answer within this time does not answer.
const ANSWERS: Duration = Duration::from_secs(3);
/// Megabytes.
const MB: u64 = 1 << 20;
/// Even where photos leave nothing free, the database needs this much.
const LEAST_FREE: u64 = 256 * MB;
/// From when on it is worth a look, and from when on an alarm.
const CLOCK: (i64, i64) = (5_000_000, 10 * MINUTE);
const LEAD: (i64, i64) = (MINUTE / 2, 2 * MINUTE);
const WAL_MB: (i64, i64) = (256, 1_024);
const AUDIT: (i64, i64) = (3 * MINUTE, 10 * MINUTE);
const CANARY: (i64, i64) = (11 * MINUTE, 16 * MINUTE);

/// A check as everybody may see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CheckView {
    /// A stable word.
    pub name: String,
    /// How it stands.
    pub state: Verdict,
    /// Since when.
    pub since: Timestamp,
    /// When it was made last.
    pub at: Timestamp,
    /// What was measured.
    pub value: Option<f64>,
    /// Of the value; empty for a mere count.
    pub unit: String,
    /// One sentence.
    pub text: Names,
}

/// How everything stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Status {
    /// The worst of all checks.
    pub state: Verdict,
    /// When this was told.
    pub at: Timestamp,
    /// Every check, by name.
    pub checks: Vec<CheckView>,
}

impl From<Finding> for CheckView {
    fn from(finding: Finding) -> Self {
        let Finding { check, at, since, .. } = finding;
        let Check { name, verdict, value, unit, text } = check;
        Self { name, state: verdict, since, at, value, unit, text }
    }
}

impl Status {
    /// Of these checks; of two with one name the worse one is told.
    pub fn of(mut findings: Vec<Finding>, at: Timestamp) -> Self {
        findings.sort_by(|one, other| {
            let worst_first = other.check.verdict.cmp(&one.check.verdict);
            one.check.name.cmp(&other.check.name).then(worst_first)
        });
        findings.dedup_by(|later, first| later.check.name == first.check.name);
        let state = findings.iter().map(|finding| finding.check.verdict).max().unwrap_or(Verdict::Ok);
        Self { state, at, checks: findings.into_iter().map(CheckView::from).collect() }
    }

    /// The check of that name.
    pub fn check(&self, name: &str) -> Option<&CheckView> {
        self.checks.iter().find(|check| check.name == name)
    }
}

/// How everything stands, as far as this process can tell.
pub async fn status(flow: &Flow) -> Status {
    let now = flow.clock.now();
    let mut findings: Vec<Finding> = own(flow).await.into_iter().map(|check| flow.vitals.keep(check, now)).collect();
    // Where the database does not answer, nobody waits for it twice.
    if findings.iter().all(|finding| finding.check.name != DATABASE || finding.check.verdict == Verdict::Ok) {
        match kept(&flow.store, &flow.center_id(), now).await {
            Ok(kept) => findings.extend(kept),
            Err(why) => tracing::warn!(%why, "what the audit has found cannot be read"),
        }
    }
    Status::of(findings, now)
}

/// What the leader has found last, and whether it still looks.
pub async fn kept(store: &Store, center: &CenterId, now: Timestamp) -> Result<Vec<Finding>, StoreError> {
    let mut kept = store.findings(center).await?;
    let audited = kept.iter().find(|finding| finding.check.name == "tickets").map(|finding| finding.at);
    kept.push(last("audit", audited, AUDIT, now));
    match kept.iter_mut().find(|finding| finding.check.name == "canary") {
        Some(canary) => {
            let late = Verdict::rising(now.since(canary.at), CANARY);
            if late > canary.check.verdict {
                let text = checks::say("canary_late", &[("age", &checks::span(now.since(canary.at)))]);
                (canary.check.verdict, canary.check.text, canary.since) = (late, text, canary.at);
            }
        }
        None => kept.push(last("canary", None, CANARY, now)),
    }
    Ok(kept)
}

/// A check of when something was done last.
fn last(name: &str, at: Option<Timestamp>, bounds: (i64, i64), now: Timestamp) -> Finding {
    let check = match at {
        Some(at) => checks::aged(name, now.since(at), 0, bounds),
        None => checks::said(name, Verdict::Warn, "none", &[]),
    };
    let at = at.unwrap_or(now);
    Finding { check, at: now, since: at, told: None, open: false }
}

/// What this process sees of itself and of the machine below it.
pub async fn own(flow: &Flow) -> Vec<Check> {
    let now = flow.clock.now();
    let center = flow.center_id();
    let reached = tokio::time::timeout(ANSWERS, flow.store.lead_until(&center)).await;
    let verdict = if matches!(reached, Ok(Ok(_))) { Verdict::Ok } else { Verdict::Alarm };
    let mut made = vec![checks::said(DATABASE, verdict, checks::which(verdict), &[])];
    if let Ok(Ok(Some(until))) = reached {
        made.push(checks::aged("lead", now.since(until), 0, LEAD));
    }
    let file = flow.store.file();
    made.push(disk(flow.darkroom.originals().room(), file.as_deref()));
    made.extend(flow.store.wal_bytes().map(wal));
    made.extend(flow.clock.strays().map(|strays| checks::aged("clock", strays.saturating_abs(), 0, CLOCK)));
    made.push(loops(flow, now));
    made
}

fn loops(flow: &Flow, now: Timestamp) -> Check {
    let loops = flow.vitals.loops(now);
    let verdict = match (loops.still, loops.late.first()) {
        (true, _) => Verdict::Alarm,
        (false, Some(_)) => Verdict::Warn,
        (false, None) => Verdict::Ok,
    };
    let names: Vec<_> = loops.late.iter().map(|(name, _)| *name).collect();
    let age = loops.late.first().map_or(0, |(_, at)| now.since(*at));
    let blanks =
        [("count", &same(loops.count.to_string())), ("loops", &same(names.join(", "))), ("age", &checks::span(age))];
    let check = checks::said("loops", verdict, checks::which(verdict), &blanks);
    #[expect(clippy::cast_precision_loss, reason = "a handful")]
    let late = names.len() as f64;
    Check { value: Some(late), ..check }
}

/// Free disk where photos and the database lie, whichever has less; `room` is what is free and what photos leave.
pub fn disk(room: Option<(u64, u64)>, database: Option<&Path>) -> Check {
    let folder = database
        .and_then(Path::parent)
        .map(|folder| if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.to_path_buf() });
    let beside = folder.and_then(|folder| media::free_bytes(&folder));
    let reserve = room.map_or(0, |(_, reserve)| reserve);
    let Some(free) = room.map(|(free, _)| free).into_iter().chain(beside).min() else {
        return checks::said("disk", Verdict::Warn, "none", &[]);
    };
    let least = reserve.max(LEAST_FREE);
    let verdict = match free {
        _ if free < least => Verdict::Alarm,
        _ if free < 2 * least => Verdict::Warn,
        _ => Verdict::Ok,
    };
    checks::counted("disk", verdict, megabytes(free), "MB")
}

fn wal(bytes: u64) -> Check {
    let size = megabytes(bytes);
    checks::counted("wal", Verdict::rising(size, WAL_MB), size, "MB")
}

fn megabytes(bytes: u64) -> i64 {
    i64::try_from(bytes / MB).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(name: &str, verdict: Verdict) -> Finding {
        let check = checks::said(name, verdict, "ok", &[]);
        Finding { check, at: Timestamp(2), since: Timestamp(1), told: None, open: false }
    }

    #[test]
    fn the_whole_is_as_bad_as_its_worst_part_and_each_name_is_told_once() {
        let all = vec![finding("wal", Verdict::Ok), finding("loops", Verdict::Ok), finding("loops", Verdict::Warn)];
        let status = Status::of(all, Timestamp(3));
        assert_eq!(status.state, Verdict::Warn);
        let told: Vec<_> = status.checks.iter().map(|check| (check.name.as_str(), check.state)).collect();
        assert_eq!(told, [("loops", Verdict::Warn), ("wal", Verdict::Ok)]);
        assert_eq!(Status::of(vec![], Timestamp(3)).state, Verdict::Ok);
    }

    #[test]
    fn a_disk_is_full_before_photos_have_taken_what_the_database_needs() {
        let verdict = |free, reserve| disk(Some((free * MB, reserve * MB)), None).verdict;
        assert_eq!(verdict(2_000, 1_024), Verdict::Warn);
        assert_eq!(verdict(1_000, 1_024), Verdict::Alarm);
        assert_eq!((verdict(300, 0), verdict(200, 0), verdict(3_000, 0)), (Verdict::Warn, Verdict::Alarm, Verdict::Ok));
        assert_eq!(disk(None, None).verdict, Verdict::Warn, "what cannot be told is no good news");
    }

    #[test]
    fn a_log_that_grows_is_noticed() {
        assert_eq!(wal(10 * MB).verdict, Verdict::Ok);
        assert_eq!(wal(2_000 * MB).verdict, Verdict::Alarm);
    }
}
