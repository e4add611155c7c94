//! Changing tickets: optimistic, all of the changes or none.

use super::{
    Committed, Store, StoreError, TicketChange,
    claims::Claims,
    feed::{Feed, moved},
    tally_write::{Counts, Tallies},
    write::Write,
};

/// In one order for everybody, so that two transactions never wait for one another.
pub(super) fn ordered<'a, 'b>(changes: &'a [TicketChange<'b>]) -> Vec<&'a TicketChange<'b>> {
    let mut ordered: Vec<_> = changes.iter().collect();
    ordered.sort_by_key(|change| change.after.id);
    ordered
}

impl Store {
    /// All of the changes in one transaction, or none. `Stale` where a stored version is not the one that was read.
    pub async fn commit(&self, changes: &[TicketChange<'_>]) -> Result<Committed, StoreError> {
        let ordered = ordered(changes);
        writing!(self, |tx| {
            for change in &ordered {
                if !tx.change(change).await? {
                    return Ok(Committed::Stale);
                }
            }
            tx.after_changes(&ordered).await?;
            Committed::Done
        })
    }
}

steps! {
    /// What every transaction that changes tickets does.
    trait Change {
        /// One ticket with its history and photos; false, and nothing written, where it is not at the version read.
        async fn change(&mut self, change: &TicketChange<'_>) -> bool {
            if !self.update_ticket(change.after, change.before.version, change.next_at).await? {
                return Ok(false);
            }
            self.append(change.events).await?;
            self.insert_photos(&change.after.center, change.after.id, None, change.photos).await?;
            if change.after.office != change.before.office {
                self.remember_office(change.after).await?;
            }
            Ok(true)
        }

        /// What follows from all that were written; last in the transaction, because its rows are shared by many.
        async fn after_changes(&mut self, changes: &[&TicketChange<'_>]) -> () {
            self.end_claims(changes).await?;
            let mut counts = Counts::default();
            for change in changes {
                counts.count(change.before, -1);
                counts.count(change.after, 1);
            }
            self.add_counts(counts).await?;
            self.feed(changes.iter().flat_map(|change| moved(change)).collect()).await?;
            Ok(())
        }
    }
}
