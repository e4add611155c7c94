//! Whoever listens to a stream.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;

/// Longer than anything that is awaited here; it decides nothing but when to give up.
const PATIENCE: Duration = Duration::from_mins(1);

/// An open stream.
pub struct Ear {
    response: Response,
    heard: String,
}

/// What was heard.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// Its `id`.
    pub id: String,
    /// Its `event`; empty where it only carries an id.
    pub name: String,
    /// Its `data`.
    pub data: Value,
}

/// A client that waits for ever.
pub fn patient() -> Client {
    drop(crate::support::server::client());
    Client::builder().no_proxy().build().expect("a client can be built")
}

impl Ear {
    /// Opens the stream; it must be one.
    pub async fn open(request: RequestBuilder) -> Self {
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        let kind = response.headers()["content-type"].to_str().expect("a text").to_owned();
        assert!(kind.starts_with("text/event-stream"), "{kind}");
        assert!(response.headers().get("content-encoding").is_none());
        Self { response, heard: String::new() }
    }

    /// The next event or id, comments passed over; None at the end of the stream or where it broke off.
    pub async fn next(&mut self) -> Option<Heard> {
        loop {
            while let Some((block, rest)) = self.heard.split_once("\n\n") {
                let field = |name: &str| {
                    let line = block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
                    line.unwrap_or_default().to_owned()
                };
                let heard = Heard {
                    id: field("id"),
                    name: field("event"),
                    data: serde_json::from_str(&field("data")).unwrap_or_default(),
                };
                self.heard = String::from(rest);
                if !heard.id.is_empty() {
                    return Some(heard);
                }
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await.expect("nothing was said");
            self.heard.push_str(std::str::from_utf8(&chunk.ok().flatten()?).expect("UTF-8"));
        }
    }

    /// The next event, which must come.
    pub async fn event(&mut self) -> Heard {
        loop {
            let heard = self.next().await.expect("the stream goes on");
            if !heard.name.is_empty() {
                return heard;
            }
        }
    }
}
