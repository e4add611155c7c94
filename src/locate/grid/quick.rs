//! The same question for fifteen edges at a time, in sixteen-bit units and single precision: an answer, or that rounding
//! could have made it.
//!
//! The way goes straight from the corner to the point. With the corner as origin, a vertex a lies on one side or the
//! other of the line through both as a × p says; an edge from a to b whose ends lie on different sides is crossed
//! between corner and point if these lie on different sides of it: a × b and a × b + b × p − a × p say on which. Where
//! no vertex is near the line, and neither corner nor point near an edge that the line crosses, these signs are certain;
//! so is then that the point, and the corner, lie on no edge, and that the covering communes of the corner are those of
//! the shifted one that the record was made with.
//!
//! Coordinates are whole units from the cell's south-west corner, less the half unit that the lines run beside. With M
//! the largest of them and of the cell's width, and u = 2⁻²⁴, a product of two is off by u M² at most, the difference of
//! two products by 2 u M² more; rounding the point, its degrees and the vertices' degrees to units adds less than
//! 2.1 u M² to a cross product with it. So a × b is off by at most 4 u M², a × p by 6.1 u M², and the sum of three by
//! 4 + 2 · 6.1 + 4 + 6 = 26.2 u M². What is not larger than 32 u M² (2 to the power of 4 + reach, with the reach that the
//! record states) is unsure.

use super::record::Edges;

/// Vertices that are looked at together, and the edges between them. A record may be read beyond its end by as many
/// vertices.
pub(super) const LANES: usize = 16;
pub(super) const STEP: usize = LANES - 1;

const BITS: [u32; LANES] = {
    let mut bits = [0; LANES];
    let mut i = 0;
    while i < LANES {
        bits[i] = 1 << i;
        i += 1;
    }
    bits
};

/// The owners, a bit for each, whose edges the way from the corner to `at` crosses an odd number of times; None where
/// rounding could have made that.
#[inline(always)]
#[expect(clippy::inline_always, reason = "it takes on the instruction set of its caller")]
pub(super) fn crossed(edges: Edges<'_>, at: [f32; 2]) -> Option<u8> {
    let doubt = edges.doubt();
    let (mut odd, mut doubtful, mut from, mut bounds) = (0, 0, 0, edges.bounds);
    while from + 1 < edges.count {
        let (x, y) = lanes(edges.vertices, from);
        let mut side = [0.0; LANES];
        for i in 0..LANES {
            side[i] = x[i] * at[1] - y[i] * at[0];
        }
        let (mut near, mut across, mut crossed, mut unsure) = (0, 0, 0, 0);
        for i in 0..LANES {
            near |= BITS[i] & 0_u32.wrapping_sub(u32::from(side[i].abs() <= doubt));
        }
        for i in 0..STEP {
            let corner = x[i] * y[i + 1] - y[i] * x[i + 1];
            let point = (corner + side[i + 1]) - side[i];
            let parts = u32::from((side[i] < 0.0) != (side[i + 1] < 0.0));
            let turns = u32::from((corner < 0.0) != (point < 0.0));
            let close = u32::from(corner.abs() <= doubt) | u32::from(point.abs() <= doubt);
            across |= BITS[i] & 0_u32.wrapping_sub(parts);
            crossed |= BITS[i] & 0_u32.wrapping_sub(parts & turns);
            unsure |= BITS[i] & 0_u32.wrapping_sub(close);
        }
        let here = first(edges.count - from);
        doubtful |= near & here | across & unsure & here >> 1;
        for (owner, bound) in bounds[..edges.owners].iter().enumerate() {
            odd ^= ((crossed & u32::from(*bound)).count_ones() % 2) << owner;
        }
        bounds = &bounds[edges.owners..];
        from += STEP;
    }
    (doubtful == 0).then_some(odd.to_le_bytes()[0])
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "it takes on the instruction set of its caller")]
fn lanes(vertices: &[u16], from: usize) -> ([f32; LANES], [f32; LANES]) {
    let words: &[u16; 2 * LANES] = vertices[2 * from..].first_chunk().expect("words follow the last record");
    let units = |word: u16| f32::from(word.cast_signed()) - 0.5;
    (std::array::from_fn(|i| units(words[2 * i])), std::array::from_fn(|i| units(words[2 * i + 1])))
}

/// A bit for each of the first `count` lanes.
#[inline(always)]
#[expect(clippy::inline_always, reason = "it takes on the instruction set of its caller")]
pub(super) fn first(count: usize) -> u32 {
    (1 << count.min(LANES)) - 1
}
