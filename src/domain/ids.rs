//! Identifiers. Rows are known by UUIDv7 (they sort by time of birth); offices, centres, categories, communes and
//! generations by short texts that people type.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! row_id {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
        #[schema(value_type = String, format = Uuid)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> { text.parse().map(Self) }
        }
    )*};
}

row_id! {
    /// A report, for ever.
    ReportId
    /// The ticket that a report became.
    TicketId
    /// One entry of a ticket's history.
    EventId
    /// A kept photo.
    PhotoId
    /// An access key.
    KeyId
    /// A system or a mailbox that is told.
    DestinationId
    /// One hand-over to one destination; the same for ever, however often it is tried.
    DeliveryId
    /// One thing that people have to be told about the running of the centre.
    NoticeId
}

/// Why a text is no identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} must match {pattern}, got {got:?}")]
pub struct BadId {
    /// What it should have been.
    pub kind: &'static str,
    /// The form that is accepted.
    pub pattern: &'static str,
    /// What came, cut to 60 characters.
    pub got: String,
}

macro_rules! text_id {
    ($($(#[$doc:meta])* $name:ident = $kind:literal $pattern:literal $test:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
        #[schema(value_type = String)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Box<str>);

        impl $name {
            /// The text as it was given.
            pub fn as_str(&self) -> &str { &self.0 }
        }

        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                let fits: fn(&str) -> bool = $test;
                if fits(text) { return Ok(Self(text.into())); }
                Err(BadId { kind: $kind, pattern: $pattern, got: text.chars().take(60).collect() })
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadId;
            fn try_from(text: String) -> Result<Self, BadId> { text.parse() }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self { id.0.into() }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.pad(&self.0) }
        }
    )*};
}

fn slug(text: &str) -> bool {
    (1..=60).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.'))
}

text_id! {
    /// An office, for instance `xa-03127`, `so-xay-dung`, `ban-tinh`.
    OfficeId = "an office id" "[a-z0-9._-]{1,60}" slug;
    /// An operations centre; every row carries the one it belongs to.
    CenterId = "a centre id" "[a-z0-9._-]{1,60}" slug;
    /// A category code, for instance `sat_lo`.
    CategoryCode = "a category code" "[a-z0-9._-]{1,60}" slug;
    /// One dated set of boundaries, for instance `2026-07-25`.
    GenerationId = "a generation id" "[a-z0-9._-]{1,60}" slug;
    /// A commune's code. It means nothing without its generation: codes are re-used for other territory.
    CommuneCode = "a commune code" "[0-9]{5}" |text| text.len() == 5 && text.bytes().all(|b| b.is_ascii_digit());
    /// A province's two-digit code.
    ProvinceCode = "a province code" "[0-9]{2}" |text| text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
}

/// How the name of a centre ends that exists for self-checks alone.
const CANARY: &str = ".canary";

impl CenterId {
    /// The centre whose reports are this one's self-checks: never shown, counted, told or sealed, and removed again.
    #[must_use]
    pub fn canary(&self) -> Self {
        // Slugs are ASCII and have 60 characters at most.
        let kept = self.0.len().min(60 - CANARY.len());
        Self(format!("{}{CANARY}", &self.0[..kept]).into())
    }

    /// Whether it is the centre of self-checks of another one.
    pub fn is_canary(&self) -> bool {
        self.0.ends_with(CANARY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_centre_has_a_canary_that_is_a_centre_too() {
        for name in ["dien-bien", &"x".repeat(60)] {
            let canary = name.parse::<CenterId>().unwrap().canary();
            assert!(canary.is_canary() && canary.as_str().parse::<CenterId>().is_ok(), "{canary}");
        }
        assert!(!"canary".parse::<CenterId>().unwrap().is_canary());
    }
}
