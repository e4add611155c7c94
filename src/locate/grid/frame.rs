//! How the map is ruled: where a cell begins, and in which cell a point lies.

use geo::Coord;

/// Millionths of a degree in a degree, the unit of the grid.
pub(super) const UNITS: f64 = 1e6;
/// Cells in a row of a block.
pub(super) const SIDE: u32 = 16;
/// The finest cell is 2048 units wide: 228 m from south to north.
const FINEST: u32 = 11;
/// Most blocks that the ruling may have.
const MOST_BLOCKS: f64 = 1e6;
/// Lines run half a unit beside the vertices, so that few edges meet a corner. Nothing relies on it.
const BESIDE: f64 = 0.5;
/// An edge is listed in every cell that it comes this near to, units. Rounding is below 10⁻⁶.
const MARGIN: f64 = 1e-3;

/// Blocks of 16 × 16 cells over the box of all vertices, from south-west, row by row.
#[derive(Debug, Default)]
pub(super) struct Frame {
    /// The south-west corner, units, less half a unit.
    west: i64,
    south: i64,
    /// Binary logarithm of the width of a cell.
    bits: u32,
    pub(super) columns: u32,
    pub(super) rows: u32,
    /// The south-west corner and the size of all, units.
    corner: [f64; 2],
    size: [f64; 2],
}

/// Where a point lies on the grid.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Spot {
    /// The number of its block.
    pub(super) block: u32,
    /// The number of its cell in the block.
    pub(super) cell: u8,
    /// From the cell's corner, units; rounded.
    pub(super) offset: [f32; 2],
}

#[expect(clippy::cast_precision_loss, reason = "units have nine digits")]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cut down to a cell within the frame")]
impl Frame {
    /// Rules the box between two corners, degrees. The cells become coarser until the blocks are few enough and the
    /// edges, whose extents sum up to `length` degrees, are listed in few cells.
    pub(super) fn over(lower: Coord, upper: Coord, edges: usize, length: f64) -> Self {
        if edges == 0 {
            return Self::default();
        }
        let (west, south) = ((lower.x * UNITS).floor() as i64 - 2, (lower.y * UNITS).floor() as i64 - 2);
        let corner = [west as f64 + BESIDE, south as f64 + BESIDE];
        let extent = [upper.x * UNITS - corner[0] + 2.0, upper.y * UNITS - corner[1] + 2.0];
        let mut bits = FINEST;
        let blocks = |bits: u32, extent: f64| (extent / f64::from(SIDE << bits)).floor() + 1.0;
        let most = 4.0 * edges as f64 + 4e6;
        while blocks(bits, extent[0]) * blocks(bits, extent[1]) > MOST_BLOCKS
            || length * UNITS / f64::from(1_u32 << bits) > most
        {
            bits += 1;
        }
        let (columns, rows) = (blocks(bits, extent[0]), blocks(bits, extent[1]));
        Self::ruled(west, south, bits, columns as u32, rows as u32)
    }

    fn ruled(west: i64, south: i64, bits: u32, columns: u32, rows: u32) -> Self {
        let corner = [west as f64 + BESIDE, south as f64 + BESIDE];
        let width = f64::from(SIDE << bits);
        let size = [f64::from(columns) * width, f64::from(rows) * width];
        Self { west, south, bits, columns, rows, corner, size }
    }

    /// What it is made of, for keeping.
    pub(super) fn pack(&self) -> [i64; 5] {
        [self.west, self.south, self.bits.into(), self.columns.into(), self.rows.into()]
    }

    /// From what [`Frame::pack`] gave.
    pub(super) fn unpack(numbers: &[i64]) -> Option<Self> {
        let [west, south, bits, columns, rows] = *numbers else { return None };
        let [bits, columns, rows] = [bits, columns, rows].map(|number| u32::try_from(number).ok());
        let frame = Self::ruled(west, south, bits.filter(|bits| *bits < 28)?, columns?, rows?);
        Some(if frame.blocks() == 0 { Self::default() } else { frame })
    }

    pub(super) fn blocks(&self) -> usize {
        self.columns as usize * self.rows as usize
    }

    /// None outside the frame, where nothing lies.
    #[inline]
    pub(super) fn spot(&self, at: Coord) -> Option<Spot> {
        let [x, y] = self.units(at);
        if !(x >= 0.0 && x < self.size[0] && y >= 0.0 && y < self.size[1]) {
            return None;
        }
        let (column, row) = (x as u32 >> self.bits, y as u32 >> self.bits);
        let offset = [(x - f64::from(column << self.bits)) as f32, (y - f64::from(row << self.bits)) as f32];
        let block = (row / SIDE) * self.columns + column / SIDE;
        Some(Spot { block, cell: ((row % SIDE) * SIDE + column % SIDE) as u8, offset })
    }

