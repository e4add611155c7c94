//! The same question for sixteen edges at a time, in sixteen-bit units and single precision: an answer, or that rounding
//! could have made it.
//!
//! Coordinates are whole units from the cell's south-west corner, less the half unit that the lines run beside; with at
//! most 2¹⁵ units in both edge and point, the three cross products below are off by at most 9 · 2⁻⁹ (|Δx| + |Δy|):
//! every rounded product adds 2⁻⁹ at most, every rounded sum 2 · 2⁻⁹. The rounding of the point to single precision, of
//! its degrees and of the vertices' degrees adds less than 2⁻⁹. So a product beyond 2⁻⁵ (|Δx| + |Δy|) has the sign of
//! the exact one. What is smaller, and lies where its sign counts, is unsure; so is a point as near as that to an edge,
//! for it may lie on it, or its rounded image beyond it.

use super::record::Edges;

/// Edges that are looked at together. A record may be read beyond its end by as many words, and one.
pub(super) const LANES: usize = 16;
pub(super) const DOUBT: f32 = 1.0 / 32.0;

/// The owners, a bit for each, whose edges the way from the corner to `at` crosses an odd number of times; None where
/// rounding could have made that.
#[inline(always)]
#[expect(clippy::inline_always, reason = "it takes on the instruction set of its caller")]
pub(super) fn crossed(edges: Edges<'_>, at: [f32; 2]) -> Option<u8> {
    let mut odd = [0_u32; LANES];
    let mut doubtful = [0_u32; LANES];
    let mut from = 0;
    while from < edges.count {
        let (ax, bx) = (lanes(edges.columns, from), lanes(edges.columns, from + 1));
        let (ay, by) = (lanes(edges.rows, from), lanes(edges.rows, from + 1));
        let owners = edges.owners(from);
        for i in 0..LANES {
            let (dx, dy) = (bx[i] - ax[i], by[i] - ay[i]);
            let corner = dy * ax[i] - dx * ay[i];
            let bend = corner - dy * at[0];
            let point = bend + dx * at[1];
            let doubt = (dx.abs() + dy.abs()) * DOUBT;
            let along = u32::from((ay[i] <= 0.0) != (by[i] <= 0.0));
            let up = u32::from((ax[i] <= at[0]) != (bx[i] <= at[0]));
            let near = u32::from(at[0] >= ax[i].min(bx[i]) - 1.0)
                & u32::from(at[0] <= ax[i].max(bx[i]) + 1.0)
                & u32::from(at[1] >= ay[i].min(by[i]) - 1.0)
                & u32::from(at[1] <= ay[i].max(by[i]) + 1.0);
            let crossed =
                (along & u32::from((corner > 0.0) != (bend > 0.0))) ^ (up & u32::from((bend > 0.0) != (point > 0.0)));
            let unsure = (along & u32::from(corner.abs() <= doubt))
                | ((along | up) & u32::from(bend.abs() <= doubt))
                | ((up | near) & u32::from(point.abs() <= doubt));
            odd[i] ^= owners[i] & 0_u32.wrapping_sub(crossed);
            doubtful[i] |= owners[i] & 0_u32.wrapping_sub(unsure);
        }
        from += LANES;
    }
    let doubtful = doubtful.iter().fold(0, |all, lane| all | lane);
    let odd = odd.iter().fold(0, |all, lane| all ^ lane);
    (doubtful == 0).then_some(odd.to_le_bytes()[0])
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "it takes on the instruction set of its caller")]
fn lanes(words: &[u16], from: usize) -> [f32; LANES] {
    let words: &[u16; LANES] = words[from..].first_chunk().expect("words follow the last record");
    words.map(|word| f32::from(word.cast_signed()) - 0.5)
}

/// A bit for each of the first `count` lanes.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(super) fn first(count: usize) -> u16 {
    if count < LANES { (1 << count) - 1 } else { u16::MAX }
}
