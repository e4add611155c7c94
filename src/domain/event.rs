//! What happened to a ticket: append-only, one entry per change, sealed into the chain.

use serde::{Deserialize, Serialize};

use super::{
    assignment::RoutingReceipt,
    clock::Timestamp,
    ids::{CenterId, CommuneCode, EventId, GenerationId, OfficeId, PhotoId, TicketId},
    ladder::{Cause, Step},
};

/// One entry of a ticket's history.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its id, sorted by time of birth.
    pub id: EventId,
    /// The centre.
    pub center: CenterId,
    /// Whose history.
    pub ticket: TicketId,
    /// The ticket's version after it: 1, 2, 3 … without a gap.
    pub version: i64,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// What.
    pub kind: EventKind,
    /// 128 random bits: the chain holds only a commitment to salt and content, so that erasing both keeps it whole.
    pub salt: [u8; 16],
}

/// Who acted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    /// The sender of the report.
    Citizen,
    /// An office, by the key of that name.
    Office {
        /// Which.
        office: OfficeId,
        /// The key's name.
        name: String,
    },
    /// A person at the centre: counted, because it should not be needed.
    Centre {
        /// The key's name.
        name: String,
    },
    /// The product itself.
    System,
}

/// What happened. Texts are for people; `internal` ones never reach the citizen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EventKind {
    /// The report arrived; two SHA-256, hex.
    Received {
        /// Over what was sent, contact and photos included: what a retry is compared by.
        content_sha256: String,
        /// Over the report's row as it is kept; absent in the oldest histories.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        row_sha256: Option<String>,
    },
    /// It was placed and put into an office's queue.
    Assigned {
        /// Why there.
        receipt: Box<RoutingReceipt>,
        /// Who has it.
        office: OfficeId,
        /// Accept by.
        accept_by: Timestamp,
        /// Resolve by.
        resolve_by: Timestamp,
    },
    /// Somebody took it.
    Accepted {
        /// Who.
        assignee: Option<String>,
    },
    /// It was given to a colleague.
    Handed {
        /// Who.
        to: String,
    },
    /// A machine took it, for as long as it says in time that it is still at work.
    Claimed {
        /// Which lease in a row that nobody has answered yet.
        attempt: i64,
        /// The lease as it was given.
        until: Timestamp,
    },
    /// The machine gave it back.
    Released,
    /// The machine said nothing any more: it is queued again.
    LeaseExpired {
        /// Which lease in a row.
        attempt: i64,
        /// It is no longer handed to machines: a person has to look.
        for_people: bool,
    },
    /// Work began.
    Started,
    /// Answered.
    Resolved {
        /// What was done.
        text: String,
        /// Proof.
        photos: Vec<PhotoId>,
        /// Working minutes since receipt.
        worked_minutes: i64,
    },
    /// Refused.
    Refused {
        /// A stable code.
        reason: String,
        /// In words.
        text: String,
        /// Evidence.
        photos: Vec<PhotoId>,
    },
    /// Passed on; the clock keeps running.
    Transferred {
        /// From where.
        from: OfficeId,
        /// To where.
        to: OfficeId,
        /// Why, in words.
        reason: String,
        /// Why, as a kind.
        cause: TransferCause,
    },
    /// The citizen was asked; the deadlines pause.
    Waiting {
        /// What.
        question: String,
        /// It ends by itself then.
        until: Timestamp,
    },
    /// The citizen answered.
    Replied {
        /// What.
        text: String,
        /// Moved by the pause.
        accept_by: Timestamp,
        /// Moved by the pause.
        resolve_by: Timestamp,
    },
    /// The pause ended by itself.
    Resumed {
        /// Moved by the pause.
        accept_by: Timestamp,
        /// Moved by the pause.
        resolve_by: Timestamp,
    },
    /// More time was taken; counted apart.
    Extended {
        /// The new deadline.
        until: Timestamp,
        /// Why.
        reason: String,
    },
    /// A remark; it moves no clock.
    Commented {
        /// What.
        text: String,
        /// Who may read it.
        visibility: Visibility,
    },
    /// A duplicate of another ticket.
    Merged {
        /// Of which.
        into: TicketId,
    },
    /// Another ticket was merged into this one.
    Absorbed {
        /// Which.
        from: TicketId,
    },
    /// The ticket that it was a duplicate of was taken back: it is a ticket of its own again.
    Unmerged {
        /// Which was taken back.
        from: TicketId,
    },
    /// Taken back by the sender.
    Withdrawn,
    /// The sender confirmed.
    Confirmed,
    /// 15 days of silence.
    Closed,
    /// The sender says that it is not solved.
    Reopened {
        /// Why.
        text: String,
        /// Fresh deadlines.
        accept_by: Timestamp,
        /// Fresh deadlines.
        resolve_by: Timestamp,
    },
    /// The sender's judgement.
    Rated {
        /// 1–5.
        stars: i64,
        /// In words.
        text: Option<String>,
    },
    /// The sender said which commune it was; the ticket followed.
    Restated {
        /// The commune.
        commune: CommuneCode,
        /// From where.
        from: OfficeId,
        /// To where.
        to: OfficeId,
    },
    /// The map was re-drawn under it; the clock keeps running.
    Redrawn {
        /// Who had it.
        from: OfficeId,
        /// Whose it is on the new map.
        to: OfficeId,
        /// An official has it in hand: it stays with `from`, marked.
        stays: bool,
        /// The place on the new map.
        place: Place,
        /// The place on the map before, and the office that the report was about there.
        earlier: Place,
    },
    /// Somebody else has the same trouble. Only in histories from before it became a counter beside the ticket.
    MeToo,
    /// The office made words and pictures public.
    Published {
        /// The public words.
        text: String,
        /// The public photos.
        photos: Vec<PhotoId>,
    },
    /// Photos were cleaned and joined the report, or could not be kept.
    PhotosJoined {
        /// The kept ones.
        photos: Vec<PhotoId>,
        /// The others.
        refused: Vec<RefusedPhoto>,
    },
    /// The deadline to accept was crossed.
    AcceptMissed,
    /// The deadline to resolve was crossed.
    ResolveMissed,
    /// Nobody has acted in time: it climbed a rung of the ladder.
    Escalated {
        /// Why.
        cause: Cause,
        /// From 1; above the ladder's length it is the top again.
        level: i64,
        /// Who hears of it.
        step: Step,
    },
}

