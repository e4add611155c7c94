//! The demonstration tells a whole, believable and provable year.
#![expect(clippy::unwrap_used, reason = "what cannot go on says where")]

use ioc::{
    app::Ground,
    cli::demo::{Plan, play},
    domain::{
        clock::{Clock, Entropy},
        ids::CenterId,
        tally::Tally,
    },
    store::TallyQuery,
};

/// Plays a year, always the same one for a seed, into a new file; its ground and its folder.
async fn year(seed: u64, reports: usize) -> (Ground, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let center: CenterId = "dien-bien".parse().unwrap();
    let url = format!("sqlite://{}", folder.path().join("demo.db").display());
    let end = "2026-11-22T03:00:00Z".parse().unwrap();
    let ground = Ground::open(&url, &center).await.unwrap().by_hand(Clock::manual(end), Entropy::system());
    let keys = play(&ground, folder.path(), None, Plan { seed, reports }, |_| {}).await.unwrap();
    assert_ne!(keys.office, keys.dashboard);
    (ground, folder)
}

async fn figures(ground: &Ground) -> Tally {
    ground.store.tally(&ground.center, &TallyQuery::default()).await.unwrap().tally
}

#[tokio::test]
async fn a_year_is_settled_but_for_its_end_and_no_commune_counts_more_than_it_received() {
    let (ground, _folder) = year(1, 60).await;
    let all = figures(&ground).await;
    assert_eq!(all.reports, 60);
    assert!(all.settled * 10 >= all.reports * 9, "{all:?}");
    let communes = ground.store.tallies_by_commune(&ground.center, &TallyQuery::default()).await.unwrap();
    assert!(communes.len() >= 15, "{} communes", communes.len());
    for row in communes {
        let Tally { reports, open, overdue, settled, on_time, rated, stars, .. } = row.tally;
        assert!(open + settled <= reports && overdue <= open && on_time <= settled, "{row:?}");
        assert!((rated..=5 * rated).contains(&stars), "{row:?}");
    }
}

#[tokio::test]
async fn the_chain_is_whole_and_the_figures_are_those_of_a_naive_count() {
    let (ground, _folder) = year(2, 60).await;
    let chain = ground.store.verify_chain().await.unwrap();
    assert_eq!((chain.faults.len(), chain.unsealed), (0, 0), "{:?}", chain.faults);
    assert!(chain.sealed > 250, "{} events", chain.sealed);
    assert_eq!(ground.store.audit_tallies(&ground.center).await.unwrap(), Vec::<String>::new());
    assert_eq!(ground.store.centre_touches(&ground.center).await.unwrap(), 0);
    assert_eq!(ground.store.oldest_announced(&ground.center).await.unwrap(), None, "nothing of it waits to be told");
}

#[tokio::test]
async fn the_same_seed_tells_the_same_story() {
    let mut told = vec![];
    for _ in 0..2 {
        let (ground, _folder) = year(3, 40).await;
        let offices = ground.store.tallies_by_office(&ground.center, &TallyQuery::default()).await.unwrap();
        told.push((offices, ground.store.verify_chain().await.unwrap().sealed));
    }
    assert_eq!(told[0], told[1]);
}
