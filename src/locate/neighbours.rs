//! Communes of other provinces that lie near: a point beyond the border is told whose it is, instead of being snapped home.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use geo::{BoundingRect, Coord, CoordsIter, Rect};
use rstar::RTree;

use super::{Territory, diff, metric::Metric};

/// So far around the own province its neighbours' communes are kept, metres.
pub const AROUND_M: f64 = 10_000.0;

/// Those of the others that have a vertex within so many metres of a vertex of the own ones. Vertices of real polygons lie
/// some ten metres apart, which is how exact this is.
pub fn within(own: &[Territory], others: Vec<Territory>, metres: f64) -> Vec<Territory> {
    let Some(middle) = own.first().and_then(|territory| territory.shape.bounding_rect()).map(Rect::center) else {
        return vec![];
    };
    let metric = Metric::at(middle.y);
    let plane = |at: Coord| -> [f64; 2] { metric.offset(middle, at).into() };
    let vertices = own.iter().flat_map(|territory| territory.shape.coords_iter().map(plane)).collect();
    let tree = RTree::bulk_load(vertices);
    let near = |at: Coord| {
        let nearest = tree.nearest_neighbor(plane(at));
        nearest.is_some_and(|[x, y]| (x - plane(at)[0]).hypot(y - plane(at)[1]) <= metres)
    };
    others.into_iter().filter(|territory| territory.shape.coords_iter().any(near)).collect()
}

/// The provinces that have communes within reach of one another, as CSV: `province,neighbours`, codes with spaces between.
pub fn table(territories: &[Territory]) -> String {
    let mut provinces: BTreeMap<&str, Vec<Territory>> = BTreeMap::new();
    for territory in territories {
        provinces.entry(territory.commune.province.as_str()).or_default().push(territory.clone());
    }
    let mut near: BTreeMap<&str, BTreeSet<&str>> = provinces.keys().map(|code| (*code, BTreeSet::new())).collect();
    for (code, own) in &provinces {
        for (other, communes) in provinces.range::<str, _>((Bound::Excluded(*code), Bound::Unbounded)) {
            if may_meet(own, communes) && !within(own, communes.clone(), AROUND_M).is_empty() {
                near.entry(code).or_default().insert(other);
                near.entry(other).or_default().insert(code);
            }
        }
    }
    let rows = near.into_iter().map(|(code, near)| format!("{code},{}\n", Vec::from_iter(near).join(" ")));
    std::iter::once("province,neighbours\n".to_owned()).chain(rows).collect()
}

/// Whether their boxes lie within a fifth of a degree, twice as far as communes are kept.
fn may_meet(own: &[Territory], others: &[Territory]) -> bool {
    let wide = Coord { x: 0.2, y: 0.2 };
    let bounds = |territory: &Territory| territory.shape.bounding_rect();
    let near = |a: Rect, b: Rect| diff::meet(Rect::new(a.min() - wide, a.max() + wide), b);
    own.iter().filter_map(bounds).any(|a| others.iter().filter_map(bounds).any(|b| near(a, b)))
}

#[cfg(test)]
mod tests {
    use super::{super::fixtures::*, *};

    #[test]
    fn only_communes_within_reach_are_kept() {
        let own = [territory("00001", square(103.0, 21.0, 103.1, 21.1))];
        let others = vec![
            territory("00002", square(103.1, 21.0, 103.2, 21.1)),
            territory("00003", square(103.19, 21.0, 103.3, 21.1)),
            territory("00004", square(103.3, 21.0, 103.4, 21.1)),
        ];
        let kept = within(&own, others, AROUND_M);
        let codes: Vec<&str> = kept.iter().map(|territory| territory.commune.code.as_str()).collect();
        assert_eq!(codes, ["00002", "00003"]);
    }

    #[test]
    fn provinces_are_neighbours_in_turn_where_communes_lie_within_reach() {
        let of = |province: &str, code: &str, west: f64| {
            let mut made = territory(code, square(west, 21.0, west + 0.1, 21.1));
            made.commune.province = province.parse().unwrap();
            made
        };
        // 0.05 degrees are 5 km here, 0.15 are 16 km: within what boxes are compared for, beyond what is kept.
        let land = [
            of("14", "00004", 103.55),
            of("11", "00001", 103.0),
            of("11", "00002", 103.1),
            of("12", "00003", 103.25),
            of("15", "00005", 106.0),
        ];
        let table = table(&land);
        assert_eq!(table, "province,neighbours\n11,12\n12,11\n14,\n15,\n");
    }
}
