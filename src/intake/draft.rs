//! The fields of `POST /api/v1/reports`, read one after the other.

use super::{
    UNKNOWN_CATEGORY,
    fields::{Notes, Object},
};
use crate::domain::{
    clock::{DAY, MINUTE, Timestamp},
    ids::{CategoryCode, CommuneCode},
    position::{Accuracy, Fix, Position, Source},
    report::{Contact, Whereabouts},
    text::{BadText, Description},
};

/// Older than this, a phone's clock is more likely wrong than its report late. Microseconds.
const OLDEST: i64 = 30 * DAY;
/// Clocks of honest phones run ahead by this much. Microseconds.
const AHEAD: i64 = 5 * MINUTE;

const TOP: [&str; 9] = [
    "category",
    "description",
    "position",
    "place",
    "stated_commune",
    "captured_at",
    "contact",
    "share_contact",
    "on_behalf_of",
];
const POSITION: [&str; 5] = ["lon", "lat", "accuracy_m", "accuracy_confidence", "source"];

/// What the sender said, before it gets a number.
#[derive(Debug)]
pub(super) struct Draft {
    pub category: CategoryCode,
    pub description: Description,
    pub whereabouts: Whereabouts,
    pub stated_commune: Option<CommuneCode>,
    /// As claimed.
    pub captured_at: Option<Timestamp>,
    /// As believed.
    pub seen_at: Timestamp,
    pub contact: Contact,
    pub share_contact: bool,
    pub on_behalf: bool,
}

/// Reads everything, so that all wrong fields are noted; None where one was.
pub(super) fn read(body: &serde_json::Value, behalf: bool, now: Timestamp, notes: &mut Notes) -> Option<Draft> {
    let top = Object::read(body, "", &TOP, notes)?;
    top.require("category", notes);
    top.require("description", notes);
    let category = top.parsed("category", notes, str::parse::<CategoryCode>, |_| UNKNOWN_CATEGORY);
    let description = top.parsed("description", notes, Description::parse, |error: &BadText| error.code());
    let whereabouts = whereabouts(top, notes);
    let stated_commune = commune(top, "stated_commune", notes);
    let (captured_at, seen_at) = times(top, now, notes);
    let (contact, on_behalf) = contact(top, behalf, notes);
    let share_contact = top.flag("share_contact", notes);
    if !notes.errors.is_empty() {
        return None;
    }
    Some(Draft {
        category: category?,
        description: description?,
        whereabouts: whereabouts?,
        stated_commune,
        captured_at,
        seen_at,
        contact,
        share_contact,
        on_behalf,
    })
}

fn commune(object: Object<'_>, name: &str, notes: &mut Notes) -> Option<CommuneCode> {
    object.parsed(name, notes, str::parse, |_| "wrong_value")
}

/// A position wins over a place. None where one was given and is wrong.
fn whereabouts(top: Object<'_>, notes: &mut Notes) -> Option<Whereabouts> {
    match (top.given("position").is_some(), top.given("place").is_some()) {
        (false, false) => Some(Whereabouts::Unknown),
        (false, true) => place(top, notes),
        (true, also_place) => {
            if also_place && place(top, notes).is_some() {
                notes.warn("place", "place_ignored", "the position decides; the place was ignored");
            }
            fix(top.object("position", &POSITION, notes)?, notes).map(Whereabouts::Fix)
        }
    }
}

fn place(top: Object<'_>, notes: &mut Notes) -> Option<Whereabouts> {
    let place = top.object("place", &["commune", "hint"], notes)?;
    place.require("commune", notes);
    let hint = place.line("hint", notes);
    Some(Whereabouts::Place { commune: commune(place, "commune", notes)?, hint })
}

fn fix(object: Object<'_>, notes: &mut Notes) -> Option<Fix> {
    object.require("lon", notes);
    object.require("lat", notes);
    let (lon, lat) = (object.number("lon", notes), object.number("lat", notes));
    let source = object.parsed("source", notes, source, |_| "wrong_value").unwrap_or_default();
    // A moved pin says nothing of the phone's error any more.
    let accuracy = if source == Source::Pin { None } else { accuracy(object, notes) };
    match Position::new(lon?, lat?) {
        Ok(position) => Some(Fix { position, accuracy, source }),
        Err(error) => {
            notes.wrong("position", error.code(), error);
            None
        }
    }
}

fn source(text: &str) -> Result<Source, &'static str> {
    match text {
        "gps" => Ok(Source::Gps),
        "pin" => Ok(Source::Pin),
        "address" => Ok(Source::Address),
        _ => Err("must be gps, pin or address"),
    }
}

/// An accuracy that means nothing never costs a report: the position is then taken as exact.
fn accuracy(object: Object<'_>, notes: &mut Notes) -> Option<Accuracy> {
    let radius_m = object.given("accuracy_m")?;
    let Some(phone) = radius_m.as_f64().and_then(|radius_m| Accuracy::new(radius_m, Accuracy::PHONE)) else {
        let detail = "must be a number of metres above 0; the position was taken as exact";
        notes.warn("position.accuracy_m", "accuracy_ignored", detail);
        return None;
    };
    let Some(confidence) = object.given("accuracy_confidence") else { return Some(phone) };
    let said = confidence.as_f64().and_then(|confidence| Accuracy::new(phone.radius_m, confidence));
    said.or_else(|| {
        let detail = "must be a number from 0.01 to 0.999; 0.68 was used";
        notes.warn("position.accuracy_confidence", "confidence_ignored", detail);
        Some(phone)
    })
}

/// When it was seen, as claimed and as believed.
fn times(top: Object<'_>, now: Timestamp, notes: &mut Notes) -> (Option<Timestamp>, Timestamp) {
    let Some(claimed) = top.parsed("captured_at", notes, str::parse::<Timestamp>, |_| "wrong_value") else {
        return (None, now);
    };
    let age = now.since(claimed);
    let believed = if (0..=OLDEST).contains(&age) { claimed } else { now };
    if !(-AHEAD..=OLDEST).contains(&age) {
        let detail = "lies in the future or more than 30 days back: kept as claimed, the time of receipt counts";
        notes.warn("captured_at", "captured_at_distrusted", detail);
    }
    (Some(claimed), believed)
}

/// How to reach the sender, and whether it was sent for a neighbour.
fn contact(top: Object<'_>, behalf: bool, notes: &mut Notes) -> (Contact, bool) {
    let own = top.object("contact", &["name", "phone", "email"], notes);
    let mut contact = own.map_or_else(Contact::default, |own| Contact {
        name: own.line("name", notes),
        phone: own.line("phone", notes),
        email: own.line("email", notes),
        on_behalf_of: None,
    });
    if top.given("on_behalf_of").is_none() {
        return (contact, false);
    }
    if !behalf {
        notes.wrong("on_behalf_of", "scope_required", "reporting for others needs a key with the scope report:behalf");
    }
    if let Some(other) = top.object("on_behalf_of", &["name", "phone"], notes) {
        let neighbour =
            Contact { name: other.line("name", notes), phone: other.line("phone", notes), ..Contact::default() };
        contact.on_behalf_of = (!neighbour.is_empty()).then(|| Box::new(neighbour));
    }
    (contact, true)
}
