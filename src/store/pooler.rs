//! A pooler in transaction mode gives each transaction another session: statements prepared in one are unknown in the
//! next, and the lock that lets one of several starting instances migrate is let go at once. It is recognised, and
//! refused in words, instead of failing under load.

use std::time::Duration;

use sqlx::{Connection, PgConnection, Row, postgres::PgConnectOptions};

use super::StoreError;

/// A pooler with one session would keep the question waiting for the transaction's end.
const PATIENCE: Duration = Duration::from_secs(5);
const SESSION: &str = "select pg_backend_pid()";

/// Refuses where the session behind a connection changes while another transaction is open: nobody but a pooler does that.
pub(super) async fn refuse_transaction_mode(options: &PgConnectOptions) -> Result<(), StoreError> {
    let (mut one, mut other) = (PgConnection::connect_with(options).await?, PgConnection::connect_with(options).await?);
    let first = session(&mut one).await?;
    // A pooler hands this transaction the session that has just come free.
    sqlx::raw_sql("begin").execute(&mut other).await?;
    let taken = session(&mut other).await?;
    let second = tokio::time::timeout(PATIENCE, session(&mut one)).await;
    sqlx::raw_sql("rollback").execute(&mut other).await?;
    drop(one.close().await);
    drop(other.close().await);
    if matches!(second, Ok(Ok(second)) if first == second && first != taken) {
        return Ok(());
    }
    Err(StoreError::Refused(
        "the database URL leads through a pooler in transaction mode, which keeps neither prepared statements nor locks: \
         name PostgreSQL itself (an instance opens at most 24 connections), or set pool_mode = session"
            .into(),
    ))
}

async fn session(connection: &mut PgConnection) -> Result<i32, StoreError> {
    Ok(sqlx::raw_sql(SESSION).fetch_one(connection).await?.try_get(0)?)
}
