use std::{collections::BTreeSet, fs, os::unix::net::UnixDatagram, path::Path};

use crate::{
    hands::PATIENCE,
    support::{Engine, TestServer},
};

/// What systemd hears next.
fn heard(socket: &UnixDatagram) -> String {
    let mut said = [0; 64];
    let length = socket.recv(&mut said).unwrap();
    String::from_utf8(said[..length].to_vec()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn systemd_hears_that_it_is_ready_lives_and_stops() {
    let mut server = TestServer::start(Engine::Sqlite).await;
    server.kill();
    let path = server.folder().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    server.set("NOTIFY_SOCKET", path.to_str().unwrap());
    server.set("WATCHDOG_USEC", "200000");
    tokio::task::block_in_place(|| server.serve());
    assert_eq!([heard(&socket), heard(&socket), heard(&socket)], ["READY=1", "WATCHDOG=1", "WATCHDOG=1"]);
    server.signal("TERM");
    while heard(&socket) != "STOPPING=1" {}
    assert!(tokio::task::block_in_place(|| server.terminate()).success());
}

/// Variables of this program that a text names.
fn variables(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_uppercase() || c == '_'));
    words.filter(|word| word.starts_with("IOC_")).map(str::to_owned).collect()
}

#[tokio::test]
async fn the_service_names_only_settings_that_there_are() {
    let help = variables(&TestServer::bare(Engine::Sqlite).await.run(&["serve", "--help"]));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging");
    for file in ["ioc-router.service", "default", "ioc-admin"] {
        let named = variables(&fs::read_to_string(folder.join(file)).unwrap());
        assert!(!named.is_empty() && named.is_subset(&help), "{file}: {named:?} and {help:?}");
    }
}

/// The unit waits for as long as a server that is told to stop may take.
#[test]
fn the_service_waits_for_its_drain() {
    let unit = include_str!("../../packaging/ioc-router.service");
    let number = |name: &str| -> u64 {
        let rest = unit.split(name).nth(1).unwrap();
        rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap()
    };
    assert!(number("TimeoutStopSec=") > number("IOC_DRAIN_SECONDS=") + 15);
}
