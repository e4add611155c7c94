//! The chain over all events: once sealed, no event can be changed, removed or moved without being noticed.
//!
//! A link is SHA-256 over the link before it, its position, the event's id and the event's commitment; a commitment
//! is SHA-256 over the event's salt and its columns. Salt and content can be erased, and the links still hold.
//! Events wait for the next sealing; until then the database alone protects them.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Store, StoreError, rows::EventRow};
use crate::domain::clock::Timestamp;

// The update locks the one row of the head before it is read, so that sealers follow one another on PostgreSQL too.
const LOCK_HEAD: &str = "update chain_head set position = position returning position, link";

const WAITING: &str = concat!(
    "select ",
    event_columns!(),
    " from unsealed u join event e on e.id = u.event_id order by u.at, u.event_id limit $1"
);

const MOVE_HEAD: &str = "update chain_head set position = $1, link = $2";

const NO_LONGER_WAITING: &str = "delete from unsealed where event_id in (\
    select event_id from chain_link where position > $1)";

/// Links written by one statement; five values each, far below the 32,766 that SQLite binds at most.
const LINKS_AT_ONCE: usize = 500;

/// A hash as it is stored.
pub(super) type Hash = [u8; 32];

struct NewLink {
    position: i64,
    event: Uuid,
    commitment: Hash,
    link: Hash,
}

const COUNT_UNSEALED: &str = "select count(*) from unsealed";

impl Store {
    /// How many events wait to be sealed.
    pub async fn count_unsealed(&self) -> Result<i64, StoreError> {
        Ok(reading!(self, |db| sqlx::query_scalar(COUNT_UNSEALED).fetch_one(db).await?))
    }

    /// Seals at most `limit` waiting events into the chain, oldest first; how many.
    pub async fn seal(&self, at: Timestamp, limit: i64) -> Result<i64, StoreError> {
        writing!(self, |tx| {
            let (end, last): (i64, Vec<u8>) = sqlx::query_as(LOCK_HEAD).fetch_one(&mut *tx).await?;
            let waiting: Vec<EventRow> = sqlx::query_as(WAITING).bind(limit.max(0)).fetch_all(&mut *tx).await?;
            let links = follow(end, last, &waiting);
            let Some(head) = links.last() else { return Ok(0) };
            for links in links.chunks(LINKS_AT_ONCE) {
                let mut query = sqlx::QueryBuilder::new(
                    "insert into chain_link (position, event_id, commitment, link, sealed_at) ",
                );
                query.push_values(links, |mut row, link| {
                    row.push_bind(link.position)
                        .push_bind(link.event)
                        .push_bind(link.commitment.to_vec())
                        .push_bind(link.link.to_vec())
                        .push_bind(at.0);
                });
                query.build().persistent(false).execute(&mut *tx).await?;
            }
            sqlx::query(NO_LONGER_WAITING).bind(end).execute(&mut *tx).await?;
            sqlx::query(MOVE_HEAD).bind(head.position).bind(head.link.to_vec()).execute(&mut *tx).await?;
            head.position - end
        })
    }
}

fn follow(end: i64, last: Vec<u8>, events: &[EventRow]) -> Vec<NewLink> {
    let mut before = last;
    let mut links = Vec::with_capacity(events.len());
    for (position, event) in (end + 1..).zip(events) {
        let commitment = commitment(event);
        let link = link(&before, position, event.id, &commitment);
        before = link.to_vec();
        links.push(NewLink { position, event: event.id, commitment, link });
    }
    links
}

/// SHA-256 over the salt and every column, each with its length before it, so that no text can pass for two.
pub(super) fn commitment(event: &EventRow) -> Hash {
    let mut hash = Sha256::new();
    let mut add = |field: &[u8]| {
        hash.update((field.len() as u64).to_be_bytes());
        hash.update(field);
    };
    add(&event.salt);
    add(event.id.as_bytes());
    add(event.center_id.as_bytes());
    add(event.ticket_id.as_bytes());
    add(&event.version.to_be_bytes());
    add(&event.at.to_be_bytes());
    add(event.actor_kind.as_bytes());
    add(event.actor.as_bytes());
    add(event.kind.as_bytes());
    add(event.body.as_bytes());
    hash.finalize().into()
}

/// SHA-256 over the link before, the position, the event's id and its commitment.
pub(super) fn link(before: &[u8], position: i64, event: Uuid, commitment: &[u8]) -> Hash {
    let mut hash = Sha256::new();
    hash.update(before);
    hash.update(position.to_be_bytes());
    hash.update(event.as_bytes());
    hash.update(commitment);
    hash.finalize().into()
}
