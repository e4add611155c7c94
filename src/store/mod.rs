//! The only room that speaks SQL: SQLite on one machine, PostgreSQL under several instances, one text, one body.

use crate::domain::{
    boundary::{Activation, Commune, Generation},
    clock::{Day, Timestamp},
    code::PublicCode,
    event::Event,
    ids::{CategoryCode, CenterId, CommuneCode, GenerationId, KeyId, OfficeId, PhotoId, ReportId, TicketId},
    photo::Photo,
    report::Report,
    tally::Tally,
    ticket::{State, Ticket},
};

/// The store of one process; cheap to clone.
#[derive(Debug, Clone)]
pub enum Store {}

/// Why the store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached or is out of connections: try again later.
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// What is stored cannot be read.
    #[error("what is stored cannot be read: {0}")]
    Corrupt(String),
    /// The database answered with an error.
    #[error("the database refused: {0}")]
    Refused(String),
}

/// A document of settings, versioned: the newest is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentKind {
    /// `office::Directory` as JSON.
    Offices,
    /// `route::RuleBook` as JSON.
    Rules,
    /// `calendar::WorkingTime` as JSON.
    WorkingTime,
    /// The centre's own settings (fingerprint of the vault).
    Centre,
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
pub struct NewReport<'a> {
    /// The report.
    pub report: &'a Report,
    /// Its H3 cell at resolution 10, as an integer; None without a position.
    pub cell: Option<i64>,
    /// Sealed contact; None where none was given.
    pub sealed_contact: Option<Vec<u8>>,
    /// Its ticket.
    pub ticket: &'a Ticket,
    /// The ticket's next moment.
    pub next_at: Option<Timestamp>,
    /// Its first events.
    pub events: &'a [Event],
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
#[derive(Debug, Clone, Default)]
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

