//! From rings to a grid: edges into cells, equal edges into one, corners along every line.

use std::{collections::HashMap, ops::Range};

use geo::Coord;

use super::{
    ALIGNED, BLOCK, Grid, PADDING, degrees, exact,
    frame::{Frame, UNITS},
    processor::Processor,
    record::{Draft, OWNERS},
};

/// A vertex: its longitude and latitude in whole millionths of a degree where those are the very numbers, else
/// [`APART`] and its place among the others. Equal vertices are equal here.
type Vertex = [i32; 2];

const APART: i32 = i32::MIN;

/// Rings one after the other, each with the number of its commune.
#[derive(Debug, Default)]
pub(in crate::locate) struct Rings {
    vertices: Vec<Vertex>,
    others: Vec<Coord>,
    known: HashMap<[u64; 2], i32>,
    of: Vec<(u32, Range<u32>)>,
    lower: Option<Coord>,
    upper: Option<Coord>,
    /// The extents of all edges, degrees.
    length: f64,
}

/// An edge in a cell.
#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    block: u32,
    /// Its first vertex.
    edge: u32,
    /// The number of its commune, and the cell in the lowest eight bits.
    number_cell: u32,
}

impl Entry {
    fn cell(self) -> u8 {
        self.number_cell.to_le_bytes()[0]
    }
}

impl Rings {
    pub(in crate::locate) fn with_capacity(vertices: usize) -> Self {
        Self { vertices: Vec::with_capacity(vertices), ..Self::default() }
    }

    /// Adds a closed ring of a commune. The communes come ascending.
    pub(in crate::locate) fn add(&mut self, commune: u32, ring: &[Coord]) {
        if ring.len() < 2 {
            return;
        }
        let start = count(self.vertices.len());
        let mut last = ring[0];
        for vertex in ring {
            let lower = self.lower.get_or_insert(*vertex);
            *lower = Coord { x: lower.x.min(vertex.x), y: lower.y.min(vertex.y) };
            let upper = self.upper.get_or_insert(*vertex);
            *upper = Coord { x: upper.x.max(vertex.x), y: upper.y.max(vertex.y) };
            self.length += (vertex.x - last.x).abs() + (vertex.y - last.y).abs();
            last = *vertex;
            let vertex = self.vertex(*vertex);
            self.vertices.push(vertex);
        }
        self.of.push((commune, start..count(self.vertices.len())));
    }

    fn vertex(&mut self, at: Coord) -> Vertex {
        if let (Some(x), Some(y)) = (millionths(at.x), millionths(at.y)) {
            return [x, y];
        }
        let others = &mut self.others;
        let place = self.known.entry([(at.x + 0.0).to_bits(), (at.y + 0.0).to_bits()]).or_insert_with(|| {
            others.push(at);
            i32::try_from(others.len() - 1).expect("an imported generation has at most 20 million vertices")
        });
        [APART, *place]
    }

    fn coord(&self, vertex: Vertex) -> Coord {
        match vertex {
            [APART, place] => self.others[place.cast_unsigned() as usize],
            [x, y] => Coord { x: degrees(x.into()), y: degrees(y.into()) },
        }
    }

    fn ends(&self, edge: u32) -> [Vertex; 2] {
        [self.vertices[edge as usize], self.vertices[edge as usize + 1]]
    }

    /// Every edge in every cell that it touches, by block, ascending by edge within each; and where each block begins.
    fn entries(&self, frame: &Frame) -> (Vec<Entry>, Vec<u32>) {
        let mut found = Vec::with_capacity(self.vertices.len() + self.vertices.len() / 3);
        for (number, ring) in &self.of {
            let vertices = &self.vertices[ring.start as usize..ring.end as usize];
            // A ring that is a single point keeps one edge: the point belongs to its commune.
            let is_point = vertices.iter().all(|vertex| *vertex == vertices[0]);
            let mut from = frame.units(self.coord(vertices[0]));
            for ((edge, a), b) in (ring.start..).zip(vertices).zip(&vertices[1..]) {
                if a == b && !(is_point && edge == ring.start) {
                    continue;
                }
                let to = frame.units(self.coord(*b));
                frame.touched(from, to, |block, cell| {
                    found.push(Entry { block, edge, number_cell: number << 8 | u32::from(cell) });
                });
                from = to;
            }
        }
        let mut starts = vec![0_u32; frame.blocks() + 1];
        for entry in &found {
            starts[entry.block as usize + 1] += 1;
        }
        for block in 1..starts.len() {
            starts[block] += starts[block - 1];
        }
        let mut sorted = vec![Entry::default(); found.len()];
        let mut next = starts.clone();
        for entry in found {
            let place = &mut next[entry.block as usize];
            sorted[*place as usize] = entry;
            *place += 1;
        }
        (sorted, starts)
    }
}

