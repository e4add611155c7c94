//! What every command stands on before there is a centre: the store, the clock, the name of the centre.

use std::{path::Path, sync::Arc};

use super::{App, NotStarted, SelfChecks};
use crate::{
    domain::{
        boundary::{Activation, Generation},
        calendar::WorkingTime,
        clock::{Clock, Entropy, Timestamp},
        followed::{Asked, Followed},
        ids::{CenterId, GenerationId, KeyId, OfficeId, ProvinceCode},
        ladder::LadderData,
        office::Directory,
        ticket::{State, Ticket},
    },
    flow::{
        Centre, Flow,
        boundaries::{self, BoundaryError, Defects, Imported, Neighbours},
        centre::{self, NoCentre},
        hours::{self, NotLoaded},
        keys::{self, ListedKey, NoKey},
        prepared::PreparedMaps,
        preview::{self, Preview},
        settings::{self, NotPublished},
        successions::Mapping,
    },
    identity::{Vault, VaultError},
    locate::{Atlas, Territory, fetch::Progress},
    media::Darkroom,
    route::RuleBook,
    store::{DocumentKind, QueueQuery, Scratch, Store, StoreError},
};

/// Tickets read at a time.
const PAGE: i64 = 1_000;

/// The store, the clock and the name of the centre.
#[derive(Clone)]
pub struct Ground {
    /// Reports, tickets, events, settings.
    pub store: Store,
    /// Several instances over one PostgreSQL agree by its clock.
    pub clock: Clock,
    /// Ids, codes, salts.
    pub entropy: Entropy,
    /// Which centre.
    pub center: CenterId,
    /// Where maps are kept ready.
    pub prepared: PreparedMaps,
}

impl Ground {
    /// Opens (and makes) the database.
    pub async fn open(database_url: &str, center: &CenterId) -> Result<Self, StoreError> {
        if center.is_canary() {
            return Err(StoreError::Refused(format!("{center} is kept for self-checks: choose another --center")));
        }
        let store = Store::connect(database_url).await?;
        let clock = clock_for(&store).await?;
        Ok(Self { store, clock, entropy: Entropy::system(), center: center.clone(), prepared: PreparedMaps::default() })
    }

    /// The same, with maps kept ready beside the key and the photos.
    #[must_use]
    pub fn keeping_maps(mut self, data: &Path) -> Self {
        self.prepared = PreparedMaps::beside(data);
        self
    }

    /// The same store under a clock and a chance that a hand moves: for replays and the demonstration.
    #[must_use]
    pub fn by_hand(mut self, clock: Clock, entropy: Entropy) -> Self {
        (self.clock, self.entropy) = (clock, entropy);
        self
    }

    /// With key and photos from the data folder, everything that answers.
    pub async fn app(self, data: &Path, secret: Option<&str>) -> Result<App, NotStarted> {
        let Self { store, clock, entropy, center, prepared } = self;
        let file = data.join("ioc.key");
        if let Some((_, expected)) = store.document(&center, DocumentKind::Vault).await?
            && secret.is_none()
            && !file.exists()
        {
            return Err(NotStarted::NoKey { file: file.display().to_string(), expected });
        }
        let vault = Vault::open(secret, &file, &entropy)?;
        let darkroom = Darkroom::open(&data.join("media")).map_err(|why| NotStarted::Photos(why.to_string()))?;
        check_key(&store, &center, &vault, clock.now()).await?;
        let centre = Centre::load(&store, &center, None, &prepared, clock.now()).await?;
        let flow = Flow::new(store, clock, entropy, vault, darkroom, centre);
        Ok(App { flow, tiles: Arc::default(), checks: SelfChecks::default(), base_map: None })
    }

    /// Makes offices, rules and hours that a database with an active map still lacks.
    pub async fn furnish(&self) -> Result<(), NotStarted> {
        let plan = self.store.plan(&self.center).await?;
        let Some(active) = centre::in_force(&plan, self.clock.now()) else { return Ok(()) };
        if settings::lacks_any(&self.store, &self.center, &active.generation).await? {
            let map = self.prepared.named(&self.store, &active.generation).await?;
            settings::ensure(&self.store, &self.center, &map, None, self.clock.now()).await?;
        }
        Ok(())
    }

    async fn map_in_force(&self) -> Result<Option<Atlas>, NoCentre> {
        let plan = self.store.plan(&self.center).await?;
        match centre::in_force(&plan, self.clock.now()) {
            Some(active) => Ok(Some(self.prepared.named(&self.store, &active.generation).await?)),
            None => Ok(None),
        }
    }

    async fn map(&self) -> Result<Atlas, NoCentre> {
        self.map_in_force().await?.ok_or(NoCentre::NoBoundaries)
    }

