//! One generation, ready to answer.

use geo::{Coord, MultiPolygon};
use rstar::RTree;

use super::{
    Cover, Territory,
    border::{self, Block, Reach},
    covers::Covers,
    grid::{Grid, Rings},
    part::Side,
    shape,
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
    pub(super) generation: GenerationId,
    /// Ascending by code; the others know a commune by its number here.
    pub(super) communes: Vec<Commune>,
    /// The polygons of each commune as [`shape`] writes them, for outlines, one after the other.
    pub(super) shapes: Vec<u8>,
    /// Where each commune's end.
    pub(super) ends: Vec<u64>,
    pub(super) grid: Grid,
    /// The parts of the grid that have borders.
    pub(super) blocks: RTree<Block>,
}

impl Atlas {
    /// Builds the index over a generation's territories.
    pub fn build(generation: GenerationId, mut territories: Vec<Territory>) -> Self {
        territories.sort_by(|a, b| a.commune.code.cmp(&b.commune.code));
        let vertices = territories.iter().map(|territory| vertices(&territory.shape)).sum();
        let mut rings = Rings::with_capacity(vertices);
        let mut communes = Vec::with_capacity(territories.len());
        let (mut shapes, mut ends) = (Vec::with_capacity(4 * vertices), Vec::with_capacity(territories.len()));
        for (number, Territory { commune, shape }) in (0_u32..).zip(territories) {
            communes.push(commune);
            for polygon in &shape {
                for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
                    rings.add(number, &ring.0);
                }
            }
            shapes.extend(shape::unpacked(&shape));
            ends.push(shapes.len() as u64);
        }
        shapes.shrink_to_fit();
        let grid = Grid::build(&rings);
        let blocks = RTree::bulk_load(border::blocks(&grid));
        Self { generation, communes, shapes, ends, grid, blocks }
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
        if sides.is_empty() {
            return self.uncovered(self.nearest(at));
        }
        let covering = sides.iter().map(|(number, _)| self.code(*number)).collect();
        Cover { covering, nearest: vec![], nearest_m: None }
    }

    /// The nearest commune, and those hardly farther, with geodesic metres to their borders.
    pub(super) fn nearest(&self, at: Coord) -> Vec<(u32, f64)> {
        self.borders(at, Reach::Nearest(TIE_M), |_| true)
    }

    /// What is said of a point that no commune covers.
    pub(super) fn uncovered(&self, near: Vec<(u32, f64)>) -> Cover {
        let nearest_m = near.first().map(|(_, metres)| *metres);
        let mut numbers: Vec<u32> = near.into_iter().map(|(number, _)| number).collect();
        numbers.sort_unstable();
        let nearest = numbers.into_iter().map(|number| self.code(number)).collect();
        Cover { covering: vec![], nearest, nearest_m }
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

    /// Names the communes that cover a position by their numbers, ascending: the fastest question. `numbers` is emptied
    /// first; [`Atlas::numbered`] tells who they are.
    pub fn covering(&self, position: Position, numbers: &mut Vec<u32>) {
        numbers.clear();
        self.grid.covering(coord(position), |number, _| numbers.push(number));
    }

    /// The same for many positions, several times as fast: their places in memory are asked for together.
    pub fn cover_batch(&self, positions: &[Position], covers: &mut Covers) {
        covers.clear(positions.len());
        self.grid.covering_each(positions, covers, Covers::push, Covers::end);
    }

    /// The commune of a number.
    pub fn numbered(&self, number: u32) -> Option<&Commune> {
        self.communes.get(number as usize)
    }

    /// Memory that answering needs, bytes, names left out: of the grid, and of the polygons kept for outlines.
    pub fn bytes(&self) -> [usize; 2] {
        [self.grid.bytes() + self.blocks.size() * size_of::<Block>(), self.shapes.len() + 8 * self.ends.len()]
    }

    /// The communes that cover a point, ascending, each with the side it lies on (never outside).
    pub(super) fn sides(&self, at: Coord) -> Vec<(u32, Side)> {
        let mut sides = Vec::new();
        let side = |is_border| if is_border { Side::Border } else { Side::Inside };
        self.grid.covering(at, |number, is_border| sides.push((number, side(is_border))));
        sides
    }

    /// Geodesic metres from a point to the borders in reach, nearest first.
    pub(super) fn borders(&self, at: Coord, reach: Reach, wanted: impl Fn(u32) -> bool) -> Vec<(u32, f64)> {
        border::distances(&self.blocks, &self.grid, at, reach, wanted)
    }

    #[cfg(test)]
    pub(super) fn grid(&self) -> &Grid {
        &self.grid
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

    /// The polygons of each commune, in order of the communes.
    pub(super) fn shapes(&self) -> impl Iterator<Item = (&Commune, MultiPolygon)> {
        self.communes.iter().enumerate().map(|(number, commune)| (commune, self.shape(number)))
    }

    /// The polygon of the commune of that number.
    pub(super) fn shape(&self, number: usize) -> MultiPolygon {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        #[expect(clippy::cast_possible_truncation, reason = "places in memory")]
        let bytes = &self.shapes[start as usize..self.ends[number] as usize];
        shape::parse(bytes).expect("it was written when the atlas was built")
    }
}

/// The point of a position.
pub(super) fn coord(position: Position) -> Coord {
    Coord { x: position.lon(), y: position.lat() }
}

fn vertices(shape: &MultiPolygon) -> usize {
    let rings = |polygon: &geo::Polygon| polygon.interiors().iter().map(|ring| ring.0.len()).sum::<usize>();
    shape.iter().map(|polygon| polygon.exterior().0.len() + rings(polygon)).sum()
}
