//! A re-drawn map: what moved between the real maps of March and July 2026, and open tickets that follow.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../support/mod.rs"]
#[macro_use]
mod support;
mod defects;
mod doors;
mod following;
mod live;
mod moved;
mod neighbours;
mod town;
