//! The last look, through public doors only: is every report where it should be, and nowhere else?

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    client::Reply,
    score::{Answer, Outcome},
    script::Report,
    stage::{Stage, deadline},
    truth::DESK,
};

/// The public list around a point.
const NEARBY: &str = "/api/v1/reports/nearby";

/// A ticket seen in an office's list.
#[derive(Debug, Clone)]
struct Sighting {
    office: String,
    item: Value,
}

/// Walks every queue and every report and tells what was seen; what concerns no single report goes to `around`.
pub async fn observe(stage: &mut Stage<'_>) -> anyhow::Result<Vec<Outcome>> {
    let offices: Vec<String> = stage.doors.office_keys.keys().cloned().collect::<BTreeSet<_>>().into_iter().collect();
    let mut sightings: BTreeMap<usize, Vec<Sighting>> = BTreeMap::new();
    for office in &offices {
        let path = format!("/api/v1/offices/{office}/tickets");
        for item in stage.client.pages(&path, stage.key(office)?, &[("status", "all".into())]).await? {
            if let Some(who) = recognise(stage, &item) {
                sightings.entry(who).or_default().push(Sighting { office: office.clone(), item });
            }
        }
    }
    open_pages(stage).await?;
    let mut outcomes = Vec::with_capacity(stage.reports.len());
    for who in 0..stage.reports.len() {
        let seen = sightings.remove(&who).unwrap_or_default();
        outcomes.push(outcome(stage, &offices, who, &seen).await?);
    }
    Ok(outcomes)
}

