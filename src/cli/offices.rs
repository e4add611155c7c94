//! `ioc offices`: the offices that answer, as a file that people can edit.

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::Subcommand;

use super::ground;
use crate::{config::Common, domain::ids::ProvinceCode, flow::settings};

/// Make, edit and bring in the offices that answer.
#[derive(Debug, Subcommand)]
pub enum Offices {
    /// Write the starter offices for the active map: every commune, the departments, the province desk.
    Generate {
        /// Two digits, 11 for Điện Biên; left out: of the offices in force, else of most communes on the map.
        #[arg(long)]
        province: Option<ProvinceCode>,
        /// Where to; standard output when left out.
        #[arg(long)]
        output: Option<PathBuf>,
        /// Put them into force at once.
        #[arg(long)]
        import: bool,
    },
    /// Put an edited file into force, if every commune and category keeps exactly one office.
    Import {
        /// The file.
        file: PathBuf,
    },
    /// Show the offices in force.
    List {
        /// For machines.
        #[arg(long)]
        json: bool,
    },
}

impl Offices {
    pub(super) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let ground = ground(common).await?;
        match self {
            Self::Generate { province, output, import } => {
                let directory = ground.generate_offices(province.as_ref()).await?;
                let text = settings::write_offices(&directory);
                match output {
                    Some(path) => fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?,
                    None if import => {}
                    None => print!("{text}"),
                }
                if import {
                    let version = ground.publish_offices(&directory).await?;
                    println!("{} offices are in force, version {version}", directory.offices.len());
                }
            }
            Self::Import { file } => {
                let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
                let directory = settings::read_offices(&text)?;
                let version = ground.publish_offices(&directory).await?;
                println!("{} offices are in force, version {version}", directory.offices.len());
            }
            Self::List { json } => {
                let directory = ground.offices().await?;
                if json {
                    println!("{}", serde_json::to_string_pretty(&directory.offices)?);
                } else {
                    for office in &directory.offices {
                        let commune = office.commune.as_ref().map(ToString::to_string).unwrap_or_default();
                        println!("{:28} {commune:6} {}", office.id, office.name.vi);
                    }
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
