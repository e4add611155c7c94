//! `ioc boundaries`: fetch, import, check, compare, list, activate, go back.

mod check;
pub(super) mod diff;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};

use super::{ground, locate::moment};
use crate::{
    app::Ground,
    config::Common,
    domain::ids::{GenerationId, ProvinceCode},
    flow::boundaries::{self, Defects, Imported, Neighbours},
};

/// Fetch, import, list and activate commune boundaries.
#[derive(Debug, Subcommand)]
pub enum Boundaries {
    /// Bring the published official boundaries, verified file by file; what was brought before is not brought again.
    Fetch {
        /// One province, 11 for Điện Biên.
        #[arg(long, required_unless_present = "all", conflicts_with = "all")]
        province: Option<ProvinceCode>,
        /// Neighbouring provinces, for instance 12,14 [default: all, as far as the mirror has them]: their communes
        /// within 10 km are kept too, and a point that one of them covers is told whose it is.
        #[arg(long, value_delimiter = ',', requires = "province")]
        neighbours: Vec<ProvinceCode>,
        /// Only the province itself.
        #[arg(long, requires = "province", conflicts_with = "neighbours")]
        alone: bool,
        /// All 34 provinces.
        #[arg(long)]
        all: bool,
        /// A mirror of the folder `json/geojson`: https://, http:// or file://.
        #[arg(long)]
        base_url: Option<String>,
    },
    /// Bring in a GeoJSON collection, a folder of files or GeoJSON lines, each plain or zstd.
    Import {
        /// File or folder.
        path: PathBuf,
        /// Its name from now on [default: the file's name]
        #[arg(long)]
        generation: Option<GenerationId>,
        /// Leave out communes whose polygons are invalid: until they are brought in, their ground belongs to nobody.
        #[arg(long, conflicts_with = "repair")]
        only_valid: bool,
        /// Make invalid polygons valid, with the same ground, and say what was done.
        #[arg(long)]
        repair: bool,
    },
    /// Bring in the approximate set of Điện Biên that needs no network.
    ImportApproximate,
    /// Read and check a file or folder, and keep nothing: invalid polygons, overlaps and gaps.
    Check {
        /// File or folder.
        path: PathBuf,
        /// For machines.
        #[arg(long)]
        json: bool,
    },
    /// Work out which provinces lie within 10 km of which, from the communes of the whole country (CSV).
    Neighbours {
        /// File or folder.
        path: PathBuf,
        /// Where the table goes.
        output: PathBuf,
    },
    /// Make approximate boundaries from seats (CSV: `code, name, type, province_code, lat, lon, area_km2`).
    Approximate {
        /// The seats.
        seats: PathBuf,
        /// Where the GeoJSON goes.
        output: PathBuf,
    },
    /// Compare two maps: communes that are new, gone, renamed or changed, what moves between which, and what lies there.
    Diff {
        /// The map before: its name from `list`, a file or a folder.
        old: String,
        /// The map after.
        new: String,
        /// Where the moved areas go as GeoJSON.
        #[arg(long)]
        geojson: Option<PathBuf>,
        /// For machines.
        #[arg(long)]
        json: bool,
    },
    /// Put a map into force; open tickets follow by themselves.
    Activate {
        /// Its name from `list`; the one brought in last when left out.
        generation: Option<GenerationId>,
        /// From that day (`2026-07-24`) or moment (RFC 3339) on; now when left out.
        #[arg(long)]
        effective: Option<String>,
        /// Who follows whom, where it is not whoever has most of the ground: CSV with the columns `old_code,new_code`.
        #[arg(long)]
        mapping: Option<PathBuf>,
    },
    /// Take back the last activation.
    Rollback,
    /// Show every kept map and the plan.
    List {
        /// For machines.
        #[arg(long)]
        json: bool,
    },
}

