//! Changing tickets: optimistic, all of the changes or none.

use super::{
    Committed, Store, StoreError, TicketChange,
    tally_write::{Counts, Tallies},
    uploads::{Settled, Uploads},
    write::{Placed, Write},
};

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
        // One order for everybody, so that two transactions never wait for one another.
        let mut ordered: Vec<_> = changes.iter().collect();
        ordered.sort_by_key(|change| change.after.id);
        let events: Vec<_> = ordered.iter().flat_map(|change| change.events).collect();
        let answers = ordered.iter().map(|change| Placed::of(change.after, None, change.photos));
        let photos: Vec<_> = answers.flatten().collect();
        let moves = ordered.iter().filter(|change| change.after.office != change.before.office);
        let moved: Vec<_> = moves.map(|change| change.after).collect();
        writing!(self, |tx| {
            let mut counts = Counts::default();
            for change in &ordered {
                if !tx.update_ticket(change.after, change.before.version, change.next_at).await? {
                    return Ok(Committed::Stale);
                }
                counts.count(change.before, -1);
                counts.count(change.after, 1);
            }
            if !tx.settle_uploads(settled).await? {
                return Ok(Committed::Stale);
            }
            tx.append(&events).await?;
            tx.insert_photos(&photos).await?;
            tx.remember_offices(&moved).await?;
            tx.add_counts(counts).await?;
            Committed::Done
        })
    }
}
