//! The senders: they ask where they stand, send, send again, answer, confirm, rate and reopen.

use std::collections::BTreeMap;

use reqwest::{Method, header::CONTENT_TYPE};
use serde_json::{Value, json};

use super::{
    client::{Reply, send},
    papers::picture,
    score::Answer,
    script::{After, Channel, Report, Whereabouts},
    stage::{End, Stage, Trace, deadline},
};

/// Of those who are online, one in so many sends a photo after the report.
const PICTURED: usize = 6;

/// Everything that leaves a phone by now.
pub async fn send_due(stage: &mut Stage<'_>) -> anyhow::Result<()> {
    let mut phones: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for who in 0..stage.reports.len() {
        if stage.traces[who].answer.is_some() || stage.reports[who].sent_at > stage.now.script {
            continue;
        }
        match stage.reports[who].channel {
            Channel::Offline(phone) => phones.entry(phone).or_default().push(who),
            _ => send_one(stage, who).await?,
        }
    }
    for saved in phones.into_values() {
        send_saved(stage, saved).await?;
    }
    Ok(())
}

/// What a sender does about reports that are under way or settled.
pub async fn follow_up(stage: &mut Stage<'_>) -> anyhow::Result<()> {
    for who in 0..stage.reports.len() {
        let fate = &stage.reports[who].fate;
        let (after, delay) = (fate.after, fate.delay);
        if stage.traces[who].answers_at.is_some_and(|at| at <= stage.now.script) {
            reply(stage, who).await?;
        }
        let ripe = matches!(stage.traces[who].settled, Some((End::Resolved, at)) if at.plus(delay) <= stage.now.script);
        if !ripe || stage.traces[who].followed {
            continue;
        }
        stage.traces[who].followed = true;
        let (verb, body) = match after {
            After::Silent => continue,
            After::Confirm => ("confirm", json!({})),
            After::Rate(stars) => ("rating", json!({ "stars": stars, "text": "cảm ơn cán bộ" })),
            After::Reopen => ("reopen", json!({ "text": "chưa xong, nước vẫn tràn qua đường" })),
        };
        let reply = stage.by_sender(who, verb, &body).await?;
        if !reply.ok() {
            stage.misanswered(verb, who, &reply);
        } else if after == After::Reopen {
            stage.traces[who].settled = None;
        }
    }
    Ok(())
}

async fn reply(stage: &mut Stage<'_>, who: usize) -> anyhow::Result<()> {
    stage.traces[who].answers_at = None;
    let (code, secret) = (&stage.traces[who].code, &stage.traces[who].secret);
    let seen = stage.client.report(code, Some(secret)).await?;
    if seen.json()["status"] != "waiting_for_citizen" {
        stage.misanswered("the sender does not see the question of", who, &seen);
    }
    let answered = stage.by_sender(who, "reply", &json!({ "text": "ở ngay chân dốc, cạnh cột điện số 7" })).await?;
    if !answered.ok() {
        stage.misanswered("reply", who, &answered);
    }
    Ok(())
}

async fn send_one(stage: &mut Stage<'_>, who: usize) -> anyhow::Result<()> {
    let stated = ask_first(stage, who).await?;
    let body = stage.reports[who].body(stated.as_deref(), stage.now.wall);
    let reply = submit(stage, &[who], "/api/v1/reports", &body).await?;
    take(stage, who, reply.status, &reply.json());
    if stage.reports[who].channel == Channel::LostAnswer {
        let again = submit(stage, &[who], "/api/v1/reports", &body).await?;
        repeated(stage, who, again.status, &again.json());
    }
    settle_border(stage, who, &reply.json()).await?;
    if stage.reports[who].n.is_multiple_of(PICTURED) { send_picture(stage, who).await } else { Ok(()) }
}

