//! `ioc keys`: access keys, printed once.

use std::process::ExitCode;

use clap::Subcommand;

use super::ground;
use crate::{config::Common, domain::ids::KeyId};

/// Make, list and revoke access keys.
#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Make a key and print it alone; it cannot be shown again.
    Create {
        /// `report:write`, `report:behalf`, `office:<id>`, `dashboard:read`, `admin`; may be given several times.
        #[arg(long, required = true)]
        scope: Vec<String>,
        /// For people: who holds it.
        #[arg(long)]
        name: String,
    },
    /// List keys by name, never the keys themselves.
    List {
        /// For machines.
        #[arg(long)]
        json: bool,
    },
    /// End a key at once.
    Revoke {
        /// Its id from `list`.
        id: KeyId,
    },
}

impl Keys {
    pub(super) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let ground = ground(common).await?;
        match self {
            Self::Create { scope, name } => println!("{}", ground.create_key(&name, &scope).await?),
            Self::List { json } => {
                let listed = ground.keys().await?;
                if json {
                    println!("{}", serde_json::to_string_pretty(&listed)?);
                } else {
                    for key in listed {
                        let ended = key.revoked_at.map(|at| format!("  revoked {at}")).unwrap_or_default();
                        println!("{}  {}  {}  since {}{ended}", key.id, key.name, key.scopes.join(","), key.created_at);
                    }
                }
            }
            Self::Revoke { id } => {
                anyhow::ensure!(ground.revoke_key(id).await?, "there is no such key that still works");
                println!("revoked {id}");
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
