//! Hands that reach past the store, into its tables.

use ioc::store::Store;
use uuid::Uuid;

/// Runs a statement with ids bound to `$1`, `$2` …; how many rows it touched.
pub async fn tamper(store: &Store, statement: &'static str, ids: &[Uuid]) -> u64 {
    match store {
        Store::Sqlite { write, .. } => {
            let mut query = sqlx::query(statement);
            for id in ids {
                query = query.bind(*id);
            }
            query.execute(write).await.unwrap().rows_affected()
        }
        Store::Postgres { write, .. } => {
            let mut query = sqlx::query(statement);
            for id in ids {
                query = query.bind(*id);
            }
            query.execute(write).await.unwrap().rows_affected()
        }
    }
}

/// One number.
pub async fn number(store: &Store, question: &'static str) -> i64 {
    match store {
        Store::Sqlite { read, .. } => sqlx::query_scalar(question).fetch_one(read).await.unwrap(),
        Store::Postgres { read, .. } => sqlx::query_scalar(question).fetch_one(read).await.unwrap(),
    }
}
