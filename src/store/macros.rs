//! One body, expanded for both drivers.

/// How often a transaction is repeated that PostgreSQL broke off for a deadlock or a failed serialisation.
pub(super) const REPEATS: u32 = 8;

/// No write of PostgreSQL may take longer: whether it was written is then unknown.
pub(super) const LONGEST_WRITE: std::time::Duration = std::time::Duration::from_mins(1);

/// Evaluates the body with `$db` as the pool for reading.
macro_rules! reading {
    ($store:expr, |$db:ident| $body:expr) => {
        match $store {
            $crate::store::Store::Sqlite { read: $db, .. } => $body,
            $crate::store::Store::Postgres { read: $db, .. } => $body,
        }
    };
}

/// Runs the body in one transaction and commits it; `return Ok(…)` in the body leaves without writing anything. On
/// SQLite the write lock is taken at once, since a reader that turns writer fails under concurrency however long it
/// may wait.
macro_rules! writing {
    ($store:expr, |$tx:ident| $body:block) => {
        match $store {
            $crate::store::Store::Sqlite { write, .. } => {
                transaction!(write.begin_with("begin immediate"), |$tx| $body)
            }
            // A server that has gone silent in the middle would hold its caller and its connection for ever.
            $crate::store::Store::Postgres { write, term, .. } => {
                let writing = async {
                    transaction!(write.begin(), |$tx| {
                        $crate::store::lead::still_leads(&mut $tx, term.as_ref()).await?;
                        $body
                    })
                };
                match tokio::time::timeout($crate::store::macros::LONGEST_WRITE, writing).await {
                    Ok(done) => done,
                    Err(_) => Err($crate::store::StoreError::Unavailable("a write was not answered in time".into())),
                }
            }
        }
    };
}

/// Runs the body in one transaction that only reads and sees one moment of the whole database.
macro_rules! snapshot {
    ($store:expr, |$tx:ident| $body:block) => {
        match $store {
            $crate::store::Store::Sqlite { read, .. } => transaction!(read.begin(), |$tx| $body),
            $crate::store::Store::Postgres { read, .. } => {
                transaction!(read.begin_with("begin isolation level repeatable read read only"), |$tx| $body)
            }
        }
    };
}

macro_rules! transaction {
    ($begin:expr, |$tx:ident| $body:block) => {{
        let mut repeats = 0;
        loop {
            let done: Result<_, $crate::store::error::Failure> = async {
                let mut $tx = $begin.await?;
                let value = $body;
                $tx.commit().await?;
                Ok(value)
            }
            .await;
            match done {
                Err(failure) if failure.is_conflict() && repeats < $crate::store::macros::REPEATS => repeats += 1,
                done => break done.map_err($crate::store::StoreError::from),
            }
        }
    }};
}

/// Steps of a transaction as methods of both drivers' connections.
macro_rules! steps {
    ($(#[$doc:meta])* trait $name:ident {
        $($(#[$step:meta])* async fn $step_name:ident(&mut $me:ident $(, $arg:ident: $kind:ty)*) -> $out:ty $body:block)*
    }) => {
        $(#[$doc])*
        pub(super) trait $name {
            $($(#[$step])* async fn $step_name(&mut $me $(, $arg: $kind)*) -> Result<$out, $crate::store::error::Failure>;)*
        }
        steps!(@for sqlx::SqliteConnection, $name {
            $(async fn $step_name(&mut $me $(, $arg: $kind)*) -> $out $body)*
        });
        steps!(@for sqlx::PgConnection, $name {
            $(async fn $step_name(&mut $me $(, $arg: $kind)*) -> $out $body)*
        });
    };
    (@for $connection:ty, $name:ident {
        $(async fn $step_name:ident(&mut $me:ident $(, $arg:ident: $kind:ty)*) -> $out:ty $body:block)*
    }) => {
        impl $name for $connection {
            $(async fn $step_name(&mut $me $(, $arg: $kind)*) -> Result<$out, $crate::store::error::Failure> $body)*
        }
    };
}
