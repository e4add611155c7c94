//! What a citizen sent: immutable.

use serde::{Deserialize, Serialize};

use super::{
    clock::Timestamp,
    code::PublicCode,
    ids::{CategoryCode, CenterId, CommuneCode, KeyId, ReportId},
    photo::Photo,
    position::Fix,
    text::{Description, Line},
};

/// Where it happened, as far as the sender could say.
#[derive(Debug, Clone, PartialEq)]
pub enum Whereabouts {
    /// A position.
    Fix(Fix),
    /// A commune by name, for people who report by village name.
    Place {
        /// The commune they named.
        commune: CommuneCode,
        /// The village, the bridge, the slope.
        hint: Option<Line>,
    },
    /// Neither.
    Unknown,
}

/// One report. Contact data is not here: it is sealed before it comes near the store.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Its id.
    pub id: ReportId,
    /// The centre it was sent to.
    pub center: CenterId,
    /// The number that the citizen is given.
    pub code: PublicCode,
    /// What it is about.
    pub category: CategoryCode,
    /// What happened.
    pub description: Description,
    /// Where.
    pub whereabouts: Whereabouts,
    /// The sender's own answer when near a border.
    pub stated_commune: Option<CommuneCode>,
    /// When it was seen, as claimed.
    pub captured_at: Option<Timestamp>,
    /// When it was seen, as believed: the claim, or the receipt where the claim is older than 30 days or in the future.
    pub seen_at: Timestamp,
    /// When it arrived; deadlines run from here.
    pub received_at: Timestamp,
    /// Sent by a member of a community team for a neighbour.
    pub on_behalf: bool,
    /// The reporter allows the office to see the contact.
    pub share_contact: bool,
    /// The key it came with.
    pub sender_key: Option<KeyId>,
    /// The photos that could be kept.
    pub photos: Vec<Photo>,
}

/// How the reporter can be reached. Never stored unsealed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Contact {
    /// A name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub name: Option<Line>,
    /// A telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub phone: Option<Line>,
    /// An e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub email: Option<Line>,
    /// The neighbour on whose behalf it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    pub on_behalf_of: Option<Box<Contact>>,
}

impl Contact {
    /// Whether nothing was given.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
