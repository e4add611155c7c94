//! Why a use case did not happen, in terms of what the caller can do about it.

use crate::{
    domain::{clock::Timestamp, ids::CategoryCode, names::Names},
    store::StoreError,
};
pub use crate::{
    intake::{FieldError, Warning},
    queue::Refusal,
};

/// A use case that did not happen. The front door turns it into a problem document.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// Fields to be corrected.
    #[error("{} field(s) cannot be read", .0.len())]
    Fields(Vec<FieldError>),
    /// Not a field report: the law sends it elsewhere.
    #[error("{}", .guidance.vi)]
    BelongsElsewhere {
        /// Complaint or denunciation.
        category: CategoryCode,
        /// Where to go.
        guidance: Names,
    },
    /// The idempotency key was used for another report.
    #[error("this Idempotency-Key was used for another report: make a new key for a new report")]
    KeyReused,
    /// No such thing, or not the caller's.
    #[error("there is nothing here for you")]
    NotFound,
    /// A key is needed.
    #[error("send a key: Authorization: Bearer …")]
    Unauthorized,
    /// A change must say which version it saw.
    #[error("send If-Match with the ticket's version")]
    MissingVersion,
    /// Somebody else changed it first.
    #[error("the ticket has changed since you read it: read it again (it is at version {0})")]
    Stale(i64),
    /// The lease under which it was to be done has ended.
    #[error("this lease has ended, or was never yours: claim again")]
    LeaseLost,
    /// A machine has it in hand.
    #[error("a machine has this ticket in hand until {0}: wait, or send its Claim-Token")]
    Leased(Timestamp),
    /// Not in this state.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A piece of a photo that does not go on where the last one ended.
    #[error("send the bytes from offset {0} on: that is how far the photo has arrived")]
    WrongOffset(i64),
    /// A photo beyond the limit, or more bytes than were announced.
    #[error("the photo is larger than 12 MB, or than was announced")]
    TooLarge,
    /// The disk for photos is full; reports are taken all the same.
    #[error("there is no room for photos now: send them later, the report stands")]
    Full,
    /// The database cannot answer now.
    #[error("the service is busy: try again in a few seconds")]
    Busy,
    /// A defect on this side; logged, told without detail.
    #[error("an internal error; it was written down")]
    Internal(String),
}

impl Rejection {
    /// One wrong field.
    pub fn field(path: &str, code: &str, detail: impl Into<String>) -> Self {
        Self::Fields(vec![FieldError { path: path.into(), code: code.into(), detail: detail.into() }])
    }
}

/// A disk that fails: nothing that the sender can mend.
impl From<std::io::Error> for Rejection {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::NotFound => Self::NotFound,
            std::io::ErrorKind::StorageFull => Self::Full,
            _ => Self::Internal(format!("the folder of photos: {error}")),
        }
    }
}

impl From<StoreError> for Rejection {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::Busy,
            other => Self::Internal(other.to_string()),
        }
    }
}
