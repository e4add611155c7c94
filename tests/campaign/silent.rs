//! A network that swallows everything, as when a machine or a firewall between them goes: nothing is closed, nothing is
//! refused, no answer ever comes.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use futures::future::join_all;
use serde_json::json;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, UnixStream},
};
use tokio_util::sync::CancellationToken;

use crate::{
    audit::say,
    support::{Engine, TestServer, database::Scratch, map},
};

/// Passes on to PostgreSQL's socket what comes in; can forget every connection that it has, without closing one.
#[derive(Clone, Default)]
struct Line(Arc<Mutex<CancellationToken>>);

impl Line {
    async fn open(socket: String) -> (Self, u16) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let line = Self::default();
        let this = line.clone();
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let swallowed = this.0.lock().expect("no panic").clone();
                let mut far = UnixStream::connect(&socket).await.expect("PostgreSQL listens");
                tokio::spawn(async move {
                    let passed = swallowed.run_until_cancelled(copy_bidirectional(&mut near, &mut far)).await;
                    if passed.is_none() {
                        std::future::pending::<()>().await;
                    }
                });
            }
        });
        (line, port)
    }

    fn swallow(&self) {
        let before = std::mem::take(&mut *self.0.lock().expect("no panic"));
        before.cancel();
    }
}

async fn posts(server: &TestServer, count: usize) -> Vec<u16> {
    let (lon, lat) = map::middle(map::CENTRE);
    let report = json!({"category": "duong_hong", "description": "x", "position": {"lon": lon, "lat": lat}});
    join_all((0..count).map(|_| server.post("/api/v1/reports", &report))).await.iter().map(|one| one.status).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_went_silent_are_left_for_new_ones() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = Scratch::new(Engine::Postgres, folder.path()).await;
    let (name, socket) = database.url().split_once("?host=").expect("a socket");
    let name = name.rsplit_once('/').expect("a name").1;
    let (line, port) = Line::open(format!("{socket}/.s.PGSQL.5432")).await;
    let server = TestServer::over(format!("postgres://postgres@127.0.0.1:{port}/{name}"));
    assert!(posts(&server, 40).await.iter().all(|status| *status == 201));
    line.swallow();
    let began = Instant::now();
    // Whoever asks now finds one silent connection after another, and is answered all the same.
    let mut told = posts(&server, 24).await;
    let first = began.elapsed();
    while told.iter().any(|status| *status != 201) {
        assert!(told.iter().all(|status| matches!(status, 201 | 503)), "{told:?}");
        assert!(began.elapsed() < Duration::from_mins(1), "it never came back: {told:?}");
        told = posts(&server, 24).await;
    }
    say(&format!("silent connections: first answers after {first:.1?}, all well after {:.1?}", began.elapsed()));
    drop(server);
}
