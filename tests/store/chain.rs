use ioc::{
    domain::{
        event::{Actor, Event, EventKind},
        ticket::{State, Ticket},
    },
    store::{ChainFault, Store},
};
use uuid::Uuid;

use crate::{
    samples::{Draw, START, Sample, Step, center},
    support::Stage,
    tamper::{number, tamper},
};

on_every_store!(
    an_untouched_chain_is_whole,
    sealing_goes_on_where_it_ended,
    sealers_side_by_side_seal_every_event_once,
    every_changed_column_of_an_event_is_noticed,
    a_removed_event_is_named,
    a_removed_event_is_named_when_its_link_is_removed_too,
    two_events_that_changed_places_are_named,
    an_event_moved_to_another_ticket_is_named,
    a_shortened_tail_is_noticed,
    a_changed_link_is_named_alone,
    two_links_that_changed_places_are_named,
    an_event_that_was_slipped_in_is_named,
    a_version_that_no_event_accounts_for_is_noticed,
    an_event_that_waited_and_is_gone_is_named,
    an_event_that_waits_to_be_sealed_again_is_named,
);

/// Three tickets with three events each, sealed; the events in the order of the chain.
async fn sealed(stage: &Stage, seed: u64) -> Vec<Event> {
    let draw = Draw::seeded(seed);
    let mut events = vec![];
    for nth in 0..3 {
        let sample = draw.sample(nth * 3600);
        sample.submit(&stage.store).await;
        events.extend(sample.events.clone());
        events.extend(add(&stage.store, &draw, &sample.ticket).await.1);
    }
    assert_eq!(stage.store.seal(START, 100).await.unwrap(), 9);
    events.sort_by_key(|event| (event.at, event.id));
    events
}

async fn add(store: &Store, draw: &Draw, ticket: &Ticket) -> (Ticket, Vec<Event>) {
    let actor = Actor::Office { office: ticket.office.clone(), name: "Lò Văn A".into() };
    let step = Step::of(draw, ticket, actor, EventKind::Started, |ticket| ticket.state = State::InProgress);
    store.commit(&[step.change()]).await.unwrap();
    (step.after, step.events)
}

async fn faults(store: &Store) -> Vec<ChainFault> {
    store.verify_chain().await.unwrap().faults
}

/// Some fault names the event and says so.
#[track_caller]
fn names(faults: &[ChainFault], event: &Event, word: &str) {
    let id = Some(event.id.to_string());
    assert!(faults.iter().any(|fault| fault.event == id && fault.what.contains(word)), "{word} {id:?}: {faults:#?}");
}

async fn an_untouched_chain_is_whole(stage: Stage) {
    let empty = stage.store.verify_chain().await.unwrap();
    assert_eq!((empty.sealed, empty.unsealed, empty.head, empty.faults), (0, 0, "0".repeat(64), vec![]));
    sealed(&stage, 61).await;
    Draw::seeded(62).sample(0).submit(&stage.store).await;
    let report = stage.store.verify_chain().await.unwrap();
    assert_eq!((report.sealed, report.unsealed, report.faults), (9, 2, vec![]));
    assert_eq!(report.head.len(), 64);
}

async fn sealing_goes_on_where_it_ended(stage: Stage) {
    let (draw, store) = (Draw::seeded(63), &stage.store);
    let mut heads = vec![];
    for nth in 0..5 {
        draw.sample(nth).submit(store).await;
    }
    for count in [4, 4, 2, 0] {
        assert_eq!(store.seal(START, 4).await.unwrap(), count);
        let report = store.verify_chain().await.unwrap();
        assert_eq!(report.faults, vec![]);
        heads.push(report.head);
    }
    assert_eq!(heads[2], heads[3]);
    heads.dedup();
    assert_eq!(heads.len(), 3);
}