/// The whole millionths that a number is exactly as near to as text of six decimals.
#[expect(clippy::cast_possible_truncation, reason = "a number that does not fit is not the same afterwards")]
#[expect(clippy::float_cmp, reason = "the very number is wanted")]
fn millionths(number: f64) -> Option<i32> {
    let value = (number * UNITS + 0.5_f64.copysign(number)) as i32;
    (degrees(value.into()) == number && value.abs() <= 360_000_000).then_some(value)
}

/// Vertices are counted in 32 bits: the import accepts 20 million at most.
fn count(count: usize) -> u32 {
    u32::try_from(count).expect("an imported generation has at most 20 million vertices")
}

impl Grid {
    /// Rules the box of the rings.
    pub(in crate::locate) fn build(rings: &Rings) -> Self {
        let (Some(lower), Some(upper)) = (rings.lower, rings.upper) else { return Self::default() };
        let frame = Frame::over(lower, upper, rings.vertices.len(), rings.length);
        let (mut entries, starts) = rings.entries(&frame);
        let mut blocks = vec![0_u32; frame.blocks()];
        let mut builder = Builder {
            rings,
            frame: &frame,
            apart: Vec::new(),
            known: HashMap::new(),
            records: Records::default(),
            cell: Cell::default(),
            draft: Draft::default(),
        };
        let mut words = Vec::new();
        // The communes that cover the corner of the cell that is next in each of a block's sixteen lines.
        let mut corners: [Vec<u32>; 16] = Default::default();
        for (block, starts) in (0_u32..).zip(starts.windows(2)) {
            let here = &mut entries[starts[0] as usize..starts[1] as usize];
            blocks[block as usize] = match corners[0].as_slice() {
                [] if here.is_empty() => 0,
                [number] if here.is_empty() => number + 1,
                _ => builder.block(block, here, &mut corners, &mut words),
            };
        }
        debug_assert!(corners.iter().all(Vec::is_empty), "east of the map lies nothing");
        words.resize(words.len() + PADDING, 0);
        let apart = builder.apart.into();
        Self { frame, blocks: blocks.into(), words: words.as_slice().into(), apart, processor: Processor::default() }
    }
}

struct Builder<'a> {
    rings: &'a Rings,
    frame: &'a Frame,
    apart: Vec<[Coord; 2]>,
    known: HashMap<[Vertex; 2], u32>,
    records: Records,
    cell: Cell,
    draft: Draft,
}

/// The records of a block.
#[derive(Default)]
struct Records {
    words: Vec<u16>,
    /// Cell, and where in `words` its record lies.
    places: Vec<(u8, Range<usize>)>,
}

/// What is being found out of a cell, kept for its memory.
#[derive(Default)]
struct Cell {
    /// The edges with their two ends in order, and their place in the cell's list.
    keys: Vec<([Vertex; 2], u32)>,
    /// The first of equal edges, with the communes that it bounds: from where to where in `bounded`.
    edges: Vec<(u32, Range<u32>)>,
    bounded: Vec<u32>,
    owners: Vec<u32>,
}

