//! `ioc bench`: how fast it is on this machine, beside the usual ways.

mod intake;
mod load;
mod locate;
mod stand;
mod storm;

use std::process::ExitCode;

use clap::Subcommand;

use crate::config::Common;

/// Measure this machine.
#[derive(Debug, Subcommand)]
pub enum Bench {
    /// Locate random points, side by side with the usual ways in Rust on the same points.
    Locate(locate::Locate),
    /// Send reports, and the same reports with a commit for each, in turn.
    Intake(intake::Intake),
    /// Reports with photos over lines that break, beside people who poll; then a burst of ten times the rate.
    Storm(storm::Storm),
}

impl Bench {
    pub(super) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        match self {
            Self::Locate(locate) => locate.run(),
            Self::Intake(intake) => intake.run(common).await,
            Self::Storm(storm) => storm.run(common).await,
        }
    }
}
