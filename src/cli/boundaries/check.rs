//! What is wrong with a set of boundaries, for people and for machines.

use std::{path::Path, process::ExitCode};

use serde_json::json;

use crate::{
    domain::ids::CommuneCode,
    flow::boundaries::{self, Finding, Topology},
};

/// Reads, checks, tells.
pub(super) fn check(path: &Path, for_machines: bool) -> anyhow::Result<ExitCode> {
    let checked = boundaries::check(path)?;
    let invalid: Vec<CommuneCode> = checked.findings.iter().filter_map(Finding::invalid).cloned().collect();
    if for_machines {
        println!("{}", serde_json::to_string_pretty(&json!({"invalid": invalid, "topology": checked.topology}))?);
        return Ok(ExitCode::SUCCESS);
    }
    let read = &checked.read;
    println!("{} communes, {} vertices, checksum {}", read.territories.len(), read.vertices(), read.checksum);
    for finding in checked.findings.iter().filter(|finding| !matches!(finding, Finding::Overlap { .. })) {
        println!("note: {finding}");
    }
    tell(&checked.topology);
    if !invalid.is_empty() {
        println!(
            "{} invalid polygons: {}. Import the others with --only-valid, all with --repair, or all as they are: what an \
             odd number of their rings surround is theirs",
            invalid.len(),
            listed(&invalid)
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(topology: &Topology) {
    for overlap in &topology.overlaps {
        let (lon, lat) = overlap.at;
        println!(
            "overlap {:>14.1} m²  {} × {}  {} polygons, {lon:.5} {lat:.5}",
            overlap.m2, overlap.a, overlap.b, overlap.pieces
        );
    }
    for triple in &topology.triples {
        let (lon, lat) = triple.at;
        println!("triple  {:>14.1} m²  {}  {lon:.5} {lat:.5}", triple.m2, listed(&triple.communes));
    }
    for gap in &topology.gaps {
        let (lon, lat) = gap.at;
        println!("gap     {:>14.1} m²  between {}  {lon:.6} {lat:.6}", gap.m2, listed(&gap.around));
    }
    let sum = |areas: &mut dyn Iterator<Item = f64>| areas.sum::<f64>();
    println!(
        "{} polygons of {} pairs overlap, {:.1} m² in all; {} gaps, {:.1} m² in all",
        topology.overlaps.iter().map(|overlap| overlap.pieces).sum::<usize>(),
        topology.overlaps.len(),
        sum(&mut topology.overlaps.iter().map(|overlap| overlap.m2)),
        topology.gaps.len(),
        sum(&mut topology.gaps.iter().map(|gap| gap.m2))
    );
    for (a, b) in &topology.uncompared {
        println!("note: {a} and {b} could not be compared");
    }
    for (lon, lat) in &topology.unseen {
        println!("note: gaps between {lon} {lat} and one degree north-east of it could not be looked for");
    }
}

/// Codes, with commas.
pub(super) fn listed(codes: &[CommuneCode]) -> String {
    codes.iter().map(CommuneCode::as_str).collect::<Vec<_>>().join(", ")
}
