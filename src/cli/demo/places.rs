//! Where people live: the communes of the map with a few villages in each, by name and position.

use std::collections::BTreeMap;

use geo::{BoundingRect, Contains, MultiPolygon, Point};
use serde::Deserialize;

use super::year::Dice;
use crate::{domain::ids::CommuneCode, flow::Centre};

/// How far outlines may be off while villages are placed, degrees (about 100 m).
const TOLERANCE: f64 = 0.001;
/// Around its middle a village's people live within a few hundred metres.
const VILLAGE_M: f64 = 350.0;
/// Metres of one degree of latitude.
const DEGREE_M: f64 = 110_700.0;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Places {
    villages: BTreeMap<String, Naming>,
    communes: BTreeMap<CommuneCode, Character>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Naming {
    first: Vec<String>,
    last: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Character {
    area: String,
    weight: f64,
    roads: Vec<String>,
}

/// A commune with its villages.
pub(super) struct Commune {
    /// Its code.
    pub code: CommuneCode,
    /// How many reports come from here, against the others.
    pub weight: f64,
    /// Never empty.
    pub villages: Vec<Village>,
}

/// Where a report comes from.
#[derive(Debug, Clone)]
pub(super) struct Village {
    /// "bản Nà Tấu"
    pub name: String,
    /// `thai`, `hmong` or `kinh`.
    pub area: String,
    /// Roads that pass it; never empty.
    pub roads: Vec<String>,
    /// Degrees east of its middle.
    pub lon: f64,
    /// Degrees north of its middle.
    pub lat: f64,
}

impl Village {
    /// Where somebody stands in it: degrees east and north.
    pub fn somewhere(&self, dice: &Dice) -> (f64, f64) {
        moved((self.lon, self.lat), VILLAGE_M, dice)
    }
}

/// The point moved by a normal error of `sigma_m` metres in each axis.
pub(super) fn moved((lon, lat): (f64, f64), sigma_m: f64, dice: &Dice) -> (f64, f64) {
    let (east, north) = dice.normals();
    let degree_east_m = DEGREE_M * lat.to_radians().cos();
    (lon + east * sigma_m / degree_east_m, lat + north * sigma_m / DEGREE_M)
}

/// The communes that the centre answers for, each with four to eight villages.
pub(super) fn communes(centre: &Centre, dice: &Dice) -> Vec<Commune> {
    let places: Places = toml::from_str(include_str!("places.toml")).expect("the built-in file is read by a test");
    let province = &centre.routes.directory().province;
    let outlines = centre.map_today().outlines(TOLERANCE).into_iter();
    let served = outlines.filter(|(commune, _)| commune.province == *province);
    served
        .map(|(commune, shape)| {
            let known = places.communes.get(&commune.code);
            let area = known.map_or("thai", |known| known.area.as_str());
            let roads = known.map_or_else(|| vec!["đường liên bản".to_owned()], |known| known.roads.clone());
            let naming = &places.villages[area];
            let villages = (0..4 + dice.below(5)).map(|_| {
                let (lon, lat) = point_in(&shape, dice);
                let name = format!("{} {}", dice.pick(&naming.first), dice.pick(&naming.last));
                Village { name, area: area.to_owned(), roads: roads.clone(), lon, lat }
            });
            Commune {
                villages: villages.collect(),
                weight: known.map_or(1.0, |known| known.weight),
                code: commune.code,
            }
        })
        .collect()
}

/// A point inside; the middle of the box around where two hundred draws find none.
fn point_in(shape: &MultiPolygon<f64>, dice: &Dice) -> (f64, f64) {
    let Some(around) = shape.bounding_rect() else { return (103.0, 21.4) };
    for _ in 0..200 {
        let (lon, lat) = (dice.between(around.min().x, around.max().x), dice.between(around.min().y, around.max().y));
        if shape.contains(&Point::new(lon, lat)) {
            return (lon, lat);
        }
    }
    (around.center().x, around.center().y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_area_of_the_file_has_names_for_its_villages() {
        let places: Places = toml::from_str(include_str!("places.toml")).unwrap();
        assert_eq!(places.communes.len(), 45);
        for (code, character) in &places.communes {
            let naming = &places.villages[&character.area];
            assert!(!naming.first.is_empty() && !naming.last.is_empty() && !character.roads.is_empty(), "{code}");
        }
    }
}
