//! Changing tickets: optimistic, all of the changes or none.

use super::{
    Committed, Store, StoreError, TicketChange,
    claims::Claims,
    feed::{Feed, moved},
    outbox::Outbox,
    rungs::Rungs,
    tally_write::{Counts, Tallies},
    uploads::{Settled, Uploads},
    write::{Placed, Write},
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
        self.commit_with(changes, &[]).await
    }

    /// Likewise, with what became of uploads; `Stale` also where one of them waits no longer.
    pub async fn commit_with(
        &self,
        changes: &[TicketChange<'_>],
        settled: &[Settled],
    ) -> Result<Committed, StoreError> {
        let ordered = ordered(changes);
        writing!(self, |tx| {
            for change in &ordered {
                if !tx.change(change).await? {
                    return Ok(Committed::Stale);
                }
            }
            if !tx.settle_uploads(settled).await? {
                return Ok(Committed::Stale);
            }
            tx.after_changes(&ordered).await?;
            Committed::Done
        })
    }
}

steps! {
    /// What every transaction that changes tickets does.
    trait Change {
        /// The ticket's own row; false, and nothing written, where it is not at the version that was read.
        async fn change(&mut self, change: &TicketChange<'_>) -> bool {
            self.update_ticket(change.after, change.before.version, change.next_at).await
        }

        /// All that follows from the changes whose rows were written; last in a transaction, because some of it is shared
        /// by many.
        async fn after_changes(&mut self, changes: &[&TicketChange<'_>]) -> () {
            let events: Vec<_> = changes.iter().flat_map(|change| change.events).collect();
            let answers = changes.iter().map(|change| Placed::of(change.after, None, change.photos));
            let photos: Vec<_> = answers.flatten().collect();
            let moves = changes.iter().filter(|change| change.after.office != change.before.office);
            let offices: Vec<_> = moves.map(|change| change.after).collect();
            let mut counts = Counts::default();
            for change in changes {
                counts.count(change.before, -1);
                counts.count(change.after, 1);
            }
            self.append(&events).await?;
            self.insert_rungs(changes).await?;
            self.announce(&events).await?;
            self.insert_photos(&photos).await?;
            self.remember_offices(&offices).await?;
            self.end_claims(changes).await?;
            self.add_counts(counts).await?;
            self.feed(changes.iter().flat_map(|change| moved(change)).collect()).await?;
            Ok(())
        }
    }
}
