//! Many positions at once: every place of memory is asked for long before it is needed.

use super::{ALIGNED, BLOCK, Grid, Ground, Spot, table};
use crate::{domain::position::Position, locate::atlas::coord};

/// Positions that are under way together.
const TOGETHER: usize = 32;

/// What is known of the positions that are under way.
#[derive(Debug, Default)]
struct Scratch {
    spots: [Option<Spot>; TOGETHER],
    blocks: [u32; TOGETHER],
    grounds: [Option<Ground>; TOGETHER],
}

impl Grid {
    /// Names every commune that covers each of the positions, in order, and ends each position's list.
    pub(in crate::locate) fn covering_each<S>(
        &self,
        positions: &[Position],
        sink: &mut S,
        name: impl Fn(&mut S, u32),
        end: impl Fn(&mut S),
    ) {
        let mut scratch = Scratch::default();
        for together in positions.chunks(TOGETHER) {
            self.look_up(together, &mut scratch);
            for ((position, spot), ground) in together.iter().zip(scratch.spots).zip(scratch.grounds) {
                match (ground, spot) {
                    (Some(Ground::One(number)), _) => name(sink, number),
                    (Some(Ground::Record(place)), Some(spot)) => {
                        self.recorded(place, spot, coord(*position), |number, _| name(sink, number));
                    }
                    _ => {}
                }
                end(sink);
            }
        }
    }

    /// The loads of one step do not wait for one another.
    #[inline]
    fn look_up(&self, together: &[Position], scratch: &mut Scratch) {
        for (spot, position) in scratch.spots.iter_mut().zip(together) {
            *spot = self.frame.spot(coord(*position));
        }
        let count = together.len();
        for (block, spot) in scratch.blocks.iter_mut().zip(&scratch.spots[..count]) {
            *block = spot.map_or(0, |spot| self.blocks[spot.block as usize]);
        }
        for ((ground, block), spot) in scratch.grounds.iter_mut().zip(scratch.blocks).zip(&scratch.spots[..count]) {
            *ground = match (block, spot) {
                (0, _) | (_, None) => None,
                (block, _) if block & BLOCK == 0 => Some(Ground::One(block - 1)),
                (block, Some(spot)) => Some(self.cell(block, spot.cell)),
            };
        }
        let mut touched = 0;
        for ground in &scratch.grounds[..count] {
            if let Some(Ground::Record(place)) = ground {
                touched ^= self.words[*place] ^ self.words[*place + ALIGNED - 1];
            }
        }
        std::hint::black_box(touched);
        debug_assert!(scratch.blocks.iter().all(|block| block & BLOCK == 0 || table(*block) < self.words.len()));
    }
}
