//! The officials: they fetch their queue, accept, ask, extend, settle, pass on what is not theirs, and some sleep. A third
//! of them do all of it in their document system.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    client::Reply,
    dice::Dice,
    script::{Kind, Quirk},
    stage::{Case, End, Stage, Trace, Work, deadline},
    truth::Truth,
};
use crate::domain::clock::{DAY, HOUR, Timestamp};

/// When each office does not look at its queue: office → from, to (script).
pub type Sleep = BTreeMap<String, (Timestamp, Timestamp)>;

/// One office in ten sleeps the whole day that begins at `start`, three in ten some hours of it.
pub fn sleep<'a>(offices: impl Iterator<Item = &'a String>, start: Timestamp, dice: &Dice) -> Sleep {
    let mut asleep = Sleep::new();
    for office in offices {
        let from = start.plus(dice.span(2 * HOUR, 12 * HOUR));
        match dice.below(10) {
            0 => asleep.insert(office.clone(), (start, start.plus(DAY))),
            1..=3 => asleep.insert(office.clone(), (from, from.plus(dice.span(2 * HOUR, 5 * HOUR)))),
            _ => None,
        };
    }
    asleep
}

/// One look of one office: what is new, then what is due before the next look.
pub async fn shift(stage: &mut Stage<'_>, office: &str) -> anyhow::Result<()> {
    for item in queue(stage, office).await? {
        if let Some(who) = item["code"].as_str().and_then(|code| stage.by_code.get(code)).copied() {
            receive(stage, office, who, &item).await?;
        }
    }
    for who in 0..stage.traces.len() {
        let case = stage.traces[who].case.clone();
        if let Some(case) = case.filter(|case| case.office == office && case.at <= stage.now.next) {
            work(stage, who, case).await?;
        }
    }
    Ok(())
}

/// What is new. Where every report of the day is in somebody's hands or settled, no queue can hold one that anybody would
/// act on, and two in three of all requests would ask for nothing.
async fn queue(stage: &mut Stage<'_>, office: &str) -> anyhow::Result<Vec<Value>> {
    if let Some(papers) = stage.papers.get_mut(office) {
        papers.read()?;
        return Ok(papers.waiting());
    }
    if !stage.traces.iter().any(Trace::waits) {
        return Ok(vec![]);
    }
    let path = format!("/api/v1/offices/{office}/tickets");
    stage.client.pages(&path, stage.key(office)?, &[("status", "queued".into())]).await
}

async fn receive(stage: &mut Stage<'_>, office: &str, who: usize, item: &Value) -> anyhow::Result<()> {
    let (id, version) = (item["id"].as_str().unwrap_or_default(), item["version"].as_i64());
    let report = &stage.reports[who];
    let ours = match &report.truth {
        Truth::Office(_) | Truth::Passing { .. } => report.truth.finally(office),
        _ => true,
    };
    let onward = match (&report.truth, &report.fate.quirk) {
        (Truth::Office(right) | Truth::Passing { finally: right, .. }, _) if !ours => {
            Some(json!({ "office": right[0], "reason": "không thuộc địa bàn xã" }))
        }
        (_, Quirk::Bounce { times, to }) if stage.traces[who].bounced < *times => {
            stage.traces[who].bounced += 1;
            Some(match to {
                Some(office) => json!({ "office": office, "reason": "hình như là của xã bên" }),
                None => json!({ "reason": "không phải việc của chúng tôi" }),
            })
        }
        _ => None,
    };
    if let Some(body) = onward {
        let reply = stage.act(office, id, version, "transfer", &body).await?;
        // Refused only where the province desk's default has decided: then this office settles it.
        if reply.ok() || reply.status == 404 {
            return Ok(());
        }
        if reply.status == 409 && !ours {
            let code = &stage.traces[who].code;
            stage.around.notes.push(format!("passed on in vain: {code} by {office}: {}", reply.brief()));
        } else if reply.status != 409 {
            stage.misanswered("transfer", who, &reply);
        }
    }
    let kind = stage.reports[who].kind;
    match kind {
        Kind::Nonsense => {
            let body = json!({ "reason": "cannot_verify", "text": "Không xác minh được nội dung.", "photos": [] });
            let reply = stage.act(office, id, version, "refuse", &body).await?;
            if reply.ok() {
                end(stage, who, office, End::Refused);
            } else {
                stage.misanswered("refuse", who, &reply);
            }
            Ok(())
        }
        Kind::Landslide if merge(stage, office, who, id, version).await? => Ok(()),
        _ => accept(stage, office, who, id, version).await,
    }
}

/// Into the landslide's ticket that this office already has in hand; false where there is none.
async fn merge(
    stage: &mut Stage<'_>,
    office: &str,
    who: usize,
    id: &str,
    version: Option<i64>,
) -> anyhow::Result<bool> {
    let mut slides = stage.reports.iter().zip(&stage.traces).filter(|(report, _)| report.kind == Kind::Landslide);
    let first = slides.find_map(|(_, trace)| trace.case.as_ref().filter(|case| case.office == office && case.id != id));
    let Some(into) = first.map(|case| case.id.clone()) else { return Ok(false) };
    let reply = stage.act(office, id, version, "merge", &json!({ "into": into })).await?;
    if reply.ok() {
        end(stage, who, office, End::Merged);
    } else {
        stage.misanswered("merge", who, &reply);
    }
    Ok(reply.ok())
}

