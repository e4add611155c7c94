//! What changes in an office's queue, for those who may see it.

use std::collections::HashSet;

use serde::Serialize;
use utoipa::ToSchema;

use super::{Flow, Rejection, look};
use crate::{
    domain::{
        clock::Timestamp,
        code::PublicCode,
        ids::{KeyId, OfficeId, TicketId},
        ticket::State,
    },
    identity::Caller,
};

pub use crate::store::FeedEntry;

/// Entries that an office's feed keeps: whoever was away for longer reads the queue again.
pub const KEPT: i64 = 20_000;
/// Entries read at a time.
const PAGE: i64 = 200;

/// A change in an office's queue, as the office is told.
#[derive(Debug, Serialize, ToSchema)]
pub struct Changed<'a> {
    /// Which ticket.
    pub ticket: TicketId,
    /// The citizen's number.
    pub code: PublicCode,
    /// Its version after it: the ETag. Left out when it went to another office.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// Where it stands. Left out when it went to another office.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<State>,
    /// What happened last.
    pub event: &'a str,
    /// When.
    pub at: Timestamp,
}

impl<'a> From<&'a FeedEntry> for Changed<'a> {
    fn from(entry: &'a FeedEntry) -> Self {
        Self {
            ticket: entry.ticket,
            code: entry.code,
            version: entry.state.map(|_| entry.version),
            status: entry.state,
            event: &entry.kind,
            at: entry.at,
        }
    }
}

/// Whether the caller may listen to that office.
pub fn admit(flow: &Flow, caller: &Caller, office: &OfficeId) -> Result<(), Rejection> {
    look::admit(caller, office)?;
    let known = flow.centre().office(office).is_some() || caller.works_in(office);
    if known { Ok(()) } else { Err(Rejection::NotFound) }
}

/// How far every office's feed has come.
pub async fn heads(flow: &Flow) -> Result<Vec<(OfficeId, i64)>, Rejection> {
    Ok(flow.store.feed_heads(&flow.center_id()).await?)
}

/// How far an office's feed has come.
pub async fn head(flow: &Flow, office: &OfficeId) -> Result<i64, Rejection> {
    Ok(flow.store.feed_head(&flow.center_id(), office).await?)
}

/// The next entries of an office's feed, at most 200.
pub async fn after(flow: &Flow, office: &OfficeId, after: i64) -> Result<Vec<FeedEntry>, Rejection> {
    Ok(flow.store.feed_after(&flow.center_id(), office, after, PAGE).await?)
}

/// Whether an office's feed still has everything after that number, and has come that far.
pub async fn covers(flow: &Flow, office: &OfficeId, after: i64) -> Result<bool, Rejection> {
    let center = flow.center_id();
    let head = flow.store.feed_head(&center, office).await?;
    let floor = flow.store.feed_floor(&center, office).await?.unwrap_or(head + 1);
    Ok((floor - 1..=head).contains(&after))
}

/// Forgets what lies so far back that nobody comes back to it; how many entries.
pub async fn forget(flow: &Flow) -> Result<u64, Rejection> {
    let center = flow.center_id();
    let mut forgotten = 0;
    for (office, head) in flow.store.feed_heads(&center).await? {
        forgotten += flow.store.forget_feed(&center, &office, head - KEPT).await?;
    }
    Ok(forgotten)
}

/// The keys that open nothing any more.
pub async fn revoked(flow: &Flow) -> Result<HashSet<KeyId>, Rejection> {
    let keys = flow.store.keys(&flow.center_id()).await?;
    Ok(keys.into_iter().filter(|key| key.revoked_at.is_some()).map(|key| key.id).collect())
}
