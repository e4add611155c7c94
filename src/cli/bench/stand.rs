//! A product of its own to be measured: an empty database on the wished engine, the approximate map, `ioc serve`'s front.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context;
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{
    app::{App, Ground, Scratch},
    cli::ground,
    config::Common,
    http,
};

/// The product, on a database that is gone after it.
pub struct Stand {
    /// What it stands on.
    pub ground: Ground,
    scratch: Scratch,
    stop: CancellationToken,
    fronts: JoinSet<()>,
}

impl Stand {
    /// Beside the database of the command line, on its engine.
    pub async fn furnished(common: &Common) -> anyhow::Result<Self> {
        let beside = ground(common).await?;
        let scratch = beside.scratch().await?;
        let ground = Ground { store: scratch.store.clone(), ..beside };
        ground.import_approximate().await?;
        ground.activate(&ground.newest_generation().await?.context("a map")?, None).await?;
        ground.furnish().await?;
        Ok(Self { ground, scratch, stop: CancellationToken::new(), fronts: JoinSet::new() })
    }

    /// The product as it is, or each report in a commit of its own.
    pub async fn app(&self, one_by_one: bool) -> anyhow::Result<App> {
        let mut ground = self.ground.clone();
        if one_by_one {
            ground.store = ground.store.one_by_one();
        }
        Ok(ground.app(self.scratch.folder(), None).await?)
    }

    /// Opens a front of `ioc serve`, with everything that watches, on a free port.
    pub async fn open(&mut self, app: App) -> anyhow::Result<SocketAddr> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let stop = self.stop.clone().cancelled_owned();
        self.fronts.spawn(http::serve(app, listener, stop));
        Ok(address)
    }

    /// Closes the fronts and removes everything.
    pub async fn end(mut self) -> anyhow::Result<()> {
        self.stop.cancel();
        while self.fronts.join_next().await.is_some() {}
        Ok(self.scratch.end().await?)
    }
}

/// The process's memory now and at its most, MB.
pub fn memory_mb() -> [Option<f64>; 2] {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    ["VmRSS:", "VmHWM:"].map(|name| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        let kilobytes: f64 = line.split_whitespace().next()?.parse().ok()?;
        Some((kilobytes / 1024.0).round())
    })
}

/// Seconds of the command line.
pub fn seconds(text: &str) -> Result<Duration, std::num::ParseIntError> {
    text.parse().map(Duration::from_secs)
}
