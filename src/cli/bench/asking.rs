//! `ioc bench asking`: how many senders are asked for which certainty, with the errors that phones have.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;

use crate::flow::locate;

/// Show what asking more or fewer senders for their commune comes to.
#[derive(Debug, Args)]
pub struct Asking {
    /// Boundaries in any form that the import reads; the shipped approximate ones when left out.
    #[arg(long)]
    input: Option<PathBuf>,
    /// Phones, each at a random place in a random commune.
    #[arg(long, default_value_t = 200_000)]
    senders: usize,
    /// Where the places and errors come from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// For machines.
    #[arg(long)]
    json: bool,
}

impl Asking {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let territories = locate::boundaries(self.input.as_deref())?;
        let curve = locate::asking(&territories, self.senders, self.seed);
        if self.json {
            println!("{}", serde_json::to_string_pretty(&curve)?);
            return Ok(ExitCode::SUCCESS);
        }
        println!("ask below   asked   right at once   right when answered   (of a hundred senders)");
        for row in curve {
            let [asked, at_once, answered] =
                [row.asked, row.right_at_once, row.right_when_answered].map(|share| 100.0 * share);
            println!("{:9.2} {asked:7.2} {at_once:15.2} {answered:21.2}", row.ask_below);
        }
        Ok(ExitCode::SUCCESS)
    }
}
