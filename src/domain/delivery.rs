//! What is told to other systems: where to, by which way, and what became of it.

use std::{fmt, str::FromStr};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    clock::Timestamp,
    ids::{CenterId, DeliveryId, DestinationId, OfficeId, TicketId},
    text::Line,
};

/// After so many failures without a success in between, a destination is only probed.
pub const BREAKS_AFTER: i64 = 5;

/// An address that starts with `http://` or `https://`, in printable ASCII without spaces and without a user in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Endpoint(String);

/// Why a text is no endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "an address starts with https:// or http://, has at most 2,000 printable ASCII characters and no user before an @"
)]
pub struct BadEndpoint;

impl Endpoint {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Endpoint {
    type Err = BadEndpoint;
    fn from_str(text: &str) -> Result<Self, BadEndpoint> {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).ok_or(BadEndpoint)?;
        let host = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
        let plain = text.len() <= 2_000 && text.bytes().all(|byte| byte.is_ascii_graphic());
        if !plain || host.is_empty() || host.contains('@') {
            return Err(BadEndpoint);
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for Endpoint {
    type Error = BadEndpoint;
    fn try_from(text: String) -> Result<Self, BadEndpoint> {
        text.parse()
    }
}

impl From<Endpoint> for String {
    fn from(endpoint: Endpoint) -> Self {
        endpoint.0
    }
}

/// An address with the private networks that an administrator has opened for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Door {
    /// Where to.
    pub url: Endpoint,
    /// Private ranges that may be connected to; empty: public addresses only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<IpNet>,
}

/// A way to another system, with its settings. Passwords and tokens are kept apart, sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Channel {
    /// Standard Webhooks: signed JSON.
    Webhook(Door),
    /// edXML documents, pushed over HTTP.
    EdxmlPush(Door),
    /// edXML documents in a folder that the document system watches, and that is watched for its answers.
    EdxmlFolder {
        /// Holds `outbox`, `inbox`, `done` and `refused`.
        folder: String,
    },
    /// A letter over SMTP.
    Email {
        /// `smtp://host:port` or `smtps://host`; a user may stand in it, the password is the credential.
        smtp: String,
        /// The sender's mailbox.
        from: String,
        /// The office's mailbox; None where citizens are written to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<String>,
        /// Stands in the letter, `{code}` in it is filled.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        link: Option<String>,
    },
    /// A gateway for short messages.
    Gateway(Gateway),
}

/// How a gateway for short messages wants to be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gateway {
    /// Where.
    #[serde(flatten)]
    pub door: Door,
    /// The body with blanks: `{phone}`, `{phone84}`, `{text}`, `{code}`, `{status}`, `{office}`, `{link}`, `{id}`.
    pub body: String,
    /// `application/json` or `application/x-www-form-urlencoded`: decides how blanks are escaped.
    pub media_type: BodyType,
    /// Header that carries the credential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// Must be in the answer's body: some gateways answer 200 to everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success: Option<String>,
    /// Stands in the message, `{code}` in it is filled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BodyType {
    /// JSON.
    #[serde(rename = "application/json")]
    Json,
    /// A form.
    #[serde(rename = "application/x-www-form-urlencoded")]
    Form,
}

impl Channel {
    /// The word of its kind.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Webhook(_) => "webhook",
            Self::EdxmlPush(_) => "edxml_push",
            Self::EdxmlFolder { .. } => "edxml_folder",
            Self::Email { .. } => "email",
            Self::Gateway(_) => "gateway",
        }
    }

    /// Whether documents go to a document system.
    pub fn is_edxml(&self) -> bool {
        matches!(self, Self::EdxmlPush(_) | Self::EdxmlFolder { .. })
    }

    /// Whether it pushes into another system, which needs the security approval. A letter carries one line and no data.
    pub fn needs_approval(&self) -> bool {
        !matches!(self, Self::Email { .. })
    }
}

/// To whom a destination speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// To an office, or to the centre.
    Office,
    /// To the senders of reports.
    Citizen,
}

impl Audience {
    /// The word that is stored.
    pub fn word(self) -> &'static str {
        match self {
            Self::Office => "office",
            Self::Citizen => "citizen",
        }
    }
}

/// A system or a mailbox that is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Destination {
    /// Its id.
    pub id: DestinationId,
    /// The centre.
    pub center: CenterId,
    /// Whose; None: the centre's own.
    pub office: Option<OfficeId>,
    /// To whom.
    pub audience: Audience,
    /// For people.
    pub name: Line,
    /// How.
    pub channel: Channel,
    /// Password or token, sealed.
    pub credential: Option<Vec<u8>>,
    /// Which of the derived signing secrets is in force, from 1.
    pub secret: i64,
    /// Until then the secret before signs too.
    pub secret_overlap: Option<Timestamp>,
    /// Since when.
    pub created_at: Timestamp,
    /// How it is.
    pub health: Health,
}

