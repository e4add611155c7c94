use ioc::{
    domain::{
        event::{Actor, EventKind},
        ids::OfficeId,
        ticket::State,
    },
    store::{Committed, StoreError},
};

use crate::{
    samples::{Draw, Sample, Step, center},
    support::Stage,
    tamper::number,
};

on_every_store!(
    a_stale_change_writes_nothing,
    one_stale_ticket_takes_back_the_whole_commit,
    of_eight_committers_exactly_one_wins,
    committers_of_the_same_pair_in_either_order_never_lock_one_another_out,
    photos_of_an_answer_belong_to_the_ticket,
    a_former_office_is_remembered,
    an_office_that_gets_its_ticket_back_is_no_former_one,
    a_history_cannot_have_two_events_of_one_version,
    a_device_counts_once_and_work_in_between_loses_no_count,
    the_duplicates_of_a_ticket_are_found_oldest_first,
);

fn accept(draw: &Draw, sample: &Sample) -> Step {
    let kind = EventKind::Accepted { assignee: Some("Lò Văn A".into()) };
    Step::of(draw, &sample.ticket, Actor::System, kind, |ticket| ticket.state = State::Accepted)
}

async fn a_stale_change_writes_nothing(stage: Stage) {
    let (draw, store) = (Draw::seeded(21), &stage.store);
    let sample = draw.sample(0);
    sample.submit(store).await;
    let (first, mut second) = (accept(&draw, &sample), accept(&draw, &sample));
    second.photos = vec![draw.photo()];
    second.after.office = "so-xay-dung".parse().unwrap();
    assert_eq!(store.commit(&[first.change()]).await.unwrap(), Committed::Done);
    assert_eq!(store.commit(&[second.change()]).await.unwrap(), Committed::Stale);
    assert_eq!(store.ticket(&center(), sample.ticket.id).await.unwrap(), Some(first.after));
    assert_eq!(store.history(&center(), sample.ticket.id).await.unwrap().len(), 3);
    assert_eq!(number(store, "select count(*) from photo").await, 0);
    assert_eq!(number(store, "select count(*) from unsealed").await, 3);
    assert_eq!(number(store, "select count(*) from ticket_office").await, 1);
    assert_eq!(store.audit_tallies(&center()).await.unwrap(), Vec::<String>::new());
}

async fn one_stale_ticket_takes_back_the_whole_commit(stage: Stage) {
    let (draw, store) = (Draw::seeded(22), &stage.store);
    let (one, two) = (draw.sample(0), draw.sample(1));
    one.submit(store).await;
    two.submit(store).await;
    assert_eq!(store.commit(&[accept(&draw, &two).change()]).await.unwrap(), Committed::Done);
    let (good, stale) = (accept(&draw, &one), accept(&draw, &two));
    assert_eq!(store.commit(&[good.change(), stale.change()]).await.unwrap(), Committed::Stale);
    assert_eq!(store.ticket(&center(), one.ticket.id).await.unwrap(), Some(one.ticket));
    assert_eq!(store.commit(&[good.change()]).await.unwrap(), Committed::Done);
    assert_eq!(store.audit_tallies(&center()).await.unwrap(), Vec::<String>::new());
}

async fn of_eight_committers_exactly_one_wins(stage: Stage) {
    let (draw, store) = (Draw::seeded(23), &stage.store);
    let sample = draw.sample(0);
    sample.submit(store).await;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (store, step) = (store.clone(), accept(&draw, &sample));
            tokio::spawn(async move { store.commit(&[step.change()]).await.unwrap() })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        won += u32::from(task.await.unwrap() == Committed::Done);
    }
    assert_eq!(won, 1);
    assert_eq!(store.history(&center(), sample.ticket.id).await.unwrap().len(), 3);
    assert_eq!(store.audit_tallies(&center()).await.unwrap(), Vec::<String>::new());
}

async fn committers_of_the_same_pair_in_either_order_never_lock_one_another_out(stage: Stage) {
    let (draw, store) = (Draw::seeded(24), &stage.store);
    for round in 0..10 {
        let (one, two) = (draw.sample(2 * round), draw.sample(2 * round + 1));
        one.submit(store).await;
        two.submit(store).await;
        let tasks: Vec<_> = (0..6)
            .map(|nth| {
                let (store, mut steps) = (store.clone(), [accept(&draw, &one), accept(&draw, &two)]);
                if nth % 2 == 0 {
                    steps.reverse();
                }
                tokio::spawn(async move { store.commit(&[steps[0].change(), steps[1].change()]).await.unwrap() })
            })
            .collect();
        let mut won = 0;
        for task in tasks {
            won += u32::from(task.await.unwrap() == Committed::Done);
        }
        assert_eq!(won, 1);
    }
}

