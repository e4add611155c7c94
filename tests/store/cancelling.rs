use std::{pin::pin, time::Duration};

use futures::{FutureExt, poll};
use ioc::store::{Committed, Store};

use crate::{
    samples::{Draw, Sample, Step, center},
    support::Stage,
    tamper::number,
};

on_every_store!(
    a_submission_that_is_dropped_anywhere_is_whole_or_absent,
    a_change_that_is_dropped_anywhere_is_whole_or_absent,
    after_dropped_writes_no_connection_is_inside_a_transaction,
);

/// Polls a write at most `polls` times, a little apart, and drops it.
async fn dropped<T>(write: impl Future<Output = T>, polls: usize) -> Option<T> {
    let mut write = pin!(write);
    for _ in 0..polls {
        if let std::task::Poll::Ready(done) = poll!(write.as_mut()) {
            return Some(done);
        }
        tokio::time::sleep(Duration::from_micros(200)).await;
    }
    None
}

/// Everything of the sample is there, or nothing.
async fn whole(store: &Store, sample: &Sample) -> bool {
    let ticket = store.ticket(&center(), sample.ticket.id).await.unwrap();
    let report = store.report(&center(), sample.report.id).await.unwrap();
    let contact = store.sealed_contact(&center(), sample.report.id).await.unwrap();
    let events = store.history(&center(), sample.ticket.id).await.unwrap();
    let parts = [ticket.is_some(), report.is_some(), contact.is_some(), events.len() == 2];
    assert!(parts.iter().all(|part| *part == parts[0]) && (parts[0] || events.is_empty()), "{parts:?}");
    parts[0]
}

async fn a_submission_that_is_dropped_anywhere_is_whole_or_absent(stage: Stage) {
    let (draw, store) = (Draw::seeded(81), &stage.store);
    let (mut kept, mut absent) = (0, 0);
    for polls in 0..60 {
        let sample = draw.sample(i64::try_from(polls).unwrap());
        let answer = dropped(store.submit(&sample.with_key("", &polls.to_string(), b"x")), polls).await;
        // A write after it, on whatever connection comes next, is not swallowed by what was left behind.
        let next = draw.sample(1000 + i64::try_from(polls).unwrap());
        next.submit(store).await;
        assert!(whole(store, &next).await);
        let stored = whole(store, &sample).await;
        assert!(stored || answer.is_none(), "acknowledged after {polls} polls and lost");
        *(if stored { &mut kept } else { &mut absent }) += 1;
    }
    assert!(absent > 0, "{kept} kept, {absent} absent");
    let reports = store.tally(&center(), &Default::default()).await.unwrap().tally.reports;
    assert_eq!(reports, kept + 60);
    assert_eq!(store.audit_tallies(&center()).await.unwrap(), Vec::<String>::new());
}

async fn a_change_that_is_dropped_anywhere_is_whole_or_absent(stage: Stage) {
    let (draw, store) = (Draw::seeded(82), &stage.store);
    let sample = draw.sample(0);
    sample.submit(store).await;
    for polls in 0..40 {
        let now = store.ticket(&center(), sample.ticket.id).await.unwrap().unwrap();
        let actor = ioc::domain::event::Actor::System;
        let step = Step::of(&draw, &now, actor, ioc::domain::event::EventKind::MeToo, |after| after.me_too += 1);
        let answer = dropped(store.commit(&[step.change()]), polls).await.map(Result::unwrap);
        let again = store.commit(&[step.change()]).await.unwrap();
        assert!(answer != Some(Committed::Done) || again == Committed::Stale, "acknowledged and lost");
        let now = store.ticket(&center(), sample.ticket.id).await.unwrap().unwrap();
        assert_eq!(now, step.after, "written once, by one of the two");
        assert_eq!(
            store.history(&center(), sample.ticket.id).await.unwrap().len(),
            usize::try_from(now.version).unwrap()
        );
    }
}

async fn after_dropped_writes_no_connection_is_inside_a_transaction(stage: Stage) {
    let (draw, store) = (Draw::seeded(83), &stage.store);
    for nth in 0..200 {
        let sample = draw.sample(nth);
        // One poll sends BEGIN on PostgreSQL and drops its answer.
        let _ = store.submit(&sample.new_report()).now_or_never();
    }
    if store.engine() == "postgres" {
        let inside = "select count(*) from pg_stat_activity \
            where datname = current_database() and pid <> pg_backend_pid() and state like 'idle in transaction%'";
        let mut left = number(store, inside).await;
        for _ in 0..50 {
            if left == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            left = number(store, inside).await;
        }
        assert_eq!(left, 0);
    }
    let sample = draw.sample(1000);
    sample.submit(store).await;
    assert!(whole(store, &sample).await);
    // What was acknowledged is there for a connection that was never part of this.
    store.close().await;
    let again = Store::connect(&stage.url).await.unwrap();
    assert!(whole(&again, &sample).await);
    again.close().await;
}
