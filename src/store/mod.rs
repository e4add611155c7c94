//! The only room that speaks SQL: SQLite on one machine, PostgreSQL under several instances, one text, one body.
//!
//! [`Store::connect`] opens, checks and migrates. Everything that a use case changes is written by one call, in one
//! transaction ([`Store::submit`], with others that wait; [`Store::commit`]): events, waiting list of the chain and aggregates with it. Each
//! body is written once and expanded for both drivers (`macros.rs`); times are microseconds, ids are UUIDs, JSON is text.
//!
//! A call whose future is dropped writes all or nothing, and no connection goes back inside a transaction; whether it
//! was written is then unknown, so callers run writes in tasks of their own.

#[macro_use]
mod macros;
#[macro_use]
mod columns;
mod audit;
mod boundaries;
mod canary;
mod chain;
mod change;
mod claims;
mod connect;
mod copy;
mod deliveries;
mod destinations;
mod documents;
mod due;
mod error;
mod facts;
mod feed;
mod findings;
mod forgotten;
mod group;
mod heat;
mod heat_write;
mod hints;
mod history;
mod keys;
mod lead;
mod leader;
mod lines;
mod notices;
mod outbox;
mod packed;
mod pooler;
mod portions;
mod proof;
mod queue;
mod redraw;
mod rows;
mod rungs;
mod schema;
mod scratch;
mod senders;
mod submit;
mod support;
mod tallies;
mod tally_audit;
mod tally_fill;
mod tally_write;
mod tickets;
mod tools;
mod upkeep;
mod uploads;
mod verify;
mod write;

use std::sync::Arc;

use crate::domain::{
    boundary::Commune,
    clock::{Day, Timestamp},
    code::PublicCode,
    event::Event,
    ids::{CategoryCode, CenterId, GenerationId, KeyId, OfficeId, ReportId, TicketId},
    photo::Photo,
    report::Report,
    tally::Tally,
    ticket::{State, Ticket},
    upload::Upload,
};

pub use audit::{Audited, Late};
pub use claims::{ClaimQuery, Lease, Taking};
pub use copy::Place;
pub use deliveries::{Settlement, Sign, TrackedDelivery, Waiting};
pub use error::StoreError;
pub use facts::Facts;
pub use feed::FeedEntry;
pub use forgotten::Told;
pub use group::Intake;
pub use heat::{HeatQuery, HeatRows};
pub use hints::Hearing;
pub use lead::Term;
pub use notices::Notice;
pub use proof::report_sha256;
pub use redraw::Point;
pub use rungs::{Climbed, Hearer};
pub use schema::newest_schema;
pub use scratch::Scratch;
pub use senders::SentCount;
pub use tallies::{CategoryCounts, Received};
pub use upkeep::Upkeep;
pub use uploads::Settled;

/// The store of one process; cheap to clone. Reading has its own connections, so that dashboards never starve intake.
#[derive(Debug, Clone)]
pub enum Store {
    /// One file: a single writer, several readers.
    Sqlite {
        /// One connection: writers wait in the program instead of failing in the file.
        write: sqlx::SqlitePool,
        /// Connections that cannot write.
        read: sqlx::SqlitePool,
        /// Where submissions wait for their commit.
        intake: Arc<Intake>,
    },
    /// A server that several instances share.
    Postgres {
        /// For transactions.
        write: sqlx::PgPool,
        /// For everything that only reads.
        read: sqlx::PgPool,
        /// Where submissions wait for their commit.
        intake: Arc<Intake>,
        /// Of a leader: nothing is written once it is over.
        term: Option<Term>,
    },
}

/// A document of settings, versioned: the newest is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentKind<'a> {
    /// `office::Directory` as JSON, for the communes of one map.
    Offices(&'a GenerationId),
    /// Which commune of the second map follows each of the first, as JSON.
    Successions(&'a GenerationId, &'a GenerationId),
    /// `route::RuleBook` as JSON.
    Rules,
    /// `calendar::WorkingTime` as JSON.
    WorkingTime,
    /// `ladder::LadderData` as JSON.
    Ladder,
    /// The fingerprint of the key that seals this centre's contacts.
    Vault,
}

/// A commune with its polygon in the compressed form that `locate` reads and writes.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredCommune {
    /// The unit.
    pub commune: Commune,
    /// Encoded polygon.
    pub shape: Vec<u8>,
}

