//! A stand-in for the product, as small as the contract allows, whose faults are switched on by a test: the driver
//! has to find no fault in a faultless one, and each fault in a faulty one.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
};
use geo::Coord;
use serde_json::{Value, json};

use super::{
    province::World,
    survey::{Survey, border_m, covers},
    truth::{ABOVE, DESK},
};
use crate::domain::clock::{Clock, DAY, HOUR, Timestamp};

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    None,
    /// Every report of 03127 goes to 03128.
    OfficeSwapped,
    /// Every 50th acknowledged report is forgotten.
    Dropped,
    /// Sent again, it becomes another report.
    KeyForgotten,
    /// The public sees the text.
    TextPublic,
    /// The office sees every contact.
    ContactUnsealed,
    /// Any office may read any ticket.
    DoorsOpen,
}

pub struct Fake {
    pub clock: Clock,
    world: World,
    fault: Fault,
    tickets: Vec<Ticket>,
    /// How often each thing was done.
    pub done: BTreeMap<String, usize>,
}

struct Ticket {
    code: String,
    key: String,
    report: Value,
    office: String,
    placement: Value,
    status: &'static str,
    version: i64,
    bounces: usize,
    settled_here: bool,
    received: Timestamp,
    ended: Timestamp,
    dropped: bool,
    into: Option<String>,
}

type Answer = (u16, Value);

impl Fake {
    pub fn new(world: World, fault: Fault, clock: Clock) -> Arc<Mutex<Self>> {
        Arc::new(Mutex::new(Self { clock, world, fault, tickets: vec![], done: BTreeMap::new() }))
    }

    pub fn router(fake: Arc<Mutex<Self>>) -> Router {
        Router::new().fallback(door).with_state(fake)
    }

    /// The desk's default after a day, and 15 days of silence.
    pub fn tick(&mut self) {
        let now = self.clock.now();
        let due =
            |ticket: &Ticket| ticket.office == DESK && ticket.status == "queued" && now.since(ticket.received) > DAY;
        for number in 0..self.tickets.len() {
            let nearest = due(&self.tickets[number]).then(|| self.nearest(&self.tickets[number]));
            let ticket = &mut self.tickets[number];
            if let Some(office) = nearest {
                *self.done.entry("default".into()).or_default() += 1;
                ticket.office = office;
                ticket.settled_here = true;
                ticket.version += 1;
            }
            if ticket.status == "resolved" && now.since(ticket.ended) > 15 * DAY {
                ticket.status = "closed";
            }
        }
    }

    fn nearest(&self, ticket: &Ticket) -> String {
        let at = position(&ticket.report).unwrap_or(Coord { x: 103.0, y: 21.5 });
        let covering = self.world.boundaries.iter().find(|ground| covers(ground, at));
        let near = || self.world.boundaries.iter().min_by(|a, b| border_m(a, at).total_cmp(&border_m(b, at)));
        covering.or_else(near).unwrap().office()
    }

    fn place(&self, report: &Value) -> Value {
        if let Some(stated) = report["stated_commune"].as_str().or(report["place"]["commune"].as_str()) {
            return json!({ "commune": stated, "method": "stated", "near_border": false, "candidates": [] });
        }
        let Some(at) = position(report) else { return json!({ "commune": null, "method": "unplaced" }) };
        let survey = Survey::of(&self.world);
        let accuracy = report["position"]["accuracy_m"].as_f64().unwrap_or(0.0);
        // Exactly on a vertex the parity of the crossings says nothing.
        let touching = self.world.boundaries.iter().find(|ground| border_m(ground, at) < 0.001);
        let commune = survey.covering(at).first().copied().or(touching).map(|ground| ground.code.clone());
        let near = |ground: &&super::Ground| covers(ground, at) || border_m(ground, at) < 2.0 * accuracy;
        let candidates: Vec<_> =
            self.world.boundaries.iter().filter(near).map(|one| json!({"commune": one.code})).collect();
        let near_border = candidates.len() > 1 && survey.border_m(at) < 0.45 * accuracy;
        json!({ "commune": commune, "method": "covering", "near_border": near_border, "candidates": candidates })
    }

