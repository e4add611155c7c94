use ioc::{
    domain::{assignment::Reason, event::EventKind},
    flow::look::{self, Seen},
};

use crate::{
    support::Stage,
    town::{Town, center, official},
};

on_every_store!(what_a_foreign_commune_covers_is_told_so_and_never_pulled_home);

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
