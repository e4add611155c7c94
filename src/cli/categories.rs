//! `ioc categories`: what a report can be about.

use std::process::ExitCode;

use clap::Args;

use super::ground;
use crate::config::Common;

/// List what a report can be about.
#[derive(Debug, Args)]
pub struct Categories {
    /// For machines.
    #[arg(long)]
    json: bool,
}

impl Categories {
    pub(super) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let book = ground(common).await?.rules().await?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&book.categories)?);
            return Ok(ExitCode::SUCCESS);
        }
        for category in &book.categories {
            let clock = if category.urgent { "h (wall clock)" } else { "h (working)" };
            let deadlines = format!("{}/{}{clock}", category.accept_hours, category.resolve_hours);
            println!(
                "{:24} {:9} {deadlines:22} {} — {}",
                category.code,
                category.level.as_str(),
                category.name.vi,
                category.name.en
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}
