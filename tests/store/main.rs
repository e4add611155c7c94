//! Conformance: everything here holds on SQLite and on PostgreSQL, through the production `Store::connect`.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

#[path = "../support/mod.rs"]
#[macro_use]
mod support;
mod cancelling;
mod chain;
mod changing;
mod figures;
mod grouping;
mod proofs;
mod queues;
mod round_trips;
mod samples;
mod schema;
mod settings;
mod submitting;
mod tamper;
mod uploads;
