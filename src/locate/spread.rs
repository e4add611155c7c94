//! The probability of each commune where a position is off: the two-dimensional normal distribution, summed up along
//! lines from west to east.
//!
//! Each of the lines stands for a band of at most 1/256 of the probability. Along a line borders are crossed one after
//! the other, and what lies between two of them has its exact share; cells without a border are summed up as whole
//! rectangles. So a border is met as it is, and only one that runs along the lines, for all its length, can be off by
//! half a band: 0.2 of a hundred. What no commune covers is asked point by point, for it may lie within the snap
//! distance of one.

use std::collections::BTreeMap;

use geo::Coord;

use super::{
    grid::{Bordered, Grid, Stretch},
    metric::Metric,
    normal,
};

/// A standard deviation beyond this is spread over points instead, metres.
pub(super) const MOST_SIGMA_M: f64 = 5_000.0;
/// Points in all that no commune covers are asked at.
const POINTS: f64 = 800.0;
/// What is smaller is left out.
const LEAST: f64 = 2e-6;

/// The probabilities around a point.
pub(super) struct Spread {
    at: Coord,
    /// Standard deviations in a degree east and north.
    scale: [f64; 2],
    pub(super) communes: BTreeMap<u32, f64>,
    pub(super) gaps: Vec<Gap>,
    /// Of the row of cells that is being summed up.
    lines: Vec<(f64, f64)>,
    south: f64,
    north: f64,
    weight: f64,
    crossings: Vec<Vec<(f64, u8)>>,
    turned: Vec<u8>,
}

/// A piece of a line that no commune covers: from west to east in standard deviations, and its probability.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gap {
    north: f64,
    west: f64,
    east: f64,
    probability: f64,
}

impl Spread {
    /// Sums up the map around `at`.
    pub(super) fn around(grid: &Grid, at: Coord, sigma_m: f64) -> Self {
        let metric = Metric::at(at.y);
        let (east, north) = metric.offset(at, Coord { x: at.x + 1.0, y: at.y + 1.0 });
        let mut spread = Self {
            at,
            scale: [east / sigma_m, north / sigma_m],
            communes: BTreeMap::new(),
            gaps: Vec::new(),
            lines: Vec::new(),
            south: 0.0,
            north: 0.0,
            weight: 0.0,
            crossings: Vec::new(),
            turned: Vec::new(),
        };
        let reach = normal::FARTHEST * sigma_m;
        let corners = (metric.moved(at, -reach, -reach), metric.moved(at, reach, reach));
        grid.sweep(corners, &mut spread, Self::row, Self::stretch);
        spread
    }

    /// Points that stand for the gaps, each with its probability.
    pub(super) fn points(&self) -> impl Iterator<Item = (Coord, f64)> {
        let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
        (0_u32..).zip(&self.gaps).flat_map(move |(number, gap)| {
            let offset = (f64::from(number) * golden).fract();
            let pieces = (gap.probability * POINTS).ceil().max(1.0);
            let (from, to) = (normal::below(gap.west), normal::below(gap.east));
            let mut piece = 0.0;
            std::iter::from_fn(move || {
                let share = from + (to - from) * (piece + offset) / pieces;
                piece += 1.0;
                let east = (piece <= pieces).then(|| normal::quantile(share, (gap.west, gap.east)))?;
                Some((self.coord(east, gap.north), gap.probability / pieces))
            })
        })
    }

    fn coord(&self, east: f64, north: f64) -> Coord {
        Coord { x: self.at.x + east / self.scale[0], y: self.at.y + north / self.scale[1] }
    }

    fn east(&self, lon: f64) -> f64 {
        (lon - self.at.x) * self.scale[0]
    }

    fn row(&mut self, south: f64, north: f64) {
        (self.south, self.north) = ((south - self.at.y) * self.scale[1], (north - self.at.y) * self.scale[1]);
        self.weight = normal::below(self.north) - normal::below(self.south);
        self.lines.clear();
    }

    fn stretch(&mut self, west: f64, east: f64, what: Stretch<'_>) {
        let (west, east) = (self.east(west), self.east(east));
        match what {
            Stretch::Plain(Some(number)) => {
                let share = self.weight * (normal::below(east) - normal::below(west));
                *self.communes.entry(number).or_default() += share;
            }
            Stretch::Plain(None) => {
                self.rule();
                let share = normal::below(east) - normal::below(west);
                for (north, weight) in &self.lines {
                    push(&mut self.gaps, Gap { north: *north, west, east, probability: weight * share });
                }
            }
            Stretch::Bordered(cell) => self.bordered(west, east, &cell),
        }
    }

    /// The lines of the row, drawn when they are first needed.
    fn rule(&mut self) {
        if self.lines.is_empty() {
            normal::lines(self.south, self.north, &mut self.lines);
        }
    }

    fn bordered(&mut self, west: f64, east: f64, cell: &Bordered<'_>) {
        self.rule();
        let Some((owners, corner)) = cell.owners() else {
            // More than eight communes meet: asked point by point too.
            let share = normal::below(east) - normal::below(west);
            self.gaps.extend(self.lines.iter().map(|(north, weight)| Gap {
                north: *north,
                west,
                east,
                probability: weight * share,
            }));
            return;
        };
        let Self { at, scale, lines, crossings, turned, gaps, communes, .. } = self;
        turned.clear();
        turned.resize(lines.len() + 1, 0);
        crossings.resize(crossings.len().max(lines.len()), Vec::new());
        let first_above = |north: f64| lines.partition_point(|line| line.0 < north);
        // The state on the cell's west side is carried up from its corner, which lies south of all lines.
        cell.edges(|a, b, bounded| {
            let [a, b] = [a, b].map(|c| [(c.x - at.x) * scale[0], (c.y - at.y) * scale[1]]);
            let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
            for line in first_above(a[1].min(b[1]))..first_above(a[1].max(b[1])) {
                let x = a[0] + (lines[line].0 - a[1]) / dy * dx;
                if x >= west && x < east {
                    crossings[line].push((x, bounded));
                }
            }
            if (a[0] <= west) != (b[0] <= west) {
                let y = a[1] + (west - a[0]) / dx * dy;
                if y > cell_south(cell, at, scale) {
                    turned[first_above(y)] ^= bounded;
                }
            }
        });
        let mut shares = [0.0; 8];
        let (below_west, below_east) = (normal::below(west), normal::below(east));
        let mut state = corner;
        for (line, (north, weight)) in lines.iter().enumerate() {
            state ^= turned[line];
            let crossed = &mut crossings[line];
            crossed.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
            let (mut here, mut from, mut below_from) = (state, west, below_west);
            for (to, bounded) in crossed.drain(..).chain([(east, 0)]) {
                let below_to = if bounded == 0 { below_east } else { normal::below(to) };
                let share = weight * (below_to - below_from);
                if here == 0 {
                    push(gaps, Gap { north: *north, west: from, east: to, probability: share });
                } else {
                    shares[here.trailing_zeros() as usize] += share;
                }
                (here, from, below_from) = (here ^ bounded, to, below_to);
            }
        }
        for (owner, share) in owners.into_iter().zip(shares).filter(|(_, share)| *share > 0.0) {
            *communes.entry(owner).or_default() += share;
        }
    }
}

fn cell_south(cell: &Bordered<'_>, at: &Coord, scale: &[f64; 2]) -> f64 {
    (cell.south() - at.y) * scale[1]
}

fn push(gaps: &mut Vec<Gap>, gap: Gap) {
    if gap.probability > LEAST {
        gaps.push(gap);
    }
}
