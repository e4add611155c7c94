//! What can be asked of a ticket, and the two kinds of answer.

use super::{Calendar, Ladder};
use serde::Deserialize;

use crate::domain::{
    category::Category,
    clock::Timestamp,
    event::{EventKind, Place, RefusedPhoto, TransferCause, Visibility},
    ids::{CommuneCode, OfficeId, PhotoId, TicketId},
    office::OfficeKind,
    text::{Description, Line},
    ticket::Ticket,
};

/// What somebody wants to do with a ticket.
#[expect(missing_docs, reason = "the fields are those of the same commands at the front door")]
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Take it.
    Accept { assignee: Option<Line> },
    /// A machine takes it under a lease.
    Claim { holder: String, until: Timestamp },
    /// The machine gives it back.
    Release,
    /// The machine's lease has ended without a word.
    Expire,
    /// Give it to a colleague.
    Assign { to: Line },
    /// Begin.
    Start,
    /// Answer.
    Resolve { text: Description, photos: Vec<PhotoId> },
    /// Refuse.
    Refuse { reason: RefusalReason, text: Description, photos: Vec<PhotoId> },
    /// "Not ours"; `kind` is what the receiver is.
    Transfer { to: OfficeId, kind: OfficeKind, reason: Description, cause: TransferCause },
    /// Ask the citizen.
    Wait { question: Description },
    /// The citizen's answer.
    Reply { text: Description },
    /// More time.
    Extend { until: Timestamp, reason: Description },
    /// A remark.
    Comment { text: Description, visibility: Visibility },
    /// A duplicate of another.
    Merge { into: TicketId },
    /// Another was merged into this one.
    Absorb { from: TicketId },
    /// Its main ticket was taken back: it is queued again, and these are its duplicates now.
    Unmerge { from: TicketId, with: Vec<TicketId> },
    /// Its main ticket was taken back: it is a duplicate of another one now.
    Repoint { into: TicketId },
    /// Taken back.
    Withdraw,
    /// It is solved.
    Confirm,
    /// It is not. A duplicate comes back on its own once its main ticket has been answered: `answered` is when.
    Reopen { text: Description, answered: Option<Timestamp> },
    /// 1–5 stars.
    Rate { stars: i64, text: Option<Description> },
    /// The citizen's own answer near a border; `about` is the office there that the report is about, hidden from it.
    Restate { commune: CommuneCode, to: OfficeId, kind: OfficeKind, about: Option<OfficeId> },
    /// The map was re-drawn: whose it is now, and where.
    Redraw { to: OfficeId, place: Place },
    /// Photos were cleaned, or could not be kept.
    JoinPhotos { photos: Vec<PhotoId>, refused: Vec<RefusedPhoto> },
    /// Make words and pictures public.
    Publish { text: Description, photos: Vec<PhotoId> },
}

/// Why a report is refused; stable words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalReason {
    /// Not a matter of any office.
    NotAnOfficeMatter,
    /// Cannot be verified.
    CannotVerify,
    /// Spam or abuse.
    Abuse,
    /// Old or edited evidence.
    OldEvidence,
    /// Something else, said in the text.
    Other,
}

impl RefusalReason {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::NotAnOfficeMatter, Self::CannotVerify, Self::Abuse, Self::OldEvidence, Self::Other];

    /// The word at the front door and in the history.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotAnOfficeMatter => "not_an_office_matter",
            Self::CannotVerify => "cannot_verify",
            Self::Abuse => "abuse",
            Self::OldEvidence => "old_evidence",
            Self::Other => "other",
        }
    }

    /// The reason of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }
}

/// Why a command cannot be done now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not in this state.
    #[error("a ticket that is {state} cannot be {command}")]
    NotNow {
        /// The state.
        state: &'static str,
        /// The command, as a participle.
        command: &'static str,
    },
    /// The default has decided: it cannot be passed on.
    #[error("the province desk has decided that this is yours; it can be refused with a reason, not passed on")]
    SettledHere,
    /// A person has to look.
    #[error("{0} leases in a row ended without an answer: it is left to people")]
    ForPeople(i64),
    /// To the office it is about, or to itself.
    #[error("{0}")]
    BadTarget(&'static str),
    /// Asking again would move the promise once more.
    #[error("the citizen has been asked {0} times already: answer, refuse, or extend with a reason")]
    TooManyQuestions(i64),
    /// Too late.
    #[error("the {0} days to reopen are over")]
    TooLate(i64),
    /// Out of range.
    #[error("{0}")]
    BadValue(&'static str),
}

/// A change that was decided: the ticket as it becomes, and what to write into its history.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The ticket after it.
    pub ticket: Ticket,
    /// One entry per version step, in order.
    pub events: Vec<EventKind>,
}

/// Surroundings of a decision.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// The working hours.
    pub calendar: &'a Calendar,
    /// What a ticket climbs that nobody acts on.
    pub ladder: &'a Ladder,
    /// The ticket's category.
    pub category: &'a Category,
    /// The province desk: third bounces go there.
    pub desk: &'a OfficeId,
    /// Now.
    pub now: Timestamp,
}
