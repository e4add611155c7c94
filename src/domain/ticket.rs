//! The work item that a report became: in exactly one office's queue, with a next moment as long as it is open.

use serde::{Deserialize, Serialize};

use super::{
    clock::Timestamp,
    code::PublicCode,
    ids::{CategoryCode, CenterId, CommuneCode, GenerationId, OfficeId, ReportId, TicketId},
    report::Report,
};

/// After so many leases in a row without an answer a ticket is left to people.
pub const ATTEMPTS: i64 = 3;

/// Where a ticket stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// In the office's queue, nobody has taken it.
    Queued,
    /// Somebody has.
    Accepted,
    /// Being worked on.
    InProgress,
    /// The citizen was asked something; the deadlines pause.
    WaitingForCitizen,
    /// Answered; the citizen can confirm, rate or reopen.
    Resolved,
    /// Confirmed, or 15 days of silence.
    Closed,
    /// With reason and evidence.
    Refused,
    /// A duplicate of another ticket.
    Merged,
    /// Taken back by the sender.
    Withdrawn,
}

impl State {
    /// All of them, in the order of a ticket's life.
    pub const ALL: [Self; 9] = [
        Self::Queued,
        Self::Accepted,
        Self::InProgress,
        Self::WaitingForCitizen,
        Self::Resolved,
        Self::Closed,
        Self::Refused,
        Self::Merged,
        Self::Withdrawn,
    ];

    /// Whether somebody still has to act.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::Accepted | Self::InProgress | Self::WaitingForCitizen)
    }

    /// The word at the front door.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Accepted => "accepted",
            Self::InProgress => "in_progress",
            Self::WaitingForCitizen => "waiting_for_citizen",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
            Self::Refused => "refused",
            Self::Merged => "merged",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The state of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// A ticket. Its times are those of the server's clock; its deadlines never move because of a comment or an edit.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "four facts that do not exclude one another")]
pub struct Ticket {
    /// Its id.
    pub id: TicketId,
    /// The centre it belongs to.
    pub center: CenterId,
    /// The report it came from.
    pub report: ReportId,
    /// The citizen's number.
    pub code: PublicCode,
    /// What it is about.
    pub category: CategoryCode,
    /// Deadlines run on the wall clock.
    pub urgent: bool,
    /// The map that its commune is named on.
    pub generation: GenerationId,
    /// Where it lies; None: outside or unplaced.
    pub commune: Option<CommuneCode>,
    /// Who has it.
    pub office: OfficeId,
    /// The office it is about, which never sees it.
    pub about: Option<OfficeId>,
    /// The map was re-drawn while an official had it in hand: whose it would be now.
    pub successor: Option<OfficeId>,
    /// Where it stands.
    pub state: State,
    /// One more with every event; the ETag.
    pub version: i64,
    /// 1, and one more with each reopening.
    pub round: i64,
    /// How often an office has said "not ours".
    pub bounces: i64,
    /// The province desk's default has decided: it can no longer be passed on.
    pub settled_here: bool,
    /// Who took it.
    pub assignee: Option<String>,
    /// Leases in a row that no answer came from, the one under way included.
    pub attempts: i64,
    /// When the report arrived; deadlines run from here.
    pub received_at: Timestamp,
    /// Somebody must have accepted by then.
    pub accept_by: Timestamp,
    /// It must be resolved by then.
    pub resolve_by: Timestamp,
    /// The first `resolve_by`, moved only by pauses: what "on time" is measured by; extensions are counted apart.
    pub promised_by: Timestamp,
    /// First acceptance in this round.
    pub accepted_at: Option<Timestamp>,
    /// Last resolution.
    pub resolved_at: Option<Timestamp>,
    /// When it reached an end (resolved, refused, closed, merged, withdrawn) for the citizen.
    pub ended_at: Option<Timestamp>,
    /// The deadline to accept was crossed.
    pub accept_missed: bool,
    /// The deadline to resolve was crossed.
    pub resolve_missed: bool,
    /// How often an extension was taken.
    pub extensions: i64,
    /// How often the citizen was asked in this round.
    pub waits: i64,
    /// Since when the citizen's answer is awaited, until when, and the state to go back to.
    pub pause: Option<Pause>,
    /// At the province desk: when the default acts by itself.
    pub default_at: Option<Timestamp>,
    /// Working minutes (wall-clock when urgent) from receipt to resolution, pauses not counted.
    pub worked_minutes: Option<i64>,
    /// 1–5.
    pub stars: Option<i64>,
    /// The ticket that this one is a duplicate of.
    pub merged_into: Option<TicketId>,
    /// How many others said "me too".
    pub me_too: i64,
    /// The office made text and photos public.
    pub published: bool,
    /// Rungs climbed in this round because nobody took it.
    pub untaken_rungs: i64,
    /// Rungs climbed in this round because it was not resolved.
    pub unresolved_rungs: i64,
}

impl Ticket {
    /// A report's ticket that nobody has touched, in the queue of this office; its deadlines are still to be set. Its
    /// version is 2: its history begins with `received` and `assigned`.
    pub fn queued(id: TicketId, report: &Report, generation: GenerationId, office: OfficeId) -> Self {
        Self {
            id,
            center: report.center.clone(),
            report: report.id,
            code: report.code,
            category: report.category.clone(),
            urgent: false,
            generation,
            commune: None,
            office,
            about: None,
            successor: None,
            state: State::Queued,
            version: 2,
            round: 1,
            bounces: 0,
            settled_here: false,
            assignee: None,
            attempts: 0,
            received_at: report.received_at,
            accept_by: report.received_at,
            resolve_by: report.received_at,
            promised_by: report.received_at,
            accepted_at: None,
            resolved_at: None,
            ended_at: None,
            accept_missed: false,
            resolve_missed: false,
            extensions: 0,
            waits: 0,
            pause: None,
            default_at: None,
            worked_minutes: None,
            stars: None,
            merged_into: None,
            me_too: 0,
            published: false,
            untaken_rungs: 0,
            unresolved_rungs: 0,
        }
    }

    /// Whether machines have failed at it too often to be given it again.
    pub fn is_for_people(&self) -> bool {
        self.state == State::Queued && self.attempts >= ATTEMPTS
    }

    /// Whether what had `before` in hand has this in hand still.
    pub fn is_still_held(&self, before: &Self) -> bool {
        let held = matches!(self.state, State::Accepted | State::InProgress);
        held && self.office == before.office && self.assignee == before.assignee
    }
}

/// While the citizen's answer is awaited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// Since when.
    pub since: Timestamp,
    /// It ends by itself then.
    pub until: Timestamp,
    /// Where the ticket goes back to.
    pub back_to: State,
}
