//! The rows that submitting and changing have in common: tickets, events, photos.

use uuid::Uuid;

use super::rows::to_json;
use crate::domain::{
    clock::Timestamp,
    event::{Actor, Event},
    ids::{CenterId, ReportId, TicketId},
    photo::Photo,
    ticket::Ticket,
};

const INSERT_TICKET: &str = "insert into ticket (\
    id, center_id, report_id, code, received_at, category, urgent, generation_id, commune, office_id, about, state, \
    version, round, bounces, settled_here, assignee, accept_by, resolve_by, promised_by, accepted_at, resolved_at, \
    ended_at, accept_missed, resolve_missed, extensions, pause_since, pause_until, pause_back_to, default_at, \
    worked_minutes, stars, merged_into, waits, published, next_at, successor, me_too\
    ) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, \
    $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38) on conflict (center_id, code) do nothing";

// The first five columns never change, and how many say "me too" is counted apart; a row that somebody else has changed in between is not found.
const UPDATE_TICKET: &str = "update ticket set \
    category = $4, urgent = $5, generation_id = $6, commune = $7, office_id = $8, about = $9, state = $10, \
    version = $11, round = $12, bounces = $13, settled_here = $14, assignee = $15, accept_by = $16, resolve_by = $17, \
    promised_by = $18, accepted_at = $19, resolved_at = $20, ended_at = $21, accept_missed = $22, \
    resolve_missed = $23, extensions = $24, pause_since = $25, pause_until = $26, pause_back_to = $27, \
    default_at = $28, worked_minutes = $29, stars = $30, merged_into = $31, waits = $32, published = $33, \
    next_at = $34, successor = $35 where id = $1 and center_id = $2 and version = $3";

const INSERT_EVENT: &str = "insert into event (id, center_id, ticket_id, version, at, actor_kind, actor, kind, body, salt) \
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

const INSERT_UNSEALED: &str = "insert into unsealed (event_id, at) values ($1, $2)";

const INSERT_PHOTO: &str = "insert into photo (\
    id, center_id, ticket_id, report_id, position, object_key, media_type, width, height, bytes, sha256\
    ) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

const INSERT_TICKET_OFFICE: &str = "insert into ticket_office (center_id, ticket_id, office_id) \
    values ($1, $2, $3) on conflict (center_id, ticket_id, office_id) do nothing";

/// Binds what a change may write, in the order of both statements above.
macro_rules! bind_changing {
    ($query:expr, $ticket:expr, $next_at:expr) => {
        $query
            .bind($ticket.category.as_str())
            .bind($ticket.urgent)
            .bind($ticket.generation.as_str())
            .bind($ticket.commune.as_ref().map(|id| id.as_str()))
            .bind($ticket.office.as_str())
            .bind($ticket.about.as_ref().map(|id| id.as_str()))
            .bind($ticket.state.as_str())
            .bind($ticket.version)
            .bind($ticket.round)
            .bind($ticket.bounces)
            .bind($ticket.settled_here)
            .bind($ticket.assignee.as_deref())
            .bind($ticket.accept_by.0)
            .bind($ticket.resolve_by.0)
            .bind($ticket.promised_by.0)
            .bind($ticket.accepted_at.map(|at| at.0))
            .bind($ticket.resolved_at.map(|at| at.0))
            .bind($ticket.ended_at.map(|at| at.0))
            .bind($ticket.accept_missed)
            .bind($ticket.resolve_missed)
            .bind($ticket.extensions)
            .bind($ticket.pause.map(|pause| pause.since.0))
            .bind($ticket.pause.map(|pause| pause.until.0))
            .bind($ticket.pause.map(|pause| pause.back_to.as_str()))
            .bind($ticket.default_at.map(|at| at.0))
            .bind($ticket.worked_minutes)
            .bind($ticket.stars)
            .bind($ticket.merged_into.map(|id| id.0))
            .bind($ticket.waits)
            .bind($ticket.published)
            .bind($next_at.map(|at: Timestamp| at.0))
            .bind($ticket.successor.as_ref().map(|id| id.as_str()))
    };
}

steps! {
    /// Writes to the tables of tickets.
    trait Write {
        /// False, and nothing written, where the public code is taken.
        async fn insert_ticket(&mut self, ticket: &Ticket, next_at: Option<Timestamp>) -> bool {
            let query = sqlx::query(INSERT_TICKET)
                .bind(ticket.id.0)
                .bind(ticket.center.as_str())
                .bind(ticket.report.0)
                .bind(ticket.code.to_string())
                .bind(ticket.received_at.0);
            let done = bind_changing!(query, ticket, next_at).bind(ticket.me_too).execute(&mut *self).await?;
            Ok(done.rows_affected() == 1)
        }

        /// False, and nothing written, where the stored version is not `before`.
        async fn update_ticket(&mut self, ticket: &Ticket, before: i64, next_at: Option<Timestamp>) -> bool {
            let query = sqlx::query(UPDATE_TICKET).bind(ticket.id.0).bind(ticket.center.as_str()).bind(before);
            let done = bind_changing!(query, ticket, next_at).execute(&mut *self).await?;
            Ok(done.rows_affected() == 1)
        }

        /// Appends to the history, and to what waits for the chain.
        async fn append(&mut self, events: &[Event]) -> () {
            for event in events {
                sqlx::query(INSERT_EVENT)
                    .bind(event.id.0)
                    .bind(event.center.as_str())
                    .bind(event.ticket.0)
                    .bind(event.version)
                    .bind(event.at.0)
                    .bind(actor_kind(&event.actor))
                    .bind(to_json(&event.actor)?)
                    .bind(event.kind.word())
                    .bind(to_json(&event.kind)?)
                    .bind(event.salt.as_slice())
                    .execute(&mut *self)
                    .await?;
                sqlx::query(INSERT_UNSEALED).bind(event.id.0).bind(event.at.0).execute(&mut *self).await?;
            }
            Ok(())
        }

        /// Photos of a report, or of an answer where `report` is None.
        async fn insert_photos(
            &mut self,
            center: &CenterId,
            ticket: TicketId,
            report: Option<ReportId>,
            photos: &[Photo]
        ) -> () {
            for (position, photo) in (0_i64..).zip(photos) {
                sqlx::query(INSERT_PHOTO)
                    .bind(photo.id.0)
                    .bind(center.as_str())
                    .bind(ticket.0)
                    .bind(report.map(|id| -> Uuid { id.0 }))
                    .bind(position)
                    .bind(&photo.key)
                    .bind(&photo.media_type)
                    .bind(i64::from(photo.width))
                    .bind(i64::from(photo.height))
                    .bind(photo.bytes)
                    .bind(&photo.sha256)
                    .execute(&mut *self)
                    .await?;
            }
            Ok(())
        }

        /// Remembers that the ticket's office has had it.
        async fn remember_office(&mut self, ticket: &Ticket) -> () {
            sqlx::query(INSERT_TICKET_OFFICE)
                .bind(ticket.center.as_str())
                .bind(ticket.id.0)
                .bind(ticket.office.as_str())
                .execute(&mut *self)
                .await?;
            Ok(())
        }
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
