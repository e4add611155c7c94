//! `ioc replay day`: plays one storm day against the product through its front door, and scores it.

use std::{collections::HashMap, fs, path::PathBuf, process::ExitCode};

use anyhow::{Context, ensure};
use clap::{Args, Subcommand};
use tokio::net::TcpListener;

use super::{
    ground,
    replay::{Doors, Ground as Land, Hands, ReportKeys, Score, Time, World, replay},
};
use crate::{
    app::{App, Ground},
    config::Common,
    domain::clock::{Clock, Day, Entropy},
    flow::boundaries,
    http,
};

/// The scratch map is in force from here on: well before the storm day.
const BEFORE: Day = Day(20_270);

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
            Some(path) => Ok(boundaries::check(path)?.0.territories),
            None => Ok(ground.territories().await?),
        }
    }

    /// Against a product of its own, on a scratch database whose time the day moves.
    async fn beside(&self, ground: &Ground) -> anyhow::Result<Score> {
        let territories = self.territories(ground).await?;
        let world = world(&territories);
        let scratch = ground.scratch().await?;
        let clock = Clock::manual(BEFORE.start());
        let own = Ground { store: scratch.store.clone(), ..ground.clone() }
            .by_hand(clock.clone(), Entropy::seeded(self.seed));
        let id = "replayed".parse().context("a slug")?;
        own.keep(territories, id).await?;
        own.activate(&"replayed".parse().context("a slug")?, None).await?;
        own.furnish().await?;
        let app = own.clone().app(scratch.folder(), None).await?;
        let score = play(self.seed, &world, &own, app, clock).await;
        scratch.end().await?;
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
        let doors =
            Doors { base_url: url.to_owned(), report_keys: ReportKeys { team }, office_keys: given, dashboard_key };
        replay(self.seed, &world, &doors, Hands { time: Time::Wall, tick: None }).await
    }
}

fn world(territories: &boundaries::Territories) -> World {
    let land = |territory: &boundaries::Territory| Land {
        code: territory.commune.code.to_string(),
        name: territory.commune.name.vi.clone(),
        shape: territory.shape.clone(),
    };
    World { boundaries: territories.iter().map(land).collect() }
}

/// Answers on a free port while the day is played, with the clock in the day's hand.
async fn play(seed: u64, world: &World, ground: &Ground, app: App, clock: Clock) -> anyhow::Result<Score> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let mut office_keys = HashMap::new();
    for office in ground.offices().await?.offices {
        let key = ground.create_key("replay", &[format!("office:{}", office.id)]).await?;
        office_keys.insert(office.id.to_string(), key);
    }
    let team = ground.create_key("team", &["report:write".into(), "report:behalf".into()]).await?;
    let dashboard_key = ground.create_key("dashboard", &["dashboard:read".into()]).await?;
    let doors = Doors {
        base_url: format!("http://{}", listener.local_addr()?),
        report_keys: ReportKeys { team },
        office_keys,
        dashboard_key,
    };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = app.clone();
    let server = tokio::spawn(http::serve(running, listener, async move { drop(stopped.await) }));
    let tick = || -> futures::future::BoxFuture<'_, ()> {
        Box::pin(async {
            if let Err(why) = app.tick().await {
                tracing::error!(%why, "what was due could not be done");
            }
        })
    };
    let score = replay(seed, world, &doors, Hands { time: Time::Manual(clock), tick: Some(Box::new(tick)) }).await;
    drop(stop);
    server.await??;
    let score = score?;
    ensure!(score.reports > 0, "the day had no report");
    Ok(score)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_scratch_map_is_in_force_a_year_before_the_storm() {
        assert_eq!(super::BEFORE.to_string(), "2025-07-01");
    }
}
