//! The ladder speaks: rungs that tickets have climbed become notices for people, and a destination that stays dead is
//! reported above. An office gets one message an hour at most; what is urgent goes at once.

use super::{
    Centre, Flow, Rejection,
    view::office_ref,
    words::{same, say},
};
use crate::{
    domain::{
        clock::{HOUR, Timestamp},
        ids::{NoticeId, OfficeId},
        ladder::{Cause, Step},
        names::Names,
    },
    store::{Climbed, Hearer, Notice},
};

/// Notices of these kinds go to the office's own channels, and to the centre's where the office has none that works.
pub const KIND: &str = "escalation";
/// The same for urgent tickets, without waiting for the hour.
pub const KIND_URGENT: &str = "escalation_urgent";
/// A destination that stays dead.
pub const KIND_DEAD: &str = "escalation_destination";

/// Between two digests for one hearer.
const PAUSE: i64 = HOUR;
/// Rungs read at a time.
const BATCH: i64 = 5_000;

/// Whether a notice was raised by the ladder.
pub fn is_escalation(kind: &str) -> bool {
    matches!(kind, KIND | KIND_URGENT | KIND_DEAD)
}

/// Tells everything that may be told now; how many notices were raised.
pub async fn tell(flow: &Flow) -> Result<u64, Rejection> {
    let centre = flow.centre();
    let mut raised = 0;
    let for_offices = flow.store.untold_rungs(&centre.id, Hearer::Office, BATCH).await?;
    let mut offices: Vec<&OfficeId> = for_offices.iter().map(|rung| &rung.office).collect();
    offices.sort();
    offices.dedup();
    for office in offices {
        let theirs: Vec<&Climbed> = for_offices.iter().filter(|rung| rung.office == *office).collect();
        raised += digest(flow, &centre, Hearer::Office, Some(office), &theirs).await?;
    }
    let for_centre = flow.store.untold_rungs(&centre.id, Hearer::Centre, BATCH).await?;
    raised += digest(flow, &centre, Hearer::Centre, None, &for_centre.iter().collect::<Vec<_>>()).await?;
    Ok(raised + dead(flow, &centre).await?)
}

async fn digest(
    flow: &Flow,
    centre: &Centre,
    hearer: Hearer,
    office: Option<&OfficeId>,
    rungs: &[&Climbed],
) -> Result<u64, Rejection> {
    let now = flow.clock.now();
    let (urgent, calm): (Vec<&Climbed>, Vec<&Climbed>) = rungs.iter().partition(|rung| rung.urgent);
    let mut raised = 0;
    for (kind, rungs) in [(KIND_URGENT, urgent), (KIND, calm)] {
        let Some(first) = rungs.first() else { continue };
        if kind == KIND {
            let last = flow.store.last_notice(&centre.id, office, KIND).await?;
            if last.is_some_and(|last| now.since(last) < PAUSE) {
                continue;
            }
        }
        let about = format!("{} {} {} {}", first.ticket, first.round, first.cause.word(), first.level);
        let notice = notice(flow, kind, office, about, sentence(centre, office, &rungs), now);
        raised += u64::from(flow.store.tell_rungs(&notice, hearer, &rungs).await?);
    }
    Ok(raised)
}

/// One line for all of them: how many, why, and the one that has waited longest.
fn sentence(centre: &Centre, office: Option<&OfficeId>, rungs: &[&Climbed]) -> Names {
    let step = rungs.iter().map(|rung| rung.step).max().unwrap_or(Step::Reminder);
    let count = |cause: Cause| same(rungs.iter().filter(|rung| rung.cause == cause).count().to_string());
    let mut tickets: Vec<_> = rungs.iter().map(|rung| rung.ticket).collect();
    tickets.sort();
    tickets.dedup();
    let first = rungs[0];
    let name = office_ref(centre, office.unwrap_or(&first.office)).name;
    let (code, many) = (same(first.code.to_string()), same(tickets.len().to_string()));
    let (untaken, unresolved) = (count(Cause::Untaken), count(Cause::Unresolved));
    let key = match (tickets.len(), first.cause) {
        (1, Cause::Untaken) => format!("ladder_{}_untaken", step.word()),
        (1, Cause::Unresolved) => format!("ladder_{}_unresolved", step.word()),
        _ if office.is_none() => "ladder_many_province".into(),
        _ => format!("ladder_many_{}", step.word()),
    };
    let blanks =
        [("office", &name), ("code", &code), ("count", &many), ("untaken", &untaken), ("unresolved", &unresolved)];
    say(&key, &blanks)
}

/// Destinations that nothing has reached for too long: first the office's leader hears of it, then the province desk.
async fn dead(flow: &Flow, centre: &Centre) -> Result<u64, Rejection> {
    let now = flow.clock.now();
    let limit = i64::from(centre.ladder.data().dead_hours) * HOUR;
    let mut raised = 0;
    for to in flow.store.destinations(&centre.id).await? {
        let since = to.health.failing_since.into_iter().chain(to.health.disabled_at).min();
        let Some(since) = since else { continue };
        let name = same(to.name.as_str());
        let office = to.office.as_ref().map_or_else(|| same(centre.id.as_str()), |id| office_ref(centre, id).name);
        for (level, hearer) in [(1, to.office.as_ref()), (2, None)] {
            if now.since(since) < level * limit {
                continue;
            }
            let text = say("ladder_dead", &[("name", &name), ("office", &office), ("since", &same(since.vietnam()))]);
            let notice = notice(flow, KIND_DEAD, hearer, format!("{} {since} {level}", to.id), text, now);
            raised += u64::from(flow.store.raise_notice(&notice).await?);
        }
    }
    Ok(raised)
}

fn notice(flow: &Flow, kind: &str, office: Option<&OfficeId>, about: String, text: Names, at: Timestamp) -> Notice {
    let id = NoticeId(flow.entropy.uuid(at));
    Notice { id, center: flow.center_id(), office: office.cloned(), kind: kind.to_owned(), about, at, text }
}