async fn photos_of_an_answer_belong_to_the_ticket(stage: Stage) {
    let (draw, store) = (Draw::seeded(25), &stage.store);
    let sample = draw.sample(0);
    sample.submit(store).await;
    let mut step = accept(&draw, &sample);
    step.photos = vec![draw.photo(), draw.photo()];
    store.commit(&[step.change()]).await.unwrap();
    for photo in &step.photos {
        let found = store.photo(&center(), photo.id).await.unwrap();
        assert_eq!(found, Some((photo.clone(), sample.ticket.id)));
    }
    assert_eq!(store.report(&center(), sample.report.id).await.unwrap(), Some(sample.report));
}

fn pass_on(draw: &Draw, ticket: &ioc::domain::ticket::Ticket, to: &OfficeId) -> Step {
    Step::of(draw, ticket, Actor::System, EventKind::Started, |ticket| ticket.office = to.clone())
}

async fn a_former_office_is_remembered(stage: Stage) {
    let (draw, store) = (Draw::seeded(26), &stage.store);
    let sample = draw.sample(0);
    sample.submit(store).await;
    let (first, second, never): (OfficeId, OfficeId, OfficeId) =
        (sample.ticket.office.clone(), "so-xay-dung".parse().unwrap(), "ban-tinh".parse().unwrap());
    let was_with = async |office: &OfficeId| store.was_with(&center(), sample.ticket.id, office).await.unwrap();
    assert!(!was_with(&first).await && !was_with(&second).await);
    store.commit(&[pass_on(&draw, &sample.ticket, &second).change()]).await.unwrap();
    assert!(was_with(&first).await && !was_with(&second).await && !was_with(&never).await);
}

async fn an_office_that_gets_its_ticket_back_is_no_former_one(stage: Stage) {
    let (draw, store) = (Draw::seeded(27), &stage.store);
    let sample = draw.sample(0);
    sample.submit(store).await;
    let (first, second): (OfficeId, OfficeId) = (sample.ticket.office.clone(), "so-xay-dung".parse().unwrap());
    let there = pass_on(&draw, &sample.ticket, &second);
    store.commit(&[there.change()]).await.unwrap();
    store.commit(&[pass_on(&draw, &there.after, &first).change()]).await.unwrap();
    assert!(!store.was_with(&center(), sample.ticket.id, &first).await.unwrap());
    assert!(store.was_with(&center(), sample.ticket.id, &second).await.unwrap());
}

async fn a_history_cannot_have_two_events_of_one_version(stage: Stage) {
    let (draw, store) = (Draw::seeded(28), &stage.store);
    let sample = draw.sample(0);
    sample.submit(store).await;
    let mut step = accept(&draw, &sample);
    step.events.push(draw.event(&step.after, sample.ticket.received_at, Actor::System, EventKind::Started));
    assert!(matches!(store.commit(&[step.change()]).await, Err(StoreError::Refused(_))));
    assert_eq!(store.ticket(&center(), sample.ticket.id).await.unwrap(), Some(sample.ticket));
}

async fn a_device_counts_once_and_work_in_between_loses_no_count(stage: Stage) {
    let (draw, store) = (Draw::seeded(31), &stage.store);
    let sample = draw.sample(0);
    sample.submit(store).await;
    let say = async |device: &[u8]| store.support(&center(), sample.ticket.id, device).await.unwrap();
    assert_eq!((say(b"a").await, say(b"a").await, say(b"").await, say(b"").await), (1, 1, 2, 2));
    let step = accept(&draw, &sample);
    assert_eq!(store.commit(&[step.change()]).await.unwrap(), Committed::Done, "the version has not moved");
    assert_eq!(say(b"b").await, 3);
    let stored = store.ticket(&center(), sample.ticket.id).await.unwrap().unwrap();
    assert_eq!((stored.me_too, stored.version), (3, step.after.version));
}

async fn the_duplicates_of_a_ticket_are_found_oldest_first(stage: Stage) {
    let (draw, store) = (Draw::seeded(32), &stage.store);
    let samples: Vec<_> = (0..4).map(|nth| draw.sample(nth)).collect();
    let main = samples[0].ticket.id;
    for sample in &samples {
        sample.submit(store).await;
    }
    for sample in samples[1..3].iter().rev() {
        let step = Step::of(&draw, &sample.ticket, Actor::System, EventKind::Merged { into: main }, |ticket| {
            (ticket.state, ticket.merged_into) = (State::Merged, Some(main));
        });
        store.commit(&[step.change()]).await.unwrap();
    }
    let found = store.merged_into(&center(), main).await.unwrap();
    let mut expected: Vec<_> =
        samples[1..3].iter().map(|sample| (sample.ticket.received_at, sample.ticket.id)).collect();
    expected.sort();
    assert_eq!(found.iter().map(|one| (one.received_at, one.id)).collect::<Vec<_>>(), expected);
}