async fn accept(stage: &mut Stage<'_>, office: &str, who: usize, id: &str, version: Option<i64>) -> anyhow::Result<()> {
    if stage.reports[who].fate.quirk == Quirk::Interrupted {
        // The sender adds something after this office has read it: accepting has to survive the 412.
        let reply = stage.client.by_sender(&stage.traces[who].code, None, "metoo", &json!({})).await?;
        if !reply.ok() {
            stage.misanswered("metoo", who, &reply);
        }
        let trace = &stage.traces[who];
        let more = json!({ "text": "Xin xem giúp sớm" });
        let reply = stage.client.by_sender(&trace.code, Some(&trace.secret), "reply", &more).await?;
        if !reply.ok() {
            stage.misanswered("reply", who, &reply);
        }
    }
    let accepted = stage.act(office, id, version, "accept", &json!({ "assignee": "Cán bộ trực" })).await?;
    if !accepted.ok() {
        if accepted.status != 404 {
            stage.misanswered("accept", who, &accepted);
        }
        return Ok(());
    }
    let ticket = accepted.json();
    let started = stage.act(office, id, ticket["version"].as_i64(), "start", &json!({})).await?;
    if !started.ok() {
        stage.misanswered("start", who, &started);
    }
    let (now, fate) = (stage.now, &stage.reports[who].fate);
    let promised = deadline(&ticket, "resolve_by").map_or(DAY, |by| by.since(now.wall));
    let left = promised.max(2 * HOUR);
    let patience = if fate.effort_percent > 100 { 12 * DAY } else { 5 * DAY };
    let settles = now.script.plus((left / 100 * fate.effort_percent).min(patience));
    let (next, at) = match fate.quirk {
        Quirk::Ask if stage.traces[who].first_settled.is_none() => (Work::Ask, now.script.plus(HOUR)),
        // Time can be taken only before the deadline.
        Quirk::Extend if promised > 2 * HOUR => (Work::Extend, settles.min(now.script.plus(left / 2))),
        _ => (Work::Resolve, settles),
    };
    stage.traces[who].case = Some(Case { office: office.into(), id: id.into(), next, at });
    Ok(())
}

async fn work(stage: &mut Stage<'_>, who: usize, case: Case) -> anyhow::Result<()> {
    let now = stage.now;
    let reply = match case.next {
        Work::Ask => {
            let body = json!({ "question": "Vị trí cụ thể ở đâu, có ai bị thương không?" });
            stage.act(&case.office, &case.id, None, "wait", &body).await?
        }
        Work::Extend => {
            let ticket = stage.ticket(&case.office, &case.id).await?;
            let until = deadline(&ticket, "resolve_by").unwrap_or(now.wall).max(now.wall).plus(2 * DAY);
            let body = json!({ "until": until, "reason": "chờ máy xúc từ huyện cũ sang" });
            stage.act(&case.office, &case.id, ticket["version"].as_i64(), "extend", &body).await?
        }
        Work::Resolve => {
            let body = json!({ "text": "Đã cử người đến xử lý xong, mời bà con kiểm tra.", "photos": [] });
            stage.act(&case.office, &case.id, None, "resolve", &body).await?
        }
    };
    if !reply.ok() {
        return stumbled(stage, who, &case, &reply).await;
    }
    let delay = stage.reports[who].fate.delay;
    let resolve = |at: Timestamp| Some(Case { next: Work::Resolve, at, ..case.clone() });
    let trace = &mut stage.traces[who];
    match case.next {
        Work::Ask => {
            trace.answers_at = Some(now.script.plus(delay));
            trace.case = resolve(now.script.plus(delay + 4 * HOUR));
        }
        Work::Extend => trace.case = resolve(now.script.plus(DAY)),
        Work::Resolve => end(stage, who, &case.office, End::Resolved),
    }
    Ok(())
}

/// A step was refused: the ticket says why. Waiting for the sender: later. No longer this office's, or back in a
/// queue: not in hand any more. Anything else is a fault.
async fn stumbled(stage: &mut Stage<'_>, who: usize, case: &Case, refusal: &Reply) -> anyhow::Result<()> {
    let read = stage.ticket(&case.office, &case.id).await?;
    let next = stage.now.next;
    match read["status"].as_str() {
        Some("waiting_for_citizen") => {
            stage.traces[who].case = Some(Case { at: next.plus(HOUR), ..case.clone() });
        }
        Some("accepted" | "in_progress") => {
            stage.misanswered(&format!("{:?}", case.next), who, refusal);
            stage.traces[who].case = Some(Case { next: Work::Resolve, at: next.plus(HOUR), ..case.clone() });
        }
        _ => stage.traces[who].case = None,
    }
    Ok(())
}

fn end(stage: &mut Stage<'_>, who: usize, office: &str, how: End) {
    let (script, wall) = (stage.now.script, stage.now.wall);
    let on_paper = stage.papers.contains_key(office).then(|| office.to_owned());
    let trace = &mut stage.traces[who];
    trace.case = None;
    trace.settled = Some((how, script));
    trace.on_paper = on_paper;
    trace.first_settled.get_or_insert(wall);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn about_one_office_in_ten_sleeps_the_whole_day() {
        let offices: Vec<_> = (0..1_000).map(|n| format!("xa-{n:05}")).collect();
        let asleep = sleep(offices.iter(), Timestamp(0), &Dice::seeded(4));
        let all_day = asleep.values().filter(|(from, to)| to.since(*from) == DAY).count();
        assert!((70..130).contains(&all_day), "{all_day}");
        assert!((340..460).contains(&asleep.len()), "{}", asleep.len());
    }
}
