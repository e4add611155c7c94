//! What was told long ago is forgotten once its report has ended; how much it was stays.

use ioc::{
    domain::{clock::DAY, delivery::Stage},
    flow::{follow::Word, retention},
};

use crate::{
    receiver::{Receiver, Reply},
    support::Stage as Database,
    town::{Town, WEST, words},
};

on_every_store! {
    what_was_told_long_ago_is_counted_and_forgotten_once_its_report_has_ended,
}

async fn what_was_told_long_ago_is_counted_and_forgotten_once_its_report_has_ended(stage: Database) {
    let town = Town::new(&stage).await;
    let receiver = Receiver::start().await;
    let to = town.webhook(Some(WEST), &receiver.url).await.id;
    receiver.next([Reply::Status(500)]);
    let (ended, open) = (town.report().await, town.report().await);
    town.round().await;
    town.minutes_pass(5);
    town.accept(ended).await;
    town.resolve(WEST, ended).await;
    town.citizen_says(ended, Word::Confirm).await;
    town.citizen_says(ended, Word::Rate(5, Some(words("cảm ơn")))).await;
    town.round().await;
    let before = town.deliveries(ended).await.len();
    assert!(town.stages(ended).await.iter().all(|stage| *stage == Stage::Delivered));

    let flow = &town.app.flow;
    flow.retention.keep(3);
    town.clock.set(town.clock.now().plus(60 * DAY));
    assert_eq!(retention::forget(flow).await.unwrap(), 0, "two months are kept");
    town.clock.set(town.clock.now().plus(40 * DAY));
    flow.retention.keep(0);
    assert_eq!(retention::forget(flow).await.unwrap(), 0, "nought keeps for ever");
    flow.retention.keep(3);
    assert_eq!(retention::forget(flow).await.unwrap(), u64::try_from(before).unwrap());
    assert_eq!(retention::forget(flow).await.unwrap(), 0);
    assert_eq!(town.deliveries(ended).await, []);
    assert_eq!(town.stages(open).await, [Stage::Delivered], "what may still come back keeps its deliveries");
    let [told] = &town.destination(to).await.before[..] else { panic!("one month, one kind") };
    assert_eq!((told.month.as_str(), told.state.as_str()), ("2026-07", "delivered"));
    assert_eq!(usize::try_from(told.deliveries).unwrap(), before);
    let tries = town.deliveries(open).await[0].attempts + told.attempts;
    assert_eq!(tries, i64::try_from(receiver.count()).unwrap(), "every attempt is counted");
}
