//! GEOS, which answers from another program: the same points through files.

use std::{
    fs, io,
    path::Path,
    process::{Command, Stdio},
};

use geo::LineString;
use serde::Deserialize;

use super::{FEWER, Row, Times, points::Points};
use crate::{
    domain::position::Position,
    locate::{Atlas, Territory},
};

/// Why GEOS was not measured.
#[derive(Debug, thiserror::Error)]
pub enum NoGeos {
    /// A file.
    #[error("a file of points or polygons cannot be written or read: {0}")]
    File(#[from] io::Error),
    /// The program has not answered.
    #[error("python3 has no shapely 2 (`pip install shapely`)")]
    Silent,
}

/// What the program says.
#[derive(Deserialize)]
struct Said {
    uniform: f64,
    inside: f64,
    beside: f64,
    build_ms: f64,
    resident_mb: f64,
}

/// Gives polygons and points to the program `script`, which python3 runs, and compares its answers.
pub(super) fn geos(
    script: &Path,
    territories: &[Territory],
    atlas: &Atlas,
    points: &Points,
    first: Times,
) -> Result<Row, NoGeos> {
    let folder = tempfile::tempdir()?;
    let kinds = [("uniform", &points.uniform), ("inside", &points.inside), ("beside", &points.beside)]
        .map(|(name, all)| (name, &all[..all.len().min(FEWER)]));
    fs::write(folder.path().join("communes"), territories.iter().flat_map(wkb).collect::<Vec<u8>>())?;
    for (name, positions) in kinds {
        let bytes = positions.iter().flat_map(|at| [at.lon(), at.lat()]).flat_map(f64::to_le_bytes);
        fs::write(folder.path().join(name), bytes.collect::<Vec<u8>>())?;
    }
    let run = Command::new("python3").arg(script).arg(folder.path()).stdin(Stdio::null()).output()?;
    let Said { uniform, inside, beside, build_ms, resident_mb } =
        serde_json::from_slice(&run.stdout).map_err(|_| NoGeos::Silent)?;
    let mut differing = 0;
    for (name, positions) in kinds {
        differing += differing_from(atlas, positions, &fs::read(folder.path().join(format!("{name}.found")))?);
    }
    let ratio =
        Times { uniform: uniform / first.uniform, inside: inside / first.inside, beside: beside / first.beside };
    Ok(Row {
        engine: "shapely with GEOS, prepared, vectorised",
        build_ms,
        build_cpu_ms: None,
        resident_mb: Some(resident_mb),
        single: Times { uniform, inside, beside },
        batch: None,
        ratio,
        differing,
    })
}

/// How many of the positions have other communes than those in the pairs of numbers.
fn differing_from(atlas: &Atlas, positions: &[Position], pairs: &[u8]) -> u64 {
    let mut theirs = vec![vec![]; positions.len()];
    let numbers: Vec<u32> = pairs.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect();
    for [point, commune] in numbers.as_chunks().0 {
        if let Some(theirs) = theirs.get_mut(*point as usize) {
            theirs.push(*commune);
        }
    }
    let mut ours = Vec::new();
    let mut differs = |(position, mut theirs): (&Position, Vec<u32>)| {
        theirs.sort_unstable();
        atlas.covering(*position, &mut ours);
        u64::from(ours != theirs)
    };
    positions.iter().zip(theirs).map(&mut differs).sum()
}

/// A commune as WKB, its length before it.
fn wkb(territory: &Territory) -> Vec<u8> {
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes();
    let mut shape = head(6, territory.shape.0.len());
    for polygon in &territory.shape {
        let rings: Vec<&LineString> = std::iter::once(polygon.exterior()).chain(polygon.interiors()).collect();
        shape.extend(head(3, rings.len()));
        for ring in rings {
            shape.extend(count(ring.0.len()));
            shape.extend(ring.coords().flat_map(|at| [at.x, at.y]).flat_map(f64::to_le_bytes));
        }
    }
    [count(shape.len()).to_vec(), shape].concat()
}

/// Little-endian, the kind, and how many parts.
fn head(kind: u32, parts: usize) -> Vec<u8> {
    let parts = u32::try_from(parts).unwrap_or(u32::MAX);
    [&[1][..], &kind.to_le_bytes(), &parts.to_le_bytes()].concat()
}
