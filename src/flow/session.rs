//! Sessions of browsers, which cannot send headers from everywhere (an `EventSource` sends none): what a key or a secret
//! opens, sealed into a cookie that ends by itself. Nothing is stored; a revoked key is nobody's in a cookie too.

use serde::{Deserialize, Serialize};

use super::{Flow, Rejection, keys, look};
use crate::{
    domain::{
        clock::{DAY, HOUR, Timestamp},
        code::PublicCode,
    },
    identity::Caller,
};

/// A working day: officials share machines.
const OF_KEY: i64 = 12 * HOUR;
/// As long as a report usually lives.
const OF_REPORT: i64 = 30 * DAY;

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Sealed {
    words: String,
    until: Timestamp,
}

/// A session that was opened.
#[derive(Debug)]
pub struct Session {
    /// For the cookie.
    pub sealed: String,
    /// It ends then.
    pub until: Timestamp,
    /// Seconds until then.
    pub seconds: i64,
}

fn seal(flow: &Flow, purpose: &str, words: &str, lasts: i64) -> Session {
    let until = flow.clock.now().plus(lasts);
    let words = serde_json::json!({"words": words, "until": until}).to_string();
    let sealed = flow.vault.seal_session(purpose, &words, &flow.entropy);
    Session { sealed, until, seconds: lasts / 1_000_000 }
}

fn open(flow: &Flow, purpose: &str, sealed: &str) -> Option<String> {
    let words = flow.vault.open_session(purpose, sealed)?;
    let Sealed { words, until } = serde_json::from_str(&words).ok()?;
    (flow.clock.now() < until).then_some(words)
}

/// Opens a session for the holder of a key.
pub async fn with_key(flow: &Flow, key: &str) -> Result<(Session, Caller), Rejection> {
    let caller = keys::caller(flow, key).await?;
    Ok((seal(flow, "key", key, OF_KEY), caller))
}

/// Opens a session for the sender of a report.
pub async fn with_secret(flow: &Flow, code: &PublicCode, secret: &str) -> Result<Session, Rejection> {
    look::by_secret(flow, &flow.centre(), code, Some(secret)).await?;
    Ok(seal(flow, &code.to_string(), secret, OF_REPORT))
}

/// Who holds the key of this session; anyone where it has ended, or the key is nobody's any more.
pub async fn caller(flow: &Flow, sealed: &str) -> Result<Caller, Rejection> {
    let Some(key) = open(flow, "key", sealed) else { return Ok(Caller::Anyone) };
    match keys::caller(flow, &key).await {
        Err(Rejection::Unauthorized) => Ok(Caller::Anyone),
        answer => answer,
    }
}

/// The secret of a report in its session; None where it has ended.
pub fn secret(flow: &Flow, code: &PublicCode, sealed: &str) -> Option<String> {
    open(flow, &code.to_string(), sealed)
}
