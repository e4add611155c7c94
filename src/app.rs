//! The running product: a context that is cheap to clone, and `run(listener, shutdown)`.

use std::{future::Future, path::Path, sync::Arc, sync::atomic::AtomicI64, time::Duration};

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    domain::{
        clock::{Clock, Entropy},
        ids::CenterId,
    },
    flow::{Centre, Flow, centre::NoCentre},
    http,
    identity::{Vault, VaultError},
    media::Darkroom,
    store::{DocumentKind, Store, StoreError},
    watch,
};

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
    /// Opens everything below one store and one data folder.
    pub async fn open(
        store: Store,
        center: &CenterId,
        data: &Path,
        secret: Option<&str>,
        clock: Clock,
        entropy: Entropy,
    ) -> Result<Self, NotStarted> {
        let vault = Vault::open(secret, &data.join("ioc.key"), &entropy)?;
        let darkroom = Darkroom::open(&data.join("media")).map_err(|why| NotStarted::Photos(why.to_string()))?;
        check_key(&store, center, &vault, &clock).await?;
        let centre = Centre::load(&store, center, None, clock.now()).await?;
        Ok(Self { flow: Flow::new(store, clock, entropy, vault, darkroom, centre) })
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

/// The clock for a store: several instances over one PostgreSQL agree by its clock.
pub async fn clock_for(store: &Store) -> Result<Clock, StoreError> {
    if store.engine() == "sqlite" {
        return Ok(Clock::System);
    }
    let offset = store.database_now().await?.since(Clock::System.now());
    Ok(Clock::Database(Arc::new(AtomicI64::new(offset))))
}

async fn check_key(store: &Store, center: &CenterId, vault: &Vault, clock: &Clock) -> Result<(), NotStarted> {
    let ours = vault.fingerprint();
    match store.document(center, DocumentKind::Vault).await? {
        Some((_, first)) if first != ours => Err(NotStarted::WrongKey { expected: first }),
        Some(_) => Ok(()),
        None => Ok(drop(store.publish_document(center, DocumentKind::Vault, &ours, clock.now()).await?)),
    }
}