impl Boundaries {
    pub(super) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        match self {
            Self::Check { path, json } => return check::check(&path, json),
            Self::Neighbours { path, output } => {
                let table = boundaries::neighbours(&path)?;
                fs::write(&output, table).with_context(|| format!("cannot write {}", output.display()))?;
                return Ok(ExitCode::SUCCESS);
            }
            Self::Approximate { seats, output } => return approximate(&seats, &output),
            _ => {}
        }
        let ground = ground(common).await?;
        match self {
            Self::Fetch { province, neighbours, alone, base_url, .. } => {
                let neighbours = match neighbours {
                    none if none.is_empty() && !alone => Neighbours::Known,
                    named => Neighbours::Named(named),
                };
                let cache = common.data_folder().join("boundaries");
                let bar = ProgressBar::new(0)
                    .with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} files  {elapsed}")?);
                let told = bar.clone();
                let imported = ground
                    .fetch_boundaries(province.as_ref(), &neighbours, base_url.as_deref(), &cache, move |progress| {
                        told.set_length(progress.of_files as u64);
                        told.set_position(progress.files as u64);
                    })
                    .await?;
                bar.finish_and_clear();
                tell(&imported);
            }
            Self::Import { path, generation, only_valid, repair } => {
                let id = generation.map_or_else(|| name_of(&path), Ok)?;
                let defects = match (only_valid, repair) {
                    (true, _) => Defects::LeaveOut,
                    (_, true) => Defects::Repair,
                    _ => Defects::Keep,
                };
                tell(&ground.import_defective(&path, id, defects).await?);
            }
            Self::ImportApproximate => tell(&ground.import_approximate().await?),
            Self::Diff { old, new, geojson, json } => {
                diff::tell(&ground.preview(&old, &new).await?, geojson.as_deref(), json)?;
            }
            Self::Activate { generation, effective, mapping } => {
                let effective = effective.as_deref().map(moment).transpose()?;
                let generation = match generation {
                    Some(named) => named,
                    None => ground.newest_generation().await?.context("no boundaries were brought in yet")?,
                };
                let mapping = mapping.as_deref().map(diff::mapping).transpose()?;
                ground.activate_mapped(&generation, effective, mapping.as_ref()).await?;
                println!(
                    "{generation} is in force from {}",
                    effective.map_or_else(|| "now".to_owned(), |at| at.to_string())
                );
            }
            Self::Rollback => println!("{} is in force again", ground.rollback().await?.generation),
            Self::List { json } => list(&ground, json).await?,
            Self::Check { .. } | Self::Approximate { .. } | Self::Neighbours { .. } => {}
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// `communes.geojson` in the folder `2026-07` is called `2026-07`; a file of another name after itself.
fn name_of(path: &Path) -> anyhow::Result<GenerationId> {
    let stem = |path: &Path| path.file_name()?.to_str()?.split('.').next().map(str::to_lowercase);
    let own = stem(path).filter(|name| name != "communes");
    let name = own.or_else(|| stem(path.parent()?)).context("give it a name with --generation")?;
    name.parse().with_context(|| format!("{name:?} cannot be its name: give one with --generation"))
}

fn tell(imported: &Imported) {
    let generation = &imported.generation;
    println!("{}: {} communes, checksum {}", generation.id, generation.communes, &generation.checksum[..16]);
    if generation.approximate {
        println!("APPROXIMATE: about one report in six goes to the wrong commune");
    }
    if !generation.left_out.is_empty() {
        println!(
            "LEFT OUT: {}. Their polygons are invalid; on this map their ground belongs to nobody, and reports from \
             there go to the nearest commune within 200 m, else to the province desk",
            check::listed(&generation.left_out)
        );
    }
    for repaired in &imported.repaired {
        println!("REPAIRED: {repaired}");
    }
    for province in &imported.missing {
        println!(
            "note: the mirror has no communes of province {province}: near its border a point is told only that it is outside"
        );
    }
    for finding in &imported.findings {
        println!("note: {finding}");
    }
    println!("put it into force with: ioc boundaries activate {}", generation.id);
}

fn approximate(seats: &Path, output: &Path) -> anyhow::Result<ExitCode> {
    let text = fs::read_to_string(seats).with_context(|| format!("cannot read {}", seats.display()))?;
    let made = boundaries::approximate(&text)?;
    fs::write(output, made).with_context(|| format!("cannot write {}", output.display()))?;
    Ok(ExitCode::SUCCESS)
}

async fn list(ground: &Ground, json: bool) -> anyhow::Result<()> {
    let (generations, plan) = (ground.generations().await?, ground.plan().await?);
    if json {
        println!("{}", serde_json::to_string_pretty(&serde_json::json!({"generations": generations, "plan": plan}))?);
        return Ok(());
    }
    for generation in generations {
        let kind = if generation.approximate { "APPROXIMATE" } else { "surveyed" };
        println!("{:24} {:5} communes  {kind}  {}", generation.id, generation.communes, generation.source);
        if !generation.left_out.is_empty() {
            println!("{:24} without {}", "", check::listed(&generation.left_out));
        }
    }
    for activation in plan {
        println!("in force from {}: {}", activation.effective, activation.generation);
    }
    Ok(())
}
