//! One generation, ready to answer.

use std::ops::Range;

use geo::{Coord, MultiPolygon};
use rstar::{AABB, RTree};

use super::{
    Cover, Territory,
    border::{self, Piece, Reach},
    part::{Part, Side},
};
use crate::domain::{
    boundary::Commune,
    ids::{CommuneCode, GenerationId},
    position::Position,
};

/// How much farther than the nearest another commune may be and still be named beside it, metres.
pub(super) const TIE_M: f64 = 0.01;

/// One generation, ready to answer. Built once, then only read.
#[derive(Debug)]
pub struct Atlas {
    generation: GenerationId,
    /// Ascending by code; the others know a commune by its number here.
    communes: Vec<Commune>,
    /// The rings of each commune, polygon by polygon.
    rings: Vec<Vec<Vec<Range<u32>>>>,
    /// The vertices of all rings, each ring closed.
    vertices: Vec<Coord>,
    parts: RTree<Part>,
    pieces: RTree<Piece>,
}

impl Atlas {
    /// Builds the index over a generation's territories.
    pub fn build(generation: GenerationId, mut territories: Vec<Territory>) -> Self {
        territories.sort_by(|a, b| a.commune.code.cmp(&b.commune.code));
        let mut communes = Vec::with_capacity(territories.len());
        let mut vertices = Vec::new();
        let mut rings = Vec::with_capacity(territories.len());
        let (mut parts, mut pieces) = (Vec::new(), Vec::new());
        for (territory, Territory { commune, shape }) in (0_u32..).zip(territories) {
            communes.push(commune);
            let polygons = flatten(shape, &mut vertices);
            for polygon in &polygons {
                parts.push(Part::new(territory, &vertices, polygon));
                for ring in polygon {
                    border::cut(territory, &vertices, ring.clone(), &mut pieces);
                }
            }
            rings.push(polygons);
        }
        vertices.shrink_to_fit();
        let (parts, pieces) = (RTree::bulk_load(parts), RTree::bulk_load(pieces));
        Self { generation, communes, rings, vertices, parts, pieces }
    }

    /// The map's name.
    pub fn generation(&self) -> &GenerationId {
        &self.generation
    }

    /// The unit of that code.
    pub fn commune(&self, code: &CommuneCode) -> Option<&Commune> {
        self.number(code).map(|number| self.named(number))
    }

    /// All units, ascending by code.
    pub fn communes(&self) -> impl Iterator<Item = &Commune> {
        self.communes.iter()
    }

    /// Covering set or nearest.
    pub fn cover(&self, position: Position) -> Cover {
        let at = coord(position);
        self.cover_by(&self.sides(at), at)
    }

    /// The same where the sides are known.
    pub(super) fn cover_by(&self, sides: &[(u32, Side)], at: Coord) -> Cover {
        let covering = sides.iter().map(|(number, _)| self.code(*number)).collect();
        if !sides.is_empty() {
            return Cover { covering, nearest: vec![], nearest_m: None };
        }
        let found = self.borders(at, Reach::Nearest(TIE_M), |_| true);
        let nearest_m = found.first().map(|(_, metres)| *metres);
        let mut numbers: Vec<u32> = found.into_iter().map(|(number, _)| number).collect();
        numbers.sort_unstable();
        Cover { covering, nearest: numbers.into_iter().map(|number| self.code(number)).collect(), nearest_m }
    }

    /// Every commune whose area lies within `metres` of the position, with its distance (0 where it covers the
    /// position), nearest first, then ascending by code.
    pub fn communes_near(&self, position: Position, metres: f64) -> Vec<(CommuneCode, f64)> {
        let at = coord(position);
        let covering = self.sides(at);
        let covers = |number| covering.iter().any(|(covering, _)| *covering == number);
        let inside = covering.iter().map(|(number, _)| (*number, 0.0));
        let around = self.borders(at, Reach::Within(metres), |number| !covers(number));
        inside.chain(around).map(|(number, metres)| (self.code(number), metres)).collect()
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

    /// Geodesic metres from a point to the borders in reach, nearest first.
    pub(super) fn borders(&self, at: Coord, reach: Reach, wanted: impl Fn(u32) -> bool) -> Vec<(u32, f64)> {
        border::distances(&self.pieces, &self.vertices, at, reach, wanted)
    }

    /// The number of a code.
    pub(super) fn number(&self, code: &CommuneCode) -> Option<u32> {
        let place = self.communes.binary_search_by(|commune| commune.code.cmp(code)).ok()?;
        u32::try_from(place).ok()
    }

    /// The code of a number.
    pub(super) fn code(&self, number: u32) -> CommuneCode {
        self.named(number).code.clone()
    }

    fn named(&self, number: u32) -> &Commune {
        &self.communes[number as usize]
    }

    /// The polygons of each commune as runs of vertices, in order of the communes.
    pub(super) fn rings(&self) -> impl Iterator<Item = (&Commune, &[Vec<Range<u32>>])> {
        self.communes.iter().zip(self.rings.iter().map(Vec::as_slice))
    }

    /// The vertices of all rings, one ring after the other.
    pub(super) fn vertices(&self) -> &[Coord] {
        &self.vertices
    }

    /// The vertices of a ring, the first repeated at the end.
    pub(super) fn ring(&self, ring: &Range<u32>) -> &[Coord] {
        &self.vertices[ring.start as usize..ring.end as usize]
    }
}

/// The point of a position.
pub(super) fn coord(position: Position) -> Coord {
    Coord { x: position.lon(), y: position.lat() }
}

/// Appends the vertices of every ring and tells where they lie; rings without an edge are left out.
fn flatten(shape: MultiPolygon, vertices: &mut Vec<Coord>) -> Vec<Vec<Range<u32>>> {
    let mut polygons = Vec::with_capacity(shape.0.len());
    for polygon in shape {
        let (exterior, interiors) = polygon.into_inner();
        let mut rings = Vec::with_capacity(1 + interiors.len());
        for ring in std::iter::once(exterior).chain(interiors) {
            let start = index(vertices.len());
            vertices.extend_from_slice(&ring.0);
            let end = index(vertices.len());
            if end - start > 1 {
                rings.push(start..end);
            }
        }
        if !rings.is_empty() {
            polygons.push(rings);
        }
    }
    polygons
}

/// Vertices are counted in 32 bits: the import accepts 20 million at most.
fn index(count: usize) -> u32 {
    u32::try_from(count).expect("an imported generation has at most 20 million vertices")
}
