//! What was sent with one key: a team's own reports.

use super::{Store, StoreError, rows::TicketRow};
use crate::domain::{
    ids::{CenterId, KeyId},
    ticket::{State, Ticket},
};

const NEWEST: &str = concat!(
    "select ",
    ticket_columns!(),
    " from report r join ticket t on t.report_id = r.id where r.center_id = $1 and r.sender_key = $2 \
     order by r.received_at desc, t.id desc limit $3"
);

const COUNTS: &str = "select t.state, count(*), count(case when t.resolve_missed then 1 end) from report r \
    join ticket t on t.report_id = r.id where r.center_id = $1 and r.sender_key = $2 group by t.state order by t.state";

/// How many of a key's reports stand in one state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentCount {
    /// Where they stand.
    pub state: State,
    /// How many.
    pub reports: i64,
    /// Of these, past the deadline to resolve, now or when they ended.
    pub overdue: i64,
}

impl Store {
    /// The newest tickets of the reports that were sent with a key.
    pub async fn sent_with(&self, center: &CenterId, key: KeyId, limit: i64) -> Result<Vec<Ticket>, StoreError> {
        let rows: Vec<TicketRow> = reading!(self, |db| {
            sqlx::query_as(NEWEST).bind(center.as_str()).bind(key.0).bind(limit.max(0)).fetch_all(db).await?
        });
        rows.into_iter().map(Ticket::try_from).collect()
    }

    /// How the reports stand that were sent with a key; states without any are left out.
    pub async fn count_sent_with(&self, center: &CenterId, key: KeyId) -> Result<Vec<SentCount>, StoreError> {
        let rows: Vec<(String, i64, i64)> =
            reading!(self, |db| { sqlx::query_as(COUNTS).bind(center.as_str()).bind(key.0).fetch_all(db).await? });
        let counts = rows.into_iter();
        Ok(counts
            .filter_map(|(state, reports, overdue)| Some(SentCount { state: State::parse(&state)?, reports, overdue }))
            .collect())
    }
}
