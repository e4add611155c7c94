//! The record of a cell with borders, in sixteen-bit words.
//!
//! It has a layer for every eight owners. A layer has a word of how it is made (bits 0–3: how many owners, bit 4: another
//! layer follows, bit 5: some edges are kept apart, bits 8–15: which owners cover the corner), a word with the number of
//! its vertices (bits 0–12) and their reach (bits 13–15, see [`reach`]), the vertices, each its column and its row in
//! units from the cell's south-west corner, and the owners. Then, for every fifteen edges, a word for each owner: a bit
//! for every edge that bounds it. Where there is no edge from a vertex to the next one, no owner has the bit. If some
//! edges are kept apart, their owners' bits and number follow (three words), ended by 0.

use super::quick::STEP;

/// Most owners of a layer.
pub(super) const OWNERS: usize = 8;
/// Most vertices of a layer.
const MOST: usize = 0x1fff;
const MORE: u16 = 1 << 4;
const APART: u16 = 1 << 5;

/// A layer as it stands in a record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layer<'a> {
    words: &'a [u16],
}

/// The edges of a layer, each from one vertex to the next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edges<'a> {
    /// How many vertices.
    pub(super) count: usize,
    /// How many owners.
    pub(super) owners: usize,
    /// See [`reach`].
    reach: u32,
    /// Column and row of each vertex, units from the cell's corner, then what follows.
    pub(super) vertices: &'a [u16],
    /// For every fifteen edges a word for each owner, then what follows.
    pub(super) bounds: &'a [u16],
}

impl Edges<'_> {
    /// A cross product of no more than this may be 0 or have the other sign.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "it takes on the instruction set of its caller")]
    pub(super) fn doubt(&self) -> f32 {
        // 2 to the power of 4 + reach.
        f32::from_bits((127 + 4 + self.reach) << 23)
    }

    /// The ends of every edge, units from the cell's corner, and the bits of the owners that it bounds.
    pub(super) fn each(&self) -> impl Iterator<Item = ([[i16; 2]; 2], u8)> {
        let vertex = |i: usize| [self.vertices[2 * i], self.vertices[2 * i + 1]].map(u16::cast_signed);
        (1..self.count).filter_map(move |next| {
            let (step, bit) = ((next - 1) / STEP, (next - 1) % STEP);
            let bounds = &self.bounds[step * self.owners..][..self.owners];
            let owners = bounds.iter().rev().fold(0, |owners, word| owners << 1 | (word >> bit & 1).to_le_bytes()[0]);
            (owners != 0).then(|| ([vertex(next - 1), vertex(next)], owners))
        })
    }
}

/// The least number for which no coordinate, the half unit that the lines run beside taken off, and no width of the cell
/// is larger than 2 to the power of (23 + number) / 2 units; `bits` is the binary logarithm of the width.
fn reach(vertices: &[[i16; 2]], bits: u32) -> u16 {
    let double = |units: &i16| (2 * i64::from(*units) - 1).unsigned_abs();
    let farthest = vertices.iter().flatten().map(double).max().unwrap_or(0).max(2 << bits);
    (0..7).find(|reach| farthest * farthest <= 4 << (23 + reach)).unwrap_or(7)
}

/// The layers of the record that `words` begin with.
#[inline]
pub(super) fn layers(words: &[u16]) -> impl Iterator<Item = Layer<'_>> {
    std::iter::successors(Some(Layer::first(words)), Layer::next)
}

impl<'a> Layer<'a> {
    /// The first layer of the record that `words` begin with.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "every lookup beside a border comes here")]
    pub(super) fn first(words: &'a [u16]) -> Self {
        Self { words }
    }

    #[inline]
    pub(super) fn owners(&self) -> usize {
        usize::from(self.words[0] & 15)
    }

    #[inline]
    fn count(&self) -> usize {
        usize::from(self.words[1]) & MOST
    }

    /// The number of the commune that a bit stands for.
    #[inline]
    pub(super) fn owner(&self, bit: u32) -> u32 {
        u32::from(self.words[2 + 2 * self.count() + bit as usize])
    }

