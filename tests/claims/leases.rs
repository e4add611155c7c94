use ioc::{
    domain::{event::EventKind, text::Description, ticket::State},
    flow::{
        Rejection,
        claim::{self, Basis},
        handle::Act,
        look,
    },
    store::{Committed, TicketChange},
};

use crate::{
    place::{Place, center},
    support::Stage,
};

on_every_store!(
    whoever_wakes_up_after_its_lease_writes_nothing,
    a_heartbeat_keeps_the_lease_and_none_comes_back_to_life,
    after_three_lost_leases_a_ticket_is_left_to_people,
    work_that_was_done_is_never_taken_away,
    what_was_prolonged_or_answered_since_it_was_looked_at_is_left_alone,
    a_lease_that_cannot_be_dealt_with_hides_no_other,
);

fn answer() -> Act {
    Act::Resolve(Description::parse("Đã sửa").unwrap(), vec![])
}

async fn whoever_wakes_up_after_its_lease_writes_nothing(stage: Stage) {
    let place = Place::new(&stage).await;
    let id = place.report().await;
    let claimed = place.claim(5, 120).await;
    assert_eq!((claimed.len(), claimed[0].ticket.id), (1, id));
    let token = Some(claimed[0].lease.claim_token);
    let late = |version| place.act(id, Basis { version: Some(version), token }, answer());
    place.seconds_pass(121);
    let version = claimed[0].ticket.version;
    assert!(matches!(late(version).await, Err(Rejection::LeaseLost)), "before anybody has noticed");
    assert_eq!(claim::rescue(&place.app.flow).await.unwrap(), 1);
    assert_eq!(claim::rescue(&place.app.flow).await.unwrap(), 0);
    assert_eq!(place.ticket(id).await.state, State::Queued);
    assert!(matches!(late(version).await, Err(Rejection::LeaseLost)));
    let next = place.claim(1, 120).await;
    assert_eq!(next[0].ticket.id, id);
    assert!(matches!(late(version).await, Err(Rejection::LeaseLost)));
    assert!(matches!(late(next[0].ticket.version).await, Err(Rejection::LeaseLost)), "the version does not help");
    let basis = Basis { version: Some(next[0].ticket.version), token: Some(next[0].lease.claim_token) };
    place.act(id, basis, answer()).await.unwrap();
    assert_eq!(place.ticket(id).await.state, State::Resolved);
    place.audit().await;
}

async fn a_heartbeat_keeps_the_lease_and_none_comes_back_to_life(stage: Stage) {
    let place = Place::new(&stage).await;
    let id = place.report().await;
    let token = place.claim(1, 60).await[0].lease.claim_token;
    let beat = async || claim::prolong(&place.app.flow, &place.machine(), &place.office, token, None).await;
    for _ in 0..3 {
        place.seconds_pass(50);
        assert_eq!(beat().await.unwrap().lease_until, place.clock.now().plus(60_000_000));
        assert_eq!(claim::rescue(&place.app.flow).await.unwrap(), 0);
    }
    assert_eq!(place.ticket(id).await.state, State::Accepted);
    place.seconds_pass(60);
    assert!(matches!(beat().await, Err(Rejection::LeaseLost)), "nobody has noticed yet, and it is over");
    assert_eq!(claim::rescue(&place.app.flow).await.unwrap(), 1);
    assert!(matches!(beat().await, Err(Rejection::LeaseLost)));
}

