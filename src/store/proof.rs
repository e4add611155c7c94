//! What the history proves about the rows beside it: the report is what was received, the ticket stands where its events
//! have brought it.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    rows::{EventRow, ReportRow},
    submit::Columns,
    verify::hex,
};
use crate::domain::{event::EventKind, ids::CommuneCode, report::Report, ticket::State};

/// SHA-256, hex, over the columns of a report's row. Photos and contact have rows of their own.
pub fn report_sha256(report: &Report) -> String {
    ReportRow::of(report).sha256()
}

impl ReportRow {
    /// The row of that report.
    fn of(report: &Report) -> Self {
        let place = Columns::of(&report.whereabouts);
        Self {
            r_id: report.id.0,
            r_center_id: report.center.to_string(),
            r_code: report.code.to_string(),
            r_category: report.category.to_string(),
            description: report.description.to_string(),
            where_kind: place.kind.to_owned(),
            lon: place.position.map(|(lon, _)| lon),
            lat: place.position.map(|(_, lat)| lat),
            accuracy_m: place.accuracy.map(|(metres, _)| metres),
            accuracy_confidence: place.accuracy.map(|(_, confidence)| confidence),
            source: place.source.map(str::to_owned),
            place_commune: place.commune.map(str::to_owned),
            place_hint: place.hint.map(str::to_owned),
            stated_commune: report.stated_commune.as_ref().map(CommuneCode::to_string),
            captured_at: report.captured_at.map(|at| at.0),
            seen_at: report.seen_at.0,
            r_received_at: report.received_at.0,
            on_behalf: report.on_behalf,
            share_contact: report.share_contact,
            sender_key: report.sender_key.map(|key| key.0),
        }
    }

    /// Every column with its length before it; null is a length that no column has.
    fn sha256(&self) -> String {
        let mut hash = Sha256::new();
        let mut add = |field: Option<&[u8]>| {
            hash.update(field.map_or(u64::MAX, |field| field.len() as u64).to_be_bytes());
            hash.update(field.unwrap_or_default());
        };
        add(Some(self.r_id.as_bytes()));
        for text in [&self.r_center_id, &self.r_code, &self.r_category, &self.description, &self.where_kind] {
            add(Some(text.as_bytes()));
        }
        for number in [self.lon, self.lat, self.accuracy_m, self.accuracy_confidence] {
            // Adding zero makes -0.0, which SQLite does not keep, the 0.0 that it equals.
            add(number.map(|number| (number + 0.0).to_be_bytes()).as_ref().map(<[u8; 8]>::as_slice));
        }
        for text in [&self.source, &self.place_commune, &self.place_hint, &self.stated_commune] {
            add(text.as_ref().map(String::as_bytes));
        }
        for time in [self.captured_at, Some(self.seen_at), Some(self.r_received_at)] {
            add(time.map(i64::to_be_bytes).as_ref().map(<[u8; 8]>::as_slice));
        }
        add(Some(&[u8::from(self.on_behalf), u8::from(self.share_contact)]));
        add(self.sender_key.as_ref().map(|key| key.as_bytes().as_slice()));
        hex(&hash.finalize())
    }
}

/// What of a ticket's row its history accounts for.
#[derive(sqlx::FromRow)]
pub(super) struct Claim {
    pub(super) id: Uuid,
    version: i64,
    office_id: String,
    state: String,
}

/// What a ticket's row and its report's contradict of its history, oldest event first. A history with gaps proves
/// nothing about the ticket; the gap is named elsewhere.
pub(super) fn contradictions(claim: &Claim, report: Option<&ReportRow>, history: &[EventRow]) -> Vec<String> {
    let ticket = claim.id;
    let read: Result<Vec<EventKind>, _> = history.iter().map(|event| serde_json::from_str(&event.body)).collect();
    let Ok(events) = read else { return vec![format!("the history of ticket {ticket} cannot be read")] };
    let mut found = vec![];
    match (report, received(&events)) {
        (None, _) => found.push(format!("the report of ticket {ticket} is gone")),
        (Some(row), Some(hash)) if row.sha256() != *hash => {
            found.push(format!("the report of ticket {ticket} is not what was received"));
        }
        _ => {}
    }
    let is_whole = i64::try_from(history.len()).is_ok_and(|count| count == claim.version)
        && history.last().is_some_and(|event| event.version == claim.version);
    if is_whole {
        let standing = Standing::after(&events);
        if standing.office != claim.office_id {
            let Claim { office_id, .. } = claim;
            found.push(format!("ticket {ticket} lies with {office_id}, by its history with {}", standing.office));
        }
        if standing.state.as_str() != claim.state {
            let (is, should) = (&claim.state, standing.state.as_str());
            found.push(format!("ticket {ticket} is {is}, by its history {should}"));
        }
    }
    found
}

fn received(events: &[EventKind]) -> Option<&String> {
    events.iter().find_map(|event| match event {
        EventKind::Received { row_sha256, .. } => row_sha256.as_ref(),
        _ => None,
    })
}

/// Where a ticket's events have brought it.
struct Standing {
    office: String,
    state: State,
    before_pause: State,
}

impl Standing {
    fn after(events: &[EventKind]) -> Self {
        let start = Self { office: String::new(), state: State::Queued, before_pause: State::Queued };
        events.iter().fold(start, Self::then)
    }

    fn then(mut self, event: &EventKind) -> Self {
        match event {
            EventKind::Assigned { office, .. } => {
                self.office = office.to_string();
                self.state = State::Queued;
            }
            EventKind::Transferred { to, .. } => {
                self.office = to.to_string();
                self.state = State::Queued;
            }
            EventKind::Restated { to, .. } | EventKind::Redrawn { to, stays: false, .. } => {
                self.office = to.to_string();
            }
            EventKind::Waiting { .. } => {
                self.before_pause = self.state;
                self.state = State::WaitingForCitizen;
            }
            EventKind::Replied { .. } | EventKind::Resumed { .. } => self.state = self.before_pause,
            EventKind::Accepted { .. } | EventKind::Claimed { .. } => self.state = State::Accepted,
            EventKind::Started => self.state = State::InProgress,
            EventKind::Resolved { .. } => self.state = State::Resolved,
            EventKind::Refused { .. } => self.state = State::Refused,
            EventKind::Merged { .. } => self.state = State::Merged,
            EventKind::Withdrawn => self.state = State::Withdrawn,
            EventKind::Confirmed | EventKind::Closed => self.state = State::Closed,
            EventKind::Reopened { .. }
            | EventKind::Unmerged { .. }
            | EventKind::Released
            | EventKind::LeaseExpired { .. } => self.state = State::Queued,
            EventKind::Received { .. }
            | EventKind::Redrawn { stays: true, .. }
            | EventKind::Handed { .. }
            | EventKind::Extended { .. }
            | EventKind::Commented { .. }
            | EventKind::Absorbed { .. }
            | EventKind::Rated { .. }
            | EventKind::MeToo
            | EventKind::Published { .. }
            | EventKind::PhotosJoined { .. }
            | EventKind::AcceptMissed
            | EventKind::ResolveMissed
            | EventKind::Escalated { .. } => {}
        }
        self
    }
}
