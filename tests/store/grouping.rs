use std::{pin::pin, sync::Arc};

use futures::{FutureExt, StreamExt, future::join_all, poll, stream::FuturesUnordered};
use ioc::store::{NewReport, Store, StoreError, Submitted};
use sqlx::{Postgres, Sqlite, pool::PoolConnection};
use tokio::task::JoinSet;

use crate::{
    samples::{Draw, Sample, center},
    support::Stage,
    tamper::number,
};

on_every_store!(
    what_waits_together_is_committed_together,
    a_lone_report_is_a_commit_of_its_own,
    a_member_that_is_refused_never_harms_its_neighbours,
    a_code_that_two_draw_at_once_is_given_to_one,
    equal_keys_in_one_group_make_one_row_and_equal_answers,
    a_taken_code_leaves_its_key_to_the_next,
    who_is_gone_is_written_once,
    who_finds_no_room_is_told_so_and_nothing_else_is_lost,
    a_flood_from_one_sender_does_not_hold_up_another,
    one_by_one_each_has_a_commit,
);

/// Holds every connection that writes, with each committer waiting for one.
#[expect(dead_code, reason = "held for its end")]
enum Plug {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(Vec<PoolConnection<Postgres>>),
}

/// What each committer waits with meanwhile.
type Waiting = JoinSet<Result<Submitted, StoreError>>;

async fn plug(store: &Store, draw: &Draw) -> (Plug, Waiting) {
    let (plug, committers) = match store {
        Store::Sqlite { write, .. } => (Plug::Sqlite(write.acquire().await.unwrap()), 1),
        Store::Postgres { write, .. } => {
            let most = write.options().get_max_connections();
            let all = join_all((0..most).map(|_| write.acquire())).await;
            (Plug::Postgres(all.into_iter().map(Result::unwrap).collect()), 2)
        }
    };
    let mut waiting = JoinSet::new();
    for nth in 0..committers {
        let commits = store.submit_commits();
        let (store, sample) = (store.clone(), draw.sample(1_000_000 + nth));
        let waits = Arc::new(store.clone());
        waiting.spawn(async move { store.submit(sample.new_report()).await });
        while waits.submit_commits() == commits {
            tokio::task::yield_now().await;
        }
    }
    (plug, waiting)
}

/// Submits all while nothing can be written, then lets them; what each is told, and how many commits it took.
async fn together(store: &Store, draw: &Draw, all: Vec<NewReport>) -> (Vec<Result<Submitted, StoreError>>, u64) {
    let (plug, waiting) = plug(store, draw).await;
    let commits = store.submit_commits();
    let mut answers = pin!(join_all(all.into_iter().map(|new| store.submit(new))));
    assert!(poll!(answers.as_mut()).is_pending());
    drop(plug);
    let told = answers.await;
    assert!(waiting.join_all().await.iter().all(Result::is_ok));
    (told, store.submit_commits() - commits)
}

fn some(draw: &Draw, count: i64) -> Vec<Sample> {
    (0..count).map(|nth| draw.sample(nth)).collect()
}

async fn faultless(store: &Store, reports: i64) {
    let counted =
        "select cast(sum(reports) as bigint) from tally where grain = 'day' and category = '' and office_id = ''";
    for table in ["select count(*) from report", "select count(*) from ticket", counted] {
        assert_eq!(number(store, table).await, reports, "{table}");
    }
    assert_eq!(number(store, "select count(*) from event").await, 2 * reports);
    assert_eq!(store.audit_tallies(&center()).await.unwrap(), Vec::<String>::new());
}

/// How many reports a plug has made.
fn of_plug(store: &Store) -> i64 {
    if store.engine() == "sqlite" { 1 } else { 2 }
}