    /// Every map of the plan.
    pub async fn maps(&self) -> Result<Maps, NoCentre> {
        let plan = self.store.plan(&self.center).await?;
        let mut atlases = vec![];
        for activation in &plan {
            atlases.push(self.prepared.named(&self.store, &activation.generation).await?);
        }
        let approximate = centre::approximate(&self.store.generations().await?);
        Ok(Maps { plan, atlases, approximate })
    }

    /// The centre in force.
    pub async fn centre(&self) -> Result<Centre, NoCentre> {
        Centre::load(&self.store, &self.center, None, &self.prepared, self.clock.now()).await
    }

    /// The rules in force, the starter set where there are none yet.
    pub async fn rules(&self) -> Result<RuleBook, NoCentre> {
        match centre::rules(&self.store, &self.center).await {
            Err(NoCentre::Missing(_)) => Ok(crate::route::starter_rules()),
            read => read.map(|(_, book)| book),
        }
    }

    /// The offices in force.
    pub async fn offices(&self) -> Result<Directory, NoCentre> {
        let plan = self.store.plan(&self.center).await?;
        let active = centre::in_force(&plan, self.clock.now()).ok_or(NoCentre::NoBoundaries)?;
        Ok(centre::offices(&self.store, &self.center, &active.generation).await?.1)
    }

    /// Starter offices for the map in force.
    pub async fn generate_offices(&self, province: Option<&ProvinceCode>) -> Result<Directory, NoCentre> {
        Ok(settings::generate(&self.center, &self.map().await?, province, None))
    }

    /// Puts offices into force, if the rules stay total; their version.
    pub async fn publish_offices(&self, directory: &Directory) -> Result<i64, NotPublished> {
        let map = self.map().await?;
        settings::publish_offices(&self.store, &self.center, &map, directory, self.clock.now()).await
    }

    /// Puts rules into force, if they are total; their version.
    pub async fn publish_rules(&self, book: &RuleBook) -> Result<i64, NotPublished> {
        let map = self.map().await?;
        settings::publish_rules(&self.store, &self.center, &map, book, self.clock.now()).await
    }

    /// The working time in force.
    pub async fn working_time(&self) -> Result<WorkingTime, NotLoaded> {
        hours::working_time(&self.store, &self.center).await
    }

    /// Puts a year of working days into force; the version.
    pub async fn load_year(&self, year: hours::Year) -> Result<i64, NotLoaded> {
        hours::load_year(&self.store, &self.center, year, self.clock.now()).await
    }

    /// Puts a ladder into force; the version.
    pub async fn publish_ladder(&self, data: &LadderData) -> Result<i64, NotLoaded> {
        hours::publish_ladder(&self.store, &self.center, data, self.clock.now()).await
    }

    /// Makes a key for existing offices; the text is shown this once.
    pub async fn create_key(&self, name: &str, scopes: &[String]) -> Result<String, NoKey> {
        let offices = self.offices().await?;
        keys::create(&self.store, &self.center, &offices, name, scopes, self.clock.now(), &self.entropy).await
    }

    /// All keys, never the keys themselves.
    pub async fn keys(&self) -> Result<Vec<ListedKey>, StoreError> {
        keys::list(&self.store, &self.center).await
    }

    /// Ends a key; whether it was one that still worked.
    pub async fn revoke_key(&self, id: KeyId) -> Result<bool, StoreError> {
        self.store.revoke_key(&self.center, id, self.clock.now()).await
    }

    /// Every kept map.
    pub async fn generations(&self) -> Result<Vec<Generation>, StoreError> {
        self.store.generations().await
    }

    /// The map that was brought in last.
    pub async fn newest_generation(&self) -> Result<Option<GenerationId>, StoreError> {
        let all = self.store.generations().await?;
        Ok(all.into_iter().max_by_key(|generation| generation.imported_at).map(|generation| generation.id))
    }

    /// Reads a file or folder and keeps it.
    pub async fn import_boundaries(&self, path: &Path, id: GenerationId) -> Result<Imported, BoundaryError> {
        self.import_defective(path, id, Defects::Keep).await
    }

    /// The same where it is known what is to become of invalid polygons.
    pub async fn import_defective(
        &self,
        path: &Path,
        id: GenerationId,
        defects: Defects,
    ) -> Result<Imported, BoundaryError> {
        boundaries::import(&self.store, path, id, defects, self.clock.now()).await
    }

    /// Brings the published files and keeps them.
    pub async fn fetch_boundaries(
        &self,
        province: Option<&ProvinceCode>,
        neighbours: &Neighbours,
        base_url: Option<&str>,
        cache: &Path,
        progress: impl Fn(Progress) + Send + Sync,
    ) -> Result<Imported, BoundaryError> {
        boundaries::fetch(&self.store, province, neighbours, base_url, cache, progress, self.clock.now()).await
    }

    /// Keeps the approximate set from inside the binary.
    pub async fn import_approximate(&self) -> Result<Imported, BoundaryError> {
        boundaries::import_approximate(&self.store, self.clock.now()).await
    }

