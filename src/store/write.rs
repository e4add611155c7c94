//! The rows that submitting and changing have in common: tickets, events, photos.

use std::collections::HashSet;

use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{portions::portions, rows::to_json};
use crate::domain::{
    clock::Timestamp,
    event::{Actor, Event},
    ids::{CenterId, ReportId, TicketId},
    photo::Photo,
    ticket::Ticket,
};

const INSERT_TICKETS: &str = "insert into ticket (\
    id, center_id, report_id, code, received_at, category, urgent, generation_id, commune, office_id, about, state, \
    version, round, bounces, settled_here, assignee, accept_by, resolve_by, promised_by, accepted_at, resolved_at, \
    ended_at, accept_missed, resolve_missed, extensions, pause_since, pause_until, pause_back_to, default_at, \
    worked_minutes, stars, merged_into, waits, published, next_at, successor, attempts, untaken_rungs, unresolved_rungs, \
    me_too) ";

// The first five columns never change, and how many say "me too" is counted apart; a row that somebody else has changed in between is not found.
const UPDATE_TICKET: &str = "update ticket set \
    category = $4, urgent = $5, generation_id = $6, commune = $7, office_id = $8, about = $9, state = $10, \
    version = $11, round = $12, bounces = $13, settled_here = $14, assignee = $15, accept_by = $16, resolve_by = $17, \
    promised_by = $18, accepted_at = $19, resolved_at = $20, ended_at = $21, accept_missed = $22, \
    resolve_missed = $23, extensions = $24, pause_since = $25, pause_until = $26, pause_back_to = $27, \
    default_at = $28, worked_minutes = $29, stars = $30, merged_into = $31, waits = $32, published = $33, \
    next_at = $34, successor = $35, attempts = $36, untaken_rungs = $37, unresolved_rungs = $38 where id = $1 and center_id = $2 and version = $3";

// A table with named columns: those of bare `values` are called otherwise on each engine.
const DECIDED: &str = "with decided (id, center_id, before, \
    category, urgent, generation_id, commune, office_id, about, state, version, round, bounces, settled_here, \
    assignee, accept_by, resolve_by, promised_by, accepted_at, resolved_at, ended_at, accept_missed, \
    resolve_missed, extensions, pause_since, pause_until, pause_back_to, default_at, worked_minutes, stars, \
    merged_into, waits, published, next_at, successor, attempts, untaken_rungs, unresolved_rungs) as (";

const UPDATE_AS_DECIDED: &str = ") update ticket set \
    category = d.category, urgent = d.urgent, generation_id = d.generation_id, commune = d.commune, office_id = \
    d.office_id, about = d.about, state = d.state, version = d.version, round = d.round, bounces = d.bounces, \
    settled_here = d.settled_here, assignee = d.assignee, accept_by = d.accept_by, resolve_by = d.resolve_by, \
    promised_by = d.promised_by, accepted_at = d.accepted_at, resolved_at = d.resolved_at, ended_at = \
    d.ended_at, accept_missed = d.accept_missed, resolve_missed = d.resolve_missed, extensions = d.extensions, \
    pause_since = d.pause_since, pause_until = d.pause_until, pause_back_to = d.pause_back_to, default_at = \
    d.default_at, worked_minutes = d.worked_minutes, stars = d.stars, merged_into = d.merged_into, waits = \
    d.waits, published = d.published, next_at = d.next_at, successor = d.successor, attempts = d.attempts, \
    untaken_rungs = d.untaken_rungs, unresolved_rungs = d.unresolved_rungs \
    from decided d where ticket.id = d.id and ticket.center_id = d.center_id and ticket.version = d.before \
    returning ticket.id";

const INSERT_EVENTS: &str =
    "insert into event (id, center_id, ticket_id, version, at, actor_kind, actor, kind, body, salt) ";

const INSERT_PHOTOS: &str = "insert into photo (\
    id, center_id, ticket_id, report_id, position, object_key, media_type, width, height, bytes, sha256) ";

/// A ticket and its next moment.
pub(super) type Dated<'a> = (&'a Ticket, Option<Timestamp>);

