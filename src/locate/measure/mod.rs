//! How fast locating is, beside the usual ways on the same points in the same run; and whether it is right.

mod asking;
mod chance;
mod check;
mod engines;
mod geos;
mod points;
mod whole;

use std::{
    fmt::Write,
    hint::black_box,
    path::Path,
    time::{Duration, Instant},
};

use serde::Serialize;

use self::points::Points;
pub use self::{
    asking::{Asked, asking},
    chance::{Chances, chances},
    check::{Checked, check},
    engines::{Peer, Test},
    geos::NoGeos,
    whole::disagreement,
};
use super::{Atlas, Covers, Territory, atlas::coord, bulk};
use crate::domain::position::Position;

/// Positions that are timed together; the median of such runs is stated.
const RUN: usize = 2_000;
/// Positions that a whole batch has.
const BATCH: usize = 1_000;
/// The slower engines answer only so many.
const FEWER: usize = 100_000;
/// And the slowest one so many.
const FEWEST: usize = 4_000;

/// Nanoseconds a lookup: the median over runs of 2,000.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Times {
    /// Uniform in the box of the map.
    pub uniform: f64,
    /// A random place in a random commune.
    pub inside: f64,
    /// Within 30 m of a border.
    pub beside: f64,
}

/// What one engine needs.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// Which engine.
    pub engine: &'static str,
    /// From parsed polygons, milliseconds.
    pub build_ms: f64,
    /// The same, counting only the time that this thread ran: on a busy machine the truer figure. None off Linux.
    pub build_cpu_ms: Option<f64>,
    /// Megabytes (10⁶). The product counts its own; of the others it is the growth of the resident set during the build,
    /// a lower bound, since memory that was freed before is used again. None off Linux.
    pub resident_mb: Option<f64>,
    /// One by one.
    pub single: Times,
    /// In batches, where the engine has them.
    pub batch: Option<Times>,
    /// How many times longer it takes than the first row, one by one.
    pub ratio: Times,
    /// Points whose communes differ from the first row's.
    pub differing: u64,
}

/// A table of engines.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    /// Communes and vertices of the map.
    pub communes: usize,
    /// Closing ones included.
    pub vertices: usize,
    /// Points of each kind; engines without batches answer at most 100,000.
    pub points: usize,
    /// The seed of the points.
    pub seed: u64,
    /// Bytes of the index and of the polygons kept for outlines, as the product counts them.
    pub index_bytes: [usize; 2],
    /// Places inside communes answered in a second by two threads, in batches, from memory.
    pub two_threads_per_s: f64,
    /// Rows of a table of `lon` and `lat` answered in a second, from memory to memory.
    pub csv_rows_per_s: f64,
    /// Rows in a second that this thread ran; None off Linux.
    pub csv_rows_per_cpu_s: Option<f64>,
    /// Rows of a table of places anywhere in the box of the map, most of them outside of all communes.
    pub csv_anywhere_rows_per_s: f64,
    /// The product first.
    pub rows: Vec<Row>,
    /// Why GEOS is not among them.
    pub no_geos: Option<String>,
}

/// What the product is measured beside; nothing by default.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside<'a> {
    /// The usual ways in Rust.
    pub usual: bool,
    /// Those that the caller brings.
    pub peers: &'a [Peer],
    /// GEOS, by this program, which python3 runs.
    pub geos: Option<&'a Path>,
}

/// Builds every engine over the same polygons, one after the other, and asks them the same points.
pub fn measure(territories: &[Territory], points: usize, seed: u64, beside: Beside<'_>) -> Measured {
    let mut owned: Vec<Territory> = territories.to_vec();
    owned.sort_by(|a, b| a.commune.code.cmp(&b.commune.code));
    let vertices = owned.iter().map(|t| geo::CoordsIter::coords_count(&t.shape)).sum();
    let generation = || "bench".parse().expect("a name of five letters is a generation's");
    let copy = owned.clone();
    let worked = on_processor();
    let start = Instant::now();
    let atlas = Atlas::build(generation(), copy);
    let build = start.elapsed();
    let build_cpu_ms = on_processor().zip(worked).map(|(after, before)| millis(after.saturating_sub(before)));
    let points = Points::draw(&owned, &atlas, points, seed);
    let single = times(&points, usize::MAX, |run| one_by_one(&atlas, run));
    let mut covers = Covers::default();
    let batch = times(&points, usize::MAX, |run| in_batches(&atlas, run, &mut covers));
    let ratio = Times { uniform: 1.0, inside: 1.0, beside: 1.0 };
    let first = Row {
        engine: "the product",
        build_ms: millis(build),
        build_cpu_ms,
        resident_mb: Some(megabytes(atlas.bytes().iter().sum())),
        single,
        batch: Some(batch),
        ratio,
        differing: 0,
    };
    let mut rows = vec![first];
    for engine in engines::ALL.into_iter().filter(|_| beside.usual) {
        rows.push(engine(&owned, &atlas, &points, single));
    }
    rows.extend(beside.peers.iter().map(|peer| engines::brought(peer, &owned, &atlas, &points, single)));
    let geos = beside.geos.map(|script| geos::geos(script, &owned, &atlas, &points, single));
    let no_geos = match geos.transpose() {
        Ok(row) => row.map(|row| rows.push(row)).map_or_else(|| Some("it was not asked for".to_owned()), |()| None),
        Err(why) => Some(why.to_string()),
    };
    let csv_anywhere_rows_per_s = csv_rows_per_s(&atlas, &points.uniform).0;
    let (csv_rows_per_s, csv_rows_per_cpu_s) = csv_rows_per_s(&atlas, &points.inside);
    Measured {
        communes: owned.len(),
        vertices,
        points: points.inside.len(),
        seed,
        index_bytes: atlas.bytes(),
        two_threads_per_s: two_threads_per_s(&atlas, &points.inside),
        csv_rows_per_s,
        csv_rows_per_cpu_s,
        csv_anywhere_rows_per_s,
        rows,
        no_geos,
    }
}