    /// Puts a map into force, from `effective` or from now on.
    pub async fn activate(&self, id: &GenerationId, effective: Option<Timestamp>) -> Result<(), BoundaryError> {
        self.activate_mapped(id, effective, None).await
    }

    /// The same with a file of successors that overrules what the ground suggests.
    pub async fn activate_mapped(
        &self,
        id: &GenerationId,
        effective: Option<Timestamp>,
        mapping: Option<&Mapping>,
    ) -> Result<(), BoundaryError> {
        let now = self.clock.now();
        boundaries::activate(&self.store, &self.center, id, effective.unwrap_or(now), mapping, now).await
    }

    /// What a map would change against another; each is the name of a kept one, a file or a folder.
    pub async fn preview(&self, old: &str, new: &str) -> Result<Preview, BoundaryError> {
        let (old, new) = (preview::territories(&self.store, old).await?, preview::territories(&self.store, new).await?);
        preview::preview(&self.store, &self.center, old, new, self.clock.now()).await
    }

    /// Takes back the last activation.
    pub async fn rollback(&self) -> Result<Activation, BoundaryError> {
        boundaries::rollback(&self.store, &self.center, self.clock.now()).await
    }

    /// The polygons of the map in force, or of the first one, as they are kept.
    pub async fn territories(&self) -> Result<Vec<Territory>, NoCentre> {
        let plan = self.store.plan(&self.center).await?;
        let active = centre::in_force(&plan, self.clock.now()).ok_or(NoCentre::NoBoundaries)?;
        centre::territories(&self.store, &active.generation).await
    }

    /// Keeps polygons as a map of their own.
    pub async fn keep(&self, territories: Vec<Territory>, id: GenerationId) -> Result<(), BoundaryError> {
        boundaries::keep_territories(&self.store, territories, id, self.clock.now()).await
    }

    /// Another database on the same engine, empty, that is gone with the returned value.
    pub async fn scratch(&self) -> Result<Scratch, StoreError> {
        self.store.scratch(&self.entropy.bytes::<8>()).await
    }

    /// The open tickets of an office, as they are stored.
    pub async fn open_tickets(&self, office: &OfficeId) -> Result<Vec<Ticket>, StoreError> {
        let states = State::ALL.into_iter().filter(|state| state.is_open()).collect::<Vec<_>>();
        let (mut tickets, mut after) = (Vec::new(), None);
        loop {
            let query = QueueQuery { center: &self.center, office, states: &states, after, limit: PAGE };
            let page = self.store.queue(&query).await?;
            let Some(last) = page.last() else { return Ok(tickets) };
            after = Some((last.ticket.resolve_by, last.ticket.id));
            tickets.extend(page.into_iter().map(|item| item.ticket));
        }
    }

    /// The activations, ascending.
    pub async fn plan(&self) -> Result<Vec<Activation>, StoreError> {
        self.store.plan(&self.center).await
    }
}

/// Every map of the plan with its days.
pub struct Maps {
    plan: Vec<Activation>,
    atlases: Vec<Atlas>,
    approximate: Vec<GenerationId>,
}

impl Maps {
    /// The map valid at a moment; the first one for anything earlier, None where none was ever activated.
    pub fn at(&self, at: Timestamp) -> Option<&Atlas> {
        let generation = &centre::in_force(&self.plan, at).or(self.plan.first())?.generation;
        self.atlases.iter().find(|map| map.generation() == generation)
    }

    /// Whether a map says of itself that it is no survey.
    pub fn is_approximate(&self, map: &Atlas) -> bool {
        self.approximate.contains(map.generation())
    }
}

/// The sealing key of a data folder; None where there is neither a file nor a secret. None is made.
pub fn vault_beside(data: &Path, secret: Option<&str>) -> Result<Option<Vault>, VaultError> {
    let file = data.join("ioc.key");
    if secret.is_none() && !file.exists() {
        return Ok(None);
    }
    Vault::open(secret, &file, &Entropy::system()).map(Some)
}

async fn clock_for(store: &Store) -> Result<Clock, StoreError> {
    if store.engine() == "sqlite" {
        return Ok(Clock::System);
    }
    let asked = Asked::now();
    Ok(Clock::Database(Followed::from(asked.answered(store.database_now().await?))))
}

async fn check_key(store: &Store, center: &CenterId, vault: &Vault, now: Timestamp) -> Result<(), NotStarted> {
    let ours = vault.fingerprint();
    let first = match store.document(center, DocumentKind::Vault).await? {
        Some((_, first)) => first,
        // Of instances that start together, the first one's key is everybody's.
        None => store.establish_document(center, DocumentKind::Vault, &ours, now).await?,
    };
    if first == ours { Ok(()) } else { Err(NotStarted::WrongKey { expected: first }) }
}
