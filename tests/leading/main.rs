//! One leader among many: the lease and its term in the store, and two real instances of which the leader falls
//! asleep, or one has a clock that is wrong.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "other tests need more of it")]
#[path = "../support/front.rs"]
mod front;
#[expect(dead_code, reason = "other tests need more of it")]
#[path = "../support/smtp.rs"]
mod smtp;

use front as support;

mod asleep;
mod canary;
mod clocks;
mod fence;
mod hands;