/// A photo with its place among those of its report, or of an answer where there is no report.
pub(super) struct Placed<'a> {
    pub(super) center: &'a CenterId,
    pub(super) ticket: TicketId,
    pub(super) report: Option<ReportId>,
    pub(super) position: i64,
    pub(super) photo: &'a Photo,
}

/// Binds what a change may write, in the order of the statements above.
macro_rules! bind_changing {
    ($query:expr, $bind:ident, $ticket:expr, $next_at:expr) => {
        $query
            .$bind($ticket.category.as_str())
            .$bind($ticket.urgent)
            .$bind($ticket.generation.as_str())
            .$bind($ticket.commune.as_ref().map(|id| id.as_str()))
            .$bind($ticket.office.as_str())
            .$bind($ticket.about.as_ref().map(|id| id.as_str()))
            .$bind($ticket.state.as_str())
            .$bind($ticket.version)
            .$bind($ticket.round)
            .$bind($ticket.bounces)
            .$bind($ticket.settled_here)
            .$bind($ticket.assignee.as_deref())
            .$bind($ticket.accept_by.0)
            .$bind($ticket.resolve_by.0)
            .$bind($ticket.promised_by.0)
            .$bind($ticket.accepted_at.map(|at| at.0))
            .$bind($ticket.resolved_at.map(|at| at.0))
            .$bind($ticket.ended_at.map(|at| at.0))
            .$bind($ticket.accept_missed)
            .$bind($ticket.resolve_missed)
            .$bind($ticket.extensions)
            .$bind($ticket.pause.map(|pause| pause.since.0))
            .$bind($ticket.pause.map(|pause| pause.until.0))
            .$bind($ticket.pause.map(|pause| pause.back_to.as_str()))
            .$bind($ticket.default_at.map(|at| at.0))
            .$bind($ticket.worked_minutes)
            .$bind($ticket.stars)
            .$bind($ticket.merged_into.map(|id| id.0))
            .$bind($ticket.waits)
            .$bind($ticket.published)
            .$bind($next_at.map(|at: Timestamp| at.0))
            .$bind($ticket.successor.as_ref().map(|id| id.as_str()))
            .$bind($ticket.attempts)
            .$bind($ticket.untaken_rungs)
            .$bind($ticket.unresolved_rungs)
    };
}

