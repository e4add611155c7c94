//! What a whole database can be held against: a copy of it, or itself brought back.

use std::collections::BTreeMap;

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{Store, StoreError, verify::hex};
use crate::domain::ids::PhotoId;

// The engines list their tables in different places.
const TABLES_SQLITE: &str = "select name from sqlite_schema where type = 'table' order by name";
const TABLES_POSTGRES: &str =
    "select cast(tablename as text) from pg_tables where schemaname = current_schema() order by tablename";

const SCHEMA: &str = "select coalesce(max(version), 0) from _sqlx_migrations where success";
const HEAD: &str = "select position, link from chain_head";
const KEYS: &str = "select center_id, body from document where kind = 'vault' order by version";
const LINK: &str = "select link from chain_link where position = $1";
const PHOTOS: &str = "select id, object_key from photo order by id";

/// Rows are only ever added to these.
const GROWING: [&str; 4] = ["report", "ticket", "event", "chain_link"];
/// Of these, self-checks make rows that are gone within the minute: they are not counted.
const TRIED: [&str; 3] = ["report", "ticket", "event"];

/// What is counted of a whole database at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The newest migration.
    pub schema: i64,
    /// Rows of each table.
    pub tables: BTreeMap<String, i64>,
    /// Events in the chain.
    pub sealed: i64,
    /// Hash of the chain's last link, hex.
    pub head: String,
    /// Fingerprint of each centre's sealing key.
    pub keys: BTreeMap<String, String>,
}

impl Facts {
    /// Rows of one table; 0 where there is no such table.
    pub fn rows(&self, table: &str) -> i64 {
        self.tables.get(table).copied().unwrap_or_default()
    }

    /// The first table that only grows and has not as many rows as lie between two looks at the original.
    pub fn strays_from(&self, before: &Self, after: &Self) -> Option<String> {
        GROWING.iter().find_map(|table| {
            let (rows, least, most) = (self.rows(table), before.rows(table), after.rows(table));
            let wrong = !(least..=most).contains(&rows);
            wrong.then(|| format!("{table} has {rows} rows in the copy, {least} to {most} in the database"))
        })
    }

    /// The first thing in which another is different, for a person.
    pub fn differs_from(&self, other: &Self) -> Option<String> {
        for table in self.tables.keys().chain(other.tables.keys()) {
            let (ours, theirs) = (self.rows(table), other.rows(table));
            if ours != theirs {
                return Some(format!("{table} has {ours} rows instead of {theirs}"));
            }
        }
        if (self.sealed, &self.head) != (other.sealed, &other.head) {
            return Some(format!("the chain of events ends with {} instead of {}", self.head, other.head));
        }
        (self != other).then(|| "the schema or the fingerprints of the keys are others".to_owned())
    }
}

impl Store {
    /// Counts everything, at one moment, beside the writers.
    pub async fn facts(&self) -> Result<Facts, StoreError> {
        let tables = if matches!(self, Self::Sqlite { .. }) { TABLES_SQLITE } else { TABLES_POSTGRES };
        snapshot!(self, |tx| {
            let names: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut *tx).await?;
            let mut tables = BTreeMap::new();
            for name in names.into_iter().filter(|name| !name.starts_with("sqlite_") && name != "_sqlx_migrations") {
                let which = if TRIED.contains(&name.as_str()) { "where center_id not like '%.canary'" } else { "" };
                let count = format!("select count(*) from \"{name}\" {which}");
                let rows: i64 = sqlx::query_scalar(AssertSqlSafe(count)).fetch_one(&mut *tx).await?;
                tables.insert(name, rows);
            }
            let schema: i64 = sqlx::query_scalar(SCHEMA).fetch_one(&mut *tx).await?;
            let (sealed, head): (i64, Vec<u8>) = sqlx::query_as(HEAD).fetch_one(&mut *tx).await?;
            let keys: Vec<(String, String)> = sqlx::query_as(KEYS).fetch_all(&mut *tx).await?;
            Facts { schema, tables, sealed, head: hex(&head), keys: keys.into_iter().collect() }
        })
    }

    /// Whether the chain had this link, hex, at this place; place 0 is before the first.
    pub async fn had_head(&self, position: i64, head: &str) -> Result<bool, StoreError> {
        if position == 0 {
            return Ok(true);
        }
        let link: Option<Vec<u8>> =
            reading!(self, |db| sqlx::query_scalar(LINK).bind(position).fetch_optional(db).await?);
        Ok(link.is_some_and(|link| hex(&link) == head))
    }

    /// Every kept photo with the key of its file.
    pub async fn photo_files(&self) -> Result<Vec<(PhotoId, String)>, StoreError> {
        let rows: Vec<(Uuid, String)> = reading!(self, |db| sqlx::query_as(PHOTOS).fetch_all(db).await?);
        Ok(rows.into_iter().map(|(id, key)| (PhotoId(id), key)).collect())
    }

    /// What the engine itself finds wrong with its pages and references; empty: nothing. PostgreSQL has checked each
    /// reference when it was brought back.
    pub async fn unsound(&self) -> Result<Vec<String>, StoreError> {
        let Self::Sqlite { read, .. } = self else { return Ok(vec![]) };
        let pages: Vec<String> = sqlx::query_scalar("pragma integrity_check(10)").fetch_all(read).await?;
        let loose = "select \"table\" || ' refers to a row that is not there' from pragma_foreign_key_check limit 10";
        let loose: Vec<String> = sqlx::query_scalar(loose).fetch_all(read).await?;
        Ok(pages.into_iter().filter(|said| said != "ok").chain(loose).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(reports: i64, sealed: i64) -> Facts {
        let tables = [("report".to_owned(), reports), ("claim".to_owned(), 7 - reports)].into();
        Facts { schema: 25, tables, sealed, head: format!("{sealed:02x}"), keys: BTreeMap::new() }
    }

    #[test]
    fn a_copy_lies_between_two_looks_at_what_only_grows() {
        let (before, after) = (facts(3, 0), facts(5, 0));
        assert_eq!(facts(4, 0).strays_from(&before, &after), None);
        for rows in [2, 6] {
            assert!(facts(rows, 0).strays_from(&before, &after).is_some_and(|why| why.contains("report")));
        }
    }

    #[test]
    fn what_was_brought_back_is_the_same_in_every_table_and_in_the_chain() {
        assert_eq!(facts(3, 1).differs_from(&facts(3, 1)), None);
        assert!(facts(3, 1).differs_from(&facts(4, 1)).is_some_and(|why| why.contains("rows instead of")));
        assert!(facts(3, 1).differs_from(&facts(3, 2)).is_some_and(|why| why.contains("ends with 01")));
        assert!(facts(3, 1).differs_from(&Facts { schema: 26, ..facts(3, 1) }).is_some());
    }
}
