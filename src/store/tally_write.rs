//! Aggregates are kept by adding the difference that a change makes, in the change's own transaction.

use std::collections::BTreeMap;

use sqlx::QueryBuilder;

use super::portions::portions;
use crate::domain::{
    tally::{Tally, TallyKey, bucket_of, key_of, tally_of},
    ticket::Ticket,
};

const ADD_TALLIES: &str = "insert into tally (\
    center_id, day, generation_id, commune, office_id, category, \
    reports, open, overdue, settled, on_time, extended, reopened, rated, stars) ";

const SUM_TALLIES: &str = " on conflict (center_id, day, generation_id, commune, office_id, category) do update set \
    reports = tally.reports + excluded.reports, open = tally.open + excluded.open, \
    overdue = tally.overdue + excluded.overdue, settled = tally.settled + excluded.settled, \
    on_time = tally.on_time + excluded.on_time, extended = tally.extended + excluded.extended, \
    reopened = tally.reopened + excluded.reopened, rated = tally.rated + excluded.rated, \
    stars = tally.stars + excluded.stars";

const ADD_BUCKETS: &str = "insert into tally_bucket (\
    center_id, day, generation_id, commune, office_id, category, bucket, n) ";

const SUM_BUCKETS: &str = " on conflict (center_id, day, generation_id, commune, office_id, category, bucket) do update set \
    n = tally_bucket.n + excluded.n";

/// Counts by key, and by key and bucket; sorted, so that transactions lock rows in one order.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Counts {
    pub(super) tallies: BTreeMap<TallyKey, Tally>,
    pub(super) buckets: BTreeMap<(TallyKey, i64), i64>,
}

impl Counts {
    /// Adds the ticket `sign` times.
    pub(super) fn count(&mut self, ticket: &Ticket, sign: i64) {
        let key = key_of(ticket);
        if let Some(bucket) = bucket_of(ticket) {
            *self.buckets.entry((key.clone(), bucket)).or_default() += sign;
        }
        self.tallies.entry(key).or_default().add(tally_of(ticket), sign);
    }

    /// Without the rows in which everything is zero.
    pub(super) fn without_zeros(mut self) -> Self {
        self.tallies.retain(|_, tally| *tally != Tally::default());
        self.buckets.retain(|_, n| *n != 0);
        self
    }
}

/// Binds the six key columns.
macro_rules! bind_key {
    ($row:expr, $key:expr) => {
        $row.push_bind($key.center.as_str())
            .push_bind(i64::from($key.day.0))
            .push_bind($key.generation.as_str())
            .push_bind($key.commune.as_ref().map_or("", |commune| commune.as_str()))
            .push_bind($key.office.as_str())
            .push_bind($key.category.as_str())
    };
}

steps! {
    /// Writes to the tables of figures.
    trait Tallies {
        /// Adds the differences; last in a transaction, because these rows are shared by many.
        async fn add_counts(&mut self, counts: Counts) -> () {
            let counts = counts.without_zeros();
            let tallies: Vec<_> = counts.tallies.iter().collect();
            for tallies in portions(&tallies) {
                let mut query = QueryBuilder::new(ADD_TALLIES);
                query.push_values(tallies, |mut row, (key, tally)| {
                    bind_key!(row, key);
                    for value in tally.columns() {
                        row.push_bind(value);
                    }
                });
                query.push(SUM_TALLIES).build().execute(&mut *self).await?;
            }
            let buckets: Vec<_> = counts.buckets.iter().collect();
            for buckets in portions(&buckets) {
                let mut query = QueryBuilder::new(ADD_BUCKETS);
                query.push_values(buckets, |mut row, ((key, bucket), n)| {
                    bind_key!(row, key).push_bind(*bucket).push_bind(**n);
                });
                query.push(SUM_BUCKETS).build().execute(&mut *self).await?;
            }
            Ok(())
        }
    }
}
