//! Many positions at once: every place of memory is asked for long before it is needed.

use super::{ALIGNED, BLOCK, Grid, Spot, record::Edges, record_place, table};
use crate::{domain::position::Position, locate::atlas::coord};

/// Positions that are under way together.
const TOGETHER: usize = 32;

/// What is known of a position that is under way.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    spot: Spot,
    /// What its block says; 0 outside of the frame.
    block: u32,
    /// What its cell says, where the block has a table; else what the block says.
    word: u32,
    /// Where its record would begin; a place that is read without harm where there is none.
    place: usize,
}

/// Of a word that is no commune's number.
const RECORD: u32 = 0x8000;

impl Grid {
    /// Names every commune that covers each of the positions, in order, and ends each position's list; the edges are
    /// asked by `crossed`.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "it takes on the instruction set of its caller")]
    pub(super) fn covering_each_by<S>(
        &self,
        positions: &[Position],
        sink: &mut S,
        name: impl Fn(&mut S, u32),
        end: impl Fn(&mut S),
        crossed: impl Fn(Edges<'_>, [f32; 2]) -> Option<u8>,
    ) {
        if self.frame.blocks() == 0 {
            for _ in positions {
                end(sink);
            }
            return;
        }
        let words = &*self.words;
        let mut known = [Known::default(); TOGETHER];
        for together in positions.chunks(TOGETHER) {
            let known = &mut known[..together.len()];
            self.look_up(words, together, known);
            for (position, known) in together.iter().zip(known) {
                if known.block & BLOCK == 0 || known.word & RECORD == 0 {
                    if known.word != 0 {
                        name(sink, known.word - 1);
                    }
                } else {
                    let mut name = |number, _| name(sink, number);
                    self.recorded(&words[known.place..], known.spot, coord(*position), &mut name, &crossed);
                }
                end(sink);
            }
        }
    }

    /// The loads of one step do not wait for one another, and nothing is decided by what they bring.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "it takes on the instruction set of its caller")]
    fn look_up(&self, words: &[u16], together: &[Position], known: &mut [Known]) {
        for (known, position) in known.iter_mut().zip(together) {
            let spot = self.frame.spot(coord(*position));
            known.spot = spot.unwrap_or_default();
            known.block = spot.map_or(0, |spot| self.blocks[spot.block as usize]);
        }
        for known in &mut *known {
            let has_table = known.block & BLOCK != 0;
            let table = if has_table { table(known.block) } else { 0 };
            let word = words[if has_table { table + usize::from(known.spot.cell) } else { 0 }];
            known.word = if has_table { u32::from(word) } else { known.block };
            known.place =
                if has_table && u32::from(word) & RECORD != 0 { record_place(table, known.block, word) } else { 0 };
        }
        let mut touched = 0;
        for known in &*known {
            touched ^= words[known.place] ^ words[known.place + ALIGNED - 1];
        }
        std::hint::black_box(touched);
    }
}
