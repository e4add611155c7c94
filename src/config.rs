//! Raw words of the command line and environment become settings; each field's text is its help.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::domain::ids::CenterId;

/// Where reports are kept when nobody says otherwise.
pub const DATABASE_URL: &str = "sqlite://data/ioc.db";

/// Settings of every command.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// The database: `sqlite://PATH` on one machine, `postgres://…` under several instances.
    #[arg(long, global = true, env = "IOC_DATABASE_URL", default_value = DATABASE_URL, hide_env_values = true)]
    pub database_url: String,
    /// Folder of the sealing key and the photos [default: the SQLite file's folder, else `data`]
    #[arg(long, global = true, env = "IOC_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// Which operations centre this is.
    #[arg(long, global = true, env = "IOC_CENTER", default_value = "dien-bien")]
    pub center: CenterId,
    /// The sealing key as 64 hex digits, instead of the file `ioc.key` in the data folder.
    #[arg(long, global = true, env = "IOC_SECRET_KEY", hide_env_values = true, hide = true)]
    pub secret_key: Option<Secret>,
}

impl Common {
    /// The folder of key and photos.
    pub fn data_folder(&self) -> PathBuf {
        let beside = || {
            let file = self.database_url.strip_prefix("sqlite://")?;
            let folder = Path::new(file.split('?').next()?).parent()?;
            Some(if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.to_path_buf() })
        };
        self.data_dir.clone().or_else(beside).unwrap_or_else(|| PathBuf::from("data"))
    }
}

/// A setting that never shows itself.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// The text itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for Secret {
    type Err = std::convert::Infallible;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}
