//! Scratch databases: a file in a temporary folder, or a database of its own in the cluster for tests.

use std::path::Path;

use super::postgres::Database;

/// Which engine a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// One file.
    Sqlite,
    /// A database of its own in the cluster for tests.
    Postgres,
}

/// An empty database that is gone with this value.
pub struct Scratch {
    url: String,
    _kept: Option<Database>,
}

impl Scratch {
    /// A new one; `folder` takes SQLite's file.
    pub async fn new(engine: Engine, folder: &Path) -> Self {
        match engine {
            Engine::Sqlite => Self { url: format!("sqlite://{}", folder.join("ioc.db").display()), _kept: None },
            Engine::Postgres => {
                let database = Database::fresh().await;
                Self { url: database.url.clone(), _kept: Some(database) }
            }
        }
    }

    /// One that somebody else has made and removes.
    pub fn at(url: String) -> Self {
        Self { url, _kept: None }
    }

    /// For `--database-url`.
    pub fn url(&self) -> &str {
        &self.url
    }
}
