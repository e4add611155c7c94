//! `ioc replay day`: plays one storm day against the product through its front door, and scores it.

use std::{
    collections::{BTreeMap, HashMap},
    convert, fs,
    path::PathBuf,
    process::ExitCode,
};

use anyhow::Context;
use clap::{Args, Subcommand};

use super::{
    ground,
    rehearsal::{Rehearsal, world},
    replay::{Doors, Hands, ReportKeys, Score, Time, replay},
};
use crate::{
    app::Ground,
    config::Common,
    flow::{boundaries, locate},
};

/// Play the product's conscience.
#[derive(Debug, Subcommand)]
pub enum Replay {
    /// One storm day of a province, from a seed.
    Day(ReplayDay),
}

/// One storm day of a province, in a scratch database on the engine of `--database-url`.
#[derive(Debug, Args)]
pub struct ReplayDay {
    /// Draws another day.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Boundaries to play on; the map in force when left out.
    #[arg(long)]
    boundaries: Option<PathBuf>,
    /// Boundaries in force until noon of the day; those above come into force then.
    #[arg(long, conflicts_with = "against")]
    earlier: Option<PathBuf>,
    /// Plays against a running server instead, in real time: its keys, one `office=key` a line, and `team=` and
    /// `dashboard=`, come from --keys.
    #[arg(long, requires = "keys")]
    against: Option<String>,
    /// The keys for --against.
    #[arg(long)]
    keys: Option<PathBuf>,
    /// For machines.
    #[arg(long)]
    json: bool,
}

impl Replay {
    pub(super) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let Self::Day(day) = self;
        let ground = ground(common).await?;
        let score = match (&day.against, &day.keys) {
            (Some(url), Some(keys)) => day.outside(&ground, url, &fs::read_to_string(keys)?).await?,
            _ => day.beside(&ground).await?,
        };
        if day.json {
            println!("{}", serde_json::to_string_pretty(&score)?);
        } else {
            println!("{score}");
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl ReplayDay {
    async fn territories(&self, ground: &Ground) -> anyhow::Result<boundaries::Territories> {
        match &self.boundaries {
            Some(path) => Ok(locate::boundaries(Some(path))?),
            None => Ok(ground.territories().await?),
        }
    }

    /// Against a product of its own, on a scratch database whose time the day moves.
    async fn beside(&self, ground: &Ground) -> anyhow::Result<Score> {
        let territories = self.territories(ground).await?;
        let own = match &self.earlier {
            Some(path) => Rehearsal::redrawn(ground, locate::boundaries(Some(path))?, territories, self.seed).await?,
            None => Rehearsal::furnished(ground, territories, self.seed).await?,
        };
        let score = own.play(convert::identity).await;
        own.end().await?;
        score
    }

    /// Against a running server.
    async fn outside(&self, ground: &Ground, url: &str, keys: &str) -> anyhow::Result<Score> {
        let world = world(&self.territories(ground).await?);
        let mut given: HashMap<String, String> = keys
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(name, key)| (name.trim().to_owned(), key.trim().to_owned()))
            .collect();
        let mut own = |name: &str| given.remove(name).with_context(|| format!("--keys has no line {name}=…"));
        let (team, dashboard_key) = (own("team")?, own("dashboard")?);
        let doors = Doors {
            base_url: url.to_owned(),
            report_keys: ReportKeys { team },
            office_keys: given,
            dashboard_key,
            papers: BTreeMap::new(),
        };
        replay(self.seed, &world, &doors, Hands { time: Time::Wall, tick: None, carry: None, redraw: None }).await
    }
}
