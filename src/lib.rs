//! ioc-router: a citizen's report with a GPS position goes, at once and with no dispatcher, into the queue of the
//! commune office that is responsible — and then it is seen to that it gets solved.
//!
//! # The house
//!
//! A report walks through the rooms in this order; stages never import one another, [`flow`] alone knows the order.
//!
//! | room | what happens there |
//! |---|---|
//! | [`domain`] | the words as types: position, placement, ticket, office, clock |
//! | [`intake`] | a raw submission becomes a report |
//! | [`media`] | its photos are cleaned, shrunk and kept |
//! | [`locate`] | boundary files become an atlas; a position becomes a placement |
//! | [`route`] | rules, category and placement become an assignment; the proof that the rules are total |
//! | [`queue`] | the ticket's state machine and the working-hours calendar, pure |
//! | [`identity`] | keys, who may do what, sealing of personal fields |
//! | [`store`] | the only room that speaks SQL: SQLite or PostgreSQL, one transaction per use case |
//! | [`flow`] | one file per use case: stages in order, then one commit |
//! | [`deliver`] | other systems are told, and listened to: the outbox's worker, one file per channel |
//! | [`watch`] | what runs unattended: next moments, defaults, sealing of the chain, self-checks |
//! | [`analytics`] | read models: heat by commune, scoreboards |
//! | [`app`] | the cloneable context, and `run(listener, shutdown)` |
//! | [`http`] | the front door; one flat list of routes |
//! | [`cli`] | the other front door; one file per subcommand |
pub mod analytics;
pub mod app;
pub mod cli;
pub mod config;
pub mod deliver;
pub mod domain;
pub mod flow;
pub mod http;
pub mod identity;
pub mod intake;
pub mod locate;
pub mod media;
pub mod queue;
pub mod route;
pub mod store;
pub mod telemetry;
pub mod watch;
