//! A database on the same engine that does not outlive its use: an empty one for replays beside the real one, or a copy
//! that is brought back for a trial.

use std::path::Path;

use sqlx::{AssertSqlSafe, PgPool, postgres::PgPoolOptions, sqlite::SqliteConnectOptions};
use tempfile::TempDir;

use super::{
    Store, StoreError,
    connect::{open_postgres_with, open_sqlite},
    copy::{copied, leading},
    tools,
};
use crate::domain::clock::{DAY, Timestamp};

/// What begins the name of a database that a copy is brought back into for a trial; then the second it was made in.
const TRIAL: &str = "ioc_trial_";

/// An empty database, and a folder for what lies beside it.
#[derive(Debug)]
pub struct Scratch {
    /// The database.
    pub store: Store,
    folder: TempDir,
    drop: Option<(PgPool, String)>,
}

impl Scratch {
    /// For the sealing key and the photos.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Removes everything.
    pub async fn end(self) -> Result<(), StoreError> {
        self.store.close().await;
        if let Some((server, name)) = self.drop {
            sqlx::query(AssertSqlSafe(format!("drop database {name} with (force)"))).execute(&server).await?;
        }
        Ok(())
    }
}

impl Store {
    /// An empty database on the same engine; `chance` makes its name its own.
    pub async fn scratch(&self, chance: &[u8; 8]) -> Result<Scratch, StoreError> {
        let folder =
            TempDir::new().map_err(|why| StoreError::Refused(format!("no folder for a scratch database: {why}")))?;
        match self {
            Self::Sqlite { .. } => {
                let url = format!("sqlite://{}", folder.path().join("scratch.db").display());
                Ok(Scratch { store: Self::connect(&url).await?, folder, drop: None })
            }
            Self::Postgres { write, .. } => {
                let name = format!("ioc_scratch_{:016x}", u64::from_le_bytes(*chance));
                sqlx::query(AssertSqlSafe(format!("create database {name}"))).execute(write).await?;
                let options = write.connect_options().as_ref().clone().database(&name);
                let store = open_postgres_with(options).await?;
                store.bring_up_to_date().await?;
                Ok(Scratch { store, folder, drop: Some((write.clone(), name)) })
            }
        }
    }

    /// A copy, brought back with the schema that it has: SQLite's in a folder below `folder`, PostgreSQL's in a database of
    /// its own on the same server, or on the one that the URL `elsewhere` names.
    pub async fn trial(
        &self,
        copy: &Path,
        folder: &Path,
        elsewhere: Option<&str>,
        (now, chance): (Timestamp, &[u8; 4]),
    ) -> Result<Scratch, StoreError> {
        let folder = TempDir::new_in(folder)
            .map_err(|why| StoreError::Refused(format!("no folder for a trial in {}: {why}", folder.display())))?;
        let Self::Postgres { write, .. } = self else {
            let file = folder.path().join("trial.db");
            copied(copy, &file).await?;
            let store = open_sqlite(SqliteConnectOptions::new().filename(file)).await?;
            return Ok(Scratch { store, folder, drop: None });
        };
        let server = match elsewhere {
            Some(url) => PgPoolOptions::new().max_connections(1).connect_with(leading(url).await?).await?,
            None => write.clone(),
        };
        sweep(&server, now).await?;
        let name = format!("{TRIAL}{}_{:08x}", now.0 / 1_000_000, u32::from_le_bytes(*chance));
        let made = sqlx::query(AssertSqlSafe(format!("create database {name}"))).execute(&server).await;
        made.map_err(|why| {
            StoreError::Refused(format!(
                "no database for a trial can be made: {why}. Allow it (alter role … createdb), or name a server where it is \
                 allowed with --scratch-url"
            ))
        })?;
        let options = server.connect_options().as_ref().clone().database(&name);
        let filled = match tools::bring_back(&server, &options, copy).await {
            Ok(()) => open_postgres_with(options).await,
            Err(why) => Err(why),
        };
        match filled {
            Ok(store) => Ok(Scratch { store, folder, drop: Some((server, name)) }),
            Err(why) => {
                sqlx::query(AssertSqlSafe(format!("drop database {name} with (force)"))).execute(&server).await?;
                Err(why)
            }
        }
    }
}

/// Drops what trials that were broken off have left, after a day.
async fn sweep(server: &PgPool, now: Timestamp) -> Result<(), StoreError> {
    let all = "select cast(datname as text) from pg_database where starts_with(cast(datname as text), $1)";
    let names: Vec<String> = sqlx::query_scalar(all).bind(TRIAL).fetch_all(server).await?;
    for name in names {
        let made = name.strip_prefix(TRIAL).and_then(|rest| rest.split('_').next()?.parse::<i64>().ok());
        if made.is_some_and(|seconds| now.since(Timestamp(seconds.saturating_mul(1_000_000))) > DAY) {
            sqlx::query(AssertSqlSafe(format!("drop database if exists {name} with (force)"))).execute(server).await?;
        }
    }
    Ok(())
}
