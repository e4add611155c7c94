use ioc::{
    domain::{
        clock::{MINUTE, Timestamp},
        ids::CenterId,
    },
    store::{DocumentKind, Store, StoreError},
};
use uuid::Uuid;

use crate::support::{Engine, database::Scratch};

const START: Timestamp = Timestamp(1_784_000_000_000_000);

fn center() -> CenterId {
    "dien-bien".parse().unwrap()
}

async fn store(engine: Engine) -> (Store, Scratch, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let scratch = Scratch::new(engine, folder.path()).await;
    (Store::connect(scratch.url()).await.unwrap(), scratch, folder)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_whose_term_is_over_writes_nothing_more() {
    let (store, _scratch, _folder) = store(Engine::Postgres).await;
    let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let lead = async |who, at: Timestamp| store.take_lead(&center(), who, at, at.plus(MINUTE)).await.unwrap();
    let publish = async |store: &Store| store.publish_document(&center(), DocumentKind::Ladder, "{}", START).await;

    let first = lead(one, START).await.unwrap();
    assert_eq!(first.term(), Some(1));
    assert!(lead(two, START.plus(MINUTE - 1)).await.is_none(), "the lease keeps others off");
    assert_eq!(lead(one, START.plus(MINUTE / 2)).await.unwrap().term(), Some(1), "whoever keeps it keeps its term");
    assert_eq!(publish(&first).await, Ok(1));

    let second = lead(two, START.plus(2 * MINUTE)).await.unwrap();
    assert_eq!(second.term(), Some(2));
    assert_eq!(publish(&first).await, Err(StoreError::Superseded));
    assert_eq!(first.seal(START, 10).await, Err(StoreError::Superseded));
    let stored = store.document(&center(), DocumentKind::Ladder).await.unwrap();
    assert_eq!(stored.map(|(version, _)| version), Some(1), "what was refused has left nothing");
    assert_eq!(publish(&second).await, Ok(2));
    assert!(lead(one, START.plus(2 * MINUTE)).await.is_none());

    store.leave_lead(&center(), one, START.plus(2 * MINUTE)).await.unwrap();
    assert!(lead(one, START.plus(2 * MINUTE)).await.is_none(), "nobody gives back what another has");
    store.leave_lead(&center(), two, START.plus(2 * MINUTE)).await.unwrap();
    assert_eq!(lead(one, START.plus(2 * MINUTE)).await.unwrap().term(), Some(3), "terms only grow");
    assert_eq!(publish(&second).await, Err(StoreError::Superseded));
}

#[tokio::test]
async fn the_only_one_leads_always() {
    let (store, _scratch, _folder) = store(Engine::Sqlite).await;
    for (who, version) in [(1, 1), (2, 2)] {
        let led = store.take_lead(&center(), Uuid::from_u128(who), START, START.plus(MINUTE)).await.unwrap().unwrap();
        assert_eq!(led.term(), None);
        assert_eq!(led.publish_document(&center(), DocumentKind::Ladder, "{}", START).await.unwrap(), version);
    }
}
