//! One polygon of a commune, and the exact answer on which side of it a point lies.
//!
//! Its edges are listed in horizontal stripes, about eight to a stripe, so that a ray to the east meets few of them.

use std::ops::Range;

use geo::Coord;
use rstar::{AABB, RTreeObject};

/// Edges per stripe that are aimed at: fewer make the lists longer, more make the ray slower.
const EDGES_PER_STRIPE: usize = 8;

/// Where a point lies, seen from a polygon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Outside,
    Border,
    Inside,
}

impl Side {
    /// The side of two polygons taken together: the border wins, inside twice is outside.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Border, _) | (_, Self::Border) => Self::Border,
            (Self::Inside, Self::Inside) | (Self::Outside, Self::Outside) => Self::Outside,
            _ => Self::Inside,
        }
    }
}

/// A polygon with its holes. Edges are known by the number of their first vertex among all vertices of the atlas.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) territory: u32,
    envelope: AABB<[f64; 2]>,
    bottom: f64,
    stripes_per_degree: f64,
    /// Stripe `i` has the edges `edges[starts[i]..starts[i + 1]]`.
    starts: Box<[u32]>,
    edges: Box<[u32]>,
}

impl RTreeObject for Part {
    type Envelope = AABB<[f64; 2]>;

    fn envelope(&self) -> Self::Envelope {
        self.envelope
    }
}

impl Part {
    /// Lists the edges of the closed rings, which are given as ranges of `vertices`.
    pub(super) fn new(territory: u32, vertices: &[Coord], rings: &[Range<u32>]) -> Self {
        let points = rings.iter().flat_map(|ring| &vertices[ring.start as usize..ring.end as usize]);
        let corners: Vec<[f64; 2]> = points.map(|c| [c.x, c.y]).collect();
        let envelope = AABB::from_points(&corners);
        let (bottom, height) = (envelope.lower()[1], envelope.upper()[1] - envelope.lower()[1]);
        let count = u16::try_from(corners.len() / EDGES_PER_STRIPE).unwrap_or(u16::MAX).max(1);
        let stripes_per_degree = if height > 0.0 { f64::from(count) / height } else { 0.0 };
        let mut part = Self { territory, envelope, bottom, stripes_per_degree, starts: [0].into(), edges: [].into() };
        let count = usize::from(count);
        let edges = || rings.iter().flat_map(|ring| ring.start..ring.end - 1);
        let mut starts = vec![0_u32; count + 2];
        part.starts = vec![0; count + 1].into();
        for edge in edges() {
            for stripe in part.stripes(vertices, edge) {
                starts[stripe + 2] += 1;
            }
        }
        for stripe in 2..starts.len() {
            starts[stripe] += starts[stripe - 1];
        }
        let mut listed = vec![0_u32; starts[count + 1] as usize];
        for edge in edges() {
            for stripe in part.stripes(vertices, edge) {
                listed[starts[stripe + 1] as usize] = edge;
                starts[stripe + 1] += 1;
            }
        }
        starts.pop();
        part.starts = starts.into();
        part.edges = listed.into();
        part
    }

    /// The stripe of a latitude within the envelope. It never falls while `lat` rises, whatever is rounded, so the
    /// stripe of a point always lies among the stripes of an edge that spans its latitude.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "both cut to the nearest stripe")]
    fn stripe(&self, lat: f64) -> usize {
        let stripe = ((lat - self.bottom) * self.stripes_per_degree) as usize;
        stripe.min(self.starts.len() - 2)
    }

    fn stripes(&self, vertices: &[Coord], edge: u32) -> std::ops::RangeInclusive<usize> {
        let (a, b) = (vertices[edge as usize].y, vertices[edge as usize + 1].y);
        self.stripe(a.min(b))..=self.stripe(a.max(b))
    }

    /// Exact: even-odd over all rings, on an edge is [`Side::Border`]. The point must lie in the envelope.
    pub(super) fn side(&self, vertices: &[Coord], at: Coord) -> Side {
        let stripe = self.stripe(at.y);
        let mut inside = false;
        for edge in &self.edges[self.starts[stripe] as usize..self.starts[stripe + 1] as usize] {
            let (a, b) = (vertices[*edge as usize], vertices[*edge as usize + 1]);
            match meets(a, b, at) {
                Meeting::On => return Side::Border,
                Meeting::Crossed => inside = !inside,
                Meeting::Missed => {}
            }
        }
        if inside { Side::Inside } else { Side::Outside }
    }
}

/// What a ray from a point to the east does with an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meeting {
    Missed,
    Crossed,
    /// The point itself lies on the closed edge.
    On,
}

/// An edge is crossed when it passes from at or below the point's latitude to above it, or back, east of the point.
pub(super) fn meets(a: Coord, b: Coord, at: Coord) -> Meeting {
    let (low, high) = if a.y <= b.y { (a, b) } else { (b, a) };
    if at.y < low.y || at.y > high.y || at.x > a.x.max(b.x) {
        return Meeting::Missed;
    }
    let spans = low.y <= at.y && at.y < high.y;
    if at.x < a.x.min(b.x) {
        return if spans { Meeting::Crossed } else { Meeting::Missed };
    }
    let turn = robust::orient2d(exact(low), exact(high), exact(at));
    if turn == 0.0 {
        Meeting::On
    } else if spans && turn > 0.0 {
        Meeting::Crossed
    } else {
        Meeting::Missed
    }
}

/// A coordinate for the adaptive-precision predicates (Shewchuk 1997).
pub(super) fn exact(c: Coord) -> robust::Coord<f64> {
    robust::Coord { x: c.x, y: c.y }
}
