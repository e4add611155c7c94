//! `ioc bench storm`: an hour of flood in short. Reports with photos over lines that break, people who ask how their
//! report is doing, then ten times as many at once; at the end everything that was promised is looked for through the
//! front door. `--attack` adds those who only want the server to wait.

mod attack;
mod citizen;
mod line;

use std::{
    collections::BTreeSet,
    io::Cursor,
    process::ExitCode,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::ensure;
use bytes::Bytes;
use clap::Args;
use image::{RgbImage, codecs::jpeg::JpegEncoder};
use serde::Serialize;

use self::{
    attack::{Attack, Repelled, attack},
    citizen::{Promise, Weather},
    line::{Line, Request},
};
use super::stand::{Stand, memory_mb};
use crate::{app::Ground, config::Common, domain::clock::Entropy};

/// Reports with photos over lines that break, beside people who poll; then a burst of ten times the rate.
#[derive(Debug, Args)]
pub struct Storm {
    /// How long the storm lasts.
    #[arg(long, default_value_t = 900)]
    seconds: u64,
    /// Reports a second.
    #[arg(long, default_value_t = 50)]
    rate: u64,
    /// Photos of each report.
    #[arg(long, default_value_t = 2)]
    photos: usize,
    /// Kilobytes of each photo, about.
    #[arg(long, default_value_t = 3_000)]
    photo_kb: usize,
    /// Megapixels of each photo; the citizen's page sends two.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=100))]
    megapixels: u32,
    /// Of a hundred connections so many are cut at a random byte.
    #[arg(long, default_value_t = 20)]
    cut: usize,
    /// Times a second that somebody asks for a report's state.
    #[arg(long, default_value_t = 2_000)]
    polls: u64,
    /// How long ten times the rate lasts.
    #[arg(long, default_value_t = 10)]
    burst_seconds: u64,
    /// Beside it: 5,000 half headers, 300 KB headers, 1 byte a second, bodies without end.
    #[arg(long)]
    attack: bool,
    /// Draws where lines break.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// For machines.
    #[arg(long)]
    json: bool,
}

/// Milliseconds.
#[derive(Debug, Clone, Copy, Default, Serialize)]
struct Times {
    count: usize,
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
}

impl Times {
    fn of(mut micros: Vec<u64>) -> Self {
        micros.sort_unstable();
        let at = |share: usize| {
            let place = (micros.len() * share / 100).min(micros.len().saturating_sub(1));
            micros.get(place).map_or(0.0, |micros| Duration::from_micros(*micros).as_secs_f64() * 1e3)
        };
        Self { count: micros.len(), p50_ms: at(50), p99_ms: at(99), max_ms: at(100) }
    }
}

#[derive(Debug, Serialize)]
struct Measured {
    engine: &'static str,
    rate: u64,
    seconds: u64,
    photos_each: usize,
    photo_bytes: usize,
    /// From the last byte of the request to the receipt, before any photo is on its way.
    receipt_without_photos: Times,
    /// Likewise, with photos on their way.
    receipt_with_photos: Times,
    /// Likewise, in the burst.
    receipt_in_burst: Times,
    poll: Times,
    polls_failed: usize,
    /// Until ten receipts in a row took less than 250 ms after the burst.
    recovered_after_s: f64,
    cut: usize,
    turned_away: usize,
    acknowledged: usize,
    lost: usize,
    doubled: usize,
    photos_taken: usize,
    photos_lost: usize,
    photos_still_waiting: usize,
    /// Of server and clients together: at the beginning, at the end of each tenth of the storm, after the burst.
    resident_mb: Vec<Option<f64>>,
    misanswered: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attack: Option<Repelled>,
}

/// Before the storm, without photos.
const CALM: u64 = 10;
/// Connections of those who poll.
const POLLERS: u64 = 32;
/// Reports on their way at a time; what comes beyond waits for its turn at home.
const OUTSTANDING: usize = 2_000;

impl Storm {
    pub(super) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let mut stand = Stand::furnished(common).await?;
        let app = stand.app(false).await?;
        let address = stand.open(app).await?;
        let own = stand.ground.clone();
        let weather = Arc::new(Weather {
            address,
            key: own.create_key("storm", &["report:write".into(), "admin".into()]).await?,
            photos: (0..3)
                .map(|nth| photo(self.photo_kb << 10, self.megapixels, nth))
                .collect::<anyhow::Result<_>>()?,
            cut_percent: self.cut.min(90),
            chance: Entropy::seeded(self.seed),
            promises: Mutex::default(),
            sending: AtomicUsize::new(0),
            cuts: AtomicUsize::new(0),
            turned_away: AtomicUsize::new(0),
            misanswered: Mutex::default(),
        });
        let measured = self.measure(&own, &weather).await;
        stand.end().await?;
        let measured = measured?;
        println!("{}", if self.json { serde_json::to_string_pretty(&measured)? } else { brief(&measured) });
        Ok(if measured.lost + measured.doubled + measured.photos_lost == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    async fn measure(&self, ground: &Ground, weather: &Arc<Weather>) -> anyhow::Result<Measured> {
        let mut resident_mb = vec![memory_mb()[0]];
        let mut sent = 0;
        sent += rain(weather, sent, self.rate, CALM, 0).await?;
        let calm = answered(weather, 0);
        let (before, polling) = (calm.len(), Arc::new(AtomicBool::new(true)));
        let pollers: Vec<_> =
            (0..POLLERS).map(|_| tokio::spawn(poll(Arc::clone(weather), Arc::clone(&polling), self.polls))).collect();
        let attacked = self.attack.then(|| tokio::spawn(attack(weather.address, ATTACK)));
        for _ in 0..10 {
            sent += rain(weather, sent, self.rate, self.seconds.div_ceil(10), self.photos).await?;
            resident_mb.push(memory_mb()[0]);
        }
        let storm = answered(weather, before);
        let until_burst = before + storm.len();
        sent += rain(weather, sent, self.rate * 10, self.burst_seconds, 0).await?;
        let burst = answered(weather, until_burst);
        let recovered_after_s = recovered(weather, &mut sent).await?;
        resident_mb.push(memory_mb()[0]);
        polling.store(false, Ordering::Relaxed);
        let (mut polls, mut polls_failed) = (vec![], 0);
        for poller in pollers {
            let (micros, failed) = poller.await?;
            polls.extend(micros);
            polls_failed += failed;
        }
        while weather.sending.load(Ordering::Relaxed) > 0 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let attack = match attacked {
            Some(attack) => Some(attack.await?),
            None => None,
        };
        let promises = weather.promises.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let found = look(weather, &promises).await?;
        let tickets = tickets(ground, weather).await?;
        let codes: BTreeSet<&str> = promises.iter().map(|promise| promise.code.as_str()).collect();
        let misanswered = weather.misanswered.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(Measured {
            engine: ground.store.engine(),
            rate: self.rate,
            seconds: self.seconds,
            photos_each: self.photos,
            photo_bytes: weather.photos[0].len(),
            receipt_without_photos: Times::of(calm),
            receipt_with_photos: Times::of(storm),
            receipt_in_burst: Times::of(burst),
            poll: Times::of(polls),
            polls_failed,
            recovered_after_s,
            cut: weather.cuts.load(Ordering::Relaxed),
            turned_away: weather.turned_away.load(Ordering::Relaxed),
            acknowledged: promises.len(),
            lost: codes.iter().filter(|code| !tickets.contains(&(**code).to_owned())).count() + found.lost,
            doubled: tickets.len().saturating_sub(codes.len()) + promises.len().saturating_sub(codes.len()),
            photos_taken: promises.iter().map(|promise| promise.photos).sum(),
            photos_lost: found.photos_lost,
            photos_still_waiting: found.waiting,
            resident_mb,
            misanswered: misanswered.into_iter().take(20).collect(),
            attack,
        })
    }
}

const ATTACK: Attack = Attack {
    half_headers: 5_000,
    long_headers: 100,
    slow_bodies: 500,
    endless_bodies: 50,
    patience: Duration::from_secs(90),
};

/// A photo of about so many bytes, with grain, as a camera at dusk makes it.
fn photo(bytes: usize, megapixels: u32, seed: u64) -> anyhow::Result<Bytes> {
    let chance = Entropy::seeded(seed);
    let grain: Vec<u8> = (0..4_096).flat_map(|_| chance.bytes::<16>()).collect();
    // Four to three.
    let unit = (megapixels * 1_000_000 / 12).isqrt();
    let (width, height) = (4 * unit, 3 * unit);
    let picture = RgbImage::from_fn(width, height, |x, y| {
        let place = usize::try_from((x * 7 + y * 4_001) % 65_536).unwrap_or_default();
        let light = u8::try_from((x * 100 / width + y * 100 / height) % 160).unwrap_or_default();
        let noise = grain[place] / 6;
        image::Rgb([light + noise, light / 2 + noise, 90 + noise])
    });
    for quality in [90, 80, 70, 60, 50, 35, 20, 10] {
        let mut file = Cursor::new(vec![]);
        JpegEncoder::new_with_quality(&mut file, quality).encode_image(&picture)?;
        if file.get_ref().len() <= bytes {
            // What is missing comes as a comment's worth of bytes behind the picture, which every decoder leaves alone.
            let mut file = file.into_inner();
            file.resize(bytes, 0);
            return Ok(file.into());
        }
    }
    anyhow::bail!("no photo of {megapixels} megapixels fits into {bytes} bytes")
}

/// So many reports a second, for so long; each goes its own way.
async fn rain(weather: &Arc<Weather>, first: usize, rate: u64, seconds: u64, photos: usize) -> anyhow::Result<usize> {
    let many = usize::try_from(rate * seconds)?;
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / u32::try_from(rate.max(1))?);
    for nth in first..first + many {
        ticks.tick().await;
        while weather.sending.load(Ordering::Relaxed) >= OUTSTANDING {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let weather = Arc::clone(weather);
        tokio::spawn(async move {
            if let Err(why) = weather.report(nth, photos).await {
                weather.misanswered.lock().unwrap_or_else(PoisonError::into_inner).push(why.to_string());
            }
        });
    }
    Ok(many)
}

/// How long receipts took, in microseconds, from that place on.
fn answered(weather: &Weather, from: usize) -> Vec<u64> {
    let promises = weather.promises.lock().unwrap_or_else(PoisonError::into_inner);
    let micros = |promise: &Promise| u64::try_from(promise.answered_in.as_micros()).unwrap_or(u64::MAX);
    promises.iter().skip(from).map(micros).collect()
}

/// Asks how reports are doing, over one connection, at its share of the rate.
async fn poll(weather: Arc<Weather>, going: Arc<AtomicBool>, rate: u64) -> (Vec<u64>, usize) {
    let (mut micros, mut failed, mut line) = (vec![], 0, None);
    let mut ticks = tokio::time::interval(Duration::from_secs(POLLERS) / u32::try_from(rate.max(1)).unwrap_or(1));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while going.load(Ordering::Relaxed) {
        ticks.tick().await;
        let asked = {
            let promises = weather.promises.lock().unwrap_or_else(PoisonError::into_inner);
            let place = usize::from_le_bytes(weather.chance.bytes()) % promises.len().max(1);
            promises.get(place).cloned()
        };
        let Some(Promise { code, secret, .. }) = asked else { continue };
        let request = Request::new("GET", &format!("/api/v1/reports/{code}"), &[("X-Report-Secret", &secret)], vec![]);
        let started = Instant::now();
        if line.is_none() {
            line = Line::open(weather.address, None).await.ok();
        }
        let Some(open) = line.as_mut() else { continue };
        match open.call(&request).await {
            Ok(answer) if answer.status == 200 => {
                micros.push(u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX));
            }
            Ok(_) => failed += 1,
            Err(_) => {
                failed += 1;
                line = None;
            }
        }
    }
    (micros, failed)
}

/// Seconds until ten receipts in a row took less than 250 ms.
async fn recovered(weather: &Arc<Weather>, sent: &mut usize) -> anyhow::Result<f64> {
    let started = Instant::now();
    let mut quick = 0;
    while quick < 10 {
        ensure!(started.elapsed() < Duration::from_mins(5), "the server does not recover");
        let asked = Instant::now();
        weather.report(*sent, 0).await?;
        *sent += 1;
        quick = if asked.elapsed() < Duration::from_millis(250) { quick + 1 } else { 0 };
    }
    Ok(started.elapsed().as_secs_f64())
}

#[derive(Default)]
struct Found {
    lost: usize,
    photos_lost: usize,
    waiting: usize,
}

/// Every receipt is looked for by its sender, with its photos.
async fn look(weather: &Weather, promises: &[Promise]) -> anyhow::Result<Found> {
    let mut found = Found::default();
    let mut line = Line::open(weather.address, None).await?;
    for Promise { code, secret, photos, .. } in promises {
        let request = Request::new("GET", &format!("/api/v1/reports/{code}"), &[("X-Report-Secret", secret)], vec![]);
        let answer = line.call(&request).await?;
        if answer.status != 200 {
            found.lost += 1;
            continue;
        }
        let seen = answer.json();
        let waiting = seen["photos_pending"].as_u64().and_then(|many| usize::try_from(many).ok()).unwrap_or_default();
        let joined = seen["photos"].as_array().map_or(0, Vec::len);
        found.photos_lost += photos.saturating_sub(waiting + joined);
        found.waiting += waiting;
    }
    Ok(found)
}

/// The numbers of all tickets in all queues, as often as they stand there.
async fn tickets(ground: &Ground, weather: &Weather) -> anyhow::Result<Vec<String>> {
    let bearer = format!("Bearer {}", weather.key);
    let mut line = Line::open(weather.address, None).await?;
    let mut codes = vec![];
    for office in ground.offices().await?.offices {
        let mut cursor = String::new();
        loop {
            let path = format!("/api/v1/offices/{}/tickets?status=all&limit=100{cursor}", office.id);
            let page = line.call(&Request::new("GET", &path, &[("Authorization", &bearer)], vec![])).await?.json();
            let items = page["items"].as_array().into_iter().flatten();
            codes.extend(items.filter_map(|item| item["code"].as_str()).map(str::to_owned));
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
    }
    Ok(codes)
}

fn brief(measured: &Measured) -> String {
    let times = |times: Times| format!("p50 {:.0} ms, p99 {:.0} ms ({})", times.p50_ms, times.p99_ms, times.count);
    format!(
        "receipts without photos: {}\nreceipts with photos on their way: {}\nreceipts in the burst: {}\npolls: {}, {} \
         failed\nrecovered after {:.1} s\n{} acknowledged, lost {}, doubled {}; {} photos taken, lost {}, {} wait\n\
         resident MB: {:?}",
        times(measured.receipt_without_photos),
        times(measured.receipt_with_photos),
        times(measured.receipt_in_burst),
        times(measured.poll),
        measured.polls_failed,
        measured.recovered_after_s,
        measured.acknowledged,
        measured.lost,
        measured.doubled,
        measured.photos_taken,
        measured.photos_lost,
        measured.photos_still_waiting,
        measured.resident_mb,
    )
}
