//! The auditor: every open ticket has a queue and a next moment, nothing waits for nobody, and people hear of it where
//! that cannot be repaired.
//!
//! What a pure function gives back is given back: a next moment that is missing or too late is worked out again from the
//! ticket. Each round asks the indexes about all tickets, and reads a portion of them whole, so that after a few rounds
//! every one was read.

use std::sync::{Mutex, PoisonError};

use uuid::Uuid;

use super::{Centre, Flow, Rejection, checks, destinations::is_approved, status, words::say};
use crate::{
    domain::{
        check::{Check, Finding, Tell, Verdict},
        clock::{DAY, HOUR, MINUTE, Timestamp},
        ids::{CenterId, NoticeId, OfficeId, TicketId},
        ticket::Ticket,
    },
    queue,
    store::{Audited, Notice, Store, StoreError},
};

/// Notices about self-checks that alarm, and about those that do no longer.
pub const KIND: &str = "self_check_alarm";
/// The end of an alarm.
pub const KIND_OVER: &str = "self_check_over";

/// Rows read at a time.
const BATCH: i64 = 500;
/// Tickets that each round reads whole.
const PORTION: i64 = 4_000;
/// Upkeep of this kind was the last repair.
const REPAIR: &str = "repair";
/// So long a repair is told.
const REPAIR_TOLD: i64 = DAY;
/// Approvals that end within this time are told.
const APPROVAL_ENDS: i64 = 30 * DAY;
/// Checks that nobody has made for so long are another version's.
const FORGOTTEN: i64 = DAY;

/// From when on it is worth a look, and from when on an alarm.
const MOMENTS: (i64, i64) = (2 * MINUTE, 10 * MINUTE);
const DELIVERIES: (i64, i64) = (HOUR, DAY);
const ANNOUNCEMENTS: (i64, i64) = (2 * MINUTE, 15 * MINUTE);
const CHAIN: (i64, i64) = (MINUTE, 10 * MINUTE);
const PHOTOS: (i64, i64) = (15 * MINUTE, 2 * HOUR);
const BACKUP: (i64, i64) = (26 * HOUR, 7 * DAY);
const RESTORE: (i64, i64) = (8 * DAY, 30 * DAY);
/// Days that the calendar still knows.
const CALENDAR: (i64, i64) = (60, 7);

/// The last id that there can be.
pub const LAST: TicketId = TicketId(Uuid::max());

/// How far the reading of all tickets has come.
#[derive(Debug)]
pub struct Auditor {
    progress: Mutex<Progress>,
}

#[derive(Debug, Clone, Copy)]
struct Progress {
    after: TicketId,
    /// Beyond repair since the reading began anew.
    found: i64,
    /// Beyond repair in the whole reading before; None before there was one.
    before: Option<i64>,
}

impl Default for Auditor {
    fn default() -> Self {
        Self { progress: Mutex::new(Progress { after: TicketId(Uuid::nil()), found: 0, before: None }) }
    }
}

/// What was repaired, and what cannot be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Mended {
    /// Tickets that got their next moment back.
    pub repaired: u64,
    /// Tickets and reports beyond repair.
    pub lost: i64,
}

impl Auditor {
    /// One round: repairs, looks, keeps what was found, and tells people of alarms.
    pub async fn audit(&self, flow: &Flow) -> Result<Mended, Rejection> {
        let (centre, now) = (flow.centre(), flow.clock.now());
        let mended = self.mend(flow, &centre, now).await?;
        if mended.repaired > 0 {
            metrics::counter!("ioc_audit_repairs_total").increment(mended.repaired);
            let detail = format!("{} next moment(s)", mended.repaired);
            flow.store.note_upkeep(REPAIR, now, &detail).await?;
        }
        let mut made = look(&flow.store, &centre, now).await?;
        made.push(lost(mended.lost));
        made.extend(status::own(flow).await);
        keep(flow, made).await?;
        flow.store.forget_findings(&centre.id, now.plus(-FORGOTTEN)).await?;
        Ok(mended)
    }

    async fn mend(&self, flow: &Flow, centre: &Centre, now: Timestamp) -> Result<Mended, Rejection> {
        let mut mended = Mended::default();
        let mut after = TicketId(Uuid::nil());
        loop {
            let astray = flow.store.astray(&centre.id, after, BATCH).await?;
            let Some(last) = astray.last().map(|one| one.id) else { break };
            after = last;
            for one in &astray {
                match repair(flow, centre, one, now).await? {
                    Repair::Done => mended.repaired += 1,
                    Repair::Beyond => mended.lost += 1,
                    Repair::Needless => {}
                }
            }
        }
        let (repaired, lost) = self.read_on(flow, centre, now).await?;
        mended.repaired += repaired;
        // What has no next moment is met by both.
        mended.lost = mended.lost.max(lost);
        Ok(mended)
    }

