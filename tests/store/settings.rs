use ioc::{
    domain::{
        boundary::{Activation, Commune, Generation},
        clock::Timestamp,
        ids::KeyId,
        names::Names,
    },
    store::{DocumentKind, KeyRow, StoreError, StoredCommune},
};

use crate::{
    samples::{Draw, START, center},
    support::Stage,
};

on_every_store!(
    the_newest_document_is_in_force_and_the_revision_grows,
    publishers_side_by_side_get_a_version_each,
    of_those_who_establish_a_document_together_one_is_in_force_for_all,
    a_generation_is_never_replaced,
    the_plan_is_ordered_and_rolls_back_to_the_decision_before,
    keys_are_found_by_hash_and_end,
);

async fn the_newest_document_is_in_force_and_the_revision_grows(stage: Stage) {
    let store = &stage.store;
    let (map, other) = ("2026-03".parse().unwrap(), "2026-07".parse().unwrap());
    let offices = [DocumentKind::Offices(&map), DocumentKind::Offices(&other)];
    let kinds = offices.into_iter().chain([DocumentKind::Rules, DocumentKind::WorkingTime, DocumentKind::Vault]);
    let mut revision = store.revision().await.unwrap();
    for kind in kinds {
        assert_eq!(store.document(&center(), kind).await.unwrap(), None);
        for (version, body) in [(1, "{\"a\": \"Ặ\"}"), (2, "[]")] {
            assert_eq!(store.publish_document(&center(), kind, body, START).await.unwrap(), version);
            assert_eq!(store.document(&center(), kind).await.unwrap(), Some((version, body.to_owned())));
            let now = store.revision().await.unwrap();
            assert!(now > revision);
            revision = now;
        }
    }
    assert_eq!(store.document(&"canary".parse().unwrap(), DocumentKind::Rules).await.unwrap(), None);
}

async fn publishers_side_by_side_get_a_version_each(stage: Stage) {
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let store = stage.store.clone();
            tokio::spawn(async move { store.publish_document(&center(), DocumentKind::Rules, "{}", START).await })
        })
        .collect();
    let mut versions = vec![];
    for task in tasks {
        versions.push(task.await.unwrap().unwrap());
    }
    versions.sort_unstable();
    assert_eq!(versions, (1..=16).collect::<Vec<i64>>());
}

async fn of_those_who_establish_a_document_together_one_is_in_force_for_all(stage: Stage) {
    let tasks: Vec<_> = (0..16)
        .map(|nth| {
            let store = stage.store.clone();
            tokio::spawn(async move {
                store.establish_document(&center(), DocumentKind::Vault, &nth.to_string(), START).await
            })
        })
        .collect();
    let mut told = vec![];
    for task in tasks {
        told.push(task.await.unwrap().unwrap());
    }
    let in_force = stage.store.document(&center(), DocumentKind::Vault).await.unwrap();
    assert!(told.iter().all(|body| in_force == Some((1, body.clone()))), "{told:?}, {in_force:?}");
}

fn generation(id: &str, imported_at: i64) -> Generation {
    Generation {
        id: id.parse().unwrap(),
        source: "Sở Nội vụ".into(),
        approximate: imported_at % 2 == 0,
        checksum: "ab".repeat(32),
        imported_at: Timestamp(imported_at),
        communes: 2,
        left_out: vec!["03352".parse().unwrap(), "03356".parse().unwrap()],
    }
}

fn communes() -> Vec<StoredCommune> {
    let commune = |code: &str, vi: &str| StoredCommune {
        commune: Commune {
            code: code.parse().unwrap(),
            name: Names::new(vi, "Commune"),
            province: "11".parse().unwrap(),
        },
        shape: (0..=255).collect(),
    };
    vec![commune("03127", "Phường Điện Biên Phủ"), commune("03130", "Phường Mường Lay")]
}

