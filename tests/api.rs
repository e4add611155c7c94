//! The contract at the front door, told from outside: the real binary, real ports, both engines.

#[path = "api/desk.rs"]
mod desk;
#[path = "support/front.rs"]
#[macro_use]
mod support;

#[path = "api/access.rs"]
mod access;
#[path = "api/bad_input.rs"]
mod bad_input;
#[path = "api/batch.rs"]
mod batch;
#[path = "api/citizen.rs"]
mod citizen;
#[path = "api/figures.rs"]
mod figures;
#[path = "api/idempotency.rs"]
mod idempotency;
#[path = "api/life.rs"]
mod life;
#[path = "api/nearby.rs"]
mod nearby;
#[path = "api/operation.rs"]
mod operation;
#[path = "api/photos.rs"]
mod photos;
#[path = "api/placing.rs"]
mod placing;
#[path = "api/settings.rs"]
mod settings;
#[path = "api/submit.rs"]
mod submit;
#[path = "api/surface.rs"]
mod surface;
#[path = "api/text.rs"]
mod text;
#[path = "api/transfer.rs"]
mod transfer;
#[path = "api/uploads.rs"]
mod uploads;
