//! A server's inside with a clock that a hand moves, a hand in its database, and somebody outside who listens.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use ioc::{
    app::{App, Ground},
    domain::{
        check::Verdict,
        clock::{Clock, Entropy, MINUTE, Timestamp},
        ids::{CenterId, TicketId},
    },
    flow::{
        status::{self, Status},
        submit::{self, Parcel, Taken},
    },
    identity::Caller,
    store::Store,
};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::support::Stage;

/// Tuesday, 14 July 2026, 09:00 in Vietnam.
const START: &str = "2026-07-14T02:00:00Z";

pub struct Place {
    pub app: App,
    pub clock: Clock,
    pub url: String,
    _folder: tempfile::TempDir,
}

pub fn center() -> CenterId {
    "dien-bien".parse().unwrap()
}

/// Three communes in a row.
fn map() -> String {
    let feature = |(code, west): (&str, f64)| {
        let east = west + 0.1;
        let ring = [[west, 21.0], [east, 21.0], [east, 21.1], [west, 21.1], [west, 21.0]];
        json!({
            "type": "Feature",
            "properties": {"code": code, "full_name": format!("Xã {code}"), "province_code": "11"},
            "geometry": {"type": "MultiPolygon", "coordinates": [[ring]]},
        })
    };
    let features: Vec<_> = [("03101", 103.0), ("03102", 103.1), ("03103", 103.2)].into_iter().map(feature).collect();
    json!({"type": "FeatureCollection", "features": features}).to_string()
}

impl Place {
    pub async fn new(stage: &Stage) -> Self {
        let (folder, clock) = (tempfile::tempdir().unwrap(), Clock::manual(START.parse().unwrap()));
        let ground = Ground::open(&stage.url, &center()).await.unwrap().by_hand(clock.clone(), Entropy::seeded(7));
        let file = folder.path().join("map.geojson");
        std::fs::write(&file, map()).unwrap();
        ground.import_boundaries(&file, "a".parse().unwrap()).await.unwrap();
        ground.activate(&"a".parse().unwrap(), Some("2026-01-01T00:00:00Z".parse().unwrap())).await.unwrap();
        ground.furnish().await.unwrap();
        let app = ground.app(folder.path(), None).await.unwrap();
        Self { app, clock, url: stage.url.clone(), _folder: folder }
    }

    pub fn store(&self) -> &Store {
        &self.app.flow.store
    }

    pub fn minutes_pass(&self, minutes: i64) {
        self.clock.set(self.clock.now().plus(minutes * MINUTE));
    }

    /// A report in the first commune.
    pub async fn report(&self) -> TicketId {
        let body = json!({
            "category": "duong_hong", "description": "Đường hỏng", "position": {"lon": 103.05, "lat": 21.05},
        });
        let parcel = Parcel { body, photos: vec![], idempotency_key: None, device: None };
        let Taken::New(receipt) = submit::submit(&self.app.flow, parcel, &Caller::Anyone).await.unwrap() else {
            panic!("it is new");
        };
        TicketId(receipt.id.0)
    }

    pub async fn status(&self) -> Status {
        status::status(&self.app.flow).await
    }

    /// How a check stands.
    pub async fn stands(&self, name: &str) -> Verdict {
        let status = self.status().await;
        status.check(name).unwrap_or_else(|| panic!("{name} is not told: {status:?}")).state
    }

    /// The next moment that is stored.
    pub async fn next_moment(&self, ticket: TicketId) -> Option<Timestamp> {
        let before = uuid::Uuid::from_u128(ticket.0.as_u128() - 1);
        let all = self.store().tickets_after(&center(), TicketId(before), 1).await.unwrap();
        all[0].next_at
    }

    /// How many notices of a kind were raised.
    pub async fn notices(&self, kind: &str) -> usize {
        let all = self.store().notices(&center(), 1_000).await.unwrap();
        all.iter().filter(|notice| notice.kind == kind).count()
    }

    /// Does something to the database behind everybody's back.
    pub async fn by_hand(&self, statement: &str) {
        let statement = AssertSqlSafe(statement.to_owned());
        if self.url.starts_with("sqlite") {
            let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
            sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
        } else {
            let mut connection = PgConnection::connect(&self.url).await.unwrap();
            sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
        }
    }

    /// How many rows each table has; how checks stand is left out.
    pub async fn rows(&self) -> Vec<(String, i64)> {
        let mut rows = vec![];
        for table in self.tables().await {
            let count = AssertSqlSafe(format!("select count(*) from {table}"));
            let count: i64 = if self.url.starts_with("sqlite") {
                let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
                sqlx::query_scalar(count).fetch_one(&mut connection).await.unwrap()
            } else {
                let mut connection = PgConnection::connect(&self.url).await.unwrap();
                sqlx::query_scalar(count).fetch_one(&mut connection).await.unwrap()
            };
            rows.push((table, count));
        }
        rows
    }

    async fn tables(&self) -> Vec<String> {
        let mut tables: Vec<String> = if self.url.starts_with("sqlite") {
            let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
            let all = "select name from sqlite_master where type = 'table'";
            sqlx::query_scalar(all).fetch_all(&mut connection).await.unwrap()
        } else {
            let mut connection = PgConnection::connect(&self.url).await.unwrap();
            let all = "select tablename::text from pg_tables where schemaname = 'public'";
            sqlx::query_scalar(all).fetch_all(&mut connection).await.unwrap()
        };
        tables.retain(|table| table != "finding");
        tables.sort();
        assert!(tables.len() > 20, "{tables:?}");
        tables
    }
}

/// Somebody outside who counts how often all is said to be well, and answers with this status.
pub struct Outside {
    pub url: String,
    told: Arc<AtomicUsize>,
}

impl Outside {
    pub async fn answering(status: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/ping/secret", listener.local_addr().unwrap());
        let told = Arc::new(AtomicUsize::new(0));
        let heard = Arc::clone(&told);
        tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                let mut request = vec![];
                while !request.ends_with(b"\r\n\r\n") {
                    let Ok(byte) = connection.read_u8().await else { break };
                    request.push(byte);
                }
                assert!(request.starts_with(b"GET /ping/secret "), "{request:?}");
                heard.fetch_add(1, Ordering::SeqCst);
                let answer = format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                let _ = connection.write_all(answer.as_bytes()).await;
            }
        });
        Self { url, told }
    }

    pub fn told(&self) -> usize {
        self.told.load(Ordering::SeqCst)
    }
}
