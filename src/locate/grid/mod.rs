//! A ruled map: which communes cover a point, exactly, from one or two places of memory.
//!
//! The country is ruled into blocks of 16 × 16 cells. A block without a border names its commune, or none; so does a cell
//! of the other blocks. A cell with borders has a record: its owners, which of them cover its south-west corner, and the
//! edges that touch it, each with the owners that it parts from what lies beyond. An owner covers a point if it covers
//! the corner and the way to the point crosses an even number of its edges, or if it does not and the number is odd, or
//! if the point lies on one of its edges.
//!
//! The crossings of a straight way are counted in single precision first; where rounding could have made the answer, again with adaptive
//! predicates over the very degrees of the vertices ([`exact`]). So no answer depends on rounding.
//!
//! Neighbours share their edges to the last digit, and a shared edge is kept once, in sixteen-bit units relative to its
//! cell. Edges that do not fit (long ones, vertices with more than six decimals) are kept apart in degrees.

mod build;
mod exact;
mod frame;
mod pack;
mod processor;
mod quick;
mod record;
mod spots;
mod sweep;
#[cfg(test)]
mod tests;
#[cfg(target_arch = "x86_64")]
mod wide;
mod words;

use geo::Coord;

pub(super) use self::{
    build::Rings,
    sweep::{Bordered, Stretch},
};
use self::{
    frame::{Frame, SIDE, Spot},
    processor::Processor,
    record::{Edges, Layer, layers},
    words::Words,
};

/// What of a block is not a commune's number.
const BLOCK: u32 = 1 << 31;
/// Words after the last record, so that a chain may be read beyond its end.
const PADDING: usize = 32;
/// Blocks begin at multiples of so many words.
const ALIGNED: usize = 32;

/// Covering communes by their numbers.
#[derive(Debug, Default)]
pub(super) struct Grid {
    frame: Frame,
    /// Of every block: 0 for none, the number of its commune and one, or [`BLOCK`] with the place of its table in
    /// `words` (27 bits, by [`ALIGNED`]) and the binary logarithm of what its records' places count (4 bits).
    blocks: Box<[u32]>,
    /// Tables of 256 cells, each followed by its records. A cell is 0 for none, the number of its commune and one, or,
    /// from 2¹⁵ on, the place of its record after the table.
    words: Words,
    /// Edges that do not fit into records.
    apart: Box<[[Coord; 2]]>,
    processor: Processor,
}

/// What a grid says of a cell.
#[derive(Debug, Clone, Copy)]
enum Ground {
    Nothing,
    /// A single commune covers all of it.
    One(u32),
    /// The place of its record.
    Record(usize),
}

/// The owners of a layer that cover a point, a bit for each.
#[derive(Debug, Clone, Copy, Default)]
struct Masks {
    inside: u8,
    border: u8,
}

