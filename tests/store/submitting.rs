use std::sync::Arc;

use ioc::{
    domain::event::{Actor, EventKind},
    store::{Committed, Store, StoreError, Submitted, TallyQuery},
};

use crate::{
    samples::{Draw, START, Step, center},
    support::Stage,
    tamper::number,
};

on_every_store!(
    sixty_four_submissions_with_one_key_make_one_row_and_equal_answers,
    a_key_with_another_body_is_refused_and_writes_nothing,
    keys_are_apart_by_scope_and_centre,
    old_keys_are_forgotten_and_their_reports_stay,
    a_code_that_is_taken_is_refused_and_writes_nothing,
    submissions_side_by_side_are_all_kept,
    two_programs_on_one_database_write_beside_one_another,
);

async fn sixty_four_submissions_with_one_key_make_one_row_and_equal_answers(stage: Stage) {
    let draw = Arc::new(Draw::seeded(11));
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let (store, sample) = (stage.store.clone(), draw.sample(0));
            tokio::spawn(async move {
                let submitted = store.submit(sample.with_key("key-1", "k", b"same")).await.unwrap();
                (submitted, sample)
            })
        })
        .collect();
    let mut done = vec![];
    for task in tasks {
        done.push(task.await.unwrap());
    }
    let (new, again): (Vec<_>, Vec<_>) = done.into_iter().partition(|(submitted, _)| *submitted == Submitted::New);
    let [(_, winner)] = new.as_slice() else { panic!("{} were new", new.len()) };
    let expected = Submitted::Again {
        answer: format!("{{\"code\":\"{}\"}}", winner.report.code),
        report: winner.report.id,
        code: winner.report.code,
    };
    assert_eq!(again.len(), 63);
    assert!(again.iter().all(|(submitted, _)| *submitted == expected));
    for table in ["select count(*) from report", "select count(*) from ticket", "select count(*) from idempotency"] {
        assert_eq!(number(&stage.store, table).await, 1, "{table}");
    }
    assert_eq!(number(&stage.store, "select count(*) from event").await, 2);
    assert_eq!(stage.store.submitted_before(&center(), "key-1", "k", b"same").await.unwrap(), Some(expected));
}

async fn a_key_with_another_body_is_refused_and_writes_nothing(stage: Stage) {
    let (draw, store) = (Draw::seeded(12), &stage.store);
    assert_eq!(store.submitted_before(&center(), "s", "k", b"one").await.unwrap(), None);
    assert_eq!(store.submit(draw.sample(0).with_key("s", "k", b"one")).await.unwrap(), Submitted::New);
    assert_eq!(store.submit(draw.sample(1).with_key("s", "k", b"two")).await.unwrap(), Submitted::KeyReused);
    let before = store.submitted_before(&center(), "s", "k", b"two").await.unwrap();
    assert_eq!(before, Some(Submitted::KeyReused));
    assert_eq!(number(store, "select count(*) from report").await, 1);
    assert_eq!(store.audit_tallies(&center()).await.unwrap(), Vec::<String>::new());
}

async fn keys_are_apart_by_scope_and_centre(stage: Stage) {
    let (draw, store) = (Draw::seeded(13), &stage.store);
    let mut elsewhere = draw.sample(2);
    elsewhere.report.center = "canary".parse().unwrap();
    elsewhere.ticket.center = "canary".parse().unwrap();
    for (sample, scope) in [(draw.sample(0), ""), (draw.sample(1), "device-7"), (elsewhere, "")] {
        assert_eq!(store.submit(sample.with_key(scope, "k", b"x")).await.unwrap(), Submitted::New);
    }
}

async fn old_keys_are_forgotten_and_their_reports_stay(stage: Stage) {
    let (draw, store) = (Draw::seeded(15), &stage.store);
    let sample = draw.sample(0);
    store.submit(sample.with_key("s", "k", b"x")).await.unwrap();
    let received = sample.report.received_at;
    assert_eq!(store.forget_keys(received).await.unwrap(), 0);
    assert_eq!(store.forget_keys(received.plus(1)).await.unwrap(), 1);
    assert_eq!(store.submitted_before(&center(), "s", "k", b"x").await.unwrap(), None);
    assert!(store.report(&center(), sample.report.id).await.unwrap().is_some());
}

async fn a_code_that_is_taken_is_refused_and_writes_nothing(stage: Stage) {
    let (draw, store) = (Draw::seeded(14), &stage.store);
    let first = draw.sample(0);
    first.submit(store).await;
    let mut second = draw.sample(1);
    second.report.code = first.report.code;
    second.ticket.code = first.report.code;
    assert_eq!(store.submit(second.with_key("s", "k", b"x")).await.unwrap(), Submitted::CodeTaken);
    assert_eq!(number(store, "select count(*) from report").await, 1);
    assert_eq!(number(store, "select count(*) from idempotency").await, 0);
    assert!(matches!(store.submit(first.new_report()).await, Err(StoreError::Refused(_))), "the same id twice");
}

async fn submissions_side_by_side_are_all_kept(stage: Stage) {
    let draw = Draw::seeded(15);
    let tasks: Vec<_> = (0..100)
        .map(|nth| {
            let (store, mut sample) = (stage.store.clone(), draw.sample(nth));
            sample.ticket.office = draw.of(&["xa-03127", "xa-03130", "xa-03166"]).parse().unwrap();
            tokio::spawn(async move { store.submit(sample.new_report()).await.unwrap() })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), Submitted::New);
    }
    assert_eq!(stage.store.tally(&center(), &TallyQuery::default()).await.unwrap().tally.reports, 100);
    assert_eq!(stage.store.audit_tallies(&center()).await.unwrap(), Vec::<String>::new());
}

/// A command beside the server: each has its own connections.
async fn two_programs_on_one_database_write_beside_one_another(stage: Stage) {
    let draw = Arc::new(Draw::seeded(16));
    let mut programs = vec![];
    for program in 0..2 {
        let (store, draw) = (Store::connect(&stage.url).await.unwrap(), Arc::clone(&draw));
        programs.push(tokio::spawn(async move {
            for nth in 0..40 {
                let sample = draw.sample(program * 1000 + nth);
                sample.submit(&store).await;
                let step = Step::of(&draw, &sample.ticket, Actor::System, EventKind::MeToo, |_| ());
                assert_eq!(store.commit(&[step.change()]).await.unwrap(), Committed::Done);
                store.seal(START, 2).await.unwrap();
            }
            store.close().await;
        }));
    }
    for program in programs {
        program.await.unwrap();
    }
    while stage.store.seal(START, 100).await.unwrap() > 0 {}
    let report = stage.store.verify_chain().await.unwrap();
    assert_eq!((report.sealed, report.unsealed, report.faults), (240, 0, vec![]));
    assert_eq!(stage.store.audit_tallies(&center()).await.unwrap(), Vec::<String>::new());
}
