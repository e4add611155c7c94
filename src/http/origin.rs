//! From which house a request comes: the last address that somebody trustworthy has seen.

use std::net::{IpAddr, Ipv6Addr};

use axum::http::HeaderMap;
use ipnet::IpNet;

/// Where a request comes from, as far as a flood brake needs to know: an IPv4 address, or an IPv6 network of 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Household(IpAddr);

impl From<IpAddr> for Household {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(six) => {
                let [a, b, c, d, ..] = six.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
            four @ IpAddr::V4(_) => four,
        })
    }
}

impl Household {
    /// Not from anywhere else.
    pub fn is_this_machine(self) -> bool {
        self.0.is_loopback()
    }

    /// Of a request that came from `peer`. Only a configured proxy is believed about who it speaks for, and of its
    /// `X-Forwarded-For` only the rightmost address that is not itself one of them: the others are the client's own
    /// words.
    pub fn of(peer: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> Self {
        let trusted = |address: IpAddr| proxies.iter().any(|net| net.contains(&address.to_canonical()));
        let lines: Vec<&str> =
            headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok()).collect();
        let mut named = lines.iter().rev().flat_map(|line| line.rsplit(',')).map(address);
        let mut last = peer;
        while trusted(last) {
            match named.next() {
                Some(Some(address)) => last = address,
                _ => break,
            }
        }
        last.into()
    }
}

/// An address as proxies write it, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let with_port = || text.parse::<std::net::SocketAddr>().ok().map(|address| address.ip());
    text.trim_matches(['[', ']']).parse().ok().or_else(with_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(peer: &str, forwarded: &[&str]) -> Household {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        let proxies = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        Household::of(peer.parse().unwrap(), &headers, &proxies)
    }

    fn house(address: &str) -> Household {
        address.parse::<IpAddr>().unwrap().into()
    }

    #[test]
    fn nobody_but_a_configured_proxy_is_believed() {
        assert_eq!(of("203.0.113.7", &["198.51.100.1"]), house("203.0.113.7"));
        assert_eq!(of("10.0.0.2", &["198.51.100.1"]), house("198.51.100.1"));
    }

    #[test]
    fn the_rightmost_address_that_is_no_proxy_counts_over_all_lines() {
        assert_eq!(of("10.0.0.2", &["1.1.1.1, 198.51.100.1, 10.0.0.9"]), house("198.51.100.1"));
        assert_eq!(of("10.0.0.2", &["1.1.1.1", "198.51.100.1:4711", "fd00::1"]), house("198.51.100.1"));
        assert_eq!(of("::ffff:10.0.0.2", &["[2001:db8:1:2::9]:80"]), house("2001:db8:1:2::1"));
    }

    #[test]
    fn nonsense_is_the_proxys_own() {
        assert_eq!(of("10.0.0.2", &["1.1.1.1, unknown"]), house("10.0.0.2"));
        assert_eq!(of("10.0.0.2", &[]), house("10.0.0.2"));
    }

    #[test]
    fn the_addresses_of_one_ipv6_network_are_one_household() {
        assert_eq!(house("2001:db8:1:2:3::4"), house("2001:db8:1:2:ffff::1"));
        assert_ne!(house("2001:db8:1:2::1"), house("2001:db8:1:3::1"));
        assert_ne!(house("::ffff:10.0.0.1"), house("::ffff:10.0.0.2"));
        assert_eq!(house("::ffff:10.0.0.1"), house("10.0.0.1"));
    }
}
