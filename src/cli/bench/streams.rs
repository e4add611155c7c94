//! `ioc bench streams`: what an open stream costs, how soon an event reaches all of them, how soon they end.

use std::{
    io::{BufRead, BufReader},
    net::{Ipv4Addr, SocketAddr},
    process::{Child, Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use clap::Args;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    sync::mpsc,
};

use crate::{app::Ground, config::Common};

/// Clients come from this many addresses, so that none holds more than its share.
const ADDRESSES: usize = 4;
/// Streams opened at a time.
const AT_ONCE: usize = 64;
/// How long one step may take before the measurement is given up.
const PATIENCE: Duration = Duration::from_mins(2);

/// Open many streams of one office on a server of its own, and measure them.
#[derive(Debug, Args)]
pub struct Streams {
    /// How many; each takes a descriptor here and one in the server.
    #[arg(long = "streams", default_value_t = 18_000)]
    count: usize,
    /// Reports sent one after another, each an event to all.
    #[arg(long, default_value_t = 20)]
    events: usize,
    /// How many are still open when the server is told to stop.
    #[arg(long, default_value_t = 10_000)]
    stopped: usize,
    /// For machines.
    #[arg(long)]
    json: bool,
}

/// What a listener reports.
enum Heard {
    Open,
    Event(Instant),
    End,
}

impl Streams {
    pub(super) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let folder = tempfile::tempdir()?;
        let url = format!("sqlite://{}", folder.path().join("ioc.db").display());
        let ground = Ground::open(&url, &common.center).await?;
        let map = ground.import_approximate().await?.generation.id;
        ground.activate(&map, None).await?;
        ground.furnish().await?;
        let mut server = Server::start(&url)?;
        let office = report(server.address).await?;
        let key = ground.create_key("bench", &[format!("office:{office}")]).await?;

        let request = format!(
            "GET /api/v1/offices/{office}/stream HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {key}\r\n\r\n"
        );
        let (tell, mut told) = mpsc::unbounded_channel();
        let idle = server.resident_kb()?;
        let (mut listeners, opening) = (vec![], Instant::now());
        for nth in 0..self.count {
            listeners.push(tokio::spawn(listen(server.address, nth, request.clone(), tell.clone())));
            if nth >= AT_ONCE {
                opened(&mut told).await?;
            }
        }
        for _ in 0..self.count.min(AT_ONCE) {
            opened(&mut told).await?;
        }
        let opening = opening.elapsed();
        let open = server.resident_kb()?;

        let mut millis = vec![];
        for _ in 0..self.events {
            let sent = Instant::now();
            report(server.address).await?;
            for _ in 0..self.count {
                match next(&mut told).await? {
                    Heard::Event(at) => millis.push(at.duration_since(sent).as_secs_f64() * 1e3),
                    Heard::Open | Heard::End => bail!("a stream ended before its time"),
                }
            }
        }
        millis.sort_by(f64::total_cmp);

        for listener in listeners.drain(self.stopped.min(self.count)..) {
            listener.abort();
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        let (stopping, left) = (Instant::now(), listeners.len());
        server.terminate()?;
        let seconds = stopping.elapsed().as_secs_f64();
        let mut ended = 0;
        while ended < left && matches!(next(&mut told).await?, Heard::End) {
            ended += 1;
        }

        #[expect(clippy::cast_precision_loss, reason = "kilobytes and streams below 2^52")]
        let each = open.saturating_sub(idle) as f64 / self.count.max(1) as f64;
        let measured = json!({
            "streams": self.count, "opening_s": opening.as_secs_f64(),
            "resident_kb_idle": idle, "resident_kb_open": open, "kb_per_stream": each,
            "events": self.events,
            "delivery_ms": {"p50": at(&millis, 50), "p99": at(&millis, 99), "max": millis.last()},
            "sigterm": {"streams": left, "seconds": seconds, "ended_in_order": ended},
        });
        if self.json {
            println!("{}", serde_json::to_string_pretty(&measured)?);
        } else {
            println!("{} streams, {each:.1} KB each", self.count);
            println!("an event to all: {:.0} ms p50, {:.0} ms p99", at(&millis, 50), at(&millis, 99));
            println!("SIGTERM with {left} streams: {seconds:.1} s, {ended} ended in order");
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn at(sorted: &[f64], percent: usize) -> f64 {
    sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}

async fn next(told: &mut mpsc::UnboundedReceiver<Heard>) -> anyhow::Result<Heard> {
    tokio::time::timeout(PATIENCE, told.recv()).await.context("nothing is heard any more")?.context("nobody listens")
}

async fn opened(told: &mut mpsc::UnboundedReceiver<Heard>) -> anyhow::Result<()> {
    ensure!(matches!(next(told).await?, Heard::Open), "a stream could not be opened");
    Ok(())
}

/// One listener: says when its stream is open, when an event comes, and when it ends.
async fn listen(server: SocketAddr, nth: usize, request: String, tell: mpsc::UnboundedSender<Heard>) {
    let heard = async {
        let socket = TcpSocket::new_v4()?;
        let last = u8::try_from(nth % ADDRESSES).unwrap_or_default();
        socket.bind((Ipv4Addr::new(127, 0, 0, 1 + last), 0).into())?;
        let mut stream = socket.connect(server).await?;
        stream.write_all(request.as_bytes()).await?;
        let (mut buffer, mut open) = ([0; 1024], false);
        loop {
            let length = stream.read(&mut buffer).await?;
            if length == 0 {
                return std::io::Result::Ok(());
            }
            let now = Instant::now();
            let words = String::from_utf8_lossy(&buffer[..length]);
            if !open && words.contains("retry: ") {
                open = true;
                drop(tell.send(Heard::Open));
            }
            for _ in words.matches("event: ticket") {
                drop(tell.send(Heard::Event(now)));
            }
        }
    };
    drop(heard.await);
    drop(tell.send(Heard::End));
}

/// Sends a report from the market of Điện Biên Phủ; the office that has it.
async fn report(server: SocketAddr) -> anyhow::Result<String> {
    let position = json!({"lon": 103.023, "lat": 21.392});
    let body = json!({"category": "duong_hong", "description": "Đường hỏng", "position": position});
    let body = body.to_string();
    let head = "POST /api/v1/reports HTTP/1.1\r\nHost: bench\r\nConnection: close\r\nContent-Type: application/json";
    let mut stream = TcpStream::connect(server).await?;
    stream.write_all(format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    ensure!(answer.starts_with("HTTP/1.1 201"), "the report was refused: {answer}");
    let (_, body) = answer.split_once("\r\n\r\n").context("an answer without a body")?;
    let receipt: serde_json::Value = serde_json::from_str(body)?;
    Ok(receipt["office"]["id"].as_str().context("a receipt without an office")?.to_owned())
}

/// A server of its own, over a database of its own.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start(url: &str) -> anyhow::Result<Self> {
        let arguments = ["serve", "--allow-approximate", "--listen", "127.0.0.1:0", "--database-url", url];
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(arguments)
            .env("IOC_METRICS_LISTEN", "127.0.0.1:0")
            .env("RUST_LOG", "warn")
            .env_remove("IOC_DATA_DIR");
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let lines = BufReader::new(child.stdout.take().context("its output is read")?).lines();
        let said = lines.map_while(Result::ok).find_map(|line| line.strip_prefix("listening on http://")?.parse().ok());
        Ok(Self { address: said.context("the server did not start")?, child })
    }

    fn resident_kb(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }

    fn terminate(&mut self) -> anyhow::Result<()> {
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
