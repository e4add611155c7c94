//! The schema: brought up to date at the start, and taken as it is where a newer program has brought it further.
//!
//! Migrations are append-only, and each adds without taking away or renaming, so that instances of the version before
//! go on beside those of the next. One that cannot keep to that says in its name from which migration on a program must
//! know the schema: `0031_needs_0028_old_column_goes.sql`. Programs that know less refuse to start.

use sqlx::{SqlitePool, migrate::MigrateError, migrate::Migrator};

use super::{Store, StoreError};

/// Tickets from before the figures that are counted in one transaction.
const COUNTED_AT_ONCE: i64 = 2_000;

const UNKNOWN: &str = "select version, description from _sqlx_migrations where version > $1 order by version";

fn sqlite() -> Migrator {
    let mut schema = sqlx::migrate!("migrations/sqlite");
    schema.set_ignore_missing(true);
    schema
}

fn postgres() -> Migrator {
    let mut schema = sqlx::migrate!("migrations/postgres");
    schema.set_ignore_missing(true);
    schema
}

/// The number of the newest migration that this program knows; the same on both engines.
pub fn newest_schema() -> i64 {
    sqlite().iter().map(|migration| migration.version).max().unwrap_or_default()
}

impl Store {
    /// Brings the schema up to date, and what is counted by it. Refuses a database that a newer program has brought to
    /// where this one cannot follow.
    pub async fn bring_up_to_date(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite { write, .. } => migrate_sqlite(write).await?,
            Self::Postgres { write, .. } => postgres().run(write).await?,
        }
        let known = newest_schema();
        let unknown: Vec<(i64, String)> =
            reading!(self, |db| sqlx::query_as(UNKNOWN).bind(known).fetch_all(db).await?);
        if let Some((newest, _)) = unknown.last() {
            refuse_too_old(known, &unknown)?;
            tracing::info!(known, newest, "a newer program has added to the schema; this one goes on beside it");
        }
        while self.fill_tallies(COUNTED_AT_ONCE).await? {}
        Ok(())
    }
}

/// A file has no lock for migrations: where two programs start together on a new one, whoever comes second finds the
/// table there, and the migration done. Each failure means that the other has got one further.
async fn migrate_sqlite(pool: &SqlitePool) -> Result<(), StoreError> {
    let schema = sqlite();
    for _ in schema.iter() {
        match schema.run(pool).await {
            Err(MigrateError::Execute(_) | MigrateError::ExecuteMigration(..)) => {}
            done => return Ok(done?),
        }
    }
    Ok(schema.run(pool).await?)
}

/// `unknown`: what this program does not know, with the words of its name.
fn refuse_too_old(known: i64, unknown: &[(i64, String)]) -> Result<(), StoreError> {
    let needed = unknown.iter().filter_map(|(_, name)| needs(name)).max().unwrap_or_default();
    if needed <= known {
        return Ok(());
    }
    Err(StoreError::Refused(format!(
        "this program is too old for the database: it knows the schema up to {known}, and a newer program has brought the \
         database to where {needed} must be known. Install the version that the other instances run; a database that has \
         gone forward does not go back, a backup from before can be restored"
    )))
}

/// From which migration on a program must know the schema: sqlx keeps a file's name with spaces for underscores.
fn needs(name: &str) -> Option<i64> {
    name.strip_prefix("needs ")?.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_newer_program_added_is_no_hindrance_and_what_it_took_away_is() {
        let added = (30, "offices have a colour".to_owned());
        let took = (31, "needs 0028 old column goes".to_owned());
        assert_eq!(refuse_too_old(25, std::slice::from_ref(&added)), Ok(()));
        assert_eq!(refuse_too_old(28, &[added.clone(), took.clone()]), Ok(()));
        let refused = refuse_too_old(27, &[added, took]).unwrap_err().to_string();
        assert!(refused.contains("up to 27") && refused.contains("28 must be known"), "{refused}");
    }
}
