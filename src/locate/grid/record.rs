//! The record of a cell with borders, in sixteen-bit words.
//!
//! It has a layer for every sixteen owners. A layer has a word of how it is made (bits 0–4: how many owners, bit 5:
//! another layer follows, bit 6: some edges are kept apart), a word with a bit for each owner that covers the corner, the
//! owners; if some edges are kept apart, their owners' bits and number (three words), ended by 0; the chains, ended by 0.
//! A chain has the number of its edges, the bits of the owners that they bound, the columns of its vertices, then the
//! rows, in units from the cell's south-west corner.

use super::quick;

/// Most owners of a layer.
pub(super) const OWNERS: usize = 16;
const MORE: u16 = 1 << 5;
const APART: u16 = 1 << 6;

/// A layer as it stands in a record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layer<'a> {
    words: &'a [u16],
}

/// Consecutive edges with the same owners.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chain<'a> {
    /// The columns of the vertices, then the rows, then what follows.
    words: &'a [u16],
    pub(super) owners: u32,
    pub(super) edges: usize,
}

impl Chain<'_> {
    /// From the cell's corner, units.
    pub(super) fn vertex(&self, i: usize) -> [i16; 2] {
        [self.words[i].cast_signed(), self.words[self.edges + 1 + i].cast_signed()]
    }
}

/// The layers of the record that `words` begin with.
#[inline]
pub(super) fn layers(words: &[u16]) -> impl Iterator<Item = Layer<'_>> {
    std::iter::successors(Some(Layer { words }), Layer::next)
}

impl<'a> Layer<'a> {
    fn owners(&self) -> usize {
        usize::from(self.words[0] & 31)
    }

    /// The number of the commune that a bit stands for.
    #[inline]
    pub(super) fn owner(&self, bit: u32) -> u32 {
        u32::from(self.words[2 + bit as usize])
    }

    /// The bits of those that cover the corner.
    #[inline]
    pub(super) fn corner(&self) -> u32 {
        u32::from(self.words[1])
    }

    /// Owners' bits and number of the edges that are kept apart.
    pub(super) fn apart(&self) -> impl Iterator<Item = (u32, u32)> + use<'a> {
        let listed = if self.words[0] & APART == 0 { &[] } else { &self.words[2 + self.owners()..] };
        let entry = |entry: &[u16; 3]| (u32::from(entry[0]), u32::from(entry[1]) | u32::from(entry[2]) << 16);
        listed.as_chunks().0.iter().map(entry).take_while(|(owners, _)| *owners != 0)
    }

    #[inline]
    fn first_chain(&self) -> &'a [u16] {
        let owners = 2 + self.owners();
        let apart = if self.words[0] & APART == 0 { 0 } else { 3 * self.apart().count() + 1 };
        &self.words[owners + apart..]
    }

    #[inline]
    pub(super) fn chains(&self) -> impl Iterator<Item = Chain<'a>> + use<'a> {
        let mut rest = self.first_chain();
        std::iter::from_fn(move || {
            let edges = usize::from(rest[0]);
            if edges == 0 {
                return None;
            }
            let chain = Chain { words: &rest[2..], owners: u32::from(rest[1]), edges };
            rest = &rest[2 + 2 * (edges + 1)..];
            Some(chain)
        })
    }

    fn next(&self) -> Option<Self> {
        if self.words[0] & MORE == 0 {
            return None;
        }
        let length: usize = self.chains().map(|chain| 2 + 2 * (chain.edges + 1)).sum();
        Some(Self { words: &self.first_chain()[length + 1..] })
    }

    /// The bits of the owners that cover the point at that offset from the corner, on no border; None where rounding
    /// could have made that.
    #[inline]
    pub(super) fn quick(&self, by: Processor, at: [f32; 2]) -> Option<u32> {
        by.quick(self.words, at)
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "it takes on the instruction set of its caller")]
    fn portably(&self, at: [f32; 2]) -> Option<u32> {
        if self.words[0] & APART != 0 {
            return None;
        }
        let mut inside = self.corner();
        let mut unsure = 0;
        for chain in self.chains() {
            let crossings = quick::crossings(chain.words, chain.edges, at);
            unsure |= crossings.unsure;
            inside ^= chain.owners * crossings.odd;
        }
        (unsure == 0).then_some(inside)
    }
}

/// [`Layer::quick`] in the instructions that this processor has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Processor {
    #[cfg(target_arch = "x86_64")]
    has_avx2: bool,
}

impl Default for Processor {
    fn default() -> Self {
        Self {
            #[cfg(target_arch = "x86_64")]
            has_avx2: is_x86_feature_detected!("avx2"),
        }
    }
}

impl Processor {
    #[inline]
    fn quick(self, words: &[u16], at: [f32; 2]) -> Option<u32> {
        #[cfg(target_arch = "x86_64")]
        if self.has_avx2 {
            #[expect(unsafe_code, reason = "instructions that not every processor has")]
            // SAFETY: the function is safe but for the instructions it is compiled to, those of AVX2; `has_avx2` is only
            // ever what the processor said of them.
            return unsafe { with_avx2(words, at) };
        }
        Layer { words }.portably(at)
    }
}

/// The same code, eight edges in one register.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn with_avx2(words: &[u16], at: [f32; 2]) -> Option<u32> {
    Layer { words }.portably(at)
}

/// A layer that is being written.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) owners: Vec<u16>,
    pub(super) corner: u16,
    pub(super) apart: Vec<(u16, u32)>,
    /// Owners' bits and vertices, none longer than a word counts.
    pub(super) chains: Vec<(u16, std::ops::Range<usize>)>,
}

impl Draft {
    /// Appends the layer. The vertices of the chains lie in `vertices`.
    pub(super) fn write(&self, vertices: &[[i16; 2]], has_more: bool, words: &mut Vec<u16>) {
        let more = if has_more { MORE } else { 0 };
        let apart = if self.apart.is_empty() { 0 } else { APART };
        words.push(word(self.owners.len()) | more | apart);
        words.push(self.corner);
        words.extend(&self.owners);
        if !self.apart.is_empty() {
            for (owners, number) in &self.apart {
                words.extend([*owners, (number & 0xffff) as u16, (number >> 16) as u16]);
            }
            words.push(0);
        }
        for (owners, range) in &self.chains {
            let vertices = &vertices[range.clone()];
            words.extend([word(vertices.len() - 1), *owners]);
            words.extend(vertices.iter().map(|vertex| vertex[0].cast_unsigned()));
            words.extend(vertices.iter().map(|vertex| vertex[1].cast_unsigned()));
        }
        words.push(0);
    }
}

fn word(count: usize) -> u16 {
    u16::try_from(count).expect("owners are at most 16, chains are cut at 65,535 edges")
}