/// How a destination is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Health {
    /// Failures since the last success.
    pub failures: i64,
    /// Since when nothing has arrived: what escalation reads.
    pub failing_since: Option<Timestamp>,
    /// From [`BREAKS_AFTER`] failures on: when the next probe may go.
    pub probe_at: Option<Timestamp>,
    /// It said that it wants no more.
    pub disabled_at: Option<Timestamp>,
    /// When something arrived last.
    pub delivered_at: Option<Timestamp>,
}

/// What a delivery is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// One event, as it happened.
    Event,
    /// A ticket has come into the office's queue.
    Arrived,
    /// A ticket has left the office, or has ended without it.
    Left,
    /// A ticket has changed elsewhere.
    Changed,
    /// A citizen is told.
    Citizen,
    /// People of the centre are told about its running.
    Notice,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Waits for its next attempt.
    Pending,
    /// Was taken.
    Delivered,
    /// Waits for the destination to come back.
    Parked,
    /// Cannot be delivered although the destination lives.
    Quarantined,
    /// No longer needed.
    Cancelled,
}

macro_rules! words {
    ($name:ident { $($variant:ident = $word:literal),* }) => {
        impl $name {
            /// The word that is stored.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            /// The value of that word.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

words!(Purpose {
    Event = "event",
    Arrived = "arrived",
    Left = "left",
    Changed = "changed",
    Citizen = "citizen",
    Notice = "notice"
});
words!(Stage {
    Pending = "pending",
    Delivered = "delivered",
    Parked = "parked",
    Quarantined = "quarantined",
    Cancelled = "cancelled"
});

/// One hand-over to one destination.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// Stable: derived from the next three.
    pub id: DeliveryId,
    /// To where.
    pub destination: DestinationId,
    /// The event or the notice that it tells.
    pub subject: Uuid,
    /// About which ticket.
    pub ticket: Option<TicketId>,
    /// What for.
    pub purpose: Purpose,
    /// Since when.
    pub created_at: Timestamp,
}

impl Delivery {
    /// A delivery; its id is the same whoever derives it, and on whatever machine it is restored.
    pub fn new(
        destination: DestinationId,
        subject: Uuid,
        ticket: Option<TicketId>,
        purpose: Purpose,
        created_at: Timestamp,
    ) -> Self {
        let ticket_bytes = ticket.map_or([0; 16], |ticket| *ticket.0.as_bytes());
        let hash = Sha256::new_with_prefix(subject.as_bytes()).chain_update(destination.0.as_bytes());
        let hash = hash.chain_update(ticket_bytes).finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash[..16]);
        let id = DeliveryId(uuid::Builder::from_custom_bytes(bytes).into_uuid());
        Self { id, destination, subject, ticket, purpose, created_at }
    }
}

/// One try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Attempt {
    /// 1, 2, 3 …
    pub number: i64,
    /// Begun.
    pub at: Timestamp,
    /// Ended; null for one whose process died.
    pub ended_at: Option<Timestamp>,
    /// `delivered`, `failed`, `refused`, `cancelled`; null while it runs.
    pub outcome: Option<String>,
    /// The status of the answer, where there was one.
    pub status: Option<i64>,
    /// In words.
    pub detail: Option<String>,
}

/// How an office's people name a channel.
impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_has_one_id_for_ever() {
        let at = Timestamp(7);
        let (to, subject) = (DestinationId(Uuid::from_u128(1)), Uuid::from_u128(2));
        let one = Delivery::new(to, subject, Some(TicketId(Uuid::from_u128(3))), Purpose::Event, at);
        assert_eq!(one.id.to_string(), "8f797814-f4d1-85de-ae93-f9b04d98f267", "receivers remember it");
        let other = Delivery::new(to, subject, None, Purpose::Event, at);
        assert_ne!(one.id, other.id);
    }

    #[test]
    fn an_endpoint_has_a_scheme_and_no_user() {
        for good in ["https://a.vn", "http://10.1.2.3:8080/hook?x=1"] {
            assert!(good.parse::<Endpoint>().is_ok(), "{good}");
        }
        for bad in
            ["", "a.vn", "ftp://a.vn", "https://", "https:///x", "https://u@a.vn/", "http://a.vn/ x", "http://é.vn"]
        {
            assert!(bad.parse::<Endpoint>().is_err(), "{bad}");
        }
    }
}
