//! One file per use case: the stages in their order, then one commit. Only this room knows the order.
//!
//! Everything that decides reads one [`Centre`]: the maps, offices, rules and working hours in force. It is swapped as
//! a whole when any of them changes, so no decision mixes two versions.

pub mod audit;
pub mod backup;
pub mod boundaries;
pub mod canary;
pub mod centre;
pub mod change;
pub mod checks;
pub mod claim;
pub mod destinations;
pub mod develop;
pub mod documents;
pub mod drawings;
pub mod duplicates;
pub mod elapse;
pub mod feed;
pub mod follow;
pub mod handle;
pub mod hours;
pub mod keys;
pub mod ladder;
pub mod locate;
pub mod look;
pub mod nearby;
pub mod prepared;
pub mod preview;
pub mod public;
pub mod pulse;
pub mod receipt;
pub mod redrawn;
pub mod rejection;
pub mod restore;
pub mod retention;
pub mod session;
pub mod settings;
pub mod status;
pub mod submit;
pub mod successions;
pub mod team;
pub mod uploads;
pub mod view;
pub mod vitals;
pub mod words;

use std::sync::Arc;

use arc_swap::ArcSwap;

pub use centre::Centre;
pub use rejection::Rejection;

/// Words of the use cases' own signatures: who asks, what a photo comes as, and why an office refuses.
pub use crate::{
    identity::Caller,
    media::Original,
    queue::{Refusal, RefusalReason},
};

use crate::{
    domain::{
        clock::{Clock, Entropy},
        ids::CenterId,
    },
    identity::Vault,
    media::Darkroom,
    store::Store,
};

/// What every use case works with; cheap to clone.
#[derive(Clone)]
pub struct Flow {
    /// Reports, tickets, events.
    pub store: Store,
    /// Now.
    pub clock: Clock,
    /// Ids, codes, salts.
    pub entropy: Entropy,
    /// Seals contacts, derives secrets.
    pub vault: Vault,
    /// Cleans and keeps photos.
    pub darkroom: Darkroom,
    /// Beats with every commit.
    pub pulse: pulse::Pulse,
    /// Backups that this server makes by itself; None: none.
    pub backups: Option<backup::Schedule>,
    /// How this process is.
    pub vitals: vitals::Vitals,
    /// How long deliveries are kept.
    pub retention: retention::Retention,
    centre: Arc<ArcSwap<Centre>>,
}

impl Flow {
    /// Over a centre that was loaded.
    pub fn new(store: Store, clock: Clock, entropy: Entropy, vault: Vault, darkroom: Darkroom, centre: Centre) -> Self {
        let (pulse, vitals) = (pulse::Pulse::default(), vitals::Vitals::default());
        let (backups, retention) = (None, retention::Retention::default());
        let centre = Arc::new(ArcSwap::from_pointee(centre));
        Self { store, clock, entropy, vault, darkroom, pulse, backups, vitals, retention, centre }
    }

    /// The same, writing through another store: the one that a leader was given.
    #[must_use]
    pub fn through(&self, store: Store) -> Self {
        Self { store, ..self.clone() }
    }

    /// The centre as it is now: take it once per use case.
    pub fn centre(&self) -> Arc<Centre> {
        self.centre.load_full()
    }

    /// Which centre this process serves.
    pub fn center_id(&self) -> CenterId {
        self.centre.load().id.clone()
    }

    /// Takes over changed maps, offices, rules or hours; whether anything changed. A change that cannot be taken over
    /// leaves the centre as it was.
    pub async fn refresh(&self) -> Result<bool, centre::NoCentre> {
        let old = self.centre();
        let now = self.clock.now();
        if !old.is_outdated(self.store.revision().await?, now) {
            return Ok(false);
        }
        let fresh = Centre::load(&self.store, &old.id, Some(&old), old.prepared(), now).await?;
        self.centre.store(Arc::new(fresh));
        Ok(true)
    }
}