async fn sealers_side_by_side_seal_every_event_once(stage: Stage) {
    let (draw, store) = (Draw::seeded(64), &stage.store);
    let mut tasks = vec![];
    for nth in 0..40 {
        let (store, sample) = (store.clone(), draw.sample(nth));
        tasks.push(tokio::spawn(async move {
            sample.submit(&store).await;
            store.seal(START, 3).await.unwrap()
        }));
    }
    let mut count = 0;
    for task in tasks {
        count += task.await.unwrap();
    }
    count += store.seal(START, 10_000).await.unwrap();
    assert_eq!(count, 80);
    let report = store.verify_chain().await.unwrap();
    assert_eq!((report.sealed, report.unsealed, report.faults), (80, 0, vec![]));
}

async fn every_changed_column_of_an_event_is_noticed(stage: Stage) {
    let events = sealed(&stage, 65).await;
    for (event, statement) in events.iter().zip([
        "update event set body = '{\"kind\":\"closed\"}' where id = $1",
        "update event set actor = '{\"kind\":\"system\"} ' where id = $1",
        "update event set actor_kind = 'centre' where id = $1",
        "update event set kind = 'closed' where id = $1",
        "update event set at = at + 1 where id = $1",
        "update event set center_id = 'canary' where id = $1",
        "update event set version = 100 where id = $1",
        "update event set salt = (select commitment from chain_link where position = 1) where id = $1",
        "update event set body = body || ' ' where id = $1",
    ]) {
        assert_eq!(tamper(&stage.store, statement, &[event.id.0]).await, 1);
        let found = faults(&stage.store).await;
        names(&found, event, "changed");
    }
    let changed = faults(&stage.store).await.iter().filter(|fault| fault.what.starts_with("changed")).count();
    assert_eq!(changed, 9);
}

async fn a_removed_event_is_named(stage: Stage) {
    let events = sealed(&stage, 66).await;
    tamper(&stage.store, "delete from event where id = $1", &[events[4].id.0]).await;
    let found = faults(&stage.store).await;
    names(&found, &events[4], "removed");
    assert_eq!(found[0].position, Some(5));
    assert!(found.iter().any(|fault| fault.what.contains(&events[4].ticket.to_string())), "{found:#?}");
}

async fn a_removed_event_is_named_when_its_link_is_removed_too(stage: Stage) {
    let events = sealed(&stage, 67).await;
    tamper(&stage.store, "delete from chain_link where event_id = $1", &[events[4].id.0]).await;
    names(&faults(&stage.store).await, &events[4], "neither in the chain");
    tamper(&stage.store, "delete from event where id = $1", &[events[4].id.0]).await;
    let found = faults(&stage.store).await;
    assert_eq!(found[0].position, Some(5), "{found:#?}");
    assert!(found[0].what.contains("from 5 to 5"), "{found:#?}");
    assert!(found.iter().any(|fault| fault.what.contains(&events[4].ticket.to_string())), "{found:#?}");
}

async fn two_events_that_changed_places_are_named(stage: Stage) {
    let events = sealed(&stage, 68).await;
    let away = Uuid::from_u128(1);
    let rename = "update event set id = $2 where id = $1";
    let (one, two) = (events[2].id.0, events[7].id.0);
    for ids in [[one, away], [two, one], [away, two]] {
        assert_eq!(tamper(&stage.store, rename, &ids).await, 1);
    }
    let found = faults(&stage.store).await;
    names(&found, &events[2], "changed");
    names(&found, &events[7], "changed");
    assert_eq!(found.len(), 2, "{found:#?}");
}

async fn an_event_moved_to_another_ticket_is_named(stage: Stage) {
    let events = sealed(&stage, 69).await;
    let statement = "update event set ticket_id = $2, version = 4 where id = $1";
    let (moved, target) = (&events[1], events.iter().find(|event| event.ticket != events[1].ticket).unwrap());
    assert_eq!(tamper(&stage.store, statement, &[moved.id.0, target.ticket.0]).await, 1);
    let found = faults(&stage.store).await;
    names(&found, moved, "changed");
    for ticket in [moved.ticket, target.ticket] {
        assert!(found.iter().any(|fault| fault.what.contains(&ticket.to_string())), "{ticket}: {found:#?}");
    }
}

