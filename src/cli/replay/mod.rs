//! One storm day of a province, replayed against the product through its front door, and scored.
//!
//! A seed draws about 300 reports with their truth (`day`); citizens send them (`citizen`), officials of every
//! office fetch and settle them (`official`), a third of the offices in document systems that speak edXML and never open
//! the desk (`papers`), days pass (`run`); then everything is looked at once more through every public door (`observe`)
//! and counted (`score`). Nothing here knows how the product locates or routes: the truth comes from the seed and from
//! this room's own geometry (`survey`).

mod border;
mod citizen;
mod client;
mod day;
pub(super) mod dice;
#[cfg(test)]
mod fake;
#[cfg(test)]
mod faults;
mod observe;
mod official;
mod papers;
mod province;
mod redraw;
mod run;
mod score;
mod script;
mod sheet;
mod stage;
mod survey;
mod tray;
mod truth;

use std::collections::{BTreeMap, HashMap};

use futures::future::BoxFuture;

pub use province::{Ground, World};
pub use run::replay;
pub use score::Score;
pub use tray::{PostRoom, Tray};

use crate::domain::clock::Clock;

/// Where the product is, and the keys of those who play the day.
#[derive(Debug, Clone)]
pub struct Doors {
    /// `http://127.0.0.1:8080`
    pub base_url: String,
    /// Keys of those who send.
    pub report_keys: ReportKeys,
    /// Office id → bearer key with `office:<id>`; the province desk's is used for looking only.
    pub office_keys: HashMap<String, String>,
    /// With `dashboard:read`.
    pub dashboard_key: String,
    /// Offices that never open the desk, and where their documents lie; their systems are known to the server.
    pub papers: BTreeMap<String, Tray>,
}

/// Keys for sending; citizens send without any.
#[derive(Debug, Clone)]
pub struct ReportKeys {
    /// Of the community team: `report:behalf` and `report:write`.
    pub team: String,
}

/// Whose time it is.
#[derive(Debug, Clone)]
pub enum Time {
    /// The driver moves the clock of the server under test.
    Manual(Clock),
    /// Nothing moves: the day is played as fast as the server answers, and what needs days does not happen.
    Wall,
}

/// What the driver may move beside the front door.
pub struct Hands<'a> {
    /// The time.
    pub time: Time,
    /// Makes the server do what is due now, after the clock was moved.
    pub tick: Option<Box<dyn Fn() -> BoxFuture<'a, ()> + Send + Sync + 'a>>,
    /// Makes the server tell other systems what is due now, and read what they have written; needed where offices work
    /// in document systems.
    pub carry: Option<Box<dyn Fn() -> BoxFuture<'a, ()> + Send + Sync + 'a>>,
    /// Puts the map of the afternoon into force, as an operator does; needed where the world has an earlier map.
    pub redraw: Option<Box<dyn Fn() -> BoxFuture<'a, anyhow::Result<()>> + Send + Sync + 'a>>,
}
