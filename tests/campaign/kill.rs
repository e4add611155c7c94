//! kill -9 of the server, and crashes of PostgreSQL beneath it, under load: nothing acknowledged is lost, nothing
//! retried is doubled, everything is routed.
//!
//! `IOC_KILLS` (100) kills on each engine, `IOC_CRASHES` (20) crashes: in turn an immediate stop of the whole cluster, and
//! kill -9 of one of its backends, after which PostgreSQL ends all the others. `IOC_SEED` begins a campaign alike.

use std::time::Duration;

use crate::{
    audit::{everything_is_kept, number, official, say},
    cluster::Cluster,
    load::{Chance, Doors, Load, Manner},
    support::TestServer,
};

on_both_engines! {
    kills_lose_nothing_acknowledged_and_double_nothing_retried,
}

/// Half reports, half officials' work; nobody gives up.
pub const PATIENT: Manner = Manner { clients: 8, reports: 50, changes: 70, hasty: 0 };

pub fn begin(server: &TestServer, doors: Vec<String>, manner: Manner, seed: u64) -> Load {
    let sender = server.key(&["report:write"]);
    let official = official(server);
    Load::begin(Doors::new(doors), sender, official, manner, seed)
}

async fn kills_lose_nothing_acknowledged_and_double_nothing_retried(mut server: TestServer) {
    let (kills, seed) = (number("IOC_KILLS", 100), number("IOC_SEED", 1));
    let load = begin(&server, vec![server.url("")], PATIENT, seed);
    let mut chance = Chance(seed);
    for _ in 0..kills {
        // Answers came since the last kill, and then a while that nobody can foresee.
        let before = load.done();
        while load.done() < before + 8 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        tokio::time::sleep(Duration::from_millis(chance.below(300))).await;
        server.kill();
        tokio::task::block_in_place(|| server.serve());
    }
    let told = load.end().await;
    assert_eq!(told.faults, Vec::<String>::new());
    let kept = everything_is_kept(&server, &told.operations).await;
    say(&format!("{kills} kills, seed {seed}: {kept}"));
}

#[test]
fn crashes_of_postgresql_lose_nothing_acknowledged_and_double_nothing_retried() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime can be started").block_on(async {
        let cluster = Cluster::start();
        let server = TestServer::over(cluster.url().to_owned());
        let (crashes, seed) = (number("IOC_CRASHES", 20), number("IOC_SEED", 1));
        let load = begin(&server, vec![server.url("")], PATIENT, seed);
        let mut chance = Chance(seed);
        for nth in 0..crashes {
            let before = load.done();
            while load.done() < before + 8 {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            tokio::time::sleep(Duration::from_millis(chance.below(300))).await;
            tokio::task::block_in_place(|| if nth % 2 == 0 { cluster.crash() } else { cluster.strike() });
        }
        let told = load.end().await;
        assert_eq!(told.faults, Vec::<String>::new());
        let kept = everything_is_kept(&server, &told.operations).await;
        say(&format!("{crashes} crashes of PostgreSQL, seed {seed}: {kept}"));
    });
}
