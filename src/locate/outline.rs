//! Simplified outlines for maps. Neighbours stay neighbours: borders are simplified between the points where they branch,
//! always in the same direction, so that both sides of a border become the same line.

use std::{cmp::Ordering, ops::Range};

use geo::{Coord, LineString, MultiPolygon, Polygon, Simplify};

use super::Atlas;
use crate::domain::boundary::Commune;

impl Atlas {
    /// Simplified outline of every commune for maps (degrees), tolerance in degrees (Douglas–Peucker). Islands and holes
    /// that vanish at this tolerance are left out; of a commune that would vanish as a whole its largest part stays.
    pub fn outlines(&self, tolerance: f64) -> Vec<(Commune, MultiPolygon<f64>)> {
        let lines = Lines::of(self);
        let branches = lines.branches();
        let outline = |polygons: &[Vec<Range<u32>>]| -> MultiPolygon {
            let simple = |ring: &Range<u32>| simplified(lines.ring(ring), &branches[as_usize(ring)], tolerance);
            let polygon = |rings: &Vec<Range<u32>>| {
                let mut lines = rings.iter().map(|ring| Some(simple(ring)).filter(|line| line.0.len() >= 4));
                let exterior = lines.next().flatten()?;
                Some(Polygon::new(exterior, lines.flatten().collect()))
            };
            let shape: MultiPolygon = polygons.iter().filter_map(polygon).collect();
            if !shape.0.is_empty() {
                return shape;
            }
            let largest = polygons.iter().filter_map(|rings| rings.first()).max_by_key(|ring| ring.len());
            largest.map(|ring| Polygon::new(LineString(lines.ring(ring).to_vec()), vec![])).into_iter().collect()
        };
        self.communes().cloned().zip(lines.rings.iter().map(|polygons| outline(polygons))).collect()
    }
}

/// The rings of all communes, for as long as they are drawn.
struct Lines {
    /// Of each commune, polygon by polygon.
    rings: Vec<Vec<Vec<Range<u32>>>>,
    /// The vertices of all rings, each ring closed.
    vertices: Vec<Coord>,
}

impl Lines {
    fn of(atlas: &Atlas) -> Self {
        let mut vertices = Vec::new();
        let rings = atlas.shapes().map(|(_, shape)| flatten(shape, &mut vertices)).collect();
        Self { rings, vertices }
    }

    /// The vertices of a ring, the first repeated at the end.
    fn ring(&self, ring: &Range<u32>) -> &[Coord] {
        &self.vertices[as_usize(ring)]
    }

    /// Of every vertex: do borders branch there, that is, has it more than two different neighbours in all rings?
    fn branches(&self) -> Vec<bool> {
        let rings = || self.rings.iter().flatten().flatten();
        let vertices = &self.vertices;
        let mut branches = vec![false; vertices.len()];
        let mut order: Vec<(u32, u32, u32)> = Vec::with_capacity(vertices.len());
        for ring in rings() {
            let last = ring.end - 1;
            let neighbours = |at: u32| (if at == ring.start { last - 1 } else { at - 1 }, at, at + 1);
            order.extend((ring.start..last).map(neighbours));
        }
        let at = |number: u32| vertices[number as usize];
        order.sort_unstable_by(|a, b| by_place(at(a.1), at(b.1)));
        for same in order.chunk_by(|a, b| at(a.1) == at(b.1)) {
            let mut around = same.iter().flat_map(|(before, _, after)| [at(*before), at(*after)]);
            let (first, second) = (around.next(), around.next());
            if around.any(|other| Some(other) != first && Some(other) != second) {
                for (_, number, _) in same {
                    branches[*number as usize] = true;
                }
            }
        }
        for ring in rings() {
            branches[ring.end as usize - 1] = branches[ring.start as usize];
        }
        branches
    }
}

/// Appends the vertices of every ring and tells where they lie; rings without an edge are left out.
fn flatten(shape: MultiPolygon, vertices: &mut Vec<Coord>) -> Vec<Vec<Range<u32>>> {
    let mut polygons = Vec::with_capacity(shape.0.len());
    for polygon in shape {
        let (exterior, interiors) = polygon.into_inner();
        let mut rings = Vec::with_capacity(1 + interiors.len());
        for ring in std::iter::once(exterior).chain(interiors) {
            let start = index(vertices.len());
            vertices.extend_from_slice(&ring.0);
            let end = index(vertices.len());
            if end - start > 1 {
                rings.push(start..end);
            }
        }
        if !rings.is_empty() {
            polygons.push(rings);
        }
    }
    polygons
}

