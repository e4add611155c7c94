//! `ioc bench activation`: many open tickets follow a re-drawn map while reports come in.
//!
//! The server is the real one, a process of its own, and so is the command that puts the new map into force; this one
//! sends the reports and afterwards counts every ticket in every queue.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use clap::Args;
use futures::{StreamExt, TryStreamExt, stream::iter};
use geo::{BoundingRect, Contains, Point};
use serde::Serialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{
    super::{boundaries::diff::mapping, ground},
    stream::{Answer, stream},
};
use crate::{
    app::Ground,
    config::Common,
    domain::{
        category::Level,
        clock::{Day, Entropy},
        ids::{GenerationId, OfficeId},
    },
    flow::{
        Caller,
        boundaries::Territory,
        submit::{self, Parcel},
    },
};

/// The map before is in force from here on.
const BEFORE: Day = Day(18_262);
/// Reports that are made at the same time.
const AT_ONCE: usize = 256;
/// So long reports come in before the map changes, and after all have followed.
const CALM: Duration = Duration::from_secs(5);
/// Between two looks for tickets that have not followed yet.
const LOOK: Duration = Duration::from_millis(100);
/// Bodies that the load sends by turns.
const BODIES: usize = 1_000;

/// Re-draw the map under open tickets while reports come in.
#[derive(Debug, Args)]
pub struct Activation {
    /// The map in force before: a file or folder.
    #[arg(long)]
    before: PathBuf,
    /// The map that is put into force.
    #[arg(long)]
    after: PathBuf,
    /// Who follows whom: CSV with the columns `old_code,new_code`.
    #[arg(long)]
    mapping: Option<PathBuf>,
    /// Open tickets.
    #[arg(long, default_value_t = 200_000)]
    tickets: usize,
    /// Reports a second meanwhile.
    #[arg(long, default_value_t = 200)]
    rate: u32,
    /// Where the positions come from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// For machines.
    #[arg(long)]
    json: bool,
}

/// How long reports waited for their answers, milliseconds.
#[derive(Debug, Serialize)]
struct Waits {
    reports: usize,
    p50_ms: f64,
    p99_ms: f64,
    longest_ms: f64,
}

/// What was measured and counted.
#[derive(Debug, Serialize)]
struct Measured {
    engine: &'static str,
    tickets: usize,
    made_s: f64,
    activate_s: f64,
    followed_s: f64,
    calm: Waits,
    following: Waits,
    all: Waits,
    refused: usize,
    lost: usize,
    in_two_queues: usize,
    on_the_old_map: usize,
    figures_off: usize,
    offices_before: usize,
    offices_after: usize,
}

impl Activation {
    pub(super) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let ground = ground(common).await?;
        ensure!(
            ground.generations().await?.is_empty(),
            "the database must be empty: name another one with --database-url"
        );
        let (before, after): (GenerationId, GenerationId) = ("before".parse()?, "after".parse()?);
        ground.import_boundaries(&self.before, before.clone()).await?;
        ground.import_boundaries(&self.after, after.clone()).await?;
        let _readable = self.mapping.as_deref().map(mapping).transpose()?;
        ground.activate(&before, Some(BEFORE.start())).await?;
        let offices_before = ground.offices().await?;
        let bodies = bodies(&ground, self.seed).await?;

        let start = Instant::now();
        let mut ids = self.make(&ground, common, &bodies).await?;
        let made_s = start.elapsed().as_secs_f64();

        let server = Server::start(common)?;
        let stop = CancellationToken::new();
        let some = bodies.into_iter().take(BODIES).collect();
        let (url, rate, token) = (server.url.clone(), self.rate, stop.clone());
        let sending = tokio::spawn(async move { stream(&url, some, rate, token).await });
        tokio::time::sleep(CALM).await;

