//! A server's inside with a clock that a hand moves: two communes, their offices, a courier.

use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use ioc::{
    app::{App, Ground},
    deliver::{Courier, Outside, Resolver},
    domain::{
        clock::{Clock, Entropy, Timestamp},
        delivery::{Audience, BodyType, Channel, Door, Gateway, Stage},
        ids::{CenterId, DestinationId, KeyId, PhotoId, TicketId},
        text::{Description, Line},
        ticket::Ticket,
    },
    flow::{
        Rejection,
        destinations::{self, Added, DestinationView, NewDestination},
        follow::{self, Word},
        handle::{self, Act},
        look::{self, Seen},
        submit::{self, Parcel, Taken},
        view::{TicketDetail, TicketView},
    },
    identity::{Caller, Scope},
    store::TrackedDelivery,
};
use serde_json::{Value, json};

use crate::support::Stage as Database;

/// Tuesday, 14 July 2026, 09:00 in Vietnam.
pub const START: &str = "2026-07-14T02:00:00Z";
/// The office of the western commune.
pub const WEST: &str = "xa-03101";
/// The office of the eastern commune.
pub const EAST: &str = "xa-03102";
/// A position in the western commune.
pub const IN_WEST: (f64, f64) = (103.05, 21.05);

/// Names and what they are answered with, one question after another.
pub type Names = Arc<Mutex<HashMap<String, VecDeque<Vec<IpAddr>>>>>;

pub struct Town {
    pub app: App,
    pub clock: Clock,
    pub courier: Courier,
    pub names: Names,
    pub folder: tempfile::TempDir,
    url: String,
}

pub fn center() -> CenterId {
    "dien-bien".parse().unwrap()
}

fn map() -> String {
    let feature = |(code, name, west): (&str, &str, f64)| {
        let east = west + 0.1;
        let ring = [[west, 21.0], [east, 21.0], [east, 21.1], [west, 21.1], [west, 21.0]];
        json!({
            "type": "Feature",
            "properties": {"code": code, "full_name": format!("Xã {name}"), "province_code": "11"},
            "geometry": {"type": "MultiPolygon", "coordinates": [[ring]]},
        })
    };
    let features: Vec<Value> = [("03101", "Tây", 103.0), ("03102", "Đông", 103.1)].into_iter().map(feature).collect();
    json!({"type": "FeatureCollection", "features": features}).to_string()
}

async fn ground(url: &str, clock: &Clock, seed: u64) -> Ground {
    Ground::open(url, &center()).await.unwrap().by_hand(clock.clone(), Entropy::seeded(seed))
}

