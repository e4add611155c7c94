//! Backups that are brought back, disks that are full, programs of two ages over one database: the real binary, both
//! engines.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "other tests need more of it")]
#[path = "../api/desk.rs"]
mod desk;
#[path = "../api/listening.rs"]
mod listening;
#[expect(dead_code, reason = "other tests need more of it")]
#[path = "../support/front.rs"]
#[macro_use]
mod support;

#[macro_use]
mod hands;

mod broken_off;
mod full;
mod live;
mod mixed;
mod older;
mod refused;
mod schedule;
mod service;
