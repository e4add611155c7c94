//! The front door: thin handlers over `flow` and `analytics`, one flat list of routes, one place for errors.

pub mod api;
mod cookies;
pub mod detach;
mod document;
mod drain;
pub mod error;
pub mod extract;
mod listen;
pub mod live;
mod measure;
pub mod pages;
pub mod router;
mod serve;
pub mod table;
pub mod tiles;
pub mod told;
pub mod upload;

pub use error::Problem;
pub use serve::{serve, serve_in_fleet};
