//! [`quick`](super::quick) word for word, sixteen vertices in one register: a lookup waits for memory, so the fewer
//! instructions it has, the more lookups wait together.

use std::arch::x86_64::{
    __m128i, __m512, __m512i, _CMP_LE_OQ, _mm_and_si128, _mm_loadu_si128, _mm_movepi16_mask, _mm_popcnt_epi16,
    _mm_set1_epi16, _mm_slli_epi16, _mm512_abs_ps, _mm512_add_ps, _mm512_alignr_epi32, _mm512_castps_si512,
    _mm512_castsi512_ps, _mm512_cmp_ps_mask, _mm512_cvtepi32_ps, _mm512_fmsub_ps, _mm512_loadu_si512,
    _mm512_movepi32_mask, _mm512_mul_ps, _mm512_range_ps, _mm512_set1_ps, _mm512_slli_epi32, _mm512_srai_epi32,
    _mm512_sub_ps,
};

use super::{
    quick::{self, LANES, STEP},
    record::Edges,
};

/// Of two numbers, the lesser one without its sign.
const LESSER_WITHOUT_SIGN: i32 = 0b1010;

/// What [`super::quick::crossed`] answers.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bitalg")]
pub(super) fn crossed(edges: Edges<'_>, at: [f32; 2]) -> Option<u8> {
    let (px, py, doubt) = (_mm512_set1_ps(at[0]), _mm512_set1_ps(at[1]), _mm512_set1_ps(edges.doubt()));
    let half = _mm512_set1_ps(0.5);
    let (mut odd, mut doubtful, mut from, mut bounds) = (0, 0, 0, edges.bounds);
    while from + 1 < edges.count {
        let pairs = thirty_two(&edges.vertices[2 * from..]);
        let x = _mm512_sub_ps(_mm512_cvtepi32_ps(_mm512_srai_epi32::<16>(_mm512_slli_epi32::<16>(pairs))), half);
        let y = _mm512_sub_ps(_mm512_cvtepi32_ps(_mm512_srai_epi32::<16>(pairs)), half);
        let side = _mm512_fmsub_ps(x, py, _mm512_mul_ps(y, px));
        let corner = _mm512_fmsub_ps(x, next(y), _mm512_mul_ps(y, next(x)));
        let point = _mm512_sub_ps(_mm512_add_ps(corner, next(side)), side);
        let sides = negative(side);
        let across = sides ^ sides >> 1;
        let lesser = _mm512_range_ps::<LESSER_WITHOUT_SIGN>(corner, point);
        let here = quick::first(edges.count - from);
        doubtful |= at_most(_mm512_abs_ps(side), doubt) & here | across & at_most(lesser, doubt) & here >> 1;
        let crossed = across & (negative(corner) ^ negative(point));
        let [low, high, ..] = crossed.to_le_bytes();
        let bound = _mm_and_si128(eight(bounds), _mm_set1_epi16(i16::from_le_bytes([low, high])));
        odd ^= _mm_movepi16_mask(_mm_slli_epi16::<15>(_mm_popcnt_epi16(bound)));
        bounds = &bounds[edges.owners..];
        from += STEP;
    }
    let owners = quick::first(edges.owners).to_le_bytes()[0];
    (doubtful == 0).then_some(odd & owners)
}

/// In each lane what is in the one behind it.
#[inline]
#[target_feature(enable = "avx512f")]
fn next(lanes: __m512) -> __m512 {
    let lanes = _mm512_castps_si512(lanes);
    _mm512_castsi512_ps(_mm512_alignr_epi32::<1>(lanes, lanes))
}

#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
fn negative(lanes: __m512) -> u32 {
    u32::from(_mm512_movepi32_mask(_mm512_castps_si512(lanes)))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn at_most(a: __m512, b: __m512) -> u32 {
    u32::from(_mm512_cmp_ps_mask::<_CMP_LE_OQ>(a, b))
}

#[inline]
#[target_feature(enable = "avx512f")]
#[expect(unsafe_code, reason = "a load takes a pointer")]
fn thirty_two(words: &[u16]) -> __m512i {
    let words = &words[..2 * LANES];
    // SAFETY: thirty-two words are the 64 bytes that are read; they need not be aligned.
    unsafe { _mm512_loadu_si512(words.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "sse2")]
#[expect(unsafe_code, reason = "a load takes a pointer")]
fn eight(words: &[u16]) -> __m128i {
    let words = &words[..8];
    // SAFETY: eight words are the 16 bytes that are read; they need not be aligned.
    unsafe { _mm_loadu_si128(words.as_ptr().cast()) }
}
