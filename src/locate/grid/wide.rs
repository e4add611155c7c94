//! [`quick`](super::quick) word for word, sixteen edges in one register: a lookup waits for memory, so the fewer
//! instructions it has, the more lookups wait together.

use std::arch::x86_64::{
    __m128i, __m256i, __m512, __mmask16, _CMP_GE_OQ, _CMP_GT_OQ, _CMP_LE_OQ, _mm_cvtsi128_si64, _mm_loadu_si128,
    _mm_maskz_mov_epi8, _mm_setzero_si128, _mm_test_epi8_mask, _mm_unpackhi_epi64, _mm_xor_si128, _mm256_loadu_si256,
    _mm512_abs_ps, _mm512_add_ps, _mm512_cmp_ps_mask, _mm512_cvtepi16_epi32, _mm512_cvtepi32_ps, _mm512_max_ps,
    _mm512_min_ps, _mm512_mul_ps, _mm512_set1_ps, _mm512_setzero_ps, _mm512_sub_ps,
};

use super::{
    quick::{self, DOUBT, LANES},
    record::Edges,
};

/// What [`super::quick::crossed`] answers.
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
pub(super) fn crossed(edges: Edges<'_>, at: [f32; 2]) -> Option<u8> {
    let (px, py) = (_mm512_set1_ps(at[0]), _mm512_set1_ps(at[1]));
    let (zero, one, doubt) = (_mm512_setzero_ps(), _mm512_set1_ps(1.0), _mm512_set1_ps(DOUBT));
    let mut odd = _mm_setzero_si128();
    let mut doubtful = 0;
    let mut from = 0;
    while from < edges.count {
        let (ax, bx) = (lanes(edges.columns, from), lanes(edges.columns, from + 1));
        let (ay, by) = (lanes(edges.rows, from), lanes(edges.rows, from + 1));
        let owners = eight(edges.bounded, from / 2);
        let live = _mm_test_epi8_mask(owners, owners) & quick::first(edges.count - from);
        let (dx, dy) = (_mm512_sub_ps(bx, ax), _mm512_sub_ps(by, ay));
        let corner = _mm512_sub_ps(_mm512_mul_ps(dy, ax), _mm512_mul_ps(dx, ay));
        let bend = _mm512_sub_ps(corner, _mm512_mul_ps(dy, px));
        let point = _mm512_add_ps(bend, _mm512_mul_ps(dx, py));
        let within = _mm512_mul_ps(_mm512_add_ps(_mm512_abs_ps(dx), _mm512_abs_ps(dy)), doubt);
        let along = at_most(ay, zero) ^ at_most(by, zero);
        let up = at_most(ax, px) ^ at_most(bx, px);
        let near = at_least(px, _mm512_sub_ps(_mm512_min_ps(ax, bx), one))
            & at_most(px, _mm512_add_ps(_mm512_max_ps(ax, bx), one))
            & at_least(py, _mm512_sub_ps(_mm512_min_ps(ay, by), one))
            & at_most(py, _mm512_add_ps(_mm512_max_ps(ay, by), one));
        let (left, bent, beyond) = (above(corner, zero), above(bend, zero), above(point, zero));
        let crossed = (along & (left ^ bent)) ^ (up & (bent ^ beyond));
        let unsure = (along & at_most(_mm512_abs_ps(corner), within))
            | ((along | up) & at_most(_mm512_abs_ps(bend), within))
            | ((up | near) & at_most(_mm512_abs_ps(point), within));
        odd = _mm_xor_si128(odd, _mm_maskz_mov_epi8(crossed & live, owners));
        doubtful |= unsure & live;
        from += LANES;
    }
    let odd = _mm_cvtsi128_si64(_mm_xor_si128(odd, _mm_unpackhi_epi64(odd, odd)));
    let odd = odd ^ odd >> 32;
    let odd = odd ^ odd >> 16;
    (doubtful == 0).then_some((odd ^ odd >> 8).to_le_bytes()[0])
}

#[target_feature(enable = "avx512f")]
fn at_most(a: __m512, b: __m512) -> __mmask16 {
    _mm512_cmp_ps_mask::<_CMP_LE_OQ>(a, b)
}

#[target_feature(enable = "avx512f")]
fn at_least(a: __m512, b: __m512) -> __mmask16 {
    _mm512_cmp_ps_mask::<_CMP_GE_OQ>(a, b)
}

#[target_feature(enable = "avx512f")]
fn above(a: __m512, b: __m512) -> __mmask16 {
    _mm512_cmp_ps_mask::<_CMP_GT_OQ>(a, b)
}

/// Sixteen coordinates, less half a unit.
#[target_feature(enable = "avx512f")]
fn lanes(words: &[u16], from: usize) -> __m512 {
    _mm512_sub_ps(_mm512_cvtepi32_ps(_mm512_cvtepi16_epi32(sixteen(words, from))), _mm512_set1_ps(0.5))
}

#[target_feature(enable = "avx")]
#[expect(unsafe_code, reason = "a load takes a pointer")]
fn sixteen(words: &[u16], from: usize) -> __m256i {
    let words = &words[from..from + 16];
    // SAFETY: sixteen words are the 32 bytes that are read; they need not be aligned.
    unsafe { _mm256_loadu_si256(words.as_ptr().cast()) }
}

#[target_feature(enable = "sse2")]
#[expect(unsafe_code, reason = "a load takes a pointer")]
fn eight(words: &[u16], from: usize) -> __m128i {
    let words = &words[from..from + 8];
    // SAFETY: eight words are the 16 bytes that are read; they need not be aligned.
    unsafe { _mm_loadu_si128(words.as_ptr().cast()) }
}
