//! Rows as both drivers hand them over, and the way back to the words of the domain.

use std::str::FromStr;

use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::StoreError;
use crate::domain::{
    clock::Timestamp,
    event::Event,
    ids::{EventId, KeyId, PhotoId, ReportId, TicketId},
    photo::Photo,
    position::{Accuracy, Fix, Position, Source},
    report::{Report, Whereabouts},
    text::{Description, Line},
    ticket::{Pause, State, Ticket},
};

#[expect(clippy::struct_excessive_bools, reason = "a row has the columns of its table")]
#[derive(sqlx::FromRow)]
pub(super) struct TicketRow {
    id: Uuid,
    center_id: String,
    report_id: Uuid,
    code: String,
    category: String,
    urgent: bool,
    generation_id: String,
    commune: Option<String>,
    office_id: String,
    about: Option<String>,
    state: String,
    version: i64,
    round: i64,
    bounces: i64,
    settled_here: bool,
    assignee: Option<String>,
    received_at: i64,
    accept_by: i64,
    resolve_by: i64,
    promised_by: i64,
    accepted_at: Option<i64>,
    resolved_at: Option<i64>,
    ended_at: Option<i64>,
    accept_missed: bool,
    resolve_missed: bool,
    extensions: i64,
    pause_since: Option<i64>,
    pause_until: Option<i64>,
    pause_back_to: Option<String>,
    default_at: Option<i64>,
    worked_minutes: Option<i64>,
    stars: Option<i64>,
    merged_into: Option<Uuid>,
    me_too: i64,
    waits: i64,
    published: bool,
    successor: Option<String>,
    attempts: i64,
    untaken_rungs: i64,
    unresolved_rungs: i64,
}

impl TicketRow {
    /// Its id, whatever the rest is.
    pub(super) fn id(&self) -> Uuid {
        self.id
    }
}

