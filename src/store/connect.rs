//! Opening a database: the settings that durability rests on are set, and then asserted.

use std::{path::Path, str::FromStr, sync::Arc, time::Duration};

use futures::{FutureExt, TryFutureExt};
use sqlx::{
    Connection, Executor, PgConnection, PgPool, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{
    Intake, Store, StoreError,
    copy::{refuse_half_restored, refuse_half_restored_file},
    leader,
    pooler::refuse_transaction_mode,
};
use crate::domain::clock::Timestamp;

/// From this version on a WAL that is reset while it is read loses nothing.
const SQLITE_AT_LEAST: (u32, u32, u32) = (3, 51, 3);

/// How long a caller waits for a connection, its ping and its opening together.
const PATIENCE: Duration = Duration::from_secs(10);
/// Programs that start together on a new file stand in one another's way: the change to WAL asks for the whole file, and
/// finds it locked however patient the connection is.
const STARTS: u32 = 50;
const BETWEEN_STARTS: Duration = Duration::from_millis(100);
const SQLITE_READERS: u32 = 4;
/// What the writer keeps of the file, in negative KiB: tickets that follow a map lie all over it.
const SQLITE_WRITER_CACHE: &str = "-16384";
/// Pages in the log from which on they are put in their places: what a page is changed again until then costs no write.
const SQLITE_CHECKPOINT: &str = "4000";
const POSTGRES_WRITERS: u32 = 16;
const POSTGRES_READERS: u32 = 8;
/// Groups of submissions under way at a time.
const SQLITE_COMMITTERS: usize = 1;
const POSTGRES_COMMITTERS: usize = 2;

// The engines know their own clock under different names; both answer whole microseconds.
const SQLITE_NOW: &str = "select cast(unixepoch('subsec') * 1000000 as integer)";
const POSTGRES_NOW: &str = "select cast(extract(epoch from clock_timestamp()) * 1000000 as bigint)";

impl Store {
    /// Opens (and makes) the database and migrates it. `sqlite://path` (the file and its folder are made) or
    /// `postgres://…` (the database must exist; of several hosts, `postgres://a,b/…`, the one that leads is followed).
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        let store = match Engine::of(url)? {
            Engine::Sqlite => {
                let options = sqlite_options(url)?;
                refuse_half_restored_file(options.get_filename())?;
                open_sqlite(options).await?
            }
            Engine::Postgres => open_postgres(url).await?,
        };
        refuse_half_restored(&store).await?;
        store.bring_up_to_date().await?;
        Ok(store)
    }

    /// "sqlite" or "postgres".
    pub fn engine(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "sqlite",
            Self::Postgres { .. } => "postgres",
        }
    }

    /// The same database, each submission in a commit of its own, as many side by side as there are connections: what
    /// writing them together is measured against.
    #[must_use]
    pub fn one_by_one(&self) -> Self {
        let mut store = self.clone();
        match &mut store {
            Self::Sqlite { intake, .. } => *intake = Arc::new(Intake::one_by_one(1)),
            Self::Postgres { intake, .. } => *intake = Arc::new(Intake::one_by_one(POSTGRES_WRITERS as usize)),
        }
        store
    }

    pub(super) fn intake(&self) -> &Intake {
        match self {
            Self::Sqlite { intake, .. } | Self::Postgres { intake, .. } => intake,
        }
    }

    /// The database's own clock.
    pub async fn database_now(&self) -> Result<Timestamp, StoreError> {
        let micros: i64 = match self {
            Self::Sqlite { read, .. } => sqlx::query_scalar(SQLITE_NOW).fetch_one(read).await?,
            Self::Postgres { read, .. } => sqlx::query_scalar(POSTGRES_NOW).fetch_one(read).await?,
        };
        Ok(Timestamp(micros))
    }

    /// Whether a write is possible now: one is made and taken back.
    pub async fn ready(&self) -> Result<(), StoreError> {
        writing!(self, |tx| {
            let done = sqlx::query("update revision set number = number").execute(&mut *tx).await?;
            if done.rows_affected() == 1 {
                return Ok(());
            }
        })
    }

    /// Closes all connections.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { write, read, .. } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres { write, read, .. } => {
                read.close().await;
                write.close().await;
            }
        }
    }
}

/// What a URL speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    pub(super) fn of(url: &str) -> Result<Self, StoreError> {
        match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => Ok(Self::Sqlite),
            Some("postgres" | "postgresql") => Ok(Self::Postgres),
            _ => Err(StoreError::Refused("the database URL must begin with sqlite:// or postgres://".into())),
        }
    }
}

/// The file that a URL names.
pub(super) fn sqlite_options(url: &str) -> Result<SqliteConnectOptions, StoreError> {
    let options = SqliteConnectOptions::from_str(url)?;
    let path = options.get_filename();
    if path.as_os_str().is_empty() || path == Path::new(":memory:") || url.contains("mode=memory") {
        return Err(StoreError::Refused("reports must survive: name a file, for instance sqlite://data/ioc.db".into()));
    }
    Ok(options)
}

/// Opens (and makes) a file, with the schema that it has.
pub(super) async fn open_sqlite(options: SqliteConnectOptions) -> Result<Store, StoreError> {
    if let Some(folder) = options.get_filename().parent() {
        tokio::fs::create_dir_all(folder)
            .await
            .map_err(|error| StoreError::Refused(format!("the folder {} cannot be made: {error}", folder.display())))?;
    }
    let options = options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(PATIENCE);
    let mut starts = 0;
    loop {
        match start_sqlite(options.clone()).await {
            Err(StoreError::Unavailable(_)) if starts < STARTS => {
                starts += 1;
                tokio::time::sleep(BETWEEN_STARTS).await;
            }
            started => return started,
        }
    }
}

