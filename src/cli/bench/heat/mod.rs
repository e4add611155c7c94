//! `ioc bench heat`: figures, maps and tiles over a long history, beside counting the tickets themselves.

mod ask;
mod past;

use std::{
    collections::BTreeMap,
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use axum::{Router, body::Body, http::Request};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use self::{
    ask::{Asking, Kind},
    past::Past,
};
use crate::{
    app::Ground,
    config::Common,
    domain::clock::{Clock, DAY, Entropy, Timestamp},
    http::{live::Live, router},
};

/// Ask for figures, heatmaps and tiles of any year of a long history, side by side with counting the tickets.
#[derive(Debug, Args)]
pub struct Heat {
    /// Tickets of the history.
    #[arg(long, default_value_t = 10_000_000)]
    tickets: u64,
    /// Questions of each kind.
    #[arg(long, default_value_t = 300)]
    questions: u32,
    /// Draws another history.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Seconds between writing and asking, in which the disk and the database finish what the writing left to do.
    #[arg(long, default_value_t = 0)]
    rest: u64,
    /// For machines.
    #[arg(long)]
    json: bool,
}

/// The history ends here: the end of July 2026.
const NOW: Timestamp = Timestamp(1_785_517_200_000_000);
/// And has so many days.
const DAYS: i64 = 3 * 365;
/// Tickets written in one transaction.
const AT_ONCE: usize = 20_000;
/// Tickets counted at once: of a history of ten millions about a month, whose rows are then written once.
const COUNTED_AT_ONCE: usize = 15 * AT_ONCE;
/// How often the tickets themselves are counted.
const PLAINLY: usize = 3;

/// What was measured, milliseconds.
#[derive(Debug, Serialize)]
struct Measured {
    engine: &'static str,
    tickets: u64,
    history_s: f64,
    counting_s: f64,
    kinds: BTreeMap<&'static str, Times>,
    plain_group_by_ms: f64,
    /// How many times slower counting the tickets is than the heatmap by commune with the same figures (medians).
    times_faster: f64,
}

#[derive(Debug, Serialize)]
struct Times {
    p50_ms: f64,
    p99_ms: f64,
    worst_ms: f64,
    bytes: usize,
}

impl Heat {
    pub(super) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let beside = super::super::ground(common).await?;
        let scratch = beside.scratch().await?;
        let measured = self.measure(Ground { store: scratch.store.clone(), ..beside }, scratch.folder()).await;
        scratch.end().await?;
        let measured = measured?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&measured)?);
        } else {
            print(&measured);
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn measure(&self, ground: Ground, folder: &std::path::Path) -> anyhow::Result<Measured> {
        let (clock, entropy) = (Clock::manual(NOW.plus(-DAYS * DAY)), Entropy::seeded(self.seed));
        let ground = ground.by_hand(clock.clone(), entropy.clone());
        let map = ground.import_approximate().await?;
        ground.activate(&map.generation.id, None).await?;
        ground.furnish().await?;
        clock.set(NOW);
        let app = ground.clone().app(folder, None).await?;
        let key = ground.create_key("bench", &["dashboard:read".to_owned()]).await?;

        let mut past = Past::over(&app.flow.centre(), entropy.clone(), NOW, DAYS, self.tickets)?;
        let bar = bar(self.tickets, "history");
        let (mut history_s, mut counting_s) = (0.0, 0.0);
        let mut left = self.tickets;
        while left > 0 {
            let count = usize::try_from(left).unwrap_or(usize::MAX).min(COUNTED_AT_ONCE);
            let drawn = past.draw(count);
            let started = Instant::now();
            for some in drawn.chunks(AT_ONCE) {
                ground.store.insert_history(some).await?;
                bar.inc(some.len() as u64);
            }
            history_s += started.elapsed().as_secs_f64();
            let started = Instant::now();
            ground.store.insert_figures(&drawn).await?;
            counting_s += started.elapsed().as_secs_f64();
            left -= count as u64;
        }
        bar.finish_and_clear();
        tokio::time::sleep(Duration::from_secs(self.rest)).await;

        let door = router::router(app.clone(), Live::new(app.clone(), CancellationToken::new()));
        let mut asking = Asking::new(&app.flow.centre(), entropy, NOW, DAYS);
        let mut kinds = BTreeMap::new();
        for kind in Kind::ALL {
            let mut times = Vec::new();
            let mut bytes = 0;
            for nth in 0..=self.questions {
                let (ms, length) = timed(&door, &key, &asking.question(kind)).await?;
                // The first question of a kind finds nothing prepared: it is asked, and not counted.
                if nth > 0 {
                    times.push(ms);
                    bytes = bytes.max(length);
                }
            }
            times.sort_by(f64::total_cmp);
            kinds.insert(
                kind.word(),
                Times { p50_ms: at(&times, 0.5), p99_ms: at(&times, 0.99), worst_ms: at(&times, 1.0), bytes },
            );
        }

        let mut plainly = vec![];
        for _ in 0..PLAINLY {
            let (from, to) = asking.year();
            let started = Instant::now();
            ground.store.count_plainly(&ground.center, from.start(), to.next().start()).await?;
            plainly.push(started.elapsed().as_secs_f64() * 1_000.0);
        }
        plainly.sort_by(f64::total_cmp);
        let plain_group_by_ms = at(&plainly, 0.5);
        let heatmap = kinds.get(Kind::Communes.word()).context("asked above")?.p50_ms;
        Ok(Measured {
            engine: ground.store.engine(),
            tickets: self.tickets,
            history_s,
            counting_s,
            kinds,
            plain_group_by_ms,
            times_faster: plain_group_by_ms / heatmap,
        })
    }
}

/// Milliseconds until the whole answer is there, and its bytes.
async fn timed(door: &Router, key: &str, path: &str) -> anyhow::Result<(f64, usize)> {
    let request = Request::get(path).header("authorization", format!("Bearer {key}")).body(Body::empty())?;
    let started = Instant::now();
    let answer = door.clone().oneshot(request).await?;
    let status = answer.status();
    let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await?;
    let ms = started.elapsed().as_secs_f64() * 1_000.0;
    ensure!(status.is_success(), "{path} was answered {status}: {}", String::from_utf8_lossy(&body));
    Ok((ms, body.len()))
}

/// The value below which that share of a sorted list lies.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "lists of some hundred"
)]
fn at(sorted: &[f64], share: f64) -> f64 {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

fn bar(length: u64, what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {bar:40} {human_pos}/{human_len} {eta}");
    let bar = ProgressBar::new(length).with_message(what);
    if let Ok(style) = style { bar.with_style(style) } else { bar }
}

fn print(measured: &Measured) {
    let Measured { engine, tickets, history_s, counting_s, .. } = measured;
    println!("{engine}, {tickets} tickets: written in {history_s:.0} s, counted in {counting_s:.0} s");
    println!("milliseconds for the whole answer: median / p99 / worst");
    for (kind, times) in &measured.kinds {
        println!("{kind}: {:.1} / {:.1} / {:.1} ({} bytes)", times.p50_ms, times.p99_ms, times.worst_ms, times.bytes);
    }
    let (plain, faster) = (measured.plain_group_by_ms, measured.times_faster);
    println!("counting the tickets: {plain:.0} ms, {faster:.0} times the heatmap by commune");
}
