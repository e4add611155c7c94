//! Open tickets follow a change of the map, some hundred at a time.

use std::collections::HashMap;

use uuid::Uuid;

use super::{
    Store, StoreError, TicketChange,
    change::{Change, ordered},
    rows::{EventRow, parsed},
    write::Write,
};
use crate::domain::{
    clock::Timestamp,
    event::Event,
    ids::{CenterId, GenerationId, ReportId, TicketId},
    ticket::State,
};

const ACTIVATED: &str = "select distinct generation_id from activation where center_id = $1 order by generation_id";

const MOVES: &str = concat!("select ", event_columns!(), " from event e where e.ticket_id in (");

// Of every history the first two entries say that it arrived and was assigned; where it went then is told later.
const OF_MOVES: &str = ") and e.version > 2 and e.kind in ('assigned', 'transferred', 'restated', 'redrawn') \
    order by e.ticket_id, e.version";

const POINTS: &str = "select r.id, r.lon, r.lat, r.received_at, t.state from report r join ticket t on t.report_id = r.id \
    where r.center_id = $1 and r.where_kind = 'fix' and r.id > $2 and (r.received_at >= $3 \
    or t.state in ('queued', 'accepted', 'in_progress', 'waiting_for_citizen')) order by r.id limit $4";

/// Where a report lies, for counting.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Whose.
    pub report: ReportId,
    /// Degrees east.
    pub lon: f64,
    /// Degrees north.
    pub lat: f64,
    /// When it arrived.
    pub received_at: Timestamp,
    /// Its ticket is open.
    pub open: bool,
}

#[derive(sqlx::FromRow)]
struct PointRow {
    id: Uuid,
    lon: f64,
    lat: f64,
    received_at: i64,
    state: String,
}

impl Store {
    /// Every map that was ever in the centre's plan, taken back or not.
    pub async fn activated(&self, center: &CenterId) -> Result<Vec<GenerationId>, StoreError> {
        let ids: Vec<String> =
            reading!(self, |db| sqlx::query_scalar(ACTIVATED).bind(center.as_str()).fetch_all(db).await?);
        ids.iter().map(|id| parsed("activation.generation_id", id)).collect()
    }

    /// How these tickets went from office to office after they were first assigned, each oldest first; those that never
    /// left are not named.
    pub async fn moves(&self, ids: &[TicketId]) -> Result<HashMap<TicketId, Vec<Event>>, StoreError> {
        let mut moves: HashMap<TicketId, Vec<Event>> = HashMap::new();
        if ids.is_empty() {
            return Ok(moves);
        }
        let rows: Vec<EventRow> = reading!(self, |db| {
            let mut query = sqlx::QueryBuilder::new(MOVES);
            let mut list = query.separated(", ");
            for id in ids {
                list.push_bind(id.0);
            }
            query.push(OF_MOVES);
            query.build_query_as().persistent(false).fetch_all(db).await?
        });
        for row in rows {
            let event = Event::try_from(row)?;
            moves.entry(event.ticket).or_default().push(event);
        }
        Ok(moves)
    }

    /// Writes what a change of the map does to some tickets, in one transaction; one that was changed in between is left
    /// out, to be met again. How many were written; None, and nothing written, where the plan is no longer the one of
    /// `revision`: whoever decided by an older plan must not undo what others did by the newer.
    pub async fn redraw(&self, revision: i64, changes: &[TicketChange<'_>]) -> Result<Option<usize>, StoreError> {
        let ordered = ordered(changes);
        writing!(self, |tx| {
            let known: i64 = sqlx::query_scalar("select number from revision").fetch_one(&mut *tx).await?;
            if known != revision {
                return Ok(None);
            }
            let decided: Vec<_> =
                ordered.iter().map(|change| ((change.after, change.next_at), change.before.version)).collect();
            let written = tx.update_tickets(&decided).await?;
            let mut done = ordered.clone();
            done.retain(|change| written.contains(&change.after.id.0));
            tx.after_changes(&done).await?;
            Some(done.len())
        })
    }

    /// Positions of reports that arrived since then or whose ticket is open, ascending by id after `after`.
    pub async fn points(
        &self,
        center: &CenterId,
        since: Timestamp,
        after: Option<ReportId>,
        limit: i64,
    ) -> Result<Vec<Point>, StoreError> {
        let rows: Vec<PointRow> = reading!(self, |db| {
            sqlx::query_as(POINTS)
                .bind(center.as_str())
                .bind(after.map_or(Uuid::nil(), |id| id.0))
                .bind(since.0)
                .bind(limit.max(0))
                .fetch_all(db)
                .await?
        });
        let read = |row: PointRow| Point {
            report: ReportId(row.id),
            lon: row.lon,
            lat: row.lat,
            received_at: Timestamp(row.received_at),
            open: State::parse(&row.state).is_some_and(State::is_open),
        };
        Ok(rows.into_iter().map(read).collect())
    }
}