/// A report's idempotency key, unique per scope.
#[derive(Debug, Clone)]
pub struct IdempotencyKey {
    /// API key id or device; empty for neither.
    pub scope: String,
    /// As sent.
    pub key: String,
    /// Of the parsed content.
    pub fingerprint: Vec<u8>,
    /// The answer to repeat, without the derived secret.
    pub answer: String,
}

/// Everything that one accepted submission writes, in one transaction.
#[derive(Debug)]
pub struct NewReport {
    /// Whose turn it is when many wait: an API key or a device; empty for neither.
    pub sender: String,
    /// The report.
    pub report: Report,
    /// Its H3 cell at resolution 10, as an integer; None without a position.
    pub cell: Option<i64>,
    /// Sealed contact; None where none was given.
    pub sealed_contact: Option<Vec<u8>>,
    /// Its ticket.
    pub ticket: Ticket,
    /// The ticket's next moment.
    pub next_at: Option<Timestamp>,
    /// Its first events.
    pub events: Vec<Event>,
    /// Photos that came with it and wait to be cleaned.
    pub uploads: Vec<Upload>,
    /// Its key.
    pub idempotency: Option<IdempotencyKey>,
}

/// What became of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submitted {
    /// Stored now.
    New,
    /// The same was stored before: the answer of then.
    Again {
        /// The stored answer.
        answer: String,
        /// Whose.
        report: ReportId,
        /// Its code.
        code: PublicCode,
    },
    /// The key was used for other content.
    KeyReused,
    /// Another report has this code: draw another. Nothing was stored.
    CodeTaken,
}

/// One ticket's change, to be written with optimistic locking on `before.version`.
#[derive(Debug)]
pub struct TicketChange<'a> {
    /// As it was read.
    pub before: &'a Ticket,
    /// As it becomes.
    pub after: &'a Ticket,
    /// Its next moment.
    pub next_at: Option<Timestamp>,
    /// What is added to its history.
    pub events: &'a [Event],
    /// Photos that officials or citizens added with this change.
    pub photos: &'a [Photo],
}

/// Whether a change was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Committed {
    /// All of it.
    Done,
    /// None of it: a ticket was changed in between.
    Stale,
}

/// A page of a queue.
#[derive(Debug, Clone)]
pub struct QueueQuery<'a> {
    /// Whose.
    pub center: &'a CenterId,
    /// Whose.
    pub office: &'a OfficeId,
    /// Only these states; empty: all.
    pub states: &'a [State],
    /// After this place (`resolve_by`, id).
    pub after: Option<(Timestamp, TicketId)>,
    /// At most this many.
    pub limit: i64,
}

/// What figures are asked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TallyQuery {
    /// First day received.
    pub from: Option<Day>,
    /// Last day received, included.
    pub to: Option<Day>,
    /// Only this category.
    pub category: Option<CategoryCode>,
    /// Only this office.
    pub office: Option<OfficeId>,
    /// Only communes of this map.
    pub generation: Option<GenerationId>,
}

/// Figures of one group, with the histogram of working minutes to resolution (bucket, count), ascending.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TallyRow<K> {
    /// The group.
    pub key: K,
    /// Its counts.
    pub tally: Tally,
    /// Its histogram.
    pub histogram: Vec<(i64, i64)>,
}

/// A ticket with the parts of its report that a queue shows.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueItem {
    /// The ticket.
    pub ticket: Ticket,
    /// Its report.
    pub report: Report,
}

/// What is wrong with the chain of events, by the row's own name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainFault {
    /// Place in the chain, from 1; None for an event that is not in it although it should be.
    pub position: Option<i64>,
    /// The event's id.
    pub event: Option<String>,
    /// What is wrong, for a person.
    pub what: String,
}

/// Result of walking the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainReport {
    /// Sealed events.
    pub sealed: i64,
    /// Events not sealed yet.
    pub unsealed: i64,
    /// Hash of the last link, hex: write it down elsewhere, and a shortened chain is noticed too.
    pub head: String,
    /// Everything wrong; empty: whole.
    pub faults: Vec<ChainFault>,
}

/// A key's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// Its id.
    pub id: KeyId,
    /// The centre.
    pub center: CenterId,
    /// For people.
    pub name: String,
    /// SHA-256 of the key.
    pub hash: Vec<u8>,
    /// Scopes as texts.
    pub scopes: Vec<String>,
    /// Born.
    pub created_at: Timestamp,
    /// Ended.
    pub revoked_at: Option<Timestamp>,
}
