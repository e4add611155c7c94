//! The door to other people's servers: it looks an address up once, refuses what lies inside, and connects to the very
//! address that it has checked.

use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ipnet::IpNet;
use reqwest::{Client, Url, header::HeaderMap, redirect::Policy};

use crate::domain::{clock::Timestamp, delivery::Door};

/// A whole exchange may last this long.
const PATIENCE: Duration = Duration::from_secs(15);
/// So much of an answer is read.
const MOST_READ: usize = 64 << 10;
/// Clients kept at most.
const MOST_KNOWN: usize = 256;

/// IPv4 that is nobody's public address (IANA's special-purpose registry, RFC 6890 and its successors).
const INSIDE_V4: [&str; 15] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
];
/// Only this much of IPv6 is public …
const PUBLIC_V6: &str = "2000::/3";
/// … but for protocols that carry IPv4 inside (Teredo, 6to4) and documentation.
const INSIDE_V6: [&str; 4] = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];

/// Who knows the addresses of names.
#[derive(Debug, Clone)]
pub enum Resolver {
    /// The machine.
    System,
    /// A hand that tests move: for each name the answers to the questions to come; the last one stays.
    Manual(Arc<Mutex<HashMap<String, VecDeque<Vec<IpAddr>>>>>),
}

impl Resolver {
    async fn look_up(&self, host: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
        match self {
            Self::System => Ok(tokio::net::lookup_host((host, port)).await?.collect()),
            Self::Manual(table) => {
                let mut table = table.lock().unwrap_or_else(PoisonError::into_inner);
                let answers = table.get_mut(host).ok_or(std::io::ErrorKind::NotFound)?;
                let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
                Ok(answer.unwrap_or_default().into_iter().map(|ip| SocketAddr::new(ip, port)).collect())
            }
        }
    }
}

/// The door; cheap to clone.
#[derive(Debug, Clone)]
pub struct Outside {
    resolver: Resolver,
    patience: Duration,
    known: Arc<Mutex<Known>>,
}

/// Clients by host and the checked addresses that they connect to, in order: making one reads all certificates of the
/// machine.
type Known = HashMap<(String, Vec<SocketAddr>), Client>;

/// What was answered.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// What the receiver asks for, in microseconds.
    pub retry_after: Option<i64>,
    /// The first 64 KB.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Silence {
    /// The address must not be connected to.
    #[error("{0}")]
    Forbidden(String),
    /// Nothing was sent.
    #[error("cannot be reached: {0}")]
    Unreachable(String),
    /// It was sent, and nobody knows what became of it.
    #[error("no answer: {0}")]
    Unanswered(String),
}

impl Default for Outside {
    fn default() -> Self {
        Self::new(Resolver::System, PATIENCE)
    }
}

impl Outside {
    /// With names and patience of one's own: for tests.
    pub fn new(resolver: Resolver, patience: Duration) -> Self {
        Self { resolver, patience, known: Arc::default() }
    }

    /// How long an exchange may last.
    pub fn patience(&self) -> Duration {
        self.patience
    }

    /// Posts. No redirect is followed, no proxy used.
    pub async fn post(&self, door: &Door, headers: HeaderMap, body: Vec<u8>, now: Timestamp) -> Result<Reply, Silence> {
        let url = Url::parse(door.url.as_str()).map_err(|why| Silence::Forbidden(format!("no address: {why}")))?;
        let addresses = tokio::time::timeout(self.patience, self.checked(&url, &door.ranges)).await;
        let addresses = addresses.map_err(|_| Silence::Unreachable("its name was not resolved in time".into()))??;
        let client = self.client(&url, &addresses).map_err(|why| Silence::Unreachable(told(&why)))?;
        let sent = client.post(url).headers(headers).body(body).send().await;
        let mut response = sent.map_err(|why| {
            if why.is_connect() { Silence::Unreachable(told(&why)) } else { Silence::Unanswered(told(&why)) }
        })?;
        let status = response.status().as_u16();
        let retry_after = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
        let retry_after = retry_after.and_then(|text| patience_asked(text, now));
        let mut read = vec![];
        while read.len() < MOST_READ {
            // The status says what became of it, whatever happens to the rest.
            let Ok(Some(chunk)) = response.chunk().await else { break };
            let room = MOST_READ - read.len();
            read.extend_from_slice(&chunk[..chunk.len().min(room)]);
        }
        Ok(Reply { status, retry_after, body: read })
    }

    /// The addresses of a host that may be connected to; at least one.
    async fn checked(&self, url: &Url, ranges: &[IpNet]) -> Result<Vec<SocketAddr>, Silence> {
        let host = url.host_str().ok_or_else(|| Silence::Forbidden("the address has no host".into()))?;
        let port = url.port_or_known_default().unwrap_or(443);
        // The parser has turned odd literals (0x7f.1, 2130706433, 0177.0.0.1) into addresses already.
        let literal: Option<IpAddr> = host.trim_start_matches('[').trim_end_matches(']').parse().ok();
        let all = if let Some(ip) = literal {
            vec![SocketAddr::new(ip, port)]
        } else {
            let found = self.resolver.look_up(host, port).await;
            found.map_err(|why| Silence::Unreachable(format!("{host} has no address: {why}")))?
        };
        let allowed: Vec<SocketAddr> = all.iter().copied().filter(|at| may_connect(at.ip(), ranges)).collect();
        if allowed.is_empty() {
            let shown: Vec<String> = all.iter().map(|at| at.ip().to_string()).collect();
            return Err(Silence::Forbidden(format!(
                "{host} is {}, which is not a public address: open its range with --allow-range",
                shown.join(", ")
            )));
        }
        Ok(allowed)
    }

