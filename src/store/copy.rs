//! A copy of the whole database in a file, made beside the writers, and brought back into an empty place.

use std::{
    ffi::OsString,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use sqlx::{
    Connection, PgConnection, SqliteConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::SqliteConnectOptions,
};

use super::{
    Store, StoreError,
    connect::{Engine, open_postgres, open_sqlite, sqlite_options},
    leader, tools,
};

/// What of a database counts as something in it.
const NOT_EMPTY: &str = "select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace \
    where n.nspname not in ('pg_catalog', 'information_schema', 'ioc_restoring') \
    and n.nspname not like 'pg!_%' escape '!' and c.relkind in ('r', 'p', 'm', 'S')";

// A schema that no copy has: it says that what stands beside it is not whole yet.
const BEGUN: &str = "create schema if not exists ioc_restoring";
const IS_BEGUN: &str = "select exists (select from pg_namespace where nspname = 'ioc_restoring')";
const DONE: &str = "drop schema ioc_restoring";

const UNDELIVERED: &str = "select (select count(*) from delivery where stage in ('pending', 'parked')) \
    + (select count(*) from outbox)";

/// Numbers of an office's feed that are passed over after a copy was brought back: more than any office can have given
/// out since the copy was made. Whoever has heard of one of those has to read the queue again.
const NUMBERS_PASSED: i64 = 1_000_000_000;
/// Terms of leaders that are passed over: one that led after the copy was made, and still runs, writes nothing more.
const TERMS_PASSED: i64 = 1_000_000;

impl Store {
    /// The name of a copy's file.
    pub fn copy_name(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "ioc.db",
            Self::Postgres { .. } => "ioc.pgdump",
        }
    }

    /// Writes the whole database, as it is at one moment, into a new file. Writers go on meanwhile.
    pub async fn copy_into(&self, file: &Path) -> Result<(), StoreError> {
        match self {
            Self::Sqlite { read, .. } => {
                let name = file.to_str().ok_or_else(|| unusable(file, "its name is not UTF-8"))?;
                // Readers may not write, not even into another file.
                let options = read.connect_options().as_ref().clone().pragma("query_only", "off");
                let mut connection = SqliteConnection::connect_with(&options).await?;
                let copied = sqlx::query("vacuum into $1").bind(name).execute(&mut connection).await;
                connection.close().await?;
                copied?;
                Ok(())
            }
            Self::Postgres { write, .. } => tools::dump(write, file).await,
        }
    }

    /// How many hand-overs to other systems are still to be made.
    pub async fn count_undelivered(&self) -> Result<i64, StoreError> {
        Ok(reading!(self, |db| sqlx::query_scalar(UNDELIVERED).fetch_one(db).await?))
    }

    /// After a copy was brought back: what was numbered since it was made is never numbered again. Clients of streams are
    /// told to read anew, and a leader of before leads no more.
    pub async fn pass_over_lost_numbers(&self) -> Result<(), StoreError> {
        writing!(self, |tx| {
            sqlx::query("update office_head set sequence = sequence + $1")
                .bind(NUMBERS_PASSED)
                .execute(&mut *tx)
                .await?;
            sqlx::query("delete from office_feed").execute(&mut *tx).await?;
            sqlx::query("update lead set term = term + $1, until = 0").bind(TERMS_PASSED).execute(&mut *tx).await?;
        })
    }
}

/// An empty place for a copy.
#[derive(Debug)]
pub enum Place {
    /// A file that is not there yet.
    Sqlite(Box<SqliteConnectOptions>),
    /// A database without tables, by its URL.
    Postgres(String),
}

impl Place {
    /// Looks whether the place that the URL names is empty; refuses where it is not.
    pub async fn empty(url: &str) -> Result<Self, StoreError> {
        match Engine::of(url)? {
            Engine::Sqlite => {
                let options = sqlite_options(url)?;
                let path = options.get_filename();
                let there = |path: &Path| fs::metadata(path).is_ok_and(|about| about.len() > 0);
                if there(path) || there(&beside(path, "-wal")) {
                    let path = path.display();
                    return Err(StoreError::Refused(format!(
                        "there is a database at {path} already, and nothing is ever written over: move it away (with \
                         {path}-wal and {path}-shm), or name another with --database-url"
                    )));
                }
                Ok(Self::Sqlite(Box::new(options)))
            }
            Engine::Postgres => {
                let pool = PgPoolOptions::new().max_connections(1).connect_with(leading(url).await?).await?;
                let found: i64 = sqlx::query_scalar(NOT_EMPTY).fetch_one(&pool).await?;
                let begun: bool = sqlx::query_scalar(IS_BEGUN).fetch_one(&pool).await?;
                let name: String = sqlx::query_scalar("select current_database()::text").fetch_one(&pool).await?;
                pool.close().await;
                if found > 0 && begun {
                    return Err(StoreError::Refused(format!(
                        "a restore into the database {name} is under way or was broken off. Where none runs any more, \
                         what is in it is not whole: remove it, make it anew (dropdb, createdb), and run this again"
                    )));
                }
                if found > 0 {
                    return Err(StoreError::Refused(format!(
                        "the database {name} is not empty, and nothing is ever written over: make an empty one \
                         (createdb) and name it with --database-url"
                    )));
                }
                Ok(Self::Postgres(url.to_owned()))
            }
        }
    }