async fn a_generation_is_never_replaced(stage: Stage) {
    let store = &stage.store;
    let (first, second) = (generation("b", 2), generation("a", 3));
    store.save_generation(&first, &communes().into_iter().rev().collect::<Vec<_>>()).await.unwrap();
    let revision = store.revision().await.unwrap();
    assert!(revision > 0);
    store.save_generation(&second, &communes()).await.unwrap();
    store.save_generation(&first, &communes()).await.unwrap();
    assert_eq!(store.revision().await.unwrap(), revision + 1, "saving the same again changes nothing");
    let other = Generation { checksum: "cd".repeat(32), ..first.clone() };
    assert!(matches!(store.save_generation(&other, &communes()).await, Err(StoreError::Refused(_))));
    assert_eq!(store.generations().await.unwrap(), vec![first.clone(), second]);
    assert_eq!(store.communes(&first.id).await.unwrap(), communes());
    assert_eq!(store.communes(&"none".parse().unwrap()).await.unwrap(), vec![]);
    let mut twice = communes();
    twice.extend(communes());
    assert!(store.save_generation(&generation("c", 5), &twice).await.is_err());
    assert_eq!(store.communes(&"c".parse().unwrap()).await.unwrap(), vec![], "nothing is half saved");
}

async fn the_plan_is_ordered_and_rolls_back_to_the_decision_before(stage: Stage) {
    let store = &stage.store;
    for id in ["a", "b", "c"] {
        store.save_generation(&generation(id, 1), &communes()).await.unwrap();
    }
    let line = |id: &str, effective, decided| Activation {
        generation: id.parse().unwrap(),
        effective: Timestamp(effective),
        decided_at: Timestamp(decided),
    };
    let (a, b, c) = (line("a", 10, 1), line("b", 30, 2), line("c", 20, 3));
    assert_eq!(store.rollback(&center(), START).await.unwrap(), None);
    for activation in [&a, &b, &c] {
        let revision = store.revision().await.unwrap();
        store.activate(&center(), activation).await.unwrap();
        assert!(store.revision().await.unwrap() > revision);
    }
    assert_eq!(store.plan(&center()).await.unwrap(), vec![a.clone(), c, b.clone()]);
    assert_eq!(store.plan(&"canary".parse().unwrap()).await.unwrap(), vec![]);
    assert_eq!(store.rollback(&center(), START).await.unwrap(), Some(b.clone()));
    assert_eq!(store.plan(&center()).await.unwrap(), vec![a.clone(), b]);
    assert_eq!(store.rollback(&center(), START).await.unwrap(), Some(a.clone()));
    assert_eq!(store.rollback(&center(), START).await.unwrap(), None, "the first decision stays");
    assert_eq!(store.plan(&center()).await.unwrap(), vec![a.clone()]);
    let again = line("b", 10, 4);
    store.activate(&center(), &again).await.unwrap();
    assert_eq!(store.plan(&center()).await.unwrap(), vec![a, again], "the later decision comes last");
    assert!(store.activate(&center(), &line("unknown", 1, 1)).await.is_err());
}

async fn keys_are_found_by_hash_and_end(stage: Stage) {
    let (draw, store) = (Draw::seeded(41), &stage.store);
    let key = |name: &str, hash: u8, at: i64| KeyRow {
        id: KeyId(draw.entropy.uuid(START)),
        center: center(),
        name: name.into(),
        hash: vec![hash; 32],
        scopes: vec!["report:write".into(), "office:xa-03127".into()],
        created_at: START.plus(at),
        revoked_at: None,
    };
    let (one, two) = (key("Xã", 1, 2), KeyRow { scopes: vec![], ..key("Sở", 2, 1) });
    store.save_key(&one).await.unwrap();
    store.save_key(&two).await.unwrap();
    assert!(store.save_key(&key("twin", 1, 3)).await.is_err());
    assert_eq!(store.keys(&center()).await.unwrap(), vec![two.clone(), one.clone()]);
    assert_eq!(store.key_by_hash(&[1; 32]).await.unwrap(), Some(one.clone()));
    assert_eq!(store.key_by_hash(&[3; 32]).await.unwrap(), None);
    assert!(!store.revoke_key(&"canary".parse().unwrap(), one.id, START).await.unwrap());
    assert!(store.revoke_key(&center(), one.id, START).await.unwrap());
    assert!(!store.revoke_key(&center(), one.id, START.plus(1)).await.unwrap());
    let ended = KeyRow { revoked_at: Some(START), ..one };
    assert_eq!(store.key_by_hash(&[1; 32]).await.unwrap(), Some(ended));
}
