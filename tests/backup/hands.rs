//! What these tests do with backups and databases.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::Value;

use crate::{
    desk::{Citizen, word},
    support::{Engine, TestServer, server::Answer},
};

/// Rows of a database, read without the product's help.
macro_rules! asked {
    ($url:expr, $row:ty, $sql:expr) => {{
        use sqlx::Connection as _;
        let url: &str = $url;
        let rows: Vec<$row> = if url.starts_with("sqlite") {
            let mut connection = sqlx::SqliteConnection::connect(url).await.unwrap();
            sqlx::query_as($sql).fetch_all(&mut connection).await.unwrap()
        } else {
            let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
            sqlx::query_as($sql).fetch_all(&mut connection).await.unwrap()
        };
        rows
    }};
}

/// Statements, one after another.
pub async fn done(url: &str, statements: &[&'static str]) {
    use sqlx::{Connection as _, Executor as _};
    if url.starts_with("sqlite") {
        let mut connection = sqlx::SqliteConnection::connect(url).await.unwrap();
        for statement in statements {
            connection.execute(*statement).await.unwrap();
        }
    } else {
        let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
        for statement in statements {
            connection.execute(*statement).await.unwrap();
        }
    }
}

/// Nothing here takes longer, on however busy a machine.
pub const PATIENCE: Duration = Duration::from_mins(2);

/// Asks until it is so.
pub async fn comes<F: Future<Output = bool>>(what: &str, is_so: impl Fn() -> F) {
    let started = Instant::now();
    while !is_so().await {
        assert!(started.elapsed() < PATIENCE, "it never came: {what}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// The engine that a server stands on.
pub fn engine_of(server: &TestServer) -> Engine {
    if server.database_url().starts_with("sqlite") { Engine::Sqlite } else { Engine::Postgres }
}

/// `ioc backup`: what it says of itself.
pub fn backup(server: &TestServer, to: &Path) -> Value {
    let said = tokio::task::block_in_place(|| server.run(&["backup", "--json", "--to", to.to_str().unwrap()]));
    serde_json::from_str(&said).unwrap()
}

/// The folder of a backup.
pub fn folder_of(made: &Value) -> PathBuf {
    made["path"].as_str().unwrap().into()
}

/// An empty machine with a copy of the sealing key.
pub async fn empty_machine(server: &TestServer) -> TestServer {
    let elsewhere = TestServer::bare(engine_of(server)).await;
    fs::copy(server.folder().join("ioc.key"), elsewhere.folder().join("ioc.key")).unwrap();
    elsewhere
}

/// `ioc restore`: what it said, where it was refused.
pub fn refusal(elsewhere: &TestServer, folder: &Path) -> Option<String> {
    let output = tokio::task::block_in_place(|| elsewhere.output(&["restore", folder.to_str().unwrap()]));
    let said = [output.stdout, output.stderr].concat();
    (!output.status.success()).then(|| String::from_utf8_lossy(&said).into_owned())
}

/// A photo that any camera might have sent, `bytes` long at least.
pub fn snapshot(bytes: usize) -> Vec<u8> {
    let stripes = image::RgbImage::from_fn(320, 240, |x, y| image::Rgb([x.to_le_bytes()[0], y.to_le_bytes()[0], 90]));
    let mut jpeg = std::io::Cursor::new(vec![]);
    image::DynamicImage::ImageRgb8(stripes).write_to(&mut jpeg, image::ImageFormat::Jpeg).unwrap();
    let mut jpeg = jpeg.into_inner();
    jpeg.resize(jpeg.len().max(bytes), 0);
    jpeg
}

/// Sends a report with a photo.
pub async fn sent_with(server: &TestServer, report: &Value, photo: Vec<u8>) -> Citizen {
    let form = Form::new().text("report", report.to_string()).part("photo", Part::bytes(photo).file_name("photo.jpg"));
    let answer = server.send(server.request(Method::POST, "/api/v1/reports").multipart(form)).await.is(201);
    Citizen { code: word(&answer.json["code"]), secret: word(&answer.json["secret"]), receipt: answer }
}

/// The sender's view once every photo has joined the report or was refused.
pub async fn joined(server: &TestServer, citizen: &Citizen) -> Answer {
    comes("photos are cleaned", || async { citizen.look(server).await.json["photos_pending"] == 0 }).await;
    citizen.look(server).await
}

/// `ioc verify --json`, once everything is sealed.
pub async fn sealed(server: &TestServer) -> Value {
    let told = || serde_json::from_str::<Value>(&server.run(&["verify", "--json"])).unwrap();
    comes("everything is sealed", || async { told()["unsealed"] == 0 }).await;
    told()
}
