//! A grid as the sections of a file, as it lies in memory.

use std::{fs::File, io};

use geo::Coord;

use super::{Grid, frame::Frame, processor::Processor, words::Words};
use crate::locate::prepared::{Hashed, NotPrepared};

impl Grid {
    /// Gives the sections one after the other.
    pub(in crate::locate) fn pack(&self, mut put: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        put(bytemuck::cast_slice(&self.frame.pack()))?;
        put(bytemuck::cast_slice(&self.blocks))?;
        put(bytemuck::cast_slice(&self.words))?;
        let apart: Vec<[f64; 4]> = self.apart.iter().map(|[a, b]| [a.x, a.y, b.x, b.y]).collect();
        put(bytemuck::cast_slice(&apart))
    }

    /// Reads the sections in the same order.
    pub(in crate::locate) fn unpack(from: &mut Hashed<File>) -> Result<Self, NotPrepared> {
        let frame = Frame::unpack(&from.take::<i64>()?).ok_or(NotPrepared::Torn)?;
        let blocks: Vec<u32> = from.take()?;
        if blocks.len() != frame.blocks() {
            return Err(NotPrepared::Torn);
        }
        let count = from.length()? / 2;
        let words = Words::new(count, |memory| from.fill(bytemuck::cast_slice_mut(memory)))?;
        let coords = |[ax, ay, bx, by]: [f64; 4]| [Coord { x: ax, y: ay }, Coord { x: bx, y: by }];
        let apart = from.take::<[f64; 4]>()?.into_iter().map(coords).collect();
        Ok(Self { frame, blocks: blocks.into(), words, apart, processor: Processor::default() })
    }
}
