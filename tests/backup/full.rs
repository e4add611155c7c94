use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    desk::{Citizen, report, word},
    hands::{comes, done, joined, sealed, sent_with, snapshot},
    support::{Engine, TestServer, map, postgres::Database, server::Answer},
};

on_both_engines! {
    a_photo_that_finds_no_room_costs_no_report_and_is_sent_later,
}

/// A shell that lets writes beyond the limit of a file fail instead of ending the process.
const LIMITED: [&str; 4] = ["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"];

/// No file of the server may be longer from now on; None: any length.
fn limit(server: &TestServer, bytes: Option<u64>) {
    let bytes = bytes.map_or_else(|| "unlimited".to_owned(), |bytes| bytes.to_string());
    let pid = server.pid().to_string();
    let set = Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={bytes}:unlimited")]).status();
    assert!(set.unwrap().success());
}

/// A disk of its own in memory.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// None where nobody lets this user mount.
    fn mount(folder: &Path, megabytes: u32) -> Option<Self> {
        let size = format!("size={megabytes}m,mode=0777");
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "ioc-test"]).arg(folder).output().unwrap();
        if !mount.status.success() {
            eprintln!("a full disk is not tried here: {}", String::from_utf8_lossy(&mount.stderr));
            return None;
        }
        Some(Self(folder.to_owned()))
    }

    /// Leaves so many kilobytes.
    fn fill(&self, leave: u64) {
        let df = Command::new("df").args(["--output=avail", "-k"]).arg(&self.0).output().unwrap();
        let free: u64 = String::from_utf8(df.stdout).unwrap().lines().nth(1).unwrap().trim().parse().unwrap();
        fs::write(self.0.join("filler"), vec![1; usize::try_from((free - leave) * 1024).unwrap()]).unwrap();
    }

    fn make_room(&self) {
        fs::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

/// Sends a long report; None where it was asked to come again.
async fn try_to_send(server: &TestServer, key: &str, idempotency: usize) -> Option<Citizen> {
    let mut body = report();
    body["description"] = json!("Sạt lở ta-luy, đá lấp nửa đường. ".repeat(100));
    let request = server.request(Method::POST, "/api/v1/reports").bearer_auth(key);
    let response = request.header("Idempotency-Key", format!("k{idempotency}")).json(&body).send().await.unwrap();
    match response.status() {
        StatusCode::CREATED | StatusCode::OK => {
            let receipt: Value = response.json().await.unwrap();
            let (code, secret) = (word(&receipt["code"]), word(&receipt["secret"]));
            let text = receipt.to_string();
            let receipt = Answer { status: 201, etag: None, media_type: String::new(), text, json: receipt };
            Some(Citizen { code, secret, receipt })
        }
        status => {
            assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{:?}", response.text().await);
            assert!(response.headers().contains_key("retry-after"));
            None
        }
    }
}

async fn rows(server: &TestServer) -> (i64, i64, i64) {
    let all = "select (select count(*) from report), (select count(*) from ticket), (select count(*) from idempotency)";
    asked!(server.database_url(), (i64, i64, i64), all)[0]
}

/// Until the disk is full, while it is, and after.
async fn it_refuses_without_loss_and_heals(server: &TestServer, make_room: impl AsyncFnOnce()) {
    let key = server.key(&["report:write"]);
    let (mut taken, mut refused) = (vec![], vec![]);
    while refused.len() < 5 {
        let number = taken.len() + refused.len();
        match try_to_send(server, &key, number).await {
            Some(citizen) => taken.push(citizen),
            None => refused.push(number),
        }
        assert!(number < 20_000, "the disk never fills");
    }
    let count = i64::try_from(taken.len()).unwrap();
    assert_eq!(rows(server).await, (count, count, count), "nothing is half there");
    server.get("/healthz").await.is(200);
    for citizen in &taken {
        citizen.look(server).await;
    }

    make_room().await;
    for number in &refused {
        comes("it heals by itself", || async { try_to_send(server, &key, *number).await.is_some() }).await;
    }
    let all = count + i64::try_from(refused.len()).unwrap();
    assert_eq!(rows(server).await, (all, all, all));
    assert_eq!(sealed(server).await["faults"], json!([]));
}

/// Works for every user: a limit on the length of the server's files.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_whose_files_cannot_grow_refuses_without_loss_and_heals() {
    let mut server = TestServer::start(Engine::Sqlite).await;
    server.kill();
    server.through(&LIMITED);
    tokio::task::block_in_place(|| server.serve());
    limit(&server, Some(1 << 20));
    it_refuses_without_loss_and_heals(&server, async || limit(&server, None)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_on_a_full_disk_refuses_without_loss_and_heals() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(folder.path(), 24) else { return };
    let url = format!("sqlite://{}", folder.path().join("ioc.db").display());
    let server = tokio::task::block_in_place(|| TestServer::over(url));
    disk.fill(256);
    it_refuses_without_loss_and_heals(&server, async || disk.make_room()).await;
}

/// What PostgreSQL answers where the disk of a table is full.
const FULL: [&str; 2] = [
    "create function full_disk() returns trigger language plpgsql as $$ begin \
     raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$",
    "create trigger full_disk before insert on report execute function full_disk()",
];

/// On a tablespace of its own where this user may mount one; else by what PostgreSQL would say.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_on_a_full_disk_refuses_without_loss_and_heals() {
    let (folder, database) = (tempfile::tempdir().unwrap(), Database::fresh().await);
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(folder.path(), open).unwrap();
    if let Some(disk) = SmallDisk::mount(folder.path(), 40) {
        let tables = folder.path().join("tables");
        fs::create_dir(&tables).unwrap();
        assert!(Command::new("chown").arg("postgres").arg(&tables).status().unwrap().success());
        let name = database.url.split('?').next().unwrap().rsplit_once('/').unwrap().1.to_owned();
        let server_url = database.url.replace(&format!("/{name}?"), "/postgres?");
        moved(&server_url, &name, &tables).await;
        let server = tokio::task::block_in_place(|| TestServer::over(database.url.clone()));
        disk.fill(256);
        it_refuses_without_loss_and_heals(&server, async || disk.make_room()).await;
        drop(server);
        back(&server_url, &name).await;
        return;
    }
    let server = tokio::task::block_in_place(|| TestServer::over(database.url.clone()));
    done(server.database_url(), &FULL).await;
    let room = async || done(server.database_url(), &["drop trigger full_disk on report"]).await;
    it_refuses_without_loss_and_heals(&server, room).await;
}

