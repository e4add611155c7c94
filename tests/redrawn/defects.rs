//! Sets with defects: the three invalid polygons of March 2026, and what does not fit in Điện Biên and the country.

use std::{env, path::PathBuf};

use ioc::{
    flow::{
        boundaries::Defects,
        submit::{self, Parcel, Taken},
    },
    identity::Caller,
    locate::{
        import::{self, Fate, Import},
        topology::{Topology, topology},
    },
};
use serde_json::json;

use crate::{support::Stage, town::Town};

on_every_store!(a_map_without_its_invalid_communes_says_so_to_whoever_reports_from_there);

const INVALID: [&str; 3] = ["03352", "03356", "03358"];

fn data(path: &str) -> Option<PathBuf> {
    Some(PathBuf::from(env::var_os("IOC_TEST_DATA")?).join(path))
}

fn march() -> Option<Import> {
    Some(import::read(&data("dien-bien-2026-03/communes.geojson")?).unwrap())
}

#[test]
fn a_repair_keeps_the_ground_and_touches_no_valid_neighbour() {
    let (Some(before), Some(again)) = (march(), march()) else { return };
    let (after, done) = march().unwrap().repaired().unwrap();
    assert_eq!(done.iter().map(|repaired| repaired.commune.as_str()).collect::<Vec<_>>(), INVALID);
    assert!(after.invalid().is_empty());
    for (old, new) in before.territories.iter().zip(&after.territories) {
        assert_eq!(old.commune, new.commune);
        assert_eq!(old.shape == new.shape, !INVALID.contains(&old.commune.code.as_str()), "{}", old.commune.code);
    }
    let cuts: Vec<_> = done.iter().flat_map(|repaired| &repaired.cuts).collect();
    assert!(!cuts.is_empty() && cuts.iter().all(|cut| cut.m2 < 1.0), "{cuts:?}");
    assert!(cuts.iter().any(|cut| cut.fate != Fate::Hole), "{cuts:?}");
    let (twice, _) = again.repaired().unwrap();
    assert_eq!(twice.checksum, after.checksum, "the same file is always repaired alike");
}

#[test]
fn the_others_can_be_had_without_the_invalid_ones() {
    let Some(before) = march() else { return };
    let invalid = before.invalid();
    let after = before.without(&invalid).unwrap();
    assert_eq!(after.territories.len(), 42);
    assert!(after.invalid().is_empty());
    assert!(after.without(&[]).is_ok());
}

fn pairs(found: &Topology) -> Vec<(&str, &str)> {
    found.overlaps.iter().map(|overlap| (overlap.a.as_str(), overlap.b.as_str())).collect()
}

/// Measured with GEOS: pairs that overlap, largest first, in square metres, and the one gap.
#[test]
fn overlaps_and_gaps_of_dien_bien_are_those_that_geos_finds() {
    let Some(file) = data("dien-bien/communes.geojson") else { return };
    let found = topology(&import::read(&file).unwrap().territories);
    let known =
        [("03203", "03358", 24.5), ("03358", "03370", 5.91), ("03334", "03349", 0.33), ("03203", "03370", 0.16)];
    assert_eq!(pairs(&found), known.map(|(a, b, _)| (a, b)));
    for (overlap, (_, _, m2)) in found.overlaps.iter().zip(known) {
        assert!((overlap.m2 - m2).abs() < 0.05, "{overlap:?}");
    }
    assert_eq!(found.overlaps.iter().map(|overlap| overlap.pieces).sum::<usize>(), 6);
    assert!(found.triples.is_empty() && found.uncompared.is_empty() && found.unseen.is_empty());
    let [gap] = &found.gaps[..] else { panic!("{:?}", found.gaps) };
    assert!((gap.m2 - 148.1).abs() < 0.2, "{gap:?}");
    assert!((gap.at.0 - 103.116_375).abs() < 1e-3 && (gap.at.1 - 21.253_094).abs() < 1e-3, "{gap:?}");
    assert_eq!(gap.around.iter().map(ToString::to_string).collect::<Vec<_>>(), ["03203", "03358"]);
}

async fn a_map_without_its_invalid_communes_says_so_to_whoever_reports_from_there(stage: Stage) {
    let town = Town::new(&stage).await;
    let ring =
        |x: f64, back: [f64; 2]| json!([[x, 21.0], [x + 0.1, 21.0], back, [x + 0.1, 21.2], [x, 21.2], [x, 21.0]]);
    let feature = |code: &str, ring: serde_json::Value| {
        json!({
            "type": "Feature",
            "properties": {"code": code, "full_name": "Xã Một", "province_code": "11"},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        })
    };
    let features = [feature("03101", ring(103.0, [103.1, 21.1])), feature("03102", ring(103.1, [103.05, 21.1]))];
    let file = town.folder.path().join("torn.geojson");
    std::fs::write(&file, json!({"type": "FeatureCollection", "features": features}).to_string()).unwrap();
    let whole = town.ground.import_defective(&file, "whole".parse().unwrap(), Defects::Repair).await.unwrap();
    assert_eq!((whole.generation.communes, whole.repaired.len()), (2, 1));
    let part = town.ground.import_defective(&file, "part".parse().unwrap(), Defects::LeaveOut).await.unwrap();
    assert_eq!((part.generation.communes, part.generation.left_out.len()), (1, 1));
    town.activate("part").await;
    town.app.tick().await.unwrap();
    for (lon, code) in [(103.05, None), (103.11, Some("incomplete_map"))] {
        let body = json!({
            "category": "duong_hong",
            "description": "Đường hỏng",
            "position": {"lon": lon, "lat": 21.05},
        });
        let parcel = Parcel { body, photos: vec![], idempotency_key: None, device: None };
        let Taken::New(receipt) = submit::submit(&town.app.flow, parcel, &Caller::Anyone).await.unwrap() else {
            panic!("it is new")
        };
        let told: Vec<&str> = receipt.warnings.iter().map(|warning| warning.code.as_str()).collect();
        assert_eq!(told, Vec::from_iter(code));
    }
}
