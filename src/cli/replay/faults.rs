//! The whole day against a stand-in: nothing to complain about without a fault, and each fault is seen.

use std::{
    collections::{BTreeMap, HashMap},
    sync::PoisonError,
};

use super::{
    Doors, Hands, ReportKeys, Score, Time, World,
    fake::{Fake, Fault},
    replay,
    truth::{ABOVE, DESK, Menu},
};
use crate::domain::clock::{Clock, Timestamp};

async fn day(seed: u64, fault: Fault, manual: bool) -> Score {
    played(seed, fault, manual).await.0
}

async fn played(seed: u64, fault: Fault, manual: bool) -> (Score, BTreeMap<String, usize>) {
    let (world, clock) = (World::synthetic(), Clock::manual(Timestamp(0)));
    let fake = Fake::new(world.clone(), fault, if manual { clock.clone() } else { Clock::System });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let router = Fake::router(fake.clone());
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let departments = Menu::sample().province.into_iter().map(|(_, office)| office);
    let offices = world.boundaries.iter().map(super::Ground::office).chain(departments);
    let offices = offices.chain([DESK.to_owned(), ABOVE.to_owned()]);
    let doors = Doors {
        base_url,
        report_keys: ReportKeys { team: "team".into() },
        office_keys: offices.map(|office| (office.clone(), format!("key-{office}"))).collect::<HashMap<_, _>>(),
        dashboard_key: "dashboard".into(),
        papers: BTreeMap::new(),
    };
    let time = if manual { Time::Manual(clock) } else { Time::Wall };
    let hand = fake.clone();
    let tick = Box::new(move || {
        hand.lock().unwrap_or_else(PoisonError::into_inner).tick();
        Box::pin(async {}) as futures::future::BoxFuture<'_, ()>
    });
    let score =
        replay(seed, &world, &doors, Hands { time, tick: Some(tick), carry: None, redraw: None }).await.unwrap();
    server.abort();
    let done = fake.lock().unwrap().done.clone();
    (score, done)
}

#[tokio::test]
async fn a_faultless_product_is_found_faultless() {
    let score = day(1, Fault::None, true).await;
    assert_eq!((score.lost, score.doubled, score.shown_to_the_wrong_person, score.stuck), (0, 0, 0, 0), "{score}");
    assert_eq!((score.misanswered, score.moving, score.settled), (0, 0, score.reports), "{score}");
    assert!(score.right_office_first > 0.98 && score.right_office_finally > 0.999, "{score}");
    assert!(score.on_time_share > 0.8 && score.told["closed"] > 250, "{score}");
    assert_eq!((score.told["refused"], score.told.get("queued")), (4, None), "{score}");
    assert!(score.told["merged"] >= 4, "{score}");
}

#[tokio::test]
async fn every_door_of_a_tickets_life_is_used() {
    let (_, done) = played(4, Fault::None, true).await;
    let doors = [
        ("reports 201", 200),
        ("reports 200", 8),
        ("reports 422", 11),
        ("batch 200", 18),
        ("accept 200", 250),
        ("accept 412", 3),
        ("start 200", 250),
        ("resolve 200", 250),
        ("refuse 200", 4),
        ("merge 200", 4),
        ("transfer 200", 4),
        ("wait 200", 3),
        ("reply 200", 3),
        ("extend 200", 2),
        ("reopen 200", 2),
        ("confirm 200", 60),
        ("rating 200", 15),
        ("metoo 200", 3),
        ("place 200", 1),
        ("default", 8),
    ];
    for (door, least) in doors {
        assert!(done.get(door).is_some_and(|times| *times >= least), "{door}: {done:?}");
    }
}

#[tokio::test]
async fn the_same_seed_gives_the_same_score() {
    assert_eq!(day(2, Fault::None, true).await, day(2, Fault::None, true).await);
}

#[tokio::test]
async fn the_day_can_be_played_where_nobody_moves_the_clock() {
    let score = day(3, Fault::None, false).await;
    assert_eq!((score.lost, score.doubled, score.misanswered, score.stuck), (0, 0, 0, 0), "{score}");
}

#[tokio::test]
async fn every_fault_lowers_the_score_where_it_hurts() {
    let good = day(1, Fault::None, true).await;
    let swapped = day(1, Fault::OfficeSwapped, true).await;
    assert!(swapped.right_office_first < good.right_office_first, "{swapped}");
    assert!(day(1, Fault::Dropped, true).await.lost > 0);
    assert!(day(1, Fault::KeyForgotten, true).await.doubled >= 30);
    assert!(day(1, Fault::TextPublic, true).await.shown_to_the_wrong_person > 250);
    assert!(day(1, Fault::ContactUnsealed, true).await.shown_to_the_wrong_person > 50);
    assert!(day(1, Fault::DoorsOpen, true).await.shown_to_the_wrong_person > 250);
}
