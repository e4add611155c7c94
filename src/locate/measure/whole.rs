//! The slowest way: every edge of every commune, in whole numbers. No tree, no stripes, no rounding, no shared predicate.

use geo::{Coord, LineString};

use crate::{
    domain::position::Position,
    locate::{Atlas, Covers, Territory, part::Side},
};

/// What a degree is multiplied by: any double of at least one degree becomes a whole number.
const SCALE: f64 = 4_503_599_627_370_496.0;

/// The first of these positions that the atlas answers, one by one or in a batch, otherwise than whole numbers do. The
/// territories come ascending by code; what is no multiple of 2⁻⁵² degrees is left out.
pub fn disagreement(atlas: &Atlas, territories: &[Territory], positions: &[Position]) -> Option<Position> {
    let mut covers = Covers::default();
    atlas.cover_batch(positions, &mut covers);
    let rings: Vec<Vec<Vec<[i128; 2]>>> = territories.iter().map(whole_rings).collect::<Option<_>>()?;
    let mut numbers = Vec::new();
    positions.iter().zip(covers.iter()).find_map(|(position, batch)| {
        let at = whole(Coord { x: position.lon(), y: position.lat() })?;
        let sides = (0_u32..).zip(&rings).map(|(number, rings)| (number, side(rings, at)));
        let expected: Vec<(u32, Side)> = sides.filter(|(_, side)| *side != Side::Outside).collect();
        atlas.covering(*position, &mut numbers);
        let are_same = |numbers: &[u32]| expected.iter().map(|(number, _)| number).eq(numbers);
        let same = are_same(&numbers) && are_same(batch) && atlas.sides(super::coord(*position)) == expected;
        (!same).then_some(*position)
    })
}

fn whole_rings(territory: &Territory) -> Option<Vec<Vec<[i128; 2]>>> {
    let polygons = territory.shape.iter();
    let rings = polygons.flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()));
    rings.map(|LineString(ring)| ring.iter().copied().map(whole).collect()).collect()
}

#[expect(clippy::cast_possible_truncation, reason = "the part behind the point is zero")]
fn whole(at: Coord) -> Option<[i128; 2]> {
    let scaled = [at.x * SCALE, at.y * SCALE];
    scaled.iter().all(|number| number.fract() == 0.0).then(|| scaled.map(|number| number as i128))
}

/// Inside an odd number of rings, or on one.
fn side(rings: &[Vec<[i128; 2]>], at: [i128; 2]) -> Side {
    let mut is_inside = false;
    for ring in rings {
        for ends in ring.windows(2) {
            let [[ax, ay], [bx, by]] = [ends[0], ends[1]];
            let turn = (bx - ax) * (at[1] - ay) - (by - ay) * (at[0] - ax);
            let is_within = |a: i128, b: i128, v: i128| a.min(b) <= v && v <= a.max(b);
            if turn == 0 && is_within(ax, bx, at[0]) && is_within(ay, by, at[1]) {
                return Side::Border;
            }
            is_inside ^= (ay <= at[1] && at[1] < by && turn > 0) || (by <= at[1] && at[1] < ay && turn < 0);
        }
    }
    if is_inside { Side::Inside } else { Side::Outside }
}
