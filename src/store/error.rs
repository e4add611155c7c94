//! What can go wrong with a database, sorted by what a caller can do about it.

use sqlx::{migrate::MigrateError, sqlite::SqliteError};

/// Why the store could not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached or is out of connections: try again later.
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// What is stored cannot be read.
    #[error("what is stored cannot be read: {0}")]
    Corrupt(String),
    /// Another instance does the periodic work now: leave it to that one.
    #[error("another instance leads now, nothing was written")]
    Superseded,
    /// The database answered with an error.
    #[error("the database refused: {0}")]
    Refused(String),
}

impl StoreError {
    /// A stored value that is none of its type.
    pub(super) fn corrupt(what: &str, why: impl std::fmt::Display) -> Self {
        Self::Corrupt(format!("{what}: {why}"))
    }
}

/// SQLite's primary result codes that pass: busy, locked, i/o, full, cannot open, protocol.
const SQLITE_PASSING: [i32; 6] = [5, 6, 10, 13, 14, 15];

/// Beginnings of PostgreSQL's codes that pass: connection, no longer the leader, idle too long, rollback, resources, lock,
/// operator, system.
const POSTGRES_PASSING: [&str; 8] = ["08", "25006", "25P03", "40", "53", "55P03", "57", "58"];

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error;
        let text = error.to_string();
        match error {
            Error::PoolTimedOut
            | Error::PoolClosed
            | Error::WorkerCrashed
            | Error::Io(_)
            | Error::Tls(_)
            | Error::Protocol(_)
            | Error::BeginFailed => Self::Unavailable(text),
            Error::Decode(_)
            | Error::ColumnDecode { .. }
            | Error::ColumnNotFound(_)
            | Error::ColumnIndexOutOfBounds { .. }
            | Error::TypeNotFound { .. }
            | Error::RowNotFound => Self::Corrupt(text),
            Error::Database(refusal) if passes(refusal.as_ref()) => Self::Unavailable(text),
            _ => Self::Refused(text),
        }
    }
}

impl From<MigrateError> for StoreError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
            other => Self::Refused(format!("the schema cannot be brought up to date: {other}")),
        }
    }
}

fn passes(refusal: &(dyn sqlx::error::DatabaseError + 'static)) -> bool {
    let code = refusal.code().unwrap_or_default();
    if refusal.try_downcast_ref::<SqliteError>().is_some() {
        // The extended code carries the primary one in its lowest byte.
        return code.parse::<i32>().is_ok_and(|code| SQLITE_PASSING.contains(&(code & 0xff)));
    }
    POSTGRES_PASSING.iter().any(|class| code.starts_with(class))
}

/// Inside a transaction: a driver's error is kept whole until it is known whether the transaction is worth repeating.
#[derive(Debug)]
pub(super) enum Failure {
    Driver(sqlx::Error),
    Store(StoreError),
}

impl Failure {
    /// Deadlock or failed serialisation: the same transaction may well succeed the next time.
    pub(super) fn is_conflict(&self) -> bool {
        let Self::Driver(sqlx::Error::Database(refusal)) = self else { return false };
        refusal.try_downcast_ref::<SqliteError>().is_none()
            && refusal.code().is_some_and(|code| matches!(&*code, "40001" | "40P01"))
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Driver(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Driver(error) => error.into(),
            Failure::Store(error) => error,
        }
    }
}