impl Town {
    pub async fn new(stage: &Database) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::manual(START.parse().unwrap());
        let ground = ground(&stage.url, &clock, 1).await;
        let file = folder.path().join("map.geojson");
        std::fs::write(&file, map()).unwrap();
        ground.import_boundaries(&file, "a".parse().unwrap()).await.unwrap();
        let since: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        ground.activate(&"a".parse().unwrap(), Some(since)).await.unwrap();
        let app = ground.app(folder.path(), None).await.unwrap();
        let names = Names::default();
        let courier = Courier::new(app.flow.clone(), outside(&names));
        Self { app, clock, courier, names, folder, url: stage.url.clone() }
    }

    /// Another instance over the same database, with a clock of its own by so many minutes.
    pub async fn instance(&self, seed: u64, ahead_minutes: i64) -> (App, Courier) {
        let clock = Clock::manual(self.clock.now().plus(ahead_minutes * 60_000_000));
        let app = ground(&self.url, &clock, seed).await.app(self.folder.path(), None).await.unwrap();
        let courier = Courier::new(app.flow.clone(), outside(&self.names));
        (app, courier)
    }

    pub fn minutes_pass(&self, minutes: i64) {
        self.clock.set(self.clock.now().plus(minutes * 60_000_000));
    }

    pub async fn round(&self) {
        self.courier.round().await.unwrap();
    }

    /// A destination; an office's gets its approval for a year.
    pub async fn add(&self, office: Option<&str>, audience: Audience, channel: Channel) -> Added {
        self.add_with(office, audience, channel, None).await
    }

    pub async fn add_with(
        &self,
        office: Option<&str>,
        audience: Audience,
        channel: Channel,
        credential: Option<&str>,
    ) -> Added {
        let office = office.map(|office| office.parse().unwrap());
        let (flow, now) = (&self.app.flow, self.clock.now());
        if office.is_some() {
            flow.store.approve(&center(), office.as_ref(), now.plus(365 * 24 * 3_600_000_000), now).await.unwrap();
        }
        let name = Line::parse(&format!("Hệ thống {}", channel.word())).unwrap();
        let credential = credential.map(str::to_owned);
        destinations::add(flow, NewDestination { office, audience, name, channel, credential }).await.unwrap()
    }

    pub async fn webhook(&self, office: Option<&str>, url: &str) -> Added {
        self.add(office, Audience::Office, Channel::Webhook(door(url))).await
    }

    pub async fn destination(&self, id: DestinationId) -> DestinationView {
        let all = destinations::list(&self.app.flow).await.unwrap();
        all.items.into_iter().find(|one| one.id == id).unwrap()
    }

    pub async fn report(&self) -> TicketId {
        self.report_with(json!({}), vec![]).await
    }

    pub async fn report_with(&self, more: Value, photos: Vec<bytes::Bytes>) -> TicketId {
        let (lon, lat) = IN_WEST;
        let mut body = json!({
            "category": "duong_hong", "description": "Đường hỏng <b> & \"sâu\"", "position": {"lon": lon, "lat": lat},
        });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let flow = &self.app.flow;
        let mut originals = vec![];
        for photo in photos {
            let id = PhotoId(flow.entropy.uuid(flow.clock.now()));
            originals.push(flow.darkroom.originals().take(id, &photo).await);
        }
        let parcel = Parcel { body, photos: originals, idempotency_key: None, device: None };
        match submit::submit(&self.app.flow, parcel, &Caller::Anyone).await.unwrap() {
            Taken::New(receipt) => TicketId(receipt.id.0),
            Taken::Again(_) => panic!("it is new"),
        }
    }

    pub async fn ticket(&self, id: TicketId) -> Ticket {
        self.app.flow.store.ticket(&center(), id).await.unwrap().unwrap()
    }

    pub async fn act(&self, office: &str, id: TicketId, act: Act) -> Result<TicketView, Rejection> {
        let version = self.ticket(id).await.version;
        handle::handle(&self.app.flow, &official(office), id, Some(version), || Ok(act), vec![]).await
    }

    pub async fn accept(&self, id: TicketId) {
        self.act(WEST, id, Act::Accept(None)).await.unwrap();
    }

    pub async fn resolve(&self, office: &str, id: TicketId) {
        self.act(office, id, Act::Resolve(words("Đã vá xong"), vec![])).await.unwrap();
    }

    pub async fn transfer(&self, from: &str, to: &str, id: TicketId) {
        let act = Act::Transfer(Some(to.parse().unwrap()), words("Không thuộc địa bàn"));
        self.act(from, id, act).await.unwrap();
    }

    pub async fn citizen_says(&self, id: TicketId, word: Word) {
        let ticket = self.ticket(id).await;
        let secret = self.app.flow.vault.secret(ticket.report, &ticket.code);
        follow::follow(&self.app.flow, &ticket.code, Some(&secret), word).await.unwrap();
    }

    /// What an office sees of a ticket.
    pub async fn seen(&self, office: &str, id: TicketId) -> TicketDetail {
        match look::ticket(&self.app.flow, &official(office), id).await.unwrap() {
            Seen::Own(detail) => *detail,
            Seen::Moved(_) => panic!("{office} has it no longer"),
        }
    }

    pub async fn deliveries(&self, id: TicketId) -> Vec<TrackedDelivery> {
        let all = self.app.flow.store.deliveries_of_ticket(&center(), id).await.unwrap();
        all.into_iter().map(|(tracked, _)| tracked).collect()
    }

    pub async fn stages(&self, id: TicketId) -> Vec<Stage> {
        self.deliveries(id).await.into_iter().map(|tracked| tracked.stage).collect()
    }

    /// The kinds of notices that were raised, oldest first.
    pub async fn notices(&self) -> Vec<String> {
        let mut all = self.app.flow.store.notices(&center(), 100).await.unwrap();
        all.reverse();
        all.into_iter().map(|notice| notice.kind).collect()
    }
}

/// Patience short enough for a test that has to exhaust it.
fn outside(names: &Names) -> Outside {
    Outside::new(Resolver::Manual(Arc::clone(names)), Duration::from_millis(1_500))
}

/// A door into this machine, as an administrator opens it.
pub fn door(url: &str) -> Door {
    Door { url: url.parse().unwrap(), ranges: vec!["127.0.0.0/8".parse().unwrap()] }
}

pub fn gateway(url: &str, body: &str) -> Channel {
    Channel::Gateway(Gateway {
        door: door(url),
        body: body.to_owned(),
        media_type: BodyType::Json,
        header: Some("x-token".into()),
        success: Some("\"ok\"".into()),
        link: Some("https://tra-cuu.vn/{code}".into()),
    })
}

pub fn official(office: &str) -> Caller {
    Caller::Key {
        id: KeyId(uuid::Uuid::nil()),
        center: center(),
        name: "Một cửa".into(),
        scopes: vec![Scope::Office(office.parse().unwrap())],
    }
}

pub fn words(text: &str) -> Description {
    Description::parse(text).unwrap()
}
