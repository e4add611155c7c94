//! An empty database on the same engine that does not outlive its use: for replays beside the real one.

use std::path::Path;

use sqlx::{AssertSqlSafe, PgPool};
use tempfile::TempDir;

use super::{Store, StoreError, connect::open_postgres_with};

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
                store.fill_tallies(1).await?;
                Ok(Scratch { store, folder, drop: Some((write.clone(), name)) })
            }
        }
    }
}
