//! `ioc bench`: how fast it is on this machine, beside the usual ways.

mod locate;

use std::process::ExitCode;

use clap::Subcommand;

/// Measure this machine.
#[derive(Debug, Subcommand)]
pub enum Bench {
    /// Locate random points, side by side with the usual ways in Rust on the same points.
    Locate(locate::Locate),
}

impl Bench {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Locate(locate) => locate.run(),
        }
    }
}
