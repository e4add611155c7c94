//! `ioc serve`: answer reports, officials and dashboards until told to stop.

use std::{net::SocketAddr, process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context;
use clap::Args;
use ipnet::IpNet;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use super::{backup::Backups, ground, notify::Supervisor};
use crate::{
    app::{App, DeadMan, NotStarted, SelfChecks},
    config::{Common, LogFormat},
    domain::base_map::BaseMap,
    flow::retention::MONTHS,
    http::{self, Limits},
    telemetry,
};

/// What photos leave free when nobody says otherwise.
pub const DISK_RESERVE_MB: u64 = 1_024;
/// Between two audits when nobody says otherwise.
pub const AUDIT_SECONDS: u64 = 60;
/// Between two reports of our own when nobody says otherwise.
pub const CANARY_SECONDS: u64 = 300;

/// Answer reports, officials and dashboards.
#[derive(Debug, Args)]
pub struct Serve {
    /// Where to answer; port 0 takes a free one and says which.
    #[arg(long, env = "IOC_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Where Prometheus reads, never on the public port; port 0 takes a free one.
    #[arg(long, env = "IOC_METRICS_LISTEN", default_value = "127.0.0.1:9464")]
    pub metrics_listen: SocketAddr,
    /// Serve although the boundaries are approximate (about one report in six goes to the wrong commune).
    #[arg(long)]
    pub allow_approximate: bool,
    /// Proxies in front, as networks, for instance 10.0.0.0/8: only their X-Forwarded-For is believed.
    #[arg(long, env = "IOC_TRUSTED_PROXIES", value_delimiter = ',')]
    pub trusted_proxies: Vec<IpNet>,
    /// Megabytes of disk that photos leave free; with less, reports are taken without theirs, to be sent later.
    #[arg(long, env = "IOC_DISK_RESERVE_MB", default_value_t = DISK_RESERVE_MB)]
    pub disk_reserve_mb: u64,
    /// Raster tiles of somebody else under the pages' maps, for instance `https://tiles.example.vn/{z}/{x}/{y}.png`; without
    /// them the pages ask no other host.
    #[arg(long, env = "IOC_BASE_MAP")]
    pub base_map: Option<BaseMap>,
    /// So many seconds before it stops, `/readyz` says 503: for a load balancer to look elsewhere.
    #[arg(long, env = "IOC_DRAIN_SECONDS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=600))]
    pub drain_seconds: u64,
    #[command(flatten)]
    pub backups: Backups,
    /// An address outside that hears by GET every five minutes that all is well, and calls somebody when it hears nothing.
    #[arg(long, env = "IOC_DEAD_MAN_URL", hide_env_values = true)]
    pub dead_man_url: Option<DeadMan>,
    /// Seconds between two audits.
    #[arg(long, env = "IOC_AUDIT_SECONDS", default_value_t = AUDIT_SECONDS, value_parser = clap::value_parser!(u64).range(1..=60))]
    pub audit_seconds: u64,
    /// Seconds between two reports of our own that go the whole way; 0: none, and nobody outside is told.
    #[arg(long, env = "IOC_CANARY_SECONDS", default_value_t = CANARY_SECONDS, value_parser = clap::value_parser!(u64).range(..=300))]
    pub canary_seconds: u64,
    /// So many months every delivery to another system is kept with its attempts once its report has ended; then its
    /// counts alone. 0: for ever.
    #[arg(long, env = "IOC_KEEP_DELIVERIES_MONTHS", default_value_t = MONTHS)]
    pub keep_deliveries_months: u32,
    /// How logs are written to standard error.
    #[arg(long, env = "IOC_LOG_FORMAT", value_enum, default_value = "json")]
    pub log_format: LogFormat,
}

impl Serve {
    /// Makes what a fresh database lacks, then answers until a signal.
    pub async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        telemetry::log(self.log_format);
        let ground = ground(common).await?.keeping_maps(&common.data_folder());
        ground.furnish().await?;
        let secret = common.secret_key.as_ref().map(|secret| secret.reveal().to_owned());
        let app = ground.app(&common.data_folder(), secret.as_deref()).await?;
        if app.flow.centre().generation.approximate {
            if !self.allow_approximate {
                return Err(NotStarted::Approximate.into());
            }
            tracing::warn!("approximate boundaries: about one report in six goes to the wrong commune");
        }
        self.answer(app).await
    }

    /// Listens, says where on standard output, and answers until SIGTERM or SIGINT.
    pub async fn answer(&self, mut app: App) -> anyhow::Result<ExitCode> {
        // Heard from here on: whoever has read where we listen may say at once that we leave.
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        if let Some(handle) = telemetry::record() {
            let metrics = telemetry::serve_metrics(self.metrics_listen, handle).await;
            let metrics = metrics.with_context(|| {
                let taken = self.metrics_listen;
                format!("cannot serve metrics on {taken}: choose another with --metrics-listen or IOC_METRICS_LISTEN, port 0 takes a free one")
            })?;
            tracing::info!(%metrics, "metrics");
        }
        let listener = TcpListener::bind(self.listen).await;
        let listener =
            listener.with_context(|| format!("cannot listen on {}: choose another with --listen", self.listen))?;
        println!("listening on http://{}", listener.local_addr()?);
        let supervisor = Supervisor::from_environment();
        supervisor.ready();
        let stop = async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            supervisor.say("STOPPING=1");
        };
        app.flow.backups = self.backups.schedule();
        app.checks = SelfChecks {
            audit: Duration::from_secs(self.audit_seconds),
            canary: (self.canary_seconds > 0).then(|| Duration::from_secs(self.canary_seconds)),
            dead_man: self.dead_man_url.clone(),
        };
        app.base_map = self.base_map.clone().map(Arc::new);
        app.flow.darkroom.set_reserve(self.disk_reserve_mb.saturating_mul(1 << 20));
        app.flow.retention.keep(self.keep_deliveries_months);
        let limits = Limits { proxies: self.trusted_proxies.clone().into(), ..Limits::default() };
        http::serve_within(app, listener, limits, Duration::from_secs(self.drain_seconds), stop).await;
        Ok(ExitCode::SUCCESS)
    }
}
