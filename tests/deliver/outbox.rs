//! What was written with an event arrives, once by its id, however often somebody dies on the way.

use ioc::{
    domain::{
        clock::MINUTE,
        delivery::{Audience, Channel, Stage},
        ids::DestinationId,
    },
    flow::destinations::Condition,
};

use crate::{
    receiver::{Receiver, Reply},
    support::Stage as Database,
    town::{EAST, Town, WEST, center, door},
};

on_every_store! {
    an_event_reaches_every_destination_that_it_concerns_and_no_other,
    nothing_waits_where_nobody_is_told,
    a_retry_has_the_id_of_the_first_attempt,
    a_worker_that_dies_is_followed_by_another_and_the_id_stays,
    a_lost_lease_settles_nothing,
    two_instances_send_each_delivery_once,
    instances_whose_clocks_differ_lose_nothing_and_keep_the_ids,
    what_never_comes_back_is_taken_out_after_three_times,
    what_one_system_refuses_for_a_day_is_taken_out_and_the_others_go_on,
    a_dead_system_is_probed_tells_people_and_heals_by_itself,
    what_is_queued_for_a_removed_destination_is_closed_and_the_worker_lives,
    attempts_are_seen_at_the_ticket_and_at_the_destination,
}

async fn an_event_reaches_every_destination_that_it_concerns_and_no_other(stage: Database) {
    let town = Town::new(&stage).await;
    let (west, east, province) = (Receiver::start().await, Receiver::start().await, Receiver::start().await);
    town.webhook(Some(WEST), &west.url).await;
    town.webhook(Some(EAST), &east.url).await;
    town.webhook(None, &province.url).await;
    let id = town.report().await;
    town.round().await;
    let told = west.take();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].json()["type"], "ticket.assigned");
    assert_eq!(told[0].json()["data"]["ticket"]["id"], id.to_string());
    assert_eq!((east.count(), province.take().len()), (0, 1));

    town.transfer(WEST, EAST, id).await;
    town.round().await;
    let (left, came) = (west.take(), east.take());
    assert_eq!((left.len(), came.len()), (1, 1));
    assert_eq!(left[0].json()["data"]["moved"], true);
    assert!(!left[0].text().contains("Đường hỏng"), "who has it no longer reads no more of it");
    assert_eq!(came[0].json()["data"]["ticket"]["description"], "Đường hỏng <b> & \"sâu\"");
    assert_ne!(left[0].id(), came[0].id(), "each destination has an id of its own");
    town.round().await;
    assert_eq!((west.count(), east.count()), (0, 0), "what has arrived is not sent again");
}

async fn nothing_waits_where_nobody_is_told(stage: Database) {
    let town = Town::new(&stage).await;
    for _ in 0..3 {
        town.report().await;
    }
    assert_eq!(stage.store.announced(&center(), 100).await.unwrap().len(), 3, "one row for each report");
    town.round().await;
    assert_eq!(stage.store.announced(&center(), 100).await.unwrap(), []);
}

async fn a_retry_has_the_id_of_the_first_attempt(stage: Database) {
    let town = Town::new(&stage).await;
    let receiver = Receiver::start().await;
    town.webhook(Some(WEST), &receiver.url).await;
    receiver.next([Reply::Status(500), Reply::Status(502)]);
    let id = town.report().await;
    for _ in 0..3 {
        town.round().await;
        town.minutes_pass(40);
    }
    let came = receiver.came();
    assert_eq!(came.len(), 3);
    assert!(came.iter().all(|one| one.id() == came[0].id()));
    assert_eq!(town.stages(id).await, [Stage::Delivered]);
}

async fn a_worker_that_dies_is_followed_by_another_and_the_id_stays(stage: Database) {
    let town = Town::new(&stage).await;
    let receiver = Receiver::start().await;
    let to = town.webhook(Some(WEST), &receiver.url).await.id;
    let id = town.report().await;
    // The worker spreads, claims, and is killed.
    receiver.next([Reply::Status(500)]);
    town.round().await;
    town.minutes_pass(1);
    let (store, now) = (&town.app.flow.store, town.clock.now());
    let claimed = store.claim_deliveries(to, now, now.plus(MINUTE), 10).await.unwrap();
    assert_eq!((claimed.len(), claimed[0].attempts), (1, 2), "counted before the work starts");
    receiver.take();
    town.round().await;
    assert_eq!(receiver.count(), 0, "the lease keeps others off");
    town.minutes_pass(2);
    town.round().await;
    assert_eq!(receiver.take()[0].id(), claimed[0].delivery.id.to_string());
    assert_eq!(town.stages(id).await, [Stage::Delivered]);
    let (app, _) = town.instance(7, 0).await;
    assert_eq!(
        town.deliveries(id).await,
        app.flow
            .store
            .deliveries_of_ticket(&center(), id)
            .await
            .unwrap()
            .into_iter()
            .map(|(tracked, _)| tracked)
            .collect::<Vec<_>>()
    );
}

