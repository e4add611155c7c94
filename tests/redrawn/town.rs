//! A small country that is re-drawn twice.
//!
//! ```text
//!   A: ┌───────────────┐   B: ┌───────────────┐   C: one commune 03101 over all of it and more
//!      │     03103     │      │     03102     │
//!      ├───────┬───────┤      ├─────────┬─────┤      B: 03102 names the north now, the east is 03104, and a strip of
//!      │ 03101 │ 03102 │      │  03101  │03104│      the east has gone to the west.
//!      └───────┴───────┘      └─────────┴─────┘
//! ```

use std::path::Path;

use ioc::{
    app::{App, Ground},
    domain::{
        clock::{Clock, Entropy, Timestamp},
        event::EventKind,
        ids::{CenterId, KeyId, TicketId},
        text::Description,
        ticket::Ticket,
    },
    flow::{
        Rejection,
        follow::{self, Word},
        handle::{self, Act},
        look::{self, Seen},
        submit::{self, Parcel, Taken},
        view::TicketView,
    },
    identity::{Caller, Scope},
};
use serde_json::{Value, json};

use crate::support::Stage;

/// Tuesday, 14 July 2026, 09:00 in Vietnam.
pub const START: &str = "2026-07-14T02:00:00Z";
/// In the east on A, in the west on B.
pub const STRIP: (f64, f64) = (103.11, 21.05);
/// In the east on both.
pub const EAST: (f64, f64) = (103.17, 21.05);
/// In the north on both.
pub const NORTH: (f64, f64) = (103.05, 21.15);
/// In the west on both.
pub const WEST: (f64, f64) = (103.05, 21.05);

const A: [(&str, &str, [f64; 4]); 3] = [
    ("03101", "Tây", [103.0, 21.0, 103.1, 21.1]),
    ("03102", "Đông", [103.1, 21.0, 103.2, 21.1]),
    ("03103", "Bắc", [103.0, 21.1, 103.2, 21.2]),
];
const B: [(&str, &str, [f64; 4]); 3] = [
    ("03101", "Tây", [103.0, 21.0, 103.12, 21.1]),
    ("03104", "Đông", [103.12, 21.0, 103.2, 21.1]),
    ("03102", "Bắc", [103.0, 21.1, 103.2, 21.2]),
];
/// A with a commune of another province to the east of it.
const D: [(&str, &str, [f64; 4]); 4] = [A[0], A[1], A[2], ("04001", "Mường Khác", [103.2, 21.0, 103.3, 21.2])];
const C: [(&str, &str, [f64; 4]); 1] = [("03101", "Lớn", [103.0, 21.0, 103.2, 21.3])];

/// A server's inside over one database, with a clock that a hand moves.
pub struct Town {
    pub app: App,
    pub ground: Ground,
    pub clock: Clock,
    pub folder: tempfile::TempDir,
    url: String,
}

pub fn center() -> CenterId {
    "dien-bien".parse().unwrap()
}

fn collection(communes: &[(&str, &str, [f64; 4])]) -> String {
    let feature = |(code, name, [x0, y0, x1, y1]): &(&str, &str, [f64; 4])| {
        let ring = [[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]];
        json!({
            "type": "Feature",
            "properties": {"code": code, "full_name": format!("Xã {name}"), "province_code": province(code)},
            "geometry": {"type": "MultiPolygon", "coordinates": [[ring]]},
        })
    };
    let features: Vec<Value> = communes.iter().map(feature).collect();
    json!({"type": "FeatureCollection", "features": features}).to_string()
}

/// One of the maps as a file has it.
pub fn geojson(name: &str) -> String {
    collection(match name {
        "a" => &A[..],
        "b" => &B[..],
        "c" => &C[..],
        "d" => &D[..],
        other => panic!("no map {other}"),
    })
}

fn province(code: &str) -> &'static str {
    if code.starts_with("03") { "11" } else { "14" }
}

