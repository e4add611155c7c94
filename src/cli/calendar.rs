//! `ioc calendar`: the working days of the province, a year at a time. `ioc ladder`: what tickets climb.

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::Subcommand;

use super::ground;
use crate::{config::Common, flow::hours};

/// Load and show holidays and swapped working days.
#[derive(Debug, Subcommand)]
pub enum CalendarCommand {
    /// Put the holidays and swapped working days of one year into force, in the place of what was known of that year.
    /// Deadlines that were told already stay.
    Load {
        /// TOML with `year`, `holidays` and `swapped`: see `docs/operations.md`.
        file: PathBuf,
    },
    /// Show the working time in force as TOML.
    Show,
}

/// Show and change what tickets climb that nobody acts on.
#[derive(Debug, Subcommand)]
pub enum LadderCommand {
    /// Write the ladder in force as TOML, to be edited.
    Show,
    /// Put an edited ladder into force; rungs that were climbed stay.
    Import {
        /// The file.
        file: PathBuf,
    },
}

impl CalendarCommand {
    pub(super) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let ground = ground(common).await?;
        match self {
            Self::Load { file } => {
                let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
                let year = hours::read_year(&text)?;
                let (number, days, swapped) = (year.year, year.holidays.len(), year.swapped.len());
                let version = ground.load_year(year).await?;
                println!("{number}: {days} days off and {swapped} swapped days are in force, version {version}");
            }
            Self::Show => print!("{}", toml::to_string_pretty(&ground.working_time().await?)?),
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl LadderCommand {
    pub(super) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let ground = ground(common).await?;
        match self {
            Self::Show => print!("{}", toml::to_string_pretty(ground.centre().await?.ladder.data())?),
            Self::Import { file } => {
                let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
                let version = ground.publish_ladder(&hours::read_ladder(&text)?).await?;
                println!("the ladder is in force, version {version}");
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
