//! What one sender does on the day, and what will become of it: everything that chance decides is decided here,
//! before the first call.

use geo::Coord;
use serde_json::{Value, json};

use super::truth::Truth;
use crate::domain::clock::Timestamp;

/// What a report is in the script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A storm report like most.
    Ordinary,
    /// One of many about the same landslide.
    Landslide,
    /// 20–60 m from the next commune.
    NearBorder,
    /// Within 30 m of the next commune: by a good phone, or a point without an accuracy.
    Close,
    /// Within 30 m of where three communes meet, or exactly there.
    Corner,
    /// Told from a border only by its sender: the phone is off by more than the way to it.
    Doubtful,
    /// On ground that passes to another commune on this very day.
    Moved,
    /// In the hole between two communes.
    Gap,
    /// 1–20 km outside every commune.
    Frontier,
    /// The sender names the village instead of sending a position.
    ByName,
    /// Neither position nor place.
    Unplaced,
    /// Complaint or denunciation.
    Denunciation,
    /// About the office or its people.
    AboutOffice,
    /// Gibberish.
    Nonsense,
    /// Not a report: broken numbers, no text, no such category.
    Malformed,
}

/// Where the sender says it is.
#[derive(Debug, Clone, PartialEq)]
pub enum Whereabouts {
    /// The phone's position in degrees, off by what the phone says in metres.
    Gps {
        /// What the phone sends, six decimals.
        at: Coord<f64>,
        /// Radius of the 68 % circle.
        accuracy_m: f64,
    },
    /// A point without an accuracy.
    Point {
        /// Degrees.
        at: Coord<f64>,
        /// A pin set by hand; else the phone kept its accuracy to itself.
        by_hand: bool,
    },
    /// The name of a commune and of a place in it.
    Place {
        /// Its code.
        commune: String,
        /// "bản Na Ư, gần cầu treo".
        hint: String,
    },
    /// Nothing.
    Nowhere,
    /// A `position` as no working phone sends it.
    Broken(Value),
}

/// How a report travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// The app, online; it asks "is this point yours?" first.
    App,
    /// The app, in a hurry: it sends without asking first, and the page asks afterwards.
    Hurried,
    /// The app, but the first answer is lost on the way: it sends again.
    LostAnswer,
    /// Saved without signal and sent in a batch, which is sent twice; the number of the phone.
    Offline(usize),
    /// By a member of the community team for a neighbour.
    Team,
}

/// Whom to call back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Carries a marker that must never show up where it may not.
    pub name: String,
    /// Ten digits.
    pub phone: String,
    /// Carries the marker too.
    pub email: String,
    /// The office may see it.
    pub share: bool,
}

/// What the official in charge does beside settling it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Quirk {
    /// Nothing.
    None,
    /// "Not ours", though it is: so many times, to the office named or without a name.
    Bounce {
        /// How many times.
        times: usize,
        /// The wrong office; None lets the product suggest.
        to: Option<String>,
    },
    /// Asks the citizen.
    Ask,
    /// Takes more time.
    Extend,
    /// A neighbour says "me too" between reading and accepting.
    Interrupted,
}

/// What the sender does once it is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// Nothing: 15 days of silence close it.
    Silent,
    /// It is solved.
    Confirm,
    /// It is solved, and so many stars.
    Rate(u8),
    /// It is not solved.
    Reopen,
}

/// What will become of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fate {
    /// The official's peculiarity.
    pub quirk: Quirk,
    /// When it is settled: share of the time between acceptance and the deadline, in percent; above 100 is late.
    pub effort_percent: i64,
    /// What the sender does then.
    pub after: After,
    /// How long the sender takes for it, and to answer a question; microseconds.
    pub delay: i64,
}

/// One sender's report, complete before the day begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Its number in the script.
    pub n: usize,
    /// What it is.
    pub kind: Kind,
    /// Where it belongs.
    pub truth: Truth,
    /// The commune of the true point or place, where there is one, on the map of the moment when it was seen.
    pub commune: Option<String>,
    /// The true point, where the map decides.
    pub point: Option<Coord<f64>>,
    /// The communes in any of which the receipt has to place it; empty where an error of the phone may decide.
    pub placed: Vec<String>,
    /// The category as sent.
    pub category: String,
    /// The sender picked another category than the true one.
    pub mistaken: bool,
    /// The text as sent, with the report's marker in it.
    pub text: String,
    /// Where.
    pub place: Whereabouts,
    /// How.
    pub channel: Channel,
    /// When it leaves the phone.
    pub sent_at: Timestamp,
    /// How long before that it was written; microseconds, 0 for those who are online.
    pub age: i64,
    /// Whom to call back.
    pub contact: Option<Contact>,
    /// The office that must never see it.
    pub hidden_from: Option<String>,
    /// What will become of it.
    pub fate: Fate,
    /// The same for every attempt to send it.
    pub key: String,
    /// Occurs in the text and nowhere else.
    pub marker: String,
}

impl Report {
    /// The body of `POST /api/v1/reports`; `stated` is the sender's own answer near a border, `now` the moment that
    /// the age counts back from.
    pub fn body(&self, stated: Option<&str>, now: Timestamp) -> Value {
        let mut body = json!({ "category": self.category, "description": self.text });
        match &self.place {
            Whereabouts::Gps { at, accuracy_m } => {
                body["position"] = json!({ "lon": at.x, "lat": at.y, "accuracy_m": accuracy_m, "source": "gps" });
            }
            Whereabouts::Point { at, by_hand } => {
                let source = if *by_hand { "pin" } else { "gps" };
                body["position"] = json!({ "lon": at.x, "lat": at.y, "source": source });
            }
            Whereabouts::Place { commune, hint } => body["place"] = json!({ "commune": commune, "hint": hint }),
            Whereabouts::Nowhere => {}
            Whereabouts::Broken(position) => body["position"] = position.clone(),
        }
        if let Some(commune) = stated {
            body["stated_commune"] = json!(commune);
        }
        if self.age > 0 {
            body["captured_at"] = json!(now.plus(-self.age));
        }
        if let Some(Contact { name, phone, email, share }) = &self.contact {
            if self.channel == Channel::Team {
                body["on_behalf_of"] = json!({ "name": name, "phone": phone });
            } else {
                body["contact"] = json!({ "name": name, "phone": phone, "email": email });
                body["share_contact"] = json!(share);
            }
        }
        body
    }

    /// The position as it was sent.
    pub fn sent_position(&self) -> Option<Coord<f64>> {
        match self.place {
            Whereabouts::Gps { at, .. } | Whereabouts::Point { at, .. } => Some(at),
            _ => None,
        }
    }

    /// What may identify the sender: never where the sender did not allow it.
    pub fn personal(&self) -> Vec<&str> {
        let contact = self.contact.as_ref();
        contact.map(|one| vec![one.name.as_str(), one.phone.as_str(), one.email.as_str()]).unwrap_or_default()
    }

    /// Whether the office in charge may see the contact.
    pub fn shares(&self) -> bool {
        self.contact.as_ref().is_some_and(|one| one.share)
    }
}