async fn a_lost_lease_settles_nothing(stage: Database) {
    use ioc::store::{Settlement, Sign};
    let town = Town::new(&stage).await;
    let receiver = Receiver::start().await;
    let to = town.webhook(Some(WEST), &receiver.url).await.id;
    receiver.next([Reply::Status(500)]);
    let id = town.report().await;
    town.round().await;
    town.minutes_pass(1);
    let (store, now) = (&town.app.flow.store, town.clock.now());
    let slow = store.claim_deliveries(to, now, now.plus(MINUTE), 10).await.unwrap().remove(0);
    let later = now.plus(2 * MINUTE);
    let quick = store.claim_deliveries(to, later, later.plus(MINUTE), 10).await.unwrap().remove(0);
    assert!(quick.fence > slow.fence);
    let settled = |claimed, stage| Settlement {
        claimed,
        at: later,
        outcome: "delivered",
        status: Some(204),
        detail: "",
        stage,
        next_at: None,
        crashed: false,
        sign: Sign::Well,
    };
    assert!(!store.settle_delivery(&settled(&slow, Stage::Quarantined)).await.unwrap());
    assert!(store.settle_delivery(&settled(&quick, Stage::Delivered)).await.unwrap());
    assert!(!store.settle_delivery(&settled(&slow, Stage::Quarantined)).await.unwrap());
    assert_eq!(town.stages(id).await, [Stage::Delivered]);
}

async fn two_instances_send_each_delivery_once(stage: Database) {
    let town = Town::new(&stage).await;
    let receiver = Receiver::start().await;
    town.webhook(Some(WEST), &receiver.url).await;
    for _ in 0..20 {
        town.report().await;
    }
    let (_, other) = town.instance(7, 0).await;
    let (one, two) = tokio::join!(town.courier.round(), other.round());
    one.unwrap();
    two.unwrap();
    town.round().await;
    let mut ids: Vec<String> = receiver.came().iter().map(crate::receiver::Came::id).collect();
    assert_eq!(ids.len(), 20);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 20);
}

async fn instances_whose_clocks_differ_lose_nothing_and_keep_the_ids(stage: Database) {
    let town = Town::new(&stage).await;
    let receiver = Receiver::start().await;
    town.webhook(Some(WEST), &receiver.url).await;
    let ids = [town.report().await, town.report().await];
    let ((_, ahead), (_, behind)) = (town.instance(7, 10).await, town.instance(8, -10).await);
    let (one, two, three) = tokio::join!(ahead.round(), behind.round(), town.courier.round());
    one.unwrap();
    two.unwrap();
    three.unwrap();
    let told: std::collections::BTreeSet<String> = receiver.came().iter().map(crate::receiver::Came::id).collect();
    assert_eq!(told.len(), 2);
    for id in ids {
        assert_eq!(town.stages(id).await, [Stage::Delivered]);
    }
}

async fn what_never_comes_back_is_taken_out_after_three_times(stage: Database) {
    let town = Town::new(&stage).await;
    let receiver = Receiver::start().await;
    let to = town.webhook(Some(WEST), &receiver.url).await.id;
    receiver.next([Reply::Status(500)]);
    let id = town.report().await;
    town.round().await;
    receiver.take();
    let store = &town.app.flow.store;
    for _ in 0..3 {
        town.minutes_pass(5);
        let now = town.clock.now();
        assert_eq!(store.claim_deliveries(to, now, now.plus(MINUTE), 10).await.unwrap().len(), 1);
    }
    let other = town.report().await;
    town.minutes_pass(5);
    town.round().await;
    assert_eq!(town.stages(id).await, [Stage::Quarantined]);
    assert_eq!(town.stages(other).await, [Stage::Delivered], "its neighbour goes on");
    assert_eq!(receiver.count(), 1);
    assert_eq!(town.notices().await, ["delivery_quarantined"]);
    assert_eq!(town.seen(WEST, id).await.ticket.id, id, "the ticket can be fetched");

    assert_eq!(store.redrive(&center(), to, town.clock.now()).await.unwrap(), 1);
    town.round().await;
    assert_eq!(town.stages(id).await, [Stage::Delivered]);
}

