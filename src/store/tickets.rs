//! Reading one ticket, its report, its history, its photos. Another centre's rows are not found.

use super::{
    Store, StoreError,
    rows::{EventRow, PhotoRow, ReportRow, TicketRow, parsed},
};
use crate::domain::{
    code::PublicCode,
    event::Event,
    ids::{CategoryCode, CenterId, CommuneCode, GenerationId, OfficeId, PhotoId, ReportId, TicketId},
    photo::Photo,
    report::Report,
    ticket::Ticket,
};

const TICKET_BY_ID: &str = concat!("select ", ticket_columns!(), " from ticket t where t.center_id = $1 and t.id = $2");

const TICKET_BY_CODE: &str =
    concat!("select ", ticket_columns!(), " from ticket t where t.center_id = $1 and t.code = $2");

const REPORT_BY_ID: &str = concat!("select ", report_columns!(), " from report r where r.center_id = $1 and r.id = $2");

const MERGED_INTO: &str = concat!(
    "select ",
    ticket_columns!(),
    " from ticket t where t.center_id = $1 and t.merged_into = $2 and t.state = 'merged' order by t.received_at, t.id"
);

const PHOTOS_OF_REPORT: &str = concat!(
    "select ",
    photo_columns!(),
    " from photo p where p.center_id = $1 and p.report_id = $2 order by p.position, p.id"
);

const CONTACT: &str = "select sealed from report_contact where center_id = $1 and report_id = $2";

const HISTORY: &str = concat!(
    "select ",
    event_columns!(),
    " from event e where e.center_id = $1 and e.ticket_id = $2 order by e.version"
);

const PHOTO_BY_ID: &str = concat!("select ", photo_columns!(), " from photo p where p.center_id = $1 and p.id = $2");

const WAS_WITH: &str = "select count(*) from ticket_office o join ticket t on t.id = o.ticket_id \
    where o.center_id = $1 and o.ticket_id = $2 and o.office_id = $3 and t.office_id <> $3";

const USUAL_OFFICE: &str = "select office_id, count(*) as n from ticket \
    where center_id = $1 and category = $2 and generation_id = $3 and commune is not distinct from $4 \
    and state in ('resolved', 'closed') group by office_id order by n desc, office_id limit 1";

const OPEN_BY_OFFICE: &str = "select office_id, count(*) as n from ticket where center_id = $1 \
    and state in ('queued', 'accepted', 'in_progress', 'waiting_for_citizen') group by office_id order by office_id";

const CENTRE_TOUCHES: &str = "select count(*) from event where center_id = $1 and actor_kind = 'centre'";

impl Store {
    /// The ticket of that id.
    pub async fn ticket(&self, center: &CenterId, id: TicketId) -> Result<Option<Ticket>, StoreError> {
        let row: Option<TicketRow> = reading!(self, |db| {
            sqlx::query_as(TICKET_BY_ID).bind(center.as_str()).bind(id.0).fetch_optional(db).await?
        });
        row.map(Ticket::try_from).transpose()
    }

    /// The ticket of the citizen's number.
    pub async fn ticket_by_code(&self, center: &CenterId, code: &PublicCode) -> Result<Option<Ticket>, StoreError> {
        let row: Option<TicketRow> = reading!(self, |db| {
            sqlx::query_as(TICKET_BY_CODE).bind(center.as_str()).bind(code.to_string()).fetch_optional(db).await?
        });
        row.map(Ticket::try_from).transpose()
    }

    /// The duplicates merged into this very ticket, oldest first.
    pub async fn merged_into(&self, center: &CenterId, main: TicketId) -> Result<Vec<Ticket>, StoreError> {
        let rows: Vec<TicketRow> = reading!(self, |db| {
            sqlx::query_as(MERGED_INTO).bind(center.as_str()).bind(main.0).fetch_all(db).await?
        });
        rows.into_iter().map(Ticket::try_from).collect()
    }

