//! The contract at the front door, told from outside: the real binary, real ports, both engines.

#[path = "api/desk.rs"]
mod desk;
#[expect(dead_code, reason = "campaigns need more of it")]
#[path = "support/front.rs"]
#[macro_use]
mod support;

#[path = "api/listening.rs"]
mod listening;

#[path = "api/access.rs"]
mod access;
#[path = "api/bad_input.rs"]
mod bad_input;
#[path = "api/batch.rs"]
mod batch;
#[path = "api/citizen.rs"]
mod citizen;
#[path = "api/claims.rs"]
mod claims;
#[path = "api/deliveries.rs"]
mod deliveries;
#[path = "api/figures.rs"]
mod figures;
#[path = "api/heat.rs"]
mod heat;
#[path = "api/hours.rs"]
mod hours;
#[path = "api/idempotency.rs"]
mod idempotency;
#[path = "api/life.rs"]
mod life;
#[path = "api/nearby.rs"]
mod nearby;
#[path = "api/operation.rs"]
mod operation;
#[path = "api/overload.rs"]
mod overload;
#[path = "api/photos.rs"]
mod photos;
#[path = "api/placing.rs"]
mod placing;
#[path = "api/sessions.rs"]
mod sessions;
#[path = "api/settings.rs"]
mod settings;
#[path = "api/streams.rs"]
mod streams;
#[path = "api/submit.rs"]
mod submit;
#[path = "api/surface.rs"]
mod surface;
#[path = "api/teams.rs"]
mod teams;
#[path = "api/text.rs"]
mod text;
#[path = "api/transfer.rs"]
mod transfer;
#[path = "api/tus_client.rs"]
mod tus_client;
#[path = "api/uploads.rs"]
mod uploads;
#[path = "api/watching.rs"]
mod watching;
