//! `ioc bench intake`: durable reports a second over HTTP, beside the same rows written one commit per report behind the
//! same front, in the same run.

use std::{
    net::SocketAddr,
    process::{Command, ExitCode},
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use clap::Args;
use serde::Serialize;
use serde_json::json;

use super::{
    load::{Figures, Met, Requests, closed},
    stand::{Stand, memory_mb, seconds},
};
use crate::{
    app::App,
    config::Common,
    domain::{category::Level, clock::Entropy},
};

/// Send reports without photos, and count what is on disk when the answer leaves.
#[derive(Debug, Args)]
pub struct Intake {
    /// Connections of the measured rounds.
    #[arg(long, default_value_t = 64)]
    clients: usize,
    /// Connections that are tried first, each way.
    #[arg(long, value_delimiter = ',', default_value = "1,4,16,32,64,128")]
    sweep: Vec<usize>,
    /// Rounds, each way in turn.
    #[arg(long, default_value_t = 4)]
    rounds: usize,
    /// Seconds of one round.
    #[arg(long, default_value = "5", value_parser = seconds)]
    seconds: Duration,
    /// For machines.
    #[arg(long)]
    json: bool,
}

/// One way of writing.
#[derive(Debug, Serialize)]
struct Way {
    clients: usize,
    figures: Figures,
    sweep: Vec<(usize, Figures)>,
}

#[derive(Debug, Serialize)]
struct Measured {
    engine: &'static str,
    rounds: usize,
    seconds: u64,
    together: Way,
    one_by_one: Way,
    /// Answers a second together, over those one by one at their best number of clients.
    ratio: f64,
    reports_per_commit: f64,
    /// Commits of one small row a second, at the best number of clients.
    pgbench_per_s: Option<f64>,
    resident_mb: Option<f64>,
    most_resident_mb: Option<f64>,
}

/// A front with the store behind it.
struct Front {
    app: App,
    address: SocketAddr,
}

impl Intake {
    pub(super) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let mut stand = Stand::furnished(common).await?;
        let requests = reports(&stand).await?;
        let (ours, theirs) = (stand.app(false).await?, stand.app(true).await?);
        let ours = Front { address: stand.open(ours.clone()).await?, app: ours };
        let theirs = Front { address: stand.open(theirs.clone()).await?, app: theirs };
        let measured = self.measure(common, [&ours, &theirs], requests).await?;
        stand.end().await?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&json!(measured))?);
        } else {
            print(&measured);
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn measure(&self, common: &Common, fronts: [&Front; 2], requests: Requests) -> anyhow::Result<Measured> {
        let [ours, theirs] = fronts;
        let next = Arc::new(AtomicU64::new(0));
        let load = async |front: &Front, clients: usize, span: Duration| {
            // What the round before left to be sealed is none of this one's.
            front.app.tick().await.map_err(anyhow::Error::msg)?;
            closed(front.address, clients, span, Arc::clone(&requests), Arc::clone(&next)).await
        };
        load(ours, self.clients, Duration::from_secs(1)).await?;
        let mut sweeps = [vec![], vec![]];
        for clients in &self.sweep {
            for (front, sweep) in fronts.iter().zip(&mut sweeps) {
                sweep.push((*clients, load(front, *clients, self.seconds / 2).await?.figures()));
            }
        }
        let [our_sweep, their_sweep] = sweeps;
        let best = their_sweep.iter().max_by(|(_, one), (_, other)| one.per_s.total_cmp(&other.per_s));
        let best = best.map_or(self.clients, |(clients, _)| *clients);
        let (mut our_met, mut their_met, before) =
            (Met::default(), Met::default(), ours.app.flow.store.submit_commits());
        for _ in 0..self.rounds {
            their_met.add(load(theirs, best, self.seconds).await?);
            our_met.add(load(ours, self.clients, self.seconds).await?);
        }
        let commits = ours.app.flow.store.submit_commits() - before;
        let (our_figures, their_figures) = (our_met.figures(), their_met.figures());
        let [resident_mb, most_resident_mb] = memory_mb();
        Ok(Measured {
            engine: ours.app.flow.store.engine(),
            rounds: self.rounds,
            seconds: self.seconds.as_secs(),
            ratio: rounded(our_figures.per_s / their_figures.per_s),
            reports_per_commit: rounded(per(our_figures.answers, commits)),
            together: Way { clients: self.clients, figures: our_figures, sweep: our_sweep },
            one_by_one: Way { clients: best, figures: their_figures, sweep: their_sweep },
            pgbench_per_s: pgbench(common, best, self.seconds),
            resident_mb,
            most_resident_mb,
        })
    }
}