async fn what_waits_together_is_committed_together(stage: Stage) {
    let (draw, store) = (Draw::seeded(101), &stage.store);
    let all = some(&draw, 128);
    let (told, commits) = together(store, &draw, all.iter().map(Sample::new_report).collect()).await;
    assert!(told.iter().all(|told| *told == Ok(Submitted::New)), "{told:?}");
    assert_eq!(commits, 2, "128 reports in groups of 64");
    for sample in &all {
        assert_eq!(store.ticket(&center(), sample.ticket.id).await.unwrap().as_ref(), Some(&sample.ticket));
        assert_eq!(store.report(&center(), sample.report.id).await.unwrap().as_ref(), Some(&sample.report));
        assert_eq!(store.history(&center(), sample.ticket.id).await.unwrap(), sample.events);
        assert_eq!(store.sealed_contact(&center(), sample.report.id).await.unwrap(), sample.contact);
    }
    faultless(store, 128 + of_plug(store)).await;
}

async fn a_lone_report_is_a_commit_of_its_own(stage: Stage) {
    let (draw, store) = (Draw::seeded(102), &stage.store);
    for nth in 0..5 {
        draw.sample(nth).submit(store).await;
    }
    assert_eq!(store.submit_commits(), 5);
}

async fn a_member_that_is_refused_never_harms_its_neighbours(stage: Stage) {
    let (draw, store) = (Draw::seeded(103), &stage.store);
    let there = draw.sample(999);
    there.submit(store).await;
    for guilty in [0, 20, 63] {
        let mut all: Vec<_> = some(&draw, 64).iter().map(Sample::new_report).collect();
        // Another report with an id that is there already: the database refuses the whole statement.
        all[guilty].report.id = there.report.id;
        let (told, _) = together(store, &draw, all).await;
        for (place, told) in told.iter().enumerate() {
            match told {
                Err(StoreError::Refused(_)) => assert_eq!(place, guilty),
                told => assert!(*told == Ok(Submitted::New) && place != guilty, "{place}: {told:?}"),
            }
        }
    }
    faultless(store, 1 + 3 * (63 + of_plug(store))).await;
}

async fn a_code_that_two_draw_at_once_is_given_to_one(stage: Stage) {
    let (draw, store) = (Draw::seeded(104), &stage.store);
    let mut all = some(&draw, 16);
    (all[7].report.code, all[7].ticket.code) = (all[3].report.code, all[3].ticket.code);
    let (told, commits) = together(store, &draw, all.iter().map(Sample::new_report).collect()).await;
    let taken: Vec<_> = (0..16).filter(|place| told[*place] == Ok(Submitted::CodeTaken)).collect();
    assert!(taken == [3] || taken == [7], "{told:?}");
    assert_eq!(told.iter().filter(|told| **told == Ok(Submitted::New)).count(), 15);
    assert_eq!(commits, 2, "once with it, once without");
    faultless(store, 15 + of_plug(store)).await;
}

async fn equal_keys_in_one_group_make_one_row_and_equal_answers(stage: Stage) {
    let (draw, store) = (Draw::seeded(105), &stage.store);
    let all = some(&draw, 32);
    let word = |nth: usize| if nth == 13 { b"another" as &[u8] } else { b"same" };
    let reports = all.iter().enumerate().map(|(nth, sample)| sample.with_key("s", "k", word(nth)));
    let (told, commits) = together(store, &draw, reports.collect()).await;
    assert_eq!(commits, 1);
    let winner = told.iter().position(|told| *told == Ok(Submitted::New)).expect("one is new");
    let again = Submitted::Again {
        answer: format!("{{\"code\":\"{}\"}}", all[winner].report.code),
        report: all[winner].report.id,
        code: all[winner].report.code,
    };
    for (place, told) in told.into_iter().enumerate().filter(|(place, _)| *place != winner) {
        let reused = word(place) != word(winner);
        assert_eq!(told, Ok(if reused { Submitted::KeyReused } else { again.clone() }), "{place}");
    }
    faultless(store, 1 + of_plug(store)).await;
}