    fn submit(&mut self, key: &str, report: &Value) -> Answer {
        let text = report["description"].as_str().unwrap_or_default().trim();
        let category = report["category"].as_str().unwrap_or_default();
        let Some(level) = LEVELS.iter().find(|(code, _)| *code == category).map(|(_, level)| *level) else {
            return problem(422, "unknown_category");
        };
        if level == "elsewhere" {
            let guidance = json!({ "vi": "Gửi đơn tới cơ quan có thẩm quyền", "en": "Send it to the competent body" });
            return (422, json!({ "code": "belongs_elsewhere", "guidance": guidance }));
        }
        let bad = position(report).is_some_and(|at| at.x < 100.0 || at.y > 90.0);
        if text.is_empty() || bad || (report["position"].is_object() && position(report).is_none()) {
            return problem(422, "bad_report");
        }
        if self.fault != Fault::KeyForgotten
            && let Some(ticket) = self.tickets.iter().find(|ticket| ticket.key == key)
        {
            return (200, receipt(ticket));
        }
        let placement = self.place(report);
        let mut office = match (level, placement["commune"].as_str()) {
            ("province", _) if category != "can_bo" => {
                super::truth::Menu::sample().province.into_iter().find(|one| one.0 == category).unwrap().1
            }
            ("province", _) => ABOVE.into(),
            (_, Some(commune)) => format!("xa-{commune}"),
            _ => DESK.into(),
        };
        if self.fault == Fault::OfficeSwapped && office == "xa-03127" {
            office = "xa-03128".into();
        }
        let number = self.tickets.len();
        let dropped = self.fault == Fault::Dropped && number % 50 == 49;
        let (received, ended) = (self.clock.now(), self.clock.now());
        let (code, key, report) = (format!("CODE-{number:04}"), key.to_owned(), report.clone());
        let (status, version, bounces, settled_here) = ("queued", 1, 0, false);
        self.tickets.push(Ticket {
            code,
            key,
            report,
            office,
            placement,
            status,
            version,
            bounces,
            settled_here,
            received,
            ended,
            dropped,
            into: None,
        });
        (201, receipt(&self.tickets[number]))
    }

    fn view(&self, ticket: &Ticket) -> Value {
        let report = &ticket.report;
        let shared = report["share_contact"] == true || self.fault == Fault::ContactUnsealed;
        json!({
            "id": ticket.code, "code": ticket.code, "status": ticket.status, "version": ticket.version,
            "office": { "id": ticket.office }, "deadline": deadline(ticket), "description": report["description"],
            "position": report["position"], "receipt": { "placement": ticket.placement }, "contact": if shared { report["contact"].clone() } else { Value::Null },
        })
    }

    fn by_citizen(&mut self, code: &str, verb: &str, given: &str, body: &Value) -> Answer {
        let now = self.clock.now();
        let public = self.fault == Fault::TextPublic;
        let ends: BTreeMap<String, &str> = self.tickets.iter().map(|one| (one.code.clone(), one.status)).collect();
        let Some(ticket) = self.tickets.iter_mut().find(|ticket| ticket.code == code && !ticket.dropped) else {
            return problem(404, "not_found");
        };
        let own = given == secret(ticket);
        let to = match (verb, ticket.status) {
            ("", status) if own => {
                let main = ticket.into.as_ref().and_then(|into| ends.get(into)).map(|end| json!({ "status": end }));
                return (200, json!({ "status": status, "description": ticket.report["description"], "main": main }));
            }
            ("", status) => {
                let text = if public { ticket.report["description"].clone() } else { Value::Null };
                return (200, json!({ "code": code, "status": status, "description": text }));
            }
            ("metoo", status) => status,
            _ if !own => return problem(404, "not_found"),
            ("confirm", "resolved" | "closed") => "closed",
            ("reopen", "resolved" | "closed") => "queued",
            ("reply", "waiting_for_citizen") => "in_progress",
            ("place" | "rating" | "reply" | "photos", status) => status,
            _ => return problem(409, "not_now"),
        };
        if verb == "reopen" {
            ticket.received = now;
        }
        if let ("place", Some(commune)) = (verb, body["commune"].as_str()) {
            ticket.office = format!("xa-{commune}");
        }
        ticket.status = to;
        ticket.version += 1;
        (200, json!({ "status": to, "office": { "id": ticket.office }, "deadline": deadline(ticket) }))
    }

    fn by_office(&mut self, office: &str, id: &str, verb: &str, expected: &str, body: &Value) -> Answer {
        let (now, open) = (self.clock.now(), self.fault == Fault::DoorsOpen);
        let Some(number) = self.tickets.iter().position(|ticket| ticket.code == id) else {
            return problem(404, "not_found");
        };
        let nearest = self.nearest(&self.tickets[number]);
        let ticket = &mut self.tickets[number];
        if ticket.dropped || (ticket.office != office && !open) {
            return problem(404, "not_found");
        }
        if verb.is_empty() {
            return (200, self.view(&self.tickets[number]));
        }
        if expected != format!("\"{}\"", ticket.version) {
            return (412, json!({ "version": ticket.version }));
        }
        ticket.status = match (verb, ticket.status) {
            ("accept", "queued") => "accepted",
            ("start", "accepted") => "in_progress",
            ("resolve", "accepted" | "in_progress") => "resolved",
            ("refuse", "queued") => "refused",
            ("merge", "queued") if body["into"].is_string() => "merged",
            ("wait", "accepted" | "in_progress") => "waiting_for_citizen",
            ("extend", status @ ("accepted" | "in_progress")) if body["until"].is_string() => status,
            ("transfer", _) if !ticket.settled_here => "queued",
            _ => return problem(409, "not_now"),
        };
        if verb == "merge" {
            ticket.into = body["into"].as_str().map(str::to_owned);
        }
        if verb == "transfer" {
            ticket.bounces += 1;
            let suggested = if nearest == office { DESK.to_owned() } else { nearest };
            let to = body["office"].as_str().map_or(suggested, str::to_owned);
            ticket.office = if ticket.bounces >= 3 { DESK.into() } else { to };
        }
        ticket.version += 1;
        ticket.ended = now;
        (200, self.view(&self.tickets[number]))
    }

