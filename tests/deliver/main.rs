//! Other systems are told, and listened to: real receivers behind real ports, the worker driven by hand.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../support/mod.rs"]
#[macro_use]
mod support;
mod citizens;
mod document_system;
mod documents;
mod forgotten;
mod outbox;
mod paper_only;
mod post_office;
mod receiver;
mod reminders;
mod schema;
#[path = "../support/smtp.rs"]
mod smtp;
mod town;
mod webhooks;