        let decided = Instant::now();
        self.activate(common)?;
        let in_force = Instant::now();
        while !ground.store.open_on_map(&ground.center, &before, None, 1).await?.is_empty() {
            tokio::time::sleep(LOOK).await;
        }
        let followed = Instant::now();
        tokio::time::sleep(CALM).await;
        stop.cancel();
        let answers = sending.await??;
        drop(server);

        let refused: Vec<&String> = answers.iter().filter_map(|answer| answer.told.as_ref().err()).collect();
        if let Some(first) = refused.first() {
            tracing::warn!(%first, "a report was refused");
        }
        ids.extend(answers.iter().filter_map(|answer| answer.told.clone().ok()));
        let offices_after = ground.offices().await?;
        let all = offices_before.offices.iter().chain(&offices_after.offices).map(|office| office.id.clone());
        let queued = queued(&ground, all.collect()).await?;
        let waits =
            |from: Instant, to: Instant| waits(answers.iter().filter(|answer| answer.at >= from && answer.at < to));
        let measured = Measured {
            engine: ground.store.engine(),
            tickets: self.tickets,
            made_s,
            activate_s: (in_force - decided).as_secs_f64(),
            followed_s: (followed - in_force).as_secs_f64(),
            calm: waits(start, decided),
            following: waits(in_force, followed),
            all: waits(start, Instant::now()),
            refused: refused.len(),
            lost: ids.iter().filter(|id| !queued.contains_key(*id)).count(),
            in_two_queues: queued.values().filter(|(times, _)| *times > 1).count(),
            on_the_old_map: queued.values().filter(|(_, map)| *map != after).count(),
            figures_off: ground.store.audit_tallies(&ground.center).await?.len(),
            offices_before: offices_before.offices.len(),
            offices_after: offices_after.offices.len(),
        };
        self.tell(&measured)?;
        let wrong =
            measured.refused + measured.lost + measured.in_two_queues + measured.on_the_old_map + measured.figures_off;
        Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// The open tickets, by the way that every report goes; their ids.
    async fn make(&self, ground: &Ground, common: &Common, bodies: &[Value]) -> anyhow::Result<BTreeSet<String>> {
        let secret = common.secret_key.as_ref().map(|secret| secret.reveal().to_owned());
        let app = ground.clone().app(&common.data_folder(), secret.as_deref()).await?;
        let reports = bodies.iter().cycle().take(self.tickets).map(|body| {
            let (flow, body) = (app.flow.clone(), body.clone());
            async move {
                let parcel = Parcel { body, photos: vec![], idempotency_key: None, device: None };
                match submit::submit(&flow, parcel, &Caller::Anyone).await {
                    Ok(submit::Taken::New(receipt) | submit::Taken::Again(receipt)) => Ok(receipt.id.to_string()),
                    Err(why) => bail!("a ticket could not be made: {why:?}"),
                }
            }
        });
        iter(reports).buffer_unordered(AT_ONCE).try_collect().await
    }

    fn activate(&self, common: &Common) -> anyhow::Result<()> {
        let mut command = command(common, &["boundaries", "activate", "after"])?;
        if let Some(mapping) = &self.mapping {
            command.arg("--mapping").arg(mapping);
        }
        let done = command.stdout(Stdio::null()).status()?;
        ensure!(done.success(), "the map could not be put into force");
        Ok(())
    }

    fn tell(&self, measured: &Measured) -> anyhow::Result<()> {
        if self.json {
            println!("{}", serde_json::to_string_pretty(measured)?);
            return Ok(());
        }
        println!("{}: {} open tickets made in {:.0} s", measured.engine, measured.tickets, measured.made_s);
        println!(
            "the map was put into force in {:.1} s, and all tickets had followed {:.1} s later",
            measured.activate_s, measured.followed_s
        );
        for (when, waits) in [("before", &measured.calm), ("meanwhile", &measured.following), ("in all", &measured.all)]
        {
            let Waits { reports, p50_ms, p99_ms, longest_ms } = waits;
            println!(
                "{when}: {reports} reports, half within {p50_ms:.0} ms, 99 % within {p99_ms:.0} ms, the longest {longest_ms:.0} ms"
            );
        }
        println!(
            "refused {}, lost {}, in two queues {}, on the old map {}, figures off {}",
            measured.refused, measured.lost, measured.in_two_queues, measured.on_the_old_map, measured.figures_off
        );
        Ok(())
    }
}

