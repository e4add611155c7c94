//! The same question for a chain of edges in sixteen-bit units and single precision, eight at a time: an answer, or that
//! rounding could have made it.
//!
//! Coordinates are whole units from the cell's south-west corner, less the half unit that the lines run beside; with at
//! most 2¹⁵ units in both edge and point, the three cross products below are off by at most 9 · 2⁻⁹ (|Δx| + |Δy|):
//! every rounded product adds 2⁻⁹ at most, every rounded sum 2 · 2⁻⁹. The rounding of the point to single precision, of
//! its degrees and of the vertices' degrees adds less than 2⁻⁹. So a product beyond 2⁻⁵ (|Δx| + |Δy|) has the sign of
//! the exact one. What is smaller, and lies where its sign counts, is unsure; so is a point as near as that to an edge,
//! for it may lie on it, or its rounded image beyond it.

/// Edges that are looked at together. A chain may be read beyond its end by this many words.
pub(super) const LANES: usize = 8;
const DOUBT: f32 = 1.0 / 32.0;

/// Whether a chain is crossed an odd number of times, and whether rounding could have made that.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Crossings {
    pub(super) odd: u32,
    pub(super) unsure: u32,
}

/// The way from the corner to `at` across the `edges` of a chain whose vertices' columns, then rows, begin `words`.
#[inline(always)]
#[expect(clippy::inline_always, reason = "it takes on the instruction set of its caller")]
pub(super) fn crossings(words: &[u16], edges: usize, at: [f32; 2]) -> Crossings {
    let mut sum = Crossings::default();
    let mut done = 0;
    while done < edges {
        let lanes = |from: usize| -> [f32; LANES] {
            let mut lanes = [0.0; LANES];
            for (lane, word) in lanes.iter_mut().zip(&words[from..from + LANES]) {
                *lane = f32::from(word.cast_signed()) - 0.5;
            }
            lanes
        };
        let (ax, bx) = (lanes(done), lanes(done + 1));
        let (ay, by) = (lanes(edges + 1 + done), lanes(edges + 2 + done));
        let live = edges - done;
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
            let is_live = u32::from(i < live);
            sum.odd ^= crossed & is_live;
            sum.unsure |= unsure & is_live;
        }
        done += LANES;
    }
    sum
}
