//! The words of the house as types: what a report, a placement, a ticket and an office *are*.
//!
//! Every room imports this one and this one imports none. No async, no I/O, no JSON value; the only ambient
//! sources of time and chance in the project are [`clock::Clock`] and [`clock::Entropy`].

pub mod assignment;
pub mod base_map;
pub mod boundary;
pub mod calendar;
pub mod category;
pub mod check;
pub mod clock;
pub mod code;
pub mod delivery;
pub mod event;
pub mod followed;
pub mod hexagon;
pub mod ids;
pub mod ladder;
pub mod month;
pub mod names;
pub mod office;
pub mod photo;
pub mod placement;
pub mod position;
pub mod report;
pub mod tally;
pub mod template;
pub mod text;
pub mod ticket;
pub mod upload;
