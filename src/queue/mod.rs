//! The ticket's state machine and the working-hours calendar: pure functions of what they are given.
//!
//! Fourth stage of a submission ([`open`]) and the heart of every later change ([`decide`], [`lapse`]).

use crate::domain::{
    assignment::Assignment,
    calendar::WorkingTime,
    category::Category,
    clock::Timestamp,
    event::{Actor, EventKind, TransferCause, Visibility},
    ids::{CommuneCode, OfficeId, PhotoId, TicketId},
    report::Report,
    text::{Description, Line},
    ticket::Ticket,
};

/// A working-time calendar that can be computed with.
#[derive(Debug, Clone)]
pub struct Calendar {}

impl Calendar {
    /// Checks the data.
    pub fn new(_data: WorkingTime) -> Result<Self, BadCalendar> {
        todo!()
    }
    /// `minutes` of working time after `from`.
    pub fn after(&self, _from: Timestamp, _minutes: i64) -> Timestamp {
        todo!()
    }
    /// Working minutes from `from` to `to` (0 where `to` is earlier).
    pub fn between(&self, _from: Timestamp, _to: Timestamp) -> i64 {
        todo!()
    }
}

/// Why working-time data is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadCalendar(pub String);

/// What somebody wants to do with a ticket.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Take it.
    Accept { assignee: Option<Line> },
    /// Give it to a colleague.
    Assign { to: Line },
    /// Begin.
    Start,
    /// Answer.
    Resolve { text: Description, photos: Vec<PhotoId> },
    /// Refuse.
    Refuse { reason: RefusalReason, text: Description, photos: Vec<PhotoId> },
    /// "Not ours".
    Transfer { to: OfficeId, reason: Description, cause: TransferCause },
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
    /// Taken back.
    Withdraw,
    /// It is solved.
    Confirm,
    /// It is not.
    Reopen { text: Description },
    /// 1–5 stars.
    Rate { stars: i64, text: Option<Description> },
    /// The citizen's own answer near a border.
    Restate { commune: CommuneCode, to: OfficeId },
    /// "Me too".
    MeToo,
    /// Make words and pictures public.
    Publish { text: Description, photos: Vec<PhotoId> },
}

/// Why a report is refused; stable words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    /// To the office it is about, or to itself.
    #[error("{0}")]
    BadTarget(&'static str),
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
    /// The ticket's category.
    pub category: &'a Category,
    /// The province desk: third bounces go there.
    pub desk: &'a OfficeId,
    /// Now.
    pub now: Timestamp,
}

/// The ticket of a new report.
pub fn open(
    _id: TicketId,
    _report: &Report,
    _assignment: &Assignment,
    _generation: (crate::domain::ids::GenerationId, Option<CommuneCode>),
    _setting: Setting<'_>,
) -> Ticket {
    todo!()
}

/// What a command does, or why not.
pub fn decide(_ticket: &Ticket, _command: Command, _actor: &Actor, _setting: Setting<'_>) -> Result<Decision, Refusal> {
    todo!()
}

/// The next moment at which something happens by itself; None only when closed, merged, withdrawn, or refused for good.
pub fn next_moment(_ticket: &Ticket) -> Option<Timestamp> {
    todo!()
}

/// What happens by itself now; None when nothing is due, or when the province desk's default is due (see [`default_due`]).
pub fn lapse(_ticket: &Ticket, _setting: Setting<'_>) -> Option<Decision> {
    todo!()
}

/// Whether the province desk's default has to act.
pub fn default_due(_ticket: &Ticket, _now: Timestamp) -> bool {
    todo!()
}
