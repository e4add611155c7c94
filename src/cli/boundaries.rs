//! `ioc boundaries`: fetch, import, check, list, activate, go back.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};

use super::ground;
use crate::{
    app::Ground,
    config::Common,
    domain::{
        clock::{Day, Timestamp},
        ids::{GenerationId, ProvinceCode},
    },
    flow::boundaries::{self, Imported},
};

/// Fetch, import, list and activate commune boundaries.
#[derive(Debug, Subcommand)]
pub enum Boundaries {
    /// Bring the published official boundaries, verified file by file; what was brought before is not brought again.
    Fetch {
        /// One province, 11 for Điện Biên.
        #[arg(long, required_unless_present = "all", conflicts_with = "all")]
        province: Option<ProvinceCode>,
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
    },
    /// Bring in the approximate set of Điện Biên that needs no network.
    ImportApproximate,
    /// Read and check a file or folder, and keep nothing.
    Check {
        /// File or folder.
        path: PathBuf,
    },
    /// Make approximate boundaries from seats (CSV: `code, name, type, province_code, lat, lon, area_km2`).
    Approximate {
        /// The seats.
        seats: PathBuf,
        /// Where the GeoJSON goes.
        output: PathBuf,
    },
    /// Put a map into force.
    Activate {
        /// Its name from `list`; the one brought in last when left out.
        generation: Option<GenerationId>,
        /// From that day (`2026-07-24`) or moment (RFC 3339) on; now when left out.
        #[arg(long)]
        effective: Option<String>,
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
            Self::Check { path } => return check(&path),
            Self::Approximate { seats, output } => return approximate(&seats, &output),
            _ => {}
        }
        let ground = ground(common).await?;
        match self {
            Self::Fetch { province, base_url, .. } => {
                let cache = common.data_folder().join("boundaries");
                let bar = ProgressBar::new(0)
                    .with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} files  {elapsed}")?);
                let told = bar.clone();
                let imported = ground
                    .fetch_boundaries(province.as_ref(), base_url.as_deref(), &cache, move |progress| {
                        told.set_length(progress.of_files as u64);
                        told.set_position(progress.files as u64);
                    })
                    .await?;
                bar.finish_and_clear();
                tell(&imported);
            }
            Self::Import { path, generation } => {
                let id = generation.map_or_else(|| name_of(&path), Ok)?;
                tell(&ground.import_boundaries(&path, id).await?);
            }
            Self::ImportApproximate => tell(&ground.import_approximate().await?),
            Self::Activate { generation, effective } => {
                let effective = effective.as_deref().map(moment).transpose()?;
                let generation = match generation {
                    Some(named) => named,
                    None => ground.newest_generation().await?.context("no boundaries were brought in yet")?,
                };
                ground.activate(&generation, effective).await?;
                println!(
                    "{generation} is in force from {}",
                    effective.map_or_else(|| "now".to_owned(), |at| at.to_string())
                );
            }
            Self::Rollback => println!("{} is in force again", ground.rollback().await?.generation),
            Self::List { json } => list(&ground, json).await?,
            Self::Check { .. } | Self::Approximate { .. } => {}
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn moment(text: &str) -> anyhow::Result<Timestamp> {
    if let Ok(day) = text.parse::<Day>() {
        return Ok(day.start());
    }
    text.parse::<Timestamp>().with_context(|| format!("{text:?} is neither a day nor a moment"))
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
    for finding in &imported.findings {
        println!("note: {finding}");
    }
    println!("put it into force with: ioc boundaries activate {}", generation.id);
}

fn check(path: &Path) -> anyhow::Result<ExitCode> {
    let (read, findings) = boundaries::check(path)?;
    println!("{} communes, {} vertices, checksum {}", read.territories.len(), read.vertices(), read.checksum);
    for finding in &findings {
        println!("note: {finding}");
    }
    Ok(ExitCode::SUCCESS)
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
    }
    for activation in plan {
        println!("in force from {}: {}", activation.effective, activation.generation);
    }
    Ok(())
}
