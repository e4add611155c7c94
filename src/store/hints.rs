//! Instances tell one another that something has changed. Only a hint: notices are lost over a reconnect, so whoever
//! waits also looks by itself. Never sent inside a transaction that writes, which would then queue behind all others.

use sqlx::postgres::{PgListener, PgPoolOptions};

use super::{Store, StoreError};

const CHANNEL: &str = "ioc_changed";

/// A connection of its own that hears the others.
pub struct Hearing(PgListener);

impl Store {
    /// Tells the other instances; nothing to do where there are none.
    pub async fn tell_others(&self) -> Result<(), StoreError> {
        if let Self::Postgres { write, .. } = self {
            sqlx::query("select pg_notify($1, '')").bind(CHANNEL).execute(write).await?;
        }
        Ok(())
    }

    /// Hears the other instances; None where there can be none.
    pub async fn hear_others(&self) -> Result<Option<Hearing>, StoreError> {
        let Self::Postgres { write, .. } = self else { return Ok(None) };
        let pool = PgPoolOptions::new().max_connections(1);
        let pool = pool.connect_with(write.connect_options().as_ref().clone()).await?;
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.listen(CHANNEL).await?;
        Ok(Some(Hearing(listener)))
    }
}

impl Hearing {
    /// Waits for the next notice, connecting anew where the connection broke.
    pub async fn next(&mut self) -> Result<(), StoreError> {
        self.0.recv().await?;
        Ok(())
    }
}
