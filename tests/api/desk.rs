//! The people of these tests: a citizen with a report, an official at a desk.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{TestServer, map, server::Answer};

/// The word that marks private text in these tests.
pub const PRIVATE: &str = "Bí mật của người gửi";

/// A report of an everyday matter at a position.
pub fn report_at((lon, lat): (f64, f64)) -> Value {
    json!({"category": EVERYDAY, "description": PRIVATE, "position": {"lon": lon, "lat": lat}})
}

/// An everyday report inside the middle commune.
pub fn report() -> Value {
    report_at(map::HOME)
}

/// A category of the starter rules: a damaged village road, the commune's own.
pub const EVERYDAY: &str = "duong_hong";
/// A damaged national road: a provincial department's.
pub const PROVINCIAL: &str = "quoc_lo_tinh_lo";
/// About an office or its people.
pub const ABOUT_AN_OFFICE: &str = "can_bo";
/// Complaints and denunciations: the law sends them elsewhere.
pub const ELSEWHERE: [&str; 2] = ["khieu_nai", "to_cao"];

/// Posts and asserts 201.
pub async fn sent(server: &TestServer, report: &Value) -> Citizen {
    let answer = server.post("/api/v1/reports", report).await.is(201);
    Citizen { code: word(&answer.json["code"]), secret: word(&answer.json["secret"]), receipt: answer }
}

/// A text of an answer.
#[track_caller]
pub fn word(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text was expected, not {value}")).to_owned()
}

/// Who sent a report, with what they were given.
#[derive(Debug)]
pub struct Citizen {
    /// The number.
    pub code: String,
    /// The secret.
    pub secret: String,
    /// The whole 201.
    pub receipt: Answer,
}

impl Citizen {
    /// The id of the office in the receipt.
    pub fn office(&self) -> String {
        word(&self.receipt.json["office"]["id"])
    }

    /// Their own view of the report.
    pub async fn look(&self, server: &TestServer) -> Answer {
        let request = server.request(Method::GET, &format!("/api/v1/reports/{}", self.code));
        server.send(request.header("X-Report-Secret", &self.secret)).await.is(200)
    }

    /// Does something with the secret.
    pub async fn act(&self, server: &TestServer, what: &str, body: &Value) -> Answer {
        let request = server.request(Method::POST, &format!("/api/v1/reports/{}/{what}", self.code));
        server.send(request.header("X-Report-Secret", &self.secret).json(body)).await
    }
}

/// An official with a key.
pub struct Desk<'a> {
    server: &'a TestServer,
    /// The office.
    pub office: String,
    /// The key.
    pub key: String,
}

impl<'a> Desk<'a> {
    /// Opens the desk of an office.
    pub fn of(server: &'a TestServer, office: &str) -> Self {
        Self { server, office: office.to_owned(), key: server.key(&[&format!("office:{office}")]) }
    }

    /// The desk of a commune's office.
    pub fn of_commune(server: &'a TestServer, code: &str) -> Self {
        Self::of(server, &map::office(code))
    }

    /// A page of the queue.
    pub async fn queue(&self, query: &str) -> Answer {
        self.server.get_as(&self.key, &format!("/api/v1/offices/{}/tickets{query}", self.office)).await.is(200)
    }

    /// The ticket of a report in this queue; None where it is not there.
    pub async fn find(&self, code: &str) -> Option<Value> {
        let queue = self.queue("?status=all&limit=200").await;
        queue.json["items"].as_array()?.iter().find(|item| item["code"] == code).cloned()
    }

    /// The id of the ticket of a report that must be in this queue.
    pub async fn id(&self, code: &str) -> String {
        let ticket = self.find(code).await.unwrap_or_else(|| panic!("{code} is not in {}", self.office));
        word(&ticket["id"])
    }

    /// A ticket, whole.
    pub async fn ticket(&self, id: &str) -> Answer {
        self.server.get_as(&self.key, &format!("/api/v1/tickets/{id}")).await
    }

    /// A change without `If-Match`, to be dressed up.
    pub fn change(&self, id: &str, action: &str, body: &Value) -> RequestBuilder {
        let request = self.server.request(Method::POST, &format!("/api/v1/tickets/{id}/{action}"));
        request.bearer_auth(&self.key).json(body)
    }

    /// A change on the ticket as it stands now.
    pub async fn act(&self, id: &str, action: &str, body: &Value) -> Answer {
        let etag = self.ticket(id).await.is(200).etag.expect("a ticket has an ETag");
        self.server.send(self.change(id, action, body).header("If-Match", etag)).await
    }

    /// A change that must succeed; the ticket after it.
    pub async fn does(&self, id: &str, action: &str, body: Value) -> Value {
        let answer = self.act(id, action, &body).await;
        assert_eq!(answer.status, 200, "{action}: {}", answer.text);
        self.ticket(id).await.json
    }
}

/// Six reports in the middle, two in the east.
pub async fn eight_reports(server: &TestServer) -> Vec<String> {
    let mut codes = vec![];
    for (code, count) in [(map::CENTRE, 6), (map::EAST, 2)] {
        for _ in 0..count {
            codes.push(sent(server, &report_at(map::middle(code))).await.code);
        }
    }
    codes
}
