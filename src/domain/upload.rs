//! A photo on its way: sent, and not yet cleaned.

use sha2::{Digest, Sha256};

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

impl Upload {
    /// Not whole in its time.
    pub fn is_forgotten(&self, now: Timestamp) -> bool {
        self.state == UploadState::Arriving && self.expires_at <= now
    }
}

/// What an announcement was named by its sender. It is the end of the upload's id, so that whoever lost the answer and
/// announces again is given the same upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Announcement([u8; 10]);

impl Announcement {
    /// The name that a sender gave to a photo of this ticket.
    pub fn named(ticket: TicketId, name: &str) -> Self {
        let hash = Sha256::new_with_prefix(ticket.0.as_bytes()).chain_update(name).finalize();
        let mut end = [0; 10];
        end.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
        Self(end)
    }

    /// The id of an upload that is announced at `now`: a version 7 UUID.
    pub fn id(self, now: Timestamp) -> PhotoId {
        let millis = u64::try_from(now.0 / 1_000).unwrap_or_default();
        PhotoId(uuid::Builder::from_unix_timestamp_millis(millis, &self.0).into_uuid())
    }

    /// Whether the upload was announced by this name, whenever that was.
    pub fn is_of(self, id: PhotoId) -> bool {
        id.0.as_bytes().ends_with(&self.id(Timestamp(0)).0.as_bytes()[6..])
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_announcement_is_known_again_by_its_name_and_ticket_alone() {
        let (one, other) = (TicketId(uuid::Uuid::from_u128(1)), TicketId(uuid::Uuid::from_u128(2)));
        let first = Announcement::named(one, "photo 1");
        let id = first.id(Timestamp(1_800_000_000_000_000));
        assert!(Announcement::named(one, "photo 1").is_of(id));
        assert!(!Announcement::named(one, "photo 2").is_of(id) && !Announcement::named(other, "photo 1").is_of(id));
        assert!(id < first.id(Timestamp(1_800_000_001_000_000)), "uploads stand in the order of their birth");
    }
}
