//! `ioc restore`: a backup, brought back into an empty database.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::Args;
use indicatif::ProgressBar;

use crate::{
    app::vault_beside,
    config::{Common, Secret},
    flow::restore::{Restored, Target, restore},
};

/// Bring a backup back into an empty database and an empty data folder.
#[derive(Debug, Args)]
pub struct Restore {
    /// The folder that `ioc backup` printed.
    folder: PathBuf,
}

impl Restore {
    /// 0: as it was; 2: as it was, and `ioc verify` finds faults in it.
    pub(super) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let data = common.data_folder();
        let secret = common.secret_key.as_ref().map(Secret::reveal);
        let vault = vault_beside(&data, secret)?;
        let target =
            Target { database_url: &common.database_url, data: &data, center: &common.center, vault: vault.as_ref() };
        let bar = ProgressBar::new_spinner().with_message("checking, and bringing back");
        bar.enable_steady_tick(Duration::from_millis(200));
        let restored = restore(&self.folder, target).await;
        bar.finish_and_clear();
        let Restored { manifest, deliveries, faults } = restored?;
        println!(
            "{} tickets and {} files of photos are back as they were at {}; the chain of events ends with {}",
            manifest.facts().rows("ticket"),
            manifest.photos(),
            manifest.made_at,
            manifest.head
        );
        println!("{deliveries} deliveries to other systems go on, under the ids that they had.");
        for path in &manifest.missing {
            println!("NOT THERE, and not in the backup: {path}");
        }
        for fault in &faults {
            println!("FAULT {fault}");
        }
        println!("Stop every other ioc on this centre, then start `ioc serve`.");
        Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) })
    }
}
