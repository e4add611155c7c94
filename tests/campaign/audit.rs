//! After the storm: what the clients were told is held against what is there.

use std::collections::HashMap;

use ioc::store::Store;
use reqwest::Method;
use sqlx::{Connection, FromRow, PgConnection, SqliteConnection};

use crate::{
    history::{Ending, Kept, Operation, Outcome, Ticket, What, check},
    support::{TestServer, map},
};

const REPORTS: &str = "select r.description, r.code, t.version, t.office_id from report r \
    left join ticket t on t.report_id = r.id order by r.code";
const EVENTS: &str = "select t.code, e.version, e.body from event e join ticket t on t.id = e.ticket_id \
    order by t.code, e.version";

#[derive(FromRow)]
struct ReportRow {
    description: String,
    code: String,
    version: Option<i64>,
    office_id: Option<String>,
}

#[derive(FromRow)]
struct EventRow {
    code: String,
    version: i64,
    body: String,
}

/// Asserts that nothing was lost, doubled, left half or in the wrong place; that the chain verifies and the figures are
/// those of a recount. A line that says so, for people.
pub async fn everything_is_kept(server: &TestServer, operations: &[Operation]) -> String {
    let ending = ending(server).await;
    for report in &ending.reports {
        let office = report.ticket.as_ref().map(|ticket| ticket.office.clone());
        let commune = report.key.rsplit_once('@').map(|(_, commune)| map::office(commune));
        assert_eq!(office, commune, "{} was routed wrong", report.code);
    }
    let wrong = check(operations, &ending);
    assert!(wrong.is_empty(), "{} things are wrong:\n{}", wrong.len(), wrong.join("\n"));
    server.run(&["verify"]);
    let store = Store::connect(server.database_url()).await.expect("the database opens");
    let differences = store.audit_tallies(&"dien-bien".parse().expect("a centre")).await.expect("a recount");
    assert_eq!(differences, Vec::<String>::new(), "the figures are not those of the tickets");
    store.close().await;
    told(operations, &ending)
}

fn told(operations: &[Operation], ending: &Ending) -> String {
    let count = |which: fn(&What) -> bool| operations.iter().filter(|operation| which(&operation.what)).count();
    let acknowledged = count(|what| matches!(what, What::Submitted { code: Some(_), .. }));
    let changes = count(|what| matches!(what, What::Changed { outcome: Outcome::Done(_), .. }));
    let refused = count(|what| matches!(what, What::Changed { outcome: Outcome::Refused, .. }));
    let unknown = count(|what| {
        matches!(what, What::Submitted { code: None, .. } | What::Changed { outcome: Outcome::Unknown, .. })
    });
    format!(
        "{} operations: {acknowledged} reports and {changes} changes acknowledged, {refused} changes refused, {unknown} \
         answers unknown; {} reports kept; lost 0, doubled 0",
        operations.len(),
        ending.reports.len()
    )
}

/// What is there.
pub async fn ending(server: &TestServer) -> Ending {
    Ending { queues: queues(server).await, ..rows(server.database_url()).await }
}

async fn rows(url: &str) -> Ending {
    let (reports, events): (Vec<ReportRow>, Vec<EventRow>) = if url.starts_with("sqlite") {
        let mut connection = SqliteConnection::connect(url).await.expect("the database opens");
        let reports = sqlx::query_as(REPORTS).fetch_all(&mut connection).await.expect("reports");
        (reports, sqlx::query_as(EVENTS).fetch_all(&mut connection).await.expect("events"))
    } else {
        let mut connection = leader(url).await;
        let reports = sqlx::query_as(REPORTS).fetch_all(&mut connection).await.expect("reports");
        (reports, sqlx::query_as(EVENTS).fetch_all(&mut connection).await.expect("events"))
    };
    let mut histories: HashMap<String, Vec<(i64, Option<String>)>> = HashMap::new();
    for event in events {
        histories.entry(event.code).or_default().push((event.version, mark_in(&event.body)));
    }
    let kept = |row: ReportRow| {
        let ticket = row.version.zip(row.office_id).map(|(version, office)| Ticket {
            version,
            office,
            events: histories.remove(&row.code).unwrap_or_default(),
        });
        Kept { key: row.description, code: row.code, ticket }
    };
    Ending { reports: reports.into_iter().map(kept).collect(), queues: HashMap::new() }
}

/// A connection to the host of the URL that takes writes.
async fn leader(url: &str) -> PgConnection {
    let (before, hosts) = url.rsplit_once('@').expect("a user");
    let (hosts, after) = hosts.split_once('/').expect("a database");
    for host in hosts.split(',') {
        let Ok(mut connection) = PgConnection::connect(&format!("{before}@{host}/{after}")).await else { continue };
        if let Ok(false) = sqlx::query_scalar("select pg_is_in_recovery()").fetch_one(&mut connection).await {
            return connection;
        }
    }
    panic!("none of {hosts} leads");
}

/// `mark-3-141` somewhere in the text.
fn mark_in(body: &str) -> Option<String> {
    let mark = &body[body.find("mark-")?..];
    let end = mark.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(mark.len());
    Some(mark[..end].to_owned())
}

/// Every queue, page by page, as officials see it.
async fn queues(server: &TestServer) -> HashMap<String, Vec<String>> {
    let official = official(server);
    let mut found: HashMap<String, Vec<String>> = HashMap::new();
    for office in map::CODES.map(map::office) {
        let path = format!("/api/v1/offices/{office}/tickets?status=all&limit=200");
        let mut cursor = String::new();
        loop {
            let request = server.request(Method::GET, &format!("{path}{cursor}")).bearer_auth(&official);
            let page = server.send(request).await.is(200).json;
            for item in page["items"].as_array().expect("items") {
                found.entry(item["code"].as_str().expect("a code").to_owned()).or_default().push(office.clone());
            }
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
    }
    found
}

/// The key of somebody who works in every commune's office.
pub fn official(server: &TestServer) -> String {
    let scopes = map::CODES.map(|code| format!("office:{}", map::office(code)));
    server.key(&scopes.each_ref().map(String::as_str))
}

/// A line on standard error, past the harness's capture.
pub fn say(line: &str) {
    let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("{line}\n"));
}

/// A number from the environment.
pub fn number(name: &str, otherwise: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|why| panic!("{name}={text}: {why}")),
        Err(_) => otherwise,
    }
}
