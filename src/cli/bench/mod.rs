//! `ioc bench`: how fast it is on this machine, beside the usual ways.

mod heat;
mod locate;

use std::process::ExitCode;

use clap::Subcommand;

use crate::config::Common;

/// Measure this machine.
#[derive(Debug, Subcommand)]
pub enum Bench {
    /// Locate random points, side by side with the usual ways in Rust on the same points.
    Locate(locate::Locate),
    /// Ask for figures, heatmaps and tiles of any year of a long history, side by side with counting the tickets.
    Heat(heat::Heat),
}

impl Bench {
    pub(super) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        match self {
            Self::Locate(locate) => locate.run(),
            Self::Heat(heat) => heat.run(common).await,
        }
    }
}
