//! What everybody on the day shares: the front door, the script, and what has become of each report so far.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::Context;
use reqwest::Method;
use serde_json::Value;

use super::{
    Doors,
    client::{Client, Reply, send},
    dice::Dice,
    papers::DocumentSystem,
    score::{Answer, Around},
    script::Report,
};
use crate::domain::clock::Timestamp;

/// The day while it is played. `traces` and `reports` run in parallel.
pub struct Stage<'a> {
    /// The front door.
    pub client: Client,
    /// The keys.
    pub doors: &'a Doors,
    /// The script, in the order of sending.
    pub reports: Vec<Report>,
    /// What became of each.
    pub traces: Vec<Trace>,
    /// Public code → place in the script.
    pub by_code: HashMap<String, usize>,
    /// What is not about a single report.
    pub around: Around,
    /// The moment.
    pub now: Moment,
    /// Orders in which things arrive.
    pub dice: Dice,
    /// The document systems of the offices that work nowhere else.
    pub papers: BTreeMap<String, DocumentSystem>,
}

/// One step of the day.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The script's time.
    pub script: Timestamp,
    /// The script's time of the step after.
    pub next: Timestamp,
    /// The server's time; the script's own where the driver moves the clock.
    pub wall: Timestamp,
}

/// What became of one report.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// The first answer; None: not sent yet.
    pub answer: Option<Answer>,
    /// The number.
    pub code: String,
    /// What its sender identifies by.
    pub secret: String,
    /// Every different number given for it.
    pub numbers: BTreeSet<String>,
    /// The office of the first answer.
    pub first: Option<String>,
    /// The deadline of the first answer.
    pub resolve_by: Option<Timestamp>,
    /// The sender was asked for the commune.
    pub asked: bool,
    /// Sent with the team's key because of the flood brake.
    pub slowed: bool,
    /// An official has it in hand.
    pub case: Option<Case>,
    /// How often it was passed on against the truth.
    pub bounced: usize,
    /// A question waits for the sender until then (script).
    pub answers_at: Option<Timestamp>,
    /// How it was settled last, and when (script).
    pub settled: Option<(End, Timestamp)>,
    /// When it was settled first (the server's time).
    pub first_settled: Option<Timestamp>,
    /// The sender has done what comes after.
    pub followed: bool,
    /// Photos that the sender has sent after it.
    pub pictures: usize,
    /// The office that has settled it in its document system.
    pub on_paper: Option<String>,
}

impl Trace {
    /// It has a number, is not settled, and no official has it in hand.
    pub fn waits(&self) -> bool {
        !self.code.is_empty() && self.settled.is_none() && self.case.is_none()
    }
}

/// How an office settles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Answered.
    Resolved,
    /// With a reason.
    Refused,
    /// Into another.
    Merged,
}

/// A ticket in an official's hands.
#[derive(Debug, Clone)]
pub struct Case {
    /// The office.
    pub office: String,
    /// The ticket.
    pub id: String,
    /// What comes next.
    pub next: Work,
    /// When (script).
    pub at: Timestamp,
}

/// An official's next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Ask the sender.
    Ask,
    /// Take more time.
    Extend,
    /// Settle it.
    Resolve,
}

impl<'a> Stage<'a> {
    /// The key of an office.
    pub fn key(&self, office: &str) -> anyhow::Result<&'a str> {
        self.doors
            .office_keys
            .get(office)
            .map(String::as_str)
            .with_context(|| format!("no key for the office {office}"))
    }

    /// Notes a step that was answered otherwise than the contract says.
    pub fn misanswered(&mut self, what: &str, who: usize, reply: &Reply) {
        let Report { n, kind, .. } = &self.reports[who];
        let code = &self.traces[who].code;
        self.around.misanswered.push(format!("{what} {code} (report {n}, {kind:?}): {}", reply.brief()));
    }

    /// What an office knows of a ticket.
    pub async fn ticket(&self, office: &str, id: &str) -> anyhow::Result<Value> {
        if let Some(papers) = self.papers.get(office) {
            return Ok(papers.seen(id));
        }
        let key = self.key(office)?;
        Ok(self.client.get(&format!("/api/v1/tickets/{id}"), Some(key), &[]).await?.json())
    }

    /// An office changes a ticket, on the desk or in its document system. Without a `version` the ticket is read first; whoever comes second (412) reads
    /// again and tries again, four times at most.
    pub async fn act(
        &mut self,
        office: &str,
        id: &str,
        version: Option<i64>,
        verb: &str,
        body: &Value,
    ) -> anyhow::Result<Reply> {
        let key = self.key(office)?;
        if let Some(papers) = self.papers.get_mut(office) {
            return papers.act((&self.client, key), id, verb, body).await;
        }
        let mut version = version;
        for _ in 0..4 {
            let current = if let Some(current) = version {
                current
            } else {
                let read = self.client.get(&format!("/api/v1/tickets/{id}"), Some(key), &[]).await?;
                match read.json()["version"].as_i64() {
                    Some(current) if read.ok() => current,
                    _ => return Ok(read),
                }
            };
            let call = self.client.call(Method::POST, &format!("/api/v1/tickets/{id}/{verb}"), &[])?;
            let reply = send(call.bearer_auth(key).header("if-match", format!("\"{current}\"")).json(body)).await?;
            if reply.status != 412 {
                return Ok(reply);
            }
            version = None;
        }
        Ok(Reply { status: 412, text: String::new() })
    }

    /// The sender's own call about report `who`.
    pub async fn by_sender(&self, who: usize, verb: &str, body: &Value) -> anyhow::Result<Reply> {
        let Trace { code, secret, .. } = &self.traces[who];
        self.client.by_sender(code, Some(secret), verb, body).await
    }
}

/// The moment under `key` of a `deadline`.
pub fn deadline(ticket: &Value, key: &str) -> Option<Timestamp> {
    ticket["deadline"][key].as_str()?.parse().ok()
}
