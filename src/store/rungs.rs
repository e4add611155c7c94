//! Rungs that tickets have climbed: each one row, written with its event, told once to each whom it concerns.

use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{Notice, Store, StoreError, TicketChange, notices::RaiseNotice, portions::portions, rows::parsed};
use crate::domain::{
    clock::Timestamp,
    code::PublicCode,
    event::EventKind,
    ids::{CenterId, OfficeId, TicketId},
    ladder::{Cause, Step},
};

const INSERT: &str = "insert into rung (ticket_id, round, cause, level, center_id, office_id, step, urgent, at, \
    office_told, centre_told) ";

macro_rules! untold {
    ($which:literal) => {
        concat!(
            "select r.ticket_id, r.round, r.cause, r.level, r.office_id, r.step, r.urgent, r.at, t.code \
             from rung r join ticket t on t.id = r.ticket_id where r.center_id = $1 and r.",
            $which,
            " = 0 order by r.at, r.ticket_id, r.round, r.cause, r.level limit $2"
        )
    };
}
const UNTOLD_OFFICE: &str = untold!("office_told");
const UNTOLD_CENTRE: &str = untold!("centre_told");

const TOLD_OFFICE: &str = "update rung set office_told = 1 \
    where ticket_id = $1 and round = $2 and cause = $3 and level = $4 and office_told = 0";
const TOLD_CENTRE: &str = "update rung set centre_told = 1 \
    where ticket_id = $1 and round = $2 and cause = $3 and level = $4 and centre_told = 0";

const LAST: &str = "select max(at) from notice where center_id = $1 and office_id = $2 and kind = $3";

const OF_CENTRE: &str = "select r.ticket_id, r.round, r.cause, r.level, r.office_id, r.step, r.urgent, r.at, t.code \
    from rung r join ticket t on t.id = r.ticket_id where r.center_id = $1 \
    order by r.ticket_id, r.round, r.cause, r.level";

/// One rung that a ticket has climbed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Climbed {
    /// Who.
    pub ticket: TicketId,
    /// Its number.
    pub code: PublicCode,
    /// In which of its rounds.
    pub round: i64,
    /// Why.
    pub cause: Cause,
    /// From 1; above the ladder's length it is the top again.
    pub level: i64,
    /// Who hears of it.
    pub step: Step,
    /// The office that had it.
    pub office: OfficeId,
    /// It runs on the wall clock.
    pub urgent: bool,
    /// When.
    pub at: Timestamp,
}

/// Whom rungs are told to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hearer {
    /// The office that had the ticket.
    Office,
    /// The centre.
    Centre,
}

#[derive(sqlx::FromRow)]
struct RungRow {
    ticket_id: Uuid,
    round: i64,
    cause: String,
    level: i64,
    office_id: String,
    step: String,
    urgent: bool,
    at: i64,
    code: String,
}

impl TryFrom<RungRow> for Climbed {
    type Error = StoreError;
    fn try_from(row: RungRow) -> Result<Self, StoreError> {
        Ok(Self {
            ticket: TicketId(row.ticket_id),
            code: parsed("ticket.code", &row.code)?,
            round: row.round,
            cause: Cause::parse(&row.cause).ok_or_else(|| StoreError::corrupt("rung.cause", &row.cause))?,
            level: row.level,
            step: Step::parse(&row.step).ok_or_else(|| StoreError::corrupt("rung.step", &row.step))?,
            office: parsed("rung.office_id", &row.office_id)?,
            urgent: row.urgent,
            at: Timestamp(row.at),
        })
    }
}

impl Store {
    /// Rungs that the offices, or the centre, have not been told of, oldest first.
    pub async fn untold_rungs(
        &self,
        center: &CenterId,
        hearer: Hearer,
        limit: i64,
    ) -> Result<Vec<Climbed>, StoreError> {
        let statement = if hearer == Hearer::Office { UNTOLD_OFFICE } else { UNTOLD_CENTRE };
        let rows: Vec<RungRow> =
            reading!(self, |db| { sqlx::query_as(statement).bind(center.as_str()).bind(limit).fetch_all(db).await? });
        rows.into_iter().map(Climbed::try_from).collect()
    }

    /// Every rung of a centre, by ticket, round, cause and level.
    pub async fn rungs(&self, center: &CenterId) -> Result<Vec<Climbed>, StoreError> {
        let rows: Vec<RungRow> =
            reading!(self, |db| sqlx::query_as(OF_CENTRE).bind(center.as_str()).fetch_all(db).await?);
        rows.into_iter().map(Climbed::try_from).collect()
    }

    /// When an office (None: the centre) got its last notice of this kind.
    pub async fn last_notice(
        &self,
        center: &CenterId,
        office: Option<&OfficeId>,
        kind: &str,
    ) -> Result<Option<Timestamp>, StoreError> {
        let office = office.map_or("", OfficeId::as_str);
        let at: Option<i64> = reading!(self, |db| {
            sqlx::query_scalar(LAST).bind(center.as_str()).bind(office).bind(kind).fetch_one(db).await?
        });
        Ok(at.map(Timestamp))
    }

    /// Raises a notice that tells these rungs; false, and nothing written, where one of them has been told already.
    pub async fn tell_rungs(&self, notice: &Notice, hearer: Hearer, rungs: &[&Climbed]) -> Result<bool, StoreError> {
        let statement = if hearer == Hearer::Office { TOLD_OFFICE } else { TOLD_CENTRE };
        writing!(self, |tx| {
            for rung in rungs {
                let query = sqlx::query(statement).bind(rung.ticket.0).bind(rung.round);
                let done = query.bind(rung.cause.word()).bind(rung.level).execute(&mut *tx).await?;
                if done.rows_affected() == 0 {
                    return Ok(false);
                }
            }
            tx.raise(notice).await?
        })
    }
}

steps! {
    /// Rungs beside their events.
    trait Rungs {
        /// The rungs among what the changes have brought.
        async fn insert_rungs(&mut self, changes: &[&TicketChange<'_>]) -> () {
            let climbed = changes.iter().flat_map(|change| change.events.iter().map(|event| (change.after, event)));
            let rungs: Vec<_> = climbed
                .filter_map(|(ticket, event)| match &event.kind {
                    EventKind::Escalated { cause, level, step } => Some((ticket, event.at, *cause, *level, *step)),
                    _ => None,
                })
                .collect();
            for rungs in portions(&rungs) {
                let mut query = QueryBuilder::new(INSERT);
                query.push_values(rungs, |mut row, (ticket, at, cause, level, step)| {
                    row.push_bind(ticket.id.0)
                        .push_bind(ticket.round)
                        .push_bind(cause.word())
                        .push_bind(*level)
                        .push_bind(ticket.center.as_str())
                        .push_bind(ticket.office.as_str())
                        .push_bind(step.word())
                        .push_bind(ticket.urgent)
                        .push_bind(at.0)
                        .push_bind(i64::from(!step.tells_office()))
                        .push_bind(i64::from(!step.tells_centre()));
                });
                query.push(" on conflict (ticket_id, round, cause, level) do nothing");
                query.build().execute(&mut *self).await?;
            }
            Ok(())
        }
    }
}
