//! What the auditor asks: is anything lost, late, or waiting for nobody? Each question is a seek in an index, or reads a
//! portion of a known size.

use std::path::PathBuf;

use super::{Store, StoreError, rows::TicketRow};
use crate::domain::{
    clock::Timestamp,
    ids::{CenterId, TicketId},
    ticket::Ticket,
};

/// A ticket as the auditor meets it.
#[derive(Debug)]
pub struct Audited {
    /// Its id.
    pub id: TicketId,
    /// Its next moment.
    pub next_at: Option<Timestamp>,
    /// The ticket; Err where its row cannot be read.
    pub ticket: Result<Ticket, StoreError>,
}

const ASTRAY: &str = concat!(
    "select t.next_at, ",
    ticket_columns!(),
    " from ticket t where t.center_id = $1 and t.id > $2 and t.next_at is null \
     and t.state not in ('closed', 'refused', 'merged', 'withdrawn') order by t.id limit $3"
);

// In the order of ids by their own index: the one of centres would be taken, and all of a centre's tickets sorted.
const PORTION: &str = concat!(
    "select t.next_at, ",
    ticket_columns!(),
    " from ticket t where coalesce(t.center_id, '') = $1 and t.id > $2 order by t.id limit $3"
);

const ORPHANS: &str = "select count(*) from report r left join ticket t on t.report_id = r.id \
    where r.center_id = $1 and r.id > $2 and r.id <= $3 and t.id is null";

const LATE: &str = "select count(*), min(next_at) from ticket where center_id = $1 and next_at <= $2";

// Twice its length: as long again after its end.
const STALE_CLAIMS: &str = "select count(*), min(lease_until) from claim \
    where center_id = $1 and lease_until + lease_seconds * 1000000 <= $2";

// From one office to the next by the index of the queues, however many tickets lie between them.
const OFFICES: &str = "with recursive office (id) as (\
    select min(office_id) from ticket where center_id = $1 union all \
    select (select min(t.office_id) from ticket t where t.center_id = $1 and t.office_id > o.id) from office o \
    where o.id is not null) select id from office where id is not null order by id";

const OPEN_OF_OFFICE: &str = "select count(*) from ticket where center_id = $1 and office_id = $2 \
    and state in ('queued', 'accepted', 'in_progress', 'waiting_for_citizen')";

const OLDEST_UNSEALED: &str = "select min(at) from unsealed";

const OLDEST_ANNOUNCED: &str = "select at from event where id = (\
    select event_id from outbox where center_id = $1 order by event_id limit 1)";

const OLDEST_UPLOAD: &str = "select min(at) from upload where center_id = $1 and state = 'waiting'";

const LEAD: &str = "select until from lead where center_id = $1";

#[derive(sqlx::FromRow)]
struct AuditedRow {
    next_at: Option<i64>,
    #[sqlx(flatten)]
    ticket: TicketRow,
}

impl From<AuditedRow> for Audited {
    fn from(row: AuditedRow) -> Self {
        let id = TicketId(row.ticket.id());
        Self { id, next_at: row.next_at.map(Timestamp), ticket: row.ticket.try_into() }
    }
}

/// How many, and the oldest moment among them.
pub type Late = (i64, Option<Timestamp>);

impl Store {
    /// Tickets that should have a next moment and have none, ascending by id, after this one.
    pub async fn astray(&self, center: &CenterId, after: TicketId, limit: i64) -> Result<Vec<Audited>, StoreError> {
        self.audited(ASTRAY, center, after, limit).await
    }

    /// Any tickets, ascending by id, after this one.
    pub async fn tickets_after(
        &self,
        center: &CenterId,
        after: TicketId,
        limit: i64,
    ) -> Result<Vec<Audited>, StoreError> {
        self.audited(PORTION, center, after, limit).await
    }

    async fn audited(
        &self,
        question: &'static str,
        center: &CenterId,
        after: TicketId,
        limit: i64,
    ) -> Result<Vec<Audited>, StoreError> {
        let rows: Vec<AuditedRow> = reading!(self, |db| {
            sqlx::query_as(question).bind(center.as_str()).bind(after.0).bind(limit.max(0)).fetch_all(db).await?
        });
        Ok(rows.into_iter().map(Audited::from).collect())
    }

    /// How many reports with ids in `(after, until]` have no ticket.
    pub async fn orphans(&self, center: &CenterId, after: TicketId, until: TicketId) -> Result<i64, StoreError> {
        Ok(reading!(self, |db| {
            sqlx::query_scalar(ORPHANS).bind(center.as_str()).bind(after.0).bind(until.0).fetch_one(db).await?
        }))
    }

    /// Tickets whose moment had come at `at` already and that still wait for it.
    pub async fn late_moments(&self, center: &CenterId, at: Timestamp) -> Result<Late, StoreError> {
        self.late(LATE, center, at).await
    }

    /// Leases that ended so long before `at` as they were to last.
    pub async fn stale_claims(&self, center: &CenterId, at: Timestamp) -> Result<Late, StoreError> {
        self.late(STALE_CLAIMS, center, at).await
    }

