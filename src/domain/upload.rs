//! A photo on its way: sent, and not yet cleaned.

use super::{
    clock::Timestamp,
    event::Actor,
    ids::{CenterId, PhotoId, ReportId, TicketId},
};

/// A photo on its way. Its bytes as they were sent lie outside the database, under its id.
#[derive(Debug, Clone, PartialEq)]
pub struct Upload {
    /// Of the photo that it becomes.
    pub id: PhotoId,
    /// The centre.
    pub center: CenterId,
    /// Whose ticket.
    pub ticket: TicketId,
    /// The report that it joins; None where an official sends it for an answer.
    pub report: Option<ReportId>,
    /// Its place among the report's photos; equal places stand in the order of their birth.
    pub position: i64,
    /// Who sends it.
    pub actor: Actor,
    /// How far it is.
    pub state: UploadState,
    /// How many bytes it has when it is whole.
    pub bytes: i64,
    /// When it was announced.
    pub at: Timestamp,
    /// Then it is forgotten, unless it waits to be cleaned.
    pub expires_at: Timestamp,
    /// How often cleaning was begun.
    pub attempts: i64,
}

/// How far an upload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UploadState {
    /// Not all of its bytes are there.
    Arriving,
    /// All there; to be cleaned.
    Waiting,
    /// It is a photo now.
    Kept,
    /// It cannot be one; the report stands.
    Refused,
}

impl UploadState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Arriving, Self::Waiting, Self::Kept, Self::Refused];

    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Arriving => "arriving",
            Self::Waiting => "waiting",
            Self::Kept => "kept",
            Self::Refused => "refused",
        }
    }

    /// The state of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether it may still become a photo.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Arriving | Self::Waiting)
    }
}
