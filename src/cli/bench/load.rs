//! Callers over plain HTTP/1.1 that cost little themselves, since they share the machine with what they measure.

use std::{
    future::Future,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use serde::Serialize;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

/// The bytes of the nth request.
pub type Requests = Arc<dyn Fn(u64) -> Vec<u8> + Send + Sync>;

/// One connection that is kept open.
struct Caller {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Caller {
    async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, read: Vec::with_capacity(64 << 10) })
    }

    /// Sends and reads the whole answer; its status.
    async fn call(&mut self, request: &[u8]) -> anyhow::Result<u16> {
        self.stream.write_all(request).await?;
        self.read.clear();
        let (mut whole, mut looked) = (None, 0);
        while whole.is_none_or(|whole| self.read.len() < whole) {
            if self.stream.read_buf(&mut self.read).await? == 0 {
                bail!("the server hung up");
            }
            if whole.is_none() {
                let end = self.read[looked..].windows(4).position(|four| four == b"\r\n\r\n");
                whole = end.map(|end| looked + end + 4 + content_length(&self.read[..looked + end]));
                looked = self.read.len().saturating_sub(3);
            }
        }
        let status = self.read.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok());
        status.and_then(|digits| digits.parse().ok()).context("no HTTP status")
    }
}

fn content_length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    let length = lines.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    length.and_then(|(_, value)| value.parse().ok()).unwrap_or_default()
}

/// What callers met.
#[derive(Debug, Default)]
pub struct Met {
    micros: Vec<u64>,
    failed: usize,
    span: Duration,
}

impl Met {
    fn note(&mut self, since: Instant, status: &anyhow::Result<u16>) {
        match status {
            Ok(200 | 201) => self.micros.push(u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)),
            _ => self.failed += 1,
        }
    }

    /// Adds another span.
    pub fn add(&mut self, other: Self) {
        self.micros.extend(other.micros);
        self.failed += other.failed;
        self.span += other.span;
    }

    /// Summed up.
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    pub fn figures(&self) -> Figures {
        let mut sorted = self.micros.clone();
        sorted.sort_unstable();
        let at = |share: usize| {
            let place = (sorted.len() * share).div_ceil(1000).saturating_sub(1);
            sorted.get(place).map_or(0.0, |micros| *micros as f64 / 1000.0)
        };
        let per_s = sorted.len() as f64 / self.span.as_secs_f64().max(f64::MIN_POSITIVE);
        Figures {
            answers: sorted.len(),
            failed: self.failed,
            per_s: per_s.round(),
            p50_ms: at(500),
            p90_ms: at(900),
            p99_ms: at(990),
            max_ms: at(1000),
        }
    }
}

/// Answers a second and how long they took.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Figures {
    /// With 200 or 201.
    pub answers: usize,
    /// Anything else.
    pub failed: usize,
    /// Answers a second.
    pub per_s: f64,
    /// Half were answered within.
    pub p50_ms: f64,
    /// Nine in ten.
    pub p90_ms: f64,
    /// 99 in a hundred.
    pub p99_ms: f64,
    /// All.
    pub max_ms: f64,
}

/// Each of `clients` sends its next request when its last is answered, for `span`.
pub async fn closed(
    address: SocketAddr,
    clients: usize,
    span: Duration,
    requests: Requests,
    next: Arc<AtomicU64>,
) -> anyhow::Result<Met> {
    let started = Instant::now();
    gather(clients, started, |_| {
        let (requests, next) = (Arc::clone(&requests), Arc::clone(&next));
        async move {
            let mut caller = Caller::open(address).await?;
            let mut met = Met::default();
            while started.elapsed() < span {
                let request = requests(next.fetch_add(1, Ordering::Relaxed));
                let since = Instant::now();
                let status = caller.call(&request).await;
                met.note(since, &status);
                if status.is_err() {
                    caller = Caller::open(address).await?;
                }
            }
            Ok(met)
        }
    })
    .await
}

/// `rate` requests a second for `span` over `clients` connections, each counted from when it was due even where the one
/// before it was late.
pub async fn paced(
    address: SocketAddr,
    clients: u32,
    rate: u32,
    span: Duration,
    requests: Requests,
) -> anyhow::Result<Met> {
    let started = Instant::now();
    let all = rate * u32::try_from(span.as_secs()).unwrap_or(u32::MAX);
    gather(clients as usize, started, |client| {
        let requests = Arc::clone(&requests);
        async move {
            let mut caller = Caller::open(address).await?;
            let mut met = Met::default();
            for nth in (u32::try_from(client).unwrap_or_default()..all).step_by(clients as usize) {
                let mut due = started + Duration::from_secs(1) * nth / rate;
                if due > Instant::now() {
                    // The timer wakes up to a millisecond late, which is none of the server's.
                    tokio::time::sleep_until(due.into()).await;
                    due = Instant::now();
                }
                let status = caller.call(&requests(u64::from(nth))).await;
                met.note(due, &status);
                if status.is_err() {
                    caller = Caller::open(address).await?;
                }
            }
            Ok(met)
        }
    })
    .await
}

async fn gather<F>(clients: usize, started: Instant, one: impl Fn(usize) -> F) -> anyhow::Result<Met>
where
    F: Future<Output = anyhow::Result<Met>> + Send + 'static,
{
    let mut tasks: JoinSet<_> = (0..clients).map(one).collect();
    let mut all = Met::default();
    while let Some(met) = tasks.join_next().await {
        all.add(met??);
    }
    all.span = started.elapsed();
    Ok(all)
}