impl TryFrom<TicketRow> for Ticket {
    type Error = StoreError;
    fn try_from(row: TicketRow) -> Result<Self, StoreError> {
        let pause = match (row.pause_since, row.pause_until, row.pause_back_to) {
            (Some(since), Some(until), Some(back)) => {
                Some(Pause { since: Timestamp(since), until: Timestamp(until), back_to: state(&back)? })
            }
            _ => None,
        };
        Ok(Self {
            id: TicketId(row.id),
            center: parsed("ticket.center_id", &row.center_id)?,
            report: ReportId(row.report_id),
            code: parsed("ticket.code", &row.code)?,
            category: parsed("ticket.category", &row.category)?,
            urgent: row.urgent,
            generation: parsed("ticket.generation_id", &row.generation_id)?,
            commune: maybe("ticket.commune", row.commune.as_deref())?,
            office: parsed("ticket.office_id", &row.office_id)?,
            about: maybe("ticket.about", row.about.as_deref())?,
            state: state(&row.state)?,
            version: row.version,
            round: row.round,
            bounces: row.bounces,
            settled_here: row.settled_here,
            assignee: row.assignee,
            attempts: row.attempts,
            untaken_rungs: row.untaken_rungs,
            unresolved_rungs: row.unresolved_rungs,
            received_at: Timestamp(row.received_at),
            accept_by: Timestamp(row.accept_by),
            resolve_by: Timestamp(row.resolve_by),
            promised_by: Timestamp(row.promised_by),
            accepted_at: row.accepted_at.map(Timestamp),
            resolved_at: row.resolved_at.map(Timestamp),
            ended_at: row.ended_at.map(Timestamp),
            accept_missed: row.accept_missed,
            resolve_missed: row.resolve_missed,
            extensions: row.extensions,
            pause,
            default_at: row.default_at.map(Timestamp),
            worked_minutes: row.worked_minutes,
            stars: row.stars,
            merged_into: row.merged_into.map(TicketId),
            me_too: row.me_too,
            waits: row.waits,
            published: row.published,
            successor: maybe("ticket.successor", row.successor.as_deref())?,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct ReportRow {
    pub(super) r_id: Uuid,
    pub(super) r_center_id: String,
    pub(super) r_code: String,
    pub(super) r_category: String,
    pub(super) description: String,
    pub(super) where_kind: String,
    pub(super) lon: Option<f64>,
    pub(super) lat: Option<f64>,
    pub(super) accuracy_m: Option<f64>,
    pub(super) accuracy_confidence: Option<f64>,
    pub(super) source: Option<String>,
    pub(super) place_commune: Option<String>,
    pub(super) place_hint: Option<String>,
    pub(super) stated_commune: Option<String>,
    pub(super) captured_at: Option<i64>,
    pub(super) seen_at: i64,
    pub(super) r_received_at: i64,
    pub(super) on_behalf: bool,
    pub(super) share_contact: bool,
    pub(super) sender_key: Option<Uuid>,
}

impl ReportRow {
    pub(super) fn id(&self) -> Uuid {
        self.r_id
    }

    /// The report with its photos.
    pub(super) fn with(self, photos: Vec<Photo>) -> Result<Report, StoreError> {
        Ok(Report {
            id: ReportId(self.r_id),
            center: parsed("report.center_id", &self.r_center_id)?,
            code: parsed("report.code", &self.r_code)?,
            category: parsed("report.category", &self.r_category)?,
            description: Description::parse(&self.description)
                .map_err(|why| StoreError::corrupt("report.description", why))?,
            whereabouts: self.whereabouts()?,
            stated_commune: maybe("report.stated_commune", self.stated_commune.as_deref())?,
            captured_at: self.captured_at.map(Timestamp),
            seen_at: Timestamp(self.seen_at),
            received_at: Timestamp(self.r_received_at),
            on_behalf: self.on_behalf,
            share_contact: self.share_contact,
            sender_key: self.sender_key.map(KeyId),
            photos,
        })
    }

    fn whereabouts(&self) -> Result<Whereabouts, StoreError> {
        match (self.where_kind.as_str(), self.lon, self.lat, &self.place_commune) {
            ("fix", Some(lon), Some(lat), _) => Ok(Whereabouts::Fix(Fix {
                position: Position::new(lon, lat).map_err(|why| StoreError::corrupt("report.lon, report.lat", why))?,
                accuracy: self.accuracy_m.zip(self.accuracy_confidence).and_then(|(m, p)| Accuracy::new(m, p)),
                source: source(self.source.as_deref())?,
            })),
            ("place", _, _, Some(commune)) => Ok(Whereabouts::Place {
                commune: parsed("report.place_commune", commune)?,
                hint: (self.place_hint.as_deref().map(Line::parse).transpose())
                    .map_err(|why| StoreError::corrupt("report.place_hint", why))?,
            }),
            ("unknown", ..) => Ok(Whereabouts::Unknown),
            (kind, ..) => Err(StoreError::corrupt("report.where_kind", kind)),
        }
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct PhotoRow {
    id: Uuid,
    pub(super) ticket_id: Uuid,
    pub(super) report_id: Option<Uuid>,
    object_key: String,
    media_type: String,
    width: i64,
    height: i64,
    bytes: i64,
    sha256: String,
}

impl TryFrom<PhotoRow> for Photo {
    type Error = StoreError;
    fn try_from(row: PhotoRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: PhotoId(row.id),
            key: row.object_key,
            media_type: row.media_type,
            width: u32::try_from(row.width).map_err(|why| StoreError::corrupt("photo.width", why))?,
            height: u32::try_from(row.height).map_err(|why| StoreError::corrupt("photo.height", why))?,
            bytes: row.bytes,
            sha256: row.sha256,
        })
    }
}

/// An event as it lies in its table: what the chain commits to.
#[derive(sqlx::FromRow)]
pub(super) struct EventRow {
    pub(super) id: Uuid,
    pub(super) center_id: String,
    pub(super) ticket_id: Uuid,
    pub(super) version: i64,
    pub(super) at: i64,
    pub(super) actor_kind: String,
    pub(super) actor: String,
    pub(super) kind: String,
    pub(super) body: String,
    pub(super) salt: Vec<u8>,
}

impl TryFrom<EventRow> for Event {
    type Error = StoreError;
    fn try_from(row: EventRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: EventId(row.id),
            center: parsed("event.center_id", &row.center_id)?,
            ticket: TicketId(row.ticket_id),
            version: row.version,
            at: Timestamp(row.at),
            actor: from_json("event.actor", &row.actor)?,
            kind: from_json("event.body", &row.body)?,
            salt: row.salt.try_into().map_err(|_| StoreError::corrupt("event.salt", "not 16 bytes"))?,
        })
    }
}

/// Reads a text id, a code or a number that was stored as text.
pub(super) fn parsed<T: FromStr<Err: std::fmt::Display>>(column: &str, text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|why| StoreError::corrupt(column, why))
}

/// The same, of a column that may be null.
pub(super) fn maybe<T: FromStr<Err: std::fmt::Display>>(
    column: &str,
    text: Option<&str>,
) -> Result<Option<T>, StoreError> {
    text.map(|text| parsed(column, text)).transpose()
}

pub(super) fn from_json<T: DeserializeOwned>(column: &str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|why| StoreError::corrupt(column, why))
}

pub(super) fn to_json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|why| StoreError::Refused(why.to_string()))
}

pub(super) fn state(word: &str) -> Result<State, StoreError> {
    State::parse(word).ok_or_else(|| StoreError::corrupt("ticket.state", word))
}

fn source(word: Option<&str>) -> Result<Source, StoreError> {
    match word {
        Some("gps") => Ok(Source::Gps),
        Some("pin") => Ok(Source::Pin),
        Some("address") => Ok(Source::Address),
        other => Err(StoreError::corrupt("report.source", other.unwrap_or("null"))),
    }
}

/// The word of a source, as it is stored.
pub(super) fn source_word(source: Source) -> &'static str {
    match source {
        Source::Gps => "gps",
        Source::Pin => "pin",
        Source::Address => "address",
    }
}
