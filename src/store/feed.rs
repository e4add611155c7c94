//! What changes in an office's queue, numbered: 1, 2, 3 … in the order in which it becomes visible, without a gap.
//!
//! The number is given out while the office's head is locked, from there to the commit: whoever has read up to a number
//! has missed nothing before it, on whichever instance. Heads are locked in one order, so that two transactions never
//! wait for one another.

use std::collections::BTreeMap;

use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{
    Store, StoreError, TicketChange,
    portions::portions,
    rows::{parsed, state},
};
use crate::domain::{
    clock::Timestamp,
    code::PublicCode,
    event::Event,
    ids::{CenterId, OfficeId, TicketId},
    ticket::{State, Ticket},
};

const RAISE: &str = "insert into office_head (center_id, office_id, sequence) ";

const RAISED: &str = " on conflict (center_id, office_id) do update set \
    sequence = office_head.sequence + excluded.sequence returning center_id, office_id, sequence";

const INSERT: &str =
    "insert into office_feed (center_id, office_id, sequence, at, ticket_id, code, version, state, kind) ";

const HEADS: &str = "select office_id, sequence from office_head where center_id = $1";

const HEAD: &str = "select sequence from office_head where center_id = $1 and office_id = $2";

const FLOOR: &str = "select min(sequence) from office_feed where center_id = $1 and office_id = $2";

const AFTER: &str = "select sequence, at, ticket_id, code, version, state, kind from office_feed \
    where center_id = $1 and office_id = $2 and sequence > $3 order by sequence limit $4";

const FORGET: &str = "delete from office_feed where center_id = $1 and office_id = $2 and sequence <= $3";

/// One entry of an office's feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedEntry {
    /// Its number in the office's feed.
    pub sequence: i64,
    /// When.
    pub at: Timestamp,
    /// Which ticket.
    pub ticket: TicketId,
    /// The citizen's number.
    pub code: PublicCode,
    /// The ticket's version after it.
    pub version: i64,
    /// Where it stands; None: it went to another office.
    pub state: Option<State>,
    /// The last event's word.
    pub kind: String,
}

#[derive(sqlx::FromRow)]
struct FeedRow {
    sequence: i64,
    at: i64,
    ticket_id: Uuid,
    code: String,
    version: i64,
    state: Option<String>,
    kind: String,
}

impl TryFrom<FeedRow> for FeedEntry {
    type Error = StoreError;
    fn try_from(row: FeedRow) -> Result<Self, StoreError> {
        Ok(Self {
            sequence: row.sequence,
            at: Timestamp(row.at),
            ticket: TicketId(row.ticket_id),
            code: parsed("office_feed.code", &row.code)?,
            version: row.version,
            state: row.state.as_deref().map(state).transpose()?,
            kind: row.kind,
        })
    }
}

/// A line to be numbered.
pub(super) struct Line<'a> {
    office: &'a OfficeId,
    ticket: &'a Ticket,
    state: Option<State>,
    last: &'a Event,
}

/// The line of a new ticket.
pub(super) fn opened<'a>(ticket: &'a Ticket, events: &'a [Event]) -> Option<Line<'a>> {
    Some(Line { office: &ticket.office, ticket, state: Some(ticket.state), last: events.last()? })
}

/// The lines of a change: for the office that has the ticket now, and for one that it has left.
pub(super) fn moved<'a>(change: &TicketChange<'a>) -> impl Iterator<Item = Line<'a>> + use<'a> {
    let (before, ticket) = (change.before, change.after);
    let lines = change.events.last().map(|last| {
        let left = Line { office: &before.office, ticket, state: None, last };
        let now = Line { office: &ticket.office, ticket, state: Some(ticket.state), last };
        (before.office != ticket.office).then_some(left).into_iter().chain([now])
    });
    lines.into_iter().flatten()
}

