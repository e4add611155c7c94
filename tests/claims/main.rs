//! Leases over time, on a clock that a hand moves: kept alive, lost, taken away, and never at the cost of work done.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "other tests need more of it")]
#[path = "../support/mod.rs"]
#[macro_use]
mod support;
mod feeds;
mod leases;
mod place;