async fn what_one_system_refuses_for_a_day_is_taken_out_and_the_others_go_on(stage: Database) {
    let town = Town::new(&stage).await;
    let receiver = Receiver::start().await;
    let to = town.webhook(Some(WEST), &receiver.url).await.id;
    let id = town.report().await;
    receiver.refuse(&id.to_string());
    for _ in 0..60 {
        let good = town.report().await;
        town.round().await;
        assert_eq!(town.stages(good).await, [Stage::Delivered]);
        town.minutes_pass(30);
    }
    assert_eq!(town.stages(id).await, [Stage::Quarantined]);
    assert_eq!(town.destination(to).await.quarantined, 1);
    assert_eq!(town.notices().await, ["delivery_quarantined"]);
}

async fn a_dead_system_is_probed_tells_people_and_heals_by_itself(stage: Database) {
    let town = Town::new(&stage).await;
    let receiver = Receiver::start().await;
    let to = town.webhook(Some(WEST), &receiver.url).await.id;
    receiver.always(Some(Reply::Status(503)));
    let mut ids = vec![];
    for _ in 0..12 {
        ids.push(town.report().await);
    }
    for _ in 0..26 * 12 {
        town.round().await;
        town.minutes_pass(5);
    }
    let view = town.destination(to).await;
    assert_eq!((view.state, view.undelivered), (Condition::Dead, 12));
    assert!(view.failing_since.is_some(), "what escalation reads");
    assert_eq!(town.notices().await, ["destination_failing", "destination_dead"], "each once");
    let tried = receiver.take().len();
    assert!((50..200).contains(&tried), "{tried} in a day: probes, not a storm");
    assert_eq!(town.seen(WEST, ids[0]).await.ticket.id, ids[0], "its tickets can be fetched");

    receiver.always(None);
    town.minutes_pass(20);
    town.round().await;
    assert_eq!(receiver.count(), 12, "one probe, and everything that waited comes after it");
    let view = town.destination(to).await;
    assert_eq!((view.state, view.undelivered, view.failing_since), (Condition::Active, 0, None));
}

async fn what_is_queued_for_a_removed_destination_is_closed_and_the_worker_lives(stage: Database) {
    let town = Town::new(&stage).await;
    let (gone, stays) = (Receiver::start().await, Receiver::start().await);
    let to = town.webhook(Some(WEST), &gone.url).await.id;
    town.webhook(None, &stays.url).await;
    gone.next([Reply::Status(500)]);
    let id = town.report().await;
    town.round().await;
    let (store, now) = (&town.app.flow.store, town.clock.now());
    assert!(store.remove_destination(&center(), to, now).await.unwrap());
    assert!(!store.remove_destination(&center(), to, now).await.unwrap());
    town.minutes_pass(5);
    let other = town.report().await;
    town.round().await;
    assert_eq!((gone.count(), stays.count()), (1, 2));
    let mut stages = town.stages(id).await;
    stages.sort_by_key(|stage| stage.word());
    assert_eq!(stages, [Stage::Cancelled, Stage::Delivered]);
    assert_eq!(town.stages(other).await, [Stage::Delivered]);
    assert_eq!(store.redrive(&center(), DestinationId(uuid::Uuid::nil()), now).await.unwrap(), 0);
}

async fn attempts_are_seen_at_the_ticket_and_at_the_destination(stage: Database) {
    let town = Town::new(&stage).await;
    let receiver = Receiver::start().await;
    let to = town.add(Some(WEST), Audience::Office, Channel::Webhook(door(&receiver.url))).await.id;
    receiver.next([Reply::Body(500, "bảng đầy\u{7}".into())]);
    let id = town.report().await;
    town.round().await;
    let seen = town.seen(WEST, id).await.deliveries;
    assert_eq!((seen.len(), seen[0].channel, seen[0].state), (1, Some("webhook"), Stage::Pending));
    let tried = &seen[0].attempts[0];
    assert_eq!((tried.number, tried.status, tried.outcome.as_deref()), (1, Some(500), Some("failed")));
    assert_eq!(tried.detail.as_deref(), Some("bảng đầy"));
    let view = town.destination(to).await;
    assert_eq!((view.state, view.undelivered, view.attempts.len()), (Condition::Failing, 1, 1));
    assert_eq!(view.oldest_undelivered, Some(town.ticket(id).await.received_at));
    town.minutes_pass(1);
    town.round().await;
    assert_eq!(town.seen(WEST, id).await.deliveries[0].attempts.len(), 2);
    assert_eq!(town.destination(to).await.attempts.len(), 0);
}
