//! `ioc verify`: walks the chain of events, and compares reports and tickets with it.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::ground;
use crate::config::Common;

/// Prove that no event was changed, removed or moved, and that reports and tickets are what the events say.
#[derive(Debug, Args)]
pub struct Verify {
    /// For machines.
    #[arg(long)]
    json: bool,
}

impl Verify {
    /// 0: whole; 2: not.
    pub(super) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let chain = ground(common).await?.store.verify_chain().await?;
        let faults: Vec<_> =
            chain.faults.iter().map(|f| json!({"position": f.position, "event": f.event, "what": f.what})).collect();
        if self.json {
            let report =
                json!({"sealed": chain.sealed, "unsealed": chain.unsealed, "head": chain.head, "faults": faults});
            println!("{}", serde_json::to_string_pretty(&report)?);
        } else {
            println!(
                "{} events sealed, {} waiting (sealed within seconds), head {}",
                chain.sealed, chain.unsealed, chain.head
            );
            for fault in &chain.faults {
                let place = fault.position.map(|position| format!("place {position}")).unwrap_or_default();
                println!("FAULT {place} event {}: {}", fault.event.as_deref().unwrap_or("?"), fault.what);
            }
        }
        Ok(if chain.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) })
    }
}