impl Grid {
    /// Names every commune that covers the position, ascending, and whether the position lies on its border; the edges
    /// are asked by `crossed` ([`quick::crossed`] in some instructions).
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "it takes on the instruction set of its caller")]
    fn covering_by(
        &self,
        at: Coord,
        mut name: impl FnMut(u32, bool),
        crossed: impl Fn(Edges<'_>, [f32; 2]) -> Option<u8>,
    ) {
        let Some(spot) = self.frame.spot(at) else { return };
        let words = &*self.words;
        match self.blocks[spot.block as usize] {
            0 => {}
            block if block & BLOCK == 0 => name(block - 1, false),
            block => match cell_of(words, block, spot.cell) {
                Ground::Nothing => {}
                Ground::One(number) => name(number, false),
                Ground::Record(place) => self.recorded(&words[place..], spot, at, &mut name, &crossed),
            },
        }
    }

    /// The same of a cell with the record that `words` begin with.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "it takes on the instruction set of its caller")]
    fn recorded(
        &self,
        words: &[u16],
        spot: Spot,
        at: Coord,
        name: &mut impl FnMut(u32, bool),
        crossed: &impl Fn(Edges<'_>, [f32; 2]) -> Option<u8>,
    ) {
        let mut layer = Layer::first(words);
        loop {
            let quick = if layer.has_apart() { None } else { crossed(layer.edges(), spot.offset) };
            let masks = match quick {
                Some(crossed) => Masks { inside: layer.corner() ^ crossed, border: 0 },
                None => self.exactly(&layer, spot, at),
            };
            let mut covering = masks.inside | masks.border;
            while covering != 0 {
                let owner = covering.trailing_zeros();
                name(layer.owner(owner), masks.border >> owner & 1 == 1);
                covering &= covering - 1;
            }
            match layer.next() {
                Some(next) => layer = next,
                None => return,
            }
        }
    }

    #[cold]
    fn exactly(&self, layer: &Layer<'_>, spot: Spot, at: Coord) -> Masks {
        let corner = self.frame.corner(spot.block, spot.cell);
        let mut masks = Masks { inside: layer.corner(), border: 0 };
        self.each_edge(layer, spot.block, spot.cell, |a, b, owners| match exact::way(a, b, corner, at) {
            exact::Way::Free => {}
            exact::Way::Crossed => masks.inside ^= owners,
            exact::Way::Ends => masks.border |= owners,
        });
        masks
    }

    /// Every edge of a layer in degrees, with the bits of the owners that it bounds.
    fn each_edge(&self, layer: &Layer<'_>, block: u32, cell: u8, mut see: impl FnMut(Coord, Coord, u8)) {
        let [west, south] = self.frame.origin(block, cell);
        for (owners, number) in layer.apart() {
            let [a, b] = self.apart[number as usize];
            see(a, b, owners);
        }
        let coord = |[east, north]: [i16; 2]| Coord {
            x: degrees(west + i64::from(east)),
            y: degrees(south + i64::from(north)),
        };
        for ([a, b], owners) in layer.edges().each() {
            see(coord(a), coord(b), owners);
        }
    }

    /// The blocks that have borders.
    pub(super) fn bordered(&self) -> impl Iterator<Item = u32> {
        (0_u32..).zip(&self.blocks).filter(|(_, block)| **block & BLOCK != 0).map(|(number, _)| number)
    }

    /// The box of a block's cells from one to another, degrees.
    pub(super) fn bounds(&self, block: u32, from: u8, to: u8) -> ([f64; 2], [f64; 2]) {
        self.frame.bounds(block, from, to)
    }

    /// May an edge lie within so many degrees east and north of a point?
    pub(super) fn is_bordered_around(&self, at: Coord, reach: Coord) -> bool {
        let (from, to) = self.frame.cells(at - reach, at + reach);
        let is_bordered = |column: u32, line: u32| {
            let block = (line / SIDE) * self.frame.columns + column / SIDE;
            let cell = ((line % SIDE) * SIDE + column % SIDE).to_le_bytes()[0];
            self.blocks.get(block as usize).is_some_and(|block| *block & BLOCK != 0) && self.has_edges(block, cell)
        };
        (from[1]..=to[1]).any(|line| (from[0]..=to[0]).any(|column| is_bordered(column, line)))
    }

    /// Has a cell edges?
    pub(super) fn has_edges(&self, block: u32, cell: u8) -> bool {
        matches!(cell_of(&self.words, self.blocks[block as usize], cell), Ground::Record(_))
    }

    /// Every edge that touches a cell, with the communes that it bounds.
    pub(super) fn edges(&self, block: u32, cell: u8, mut see: impl FnMut(Coord, Coord, &mut dyn Iterator<Item = u32>)) {
        let Ground::Record(place) = cell_of(&self.words, self.blocks[block as usize], cell) else { return };
        for layer in layers(&self.words[place..]) {
            self.each_edge(&layer, block, cell, |a, b, owners| {
                let bits = (0..u8::BITS).filter(|bit| owners >> bit & 1 == 1);
                see(a, b, &mut bits.map(|bit| layer.owner(bit)));
            });
        }
    }

    /// Memory that it holds, bytes.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.blocks) + size_of_val(&*self.words) + size_of_val(&*self.apart)
    }
}

/// What a block with borders says of its cell.
#[inline(always)]
#[expect(clippy::inline_always, reason = "every lookup comes here")]
fn cell_of(words: &[u16], block: u32, cell: u8) -> Ground {
    let table = table(block);
    match words[table + usize::from(cell)] {
        0 => Ground::Nothing,
        word if word & 0x8000 == 0 => Ground::One(u32::from(word) - 1),
        word => Ground::Record(record_place(table, block, word)),
    }
}

/// Where the record of a cell with that word begins.
#[inline(always)]
#[expect(clippy::inline_always, reason = "every lookup comes here")]
fn record_place(table: usize, block: u32, word: u16) -> usize {
    table + 256 + (usize::from(word & 0x7fff) << (block >> 27 & 15))
}

/// Where the table of a block begins.
fn table(block: u32) -> usize {
    (block & 0x07ff_ffff) as usize * ALIGNED
}

/// The very number that a text of six decimals is read as.
#[expect(clippy::cast_precision_loss, reason = "units have nine digits")]
fn degrees(units: i64) -> f64 {
    units as f64 / frame::UNITS
}