/// A database moves into a tablespace of its own.
async fn moved(server_url: &str, name: &str, tables: &Path) {
    let make = format!("create tablespace {name} location '{}'", tables.display());
    execute(server_url, [make, format!("alter database {name} set tablespace {name}")]).await;
}

async fn back(server_url: &str, name: &str) {
    let leave = format!("alter database {name} set tablespace pg_default");
    execute(server_url, [leave, format!("drop tablespace {name}")]).await;
}

async fn execute(url: &str, statements: [String; 2]) {
    use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
    let mut connection = PgConnection::connect(url).await.unwrap();
    for statement in statements {
        connection.execute(AssertSqlSafe(statement)).await.unwrap();
    }
}

/// Longer than any file of the server's but this photo.
const TOO_LONG: u64 = 8 << 20;

async fn a_photo_that_finds_no_room_costs_no_report_and_is_sent_later(mut server: TestServer) {
    server.kill();
    server.through(&LIMITED);
    tokio::task::block_in_place(|| server.serve());
    limit(&server, Some(TOO_LONG));
    let photo = snapshot(usize::try_from(TOO_LONG).unwrap() + 1_000_000);
    let citizen = sent_with(&server, &report(), photo.clone()).await;
    let told = &citizen.receipt.json["photos"];
    assert_eq!((&told[0]["status"], &told[0]["code"]), (&json!("refused"), &json!("photo_storage")), "{told}");
    assert_eq!(citizen.look(&server).await.json["photos_pending"], 0);

    limit(&server, None);
    let call = |method, path: &str| {
        let call = server.request(method, path).header("Tus-Resumable", "1.0.0");
        call.header("X-Report-Secret", &citizen.secret)
    };
    let announced = call(Method::POST, &format!("/api/v1/reports/{}/photos", citizen.code));
    let announced = announced.header("Upload-Length", photo.len()).send().await.unwrap();
    assert_eq!(announced.status(), 201);
    let place = announced.headers()["location"].to_str().unwrap().to_owned();
    let sent = call(Method::PATCH, &place).header("Upload-Offset", 0);
    let sent = sent.header("Content-Type", "application/offset+octet-stream").body(photo).send().await.unwrap();
    assert_eq!(sent.status(), 204);
    let seen = joined(&server, &citizen).await;
    assert_eq!(seen.json["photos"].as_array().map(Vec::len), Some(1), "{}", seen.text);
    assert_eq!(citizen.receipt.json["office"]["id"], map::office(map::CENTRE));
}
