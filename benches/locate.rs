//! Locating beside the usual ways in Rust, on the same points in one run: on the shipped map, or on the file that is
//! named. Figures only: no test is decided by them. Engines that the product does not need are brought here.
#![expect(clippy::print_stdout, reason = "a benchmark answers on standard output")]

use std::{env, path::Path};

use geo::{Coord, MultiPolygon};
use geometry_rs::{Point, Polygon, PolygonBuildOptions};
use ioc::flow::locate::{self, Beside, Peer, Test, Times};

fn main() {
    let file = env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let territories = locate::boundaries(file.as_deref().map(Path::new)).expect("the map can be read");
    let points = if file.is_some() { 1_000_000 } else { 100_000 };
    let stripes = Peer { engine: "rstar + geometry-rs stripes", make: stripes };
    let beside = Beside { usual: true, peers: &[stripes], geos: Some(Path::new("benches/geos.py")) };
    let measured = locate::measure(&territories, points, 1, beside);
    println!("{} communes, {} vertices, {points} points of each kind", measured.communes, measured.vertices);
    println!("nanoseconds a lookup: uniform, inside, within 30 m of a border; times the product's; build, memory\n");
    for row in &measured.rows {
        let mb = row.resident_mb.map_or_else(|| "?".to_owned(), |mb| format!("{mb:.0}"));
        let [single, ratio] = [figures(row.single, 0), figures(row.ratio, 1)];
        println!("{:38} {single} × {ratio} {:6.0} ms {mb:>4} MB {:5} differ", row.engine, row.build_ms, row.differing);
        if let Some(batch) = row.batch {
            println!("{:38} {}", "    in batches", figures(batch, 0));
        }
    }
    println!("\nin batches on two threads: {:.1} million places a second", measured.two_threads_per_s / 1e6);
    println!("a table from memory to memory: {:.1} million rows a second", measured.csv_rows_per_s / 1e6);
    println!("of places anywhere: {:.1} million rows a second", measured.csv_anywhere_rows_per_s / 1e6);
    println!("not measured: country-boundaries, which reads only rasters that a program of its own has made");
    if let Some(why) = &measured.no_geos {
        println!("not measured: shapely with GEOS: {why}");
    }
}

fn figures(times: Times, decimals: usize) -> String {
    let Times { uniform, inside, beside } = times;
    format!("{uniform:8.decimals$} {inside:8.decimals$} {beside:8.decimals$}")
}

/// The kernel of tzf-rs.
fn stripes(shape: &MultiPolygon) -> Test {
    let ring = |ring: &geo::LineString| ring.coords().map(|at| Point { x: at.x, y: at.y }).collect();
    let options =
        PolygonBuildOptions { enable_compressed_quad: false, enable_y_stripes: true, ..PolygonBuildOptions::default() };
    let polygon = |polygon: &geo::Polygon| {
        Polygon::new(ring(polygon.exterior()), polygon.interiors().iter().map(ring).collect(), Some(options))
    };
    let polygons: Vec<Polygon> = shape.iter().map(polygon).collect();
    Box::new(move |at: Coord| {
        polygons.iter().any(|polygon| polygon.contains_point_allow_on_edge(Point { x: at.x, y: at.y }))
    })
}
