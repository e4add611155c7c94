use std::{env, path::Path};

use geo::{GeodesicArea, LineString};
use rand::{RngExt, SeedableRng, rngs::ChaCha20Rng};

use super::*;
use crate::{
    domain::position::Position,
    locate::{Atlas, fixtures::atlas},
};

/// The command's example: the centre of Điện Biên Phủ.
fn example() -> Position {
    Position::new(103.0230, 21.3920).unwrap()
}

fn covering(map: &Atlas, position: Position) -> Vec<String> {
    map.cover(position).covering.into_iter().map(String::from).collect()
}

#[test]
fn the_shipped_map_is_what_the_generator_makes() {
    let made = generate(DIEN_BIEN_SEATS).unwrap();
    assert_eq!(geojson(&made).as_bytes(), DIEN_BIEN);
    assert_eq!(dien_bien().unwrap().territories, made);
}

#[test]
fn it_says_of_itself_that_it_is_approximate() {
    let import = dien_bien().unwrap();
    assert!(import.approximate);
    assert!(import.source.as_ref().unwrap().contains("GẦN ĐÚNG"));
    assert_eq!(import.territories.len(), 45);
    assert_eq!(import.territories[0].commune.name, Names::new("Phường Điện Biên Phủ", "Dien Bien Phu Ward"));
    assert_eq!(import.check(), []);
}

#[test]
fn the_example_lies_in_the_same_commune_as_in_the_real_map() {
    assert_eq!(covering(&atlas(dien_bien().unwrap().territories), example()), ["03127"]);
}

#[test]
fn neighbours_share_their_corners() {
    let territories = dien_bien().unwrap().territories;
    let rings = || territories.iter().flat_map(|territory| territory.shape.iter().map(geo::Polygon::exterior));
    let metric = Metric::at(21.5);
    for edge in rings().flat_map(LineString::lines) {
        for corner in rings().flat_map(|ring| &ring.0).filter(|corner| **corner != edge.start && **corner != edge.end) {
            let metres = metric.metres(*corner, metric.foot(*corner, edge.start, edge.end));
            assert!(metres > 20.0, "{corner:?} lies beside {edge:?}");
        }
    }
}

#[test]
fn seats_that_cannot_be_used_are_named() {
    let refused = |rows: &str| {
        let table = format!("code,name,type,province_code,lat,lon,area_km2\n{rows}");
        generate(&table).unwrap_err().to_string()
    };
    assert!(refused("00001,A,xã,11,21,103,-5\n").contains("commune 00001"));
    assert!(refused("1,A,xã,11,21,103,5\n").contains("commune code"));
    assert!(refused("00001,A,xã,11,x,103,5\n").contains("table of seats"));
    assert_eq!(generate("code,name,type,province_code,lat,lon,area_km2\n").unwrap(), []);
}

#[test]
fn four_points_in_five_fall_right() {
    let Some(data) = env::var_os("IOC_TEST_DATA") else { return };
    let real = import::read(&Path::new(&data).join("dien-bien/communes.geojson")).unwrap();
    let (real, made) = (atlas(real.territories), atlas(dien_bien().unwrap().territories));
    assert_eq!(covering(&real, example()), ["03127"]);
    let mut chance = ChaCha20Rng::seed_from_u64(1);
    let (mut points, mut right, mut outside) = (0_u32, 0_u32, 0_u32);
    while points < 4_000 {
        let position = Position::new(chance.random_range(102.0..103.7), chance.random_range(20.85..22.6)).unwrap();
        let truth = covering(&real, position);
        if truth.is_empty() {
            continue;
        }
        let answer = covering(&made, position);
        points += 1;
        right += u32::from(answer.first() == truth.first());
        outside += u32::from(answer.is_empty());
    }
    let km2: f64 = dien_bien().unwrap().territories.iter().map(|t| t.shape.geodesic_area_unsigned() / 1e6).sum();
    let (right, outside) = (f64::from(right) / f64::from(points), f64::from(outside) / f64::from(points));
    assert!(right > 0.78 && outside < 0.03 && (9_500.0..11_500.0).contains(&km2), "{right} {outside} {km2}");
}
