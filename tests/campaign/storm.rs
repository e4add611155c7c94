//! A long history with answers that nobody knows: clients that give up after milliseconds, and kills in between.
//!
//! `IOC_OPERATIONS` (50,000) on each engine, 10^5 in all: as many as a build without optimisation does in a minute and a
//! half with both engines side by side on two cores.

use std::time::{Duration, Instant};

use crate::{
    audit::{everything_is_kept, number, say},
    kill::begin,
    load::{Chance, Manner},
    support::TestServer,
};

on_both_engines! {
    a_long_history_with_unknown_answers_is_one_that_a_single_memory_could_have_had,
}

/// Officials read much and change some; four of a hundred requests are given up in a hurry.
const HASTY: Manner = Manner { clients: 32, reports: 8, changes: 25, hasty: 4 };

async fn a_long_history_with_unknown_answers_is_one_that_a_single_memory_could_have_had(mut server: TestServer) {
    let (operations, seed) = (number("IOC_OPERATIONS", 50_000), number("IOC_SEED", 1));
    let started = Instant::now();
    let load = begin(&server, vec![server.url("")], HASTY, seed);
    let mut chance = Chance(seed);
    let mut next_kill = operations / 20;
    while load.done() < operations {
        tokio::time::sleep(Duration::from_millis(20)).await;
        if load.done() > next_kill {
            next_kill += operations / 20;
            tokio::time::sleep(Duration::from_millis(chance.below(100))).await;
            server.kill();
            tokio::task::block_in_place(|| server.serve());
        }
    }
    let told = load.end().await;
    let took = started.elapsed().as_secs_f64();
    assert_eq!(told.faults, Vec::<String>::new());
    let kept = everything_is_kept(&server, &told.operations).await;
    say(&format!("{took:.1} s, and {:.1} s to check, seed {seed}: {kept}", started.elapsed().as_secs_f64() - took));
}
