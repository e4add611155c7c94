//! The front door: thin handlers over `flow` and `analytics`, one flat list of routes, one place for errors.

pub mod api;
mod brake;
mod cookies;
pub mod detach;
mod document;
mod drain;
pub mod error;
pub mod extract;
mod listen;
pub mod live;
mod measure;
mod origin;
mod pace;
pub mod pages;
pub mod router;
mod serve;
mod shed;
mod stall;
pub mod table;
pub mod tiles;
pub mod told;
pub mod upload;

pub use error::Problem;
pub use listen::Limits;
pub use pace::Pace;
pub use serve::{serve, serve_in_fleet, serve_within};
