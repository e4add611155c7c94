//! The running product: a context that is cheap to clone, and `run(listener, shutdown)`.

mod ground;

use std::{future::Future, time::Duration};

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    flow::{Flow, centre::NoCentre, settings::NotPublished},
    http,
    identity::VaultError,
    store::StoreError,
    watch,
};

pub use ground::{Ground, Maps};

/// Streams and long answers get this long to end after the signal to stop.
const GRACE: Duration = Duration::from_secs(15);

/// What every handler works with.
#[derive(Clone)]
pub struct App {
    /// The use cases.
    pub flow: Flow,
}

/// Why the product cannot start.
#[derive(Debug, thiserror::Error)]
pub enum NotStarted {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nothing to decide with.
    #[error(transparent)]
    Centre(#[from] NoCentre),
    /// The starter set does not fit.
    #[error(transparent)]
    NotPublished(#[from] NotPublished),
    /// The key.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The folder for photos.
    #[error("the folder for photos cannot be used: {0}")]
    Photos(String),
    /// Another key than the one that sealed what is stored.
    #[error(
        "the sealing key is not the one that this database was written with (it has fingerprint {expected}): contacts could not be opened and secrets would not fit. Bring the key file or IOC_SECRET_KEY of the first start"
    )]
    WrongKey {
        /// Of the key that was used first.
        expected: String,
    },
    /// Approximate boundaries send about one report in six to the wrong commune.
    #[error(
        "the active boundaries are approximate and send about one report in six to the wrong commune: fetch the real ones with `ioc boundaries fetch --province 11`, or say --allow-approximate"
    )]
    Approximate,
}

impl App {
    /// Does everything that is due now, once: for hands that move the clock.
    pub async fn tick(&self) -> Result<u64, String> {
        watch::tick(&self.flow).await
    }

    /// Answers on the listener and watches, until `shutdown`; then lets what is under way end, for at most 15 s.
    pub async fn run(self, listener: TcpListener, shutdown: impl Future<Output = ()> + Send + 'static) -> std::io::Result<()> {
        let stop = CancellationToken::new();
        let watching = tokio::spawn(watch::run(self.flow.clone(), stop.clone()));
        let signal = stop.clone();
        let graceful = async move {
            shutdown.await;
            tracing::info!("stopping: what is under way may end");
            signal.cancel();
        };
        let store = self.flow.store.clone();
        let serving = axum::serve(listener, http::router::router(self)).with_graceful_shutdown(graceful);
        let late = async {
            stop.cancelled().await;
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            done = serving.into_future() => done?,
            () = late => tracing::warn!("stopped with requests still open"),
        }
        stop.cancel();
        drop(watching.await);
        store.close().await;
        Ok(())
    }
}

/// The OpenAPI document generated from the routes.
pub fn openapi() -> utoipa::openapi::OpenApi {
    http::router::openapi()
}
