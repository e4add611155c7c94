//! Lookups in the instructions that this processor has.

use geo::Coord;

use super::{Grid, quick};
#[cfg(target_arch = "x86_64")]
use super::{record::Edges, wide};
use crate::domain::position::Position;

/// Which instructions that is, asked once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Processor {
    /// What every processor of its kind has.
    Plain,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Default for Processor {
    fn default() -> Self {
        Self::all().last().unwrap_or(Self::Plain)
    }
}

impl Processor {
    /// All that this processor can serve, the best one last.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        #[cfg(target_arch = "x86_64")]
        let more = {
            let has_avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("popcnt");
            let has_avx512 = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512bitalg")
                && is_x86_feature_detected!("bmi1")
                && is_x86_feature_detected!("bmi2");
            [has_avx2.then_some(Self::Avx2), has_avx512.then_some(Self::Avx512)]
        };
        #[cfg(not(target_arch = "x86_64"))]
        let more = [None, None];
        std::iter::once(Self::Plain).chain(more.into_iter().flatten())
    }
}

#[cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "instructions that not every processor has; the functions are safe but for them")
)]
impl Grid {
    /// Names every commune that covers the position, ascending, and whether the position lies on its border.
    #[inline]
    pub(in crate::locate) fn covering(&self, at: Coord, name: impl FnMut(u32, bool)) {
        match self.processor {
            Processor::Plain => self.covering_by(at, name, quick::crossed),
            // SAFETY: a value of this name is only made where the processor said that it has these instructions.
            #[cfg(target_arch = "x86_64")]
            Processor::Avx2 => unsafe { self.covering_avx2(at, name) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Processor::Avx512 => unsafe { self.covering_avx512(at, name) },
        }
    }

    /// Names every commune that covers each of the positions, in order, and ends each position's list.
    pub(in crate::locate) fn covering_each<S>(
        &self,
        positions: &[Position],
        sink: &mut S,
        name: impl Fn(&mut S, u32),
        end: impl Fn(&mut S),
    ) {
        match self.processor {
            Processor::Plain => self.covering_each_by(positions, sink, name, end, quick::crossed),
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Processor::Avx2 => unsafe { self.covering_each_avx2(positions, sink, name, end) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Processor::Avx512 => unsafe { self.covering_each_avx512(positions, sink, name, end) },
        }
    }
}

#[cfg(target_arch = "x86_64")]
impl Grid {
    #[target_feature(enable = "avx2,popcnt")]
    fn covering_avx2(&self, at: Coord, name: impl FnMut(u32, bool)) {
        self.covering_by(at, name, quick::crossed);
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bitalg,bmi1,bmi2")]
    fn covering_avx512(&self, at: Coord, name: impl FnMut(u32, bool)) {
        self.covering_by(at, name, |edges: Edges<'_>, at| wide::crossed(edges, at));
    }

    #[target_feature(enable = "avx2,popcnt")]
    fn covering_each_avx2<S>(
        &self,
        positions: &[Position],
        sink: &mut S,
        name: impl Fn(&mut S, u32),
        end: impl Fn(&mut S),
    ) {
        self.covering_each_by(positions, sink, name, end, quick::crossed);
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bitalg,bmi1,bmi2")]
    fn covering_each_avx512<S>(
        &self,
        positions: &[Position],
        sink: &mut S,
        name: impl Fn(&mut S, u32),
        end: impl Fn(&mut S),
    ) {
        self.covering_each_by(positions, sink, name, end, |edges: Edges<'_>, at| wide::crossed(edges, at));
    }
}