    /// The report of that id with the photos that came with it.
    pub async fn report(&self, center: &CenterId, id: ReportId) -> Result<Option<Report>, StoreError> {
        let row: Option<ReportRow> = reading!(self, |db| {
            sqlx::query_as(REPORT_BY_ID).bind(center.as_str()).bind(id.0).fetch_optional(db).await?
        });
        let Some(row) = row else { return Ok(None) };
        let photos: Vec<PhotoRow> = reading!(self, |db| {
            sqlx::query_as(PHOTOS_OF_REPORT).bind(center.as_str()).bind(id.0).fetch_all(db).await?
        });
        let photos = photos.into_iter().map(Photo::try_from).collect::<Result<_, _>>()?;
        row.with(photos).map(Some)
    }

    /// How the reporter can be reached, sealed.
    pub async fn sealed_contact(&self, center: &CenterId, report: ReportId) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(reading!(self, |db| {
            sqlx::query_scalar(CONTACT).bind(center.as_str()).bind(report.0).fetch_optional(db).await?
        }))
    }

    /// All events of a ticket, oldest first.
    pub async fn history(&self, center: &CenterId, ticket: TicketId) -> Result<Vec<Event>, StoreError> {
        let rows: Vec<EventRow> =
            reading!(self, |db| { sqlx::query_as(HISTORY).bind(center.as_str()).bind(ticket.0).fetch_all(db).await? });
        rows.into_iter().map(Event::try_from).collect()
    }

    /// A photo of a report or of an answer, with the ticket it belongs to.
    pub async fn photo(&self, center: &CenterId, id: PhotoId) -> Result<Option<(Photo, TicketId)>, StoreError> {
        let row: Option<PhotoRow> = reading!(self, |db| {
            sqlx::query_as(PHOTO_BY_ID).bind(center.as_str()).bind(id.0).fetch_optional(db).await?
        });
        let Some(row) = row else { return Ok(None) };
        let ticket = TicketId(row.ticket_id);
        Ok(Some((row.try_into()?, ticket)))
    }

    /// Whether the office had this ticket before and has it no longer: it sees a tombstone.
    pub async fn was_with(&self, center: &CenterId, ticket: TicketId, office: &OfficeId) -> Result<bool, StoreError> {
        let count: i64 = reading!(self, |db| {
            sqlx::query_scalar(WAS_WITH)
                .bind(center.as_str())
                .bind(ticket.0)
                .bind(office.as_str())
                .fetch_one(db)
                .await?
        });
        Ok(count > 0)
    }

    /// The office that settled (resolved, closed) most tickets of this category and commune on this map, with the
    /// count; ties: lowest id. Without a commune: among the tickets that have none.
    pub async fn usual_office(
        &self,
        center: &CenterId,
        generation: &GenerationId,
        commune: Option<&CommuneCode>,
        category: &CategoryCode,
    ) -> Result<Option<(OfficeId, i64)>, StoreError> {
        let row: Option<(String, i64)> = reading!(self, |db| {
            sqlx::query_as(USUAL_OFFICE)
                .bind(center.as_str())
                .bind(category.as_str())
                .bind(generation.as_str())
                .bind(commune.map(CommuneCode::as_str))
                .fetch_optional(db)
                .await?
        });
        row.map(|(office, count)| Ok((parsed("ticket.office_id", &office)?, count))).transpose()
    }

    /// Offices with open tickets and how many, by id; offices that left the directory too.
    pub async fn open_tickets_by_office(&self, center: &CenterId) -> Result<Vec<(OfficeId, i64)>, StoreError> {
        let rows: Vec<(String, i64)> =
            reading!(self, |db| { sqlx::query_as(OPEN_BY_OFFICE).bind(center.as_str()).fetch_all(db).await? });
        rows.into_iter().map(|(office, count)| Ok((parsed("ticket.office_id", &office)?, count))).collect()
    }

    /// How many events have an actor of kind `centre`: human touches at the centre.
    pub async fn centre_touches(&self, center: &CenterId) -> Result<i64, StoreError> {
        Ok(reading!(self, |db| sqlx::query_scalar(CENTRE_TOUCHES).bind(center.as_str()).fetch_one(db).await?))
    }
}
