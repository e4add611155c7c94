//! The replayed day as the gate: whole storm days against the product on both engines, and the proof that the score
//! falls where the product is broken.
//!
//! `IOC_DAY_SEEDS` says how many days (20 when left out). They are played on the real communes of the folder that
//! `IOC_TEST_DATA` names; where that is unset the test says so and plays three days on an invented province.

#![expect(clippy::unwrap_used, reason = "a day that cannot be played has failed")]

#[expect(dead_code, reason = "a day needs only a part of what the store's tests stand on")]
#[path = "support/mod.rs"]
mod support;

#[path = "day/land.rs"]
mod land;
#[path = "day/sabotage.rs"]
mod sabotage;

use std::{
    io::{Write, stderr},
    sync::{Mutex, MutexGuard},
    thread,
    time::Instant,
};

use ioc::{
    app::Ground,
    cli::{rehearsal::Rehearsal, replay::Score},
    domain::clock::{Clock, Entropy},
    flow::prepared::PreparedMaps,
};
use support::Stage;
use tokio::runtime::{Builder, Runtime};

#[test]
fn the_days_pass_without_fault_on_sqlite() {
    every_day("sqlite", Stage::sqlite);
}

#[test]
fn the_days_pass_without_fault_on_postgres() {
    every_day("postgres", Stage::postgres);
}

/// Each core plays days until none is left.
fn every_day<F: Future<Output = Stage>>(engine: &str, stage: fn() -> F) {
    let (seeds, faults) = (Mutex::new(1..=land::days()), Mutex::new(vec![]));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().unwrap().get() {
            scope.spawn(|| {
                runtime().block_on(async {
                    let stage = stage().await;
                    let next = || lock(&seeds).next();
                    while let Some(seed) = next() {
                        let found = day(engine, &ground(&stage), seed).await;
                        lock(&faults).extend(found.into_iter().map(|fault| format!("day {seed}: {fault}")));
                    }
                });
            });
        }
    });
    let faults = lock(&faults);
    assert!(faults.is_empty(), "on {engine}:\n{}", faults.join("\n"));
}

/// Plays one day; what was wrong with it.
async fn day(engine: &str, beside: &Ground, seed: u64) -> Vec<String> {
    let began = Instant::now();
    let rehearsal = if is_redrawn(seed) {
        Rehearsal::redrawn(beside, land::earlier(), land::territories(), seed).await.unwrap()
    } else {
        Rehearsal::furnished(beside, land::territories(), seed).await.unwrap()
    };
    let score = rehearsal.play(std::convert::identity).await.unwrap();
    let Ground { store, center, .. } = &rehearsal.ground;
    let chain = store.verify_chain().await.unwrap();
    let mut faults = faults(&score);
    faults.extend(chain.faults.iter().map(|fault| format!("the chain at {:?}: {}", fault.position, fault.what)));
    if (chain.sealed, chain.unsealed) == (0, 0) || chain.unsealed > 0 {
        faults.push(format!("{} events are sealed, {} are not", chain.sealed, chain.unsealed));
    }
    faults.extend(store.audit_tallies(center).await.unwrap().into_iter().map(|what| format!("figures: {what}")));
    rehearsal.end().await.unwrap();
    let Score { right_office_first, asked_share, on_time_share, settled_on_paper, climbed, .. } = score;
    let line = format!(
        "{engine}, day {seed}: {} reports, {settled_on_paper} settled on paper, {climbed} climbed, right office first \
         {:.1} %, asked {:.1} %, on time {:.1} %, {:.1} s, {} faults\n",
        score.reports,
        right_office_first * 100.0,
        asked_share * 100.0,
        on_time_share * 100.0,
        began.elapsed().as_secs_f64(),
        faults.len(),
    );
    // The harness hides what passing tests print, but not what is written to the stream itself.
    stderr().write_all(line.as_bytes()).unwrap();
    faults
}

/// On every second day the map changes at noon.
fn is_redrawn(seed: u64) -> bool {
    !seed.is_multiple_of(2)
}

/// What the day may not do, each with what the score says of it.
fn faults(score: &Score) -> Vec<String> {
    let held = [
        ("lost", score.lost == 0),
        ("doubled", score.doubled == 0),
        ("shown to the wrong person", score.shown_to_the_wrong_person == 0),
        ("the wrong office finally", score.right_office_finally >= 1.0),
        ("the wrong office first", score.right_office_first >= 0.99),
        ("touched at the centre", score.centre_touches_per_10000 <= 0.0),
        ("asked too many", score.asked_share <= 0.03),
        ("stuck", score.stuck == 0),
        ("answered otherwise than promised", score.misanswered == 0),
        ("settled on the desk by those who never open it", score.settled_on_paper * 5 >= score.settled),
        ("nobody was asleep long enough to be reminded", score.climbed > 0 && score.reminders_on_paper > 0),
    ];
    let broken = held.iter().filter(|(_, held)| !held).map(|(what, _)| (*what).to_owned());
    let mut faults: Vec<_> = broken.collect();
    if !faults.is_empty() {
        faults.push(score.to_string());
    }
    faults
}

/// What a rehearsal makes its scratch database beside.
fn ground(stage: &Stage) -> Ground {
    Ground {
        store: stage.store.clone(),
        clock: Clock::System,
        entropy: Entropy::system(),
        center: "dien-bien".parse().unwrap(),
        prepared: PreparedMaps::default(),
    }
}

/// One thread: handing each of ten thousand requests from thread to thread costs more than answering it.
fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().expect("no other day has panicked")
}