    /// The bits of those that cover the corner.
    #[inline]
    pub(super) fn corner(&self) -> u8 {
        self.words[0].to_le_bytes()[1]
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "every lookup beside a border comes here")]
    pub(super) fn edges(&self) -> Edges<'a> {
        let (count, owners) = (self.count(), self.owners());
        let vertices = &self.words[2..];
        Edges {
            count,
            owners,
            reach: u32::from(self.words[1] >> 13),
            vertices,
            bounds: &vertices[2 * count + owners..],
        }
    }

    /// What follows the edges.
    fn rest(&self) -> &'a [u16] {
        let Edges { count, owners, bounds, .. } = self.edges();
        &bounds[steps(count) * owners..]
    }

    /// Owners' bits and number of the edges that are kept apart.
    pub(super) fn apart(&self) -> impl Iterator<Item = (u8, u32)> + use<'a> {
        let listed = if self.words[0] & APART == 0 { &[] } else { self.rest() };
        let entry = |entry: &[u16; 3]| (entry[0].to_le_bytes()[0], u32::from(entry[1]) | u32::from(entry[2]) << 16);
        listed.as_chunks().0.iter().map(entry).take_while(|(owners, _)| *owners != 0)
    }

    /// Are some of its edges kept apart?
    #[inline]
    pub(super) fn has_apart(&self) -> bool {
        self.words[0] & APART != 0
    }

    #[inline]
    pub(super) fn next(&self) -> Option<Self> {
        if self.words[0] & MORE == 0 {
            return None;
        }
        let apart = if self.has_apart() { 3 * self.apart().count() + 1 } else { 0 };
        Some(Self { words: &self.rest()[apart..] })
    }
}

/// How often edges are looked at together.
fn steps(vertices: usize) -> usize {
    vertices.saturating_sub(1).div_ceil(STEP)
}

/// A layer that is being written.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) owners: Vec<u16>,
    pub(super) corner: u8,
    vertices: Vec<[i16; 2]>,
    /// For each vertex the owners that the edge to the next one bounds.
    bounded: Vec<u8>,
    pub(super) apart: Vec<(u8, u32)>,
}

impl Draft {
    /// Starts anew, with the memory that there is.
    pub(super) fn clear(&mut self) {
        let Self { owners, corner, vertices, bounded, apart } = self;
        owners.clear();
        *corner = 0;
        vertices.clear();
        bounded.clear();
        apart.clear();
    }

    /// Adds an edge; false where there is no room for it.
    pub(super) fn add(&mut self, a: [i16; 2], b: [i16; 2], owners: u8) -> bool {
        let goes_on = self.vertices.last() == Some(&a);
        if self.vertices.len() + 1 + usize::from(!goes_on) > MOST || a.contains(&i16::MIN) || b.contains(&i16::MIN) {
            return false;
        }
        if !goes_on {
            self.vertices.push(a);
            self.bounded.push(0);
        }
        if let Some(last) = self.bounded.last_mut() {
            *last = owners;
        }
        self.vertices.push(b);
        self.bounded.push(0);
        true
    }

    /// Appends the layer of a cell that is 2 to the power of `bits` wide.
    pub(super) fn write(&self, bits: u32, has_more: bool, words: &mut Vec<u16>) {
        let more = if has_more { MORE } else { 0 };
        let apart = if self.apart.is_empty() { 0 } else { APART };
        words.push(word(self.owners.len()) | more | apart | u16::from(self.corner) << 8);
        words.push(word(self.vertices.len()) | reach(&self.vertices, bits) << 13);
        words.extend(self.vertices.as_flattened().iter().map(|units| units.cast_unsigned()));
        words.extend(&self.owners);
        let edges = &self.bounded[..self.bounded.len().saturating_sub(1)];
        for edges in edges.chunks(STEP) {
            let bound =
                |owner: usize| edges.iter().rev().fold(0, |bits, bounded| bits << 1 | u16::from(bounded >> owner & 1));
            words.extend((0..self.owners.len()).map(bound));
        }
        if !self.apart.is_empty() {
            for (owners, number) in &self.apart {
                words.extend([u16::from(*owners), (number & 0xffff) as u16, (number >> 16) as u16]);
            }
            words.push(0);
        }
    }
}

fn word(count: usize) -> u16 {
    u16::try_from(count).expect("owners are at most 8, and there is room for 8,191 vertices")
}
