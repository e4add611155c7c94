//! A part of the map row by row of cells, for whoever sums it up.

use geo::Coord;

use super::{BLOCK, Grid, Ground, cell_of, frame::SIDE, record::layers};

/// What lies in a stretch of a row.
pub(in crate::locate) enum Stretch<'a> {
    /// A single commune, or none.
    Plain(Option<u32>),
    /// A cell with borders.
    Bordered(Bordered<'a>),
}

/// A cell with borders.
pub(in crate::locate) struct Bordered<'a> {
    grid: &'a Grid,
    block: u32,
    cell: u8,
    place: usize,
}

impl Bordered<'_> {
    /// Its communes, ascending, and a bit for each that covers the south-west corner. None for the few cells with more
    /// than eight.
    pub(in crate::locate) fn owners(&self) -> Option<([u32; 8], u8)> {
        let mut layers = layers(&self.grid.words[self.place..]);
        let layer = layers.next()?;
        let mut owners = [u32::MAX; 8];
        for (bit, owner) in (0..).zip(&mut owners).take(layer.owners()) {
            *owner = layer.owner(bit);
        }
        layers.next().is_none().then_some((owners, layer.corner()))
    }

    /// The latitude of its south side.
    pub(in crate::locate) fn south(&self) -> f64 {
        self.grid.frame.corner(self.block, self.cell).y
    }

    /// Its edges in degrees, with the bits of the communes that they bound.
    pub(in crate::locate) fn edges(&self, see: impl FnMut(Coord, Coord, u8)) {
        if let Some(layer) = layers(&self.grid.words[self.place..]).next() {
            self.grid.each_edge(&layer, self.block, self.cell, see);
        }
    }
}

impl Grid {
    /// Tells of every row of cells that meets the box its south and north, then its stretches from west to east, each
    /// with its west and east end: cut to the box in all four directions but for cells with borders, which are told as a
    /// whole. Where the box reaches beyond the ruling, nothing lies.
    pub(in crate::locate) fn sweep<S>(
        &self,
        (lower, upper): (Coord, Coord),
        sum: &mut S,
        row: impl Fn(&mut S, f64, f64),
        stretch: impl Fn(&mut S, f64, f64, Stretch<'_>),
    ) {
        let (from, to) = self.frame.cells(lower, upper);
        let mut south = lower.y;
        for line in from[1]..=to[1] {
            let [low, high] = [line, line + 1].map(|line| self.frame.line((from[0], line)).y.clamp(lower.y, upper.y));
            if low > south {
                row(sum, south, low);
                stretch(sum, lower.x, upper.x, Stretch::Plain(None));
            }
            if high <= low || self.frame.blocks() == 0 {
                continue;
            }
            south = high;
            row(sum, low, high);
            let mut run = (lower.x, None);
            for column in from[0]..=to[0] {
                let block = (line / SIDE) * self.frame.columns + column / SIDE;
                let cell = ((line % SIDE) * SIDE + column % SIDE).to_le_bytes()[0];
                let ground = match self.blocks[block as usize] {
                    0 => Ground::Nothing,
                    plain if plain & BLOCK == 0 => Ground::One(plain - 1),
                    block => cell_of(&self.words, block, cell),
                };
                let owner = match ground {
                    Ground::Nothing => Some(None),
                    Ground::One(number) => Some(Some(number)),
                    Ground::Record(_) => None,
                };
                if owner == Some(run.1) {
                    continue;
                }
                let (west, east) = (self.frame.line((column, line)).x, self.frame.line((column + 1, line)).x);
                if west > run.0 {
                    stretch(sum, run.0, west.min(upper.x), Stretch::Plain(run.1));
                }
                run = (west.max(lower.x), owner.flatten());
                if let Ground::Record(place) = ground {
                    stretch(sum, west, east, Stretch::Bordered(Bordered { grid: self, block, cell, place }));
                    run = (east, None);
                }
            }
            let end = self.frame.line((to[0] + 1, line)).x;
            if run.1.is_some() && end < upper.x {
                stretch(sum, run.0, end, Stretch::Plain(run.1));
                run = (end, None);
            }
            if run.0 < upper.x {
                stretch(sum, run.0, upper.x, Stretch::Plain(run.1));
            }
        }
        if south < upper.y {
            row(sum, south, upper.y);
            stretch(sum, lower.x, upper.x, Stretch::Plain(None));
        }
    }
}
