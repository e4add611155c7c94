//! `ioc backup`: a copy of everything but the sealing key, tried before it counts.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::Args;
use indicatif::ProgressBar;
use serde_json::json;

use super::ground;
use crate::{
    config::Common,
    flow::backup::{Archive, Origin, Schedule, make},
};

/// Backups that are kept when nobody says otherwise.
const KEEP: usize = 14;

/// Copy the database and its photos beside the writers, and try the copy.
#[derive(Debug, Args)]
pub struct Backup {
    /// The folder of backups, best on another disk; each becomes a folder in it [default: `backups` in the data folder]
    #[arg(long, env = "IOC_BACKUP_DIR")]
    to: Option<PathBuf>,
    #[command(flatten)]
    kept: Kept,
    /// For machines.
    #[arg(long)]
    json: bool,
}

/// How backups are kept and tried.
#[derive(Debug, Clone, Args)]
struct Kept {
    /// The newest so many stay.
    #[arg(long = "keep", id = "backup_keep", env = "IOC_BACKUP_KEEP", default_value_t = KEEP)]
    keep: usize,
    /// PostgreSQL: a server where databases may be made for trials, instead of the same one.
    #[arg(long, env = "IOC_SCRATCH_URL", hide_env_values = true)]
    scratch_url: Option<String>,
}

/// Backups that a server makes by itself.
#[derive(Debug, Clone, Default, Args)]
pub struct Backups {
    /// The folder of the backups that this server makes by itself, best on another disk [default: none are made]
    #[arg(long, env = "IOC_BACKUP_DIR")]
    backup_dir: Option<PathBuf>,
    /// Hours between two backups.
    #[arg(long, env = "IOC_BACKUP_HOURS", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..))]
    backup_hours: u32,
    /// The newest so many stay.
    #[arg(long, env = "IOC_BACKUP_KEEP", default_value_t = KEEP)]
    backup_keep: usize,
    /// PostgreSQL: a server where databases may be made for trials, instead of the same one.
    #[arg(long, env = "IOC_SCRATCH_URL", hide_env_values = true)]
    scratch_url: Option<String>,
}

impl Backups {
    /// None where none are asked for.
    pub fn schedule(&self) -> Option<Schedule> {
        let folder = self.backup_dir.clone()?;
        Some(Schedule::new(folder, self.backup_hours, self.backup_keep, self.scratch_url.clone()))
    }
}

impl Backup {
    pub(super) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let ground = ground(common).await?;
        let folder = self.to.unwrap_or_else(|| common.data_folder().join("backups"));
        let archive = Archive::hold(&folder)?;
        let bar = ProgressBar::new_spinner().with_message("copying, and trying the copy");
        bar.enable_steady_tick(Duration::from_millis(200));
        let media = common.data_folder().join("media");
        let origin = Origin {
            store: &ground.store,
            clock: &ground.clock,
            entropy: &ground.entropy,
            media: &media,
            scratch_url: self.kept.scratch_url.as_deref(),
        };
        let made = make(origin, &archive, self.kept.keep).await;
        bar.finish_and_clear();
        let made = made?;
        if self.json {
            let manifest = &made.manifest;
            let said = json!({
                "path": made.path,
                "engine": manifest.engine,
                "schema": manifest.schema,
                "made_at": manifest.made_at,
                "tickets": manifest.facts().rows("ticket"),
                "photo_files": manifest.photos(),
                "shared_with_before": made.linked,
                "missing": manifest.missing,
                "bytes": manifest.bytes(),
                "sealed": manifest.sealed,
                "head": manifest.head,
                "faults": manifest.faults,
                "dropped": made.dropped,
            });
            println!("{}", serde_json::to_string_pretty(&said)?);
            return Ok(ExitCode::SUCCESS);
        }
        println!("{}", made.line());
        println!("brought back for a trial: the same rows, the chain of events ends with {}", made.manifest.head);
        for path in &made.manifest.missing {
            eprintln!("NOT THERE, and not in the backup: {path}");
        }
        for name in &made.dropped {
            println!("removed for its age: {name}");
        }
        println!("The sealing key is not in it: keep a copy of ioc.key (or IOC_SECRET_KEY) apart.");
        Ok(ExitCode::SUCCESS)
    }
}
