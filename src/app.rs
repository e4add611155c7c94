//! The running product: a context that is cheap to clone. `http::serve` opens its front door.

mod examine;
mod ground;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::{
    analytics::shelf::Shelf,
    deliver::{self, Courier, NotTaken, Outside, Received},
    domain::{base_map::BaseMap, ids::GenerationId},
    flow::{Caller, Flow, audit::Mended, centre::NoCentre, rejection::Rejection, settings::NotPublished},
    identity::VaultError,
    store::StoreError,
    watch,
};

pub use crate::{
    store::{NewReport, Scratch},
    watch::{DeadMan, SelfChecks},
};
pub use examine::no_database;
pub use ground::{Ground, Maps, vault_beside};

/// What every handler works with.
#[derive(Clone)]
pub struct App {
    /// The use cases.
    pub flow: Flow,
    /// Drawn tiles of communes: map, zoom, column, row.
    pub tiles: Arc<Shelf<(GenerationId, [u32; 3])>>,
    /// How it looks after itself.
    pub checks: SelfChecks,
    /// A map of somebody else's under ours.
    pub base_map: Option<Arc<BaseMap>>,
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
    /// The database was written with a key, and there is none here; a new one would not fit, so none is made.
    #[error(
        "there is no key file {file}, and this database was written with a key (it has fingerprint {expected}): is this the right data folder? Bring the key file or IOC_SECRET_KEY of the first start"
    )]
    NoKey {
        /// Where it was looked for.
        file: String,
        /// Of the key that was used first.
        expected: String,
    },
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

    /// One round of the auditor: for hands that move the clock.
    pub async fn audit(&self) -> Result<Mended, Rejection> {
        watch::audit(&self.flow).await
    }

    /// Sends one report of our own the whole way; whether it went: for hands that move the clock.
    pub async fn canary(&self) -> Result<bool, Rejection> {
        watch::sing(&self.flow, self.checks.dead_man.as_ref()).await
    }

    /// Tells other systems everything that is due now, once.
    pub async fn deliver(&self) -> Result<(), Rejection> {
        Courier::new(self.flow.clone(), Outside::default()).round().await
    }

    /// A document system says something, with a key.
    pub async fn hear(&self, caller: &Caller, xml: &[u8]) -> Result<Received, Rejection> {
        match deliver::receive(&self.flow, caller, xml).await {
            Ok(received) => Ok(received),
            Err(NotTaken::Rejected(rejection)) => Err(rejection),
            Err(NotTaken::Unknown) => Err(Rejection::NotFound),
            Err(unreadable) => Err(Rejection::field("", "bad_document", unreadable.to_string())),
        }
    }

    /// Watches and delivers until the token is cancelled.
    pub async fn watch(self, stop: CancellationToken) {
        let courier = Courier::new(self.flow.clone(), Outside::default());
        tokio::join!(Box::pin(watch::run(self.flow, self.checks, stop.clone())), Box::pin(courier.run(stop)));
    }
}
