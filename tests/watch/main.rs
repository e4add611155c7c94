//! What looks after everything is looked after here: the auditor repairs and alarms, the canary leaves no trace, and the
//! outside hears of nothing but success.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "other tests need more of it")]
#[path = "../support/mod.rs"]
#[macro_use]
mod support;

mod auditor;
mod canary;
mod place;
