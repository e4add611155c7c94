//! The slow way: an R-tree of polygons and a ray through each that may cover the point. What the grid is checked and
//! measured against.

use std::ops::Range;

use geo::Coord;
use rstar::{AABB, RTree};

use super::{
    Territory,
    part::{Part, Side},
};

/// All polygons of a generation. A commune's number is its place among the territories.
#[derive(Debug)]
pub(super) struct Reference {
    vertices: Vec<Coord>,
    parts: RTree<Part>,
}

impl Reference {
    pub(super) fn build(territories: &[Territory]) -> Self {
        let mut vertices: Vec<Coord> = Vec::new();
        let mut parts = Vec::new();
        for (number, territory) in (0_u32..).zip(territories) {
            for polygon in &territory.shape {
                let rings: Vec<Range<u32>> = std::iter::once(polygon.exterior())
                    .chain(polygon.interiors())
                    .map(|ring| {
                        let start = index(vertices.len());
                        vertices.extend_from_slice(&ring.0);
                        start..index(vertices.len())
                    })
                    .filter(|ring| ring.len() > 1)
                    .collect();
                if !rings.is_empty() {
                    parts.push(Part::new(number, &vertices, &rings));
                }
            }
        }
        Self { vertices, parts: RTree::bulk_load(parts) }
    }

    /// The communes that cover a point, ascending, each with the side it lies on (never outside).
    pub(super) fn sides(&self, at: Coord) -> Vec<(u32, Side)> {
        let mut sides: Vec<(u32, Side)> = Vec::new();
        for part in self.parts.locate_in_envelope_intersecting(AABB::from_point([at.x, at.y])) {
            let side = part.side(&self.vertices, at);
            match sides.iter_mut().find(|(number, _)| *number == part.territory) {
                Some(known) => known.1 = known.1.and(side),
                None => sides.push((part.territory, side)),
            }
        }
        sides.retain(|(_, side)| *side != Side::Outside);
        sides.sort_unstable_by_key(|(number, _)| *number);
        sides
    }
}

fn index(count: usize) -> u32 {
    u32::try_from(count).expect("an imported generation has at most 20 million vertices")
}
