//! The quick test in the instructions that this processor has.

#[cfg(target_arch = "x86_64")]
use super::wide;
use super::{quick, record::Edges};

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
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vl")
            {
                return Self::Avx512;
            }
            if is_x86_feature_detected!("avx2") {
                return Self::Avx2;
            }
        }
        Self::Plain
    }
}

impl Processor {
    /// The owners whose edges the way from the corner to `at` crosses an odd number of times; None where rounding could
    /// have made that.
    #[inline]
    #[cfg_attr(
        target_arch = "x86_64",
        expect(unsafe_code, reason = "instructions that not every processor has; the functions are safe but for them")
    )]
    pub(super) fn crossed(self, edges: Edges<'_>, at: [f32; 2]) -> Option<u8> {
        match self {
            Self::Plain => quick::crossed(edges, at),
            // SAFETY: a value of this name is only made where the processor said that it has these instructions.
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => unsafe { with_avx2(edges, at) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => unsafe { wide::crossed(edges, at) },
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn with_avx2(edges: Edges<'_>, at: [f32; 2]) -> Option<u8> {
    quick::crossed(edges, at)
}
