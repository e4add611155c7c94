//! Open tickets follow a change of the map, some hundred at a time.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::{
    Store, StoreError, TicketChange,
    change::{Change, ordered},
    portions::portions,
    rows::{EventRow, parsed},
    write::Write,
};
use crate::domain::{
    clock::Timestamp,
    event::Event,
    ids::{CenterId, CommuneCode, GenerationId, OfficeId, ReportId, TicketId},
    ticket::{State, Ticket},
};

const ACTIVATED: &str = "select distinct generation_id from activation where center_id = $1 order by generation_id";

const MOVES: &str = concat!("select ", event_columns!(), " from event e where e.ticket_id in (");

// Of every history the first two entries say that it arrived and was assigned; where it went then is told later.
const OF_MOVES: &str = ") and e.version > 2 and e.kind in ('assigned', 'transferred', 'restated', 'redrawn') \
    order by e.ticket_id, e.version";

// What only moves has few columns, and its next moment is not written: its place in the index of due tickets, far from
// those of the others, stays untouched.
const MOVED: &str = "with moved (id, center_id, before, next_at, generation_id, commune, office_id, about, successor, \
    version) as (";

const UPDATE_AS_MOVED: &str = ") update ticket set \
    generation_id = m.generation_id, commune = m.commune, office_id = m.office_id, about = m.about, \
    successor = m.successor, version = m.version \
    from moved m where ticket.id = m.id and ticket.center_id = m.center_id and ticket.version = m.before \
    and ticket.next_at is not distinct from m.next_at returning ticket.id";

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

/// Whether nothing changes but where the ticket lies and whose it is.
fn only_moves(change: &TicketChange<'_>) -> bool {
    let Ticket { generation, commune, office, about, successor, version, .. } = change.after.clone();
    let moved = Ticket { generation, commune, office, about, successor, version, ..change.before.clone() };
    moved == *change.after
}

steps! {
    /// Moves tickets.
    trait Moving {
        /// The ids of those that were written, of tickets that [`only_moves`]: not where the stored version is another
        /// one, nor where the next moment is.
        async fn move_tickets(&mut self, changes: &[&TicketChange<'_>]) -> Vec<Uuid> {
            let mut query = sqlx::QueryBuilder::new(MOVED);
            query.push_values(changes, |mut row, TicketChange { before, after, next_at, .. }| {
                row.push_bind(after.id.0)
                    .push_bind(after.center.as_str())
                    .push_bind(before.version)
                    .push_bind(next_at.map(|at| at.0))
                    .push_bind(after.generation.as_str())
                    .push_bind(after.commune.as_ref().map(CommuneCode::as_str))
                    .push_bind(after.office.as_str())
                    .push_bind(after.about.as_ref().map(OfficeId::as_str))
                    .push_bind(after.successor.as_ref().map(OfficeId::as_str))
                    .push_bind(after.version);
            });
            query.push(UPDATE_AS_MOVED);
            Ok(query.build_query_scalar().fetch_all(&mut *self).await?)
        }
    }
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
            let mut written = HashSet::new();
            for changes in portions(&ordered) {
                if changes.iter().all(|change| only_moves(change)) {
                    written.extend(tx.move_tickets(changes).await?);
                }
                let others = changes.iter().filter(|change| !written.contains(&change.after.id.0));
                let decided: Vec<_> =
                    others.map(|change| ((change.after, change.next_at), change.before.version)).collect();
                written.extend(tx.update_tickets(&decided).await?);
            }
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
