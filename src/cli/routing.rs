//! `ioc routing`: the proof that every commune and category has exactly one office, and why it is that one.

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::Subcommand;

use super::ground;
use crate::{
    config::Common,
    domain::ids::{CategoryCode, CommuneCode},
    flow::settings,
};

/// Prove and explain who answers for what.
#[derive(Debug, Subcommand)]
pub enum Routing {
    /// Prove that every (commune × category) has exactly one office.
    Check,
    /// Say which rules match, the winner first.
    Explain {
        /// Its code.
        category: CategoryCode,
        /// Its code on the active map.
        commune: CommuneCode,
    },
    /// Write the rules and categories in force, to be edited.
    Export,
    /// Put edited rules into force, if they are total; the last total ones stay otherwise.
    Import {
        /// The file.
        file: PathBuf,
    },
}

impl Routing {
    pub(super) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let ground = ground(common).await?;
        match self {
            Self::Check => {
                let routes = ground.centre().await?.routes;
                let offices = routes.directory().offices.len();
                let categories = routes.book().categories.len();
                println!(
                    "total: {categories} categories, {offices} offices, every commune and category has exactly one office"
                );
            }
            Self::Explain { category, commune } => {
                for line in settings::explain(&ground.centre().await?.routes, &category, &commune) {
                    println!("{line}");
                }
            }
            Self::Export => print!("{}", settings::write_rules(&ground.rules().await?)),
            Self::Import { file } => {
                let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
                let version = ground.publish_rules(&settings::read_rules(&text)?).await?;
                println!("the rules are in force, version {version}");
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
