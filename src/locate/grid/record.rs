//! The record of a cell with borders, in sixteen-bit words.
//!
//! It has a layer for every eight owners. A layer has a word of how it is made (bits 0–3: how many owners, bit 4: another
//! layer follows, bit 5: some edges are kept apart, bits 8–15: which owners cover the corner), a word with the number of
//! its vertices, the owners, the columns of the vertices, then their rows, in units from the cell's south-west corner,
//! then a byte for every vertex: the owners that the edge from it to the next one bounds, 0 where there is no edge. If
//! some edges are kept apart, their owners' bits and number follow (three words), ended by 0.

use super::{processor::Processor, quick};

/// Most owners of a layer.
pub(super) const OWNERS: usize = 8;
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
    /// Units from the cell's corner, then what follows.
    pub(super) columns: &'a [u16],
    pub(super) rows: &'a [u16],
    /// Two vertices to a word.
    pub(super) bounded: &'a [u16],
}

impl Edges<'_> {
    /// Of sixteen edges, the bits of the owners that they bound; 0 behind the last one.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "it takes on the instruction set of its caller")]
    pub(super) fn owners(&self, from: usize) -> [u32; quick::LANES] {
        let words = &self.bounded[from / 2..from / 2 + quick::LANES / 2];
        let mut owners = [0; quick::LANES];
        for i in 0..quick::LANES {
            let owner = u32::from(words[i / 2] >> (8 * (i % 2)) & 0xff);
            owners[i] = if from + i < self.count { owner } else { 0 };
        }
        owners
    }

    /// The ends of every edge, units from the cell's corner, and the bits of the owners that it bounds.
    pub(super) fn each(&self) -> impl Iterator<Item = ([[i16; 2]; 2], u8)> {
        let vertex = |i: usize| [self.columns[i], self.rows[i]].map(u16::cast_signed);
        (1..self.count).filter_map(move |next| {
            let owners = self.bounded[(next - 1) / 2].to_le_bytes()[(next - 1) % 2];
            (owners != 0).then(|| ([vertex(next - 1), vertex(next)], owners))
        })
    }
}

/// The layers of the record that `words` begin with.
#[inline]
pub(super) fn layers(words: &[u16]) -> impl Iterator<Item = Layer<'_>> {
    std::iter::successors(Some(Layer { words }), Layer::next)
}

impl<'a> Layer<'a> {
    #[inline]
    pub(super) fn owners(&self) -> usize {
        usize::from(self.words[0] & 15)
    }

    /// The number of the commune that a bit stands for.
    #[inline]
    pub(super) fn owner(&self, bit: u32) -> u32 {
        u32::from(self.words[2 + bit as usize])
    }

    /// The bits of those that cover the corner.
    #[inline]
    pub(super) fn corner(&self) -> u8 {
        self.words[0].to_le_bytes()[1]
    }

    #[inline]
    pub(super) fn edges(&self) -> Edges<'a> {
        let count = usize::from(self.words[1]);
        let columns = &self.words[2 + self.owners()..];
        Edges { count, columns, rows: &columns[count..], bounded: &columns[2 * count..] }
    }

    /// What follows the edges.
    fn rest(&self) -> &'a [u16] {
        let Edges { count, bounded, .. } = self.edges();
        &bounded[count.div_ceil(2)..]
    }

    /// Owners' bits and number of the edges that are kept apart.
    pub(super) fn apart(&self) -> impl Iterator<Item = (u8, u32)> + use<'a> {
        let listed = if self.words[0] & APART == 0 { &[] } else { self.rest() };
        let entry = |entry: &[u16; 3]| (entry[0].to_le_bytes()[0], u32::from(entry[1]) | u32::from(entry[2]) << 16);
        listed.as_chunks().0.iter().map(entry).take_while(|(owners, _)| *owners != 0)
    }

    #[inline]
    fn next(&self) -> Option<Self> {
        if self.words[0] & MORE == 0 {
            return None;
        }
        let apart = if self.words[0] & APART == 0 { 0 } else { 3 * self.apart().count() + 1 };
        Some(Self { words: &self.rest()[apart..] })
    }

    /// The bits of the owners that cover the point at that offset from the corner, on no border; None where rounding
    /// could have made that.
    #[inline]
    pub(super) fn quick(&self, by: Processor, at: [f32; 2]) -> Option<u8> {
        if self.words[0] & APART != 0 {
            return None;
        }
        Some(self.corner() ^ by.crossed(self.edges(), at)?)
    }
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
        if self.vertices.len() + usize::from(!goes_on) >= usize::from(u16::MAX) {
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

    /// Appends the layer.
    pub(super) fn write(&self, has_more: bool, words: &mut Vec<u16>) {
        let more = if has_more { MORE } else { 0 };
        let apart = if self.apart.is_empty() { 0 } else { APART };
        words.push(word(self.owners.len()) | more | apart | u16::from(self.corner) << 8);
        words.push(word(self.vertices.len()));
        words.extend(&self.owners);
        words.extend(self.vertices.iter().map(|vertex| vertex[0].cast_unsigned()));
        words.extend(self.vertices.iter().map(|vertex| vertex[1].cast_unsigned()));
        let pair = |pair: &[u8]| u16::from_le_bytes([pair[0], pair.get(1).copied().unwrap_or(0)]);
        words.extend(self.bounded.chunks(2).map(pair));
        if !self.apart.is_empty() {
            for (owners, number) in &self.apart {
                words.extend([u16::from(*owners), (number & 0xffff) as u16, (number >> 16) as u16]);
            }
            words.push(0);
        }
    }
}

fn word(count: usize) -> u16 {
    u16::try_from(count).expect("owners are at most 8, and there is room for 65,535 vertices")
}