    async fn late(&self, question: &'static str, center: &CenterId, at: Timestamp) -> Result<Late, StoreError> {
        let (count, oldest): (i64, Option<i64>) =
            reading!(self, |db| { sqlx::query_as(question).bind(center.as_str()).bind(at.0).fetch_one(db).await? });
        Ok((count, oldest.map(Timestamp)))
    }

    /// The offices that any ticket lies with, as they are stored.
    pub async fn offices_of_tickets(&self, center: &CenterId) -> Result<Vec<String>, StoreError> {
        Ok(reading!(self, |db| sqlx::query_scalar(OFFICES).bind(center.as_str()).fetch_all(db).await?))
    }

    /// How many open tickets lie with an office, whatever its name is.
    pub async fn count_open_of(&self, center: &CenterId, office: &str) -> Result<i64, StoreError> {
        Ok(reading!(self, |db| {
            sqlx::query_scalar(OPEN_OF_OFFICE).bind(center.as_str()).bind(office).fetch_one(db).await?
        }))
    }

    /// Since when the oldest event waits to be sealed.
    pub async fn oldest_unsealed(&self) -> Result<Option<Timestamp>, StoreError> {
        let at: Option<i64> = reading!(self, |db| sqlx::query_scalar(OLDEST_UNSEALED).fetch_one(db).await?);
        Ok(at.map(Timestamp))
    }

    /// Since when the oldest event waits to become deliveries.
    pub async fn oldest_announced(&self, center: &CenterId) -> Result<Option<Timestamp>, StoreError> {
        let at: Option<i64> = reading!(self, |db| {
            sqlx::query_scalar(OLDEST_ANNOUNCED).bind(center.as_str()).fetch_optional(db).await?
        });
        Ok(at.map(Timestamp))
    }

    /// Since when the oldest photo waits to be cleaned.
    pub async fn oldest_upload(&self, center: &CenterId) -> Result<Option<Timestamp>, StoreError> {
        let at: Option<i64> =
            reading!(self, |db| { sqlx::query_scalar(OLDEST_UPLOAD).bind(center.as_str()).fetch_one(db).await? });
        Ok(at.map(Timestamp))
    }

    /// Until when somebody has the lead; None on SQLite, whose one instance always leads, and where nobody ever led.
    pub async fn lead_until(&self, center: &CenterId) -> Result<Option<Timestamp>, StoreError> {
        let at: Option<i64> =
            reading!(self, |db| sqlx::query_scalar(LEAD).bind(center.as_str()).fetch_optional(db).await?);
        Ok(at.map(Timestamp))
    }

    /// The version of the engine.
    pub async fn engine_version(&self) -> Result<String, StoreError> {
        Ok(match self {
            Self::Sqlite { read, .. } => sqlx::query_scalar("select sqlite_version()").fetch_one(read).await?,
            Self::Postgres { read, .. } => sqlx::query_scalar("show server_version").fetch_one(read).await?,
        })
    }

    /// SQLite's file; None on PostgreSQL.
    pub fn file(&self) -> Option<PathBuf> {
        match self {
            Self::Sqlite { read, .. } => Some(read.connect_options().get_filename().to_path_buf()),
            Self::Postgres { .. } => None,
        }
    }

    /// Bytes of SQLite's write-ahead log; None on PostgreSQL.
    pub fn wal_bytes(&self) -> Option<u64> {
        let mut log = self.file()?.into_os_string();
        log.push("-wal");
        Some(std::fs::metadata(log).map_or(0, |about| about.len()))
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{AssertSqlSafe, Row};

    use super::*;

    /// Every question, and how many values it binds.
    const QUESTIONS: [(&str, usize); 10] = [
        (ASTRAY, 3),
        (PORTION, 3),
        (ORPHANS, 3),
        (LATE, 2),
        (STALE_CLAIMS, 2),
        (OFFICES, 1),
        (OPEN_OF_OFFICE, 2),
        (OLDEST_UNSEALED, 0),
        (OLDEST_ANNOUNCED, 1),
        (OLDEST_UPLOAD, 1),
    ];

    #[tokio::test]
    async fn no_question_reads_or_sorts_a_whole_table() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::connect(&format!("sqlite://{}", folder.path().join("ioc.db").display())).await.unwrap();
        let Store::Sqlite { read, .. } = &store else { panic!("it is SQLite") };
        for (question, values) in QUESTIONS {
            let mut query = sqlx::query(AssertSqlSafe(format!("explain query plan {question}")));
            for _ in 0..values {
                query = query.bind(0);
            }
            let plan = query.fetch_all(read).await.unwrap();
            let steps: Vec<String> = plan.iter().map(|step| step.get("detail")).collect();
            let of_tables =
                ["SCAN t", "SCAN r", "SCAN ticket", "SCAN report", "SCAN event", "SCAN claim", "SCAN unsealed"];
            let reads_all =
                |step: &String| of_tables.iter().any(|scan| step == scan || step.starts_with(&format!("{scan} ")));
            // What is announced is handed over within seconds: there are few.
            let sorts =
                |step: &String| step.contains("TEMP B-TREE") && question != OFFICES && question != OLDEST_ANNOUNCED;
            assert!(!steps.iter().any(|step| reads_all(step) || sorts(step)), "{question}: {steps:?}");
        }
    }
}