/// Reports about every matter of the communes, at random places of the map.
async fn bodies(ground: &Ground, seed: u64) -> anyhow::Result<Vec<Value>> {
    let entropy = Entropy::seeded(seed);
    let chance = || {
        let bits = u32::from_le_bytes(entropy.bytes::<4>());
        f64::from(bits) / f64::from(u32::MAX)
    };
    let (territories, rules) = (ground.territories().await?, ground.rules().await?);
    let categories = rules.categories.iter().filter(|category| category.level == Level::Commune && !category.retired);
    let categories: Vec<&str> = categories.map(|category| category.code.as_str()).collect();
    let mut bodies = Vec::with_capacity(20 * territories.len());
    for (nth, territory) in territories.iter().cycle().take(20 * territories.len()).enumerate() {
        let at = somewhere(territory, &chance).context("a commune without ground")?;
        bodies.push(json!({
            "category": categories[nth * 7 % categories.len()],
            "description": "Đường hỏng",
            "position": {"lon": at.x(), "lat": at.y(), "accuracy_m": 5.0 + 30.0 * chance()},
        }));
    }
    // So that reports that follow one another are not about the same commune.
    bodies.sort_by_key(|body| body["position"]["accuracy_m"].to_string());
    Ok(bodies)
}

fn somewhere(territory: &Territory, chance: &impl Fn() -> f64) -> Option<Point> {
    let bounds = territory.shape.bounding_rect()?;
    let drawn = std::iter::repeat_with(|| {
        Point::new(bounds.min().x + bounds.width() * chance(), bounds.min().y + bounds.height() * chance())
    });
    drawn.take(10_000).find(|at| territory.shape.contains(at))
}

/// How often each open ticket stands in a queue, and on which map.
async fn queued(
    ground: &Ground,
    offices: BTreeSet<OfficeId>,
) -> anyhow::Result<BTreeMap<String, (usize, GenerationId)>> {
    let mut found = BTreeMap::new();
    for office in &offices {
        for ticket in ground.open_tickets(office).await? {
            let known = found.entry(ticket.id.to_string()).or_insert((0, ticket.generation));
            known.0 += 1;
        }
    }
    Ok(found)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a place in a list"
)]
fn waits<'a>(answers: impl Iterator<Item = &'a Answer>) -> Waits {
    let mut took: Vec<f64> = answers.map(|answer| answer.took.as_secs_f64() * 1e3).collect();
    took.sort_by(f64::total_cmp);
    let at = |share: f64| took.get(((took.len() as f64 * share) as usize).min(took.len().saturating_sub(1))).copied();
    let at = |share| at(share).unwrap_or_default();
    Waits { reports: took.len(), p50_ms: at(0.5), p99_ms: at(0.99), longest_ms: at(1.0) }
}

/// The program itself over the same database.
fn command(common: &Common, arguments: &[&str]) -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(arguments)
        .env("IOC_DATABASE_URL", &common.database_url)
        .env("IOC_DATA_DIR", common.data_folder())
        .env("IOC_CENTER", common.center.as_str())
        .stdin(Stdio::null());
    Ok(command)
}

/// A server that ends with this.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(common: &Common) -> anyhow::Result<Self> {
        let mut command = command(
            common,
            &["serve", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--allow-approximate"],
        )?;
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take().context("standard output is piped")?;
        let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
        let url = lines.find_map(|line| line.strip_prefix("listening on ").map(str::to_owned));
        Ok(Self { child, url: url.context("the server did not start")? })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
