//! A year of a province, simulated: a seed draws what citizens and offices do, offices sleep, systems die for six hours,
//! the instance is killed in the middle of its work now and then; a clock that a hand moves runs through it. In the end
//! a naive model works out from each history what had to happen by itself and when (`model`), and every delivery has
//! arrived.
//!
//! `IOC_YEAR_REPORTS` reports (40 when nobody says otherwise, so that three years an engine stay short; a full one has 20,000); the three tests play the seeds
//! `IOC_YEAR_SEED`, the next and the one after. A failing seed is named and can be played alone:
//! `IOC_YEAR_SEED=7 cargo test --test year first`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "a failing year is named by its seed")]

#[expect(dead_code, reason = "other tests need more of it")]
#[path = "../support/mod.rs"]
#[macro_use]
mod support;
#[expect(dead_code, reason = "other tests need more of it")]
#[path = "../deliver/receiver.rs"]
mod receiver;

mod model;
mod province;

use support::Stage;

on_every_store! {
    first_year,
    second_year,
    third_year,
}

async fn first_year(stage: Stage) {
    province::play(&stage, number("IOC_YEAR_SEED", 1)).await;
}

async fn second_year(stage: Stage) {
    province::play(&stage, number("IOC_YEAR_SEED", 1) + 1).await;
}

async fn third_year(stage: Stage) {
    province::play(&stage, number("IOC_YEAR_SEED", 1) + 2).await;
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}