async fn start_sqlite(options: SqliteConnectOptions) -> Result<Store, StoreError> {
    let pool = SqlitePoolOptions::new().acquire_timeout(PATIENCE).max_lifetime(None).idle_timeout(None);
    let pool = pool.after_release(|connection, _| {
        async move {
            connection.ping().await?;
            Ok(!connection.is_in_transaction())
        }
        .boxed()
    });
    let writing =
        options.clone().pragma("cache_size", SQLITE_WRITER_CACHE).pragma("wal_autocheckpoint", SQLITE_CHECKPOINT);
    let write = pool.clone().max_connections(1).connect_with(writing).await?;
    assert_durable(&write).await?;
    let read = pool.max_connections(SQLITE_READERS).connect_with(options.pragma("query_only", "on")).await?;
    Ok(Store::Sqlite { write, read, intake: Arc::new(Intake::new(SQLITE_COMMITTERS)) })
}

/// What was asked for can be silently refused (a file system without shared memory, another library): ask back.
async fn assert_durable(pool: &SqlitePool) -> Result<(), StoreError> {
    let version: String = sqlx::query_scalar("select sqlite_version()").fetch_one(pool).await?;
    let journal: String = sqlx::query_scalar("pragma journal_mode").fetch_one(pool).await?;
    let synchronous: i64 = sqlx::query_scalar("pragma synchronous").fetch_one(pool).await?;
    let foreign_keys: i64 = sqlx::query_scalar("pragma foreign_keys").fetch_one(pool).await?;
    let mut numbers = version.split('.').map(|part| part.parse().unwrap_or(0_u32));
    let mut number = || numbers.next().unwrap_or_default();
    if (number(), number(), number()) < SQLITE_AT_LEAST {
        return Err(StoreError::Refused(format!("SQLite {version} can lose commits: 3.51.3 or later is needed")));
    }
    if journal != "wal" || synchronous != 2 || foreign_keys != 1 {
        return Err(StoreError::Refused(format!(
            "the file does not keep what durability needs: journal_mode {journal}, synchronous {synchronous}, \
             foreign_keys {foreign_keys} instead of wal, 2, 1"
        )));
    }
    Ok(())
}

/// With the schema that it has.
pub(super) async fn open_postgres(url: &str) -> Result<Store, StoreError> {
    let hosts: Vec<_> = leader::hosts(url)?.into_iter().map(with_settings).collect();
    if let [only] = hosts.as_slice() {
        return open_postgres_with(only.clone()).await;
    }
    let none = || StoreError::Unavailable("none of the hosts in the database URL takes writes".into());
    let found = first_leader(&hosts).await.ok_or_else(none)?;
    let store = open_postgres_with(hosts[found.0].clone()).await?;
    if let Store::Postgres { write, read, .. } = &store {
        tokio::spawn(leader::follow(hosts, [write.clone(), read.clone()], found));
    }
    Ok(store)
}

/// Of several hosts, the one that leads: waited for, because a cluster that changes its leader has none for a while.
async fn first_leader(hosts: &[PgConnectOptions]) -> Option<(usize, PgConnection)> {
    for _ in 0..STARTS {
        if let Some(found) = leader::find(hosts).await {
            return Some(found);
        }
        tokio::time::sleep(BETWEEN_STARTS).await;
    }
    None
}

fn with_settings(options: PgConnectOptions) -> PgConnectOptions {
    options.application_name("ioc").options([
        ("idle_in_transaction_session_timeout", "30s"),
        ("lock_timeout", "10s"),
        ("tcp_keepalives_idle", "30"),
        ("tcp_keepalives_interval", "10"),
        ("tcp_keepalives_count", "3"),
        ("tcp_user_timeout", "60s"),
    ])
}

/// With options that already carry what every connection keeps to.
pub(super) async fn open_postgres_with(options: PgConnectOptions) -> Result<Store, StoreError> {
    refuse_transaction_mode(&options).await?;
    // A ping of its own before a connection is given out: the pool's has no end but that of the whole patience, and does
    // not know a server that stands by.
    let pool = PgPoolOptions::new()
        .acquire_timeout(PATIENCE)
        .test_before_acquire(false)
        .before_acquire(|connection, _| leader::takes_writes(connection).map_ok(|()| true).boxed())
        .after_connect(|connection, _| leader::takes_writes(connection).boxed())
        .after_release(|connection, _| {
            // A request that was cancelled while BEGIN was in flight gives back a connection whose transaction nobody
            // knows of: the next borrower's writes would be answered and then vanish with it. A bare rollback would
            // write a warning into the server's log each time there is nothing to roll back; after a begin there is.
            async move {
                let rolled_back = tokio::time::timeout(PATIENCE, connection.execute("begin; rollback")).await;
                Ok(matches!(rolled_back, Ok(Ok(_))))
            }
            .boxed()
        });
    let write = pool.clone().max_connections(POSTGRES_WRITERS).connect_with(options.clone()).await?;
    assert_synchronous(&write).await?;
    let read = pool.max_connections(POSTGRES_READERS).connect_with(options).await?;
    Ok(Store::Postgres { write, read, intake: Arc::new(Intake::new(POSTGRES_COMMITTERS)), term: None })
}

async fn assert_synchronous(pool: &PgPool) -> Result<(), StoreError> {
    let commit: String = sqlx::query_scalar("show synchronous_commit").fetch_one(pool).await?;
    if commit == "off" {
        return Err(StoreError::Refused("synchronous_commit is off: what is acknowledged could be lost".into()));
    }
    Ok(())
}
