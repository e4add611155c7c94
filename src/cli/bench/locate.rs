//! `ioc bench locate`: nanoseconds a lookup, one by one and in batches, and whether the answers are right.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use serde_json::json;

use crate::flow::locate::{self, Beside, Measured, Times};

/// Locate random points, side by side with the usual ways in Rust on the same points.
#[derive(Debug, Args)]
pub struct Locate {
    /// Boundaries in any form that the import reads; the shipped approximate ones when left out.
    #[arg(long)]
    input: Option<PathBuf>,
    /// Only the product, without the usual ways.
    #[arg(long)]
    alone: bool,
    /// Points of each kind.
    #[arg(long, default_value_t = 1_000_000)]
    points: usize,
    /// Where the points come from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Instead of measuring, compare every vertex and edge with the slow exact way.
    #[arg(long)]
    check: bool,
    /// Instead of measuring speed, compare probabilities with random truths at so many positions for each radius.
    #[arg(long, value_name = "PLACES")]
    probability: Option<usize>,
    /// For machines.
    #[arg(long)]
    json: bool,
}

impl Locate {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let territories = locate::boundaries(self.input.as_deref())?;
        if self.check {
            let checked = locate::check(&territories, self.seed);
            println!("{}", serde_json::to_string(&checked)?);
            return Ok(if checked.differing == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        if let Some(places) = self.probability {
            for chances in locate::chances(&territories, places, self.seed) {
                println!("{}", serde_json::to_string(&chances)?);
            }
            return Ok(ExitCode::SUCCESS);
        }
        let measured =
            locate::measure(&territories, self.points, self.seed, Beside { usual: !self.alone, ..Beside::default() });
        if self.json {
            println!("{}", serde_json::to_string_pretty(&json!(measured))?);
        } else {
            print(&measured);
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn print(measured: &Measured) {
    let [index, shapes] = measured.index_bytes.map(|bytes| bytes.to_string());
    println!("{} communes, {} vertices, {} points of each kind", measured.communes, measured.vertices, measured.points);
    println!("index {index} bytes, polygons for outlines {shapes} bytes");
    println!("a table: {:.0} rows a second", measured.csv_rows_per_s);
    println!("of places anywhere: {:.0} rows a second", measured.csv_anywhere_rows_per_s);
    println!("in batches on two threads: {:.0} million places a second", measured.two_threads_per_s / 1e6);
    println!("nanoseconds a lookup: uniform / inside / within 30 m of a border");
    let times = |times: Times| format!("{:.0} / {:.0} / {:.0}", times.uniform, times.inside, times.beside);
    for row in &measured.rows {
        let resident = row.resident_mb.map_or_else(|| "?".to_owned(), |megabytes| format!("{megabytes:.0}"));
        println!("{}: {} ({:.0} ms to build, {resident} MB)", row.engine, times(row.single), row.build_ms);
        if let Some(batch) = row.batch {
            println!("  in batches: {}", times(batch));
        } else {
            let Times { uniform, inside, beside } = row.ratio;
            println!("  slower by {uniform:.1} / {inside:.1} / {beside:.1}; {} answers differ", row.differing);
        }
    }
}