fn one_by_one(atlas: &Atlas, run: &[Position]) {
    let mut numbers = Vec::new();
    let mut sum = 0;
    for position in run {
        atlas.covering(*position, &mut numbers);
        sum ^= numbers.iter().fold(0, |sum, number| sum ^ number);
    }
    black_box(sum);
}

fn in_batches(atlas: &Atlas, run: &[Position], covers: &mut Covers) {
    for batch in run.chunks(BATCH) {
        atlas.cover_batch(batch, covers);
        black_box(covers.iter().flatten().fold(0, |sum, number| sum ^ number));
    }
}

/// The median of nine goes over all positions, half of them to each thread.
#[expect(clippy::cast_precision_loss, reason = "positions are millions")]
fn two_threads_per_s(atlas: &Atlas, positions: &[Position]) -> f64 {
    let halves = positions.split_at(positions.len() / 2);
    let mut goes: Vec<f64> = (0..9)
        .map(|_| {
            let start = Instant::now();
            std::thread::scope(|threads| {
                threads.spawn(|| in_batches(atlas, halves.0, &mut Covers::default()));
                in_batches(atlas, halves.1, &mut Covers::default());
            });
            start.elapsed().as_secs_f64()
        })
        .collect();
    goes.sort_unstable_by(f64::total_cmp);
    positions.len() as f64 / goes[goes.len() / 2]
}

fn times(points: &Points, most: usize, mut answer: impl FnMut(&[Position])) -> Times {
    let mut median = |positions: &[Position]| {
        let positions = &positions[..positions.len().min(most)];
        let mut runs: Vec<Duration> = positions
            .chunks_exact(RUN.min(positions.len()).max(1))
            .map(|run| {
                let start = Instant::now();
                answer(run);
                start.elapsed()
            })
            .collect();
        runs.sort_unstable();
        #[expect(clippy::cast_precision_loss, reason = "nanoseconds of a run")]
        runs.get(runs.len() / 2).map_or(f64::NAN, |run| run.as_nanos() as f64 / RUN.min(positions.len()) as f64)
    };
    Times { uniform: median(&points.uniform), inside: median(&points.inside), beside: median(&points.beside) }
}

#[expect(clippy::cast_precision_loss, reason = "rows are millions")]
fn csv_rows_per_s(atlas: &Atlas, positions: &[Position]) -> (f64, Option<f64>) {
    let mut table = String::from("lon,lat\n");
    for position in positions {
        let _ = writeln!(table, "{:.6},{:.6}", position.lon(), position.lat());
    }
    let mut output = Vec::with_capacity(2 * table.len());
    let (start, worked) = (Instant::now(), on_processor());
    let answered = bulk::locate_csv(atlas, table.as_bytes(), &mut output);
    let seconds = start.elapsed().as_secs_f64();
    black_box(output);
    let worked = on_processor().zip(worked).map(|(after, before)| after.saturating_sub(before));
    let rows = answered.map_or(f64::NAN, |_| positions.len() as f64);
    (rows / seconds, worked.map(|worked| rows / worked.as_secs_f64()))
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// How long this thread has run.
fn on_processor() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

#[expect(clippy::cast_precision_loss, reason = "megabytes")]
fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}

/// The resident set, bytes.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

#[expect(clippy::cast_precision_loss, reason = "megabytes")]
fn grown(before: Option<u64>) -> Option<f64> {
    Some((resident()? as f64 - before? as f64) / 1e6)
}