    /// The client that connects to these addresses and to no others.
    fn client(&self, url: &Url, addresses: &[SocketAddr]) -> reqwest::Result<Client> {
        let host = url.host_str().unwrap_or_default();
        let mut in_order = addresses.to_vec();
        in_order.sort_unstable();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        Ok(match known.entry((host.to_owned(), in_order)) {
            Entry::Occupied(client) => client.get().clone(),
            Entry::Vacant(place) => place.insert(self.connecting(host, addresses)?).clone(),
        })
    }

    fn connecting(&self, host: &str, addresses: &[SocketAddr]) -> reqwest::Result<Client> {
        // An error means that a provider was chosen before: that one serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .timeout(self.patience)
            // One that was left open may be closed by the time it is used, and nobody would know what arrived.
            .pool_max_idle_per_host(0)
            .user_agent(concat!("ioc-router/", env!("CARGO_PKG_VERSION")))
            .resolve_to_addrs(host, addresses)
            .build()
    }
}

/// Without the address, which may carry a token.
fn told(error: &reqwest::Error) -> String {
    use std::error::Error;
    let mut deepest: &dyn Error = error;
    while let Some(cause) = deepest.source() {
        deepest = cause;
    }
    if error.is_timeout() { "it took too long".to_owned() } else { deepest.to_string() }
}

/// Whether it may be connected to: a public address, or one in a range that an administrator has opened.
fn may_connect(ip: IpAddr, ranges: &[IpNet]) -> bool {
    let ip = ip.to_canonical();
    ranges.iter().any(|range| range.contains(&ip)) || is_public(ip)
}

fn is_public(ip: IpAddr) -> bool {
    let within = |nets: &[&str]| nets.iter().any(|net| net.parse::<IpNet>().is_ok_and(|net| net.contains(&ip)));
    match ip {
        IpAddr::V4(_) => !within(&INSIDE_V4),
        IpAddr::V6(_) => within(&[PUBLIC_V6]) && !within(&INSIDE_V6),
    }
}

/// `Retry-After` in seconds or as a date, in microseconds from now.
fn patience_asked(text: &str, now: Timestamp) -> Option<i64> {
    if let Ok(seconds) = text.trim().parse::<i64>() {
        return Some(seconds.saturating_mul(1_000_000));
    }
    let at = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text.trim()).ok()?;
    Some(at.as_microsecond() - now.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn addresses_inside_are_refused_however_they_are_written() {
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
        ] {
            assert!(!may_connect(ip(inside), &[]), "{inside}");
        }
        for outside in ["8.8.8.8", "203.113.128.1", "2400:cb00::1", "2606:4700::1111"] {
            assert!(may_connect(ip(outside), &[]), "{outside}");
        }
    }

    #[test]
    fn an_opened_range_lets_its_own_addresses_in_and_no_others() {
        let ranges = ["10.20.0.0/16".parse().unwrap()];
        assert!(may_connect(ip("10.20.3.4"), &ranges) && may_connect(ip("::ffff:10.20.3.4"), &ranges));
        assert!(!may_connect(ip("10.21.0.1"), &ranges) && !may_connect(ip("127.0.0.1"), &ranges));
    }

    #[tokio::test]
    async fn odd_literals_are_the_addresses_that_they_mean() {
        let outside = Outside::default();
        for odd in [
            "http://0x7f.1/",
            "http://2130706433/",
            "http://0177.0.0.1/",
            "http://127.1:80/",
            "http://[::ffff:7f00:1]/",
        ] {
            let url = Url::parse(odd).unwrap();
            assert!(matches!(outside.checked(&url, &[]).await, Err(Silence::Forbidden(_))), "{odd}");
        }
    }

    #[test]
    fn a_client_is_made_once_for_a_host_and_its_addresses_and_connects_to_no_others() {
        let outside = Outside::default();
        let made = |url: &str, addresses: &[&str]| {
            let addresses: Vec<SocketAddr> = addresses.iter().map(|at| at.parse().unwrap()).collect();
            outside.client(&Url::parse(url).unwrap(), &addresses).unwrap();
            outside.known.lock().unwrap().len()
        };
        assert_eq!(made("https://xa.example/a", &["203.113.128.1:443", "203.113.128.2:443"]), 1);
        assert_eq!(made("https://xa.example/b", &["203.113.128.2:443", "203.113.128.1:443"]), 1, "in another order");
        assert_eq!(made("https://xa.example/a", &["203.113.128.3:443"]), 2, "its name has another address");
        assert_eq!(made("https://tinh.example/a", &["203.113.128.3:443"]), 3, "another name");
    }

    #[test]
    fn patience_is_asked_for_in_seconds_or_by_a_date() {
        let now: Timestamp = "2026-07-24T07:00:00Z".parse().unwrap();
        assert_eq!(patience_asked("120", now), Some(120_000_000));
        assert_eq!(patience_asked("Fri, 24 Jul 2026 07:02:00 GMT", now), Some(120_000_000));
        assert_eq!(patience_asked("soon", now), None);
    }
}