fn rounded(ratio: f64) -> f64 {
    (ratio * 100.0).round() / 100.0
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn per(answers: usize, commits: u64) -> f64 {
    answers as f64 / commits as f64
}

/// Reports as phones send them: each with a key of its own, a contact, somewhere in the province, about anything.
async fn reports(stand: &Stand) -> anyhow::Result<Requests> {
    let book = stand.ground.rules().await?;
    let kept = book.categories.iter().filter(|category| category.level != Level::Elsewhere && !category.retired);
    let categories: Vec<String> = kept.map(|category| category.code.to_string()).collect();
    let chance = Entropy::seeded(1);
    let between = |low: f64, high: f64| low + (high - low) * f64::from(u16::from_be_bytes(chance.bytes())) / 65_536.0;
    let bodies: Vec<String> = (0..4096)
        .map(|nth: usize| {
            let report = json!({
                "category": categories[nth % categories.len()],
                "description": format!("Đoạn đường qua bản bị sạt lở, đất đá tràn xuống mặt đường, xe máy không đi được ({nth})"),
                "position": { "lon": between(102.5, 103.4), "lat": between(21.2, 22.2), "accuracy_m": between(5.0, 40.0) },
                "contact": { "name": "Vàng A Sùng", "phone": "0912 345 678" },
            });
            report.to_string()
        })
        .collect();
    Ok(Arc::new(move |nth| {
        let body = &bodies[usize::try_from(nth).unwrap_or_default() % bodies.len()];
        let length = body.len();
        format!(
            "POST /api/v1/reports HTTP/1.1\r\nhost: ioc\r\ncontent-type: application/json\r\n\
             idempotency-key: bench-{nth}\r\nx-device-key: phone-{}\r\ncontent-length: {length}\r\n\r\n{body}",
            nth % 10_000
        )
        .into_bytes()
    }))
}

/// What PostgreSQL's own measure says of one row a commit on the server of the command line; None where there is none.
fn pgbench(common: &Common, clients: usize, span: Duration) -> Option<f64> {
    let url = common.database_url.starts_with("postgres").then_some(&common.database_url)?;
    let table = "create table if not exists ioc_bench_row (id bigserial primary key, at timestamptz, words text)";
    let row = "insert into ioc_bench_row (at, words) values (now(), repeat('x', 300));\n";
    let script = tempfile::NamedTempFile::new().ok()?;
    std::fs::write(script.path(), row).ok()?;
    let psql = |statement: &str| Command::new("psql").args([url, "-qc", statement]).output().ok();
    psql(table)?;
    let (clients, seconds) = (clients.to_string(), span.as_secs().max(1).to_string());
    let mut command = Command::new("pgbench");
    command.args(["-n", "-M", "prepared", "-c", &clients, "-j", "2", "-T", &seconds, "-f"]).arg(script.path()).arg(url);
    let output = command.output().ok()?;
    psql("drop table ioc_bench_row")?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.lines().find_map(|line| line.strip_prefix("tps = ")?.split_whitespace().next()?.parse().ok())
}

fn print(measured: &Measured) {
    let row = |name: &str, clients: usize, figures: &Figures| {
        let Figures { per_s, p50_ms, p90_ms, p99_ms, max_ms, failed, .. } = figures;
        println!(
            "{name} {clients:>4} clients {per_s:>7} /s   p50 {p50_ms:.1}  p90 {p90_ms:.1}  p99 {p99_ms:.1}  max {max_ms:.1} ms   {failed} failed"
        );
    };
    println!("{}: reports on disk a second, over HTTP", measured.engine);
    for (name, way) in [("together  ", &measured.together), ("one by one", &measured.one_by_one)] {
        row(name, way.clients, &way.figures);
        way.sweep.iter().for_each(|(clients, figures)| row("    tried ", *clients, figures));
    }
    println!("ratio {}, {} reports per commit", measured.ratio, measured.reports_per_commit);
    if let Some(rate) = measured.pgbench_per_s {
        println!("pgbench, one small row a commit: {rate:.0} /s");
    }
    if let (Some(now), Some(most)) = (measured.resident_mb, measured.most_resident_mb) {
        println!("memory {now} MB, at most {most} MB, callers included");
    }
}
