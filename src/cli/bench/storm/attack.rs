//! Those who want the server to wait: half headers, headers without end, bodies that trickle, bodies without end. They
//! come from other loopback addresses than honest senders.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

use futures::{StreamExt, stream::FuturesUnordered};
use serde::Serialize;

use super::line::Line;

/// How many of each kind.
#[derive(Debug, Clone, Copy)]
pub struct Attack {
    /// Headers that never end, without another byte.
    pub half_headers: usize,
    /// Headers of 300 KB.
    pub long_headers: usize,
    /// Bodies of one byte a second.
    pub slow_bodies: usize,
    /// Chunked bodies without end.
    pub endless_bodies: usize,
    /// How long anybody of them tries.
    pub patience: Duration,
}

/// What became of them.
#[derive(Debug, Default, Clone, Copy, Serialize)]
pub struct Repelled {
    /// Connections that were made.
    pub connections: usize,
    /// Connections that the server closed.
    pub closed: usize,
    /// Seconds until the last of them was.
    pub last_closed_s: f64,
    /// Megabytes that the bodies without end got rid of before they were cut.
    pub endless_mb: usize,
}

const REPORT: &str = "POST /api/v1/reports HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";

/// Runs all of them at once.
pub async fn attack(to: SocketAddr, attack: Attack) -> Repelled {
    let kinds = [
        (attack.half_headers, Kind::HalfHeader),
        (attack.long_headers, Kind::LongHeader),
        (attack.slow_bodies, Kind::SlowBody),
        (attack.endless_bodies, Kind::EndlessBody),
    ];
    let all = kinds.into_iter().flat_map(|(many, kind)| std::iter::repeat_n(kind, many)).enumerate();
    let started = Instant::now();
    let mut running: FuturesUnordered<_> = all
        .map(|(nth, kind)| {
            let from = IpAddr::V4(Ipv4Addr::new(127, 0, 0, u8::try_from(nth % 4).unwrap_or_default() + 2));
            let one = async move { tokio::time::timeout(attack.patience, kind.run(to, from)).await };
            tokio::spawn(one)
        })
        .collect();
    let mut repelled = Repelled::default();
    while let Some(done) = running.next().await {
        match done {
            Ok(Ok(Some(bytes))) => {
                repelled.connections += 1;
                repelled.closed += 1;
                repelled.endless_mb += bytes >> 20;
                repelled.last_closed_s = started.elapsed().as_secs_f64();
            }
            Ok(Err(_)) => repelled.connections += 1,
            _ => {}
        }
    }
    repelled
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    HalfHeader,
    LongHeader,
    SlowBody,
    EndlessBody,
}

impl Kind {
    /// Goes on until the server closes; bytes of body that were sent. None where there was no connection.
    async fn run(self, to: SocketAddr, from: IpAddr) -> Option<usize> {
        let mut line = Line::open(to, Some(from)).await.ok()?;
        let mut sent = 0;
        match self {
            Self::HalfHeader => drop(line.raw(b"POST /api/v1/reports HTTP/1.1\r\nHost: a\r\nX-Half: ").await),
            Self::LongHeader => {
                let mut going = line.raw(b"GET / HTTP/1.1\r\nHost: a\r\n").await;
                let one = format!("X-Long: {}\r\n", "x".repeat(1_000));
                for _ in 0..300 {
                    if going.is_ok() {
                        going = line.raw(one.as_bytes()).await;
                    }
                }
            }
            Self::SlowBody => {
                drop(line.raw(format!("{REPORT}Content-Length: 100000\r\n\r\n").as_bytes()).await);
                line.trickle().await;
                return Some(0);
            }
            Self::EndlessBody => {
                drop(line.raw(format!("{REPORT}Transfer-Encoding: chunked\r\n\r\n").as_bytes()).await);
                let chunk = [b"10000\r\n".as_slice(), vec![b' '; 1 << 16].as_slice(), b"\r\n"].concat();
                while line.raw(&chunk).await.is_ok() {
                    sent += 1 << 16;
                }
            }
        }
        line.closed().await;
        Some(sent)
    }
}
