//! Two maps compared, for people and for machines.

use std::{
    fs::{self, File},
    path::Path,
};

use anyhow::Context;

use crate::{
    domain::boundary::Commune,
    flow::{
        preview::{Change, Preview},
        successions::{self, Mapping},
    },
};

/// Prints it, and writes the moved areas where they are asked for.
pub(super) fn tell(preview: &Preview, geojson: Option<&Path>, json: bool) -> anyhow::Result<()> {
    if let Some(file) = geojson {
        fs::write(file, preview.areas.to_string()).with_context(|| format!("cannot write {}", file.display()))?;
    }
    if json {
        println!("{}", serde_json::to_string_pretty(preview)?);
        return Ok(());
    }
    let of = |change| preview.units.iter().filter(move |unit| unit.change == change);
    for (change, word) in
        [(Change::New, "new"), (Change::Gone, "gone"), (Change::Renamed, "renamed"), (Change::Changed, "changed")]
    {
        for unit in of(change) {
            let names = match (&unit.old, &unit.new) {
                (Some(old), Some(new)) if old.code == new.code && old.name == new.name => named(new),
                (Some(old), Some(new)) => format!("{} → {}", named(old), named(new)),
                (old, new) => old.as_ref().or(new.as_ref()).map(named).unwrap_or_default(),
            };
            let (gained, lost) = (unit.gained_m2 / 1e6, unit.lost_m2 / 1e6);
            println!("{word:8} {names}  +{gained:.6} km²  -{lost:.6} km²");
        }
    }
    println!("{} unchanged", of(Change::Same).count());
    for code in &preview.reused_codes {
        println!("re-used  {code} names another unit on the new map");
    }
    for pair in &preview.uncompared {
        println!("note: {pair}");
    }
    for moved in &preview.moves {
        println!(
            "{:>12.6} km²  {} → {}  {} open tickets, {} reports of the last year",
            moved.km2,
            named(&moved.from),
            named(&moved.to),
            moved.open_tickets,
            moved.reports_of_a_year
        );
    }
    println!(
        "{:>12.6} km² in all  {} open tickets, {} reports of the last year",
        preview.moved_km2, preview.open_tickets, preview.reports_of_a_year
    );
    Ok(())
}

fn named(commune: &Commune) -> String {
    format!("{} {}", commune.code, commune.name.vi)
}

/// Reads a file of successors.
pub(in crate::cli) fn mapping(path: &Path) -> anyhow::Result<Mapping> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(successions::read_mapping(file)?)
}
