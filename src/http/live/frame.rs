//! Server-sent events as they go over the wire, and the answer that carries them.

use std::time::Duration;

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::Stream;
use serde::Serialize;

use crate::domain::clock::Entropy;

/// A comment that keeps the line open.
pub const BEAT: Bytes = Bytes::from_static(b":\n\n");

/// One event. JSON has no line break outside its texts, and escapes those inside, so that it is one line of data.
pub fn event<T: Serialize>(id: &str, name: &str, data: &T) -> Bytes {
    let data = serde_json::to_string(data).unwrap_or_else(|_| "null".to_owned());
    Bytes::from(format!("id: {id}\nevent: {name}\ndata: {data}\n\n"))
}

/// The first words: when to come again after a break, each listener at another time, and the place to resume from.
pub fn welcome(entropy: &Entropy, id: Option<&str>) -> Bytes {
    let retry = 2_000 + u16::from_be_bytes(entropy.bytes()) % 6_000;
    Bytes::from(match id {
        Some(id) => format!("retry: {retry}\nid: {id}\n\n"),
        None => format!("retry: {retry}\n\n"),
    })
}

/// After how long without a word a listener is told that the line is open: 15 to 25 s, each another.
pub fn patience(entropy: &Entropy) -> Duration {
    Duration::from_millis(15_000 + u64::from(u16::from_be_bytes(entropy.bytes())) % 10_000)
}

/// The answer: never kept, never transformed, not collected by a proxy in between.
pub fn answer(stream: impl Stream<Item = Bytes> + Send + 'static) -> Response {
    use futures::StreamExt;
    let body = Body::from_stream(stream.map(Ok::<_, std::convert::Infallible>));
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}