    /// Reads the next portion whole; how many were repaired in it, and how many are beyond repair among all.
    async fn read_on(&self, flow: &Flow, centre: &Centre, now: Timestamp) -> Result<(u64, i64), Rejection> {
        let mut progress = *self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        let portion = flow.store.tickets_after(&centre.id, progress.after, PORTION).await?;
        let is_whole = i64::try_from(portion.len()).is_ok_and(|count| count < PORTION);
        let last = portion.last().map(|one| one.id).filter(|_| !is_whole).unwrap_or(LAST);
        let mut repaired = 0;
        for one in &portion {
            match repair(flow, centre, one, now).await? {
                Repair::Done => repaired += 1,
                Repair::Beyond => progress.found += 1,
                Repair::Needless => {}
            }
        }
        progress.found += flow.store.orphans(&centre.id, progress.after, last).await?;
        let lost = progress.found.max(progress.before.unwrap_or_default());
        progress = if is_whole {
            Progress { after: TicketId(Uuid::nil()), found: 0, before: Some(progress.found) }
        } else {
            Progress { after: last, ..progress }
        };
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = progress;
        Ok((repaired, if is_whole { progress.before.unwrap_or_default() } else { lost }))
    }
}

enum Repair {
    Needless,
    Done,
    Beyond,
}

/// Gives a ticket its next moment back where it is missing or too late.
async fn repair(flow: &Flow, centre: &Centre, one: &Audited, now: Timestamp) -> Result<Repair, Rejection> {
    let Ok(ticket) = &one.ticket else {
        tracing::error!(ticket = %one.id, "a ticket cannot be read");
        return Ok(Repair::Beyond);
    };
    let next = queue::next_moment(ticket, &centre.calendar, &centre.ladder, now);
    let Some(next) = next else {
        return Ok(if needs_moment(ticket) { Repair::Beyond } else { Repair::Needless });
    };
    if one.next_at.is_some_and(|at| at <= next) {
        return Ok(Repair::Needless);
    }
    tracing::error!(ticket = %one.id, was = ?one.next_at.map(|at| at.to_string()), %next, "a next moment was repaired");
    flow.store.defer(&centre.id, ticket.id, ticket.version, Some(next)).await?;
    Ok(Repair::Done)
}

fn needs_moment(ticket: &Ticket) -> bool {
    ticket.state.is_open() || ticket.state == crate::domain::ticket::State::Resolved
}

/// Tickets and reports beyond repair.
pub fn lost(count: i64) -> Check {
    let verdict = if count > 0 { Verdict::Alarm } else { Verdict::Ok };
    checks::counted("tickets", verdict, count, "")
}

/// Everything that the database tells of how the centre stands; changes nothing.
pub async fn look(store: &Store, centre: &Centre, now: Timestamp) -> Result<Vec<Check>, StoreError> {
    let center = &centre.id;
    let age = |since: Option<Timestamp>| since.map_or(0, |since| now.since(since));
    let (late, since) = store.late_moments(center, now.plus(-MOMENTS.0)).await?;
    let mut made = vec![checks::aged("moments", age(since), late, MOMENTS)];
    let (held, _) = store.stale_claims(center, now).await?;
    made.push(checks::counted("leases", if held > 0 { Verdict::Alarm } else { Verdict::Ok }, held, ""));
    made.push(nobodys(store, centre).await?);
    made.extend(deliveries(store, center, now).await?);
    made.push(checks::aged("announcements", age(store.oldest_announced(center).await?), 0, ANNOUNCEMENTS));
    made.push(checks::aged("chain", age(store.oldest_unsealed().await?), 0, CHAIN));
    made.push(checks::aged("photos", age(store.oldest_upload(center).await?), 0, PHOTOS));
    made.extend(upkeep(store, now).await?);
    made.push(calendar(centre, now));
    made.push(approvals(store, center, now).await?);
    let verdict = if centre.generation.approximate { Verdict::Warn } else { Verdict::Ok };
    made.push(checks::said("boundaries", verdict, checks::which(verdict), &[]));
    Ok(made)
}