/// A ticket's place, and the office that its report is about there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Place {
    /// The map.
    pub generation: GenerationId,
    /// The commune on it; None: outside or unplaced.
    pub commune: Option<CommuneCode>,
    /// The office that the report is about, which never sees it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<OfficeId>,
}

/// A photo that could not be kept; its report stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RefusedPhoto {
    /// The id that it was promised.
    pub id: PhotoId,
    /// Why: a stable code.
    pub code: String,
}

/// Why a ticket was passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransferCause {
    /// An office said "not ours".
    NotOurs,
    /// The third time: the province desk.
    ThirdBounce,
    /// The province desk's default: the nearest office.
    Nearest,
    /// The province desk's default: the office that settled most of the similar cases.
    SimilarCases,
    /// The province desk's last resort: no map and no history say more, the desk's own superior answers.
    LastResort,
    /// A person at the centre.
    ByHand,
}

/// Who may read a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// The office and the centre.
    Internal,
    /// The citizen too.
    Citizen,
}

impl EventKind {
    /// The word of this kind, as it is stored and counted.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Received { .. } => "received",
            Self::Assigned { .. } => "assigned",
            Self::Accepted { .. } => "accepted",
            Self::Handed { .. } => "handed",
            Self::Claimed { .. } => "claimed",
            Self::Released => "released",
            Self::LeaseExpired { .. } => "lease_expired",
            Self::Started => "started",
            Self::Resolved { .. } => "resolved",
            Self::Refused { .. } => "refused",
            Self::Transferred { .. } => "transferred",
            Self::Waiting { .. } => "waiting",
            Self::Replied { .. } => "replied",
            Self::Resumed { .. } => "resumed",
            Self::Extended { .. } => "extended",
            Self::Commented { .. } => "commented",
            Self::Merged { .. } => "merged",
            Self::Absorbed { .. } => "absorbed",
            Self::Unmerged { .. } => "unmerged",
            Self::Withdrawn => "withdrawn",
            Self::Confirmed => "confirmed",
            Self::Closed => "closed",
            Self::Reopened { .. } => "reopened",
            Self::Rated { .. } => "rated",
            Self::Restated { .. } => "restated",
            Self::Redrawn { .. } => "redrawn",
            Self::MeToo => "me_too",
            Self::Published { .. } => "published",
            Self::PhotosJoined { .. } => "photos_joined",
            Self::AcceptMissed => "accept_missed",
            Self::ResolveMissed => "resolve_missed",
            Self::Escalated { .. } => "escalated",
        }
    }
}