async fn a_taken_code_leaves_its_key_to_the_next(stage: Stage) {
    let (draw, store) = (Draw::seeded(106), &stage.store);
    let there = draw.sample(999);
    there.submit(store).await;
    let mut all = some(&draw, 2);
    (all[0].report.code, all[0].ticket.code) = (there.report.code, there.ticket.code);
    let reports = all.iter().map(|sample| sample.with_key("s", "k", b"x")).collect();
    let (told, _) = together(store, &draw, reports).await;
    assert!(told.contains(&Ok(Submitted::New)) || told.contains(&Ok(Submitted::CodeTaken)), "{told:?}");
    // Whoever was told to draw again finds the answer of the other, or is the first.
    let mut again = draw.sample(5);
    again.contact = None;
    let last = store.submit(again.with_key("s", "k", b"x")).await.unwrap();
    assert!(matches!(last, Submitted::Again { .. }), "{told:?}, then {last:?}");
    faultless(store, 2 + of_plug(store)).await;
}

async fn who_is_gone_is_written_once(stage: Stage) {
    let (draw, store) = (Draw::seeded(107), &stage.store);
    let all = some(&draw, 40);
    let new = |nth: usize| all[nth].with_key("s", &nth.to_string(), b"x");
    let (plug, waiting) = plug(store, &draw).await;
    for nth in 0..40 {
        assert!(store.submit(new(nth)).now_or_never().is_none());
    }
    drop(plug);
    assert!(waiting.join_all().await.iter().all(Result::is_ok));
    for (nth, sample) in all.iter().enumerate() {
        let answer = format!("{{\"code\":\"{}\"}}", sample.report.code);
        let told = store.submit(new(nth)).await.unwrap();
        assert_eq!(told, Submitted::Again { answer, report: sample.report.id, code: sample.report.code });
    }
    faultless(store, 40 + of_plug(store)).await;
}

async fn who_finds_no_room_is_told_so_and_nothing_else_is_lost(stage: Stage) {
    let (draw, store) = (Draw::seeded(108), &stage.store);
    let all = some(&draw, 1100).iter().map(Sample::new_report).collect();
    let (told, commits) = together(store, &draw, all).await;
    let (new, away): (Vec<_>, Vec<_>) = told.into_iter().partition(|told| *told == Ok(Submitted::New));
    assert_eq!((new.len(), away.len()), (1024, 76));
    assert!(away.iter().all(|told| matches!(told, Err(StoreError::Unavailable(_)))), "{away:?}");
    assert_eq!(commits, 16);
    faultless(store, 1024 + of_plug(store)).await;
}

async fn a_flood_from_one_sender_does_not_hold_up_another(stage: Stage) {
    let (draw, store) = (Draw::seeded(109), &stage.store);
    let (plug, _waiting) = plug(store, &draw).await;
    let mut answers = FuturesUnordered::new();
    for nth in 0..401 {
        let sender = if nth == 400 { "one" } else { "flood" }.to_owned();
        let new = NewReport { sender, ..draw.sample(nth).new_report() };
        answers.push(async move { (nth, store.submit(new).await) });
    }
    assert!(poll!(answers.next()).is_pending());
    drop(plug);
    let mut place = 0;
    while let Some((nth, told)) = answers.next().await {
        assert_eq!(told, Ok(Submitted::New));
        place += 1;
        if nth == 400 {
            break;
        }
    }
    assert!(place <= 128, "the last to come was answered as number {place}: two groups may be under way");
}

async fn one_by_one_each_has_a_commit(stage: Stage) {
    let (draw, store) = (Draw::seeded(110), stage.store.one_by_one());
    let all = some(&draw, 40);
    let told = join_all(all.iter().map(|sample| store.submit(sample.new_report()))).await;
    assert!(told.iter().all(|told| *told == Ok(Submitted::New)), "{told:?}");
    assert_eq!(store.submit_commits(), 40);
    faultless(&store, 40).await;
}