/// Open tickets in queues that nobody sees.
async fn nobodys(store: &Store, centre: &Centre) -> Result<Check, StoreError> {
    let mut count = 0;
    for office in store.offices_of_tickets(&centre.id).await? {
        if office.parse::<OfficeId>().ok().and_then(|id| centre.office(&id)).is_none() {
            count += store.count_open_of(&centre.id, &office).await?;
        }
    }
    Ok(checks::counted("queues", if count > 0 { Verdict::Alarm } else { Verdict::Ok }, count, ""))
}

/// What waits for other systems. Where an office's approval has lapsed nothing is pushed: that is told apart.
async fn deliveries(store: &Store, center: &CenterId, now: Timestamp) -> Result<[Check; 2], StoreError> {
    let approvals = store.approvals(center).await?;
    let (mut oldest, mut count, mut quarantined) = (0, 0, 0);
    for to in store.destinations(center).await? {
        let waiting = store.waiting(to.id).await?;
        quarantined += waiting.quarantined;
        if is_approved(&approvals, &to, now) {
            count += waiting.undelivered;
            oldest = oldest.max(waiting.oldest.map_or(0, |since| now.since(since)));
        }
    }
    let held = if quarantined > 0 { Verdict::Warn } else { Verdict::Ok };
    Ok([checks::aged("deliveries", oldest, count, DELIVERIES), checks::counted("quarantine", held, quarantined, "")])
}

/// Backups, restored ones, repairs.
async fn upkeep(store: &Store, now: Timestamp) -> Result<Vec<Check>, StoreError> {
    let known = store.upkeep().await?;
    let age = |kind: &str| known.iter().find(|one| one.kind == kind).map(|one| now.since(one.at));
    let done = |kind: &str, bounds| match age(kind) {
        Some(age) => checks::aged(kind, age, 0, bounds),
        None => checks::said(kind, Verdict::Warn, "none", &[]),
    };
    let repaired = match age(REPAIR).filter(|age| *age < REPAIR_TOLD) {
        Some(age) => checks::aged("repairs", age, 0, (0, i64::MAX)),
        None => checks::said("repairs", Verdict::Ok, "ok", &[]),
    };
    Ok(vec![done("backup", BACKUP), done("restore_check", RESTORE), repaired])
}

fn calendar(centre: &Centre, now: Timestamp) -> Check {
    let left = i64::from(centre.calendar.until().0 - now.day().0);
    let verdict = match left {
        _ if left <= CALENDAR.1 => Verdict::Alarm,
        _ if left <= CALENDAR.0 => Verdict::Warn,
        _ => Verdict::Ok,
    };
    checks::counted("calendar", verdict, left, "days")
}

async fn approvals(store: &Store, center: &CenterId, now: Timestamp) -> Result<Check, StoreError> {
    let approvals = store.approvals(center).await?;
    let ending = approvals.iter().filter(|(_, until)| until.since(now) <= APPROVAL_ENDS).count();
    let verdict = if ending > 0 { Verdict::Warn } else { Verdict::Ok };
    Ok(checks::counted("approvals", verdict, i64::try_from(ending).unwrap_or(i64::MAX), ""))
}

/// Keeps how checks stand, and tells people of alarms and of their end, each once.
pub async fn keep(flow: &Flow, made: Vec<Check>) -> Result<(), Rejection> {
    let (center, now) = (flow.center_id(), flow.clock.now());
    let before = flow.store.findings(&center).await?;
    let (mut findings, mut notices) = (vec![], vec![]);
    for check in made {
        metrics::gauge!("ioc_check", "check" => check.name.clone()).set(f64::from(check.verdict as u8));
        let earlier = before.iter().find(|finding| finding.check.name == check.name);
        let (finding, tell) = Finding::follow(earlier, check, now);
        notices.extend(notice(flow, &finding, tell));
        findings.push(finding);
    }
    flow.store.keep_findings(&center, &findings, &notices).await?;
    Ok(())
}

fn notice(flow: &Flow, finding: &Finding, tell: Tell) -> Option<Notice> {
    let (kind, about) = match tell {
        Tell::Nothing => return None,
        Tell::Alarm => (KIND, finding.since),
        Tell::Over => (KIND_OVER, finding.at),
    };
    let text = say(kind, &[("what", &finding.check.text)]);
    tracing::error!(check = %finding.check.name, said = %text.en, "people are told of a self-check");
    Some(Notice {
        id: NoticeId(flow.entropy.uuid(finding.at)),
        center: flow.center_id(),
        office: None,
        kind: kind.to_owned(),
        about: format!("{} {about}", finding.check.name),
        at: finding.at,
        text,
    })
}
