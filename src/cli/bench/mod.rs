//! `ioc bench`: how fast it is on this machine, beside the usual ways.

mod activation;
mod asking;
mod crowd;
mod heat;
mod intake;
mod load;
mod locate;
mod queue;
mod stand;
mod storm;
mod stream;
mod streams;

use std::process::ExitCode;

use clap::Subcommand;

use crate::config::Common;

/// Measure this machine.
#[derive(Debug, Subcommand)]
pub enum Bench {
    /// Locate random points, side by side with the usual ways in Rust on the same points.
    Locate(locate::Locate),
    /// Show what asking more or fewer senders for their commune comes to.
    Asking(asking::Asking),
    /// Re-draw the map under open tickets while reports come in.
    Activation(activation::Activation),
    /// Send reports, and the same reports with a commit for each, in turn.
    Intake(intake::Intake),
    /// Ask for pages of a queue while its tickets grow.
    Queue(queue::Queue),
    /// Open many streams of one office on a server of its own, and measure them.
    Streams(streams::Streams),
    /// Ask for figures, heatmaps and tiles of any year of a long history, side by side with counting the tickets.
    Heat(heat::Heat),
    /// Reports with photos over lines that break, beside people who poll; then a burst of ten times the rate.
    Storm(storm::Storm),
}

impl Bench {
    pub(super) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        match self {
            Self::Locate(locate) => locate.run(),
            Self::Asking(asking) => asking.run(),
            Self::Activation(activation) => Box::pin(activation.run(common)).await,
            Self::Intake(intake) => intake.run(common).await,
            Self::Queue(queue) => queue.run(common).await,
            Self::Streams(streams) => streams.run(common).await,
            Self::Heat(heat) => heat.run(common).await,
            Self::Storm(storm) => storm.run(common).await,
        }
    }
}
