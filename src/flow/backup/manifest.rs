//! What a backup says of itself: `manifest.json`.

use std::{collections::BTreeMap, fs, io, path::Path};

use serde::{Deserialize, Serialize};

use super::files::Entry;
use crate::{domain::clock::Timestamp, store::Facts};

/// The file in each backup.
pub const NAME: &str = "manifest.json";
/// Raised when an older program could no longer read it.
pub const FORMAT: u32 = 1;

/// What is in a backup.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Of this description.
    pub format: u32,
    /// The version of the program that made it.
    pub program: String,
    /// "sqlite" or "postgres".
    pub engine: String,
    /// The newest migration in it.
    pub schema: i64,
    /// When the copy was begun.
    pub made_at: Timestamp,
    /// Rows of each table.
    pub tables: BTreeMap<String, i64>,
    /// Events in the chain.
    pub sealed: i64,
    /// Hash of the chain's last link, hex.
    pub head: String,
    /// What `ioc verify` finds wrong in it, as it does in the database that it was made of; 0 where all is well.
    pub faults: usize,
    /// Fingerprint of each centre's sealing key. The key itself is not in a backup.
    pub keys: BTreeMap<String, String>,
    /// The copy of the database, one of the files.
    pub database: String,
    /// Every file but this one.
    pub files: Vec<Entry>,
    /// Photos that the database knows and that were not there.
    pub missing: Vec<String>,
}

/// Why a folder cannot be read as a backup.
#[derive(Debug, thiserror::Error)]
pub enum NoManifest {
    /// Not there.
    #[error("{folder} has no {NAME}: it is no backup, or not a whole one. Name the folder that `ioc backup` printed")]
    Missing {
        /// Which folder.
        folder: String,
    },
    /// Not to be read.
    #[error("{NAME} in {folder} is damaged ({why}): take another backup")]
    Damaged {
        /// Which folder.
        folder: String,
        /// What the reader said.
        why: String,
    },
    /// Of a later program.
    #[error("the backup was made by ioc {program}, which writes what this ioc {} does not know: install that version", env!("CARGO_PKG_VERSION"))]
    Newer {
        /// Its version.
        program: String,
    },
}

impl Manifest {
    /// Of a copy with these facts.
    pub fn new(engine: &str, made_at: Timestamp, facts: Facts, faults: usize) -> Self {
        let Facts { schema, tables, sealed, head, keys } = facts;
        Self {
            format: FORMAT,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            engine: engine.to_owned(),
            schema,
            made_at,
            tables,
            sealed,
            head,
            faults,
            keys,
            database: String::new(),
            files: vec![],
            missing: vec![],
        }
    }

    /// What the database in it must be when it is brought back.
    pub fn facts(&self) -> Facts {
        let Self { schema, tables, sealed, head, keys, .. } = self.clone();
        Facts { schema, tables, sealed, head, keys }
    }

    /// Reads it from a backup.
    pub fn read(folder: &Path) -> Result<Self, NoManifest> {
        let said = || folder.display().to_string();
        let text = match fs::read(folder.join(NAME)) {
            Ok(text) => text,
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Err(NoManifest::Missing { folder: said() }),
            Err(why) => return Err(NoManifest::Damaged { folder: said(), why: why.to_string() }),
        };
        let damaged = |why: serde_json::Error| NoManifest::Damaged { folder: said(), why: why.to_string() };
        // Its format is known before the rest is believed.
        let Version { format, program } = serde_json::from_slice(&text).map_err(damaged)?;
        if format > FORMAT {
            return Err(NoManifest::Newer { program });
        }
        serde_json::from_slice(&text).map_err(damaged)
    }

    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// Files of photos, kept ones and those that waited to be cleaned.
    pub fn photos(&self) -> usize {
        self.files.iter().filter(|file| file.path != self.database).count()
    }
}

#[derive(Deserialize)]
struct Version {
    format: u32,
    program: String,
}
