//! The outside dead-man's switch: it hears that all is well, and calls somebody when it hears nothing.

use std::{fmt, str::FromStr, time::Duration};

use reqwest::{Client, Url, redirect::Policy};

/// So long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where it is told, by GET. The address is a secret: whoever has it can say that all is well.
#[derive(Clone)]
pub struct DeadMan(Url);

/// Why a text is no address of a dead-man's switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an address that begins with http:// or https://")]
pub struct BadUrl;

/// Why it was not told; without the address.
#[derive(Debug, thiserror::Error)]
pub enum NotTold {
    /// It cannot be reached, or not in time.
    #[error("it does not answer: {0}")]
    Silence(String),
    /// It answers otherwise than with success.
    #[error("it answers {0}")]
    Status(u16),
}

impl FromStr for DeadMan {
    type Err = BadUrl;
    fn from_str(text: &str) -> Result<Self, BadUrl> {
        let url = Url::parse(text).map_err(|_| BadUrl)?;
        let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
        if is_web { Ok(Self(url)) } else { Err(BadUrl) }
    }
}

impl fmt::Debug for DeadMan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeadMan(…)")
    }
}

impl DeadMan {
    /// Tells it that all is well. An administrator has set the address, so it may lie inside; no redirect is followed.
    pub async fn tell(&self) -> Result<(), NotTold> {
        let silence = |why: reqwest::Error| NotTold::Silence(why.without_url().to_string());
        // An error means that a provider was chosen before: that one serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().redirect(Policy::none()).timeout(PATIENCE);
        let client = client.user_agent(concat!("ioc-router/", env!("CARGO_PKG_VERSION"))).build().map_err(silence)?;
        let answer = client.get(self.0.clone()).send().await.map_err(silence)?;
        if answer.status().is_success() { Ok(()) } else { Err(NotTold::Status(answer.status().as_u16())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_of_the_web_and_never_shows_itself() {
        for bad in ["", "hc.example/1", "ftp://hc.example/1", "file:///etc/passwd", "mailto:a@b.example"] {
            assert_eq!(bad.parse::<DeadMan>().unwrap_err(), BadUrl, "{bad}");
        }
        for good in ["https://hc.example/ping/secret", "http://10.0.0.1:8000/secret"] {
            assert!(!format!("{:?}", good.parse::<DeadMan>().unwrap()).contains("secret"));
        }
    }
}
