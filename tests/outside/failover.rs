//! PostgreSQL under Patroni: the leader is killed under load, and the product finds the next one by itself.
//!
//! `IOC_FAILOVERS` (20) kills; before every other one the standby is cut off for a moment, so that it has not what the
//! leader wrote last. With `synchronous_mode` that was acknowledged to nobody; without it, it is lost.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use reqwest::Method;
use tempfile::TempDir;

use crate::{
    audit::{ending, everything_is_kept, number, official, say},
    history::check,
    load::{Chance, Doors, Load, Manner},
    support::TestServer,
};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/outside/patroni.sh");
const PATIENT: Manner = Manner { clients: 8, reports: 50, changes: 70, hasty: 0 };

/// Two nodes; gone with this value.
struct Cluster {
    folder: TempDir,
    synchronous: &'static str,
}

impl Cluster {
    fn new(synchronous: &'static str) -> Self {
        Self { folder: TempDir::new_in("/tmp").expect("a folder"), synchronous }
    }

    fn script(&self, action: &str, more: &[&str]) -> String {
        let mut command = Command::new(SCRIPT);
        command.arg(action).arg(self.folder.path()).args(more).env("SYNCHRONOUS", self.synchronous);
        let output = tokio::task::block_in_place(|| command.output()).expect("a shell");
        assert!(output.status.success(), "patroni.sh {action}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = Command::new(SCRIPT).arg("stop").arg(self.folder.path()).status();
    }
}

fn begin(server: &TestServer, seed: u64) -> Load {
    let (sender, official) = (server.key(&["report:write"]), official(server));
    Load::begin(Doors::new(vec![server.url("")]), sender, official, PATIENT, seed)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_leader_loses_nothing_acknowledged_and_is_replaced() {
    let cluster = Cluster::new("true");
    let server = TestServer::over(cluster.script("start", &[]));
    let (kills, seed) = (number("IOC_FAILOVERS", 20), number("IOC_SEED", 1));
    let load = begin(&server, seed);
    let (mut chance, mut seconds) = (Chance(seed), vec![]);
    for nth in 0..kills {
        tokio::time::sleep(Duration::from_millis(1000 + chance.below(1000))).await;
        if nth % 2 == 1 {
            cluster.script("blind", &[]);
            tokio::time::sleep(Duration::from_millis(chance.below(1000))).await;
        }
        let killed = cluster.script("kill", &[]);
        let began = Instant::now();
        writable(&server).await;
        let took = began.elapsed().as_secs_f64();
        say(&format!("{killed} killed, writes were accepted again after {took:.1} s ({} operations)", load.done()));
        seconds.push(took);
        cluster.script("revive", &[&killed]);
        cluster.script("synced", &[]);
    }
    let told = load.end().await;
    assert_eq!(told.faults, Vec::<String>::new());
    let kept = everything_is_kept(&server, &told.operations).await;
    seconds.sort_by(f64::total_cmp);
    say(&format!(
        "{kills} leaders killed, seed {seed}: writable again after {:.1} to {:.1} s, median {:.1} s; {} requests failed and \
         were sent again; {kept}",
        seconds[0],
        seconds[seconds.len() - 1],
        seconds[seconds.len() / 2],
        told.failures.len()
    ));
}

/// The counter-proof: what `synchronous_mode` is good for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_synchronous_standby_acknowledged_reports_are_lost() {
    let cluster = Cluster::new("false");
    let server = TestServer::over(cluster.script("start", &[]));
    let load = begin(&server, 1);
    tokio::time::sleep(Duration::from_secs(2)).await;
    cluster.script("blind", &[]);
    let before = load.done();
    while load.done() < before + 50 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    cluster.script("kill", &[]);
    writable(&server).await;
    let told = load.end().await;
    let lost = check(&told.operations, &ending(&server).await);
    let reports = lost.iter().filter(|what| what.starts_with("lost: report")).count();
    assert!(reports > 0, "nothing was lost: {lost:?}");
    say(&format!("without a synchronous standby {reports} acknowledged reports were lost at one failover"));
}

/// Until `/readyz` is 200, which tries a write.
async fn writable(server: &TestServer) {
    let began = Instant::now();
    loop {
        let asked = server.request(Method::GET, "/readyz").timeout(Duration::from_secs(2)).send().await;
        if asked.is_ok_and(|answer| answer.status() == 200) {
            return;
        }
        assert!(began.elapsed() < Duration::from_mins(3), "nobody leads");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
