//! How everything stands, told to whoever asks, to the person who looks in once a month, and to the outside.

use std::{process::Command, time::Duration};

use serde_json::Value;
use tokio::{
    net::TcpListener,
    time::{interval, timeout},
};

use crate::{
    desk::{report, sent},
    operation::{sealed, tamper},
    support::{TestServer, server::binary},
};

on_both_engines! {
    how_everything_stands_is_told_to_everybody_without_a_secret,
    the_doctor_tells_by_its_exit_code_whether_something_alarms,
    a_doctor_makes_no_database,
    the_outside_hears_that_all_is_well,
}

/// Nothing here takes longer, on however busy a machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// The status, once the leader has audited.
async fn audited(server: &TestServer) -> Value {
    let mut beat = interval(Duration::from_millis(200));
    let asking = async {
        loop {
            beat.tick().await;
            let status = server.get("/status").await.is(200).json;
            if check(&status, "tickets").is_some() {
                return status;
            }
        }
    };
    timeout(PATIENCE, asking).await.expect("an audit")
}

fn check<'a>(status: &'a Value, name: &str) -> Option<&'a Value> {
    status["checks"].as_array()?.iter().find(|check| check["name"] == name)
}

const EVERY: [&str; 18] = [
    "announcements",
    "approvals",
    "audit",
    "backup",
    "boundaries",
    "calendar",
    "canary",
    "chain",
    "database",
    "deliveries",
    "disk",
    "leases",
    "loops",
    "moments",
    "photos",
    "queues",
    "restore_check",
    "tickets",
];

async fn how_everything_stands_is_told_to_everybody_without_a_secret(server: TestServer) {
    let citizen = sent(&server, &report()).await;
    let status = audited(&server).await;
    for name in EVERY {
        let told = check(&status, name).unwrap_or_else(|| panic!("{name} is not told: {status}"));
        assert!(["ok", "warn", "alarm"].contains(&told["state"].as_str().expect("a state")), "{told}");
        assert!(told["since"].is_string() && told["unit"].is_string(), "{told}");
        assert_ne!(told["text"]["vi"], told["text"]["en"], "{told}");
    }
    for name in ["tickets", "queues", "database", "loops", "audit"] {
        assert_eq!(check(&status, name).expect("it is told")["state"], "ok", "{status}");
    }
    let folder = server.folder().to_string_lossy().into_owned();
    let text = status.to_string();
    for secret in [citizen.code.as_str(), &citizen.secret, server.database_url(), &folder] {
        assert!(!text.contains(secret), "{secret} is told: {text}");
    }
    server.get("/readyz").await.is(200);
}

/// What the doctor says, and its exit code.
fn doctor(server: &TestServer) -> (Value, Option<i32>) {
    let output = server.output(&["doctor", "--json"]);
    let said = serde_json::from_slice(&output.stdout);
    (said.unwrap_or_else(|_| panic!("no JSON: {output:?}")), output.status.code())
}

async fn the_doctor_tells_by_its_exit_code_whether_something_alarms(mut server: TestServer) {
    sent(&server, &report()).await;
    sealed(&server).await;
    audited(&server).await;
    let (well, code) = doctor(&server);
    assert_eq!(code, Some(0), "{well}");
    for name in ["engine", "routing", "proof", "figures", "key", "tickets", "disk", "backup", "loops", "canary"] {
        assert!(check(&well, name).is_some(), "{name} is not told: {well}");
    }
    assert_eq!(check(&well, "key").expect("it is told")["state"], "ok");

    server.terminate();
    let (alone, code) = doctor(&server);
    assert_eq!(code, Some(0), "it needs no server: {alone}");
    tamper(&server).await;
    let (ill, code) = doctor(&server);
    assert_eq!((code, &check(&ill, "proof").expect("it is told")["state"]), (Some(2), &Value::from("alarm")), "{ill}");
    let output = server.output(&["doctor"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(2));
    let (vi, en) = (said.find("BÁO ĐỘNG"), said.find("The chain of events has"));
    assert!(vi.is_some() && vi < en, "Vietnamese first, English beside it: {said}");
}

async fn a_doctor_makes_no_database(server: TestServer) {
    let file = server.folder().join("nowhere").join("ioc.db");
    let url = format!("sqlite://{}", file.display());
    let output = Command::new(binary()).args(["doctor", "--database-url", &url]).output().expect("the binary runs");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(
        !file.exists() && String::from_utf8_lossy(&output.stdout).contains("nothing in the database yet"),
        "{output:?}"
    );
}

async fn the_outside_hears_that_all_is_well(mut server: TestServer) {
    server.terminate();
    let outside = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/ping", outside.local_addr().expect("an address"));
    let mut command = server.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.envs([("IOC_DEAD_MAN_URL", url.as_str()), ("IOC_AUDIT_SECONDS", "1"), ("IOC_CANARY_SECONDS", "1")]);
    let mut child = command.stdout(std::process::Stdio::null()).spawn().expect("the server can be started");
    let heard = timeout(PATIENCE, outside.accept()).await;
    let _ = child.kill();
    let _ = child.wait();
    assert!(heard.is_ok_and(|heard| heard.is_ok()), "it heard nothing");
}