async fn after_three_lost_leases_a_ticket_is_left_to_people(stage: Stage) {
    let place = Place::new(&stage).await;
    let poison = place.report().await;
    place.seconds_pass(1);
    let well = place.report().await;
    for attempt in 1..=3 {
        let claimed = place.claim(1, 30).await;
        assert_eq!(claimed[0].ticket.id, poison, "attempt {attempt}");
        assert!(!claimed[0].ticket.for_people);
        place.seconds_pass(31);
        place.app.tick().await.unwrap();
    }
    assert_eq!(place.claim(5, 600).await.iter().map(|claimed| claimed.ticket.id).collect::<Vec<_>>(), [well]);
    let left = place.ticket(poison).await;
    let queue =
        look::queue(&place.app.flow, &place.machine(), &place.office, &[State::Queued], None, 10).await.unwrap();
    assert_eq!(queue.items.iter().map(|item| (item.id, item.for_people)).collect::<Vec<_>>(), [(poison, true)]);
    let lost = EventKind::LeaseExpired { attempt: 3, for_people: true };
    assert_eq!(place.story(poison).await.last(), Some(&lost));
    place.act(poison, Some(left.version).into(), Act::Accept(None)).await.unwrap();
    place.audit().await;
}

async fn work_that_was_done_is_never_taken_away(stage: Stage) {
    let place = Place::new(&stage).await;
    let id = place.report().await;
    let claimed = place.claim(1, 30).await.remove(0);
    let basis = Basis { version: Some(claimed.ticket.version), token: Some(claimed.lease.claim_token) };
    place.act(id, basis, answer()).await.unwrap();
    let done = place.ticket(id).await;
    place.seconds_pass(3_600);
    assert_eq!(claim::rescue(&place.app.flow).await.unwrap(), 0);
    assert_eq!(place.ticket(id).await, done);
}

async fn what_was_prolonged_or_answered_since_it_was_looked_at_is_left_alone(stage: Stage) {
    let place = Place::new(&stage).await;
    let flow = &place.app.flow;
    let id = place.report().await;
    let claimed = place.claim(1, 30).await.remove(0);
    let token = claimed.lease.claim_token;
    let late = place.clock.now().plus(31_000_000);
    // The rescuer has looked, and decided.
    let seen = flow.store.expired(&center(), late, None, 10).await.unwrap().remove(0);
    let before = place.ticket(id).await;
    let mut after = before.clone();
    after.state = State::Queued;
    after.version += 1;
    let mut events = flow.store.history(&center(), id).await.unwrap();
    events.drain(..2);
    let mut event = events.remove(0);
    event.id = ioc::domain::ids::EventId(flow.entropy.uuid(late));
    event.version = after.version;
    let events = [event];
    let change = TicketChange { before: &before, after: &after, next_at: None, events: &events, photos: &[] };
    // Meanwhile the machine says that it is still at it …
    claim::prolong(flow, &place.machine(), &place.office, token, Some(600)).await.unwrap();
    assert_eq!(flow.store.rescue(&seen, late, Some(&change)).await.unwrap(), Committed::Stale);
    assert_eq!(place.ticket(id).await, before);
    // … and then has answered.
    let basis = Basis { version: Some(before.version), token: Some(token) };
    place.act(id, basis, answer()).await.unwrap();
    let far = late.plus(3_600_000_000);
    assert_eq!(flow.store.rescue(&seen, far, Some(&change)).await.unwrap(), Committed::Stale);
    assert_eq!(place.ticket(id).await.state, State::Resolved);
    place.audit().await;
}

async fn a_lease_that_cannot_be_dealt_with_hides_no_other(stage: Stage) {
    let place = Place::new(&stage).await;
    for _ in 0..5 {
        place.report().await;
    }
    let claimed = place.claim(5, 30).await;
    place.seconds_pass(31);
    let (now, store) = (place.clock.now(), &place.app.flow.store);
    let (mut seen, mut after) = (vec![], None);
    // None of them is dealt with, and still each comes once.
    loop {
        let some = store.expired(&center(), now, after, 2).await.unwrap();
        let Some(last) = some.last() else { break };
        after = Some((last.until, last.token));
        seen.extend(some.into_iter().map(|lease| lease.ticket));
    }
    seen.sort_unstable();
    let mut all: Vec<_> = claimed.iter().map(|claimed| claimed.ticket.id).collect();
    all.sort_unstable();
    assert_eq!(seen, all);
    assert_eq!(claim::rescue(&place.app.flow).await.unwrap(), 5);
}