/// A photo follows its report by the protocol for bad lines.
async fn send_picture(stage: &mut Stage<'_>, who: usize) -> anyhow::Result<()> {
    let Trace { code, secret, .. } = &stage.traces[who];
    if code.is_empty() {
        return Ok(());
    }
    let photo = picture(stage.reports[who].n)?;
    let call = stage.client.call(Method::POST, &format!("/api/v1/reports/{code}/photos"), &[])?;
    let call =
        call.header("tus-resumable", "1.0.0").header("upload-length", photo.len()).header("x-report-secret", secret);
    let reply = send(call.header(CONTENT_TYPE, "application/offset+octet-stream").body(photo)).await?;
    if reply.ok() {
        stage.traces[who].pictures += 1;
    } else if reply.status != 429 {
        stage.misanswered("photos", who, &reply);
    }
    Ok(())
}

/// Sends what a phone saved, in one order and then, because it did not hear the answer, in another.
async fn send_saved(stage: &mut Stage<'_>, mut saved: Vec<usize>) -> anyhow::Result<()> {
    let mut answers = BTreeMap::new();
    for attempt in 0..2 {
        stage.dice.shuffle(&mut saved);
        let wall = stage.now.wall;
        let items = saved.iter().map(|who| &stage.reports[*who]);
        let items: Vec<_> =
            items.map(|report| json!({ "idempotency_key": report.key, "report": report.body(None, wall) })).collect();
        let reply = submit(stage, &saved, "/api/v1/reports/batch", &json!({ "items": items })).await?;
        let body = reply.json();
        for (number, who) in saved.iter().enumerate() {
            let item = &body["items"][number];
            let status = item["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or(reply.status);
            let content = item.get("report").filter(|report| !report.is_null()).unwrap_or(&item["problem"]);
            if attempt == 0 {
                take(stage, *who, status, content);
                answers.insert(*who, content.clone());
            } else {
                repeated(stage, *who, status, content);
            }
        }
    }
    for (who, answer) in answers {
        settle_border(stage, who, &answer).await?;
    }
    Ok(())
}

/// The app's question "is this point yours?"; near a border the sender names the commune, if it is among those named.
async fn ask_first(stage: &mut Stage<'_>, who: usize) -> anyhow::Result<Option<String>> {
    let Whereabouts::Gps { at, accuracy_m } = stage.reports[who].place else { return Ok(None) };
    if stage.reports[who].channel == Channel::Hurried {
        return Ok(None);
    }
    let query = [("lon", at.x.to_string()), ("lat", at.y.to_string()), ("accuracy_m", accuracy_m.to_string())];
    let reply = stage.client.get("/api/v1/locate", None, &query).await?;
    if !reply.ok() {
        stage.misanswered("locate for", who, &reply);
    }
    let body = reply.json();
    let stated = answer_near_border(stage, who, body.get("placement").unwrap_or(&body));
    stage.traces[who].asked = stated.is_some();
    Ok(stated)
}

/// Where the sender was not asked before, the page asks afterwards, while the ticket already stands in a queue.
async fn settle_border(stage: &mut Stage<'_>, who: usize, answer: &Value) -> anyhow::Result<()> {
    if stage.traces[who].asked || stage.traces[who].code.is_empty() {
        return Ok(());
    }
    if let Some(commune) = answer_near_border(stage, who, &answer["placement"]) {
        stage.traces[who].asked = true;
        let reply = stage.by_sender(who, "place", &json!({ "commune": commune })).await?;
        if !reply.ok() {
            stage.misanswered("place", who, &reply);
        }
        let (seen, Report { truth, mistaken, .. }) = (reply.json(), &stage.reports[who]);
        let moved = *mistaken || seen["office"]["id"].as_str().is_some_and(|office| truth.finally(office));
        if reply.ok() && !(moved && deadline(&seen, "resolve_by") == stage.traces[who].resolve_by) {
            stage.misanswered("the sender's word moves the ticket and leaves the clock:", who, &reply);
        }
    }
    Ok(())
}

fn answer_near_border(stage: &Stage<'_>, who: usize, placement: &Value) -> Option<String> {
    let commune = stage.reports[who].commune.as_ref().filter(|_| placement["near_border"] == true)?;
    let candidates = placement["candidates"].as_array()?;
    candidates.iter().any(|one| one["commune"] == commune.as_str()).then(|| commune.clone())
}

/// Posts reports without a key, or with the team's. Where the flood brake takes all these phones for one, they go with
/// the team's too, and stay with it: a repeated key means the same only to the same caller.
async fn submit(stage: &mut Stage<'_>, whose: &[usize], path: &str, body: &Value) -> anyhow::Result<Reply> {
    let report = &stage.reports[whose[0]];
    let call =
        || anyhow::Ok(stage.client.call(Method::POST, path, &[])?.header("idempotency-key", &report.key).json(body));
    let team = &stage.doors.report_keys.team;
    if report.channel == Channel::Team || whose.iter().any(|who| stage.traces[*who].slowed) {
        return send(call()?.bearer_auth(team)).await;
    }
    let reply = send(call()?).await?;
    if reply.status != 429 {
        return Ok(reply);
    }
    let reply = send(call()?.bearer_auth(team)).await?;
    for who in whose {
        stage.traces[*who].slowed = true;
        let n = stage.reports[*who].n;
        stage.around.notes.push(format!("slowed down: report {n} was answered 429 and went with the team's key"));
    }
    Ok(reply)
}

fn take(stage: &mut Stage<'_>, who: usize, status: u16, body: &Value) {
    let trace = &mut stage.traces[who];
    trace.answer = Some(read(status, body));
    if trace.answer != Some(Answer::Kept) {
        return;
    }
    trace.code = body["code"].as_str().unwrap_or_default().into();
    trace.secret = body["secret"].as_str().unwrap_or_default().into();
    trace.numbers.insert(trace.code.clone());
    trace.first = body["office"]["id"].as_str().map(str::to_owned);
    trace.resolve_by = deadline(body, "resolve_by");
    stage.by_code.insert(trace.code.clone(), who);
}

/// The same once more has to be answered alike: 200, the same number, the same secret.
fn repeated(stage: &mut Stage<'_>, who: usize, status: u16, body: &Value) {
    let trace = &mut stage.traces[who];
    let code = body["code"].as_str().unwrap_or_default().to_owned();
    let same = code == trace.code && body["secret"] == trace.secret.as_str() && status == 200;
    if trace.answer == Some(Answer::Kept) && !same {
        let n = stage.reports[who].n;
        let what = format!("sending report {n} again: expected 200 {}, got {status} {code}", trace.code);
        stage.around.misanswered.push(what);
        if read(status, body) == Answer::Kept {
            trace.numbers.insert(code);
        }
    }
}

fn read(status: u16, body: &Value) -> Answer {
    let code = body["code"].as_str().unwrap_or_default();
    match status {
        200..300 if !code.is_empty() => Answer::Kept,
        422 if code == "belongs_elsewhere" => Answer::Elsewhere { guided: guided(body) },
        400..500 => Answer::Refused(format!("{status} {code}")),
        _ => Answer::Failed(format!("{status} {code}")),
    }
}

fn guided(problem: &Value) -> bool {
    let guidance = problem.get("guidance").or(problem.get("detail"));
    guidance.is_some_and(|words| words.is_object() || words.as_str().is_some_and(|text| text.len() > 20))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_as_the_contract_says() {
        assert_eq!(read(201, &json!({ "code": "K7QM-3XR9-F" })), Answer::Kept);
        assert_eq!(read(201, &json!({})), Answer::Failed("201 ".into()));
        let law = json!({ "code": "belongs_elsewhere", "guidance": { "vi": "Gửi đơn đến…", "en": "Send it to…" } });
        assert_eq!(read(422, &law), Answer::Elsewhere { guided: true });
        assert_eq!(read(422, &json!({ "code": "belongs_elsewhere" })), Answer::Elsewhere { guided: false });
        assert_eq!(read(422, &json!({ "code": "position_swapped" })), Answer::Refused("422 position_swapped".into()));
        assert_eq!(read(503, &Value::Null), Answer::Failed("503 ".into()));
    }
}