#[expect(clippy::unused_async, clippy::todo, missing_docs, reason = "signatures to be filled")]
impl Store {
    /// Opens (and makes) the database and migrates it. `sqlite://path` or `postgres://…`.
    pub async fn connect(_url: &str) -> Result<Self, StoreError> {
        todo!()
    }
    /// "sqlite" or "postgres".
    pub fn engine(&self) -> &'static str {
        todo!()
    }
    /// The database's own clock.
    pub async fn database_now(&self) -> Result<Timestamp, StoreError> {
        todo!()
    }
    /// Whether a write is possible now.
    pub async fn ready(&self) -> Result<(), StoreError> {
        todo!()
    }
    /// Closes all connections.
    pub async fn close(&self) {
        todo!()
    }

    /// A number that grows with every change of documents, generations and plan: servers poll it.
    pub async fn revision(&self) -> Result<i64, StoreError> {
        todo!()
    }
    pub async fn publish_document(
        &self,
        _center: &CenterId,
        _kind: DocumentKind,
        _body: &str,
        _at: Timestamp,
    ) -> Result<i64, StoreError> {
        todo!()
    }
    pub async fn document(&self, _center: &CenterId, _kind: DocumentKind) -> Result<Option<(i64, String)>, StoreError> {
        todo!()
    }

    /// Replaces nothing: an id that exists with another checksum is refused as `Refused`.
    pub async fn save_generation(
        &self,
        _generation: &Generation,
        _communes: &[StoredCommune],
    ) -> Result<(), StoreError> {
        todo!()
    }
    pub async fn generations(&self) -> Result<Vec<Generation>, StoreError> {
        todo!()
    }
    pub async fn communes(&self, _generation: &GenerationId) -> Result<Vec<StoredCommune>, StoreError> {
        todo!()
    }
    pub async fn activate(&self, _center: &CenterId, _activation: &Activation) -> Result<(), StoreError> {
        todo!()
    }
    /// Takes back the last activation; None when there was none before it.
    pub async fn rollback(&self, _center: &CenterId, _at: Timestamp) -> Result<Option<Activation>, StoreError> {
        todo!()
    }
    /// The activations in force, ascending by `effective`.
    pub async fn plan(&self, _center: &CenterId) -> Result<Vec<Activation>, StoreError> {
        todo!()
    }

    pub async fn save_key(&self, _key: &KeyRow) -> Result<(), StoreError> {
        todo!()
    }
    pub async fn key_by_hash(&self, _hash: &[u8]) -> Result<Option<KeyRow>, StoreError> {
        todo!()
    }
    pub async fn keys(&self, _center: &CenterId) -> Result<Vec<KeyRow>, StoreError> {
        todo!()
    }
    pub async fn revoke_key(&self, _center: &CenterId, _id: KeyId, _at: Timestamp) -> Result<bool, StoreError> {
        todo!()
    }

    pub async fn submit(&self, _new: &NewReport<'_>) -> Result<Submitted, StoreError> {
        todo!()
    }
    /// The stored answer of a key, before anything expensive is done.
    pub async fn submitted_before(
        &self,
        _center: &CenterId,
        _scope: &str,
        _key: &str,
        _fingerprint: &[u8],
    ) -> Result<Option<Submitted>, StoreError> {
        todo!()
    }
    /// All of the changes in one transaction, or none.
    pub async fn commit(&self, _changes: &[TicketChange<'_>]) -> Result<Committed, StoreError> {
        todo!()
    }

    pub async fn ticket(&self, _center: &CenterId, _id: TicketId) -> Result<Option<Ticket>, StoreError> {
        todo!()
    }
    pub async fn ticket_by_code(&self, _center: &CenterId, _code: &PublicCode) -> Result<Option<Ticket>, StoreError> {
        todo!()
    }
    pub async fn report(&self, _center: &CenterId, _id: ReportId) -> Result<Option<Report>, StoreError> {
        todo!()
    }
    pub async fn sealed_contact(&self, _center: &CenterId, _report: ReportId) -> Result<Option<Vec<u8>>, StoreError> {
        todo!()
    }
    pub async fn history(&self, _center: &CenterId, _ticket: TicketId) -> Result<Vec<Event>, StoreError> {
        todo!()
    }
    /// A photo of a report or of an answer, with the ticket it belongs to.
    pub async fn photo(&self, _center: &CenterId, _id: PhotoId) -> Result<Option<(Photo, TicketId)>, StoreError> {
        todo!()
    }
    pub async fn queue(&self, _query: &QueueQuery<'_>) -> Result<Vec<QueueItem>, StoreError> {
        todo!()
    }
    /// Offices that had this ticket before: they see a tombstone.
    pub async fn was_with(
        &self,
        _center: &CenterId,
        _ticket: TicketId,
        _office: &OfficeId,
    ) -> Result<bool, StoreError> {
        todo!()
    }
    /// Tickets whose next moment has come, ascending by (next_at, id), after the cursor.
    pub async fn due(
        &self,
        _center: &CenterId,
        _now: Timestamp,
        _after: Option<(Timestamp, TicketId)>,
        _limit: i64,
    ) -> Result<Vec<(Timestamp, Ticket)>, StoreError> {
        todo!()
    }
    /// Open tickets in cells `lo..=hi` (H3 resolution 10), newest first.
    pub async fn open_in_cells(
        &self,
        _center: &CenterId,
        _ranges: &[(i64, i64)],
        _category: Option<&CategoryCode>,
        _limit: i64,
    ) -> Result<Vec<QueueItem>, StoreError> {
        todo!()
    }
    /// How many reports lie in cells `lo..=hi`, counted up to `enough`.
    pub async fn reports_in_cells(
        &self,
        _center: &CenterId,
        _range: (i64, i64),
        _enough: i64,
    ) -> Result<i64, StoreError> {
        todo!()
    }
    /// The office that settled most tickets of this category and commune, with the count; ties: lowest id.
    pub async fn usual_office(
        &self,
        _center: &CenterId,
        _generation: &GenerationId,
        _commune: Option<&CommuneCode>,
        _category: &CategoryCode,
    ) -> Result<Option<(OfficeId, i64)>, StoreError> {
        todo!()
    }

    pub async fn tallies_by_commune(
        &self,
        _center: &CenterId,
        _query: &TallyQuery,
    ) -> Result<Vec<TallyRow<Option<CommuneCode>>>, StoreError> {
        todo!()
    }
    pub async fn tallies_by_office(
        &self,
        _center: &CenterId,
        _query: &TallyQuery,
    ) -> Result<Vec<TallyRow<OfficeId>>, StoreError> {
        todo!()
    }
    /// One row for everything.
    pub async fn tally(&self, _center: &CenterId, _query: &TallyQuery) -> Result<TallyRow<()>, StoreError> {
        todo!()
    }
    /// Differences between the kept aggregates and a naive recomputation from the tickets; empty: equal.
    pub async fn audit_tallies(&self, _center: &CenterId) -> Result<Vec<String>, StoreError> {
        todo!()
    }
    /// How many events have an actor of kind `centre`: human touches at the centre.
    pub async fn centre_touches(&self, _center: &CenterId) -> Result<i64, StoreError> {
        todo!()
    }

    /// Seals at most `limit` waiting events into the chain; how many.
    pub async fn seal(&self, _at: Timestamp, _limit: i64) -> Result<i64, StoreError> {
        todo!()
    }
    /// Walks the whole chain.
    pub async fn verify_chain(&self) -> Result<ChainReport, StoreError> {
        todo!()
    }
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
