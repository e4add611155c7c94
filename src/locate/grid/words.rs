//! The grid's memory: in large pages where the system has them, for a lookup touches any of it.

use std::ops::Deref;

use memmap2::MmapMut;

/// Sixteen-bit words that are written once.
#[derive(Debug)]
pub(super) struct Words {
    memory: MmapMut,
    bytes: usize,
}

impl Words {
    /// So many words, zero, then written by `write`.
    pub(super) fn new<E>(count: usize, write: impl FnOnce(&mut [u16]) -> Result<(), E>) -> Result<Self, E> {
        let bytes = 2 * count;
        let mut memory = MmapMut::map_anon(bytes.max(2)).expect("memory, as for any vector");
        // What does not have them, or refuses, serves from small ones.
        #[cfg(target_os = "linux")]
        let _ = memory.advise(memmap2::Advice::HugePage);
        write(bytemuck::cast_slice_mut(&mut memory[..bytes]))?;
        Ok(Self { memory, bytes })
    }
}

impl Deref for Words {
    type Target = [u16];

    #[inline]
    fn deref(&self) -> &[u16] {
        bytemuck::cast_slice(&self.memory[..self.bytes])
    }
}

impl From<&[u16]> for Words {
    fn from(words: &[u16]) -> Self {
        let copy = |memory: &mut [u16]| -> Result<(), std::convert::Infallible> {
            memory.copy_from_slice(words);
            Ok(())
        };
        Self::new(words.len(), copy).unwrap_or_else(|never| match never {})
    }
}

impl Default for Words {
    fn default() -> Self {
        Self::from(&[][..])
    }
}
