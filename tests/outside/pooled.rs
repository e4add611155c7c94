//! A real pgbouncer between the product and PostgreSQL.

use std::{
    net::TcpListener,
    process::{Command, Stdio},
};

use crate::{
    audit::{everything_is_kept, official, say},
    cluster::Cluster,
    load::{Doors, Load, Manner},
    support::{TestServer, server::binary},
};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/outside/pgbouncer.sh");
const BUSY: Manner = Manner { clients: 16, reports: 50, changes: 70, hasty: 10 };

/// A pgbouncer before a cluster of its own; ends with this value.
struct Bouncer {
    folder: tempfile::TempDir,
    url: String,
    cluster: Cluster,
}

impl Bouncer {
    fn start(mode: &str) -> Self {
        let (folder, cluster) = (tempfile::TempDir::new_in("/tmp").expect("a folder"), Cluster::start());
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
        let socket = cluster.url().split_once("host=").expect("a socket").1;
        let mut command = Command::new(SCRIPT);
        command.arg("start").arg(folder.path()).args([socket, mode, &port.to_string()]);
        assert!(command.stdout(Stdio::null()).status().expect("a shell").success(), "pgbouncer did not start");
        Self { folder, url: format!("postgres://postgres@127.0.0.1:{port}/postgres"), cluster }
    }
}

impl Drop for Bouncer {
    fn drop(&mut self) {
        let _ = Command::new(SCRIPT).arg("stop").arg(self.folder.path()).status();
    }
}

#[test]
fn a_pooler_in_transaction_mode_is_refused_in_words() {
    let bouncer = Bouncer::start("transaction");
    let output = Command::new(binary()).args(["boundaries", "list", "--database-url", &bouncer.url]).output();
    let output = output.expect("the binary can be run");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("pooler in transaction mode"), "{said}");
    let output = Command::new(binary()).args(["boundaries", "list", "--database-url", bouncer.cluster.url()]).output();
    assert!(output.expect("the binary can be run").status.success(), "PostgreSQL itself is there");
}

#[test]
fn through_a_pooler_in_session_mode_nothing_is_lost_or_doubled() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime can be started").block_on(async {
        let bouncer = Bouncer::start("session");
        let mut server = TestServer::over(bouncer.url.clone());
        let (sender, official) = (server.key(&["report:write"]), official(&server));
        let load = Load::begin(Doors::new(vec![server.url("")]), sender, official, BUSY, 1);
        for _ in 0..10 {
            let before = load.done();
            while load.done() < before + 200 {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            server.kill();
            tokio::task::block_in_place(|| server.serve());
        }
        let told = load.end().await;
        assert_eq!(told.faults, Vec::<String>::new());
        let kept = everything_is_kept(&server, &told.operations).await;
        say(&format!("10 kills through pgbouncer in session mode: {kept}"));
    });
}