steps! {
    /// Writes to the feeds.
    trait Feed {
        /// Numbers the lines; last in a transaction, because every other one of these offices waits for its end.
        async fn feed(&mut self, lines: Vec<Line<'_>>) -> () {
            let mut feeds: BTreeMap<(&str, &str), Vec<Line<'_>>> = BTreeMap::new();
            for line in lines {
                feeds.entry((line.ticket.center.as_str(), line.office.as_str())).or_default().push(line);
            }
            let counts: Vec<_> = feeds.iter().map(|(of, lines)| (*of, i64::try_from(lines.len()))).collect();
            let mut heads: Vec<(String, String, i64)> = vec![];
            for counts in portions(&counts) {
                let mut query = QueryBuilder::new(RAISE);
                query.push_values(counts, |mut row, ((center, office), count)| {
                    row.push_bind(*center).push_bind(*office).push_bind(count.unwrap_or(i64::MAX));
                });
                heads.extend(query.push(RAISED).build_query_as().fetch_all(&mut *self).await?);
            }
            let numbered: Vec<(&Line<'_>, i64)> = heads
                .iter()
                .flat_map(|(center, office, head)| {
                    let lines = feeds.iter().find(|((c, o), _)| c == center && o == office).map(|(_, lines)| lines);
                    lines.into_iter().flatten().rev().zip((1..=*head).rev())
                })
                .collect();
            for lines in portions(&numbered) {
                let mut query = QueryBuilder::new(INSERT);
                query.push_values(lines, |mut row, (line, sequence)| {
                    row.push_bind(line.ticket.center.as_str())
                        .push_bind(line.office.as_str())
                        .push_bind(*sequence)
                        .push_bind(line.last.at.0)
                        .push_bind(line.ticket.id.0)
                        .push_bind(line.ticket.code.to_string())
                        .push_bind(line.ticket.version)
                        .push_bind(line.state.map(State::as_str))
                        .push_bind(line.last.kind.word());
                });
                query.build().execute(&mut *self).await?;
            }
            Ok(())
        }
    }
}

impl Store {
    /// The last number of every office's feed; offices without any are left out.
    pub async fn feed_heads(&self, center: &CenterId) -> Result<Vec<(OfficeId, i64)>, StoreError> {
        let rows: Vec<(String, i64)> =
            reading!(self, |db| sqlx::query_as(HEADS).bind(center.as_str()).fetch_all(db).await?);
        rows.into_iter().map(|(office, head)| Ok((parsed("office_head.office_id", &office)?, head))).collect()
    }

    /// The last number of an office's feed; 0 where nothing was ever there.
    pub async fn feed_head(&self, center: &CenterId, office: &OfficeId) -> Result<i64, StoreError> {
        let head: Option<i64> = reading!(self, |db| {
            sqlx::query_scalar(HEAD).bind(center.as_str()).bind(office.as_str()).fetch_optional(db).await?
        });
        Ok(head.unwrap_or_default())
    }

    /// The first number that an office's feed still has; None where it has none.
    pub async fn feed_floor(&self, center: &CenterId, office: &OfficeId) -> Result<Option<i64>, StoreError> {
        Ok(reading!(self, |db| {
            sqlx::query_scalar(FLOOR).bind(center.as_str()).bind(office.as_str()).fetch_one(db).await?
        }))
    }

    /// An office's feed after a number, ascending.
    pub async fn feed_after(
        &self,
        center: &CenterId,
        office: &OfficeId,
        after: i64,
        limit: i64,
    ) -> Result<Vec<FeedEntry>, StoreError> {
        let rows: Vec<FeedRow> = reading!(self, |db| {
            sqlx::query_as(AFTER)
                .bind(center.as_str())
                .bind(office.as_str())
                .bind(after)
                .bind(limit.max(0))
                .fetch_all(db)
                .await?
        });
        rows.into_iter().map(FeedEntry::try_from).collect()
    }

    /// Forgets an office's feed up to a number, that one included; how many entries.
    pub async fn forget_feed(&self, center: &CenterId, office: &OfficeId, upto: i64) -> Result<u64, StoreError> {
        writing!(self, |tx| {
            let query = sqlx::query(FORGET).bind(center.as_str()).bind(office.as_str()).bind(upto);
            query.execute(&mut *tx).await?.rows_affected()
        })
    }
}