async fn a_shortened_tail_is_noticed(stage: Stage) {
    let events = sealed(&stage, 70).await;
    let whole = stage.store.verify_chain().await.unwrap();
    tamper(&stage.store, "delete from chain_link where position > 7", &[]).await;
    let found = faults(&stage.store).await;
    assert!(found.iter().any(|fault| fault.position == Some(8) && fault.what.contains("from 8 to 9")), "{found:#?}");
    names(&found, &events[8], "neither in the chain");
    let shorter = "update chain_head set position = 7, link = (select link from chain_link where position = 7)";
    tamper(&stage.store, shorter, &[]).await;
    names(&faults(&stage.store).await, &events[7], "neither in the chain");
    tamper(&stage.store, "delete from event where id not in (select event_id from chain_link)", &[]).await;
    let found = faults(&stage.store).await;
    assert!(found.iter().any(|fault| fault.what.contains(&events[8].ticket.to_string())), "{found:#?}");
    tamper(&stage.store, "update ticket set version = 1", &[]).await;
    let head = stage.store.verify_chain().await.unwrap().head;
    assert_ne!(head, whole.head, "whoever wrote the head down elsewhere sees it even so");
}

async fn a_changed_link_is_named_alone(stage: Stage) {
    let events = sealed(&stage, 71).await;
    let other = "update chain_link set link = (select link from chain_link where position = 1) where event_id = $1";
    tamper(&stage.store, other, &[events[4].id.0]).await;
    let found = faults(&stage.store).await;
    names(&found, &events[4], "does not follow");
    assert_eq!(found.len(), 1, "{found:#?}");
    tamper(&stage.store, other, &[events[8].id.0]).await;
    assert!(faults(&stage.store).await.iter().any(|fault| fault.position == Some(9)));
}

async fn two_links_that_changed_places_are_named(stage: Stage) {
    let events = sealed(&stage, 72).await;
    for statement in [
        "update chain_link set position = 100 where position = 4",
        "update chain_link set position = 4 where position = 5",
        "update chain_link set position = 5 where position = 100",
    ] {
        assert_eq!(tamper(&stage.store, statement, &[]).await, 1);
    }
    let found = faults(&stage.store).await;
    names(&found, &events[3], "moved");
    names(&found, &events[4], "moved");
}

async fn an_event_that_was_slipped_in_is_named(stage: Stage) {
    let events = sealed(&stage, 73).await;
    let new = Uuid::from_u128(7);
    let statement = "insert into event (id, center_id, ticket_id, version, at, actor_kind, actor, kind, body, salt) \
        select $2, center_id, ticket_id, 4, at, actor_kind, actor, kind, body, salt from event where id = $1";
    tamper(&stage.store, statement, &[events[8].id.0, new]).await;
    let found = faults(&stage.store).await;
    assert!(found.iter().any(|fault| fault.event == Some(new.to_string())), "{found:#?}");
    assert_eq!(stage.store.seal(START, 10).await.unwrap(), 0, "what does not wait is not sealed");
}

async fn a_version_that_no_event_accounts_for_is_noticed(stage: Stage) {
    let events = sealed(&stage, 74).await;
    let ticket = events[0].ticket;
    tamper(&stage.store, "update ticket set version = version + 1 where id = $1", &[ticket.0]).await;
    let found = faults(&stage.store).await;
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].what.contains(&ticket.to_string()), "{found:#?}");
}

async fn an_event_that_waited_and_is_gone_is_named(stage: Stage) {
    let sample: Sample = Draw::seeded(75).sample(0);
    sample.submit(&stage.store).await;
    tamper(&stage.store, "delete from event where id = $1", &[sample.events[1].id.0]).await;
    names(&faults(&stage.store).await, &sample.events[1], "removed");
    assert_eq!(stage.store.seal(START, 10).await.unwrap(), 1);
    assert_eq!(number(&stage.store, "select count(*) from chain_link").await, 1);
    assert_eq!(stage.store.history(&center(), sample.ticket.id).await.unwrap().len(), 1);
}

async fn an_event_that_waits_to_be_sealed_again_is_named(stage: Stage) {
    let events = sealed(&stage, 76).await;
    tamper(&stage.store, "insert into unsealed (event_id, at) values ($1, 1)", &[events[3].id.0]).await;
    names(&faults(&stage.store).await, &events[3], "waits to be sealed again");
    assert!(stage.store.seal(START, 10).await.is_err());
}
