//! Communes of other provinces that lie near: a point beyond the border is told whose it is, instead of being snapped home.

use geo::{BoundingRect, Coord, CoordsIter, Rect};
use rstar::RTree;

use super::{Territory, metric::Metric};

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
}
