use std::{pin::pin, time::Duration};

use futures::poll;
use ioc::{
    domain::event::{Actor, EventKind},
    store::{Committed, Store, TallyQuery},
};

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
    let mut sent = vec![];
    for polls in 0..60 {
        let sample = draw.sample(i64::try_from(polls).unwrap());
        let answer = dropped(store.submit(sample.with_key("", &polls.to_string(), b"x")), polls).await;
        // A write after it, on whatever connection comes next, is not swallowed by what was left behind.
        let next = draw.sample(1000 + i64::try_from(polls).unwrap());
        next.submit(store).await;
        assert!(whole(store, &next).await);
        sent.push((sample, answer));
    }
    // What was handed in goes on without its sender; closing waits for it.
    store.close().await;
    let store = &Store::connect(&stage.url).await.unwrap();
    let (mut kept, mut absent) = (0, 0);
    for (polls, (sample, answer)) in sent.iter().enumerate() {
        let stored = whole(store, sample).await;
        assert!(stored || answer.is_none(), "acknowledged after {polls} polls and lost");
        *(if stored { &mut kept } else { &mut absent }) += 1;
    }
    assert!(absent > 0, "{kept} kept, {absent} absent");
    let reports = store.tally(&center(), &TallyQuery::default()).await.unwrap().tally.reports;
    assert_eq!(reports, kept + 60);
    assert_eq!(store.audit_tallies(&center()).await.unwrap(), Vec::<String>::new());
    store.close().await;
}

async fn a_change_that_is_dropped_anywhere_is_whole_or_absent(stage: Stage) {
    let (draw, store) = (Draw::seeded(82), &stage.store);
    let sample = draw.sample(0);
    sample.submit(store).await;
    for polls in 0..40 {
        let now = store.ticket(&center(), sample.ticket.id).await.unwrap().unwrap();
        let step = Step::of(&draw, &now, Actor::System, EventKind::MeToo, |after| after.waits += 1);
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
    draw.sample(999).submit(store).await;
    // A few polls: acquiring, its ping, BEGIN, the first statements; dropped with each of them in flight.
    for nth in 0..80 {
        let sample = draw.sample(nth);
        let _ = dropped(store.submit(sample.new_report()), usize::try_from(nth / 8).unwrap()).await;
        assert_eq!(left_open(store).await, 0, "after {} polls", nth / 8);
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

/// Connections that still wait inside a transaction after a second. A writer of SQLite that did would block the next.
async fn left_open(store: &Store) -> i64 {
    let inside = "select count(*) from pg_stat_activity \
        where datname = current_database() and pid <> pg_backend_pid() and state like 'idle in transaction%'";
    if store.engine() == "sqlite" {
        return 0;
    }
    for _ in 0..50 {
        if number(store, inside).await == 0 {
            return 0;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    number(store, inside).await
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_the_server_ended_are_replaced() {
    let (stage, draw) = (Stage::postgres().await, Draw::seeded(84));
    draw.sample(0).submit(&stage.store).await;
    let end = "select count(pg_terminate_backend(pid)) from pg_stat_activity \
        where datname = current_database() and pid <> pg_backend_pid() and application_name = 'ioc'";
    assert!(number(&stage.store, end).await > 0);
    let sample = draw.sample(1);
    sample.submit(&stage.store).await;
    assert!(whole(&stage.store, &sample).await);
}
