use ioc::{
    domain::{assignment::Reason, event::EventKind},
    flow::{
        boundaries::Neighbours,
        look::{self, Seen},
    },
};

use crate::{
    support::Stage,
    town::{Town, center, official},
};

on_every_store!(
    what_a_foreign_commune_covers_is_told_so_and_never_pulled_home,
    neighbours_that_the_mirror_does_not_have_are_named_and_done_without,
);

/// 50 m beyond the border: within the distance that a point of no commune would be snapped.
const BEYOND: (f64, f64) = (103.2005, 21.05);

async fn what_a_foreign_commune_covers_is_told_so_and_never_pulled_home(stage: Stage) {
    let town = Town::new(&stage).await;
    town.activate("d").await;
    town.app.tick().await.unwrap();
    let id = town.report_at(BEYOND).await;
    let ticket = town.ticket(id).await;
    assert_eq!((ticket.office.as_str(), ticket.commune.unwrap().as_str()), ("ban-tinh", "04001"));
    let history = town.ground.store.history(&center(), id).await.unwrap();
    let EventKind::Assigned { receipt, .. } = &history[1].kind else { panic!("it was assigned") };
    assert_eq!(receipt.assignment.reason, Reason::Outside);
    let Seen::Own(seen) = look::ticket(&town.app.flow, &official("ban-tinh"), id).await.unwrap() else {
        panic!("the desk has it")
    };
    let why = seen.explanation.unwrap().vi;
    assert!(why.contains("Xã Mường Khác") && why.contains("tỉnh khác"), "{why}");
    town.minutes_pass(3 * 60);
    town.app.tick().await.unwrap();
    assert_eq!(town.office(id).await, "ubnd-tinh");
}

async fn neighbours_that_the_mirror_does_not_have_are_named_and_done_without(stage: Stage) {
    let Some(data) = std::env::var_os("IOC_TEST_DATA").map(std::path::PathBuf::from) else { return };
    let mirror = format!("file://{}", data.join("dien-bien/source-layout").display());
    let (town, cache) = (Town::new(&stage).await, tempfile::tempdir().unwrap());
    let fetch = |neighbours: Neighbours| {
        let (town, mirror, cache) = (&town, &mirror, &cache);
        async move {
            let province = "11".parse().unwrap();
            town.ground.fetch_boundaries(Some(&province), &neighbours, Some(mirror), cache.path(), |_| ()).await
        }
    };
    let brought = fetch(Neighbours::Known).await.unwrap();
    assert_eq!((brought.generation.id.as_str(), brought.generation.communes), ("2026-07-25-11", 45));
    assert_eq!(brought.missing, ["12".parse().unwrap(), "14".parse().unwrap()]);
    assert!(fetch(Neighbours::Named(vec!["12".parse().unwrap()])).await.is_err(), "who names them wants them");
    assert!(fetch(Neighbours::Named(vec![])).await.unwrap().missing.is_empty());
}
