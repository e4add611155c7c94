//! Logs for machines or people, and counters on their own listener.

use std::net::SocketAddr;

use axum::{Router, routing::get};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::LogFormat;

/// Starts logging to standard error; `RUST_LOG` filters.
pub fn log(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let registry = tracing_subscriber::registry().with(filter);
    let started = match format {
        LogFormat::Json => registry.with(fmt::layer().json().with_writer(std::io::stderr)).try_init(),
        LogFormat::Text => registry.with(fmt::layer().with_writer(std::io::stderr)).try_init(),
    };
    drop(started);
}

/// Installs the recorder of counters; None where one is installed already.
pub fn record() -> Option<PrometheusHandle> {
    PrometheusBuilder::new().install_recorder().ok()
}

/// Serves `/metrics` on a listener of its own; another process on that port moves it to a free one.
pub async fn serve_metrics(listen: SocketAddr, handle: PrometheusHandle) -> std::io::Result<SocketAddr> {
    let listener = match TcpListener::bind(listen).await {
        Ok(listener) => listener,
        Err(why) => {
            tracing::warn!(%listen, %why, "the port for metrics is taken: using a free one");
            TcpListener::bind(SocketAddr::new(listen.ip(), 0)).await?
        }
    };
    let address = listener.local_addr()?;
    let routes = Router::new().route("/metrics", get(move || std::future::ready(handle.render())));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    Ok(address)
}