    fn answer(&mut self, method: &Method, uri: &Uri, headers: &HeaderMap, body: &Value) -> Answer {
        let header =
            |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let office = header("authorization").trim_start_matches("Bearer key-").to_owned();
        let query = |name: &str| {
            let pairs = uri.query().unwrap_or_default().split('&');
            pairs
                .filter_map(|pair| pair.split_once('='))
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.to_owned())
        };
        let path: Vec<&str> = uri.path().trim_start_matches("/api/v1/").split('/').collect();
        match (method.as_str(), path.as_slice()) {
            ("GET", ["categories"]) => {
                let items = LEVELS.map(|(code, level)| json!({ "code": code, "level": level, "name": { "vi": code } }));
                (200, json!({ "items": items }))
            }
            ("GET", ["locate"]) => {
                let number = |name| query(name).and_then(|text| text.parse::<f64>().ok());
                let [lon, lat, accuracy] = ["lon", "lat", "accuracy_m"].map(number);
                (200, self.place(&json!({ "position": { "lon": lon, "lat": lat, "accuracy_m": accuracy } })))
            }
            ("GET", ["stats", "summary"]) => (200, json!({ "centre_touches": 0 })),
            ("GET", ["stats" | "heatmap", ..] | ["reports", "nearby"]) => (200, json!({ "items": [] })),
            ("POST", ["reports"]) => self.submit(&header("idempotency-key"), body),
            ("POST", ["reports", "batch"]) => {
                let items = body["items"].as_array().unwrap();
                let answer = |item: &Value| {
                    let (status, body) = self.submit(item["idempotency_key"].as_str().unwrap(), &item["report"]);
                    json!({ "status": status, "report": body })
                };
                (200, json!({ "items": items.iter().map(answer).collect::<Vec<_>>() }))
            }
            ("GET", ["reports", code]) => self.by_citizen(code, "", &header("x-report-secret"), body),
            ("POST", ["reports", code, verb]) => self.by_citizen(code, verb, &header("x-report-secret"), body),
            ("GET", ["offices", of, "tickets"]) if *of == office => {
                let status = query("status");
                let fits = |ticket: &&Ticket| {
                    status.as_deref().is_none_or(|status| status == "all" || status == ticket.status)
                };
                let own = self.tickets.iter().filter(|ticket| ticket.office == office && !ticket.dropped).filter(fits);
                let skip: usize = query("cursor").and_then(|cursor| cursor.parse().ok()).unwrap_or_default();
                let items: Vec<_> = own.map(|ticket| self.view(ticket)).collect();
                let next = (items.len() > skip + 5).then(|| (skip + 5).to_string());
                (200, json!({ "items": items.into_iter().skip(skip).take(5).collect::<Vec<_>>(), "next": next }))
            }
            ("GET", ["tickets", id]) => self.by_office(&office, id, "", "", body),
            ("POST", ["tickets", id, verb]) => self.by_office(&office, id, verb, &header("if-match"), body),
            _ => problem(404, "not_found"),
        }
    }
}

const LEVELS: [(&str, &str); 15] = [
    ("cay_do", "commune"),
    ("chieu_sang", "commune"),
    ("duong_xa", "commune"),
    ("khac", "commune"),
    ("ngap_lut", "commune"),
    ("rac_thai", "commune"),
    ("sat_lo", "commune"),
    ("quoc_lo_tinh_lo", "province"),
    ("dien", "province"),
    ("du_lich_di_tich", "province"),
    ("vien_thong", "province"),
    ("pha_rung", "province"),
    ("can_bo", "province"),
    ("to_cao", "elsewhere"),
    ("khieu_nai", "elsewhere"),
];

fn receipt(ticket: &Ticket) -> Value {
    json!({
        "code": ticket.code, "secret": secret(ticket), "status": ticket.status,
        "office": { "id": ticket.office }, "placement": ticket.placement, "deadline": deadline(ticket),
    })
}

fn secret(ticket: &Ticket) -> String {
    format!("secret-of-{}", ticket.code)
}

fn position(report: &Value) -> Option<Coord<f64>> {
    let place = &report["position"];
    Some(Coord { x: place["lon"].as_f64()?, y: place["lat"].as_f64()? })
}

fn deadline(ticket: &Ticket) -> Value {
    json!({ "accept_by": ticket.received.plus(DAY + HOUR), "resolve_by": ticket.received.plus(4 * DAY) })
}

fn problem(status: u16, code: &str) -> Answer {
    (status, json!({ "code": code }))
}

async fn door(
    State(fake): State<Arc<Mutex<Fake>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, Json<Value>) {
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let mut fake = fake.lock().unwrap();
    let (status, answer) = fake.answer(&method, &uri, &headers, &body);
    if method == Method::POST {
        let what = uri.path().rsplit('/').next().unwrap_or_default();
        *fake.done.entry(format!("{what} {status}")).or_default() += 1;
    }
    (StatusCode::from_u16(status).unwrap(), Json(answer))
}