/// Whoever settled a report on paper had its photo there. What was settled there and how often offices were reminded.
pub fn papers_are_whole(stage: &mut Stage<'_>) -> anyhow::Result<()> {
    let Stage { papers, traces, around, .. } = stage;
    for (office, papers) in papers.iter_mut() {
        papers.read()?;
        around.reminders += count(papers.reminders);
        let settled = || traces.iter().filter(|trace| trace.on_paper.as_ref() == Some(office));
        around.on_paper += count(settled().count());
        for trace in settled().filter(|trace| trace.pictures > 0) {
            if papers.pictures.get(&trace.code).is_none_or(|seen| *seen < trace.pictures) {
                around.misanswered.push(format!("{office} never saw the photo of {}", trace.code));
            }
        }
    }
    Ok(())
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// Whose ticket it is: by its number, else by the marker in its text (then it is one too many).
fn recognise(stage: &Stage<'_>, item: &Value) -> Option<usize> {
    let by_code = item["code"].as_str().and_then(|code| stage.by_code.get(code)).copied();
    by_code.or_else(|| {
        let text = item["description"].as_str()?;
        stage.reports.iter().position(|report| text.contains(&report.marker))
    })
}

/// Lists, maps and statistics name nobody.
async fn open_pages(stage: &mut Stage<'_>) -> anyhow::Result<()> {
    let mut pages = vec![("/api/v1/stats/summary", vec![]), ("/api/v1/stats/offices", vec![])];
    for metric in ["reports", "open", "overdue"] {
        let query = [("metric", metric), ("by", "commune"), ("geometry", "none")];
        pages.push(("/api/v1/heatmap", query.map(|(key, value)| (key, value.to_owned())).to_vec()));
    }
    for report in stage.reports.iter().step_by(25) {
        if let Some(at) = report.sent_position() {
            let (lon, lat) = (at.x.to_string(), at.y.to_string());
            pages.push((NEARBY, vec![("lon", lon), ("lat", lat), ("category", report.category.clone())]));
        }
    }
    for (path, query) in pages {
        let open = path == NEARBY;
        let key = (!open).then_some(stage.doors.dashboard_key.as_str());
        let reply = stage.client.get(path, key, &query).await?;
        let named = stage.reports.iter().filter(|report| !told(report, &reply, open).is_empty());
        let named: Vec<_> = named.map(|report| format!("{path} tells of report {}", report.n)).collect();
        stage.around.shown.extend(named);
    }
    Ok(())
}

async fn outcome(stage: &Stage<'_>, offices: &[String], who: usize, seen: &[Sighting]) -> anyhow::Result<Outcome> {
    let (report, trace) = (&stage.reports[who], &stage.traces[who]);
    let mut numbers = trace.numbers.clone();
    numbers.extend(seen.iter().filter_map(|one| one.item["code"].as_str().map(str::to_owned)));
    let mut shown = vec![];
    if let Some(hidden) = &report.hidden_from {
        shown.extend(
            seen.iter().filter(|one| one.office == *hidden).map(|one| format!("in the list of {}", one.office)),
        );
    }
    if !report.truth.kept() {
        shown.extend(seen.iter().map(|one| format!("kept in the queue of {}", one.office)));
    }
    let (mut status, mut untold) = (None, false);
    if !trace.code.is_empty() {
        let own = stage.client.report(&trace.code, Some(&trace.secret)).await?;
        let body = own.json();
        status = own.ok().then(|| body["status"].as_str().map(str::to_owned)).flatten();
        untold = status.as_deref() == Some("merged") && !body["main"]["status"].is_string();
        shown.extend(strangers(stage, who).await?);
    }
    let (mut misplaced, mut climbed) = (None, false);
    for one in seen {
        let (leaks, ticket) = officials(stage, offices, report, one).await?;
        shown.extend(leaks);
        climbed = climbed || has_climbed(&ticket);
        misplaced = misplaced.or_else(|| placed_otherwise(report, &ticket));
    }
    let last = seen.last();
    Ok(Outcome {
        name: if trace.code.is_empty() { format!("report {}", report.n) } else { trace.code.clone() },
        truth: report.truth.clone(),
        mistaken: report.mistaken,
        answer: trace.answer.clone().unwrap_or_else(|| Answer::Failed("never sent".into())),
        first: trace.first.clone(),
        told: status,
        untold,
        misplaced,
        queues: seen.iter().map(|one| one.office.clone()).collect(),
        numbers: numbers.len(),
        settled_at: trace.first_settled,
        resolve_by: trace.resolve_by,
        asked: trace.asked,
        climbed,
        overdue_at_desk: last.is_some_and(|one| one.office == DESK && past_default(stage, &one.item)),
        shown,
    })
}

/// Without the secret, with a wrong one and with somebody else's, nothing is told but status and rough place.
async fn strangers(stage: &Stage<'_>, who: usize) -> anyhow::Result<Vec<String>> {
    let (report, trace) = (&stage.reports[who], &stage.traces[who]);
    let other = stage.traces.iter().cycle().skip(who + 1).take(stage.traces.len() - 1);
    let other = other.map(|trace| trace.secret.as_str()).find(|secret| !secret.is_empty() && *secret != trace.secret);
    let wrong = "0".repeat(trace.secret.len().max(1));
    let mut shown = vec![];
    for (whose, secret) in [("no secret", None), ("a wrong secret", Some(wrong.as_str())), ("another's secret", other)]
    {
        let reply = stage.client.report(&trace.code, secret).await?;
        shown.extend(told(report, &reply, true).into_iter().map(|what| format!("{what} with {whose}")));
    }
    Ok(shown)
}

/// Three other offices, and above all the one that it is about, get nothing, or the tombstone of those who had it; the
/// office in charge sees no contact that is not shared. What was shown otherwise, and the ticket as its office has it.
async fn officials(
    stage: &Stage<'_>,
    offices: &[String],
    report: &Report,
    seen: &Sighting,
) -> anyhow::Result<(Vec<String>, Value)> {
    let id = seen.item["id"].as_str().unwrap_or_default();
    let path = format!("/api/v1/tickets/{id}");
    let mut shown = vec![];
    let own = stage.client.get(&path, Some(stage.key(&seen.office)?), &[]).await?;
    let ticket = own.json();
    if !report.shares() {
        let texts = [own.text, seen.item.to_string()];
        let leaked = report.personal().into_iter().filter(|word| texts.iter().any(|text| text.contains(word)));
        shown.extend(leaked.map(|word| format!("{word}, not shared, to {}", seen.office)));
    }
    let foreign = (0..3).map(|step| &offices[(report.n * 7 + step * 13 + 1) % offices.len()]);
    for office in foreign.chain(&report.hidden_from).filter(|office| **office != seen.office) {
        let reply = stage.client.get(&path, Some(stage.key(office)?), &[]).await?;
        let mut leaks = told(report, &reply, true);
        if leaks.is_empty() && (content(&reply) || (reply.ok() && report.hidden_from.as_ref() == Some(office))) {
            leaks.push("the ticket".into());
        }
        shown.extend(leaks.into_iter().map(|what| format!("{what} to {office}")));
    }
    Ok((shown, ticket))
}

/// Where the routing receipt placed it, if the map of the moment when it was seen has it elsewhere.
fn placed_otherwise(report: &Report, ticket: &Value) -> Option<String> {
    let commune = ticket["receipt"]["placement"]["commune"].as_str().unwrap_or("no commune");
    let right = report.placed.is_empty() || report.placed.iter().any(|one| one == commune);
    (!right).then(|| format!("{:?}, placed in {commune} instead of {}", report.kind, report.placed.join(" or ")))
}

/// Whether nobody acted in time, so that it climbed the ladder.
fn has_climbed(ticket: &Value) -> bool {
    let history = ticket["history"].as_array();
    history.is_some_and(|history| history.iter().any(|event| event["kind"] == "escalated"))
}

/// More than a tombstone `{code, office, reason}`.
fn content(reply: &Reply) -> bool {
    let body = reply.json();
    reply.ok() && ["description", "contact", "position", "history"].iter().any(|key| !body[*key].is_null())
}

/// What of the report an answer tells that it must not: words, contact, and the exact position where `places` counts.
fn told(report: &Report, reply: &Reply, places: bool) -> Vec<String> {
    let mut leaks = vec![];
    if reply.text.contains(&report.marker) {
        leaks.push("the text".to_owned());
    }
    leaks.extend(report.personal().into_iter().filter(|word| reply.text.contains(word)).map(str::to_owned));
    if let (true, Some(at)) = (places, report.sent_position())
        && pins(&reply.json(), at.x, at.y)
    {
        leaks.push("the exact position".into());
    }
    leaks
}

/// Whether the pair stands anywhere in the body, beside one another, to within 0.2 m.
fn pins(body: &Value, lon: f64, lat: f64) -> bool {
    let near =
        |value: Option<&Value>, of: f64| value.and_then(Value::as_f64).is_some_and(|got| (got - of).abs() < 2e-6);
    match body {
        Value::Array(items) => {
            items.windows(2).any(|pair| near(pair.first(), lon) && near(pair.last(), lat))
                || items.iter().any(|item| pins(item, lon, lat))
        }
        Value::Object(fields) => {
            (near(fields.get("lon"), lon) && near(fields.get("lat"), lat))
                || fields.values().any(|value| pins(value, lon, lat))
        }
        _ => false,
    }
}

/// Open at the desk although the moment of the default, or of accepting where none is told, has passed.
fn past_default(stage: &Stage<'_>, item: &Value) -> bool {
    let open = matches!(item["status"].as_str(), Some("queued" | "accepted" | "in_progress" | "waiting_for_citizen"));
    let told = item["default_at"].as_str().and_then(|at| at.parse().ok());
    open && told.or(deadline(item, "accept_by")).is_some_and(|at| at < stage.now.wall)
}

#[cfg(test)]
mod tests {
    use geo::Coord;
    use serde_json::json;

    use super::{
        super::{
            script::{After, Channel, Contact, Fate, Kind, Quirk, Whereabouts},
            truth::Truth,
        },
        *,
    };
    use crate::domain::clock::Timestamp;

    fn report() -> Report {
        let contact = Contact {
            name: "Lò Thị zqc1".into(),
            phone: "0911000003".into(),
            email: "zqc1@example.vn".into(),
            share: false,
        };
        Report {
            n: 1,
            kind: Kind::Ordinary,
            truth: Truth::Desk,
            commune: None,
            point: None,
            placed: vec![],
            category: "khac".into(),
            mistaken: false,
            text: "mưa (zqd1)".into(),
            place: Whereabouts::Gps { at: Coord { x: 103.023_012, y: 21.392_014 }, accuracy_m: 10.0 },
            channel: Channel::App,
            sent_at: Timestamp(0),
            age: 0,
            contact: Some(contact),
            hidden_from: None,
            fate: Fate { quirk: Quirk::None, effort_percent: 50, after: After::Silent, delay: 0 },
            key: "k".into(),
            marker: "zqd1".into(),
        }
    }

    fn leaks(body: &Value) -> usize {
        told(&report(), &Reply { status: 200, text: body.to_string() }, true).len()
    }

    #[test]
    fn a_public_report_with_a_rough_place_tells_nothing() {
        assert_eq!(leaks(&json!({ "code": "K7QM", "position": { "lon": 103.0234, "lat": 21.3921 } })), 0);
    }

    #[test]
    fn text_contact_and_exact_position_are_each_seen() {
        assert_eq!(leaks(&json!({ "description": "mưa (zqd1)" })), 1);
        assert_eq!(leaks(&json!({ "contact": { "phone": "0911000003" } })), 1);
        assert_eq!(leaks(&json!({ "position": { "lon": 103.023_012, "lat": 21.392_014 } })), 1);
        assert_eq!(leaks(&json!({ "geometry": { "coordinates": [103.023_012, 21.392_014] } })), 1);
    }

    #[test]
    fn a_tombstone_is_no_content_and_a_ticket_is() {
        let reply = |body: Value| Reply { status: 200, text: body.to_string() };
        assert!(!content(&reply(json!({ "code": "K7QM", "office": "xa-03127", "reason": "not_ours" }))));
        assert!(content(&reply(json!({ "code": "K7QM", "description": "…" }))));
        assert!(!content(&Reply { status: 404, text: json!({ "position": 1 }).to_string() }));
    }
}
