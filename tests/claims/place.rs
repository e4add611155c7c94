//! A server's inside over one database, on the shipped approximate map.

use ioc::{
    app::{App, Ground},
    domain::{
        clock::{Clock, Entropy, Timestamp},
        event::EventKind,
        ids::{CenterId, KeyId, OfficeId, TicketId},
        ticket::Ticket,
    },
    flow::{
        Rejection,
        claim::{self, Basis, ClaimedTicket},
        handle::{self, Act},
        submit::{self, Parcel, Taken},
        view::TicketView,
    },
    identity::{Caller, Scope},
};
use serde_json::json;

use crate::support::Stage;

/// Tuesday, 14 July 2026, 09:00 in Vietnam.
const START: &str = "2026-07-14T02:00:00Z";

pub fn center() -> CenterId {
    "dien-bien".parse().unwrap()
}

pub struct Place {
    pub app: App,
    pub clock: Clock,
    pub office: OfficeId,
    _folder: tempfile::TempDir,
}

impl Place {
    pub async fn new(stage: &Stage) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::manual(START.parse().unwrap());
        let ground = Ground::open(&stage.url, &center()).await.unwrap().by_hand(clock.clone(), Entropy::seeded(1));
        let map = ground.import_approximate().await.unwrap().generation.id;
        let since: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        ground.activate(&map, Some(since)).await.unwrap();
        ground.furnish().await.unwrap();
        let app = ground.app(folder.path(), None).await.unwrap();
        let mut place = Self { app, clock, office: "nobody".parse().unwrap(), _folder: folder };
        let first = place.report().await;
        place.office = place.ticket(first).await.office;
        let caller = place.machine();
        let act = || Ok(Act::Accept(None));
        handle::handle(&place.app.flow, &caller, first, Some(2), act, vec![]).await.unwrap();
        place
    }

    /// The office's own machine.
    pub fn machine(&self) -> Caller {
        Caller::Key {
            id: KeyId(uuid::Uuid::nil()),
            center: center(),
            name: "Máy".into(),
            scopes: vec![Scope::Office(self.office.clone())],
        }
    }

    pub async fn report(&self) -> TicketId {
        let body = json!({"category": "duong_hong", "description": "Đường hỏng",
            "position": {"lon": 103.023, "lat": 21.392}});
        let parcel = Parcel { body, photos: vec![], idempotency_key: None, device: None };
        match submit::submit(&self.app.flow, parcel, &Caller::Anyone).await.unwrap() {
            Taken::New(receipt) => TicketId(receipt.id.0),
            Taken::Again(_) => panic!("it is new"),
        }
    }

    pub async fn claim(&self, limit: i64, seconds: i64) -> Vec<ClaimedTicket> {
        claim::claim(&self.app.flow, &self.machine(), &self.office, limit, seconds).await.unwrap()
    }

    pub fn seconds_pass(&self, seconds: i64) {
        self.clock.set(self.clock.now().plus(seconds * 1_000_000));
    }

    pub async fn ticket(&self, id: TicketId) -> Ticket {
        self.app.flow.store.ticket(&center(), id).await.unwrap().unwrap()
    }

    pub async fn act(&self, id: TicketId, basis: Basis, act: Act) -> Result<TicketView, Rejection> {
        handle::handle(&self.app.flow, &self.machine(), id, basis, || Ok(act), vec![]).await
    }

    /// What happened to a ticket since it was assigned.
    pub async fn story(&self, id: TicketId) -> Vec<EventKind> {
        let history = self.app.flow.store.history(&center(), id).await.unwrap();
        history.into_iter().skip(2).map(|event| event.kind).collect()
    }

    /// The figures are those of the tickets, and every ticket lies where its history has brought it.
    pub async fn audit(&self) {
        let store = &self.app.flow.store;
        let report = store.verify_chain().await.unwrap();
        assert!(report.faults.is_empty(), "{:?}", report.faults);
        assert_eq!(store.audit_tallies(&center()).await.unwrap(), Vec::<String>::new());
    }
}