    /// "sqlite" or "postgres".
    pub fn engine(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }

    /// Marks it: until [`Self::settle`], nothing but another restore opens it.
    pub async fn begin(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(options) => {
                let draft = draft_of(options.get_filename());
                let folder = draft.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
                fs::create_dir_all(folder)
                    .and_then(|()| File::create(&draft)?.sync_all())
                    .map_err(|why| unusable(&draft, why))
            }
            Self::Postgres(url) => {
                let mut connection = PgConnection::connect_with(&leading(url).await?).await?;
                sqlx::query(BEGUN).execute(&mut connection).await?;
                Ok(connection.close().await?)
            }
        }
    }

    /// Brings a copy into it, with the schema that the copy has. On SQLite it stands beside its place until [`Self::settle`].
    pub async fn fill(&self, copy: &Path) -> Result<Store, StoreError> {
        match self {
            Self::Sqlite(options) => {
                let draft = draft_of(options.get_filename());
                for left in [draft.clone(), beside(&draft, "-wal"), beside(&draft, "-shm")] {
                    match fs::remove_file(&left) {
                        Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(unusable(&left, why)),
                        _ => {}
                    }
                }
                copied(copy, &draft).await?;
                open_sqlite(options.as_ref().clone().filename(draft)).await
            }
            Self::Postgres(url) => {
                let options = leading(url).await?;
                let pool = PgPoolOptions::new().max_connections(1).connect_with(options.clone()).await?;
                tools::bring_back(&pool, &options, copy).await?;
                pool.close().await;
                open_postgres(url).await
            }
        }
    }

    /// Closes what was filled; from now on it is whole, and whoever comes may open it.
    pub async fn settle(self, store: &Store) -> Result<(), StoreError> {
        if let Store::Postgres { write, .. } = store {
            sqlx::query(DONE).execute(write).await?;
        }
        store.close().await;
        let Self::Sqlite(options) = self else { return Ok(()) };
        let (path, draft) = (options.get_filename(), draft_of(options.get_filename()));
        let log = beside(&draft, "-wal");
        if fs::metadata(&log).is_ok_and(|about| about.len() > 0) {
            return Err(unusable(&log, "somebody else has the database open"));
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(&draft)
            .and_then(|file| file.sync_all())
            .and_then(|()| fs::rename(&draft, path))
            .and_then(|()| File::open(folder)?.sync_all())
            .map_err(|why| unusable(path, why))
    }
}

/// Refuses a file that a restore has not given its name yet.
pub(super) fn refuse_half_restored_file(path: &Path) -> Result<(), StoreError> {
    let draft = draft_of(path);
    if path.exists() || !draft.exists() {
        return Ok(());
    }
    Err(StoreError::Refused(format!(
        "a restore into {} is under way or was broken off: let it end, or run `ioc restore` again. To begin with nothing \
         instead, remove {}",
        path.display(),
        draft.display()
    )))
}

/// Refuses a database that a restore has not come to the end of.
pub(super) async fn refuse_half_restored(store: &Store) -> Result<(), StoreError> {
    let Store::Postgres { write, .. } = store else { return Ok(()) };
    if sqlx::query_scalar(IS_BEGUN).fetch_one(write).await? {
        return Err(StoreError::Refused(
            "a restore into this database is under way or was broken off: let it end, or run `ioc restore` again, which \
             says what to do"
                .into(),
        ));
    }
    Ok(())
}

/// Where a file is filled before it has its name.
fn draft_of(path: &Path) -> PathBuf {
    beside(path, ".restoring")
}

/// The one of a URL's hosts that takes writes.
pub(super) async fn leading(url: &str) -> Result<PgConnectOptions, StoreError> {
    let hosts = leader::hosts(url)?;
    if let [only] = hosts.as_slice() {
        return Ok(only.clone());
    }
    let none = || StoreError::Unavailable("none of the hosts in the database URL takes writes".into());
    let (place, connection) = leader::find(&hosts).await.ok_or_else(none)?;
    drop(connection);
    Ok(hosts[place].clone())
}

/// A copy of a file; on disk when this returns.
pub(super) async fn copied(from: &Path, to: &Path) -> Result<(), StoreError> {
    let (from, target) = (from.to_owned(), to.to_owned());
    let copying = tokio::task::spawn_blocking(move || {
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::copy(from, &target)?;
        File::open(&target)?.sync_all()
    });
    let copied = copying.await.map_err(io::Error::other).flatten();
    copied.map_err(|why| unusable(to, why))
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}

fn unusable(path: &Path, why: impl std::fmt::Display) -> StoreError {
    StoreError::Refused(format!("{} cannot be used: {why}", path.display()))
}
