//! The proof that the kept figures are those of the tickets.

use uuid::Uuid;

use super::{
    Store, StoreError,
    rows::{TicketRow, parsed},
    tallies::TallyColumns,
    tally_write::Counts,
};
use crate::domain::{clock::Day, ids::CenterId, tally::TallyKey, ticket::Ticket};

const TICKETS_AFTER: &str = concat!(
    "select ",
    ticket_columns!(),
    " from ticket t where t.center_id = $1 and t.id > $2 order by t.id limit 1000"
);

const KEPT_TALLIES: &str = "select day, generation_id, commune, office_id, category, \
    reports, open, overdue, settled, on_time, extended, reopened, rated, stars from tally where center_id = $1";

const KEPT_BUCKETS: &str = "select day, generation_id, commune, office_id, category, bucket, n from tally_bucket \
    where center_id = $1";

#[derive(sqlx::FromRow)]
struct KeyColumns {
    day: i64,
    generation_id: String,
    commune: String,
    office_id: String,
    category: String,
}

impl KeyColumns {
    fn key(&self, center: &CenterId) -> Result<TallyKey, StoreError> {
        Ok(TallyKey {
            center: center.clone(),
            generation: parsed("tally.generation_id", &self.generation_id)?,
            commune: if self.commune.is_empty() { None } else { Some(parsed("tally.commune", &self.commune)?) },
            office: parsed("tally.office_id", &self.office_id)?,
            category: parsed("tally.category", &self.category)?,
            day: Day(i32::try_from(self.day).map_err(|why| StoreError::corrupt("tally.day", why))?),
        })
    }
}

#[derive(sqlx::FromRow)]
struct KeptTally {
    #[sqlx(flatten)]
    key: KeyColumns,
    #[sqlx(flatten)]
    tally: TallyColumns,
}

#[derive(sqlx::FromRow)]
struct KeptBucket {
    #[sqlx(flatten)]
    key: KeyColumns,
    bucket: i64,
    n: i64,
}

impl Store {
    /// Differences between the kept aggregates and a naive recomputation from the tickets, at one moment, as sentences;
    /// empty: equal.
    pub async fn audit_tallies(&self, center: &CenterId) -> Result<Vec<String>, StoreError> {
        let (counted, kept) = snapshot!(self, |tx| {
            let mut counted = Counts::default();
            let mut after = Uuid::nil();
            loop {
                let page: Vec<TicketRow> =
                    sqlx::query_as(TICKETS_AFTER).bind(center.as_str()).bind(after).fetch_all(&mut *tx).await?;
                if page.is_empty() {
                    break;
                }
                for row in page {
                    let ticket = Ticket::try_from(row)?;
                    after = ticket.id.0;
                    counted.count(&ticket, 1);
                }
            }
            let mut kept = Counts::default();
            let tallies: Vec<KeptTally> =
                sqlx::query_as(KEPT_TALLIES).bind(center.as_str()).fetch_all(&mut *tx).await?;
            for row in tallies {
                kept.tallies.insert(row.key.key(center)?, row.tally.into());
            }
            let buckets: Vec<KeptBucket> =
                sqlx::query_as(KEPT_BUCKETS).bind(center.as_str()).fetch_all(&mut *tx).await?;
            for row in buckets {
                kept.buckets.insert((row.key.key(center)?, row.bucket), row.n);
            }
            (counted, kept)
        })?;
        Ok(differences(&counted.without_zeros(), &kept.without_zeros()))
    }
}

fn differences(counted: &Counts, kept: &Counts) -> Vec<String> {
    let mut found = vec![];
    let keys = counted.tallies.keys().chain(kept.tallies.keys().filter(|key| !counted.tallies.contains_key(*key)));
    for key in keys {
        let (should, is) = (counted.tallies.get(key), kept.tallies.get(key));
        if should != is {
            found.push(format!("{}: kept {is:?}, counted {should:?}", name(key)));
        }
    }
    let keys = counted.buckets.keys().chain(kept.buckets.keys().filter(|key| !counted.buckets.contains_key(*key)));
    for key in keys {
        let (should, is) = (counted.buckets.get(key), kept.buckets.get(key));
        if should != is {
            found.push(format!("{} bucket {}: kept {is:?}, counted {should:?}", name(&key.0), key.1));
        }
    }
    found
}

fn name(key: &TallyKey) -> String {
    let commune = key.commune.as_ref().map_or("none", |commune| commune.as_str());
    format!("{} {}/{commune} {} {}", key.day, key.generation, key.office, key.category)
}