    /// From the frame's corner, units.
    #[inline]
    pub(super) fn units(&self, c: Coord) -> [f64; 2] {
        [c.x * UNITS - self.corner[0], c.y * UNITS - self.corner[1]]
    }

    /// The south-west corner of a cell, whole units: the cell begins half a unit beyond.
    #[inline]
    pub(super) fn origin(&self, block: u32, cell: u8) -> [i64; 2] {
        let (column, row) = self.cell(block, cell);
        [self.west + (i64::from(column) << self.bits), self.south + (i64::from(row) << self.bits)]
    }

    /// The south-west corner of a cell, degrees.
    #[inline]
    pub(super) fn corner(&self, block: u32, cell: u8) -> Coord {
        self.line(self.cell(block, cell))
    }

    /// The south-east corner of a cell: the same number as the south-west corner of the next one.
    pub(super) fn next_corner(&self, block: u32, cell: u8) -> Coord {
        let (column, row) = self.cell(block, cell);
        self.line((column + 1, row))
    }

    /// The south-west and north-east corners of a run of cells, from one to another, degrees.
    pub(super) fn bounds(&self, block: u32, from: u8, to: u8) -> ([f64; 2], [f64; 2]) {
        let ((west, south), (east, north)) = (self.cell(block, from), self.cell(block, to));
        let (lower, upper) = (self.line((west, south)), self.line((east + 1, north + 1)));
        ([lower.x, lower.y], [upper.x, upper.y])
    }

    /// Binary logarithm of the width of a cell, units.
    pub(super) fn bits(&self) -> u32 {
        self.bits
    }

    /// Are the cells so fine that the error bound of the quick test holds? Coarser ones keep all edges apart.
    pub(super) fn is_fine(&self) -> bool {
        self.bits <= 15
    }

    fn cell(&self, block: u32, cell: u8) -> (u32, u32) {
        let cell = u32::from(cell);
        ((block % self.columns) * SIDE + cell % SIDE, (block / self.columns) * SIDE + cell / SIDE)
    }

    pub(super) fn line(&self, (column, row): (u32, u32)) -> Coord {
        let x = (self.west + (i64::from(column) << self.bits)) as f64 + BESIDE;
        let y = (self.south + (i64::from(row) << self.bits)) as f64 + BESIDE;
        Coord { x: x / UNITS, y: y / UNITS }
    }

    /// The first and last column and row that a box meets, as far as the frame reaches.
    pub(super) fn cells(&self, lower: Coord, upper: Coord) -> ([u32; 2], [u32; 2]) {
        let last = [self.columns * SIDE, self.rows * SIDE].map(|count| f64::from(count.saturating_sub(1)));
        let cell = |at: Coord| {
            let [x, y] = self.units(at).map(|units| (units / f64::from(1_u32 << self.bits)).floor());
            [x.clamp(0.0, last[0]) as u32, y.clamp(0.0, last[1]) as u32]
        };
        (cell(lower), cell(upper))
    }

    /// Names block and cell of every cell that an edge touches, and perhaps of some that it nearly touches. The ends are
    /// given in units from the frame's corner.
    #[inline]
    pub(super) fn touched(&self, a: [f64; 2], b: [f64; 2], mut name: impl FnMut(u32, u8)) {
        let column = |x: f64| ((x.max(0.0) as u32) >> self.bits).min(self.columns * SIDE - 1);
        let row = |y: f64| ((y.max(0.0) as u32) >> self.bits).min(self.rows * SIDE - 1);
        let mut named = |column: u32, row: u32| {
            let block = (row / SIDE) * self.columns + column / SIDE;
            name(block, ((row % SIDE) * SIDE + column % SIDE) as u8);
        };
        let (south, north) = (row(a[1].min(b[1]) - MARGIN), row(a[1].max(b[1]) + MARGIN));
        let (west, east) = (column(a[0].min(b[0]) - MARGIN), column(a[0].max(b[0]) + MARGIN));
        if south == north {
            (west..=east).for_each(|column| named(column, south));
            return;
        }
        let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
        for row in south..=north {
            // The part of the edge within this row.
            let low = f64::from(row << self.bits) - MARGIN;
            let high = low + f64::from(1_u32 << self.bits) + 2.0 * MARGIN;
            let x_at = |y: f64| if dy == 0.0 { a[0] } else { a[0] + ((y - a[1]) / dy).clamp(0.0, 1.0) * dx };
            let (mut from, mut to) = (x_at(low), x_at(high));
            if dy == 0.0 {
                (from, to) = (a[0], b[0]);
            }
            (column(from.min(to) - MARGIN)..=column(from.max(to) + MARGIN)).for_each(|column| named(column, row));
        }
    }
}