impl Builder<'_> {
    /// Writes a block and says how it is found.
    fn block(&mut self, block: u32, entries: &mut [Entry], corners: &mut [Vec<u32>; 16], words: &mut Vec<u16>) -> u32 {
        entries.sort_by_key(|entry| entry.cell());
        let mut table = [0_u16; 256];
        self.records.words.clear();
        self.records.places.clear();
        let mut rest: &[Entry] = entries;
        for cell in 0..=u8::MAX {
            let here = rest.iter().take_while(|entry| entry.cell() == cell).count();
            let (entries, others) = rest.split_at(here);
            rest = others;
            let corner = &mut corners[usize::from(cell / 16)];
            let plain = corner.first().map_or(0, |number| number + 1);
            match u16::try_from(plain) {
                Ok(word) if entries.is_empty() && corner.len() < 2 && word < 0x8000 => table[usize::from(cell)] = word,
                _ => self.record(block, cell, entries, corner),
            }
        }
        let fits = |bits: &u32| {
            let counts = self.records.places.iter().map(|(_, range)| range.len().div_ceil(1 << bits));
            counts.sum::<usize>() <= 0x8000
        };
        let bits = (0..16).find(fits).expect("a block has fewer than 2^30 words");
        words.resize(words.len().next_multiple_of(ALIGNED), 0);
        let start = words.len();
        words.extend(table);
        for (cell, range) in &self.records.places {
            let place = (words.len() - start - 256).div_ceil(1 << bits);
            words.resize(start + 256 + (place << bits), 0);
            words.extend(&self.records.words[range.clone()]);
            words[start + usize::from(*cell)] = 0x8000 | u16::try_from(place).expect("counted above");
        }
        BLOCK | bits << 27 | count(start / ALIGNED)
    }

    /// Writes a cell's record and carries the corner to the next cell of the line.
    fn record(&mut self, block: u32, cell: u8, entries: &[Entry], corner: &mut Vec<u32>) {
        self.cell.join(self.rings, entries);
        let owners = &mut self.cell.owners;
        owners.clear();
        owners.extend(corner.iter());
        owners.extend(&self.cell.bounded);
        owners.sort_unstable();
        owners.dedup();
        let start = self.records.words.len();
        let layers = self.cell.owners.chunks(OWNERS).count();
        for layer in 0..layers {
            self.layer(block, cell, layer * OWNERS, corner);
            self.draft.write(self.frame.bits(), layer + 1 < layers, &mut self.records.words);
        }
        self.records.places.push((cell, start..self.records.words.len()));
        let (from, to) = (self.frame.corner(block, cell), self.frame.next_corner(block, cell));
        for (edge, bounded) in &self.cell.edges {
            let [a, b] = self.rings.ends(*edge).map(|vertex| self.rings.coord(vertex));
            if exact::is_crossed_along(a, b, from, to) {
                for number in &self.cell.bounded[bounded.start as usize..bounded.end as usize] {
                    match corner.binary_search(number) {
                        Ok(place) => drop(corner.remove(place)),
                        Err(place) => corner.insert(place, *number),
                    }
                }
            }
        }
    }

    /// Drafts a layer of the owners from `first` on, and the edges that bound them.
    fn layer(&mut self, block: u32, cell: u8, first: usize, corner: &[u32]) {
        let Self { rings, frame, apart, known, draft, cell: found, .. } = self;
        let owners = &found.owners[first..found.owners.len().min(first + OWNERS)];
        let bits = |numbers: &[u32]| {
            let bit = |number: &u32| owners.binary_search(number).map_or(0, |place| 1_u8 << place);
            numbers.iter().map(bit).fold(0, |bits, bit| bits | bit)
        };
        let owner = |number: &u32| u16::try_from(*number).expect("a generation has at most 65,536 communes");
        draft.clear();
        draft.owners.extend(owners.iter().map(owner));
        draft.corner = bits(corner);
        let origin = frame.origin(block, cell);
        for (edge, bounded) in &found.edges {
            let owners = bits(&found.bounded[bounded.start as usize..bounded.end as usize]);
            if owners == 0 {
                continue;
            }
            let ends = rings.ends(*edge);
            if let [Some(a), Some(b)] = ends.map(|vertex| offset(frame, origin, vertex))
                && draft.add(a, b, owners)
            {
                continue;
            }
            let number = *known.entry(ends).or_insert_with(|| {
                apart.push(ends.map(|vertex| rings.coord(vertex)));
                count(apart.len() - 1)
            });
            draft.apart.push((owners, number));
        }
    }
}

impl Cell {
    /// Puts equal edges together. A commune that an edge bounds an even number of times lies on both of its sides, or on
    /// neither: such an edge stands twice.
    fn join(&mut self, rings: &Rings, entries: &[Entry]) {
        let Self { keys, edges, bounded, .. } = self;
        keys.clear();
        for (place, entry) in (0_u32..).zip(entries) {
            let [a, b] = rings.ends(entry.edge);
            keys.push(([a.min(b), a.max(b)], place));
        }
        keys.sort_unstable();
        edges.clear();
        bounded.clear();
        for equal in keys.chunk_by(|a, b| a.0 == b.0) {
            let entry = |key: &([Vertex; 2], u32)| entries[key.1 as usize];
            let first = entry(&equal[0]).edge;
            let start = count(bounded.len());
            let mut often = Vec::new();
            for same in equal.chunk_by(|a, b| entry(a).number_cell == entry(b).number_cell) {
                let number = entry(&same[0]).number_cell >> 8;
                if same.len() % 2 == 1 {
                    bounded.push(number);
                } else {
                    often.push(number);
                }
            }
            if count(bounded.len()) > start {
                edges.push((first, start..count(bounded.len())));
            }
            if !often.is_empty() {
                let start = count(bounded.len());
                bounded.append(&mut often);
                let range = start..count(bounded.len());
                edges.extend([(first, range.clone()), (first, range)]);
            }
        }
        edges.sort_unstable_by_key(|(first, _)| *first);
    }
}

/// A vertex from a cell's corner, where it fits.
fn offset(frame: &Frame, origin: [i64; 2], [x, y]: Vertex) -> Option<[i16; 2]> {
    let [east, north] = [i64::from(x) - origin[0], i64::from(y) - origin[1]].map(|units| i16::try_from(units).ok());
    if x == APART || !frame.is_fine() { None } else { Some([east?, north?]) }
}
