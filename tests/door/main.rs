//! The front door under those who only want it to wait: a real listener with short limits, over both engines.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "other tests need more of it")]
#[path = "../support/mod.rs"]
#[macro_use]
mod support;
mod attack;
mod front;