impl Town {
    /// With A in force since 2026, and B and C at hand.
    pub async fn new(stage: &Stage) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::manual(START.parse().unwrap());
        let ground = ground(&stage.url, &clock, 1).await;
        for name in ["a", "b", "c", "d"] {
            let file = folder.path().join(format!("{name}.geojson"));
            std::fs::write(&file, geojson(name)).unwrap();
            ground.import_boundaries(&file, name.parse().unwrap()).await.unwrap();
        }
        let since: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        ground.activate(&"a".parse().unwrap(), Some(since)).await.unwrap();
        let app = app(&ground, folder.path()).await;
        Self { app, ground, clock, folder, url: stage.url.clone() }
    }

    /// Another instance over the same database; also what a server is after it was killed and started again.
    pub async fn instance(&self, seed: u64) -> App {
        app(&ground(&self.url, &self.clock, seed).await, self.folder.path()).await
    }

    pub async fn activate(&self, map: &str) {
        self.ground.activate(&map.parse().unwrap(), None).await.unwrap();
    }

    pub fn minutes_pass(&self, minutes: i64) {
        self.clock.set(self.clock.now().plus(minutes * 60_000_000));
    }

    pub async fn report(&self, whereabouts: Value) -> TicketId {
        let mut body = json!({"category": "duong_hong", "description": "Đường hỏng"});
        body.as_object_mut().unwrap().extend(whereabouts.as_object().unwrap().clone());
        let parcel = Parcel { body, photos: vec![], idempotency_key: None, device: None };
        match submit::submit(&self.app.flow, parcel, &Caller::Anyone).await.unwrap() {
            Taken::New(receipt) => TicketId(receipt.id.0),
            Taken::Again(_) => panic!("it is new"),
        }
    }

    pub async fn report_at(&self, (lon, lat): (f64, f64)) -> TicketId {
        self.report(json!({"position": {"lon": lon, "lat": lat}})).await
    }

    pub async fn ticket(&self, id: TicketId) -> Ticket {
        self.ground.store.ticket(&center(), id).await.unwrap().unwrap()
    }

    pub async fn office(&self, id: TicketId) -> String {
        self.ticket(id).await.office.to_string()
    }

    pub async fn act(&self, office: &str, id: TicketId, act: Act) -> Result<TicketView, Rejection> {
        let version = self.ticket(id).await.version;
        handle::handle(&self.app.flow, &official(office), id, Some(version), || Ok(act), vec![]).await
    }

    pub async fn redrawn(&self, id: TicketId) -> Vec<EventKind> {
        let history = self.ground.store.history(&center(), id).await.unwrap();
        history.into_iter().map(|event| event.kind).filter(|kind| kind.word() == "redrawn").collect()
    }

    /// Ids in an office's queue as its people see it.
    pub async fn queue(&self, office: &str) -> Vec<TicketId> {
        let office_id = office.parse().unwrap();
        let page = look::queue(&self.app.flow, &official(office), &office_id, &[], None, 100).await.unwrap();
        page.items.into_iter().map(|ticket| ticket.id).collect()
    }

    /// Why it left, as the former office is told.
    pub async fn tombstone(&self, office: &str, id: TicketId) -> String {
        match look::ticket(&self.app.flow, &official(office), id).await.unwrap() {
            Seen::Moved(tombstone) => tombstone.reason,
            Seen::Own(_) => panic!("{office} has it"),
        }
    }

    /// The figures are those of the tickets, and every ticket lies where its history has brought it.
    pub async fn audit(&self) {
        let report = self.ground.store.verify_chain().await.unwrap();
        assert!(report.faults.is_empty(), "{:?}", report.faults);
        assert_eq!(self.ground.store.audit_tallies(&center()).await.unwrap(), Vec::<String>::new());
    }
}

async fn ground(url: &str, clock: &Clock, seed: u64) -> Ground {
    Ground::open(url, &center()).await.unwrap().by_hand(clock.clone(), Entropy::seeded(seed))
}

async fn app(ground: &Ground, folder: &Path) -> App {
    ground.clone().app(folder, None).await.unwrap()
}

pub fn official(office: &str) -> Caller {
    Caller::Key {
        id: KeyId(uuid::Uuid::nil()),
        center: center(),
        name: "Một cửa".into(),
        scopes: vec![Scope::Office(office.parse().unwrap())],
    }
}

impl Town {
    pub async fn reopen(&self, id: TicketId) {
        let ticket = self.ticket(id).await;
        let secret = self.app.flow.vault.secret(ticket.report, &ticket.code);
        let word = Word::Reopen(Description::parse("Vẫn hỏng").unwrap());
        follow::follow(&self.app.flow, &ticket.code, Some(&secret), word).await.unwrap();
        self.app.tick().await.unwrap();
    }
}

pub fn words(text: &str) -> Description {
    Description::parse(text).unwrap()
}
