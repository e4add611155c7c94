//! What several test programs share: databases of both engines, opened by the production `Store::connect`.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

pub mod postgres;

use ioc::store::Store;

/// A store on a database of its own, which goes when this goes.
pub struct Stage {
    pub store: Store,
    pub url: String,
    _keep: Keep,
}

#[expect(dead_code, reason = "held for its end")]
enum Keep {
    Folder(tempfile::TempDir),
    Database(postgres::Database),
}

impl Stage {
    /// On SQLite, in a folder that is made by opening.
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("data/of/ioc.db").display());
        Self { store: Store::connect(&url).await.unwrap(), url, _keep: Keep::Folder(folder) }
    }

    /// On PostgreSQL, in a fresh database.
    pub async fn postgres() -> Self {
        let database = postgres::Database::fresh().await;
        let url = database.url.clone();
        Self { store: Store::connect(&url).await.unwrap(), url, _keep: Keep::Database(database) }
    }
}

/// Makes of each `async fn name(stage: Stage)` two tests: `sqlite::name` and `postgres::name`.
#[macro_export]
macro_rules! on_every_store {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::support::Stage::sqlite().await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::support::Stage::postgres().await).await;
            })*
        }
    };
}