steps! {
    /// Writes to the tables of tickets.
    trait Write {
        /// The ids of those that were written: not where the public code is taken.
        async fn insert_tickets(&mut self, tickets: &[Dated<'_>]) -> HashSet<Uuid> {
            let mut written = HashSet::new();
            for tickets in portions(tickets) {
                let mut query = QueryBuilder::new(INSERT_TICKETS);
                query.push_values(tickets, |mut row, (ticket, next_at)| {
                    row.push_bind(ticket.id.0)
                        .push_bind(ticket.center.as_str())
                        .push_bind(ticket.report.0)
                        .push_bind(ticket.code.to_string())
                        .push_bind(ticket.received_at.0);
                    bind_changing!(row, push_bind, ticket, next_at).push_bind(ticket.me_too);
                });
                query.push(" on conflict (center_id, code) do nothing returning id");
                written.extend(query.build_query_scalar::<Uuid>().fetch_all(&mut *self).await?);
            }
            Ok(written)
        }

        /// False, and nothing written, where the stored version is not `before`.
        async fn update_ticket(&mut self, ticket: &Ticket, before: i64, next_at: Option<Timestamp>) -> bool {
            let query = sqlx::query(UPDATE_TICKET).bind(ticket.id.0).bind(ticket.center.as_str()).bind(before);
            let done = bind_changing!(query, bind, ticket, next_at).execute(&mut *self).await?;
            Ok(done.rows_affected() == 1)
        }

        /// The ids of those that were written, of tickets with the version that each was read at: not where the stored
        /// version is another one.
        async fn update_tickets(&mut self, tickets: &[(Dated<'_>, i64)]) -> HashSet<Uuid> {
            let mut written = HashSet::new();
            for tickets in portions(tickets) {
                let mut query = QueryBuilder::new(DECIDED);
                query.push_values(tickets, |mut row, ((ticket, next_at), before)| {
                    row.push_bind(ticket.id.0).push_bind(ticket.center.as_str()).push_bind(*before);
                    bind_changing!(row, push_bind, ticket, *next_at);
                });
                query.push(UPDATE_AS_DECIDED);
                written.extend(query.build_query_scalar::<Uuid>().fetch_all(&mut *self).await?);
            }
            Ok(written)
        }

        /// Appends to the history, and to what waits for the chain.
        async fn append(&mut self, events: &[&Event]) -> () {
            for events in portions(events) {
                let mut rows = Vec::with_capacity(events.len());
                for event in events {
                    rows.push((event, to_json(&event.actor)?, to_json(&event.kind)?));
                }
                let mut query = QueryBuilder::new(INSERT_EVENTS);
                query.push_values(rows, |mut row, (event, actor, body)| {
                    row.push_bind(event.id.0)
                        .push_bind(event.center.as_str())
                        .push_bind(event.ticket.0)
                        .push_bind(event.version)
                        .push_bind(event.at.0)
                        .push_bind(actor_kind(&event.actor))
                        .push_bind(actor)
                        .push_bind(event.kind.word())
                        .push_bind(body)
                        .push_bind(event.salt.as_slice());
                });
                query.build().execute(&mut *self).await?;
                // Those of self-checks are removed again: in the chain they would be missing.
                let sealed: Vec<_> = events.iter().filter(|event| !event.center.is_canary()).collect();
                if sealed.is_empty() {
                    continue;
                }
                let mut query = QueryBuilder::new("insert into unsealed (event_id, at) ");
                query.push_values(sealed, |mut row, event| {
                    row.push_bind(event.id.0).push_bind(event.at.0);
                });
                query.build().execute(&mut *self).await?;
            }
            Ok(())
        }

        /// Photos of reports and of answers.
        async fn insert_photos(&mut self, photos: &[Placed<'_>]) -> () {
            for photos in portions(photos) {
                let mut query = QueryBuilder::new(INSERT_PHOTOS);
                query.push_values(photos, |mut row, Placed { center, ticket, report, position, photo }| {
                    row.push_bind(photo.id.0)
                        .push_bind(center.as_str())
                        .push_bind(ticket.0)
                        .push_bind(report.map(|id| -> Uuid { id.0 }))
                        .push_bind(*position)
                        .push_bind(&photo.key)
                        .push_bind(&photo.media_type)
                        .push_bind(i64::from(photo.width))
                        .push_bind(i64::from(photo.height))
                        .push_bind(photo.bytes)
                        .push_bind(&photo.sha256);
                });
                query.build().execute(&mut *self).await?;
            }
            Ok(())
        }

        /// Remembers that the tickets' offices have had them.
        async fn remember_offices(&mut self, tickets: &[&Ticket]) -> () {
            for tickets in portions(tickets) {
                let mut query = QueryBuilder::new("insert into ticket_office (center_id, ticket_id, office_id) ");
                query.push_values(tickets, |mut row, ticket| {
                    row.push_bind(ticket.center.as_str()).push_bind(ticket.id.0).push_bind(ticket.office.as_str());
                });
                query.push(" on conflict (center_id, ticket_id, office_id) do nothing");
                query.build().execute(&mut *self).await?;
            }
            Ok(())
        }
    }
}

impl<'a> Placed<'a> {
    /// The photos of one report or answer, in their order.
    pub(super) fn of(ticket: &'a Ticket, report: Option<ReportId>, photos: &'a [Photo]) -> impl Iterator<Item = Self> {
        let place =
            move |(position, photo)| Self { center: &ticket.center, ticket: ticket.id, report, position, photo };
        (0..).zip(photos).map(place)
    }
}

fn actor_kind(actor: &Actor) -> &'static str {
    match actor {
        Actor::Citizen => "citizen",
        Actor::Office { .. } => "office",
        Actor::Centre { .. } => "centre",
        Actor::System => "system",
    }
}