/// Vertices are counted in 32 bits: the import accepts 20 million at most.
fn index(count: usize) -> u32 {
    u32::try_from(count).expect("an imported generation has at most 20 million vertices")
}

fn as_usize(ring: &Range<u32>) -> Range<usize> {
    ring.start as usize..ring.end as usize
}

fn by_place(a: Coord, b: Coord) -> Ordering {
    a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y))
}

/// A closed ring, each stretch between two branches simplified on its own.
fn simplified(ring: &[Coord], branches: &[bool], tolerance: f64) -> LineString {
    let open = ring.len() - 1;
    let first = (0..open).find(|place| branches[*place]);
    let start = first.or_else(|| (0..open).min_by(|a, b| by_place(ring[*a], ring[*b]))).unwrap_or(0);
    let turned = |place: usize| (start + place) % open;
    let mut line = vec![ring[start]];
    let mut stretch = vec![ring[start]];
    for place in 1..=open {
        stretch.push(ring[turned(place)]);
        if branches[turned(place)] || place == open {
            line.extend(simplified_stretch(std::mem::take(&mut stretch), tolerance).into_iter().skip(1));
            stretch.push(ring[turned(place)]);
        }
    }
    LineString(line)
}

/// The same points whichever end it is given from.
fn simplified_stretch(mut stretch: Vec<Coord>, tolerance: f64) -> Vec<Coord> {
    let ends = by_place(stretch[0], stretch[stretch.len() - 1]);
    let backwards = ends.then_with(|| by_place(stretch[1], stretch[stretch.len() - 2])) == Ordering::Greater;
    if backwards {
        stretch.reverse();
    }
    let mut simple = LineString(stretch).simplify(tolerance).0;
    if backwards {
        simple.reverse();
    }
    simple
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::locate::{
        approximate,
        fixtures::{area, atlas, square, territory},
    };

    #[test]
    fn both_sides_of_a_border_become_the_same_line() {
        let wavy: Vec<(f64, f64)> =
            (0..=40).map(|i| (104.0 + 0.02 * f64::from(i).sin(), 21.0 + f64::from(i) / 40.0)).collect();
        let mut west = vec![(103.0, 22.0), (103.0, 21.0)];
        west.extend(&wavy);
        let mut east = vec![(105.0, 21.0), (105.0, 22.0)];
        east.extend(wavy.iter().rev());
        let outlines = atlas(vec![territory("00001", area(&west)), territory("00002", area(&east))]).outlines(0.015);
        let mut uses: BTreeMap<String, i32> = BTreeMap::new();
        for (_, shape) in &outlines {
            for line in shape.iter().flat_map(|polygon| polygon.exterior().lines().collect::<Vec<_>>()) {
                let mut ends = [format!("{:?}", line.start), format!("{:?}", line.end)];
                ends.sort();
                *uses.entry(ends.concat()).or_default() += 1;
            }
        }
        let (outer, shared): (Vec<i32>, Vec<i32>) = uses.values().partition(|uses| **uses == 1);
        assert_eq!(outer.len(), 6, "three outer sides each");
        assert!((2..35).contains(&shared.len()) && shared.iter().all(|uses| *uses == 2), "{}", shared.len());
    }

    #[test]
    fn small_islands_vanish_but_no_commune_does() {
        let mut shape = square(103.0, 21.0, 104.0, 22.0);
        shape.0.extend(square(105.0, 21.0, 105.001, 21.001));
        let map = atlas(vec![territory("00001", shape), territory("00002", square(106.0, 21.0, 106.001, 21.001))]);
        let outlines = map.outlines(0.1);
        assert_eq!(outlines[0].1, square(103.0, 21.0, 104.0, 22.0));
        assert_eq!(outlines[1].1, square(106.0, 21.0, 106.001, 21.001));
    }

    #[test]
    fn without_tolerance_the_map_stays_as_it_is() {
        let territories = approximate::dien_bien().unwrap().territories;
        let corners = |shape: &MultiPolygon| shape.0[0].exterior().0.len();
        for ((commune, outline), territory) in atlas(territories.clone()).outlines(0.0).iter().zip(&territories) {
            assert_eq!((commune, corners(outline)), (&territory.commune, corners(&territory.shape)));
        }
    }
}
