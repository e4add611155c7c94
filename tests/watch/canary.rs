//! Reports of our own go the whole way and leave nothing; the outside hears of success alone.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use ioc::{
    domain::{check::Verdict, clock::MINUTE},
    store::StoreError,
};
use uuid::Uuid;

use crate::{
    place::{Outside, Place, center},
    support::Stage,
};

on_every_store! {
    three_canaries_leave_no_trace,
    a_canary_that_was_broken_off_leaves_none_either,
    the_outside_hears_of_nothing_but_success,
    an_outside_that_does_not_take_it_is_told_of,
    only_self_checks_can_be_removed,
    an_instance_that_leads_no_longer_sends_no_canary,
}

/// The chain is whole and the figures are those of the tickets.
async fn is_whole(place: &Place) {
    let chain = place.store().verify_chain().await.unwrap();
    assert_eq!(chain.faults, []);
    assert_eq!(place.store().audit_tallies(&center()).await.unwrap(), [""; 0]);
}

async fn three_canaries_leave_no_trace(stage: Stage) {
    let place = Place::new(&stage).await;
    place.report().await;
    place.app.tick().await.unwrap();
    place.app.audit().await.unwrap();
    let before = place.rows().await;
    for _ in 0..3 {
        assert!(place.app.canary().await.unwrap());
        assert_eq!(place.stands("canary").await, Verdict::Ok);
        place.minutes_pass(5);
        place.app.tick().await.unwrap();
    }
    assert_eq!(place.rows().await, before);
    let chain = place.store().verify_chain().await.unwrap();
    assert_eq!((chain.unsealed, chain.faults), (0, vec![]));
    is_whole(&place).await;
    place.minutes_pass(30);
    assert_eq!(place.stands("canary").await, Verdict::Alarm, "none for half an hour");
}

/// Drops the work after so many looks at it; whether it had come to its end.
async fn cut(polls: u64, work: impl Future) -> bool {
    let (mut work, mut left) = (pin!(work), polls);
    poll_fn(|context| {
        left = left.saturating_sub(1);
        if left == 0 { Poll::Ready(false) } else { work.as_mut().poll(context).map(|_| true) }
    })
    .await
}

async fn a_canary_that_was_broken_off_leaves_none_either(stage: Stage) {
    let place = Place::new(&stage).await;
    place.report().await;
    place.app.tick().await.unwrap();
    assert!(place.app.canary().await.unwrap());
    let before = place.rows().await;
    let mut polls = 4;
    while !cut(polls, Box::pin(place.app.canary())).await {
        place.app.tick().await.unwrap();
        is_whole(&place).await;
        polls += 4;
    }
    assert!(polls > 12, "it was broken off at several places");
    assert!(place.app.canary().await.unwrap());
    assert_eq!(place.rows().await, before);
}

async fn the_outside_hears_of_nothing_but_success(stage: Stage) {
    let mut place = Place::new(&stage).await;
    let outside = Outside::answering(204).await;
    place.app.checks.dead_man = Some(outside.url.parse().unwrap());
    let ticket = place.report().await;
    assert!(place.app.canary().await.unwrap());
    assert_eq!(outside.told(), 0, "nobody has audited yet");
    place.app.audit().await.unwrap();
    assert!(place.app.canary().await.unwrap());
    assert_eq!((outside.told(), place.stands("dead_man").await), (1, Verdict::Ok));

    place.by_hand("alter table claim rename to claim_away").await;
    assert!(!place.app.canary().await.unwrap());
    assert_eq!((outside.told(), place.stands("canary").await), (1, Verdict::Alarm));
    assert!(place.status().await.check("canary").unwrap().text.en.contains("claim"), "the step is named");
    place.by_hand("alter table claim_away rename to claim").await;
    assert!(place.app.canary().await.unwrap());
    assert_eq!((outside.told(), place.stands("canary").await), (2, Verdict::Ok));

    let damage = format!("update ticket set state = 'resolved', next_at = null where center_id = '{}'", center());
    place.by_hand(&damage).await;
    place.app.audit().await.unwrap();
    assert!(place.app.canary().await.unwrap());
    assert_eq!(outside.told(), 2, "a ticket is stuck");
    assert_eq!(place.stands("dead_man").await, Verdict::Warn);
    place.by_hand("update ticket set state = 'queued'").await;
    place.app.audit().await.unwrap();
    assert!(place.next_moment(ticket).await.is_some());
    assert!(place.app.canary().await.unwrap());
    assert_eq!(outside.told(), 3);
    place.minutes_pass(6);
    assert!(place.app.canary().await.unwrap());
    assert_eq!(outside.told(), 3, "the auditor looks no longer");
}

async fn an_outside_that_does_not_take_it_is_told_of(stage: Stage) {
    let mut place = Place::new(&stage).await;
    let outside = Outside::answering(500).await;
    place.app.checks.dead_man = Some(outside.url.parse().unwrap());
    place.app.audit().await.unwrap();
    assert!(place.app.canary().await.unwrap());
    assert_eq!((outside.told(), place.stands("dead_man").await), (1, Verdict::Alarm));
    let told = serde_json::to_string(&place.status().await).unwrap();
    assert!(!told.contains("secret") && !told.contains("127.0.0.1"), "{told}");
}

async fn only_self_checks_can_be_removed(stage: Stage) {
    let place = Place::new(&stage).await;
    place.report().await;
    let refused = place.store().forget_canary(&center()).await.unwrap_err();
    assert!(matches!(refused, StoreError::Refused(_)), "{refused}");
    assert_eq!(place.store().open_tickets_by_office(&center()).await.unwrap().len(), 1);
}

async fn an_instance_that_leads_no_longer_sends_no_canary(stage: Stage) {
    let mut place = Place::new(&stage).await;
    let outside = Outside::answering(200).await;
    place.app.checks.dead_man = Some(outside.url.parse().unwrap());
    let flow = place.app.flow.clone();
    let lead = async |who: u128| {
        let (now, who) = (place.clock.now(), Uuid::from_u128(who));
        flow.store.take_lead(&center(), who, now, now.plus(MINUTE)).await.unwrap()
    };
    let first = lead(1).await.unwrap();
    if first.term().is_none() {
        return; // SQLite has one instance, which always leads.
    }
    place.minutes_pass(2);
    let second = lead(2).await.unwrap();
    let (mut former, mut leader) = (place.app.clone(), place.app.clone());
    (former.flow, leader.flow) = (flow.through(first), flow.through(second));
    leader.audit().await.unwrap();
    assert!(former.audit().await.is_err() && former.canary().await.is_err());
    assert_eq!(outside.told(), 0);
    assert!(leader.canary().await.unwrap());
    assert_eq!(outside.told(), 1);
}
