//! The maps, offices, rules and working hours in force: everything a decision reads, in one value.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, OnceLock},
};

use super::{
    drawings::{Drawings, Drawn},
    prepared::PreparedMaps,
};
use crate::{
    domain::{
        boundary::{Activation, Commune, Generation},
        category::Category,
        clock::Timestamp,
        ids::{CategoryCode, CenterId, CommuneCode, GenerationId, OfficeId},
        office::{Directory, Office},
        placement::Placement,
        position::Position,
        report::{Report, Whereabouts},
        ticket::Ticket,
    },
    locate::{self, Atlas, Territory, diff::Succession},
    queue::{self, Calendar, Ladder, Setting},
    route::{NotTotal, Routes, RuleBook, Versions},
    store::{DocumentKind, Store, StoreError},
};

/// One operations centre, ready to decide.
#[derive(Debug)]
pub struct Centre {
    /// Which.
    pub id: CenterId,
    /// Who answers for what.
    pub routes: Routes,
    /// Working hours.
    pub calendar: Calendar,
    /// What tickets climb that nobody acts on.
    pub ladder: Ladder,
    /// The map in force.
    pub generation: Generation,
    /// Settings of placing.
    pub policy: locate::Policy,
    prepared: PreparedMaps,
    revision: i64,
    plan: Vec<Activation>,
    maps: Vec<Arc<Atlas>>,
    approximate: Vec<GenerationId>,
    outlines: OnceLock<BTreeMap<CommuneCode, geojson::Geometry>>,
    drawings: Drawings,
    former: Former,
    successions: HashMap<GenerationId, Vec<Succession>>,
}

/// The offices of other maps, by the maps' names.
type Former = BTreeMap<OfficeId, BTreeMap<GenerationId, Office>>;

/// Outlines for maps may be off by this many degrees (about 100 m).
const OUTLINE_TOLERANCE: f64 = 0.001;

/// Why there is no centre to decide with.
#[derive(Debug, thiserror::Error)]
pub enum NoCentre {
    /// Nothing was ever activated.
    #[error(
        "no boundaries are active: run `ioc boundaries fetch --province 11` (or `import PATH`), then `ioc boundaries activate GEN`"
    )]
    NoBoundaries,
    /// No offices, rules or hours for the active map.
    #[error(
        "no {0} for the active boundaries: `ioc serve` makes the starter set on a fresh database; `ioc offices generate` makes it by hand"
    )]
    Missing(&'static str),
    /// A stored document cannot be read.
    #[error("the stored {0} cannot be read: {1}")]
    Unreadable(&'static str, String),
    /// The rules are not total over the active map.
    #[error("the rules do not give every commune and category exactly one office:\n{0}")]
    NotTotal(#[from] NotTotal),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Centre {
    /// Reads everything in force at `now`; maps that `old` already holds are not built again.
    pub async fn load(
        store: &Store,
        id: &CenterId,
        old: Option<&Self>,
        prepared: &PreparedMaps,
        now: Timestamp,
    ) -> Result<Self, NoCentre> {
        let revision = store.revision().await?;
        let plan = store.plan(id).await?;
        let active = in_force(&plan, now).ok_or(NoCentre::NoBoundaries)?.generation.clone();
        let generations = store.generations().await?;
        let approximate = approximate(&generations);
        let generation = generations.iter().find(|g| g.id == active).ok_or(NoCentre::NoBoundaries)?.clone();
        let mut maps = vec![];
        for activation in &plan {
            let known = old.and_then(|old| old.map(&activation.generation));
            let of = |generation: &&Generation| generation.id == activation.generation;
            let generation = generations.iter().find(of).ok_or(NoCentre::NoBoundaries)?;
            maps.push(match known {
                Some(known) => known,
                None => Arc::new(prepared.atlas(store, generation).await?),
            });
        }
        let today = maps.iter().find(|map| *map.generation() == active).ok_or(NoCentre::NoBoundaries)?;
        let (offices, directory) = offices(store, id, &active).await?;
        let (rules, book) = rules(store, id).await?;
        let communes = today.communes().filter(|commune| commune.province == directory.province);
        let routes = Routes::compile(book, directory.clone(), communes, Versions { rules, offices })?;
        let (calendar, ladder) = (calendar(store, id).await?, ladder(store, id).await?);
        let policy = locate::Policy::default();
        let (former, successions) = before(store, id, &active).await?;
        Ok(Self {
            id: id.clone(),
            routes,
            calendar,
            ladder,
            generation,
            policy,
            prepared: prepared.clone(),
            revision,
            plan,
            maps,
            approximate,
            outlines: OnceLock::new(),
            drawings: Drawings::default(),
            former,
            successions,
        })
    }

    /// The same map, rules and hours in the name of this centre's canary.
    #[must_use]
    pub fn canary(&self) -> Self {
        Self {
            id: self.id.canary(),
            routes: self.routes.clone(),
            calendar: self.calendar.clone(),
            ladder: self.ladder.clone(),
            generation: self.generation.clone(),
            policy: self.policy,
            prepared: self.prepared.clone(),
            revision: self.revision,
            plan: self.plan.clone(),
            maps: self.maps.clone(),
            approximate: self.approximate.clone(),
            outlines: OnceLock::new(),
            drawings: Drawings::default(),
            former: self.former.clone(),
            successions: self.successions.clone(),
        }
    }

    /// Whether the store has moved on, or the plan has come to its next map.
    pub fn is_outdated(&self, revision: i64, now: Timestamp) -> bool {
        revision != self.revision || in_force(&self.plan, now).is_none_or(|a| a.generation != self.generation.id)
    }

    /// The number of the plan and the settings that this was read by.
    pub fn revision(&self) -> i64 {
        self.revision
    }

    /// Where its maps are kept ready.
    pub fn prepared(&self) -> &PreparedMaps {
        &self.prepared
    }

    /// The other maps that were ever in the plan.
    pub fn earlier_maps(&self) -> impl Iterator<Item = &GenerationId> {
        self.successions.keys()
    }

    /// An office of today, or one of an earlier map that still has tickets in hand.
    pub fn office(&self, id: &OfficeId) -> Option<&Office> {
        self.routes.office(id).or_else(|| self.former.get(id)?.values().next_back())
    }

    /// An office as it was on that map. Ids are made of communes' codes, and codes are re-used.
    pub fn office_on(&self, map: &GenerationId, id: &OfficeId) -> Option<&Office> {
        if *map == self.generation.id { self.routes.office(id) } else { self.former.get(id)?.get(map) }
    }

    /// Whether a map is in force or ever was.
    pub fn knows(&self, map: &GenerationId) -> bool {
        *map == self.generation.id || self.successions.contains_key(map)
    }

    /// The commune on the map in force that follows this one of another map.
    pub fn successor(&self, map: &GenerationId, commune: &CommuneCode) -> Option<&CommuneCode> {
        let successions = self.successions.get(map)?;
        successions.iter().find(|succession| succession.old == *commune).map(|succession| &succession.new)
    }

    /// Whose a ticket is now that somebody had passed on to this office.
    pub fn heir(&self, office: &OfficeId, category: &CategoryCode) -> &OfficeId {
        let known = self.routes.office(office).map(|office| &office.id);
        let heir = || {
            let (map, office) = self.former.get(office)?.last_key_value()?;
            let commune = self.successor(map, office.commune.as_ref()?)?;
            self.routes.office_for(category, commune).map(|(office, _)| &office.id)
        };
        known.or_else(heir).unwrap_or(self.routes.desk())
    }

    fn map(&self, generation: &GenerationId) -> Option<Arc<Atlas>> {
        self.maps.iter().find(|map| map.generation() == generation).cloned()
    }

    /// The map valid at `at`: what was planned for then, the first map for anything earlier.
    pub fn map_at(&self, at: Timestamp) -> &Atlas {
        let generation = in_force(&self.plan, at).or(self.plan.first()).map(|activation| &activation.generation);
        let planned = self.maps.iter().find(|map| Some(map.generation()) == generation);
        planned.map_or_else(|| self.map_today(), |map| map.as_ref())
    }

    /// The map in force.
    pub fn map_today(&self) -> &Atlas {
        let today = self.maps.iter().find(|map| *map.generation() == self.generation.id);
        today.expect("a centre is only made with the map in force")
    }

    /// Whether a map says of itself that it is no survey.
    pub fn is_approximate(&self, map: &GenerationId) -> bool {
        self.approximate.contains(map)
    }

    /// The communes that this centre answers for.
    pub fn served(&self) -> impl Iterator<Item = &Commune> {
        super::settings::served(self.map_today(), &self.routes.directory().province)
    }

    /// Whether a commune of the map in force belongs to another province.
    pub fn is_foreign(&self, code: &CommuneCode) -> bool {
        let home = &self.routes.directory().province;
        self.map_today().commune(code).is_some_and(|commune| commune.province != *home)
    }

    /// A commune's simplified outline, drawn once per centre.
    pub fn outline(&self, code: &CommuneCode) -> Option<&geojson::Geometry> {
        let draw = || {
            let outlines = self.map_today().outlines(OUTLINE_TOLERANCE);
            outlines.into_iter().map(|(commune, shape)| (commune.code, geojson::Geometry::from(&shape))).collect()
        };
        self.outlines.get_or_init(draw).get(code)
    }

    /// The communes as a vector tile of that zoom draws them.
    pub fn drawings(&self, zoom: u8) -> &[Drawn] {
        self.drawings.at(zoom, self.map_today())
    }

    /// The communes of the map in force that cover a point, degrees.
    pub fn at(&self, lon: f64, lat: f64) -> impl Iterator<Item = &Commune> {
        let mut covering = vec![];
        if let Ok(position) = Position::new(lon, lat) {
            self.map_today().covering(position, &mut covering);
        }
        covering.into_iter().filter_map(|number| self.map_today().numbered(number))
    }

    /// Places a report on one map.
    pub fn place(&self, report: &Report, map: &Atlas) -> Placement {
        let unplaced = || Placement::unplaced(map.generation().clone());
        match &report.whereabouts {
            Whereabouts::Fix(fix) => map.place(fix, report.stated_commune.as_ref(), self.policy),
            Whereabouts::Place { commune, .. } => map.place_by_name(commune).unwrap_or_else(unplaced),
            Whereabouts::Unknown => unplaced(),
        }
    }

    /// Places on the map in force what was placed before on another one. Codes are never carried over: what the sender
    /// has said (and the position alone does not) is read as the commune that follows the one of then.
    pub fn place_anew(&self, report: &Report, map: &GenerationId, commune: Option<&CommuneCode>) -> Placement {
        let today = self.map_today();
        let unplaced = || Placement::unplaced(today.generation().clone());
        let follows = commune.and_then(|commune| self.successor(map, commune));
        match &report.whereabouts {
            Whereabouts::Fix(fix) => {
                let anew = today.place(fix, None, self.policy);
                let by_position = |map: Arc<Atlas>| map.place(fix, None, self.policy).commune;
                let stated = || self.map(map).map(by_position).is_some_and(|found| found.as_ref() != commune);
                // Placing with an accuracy is dear: where both agree, the map before need not be asked.
                match follows {
                    Some(follows) if anew.commune.as_ref() != Some(follows) && stated() => {
                        today.place(fix, Some(follows), self.policy)
                    }
                    _ => anew,
                }
            }
            Whereabouts::Place { commune: named, .. } if commune.is_none() => {
                today.place_by_name(named).unwrap_or_else(unplaced)
            }
            _ => follows.and_then(|commune| today.place_by_name(commune)).unwrap_or_else(unplaced),
        }
    }

    /// What a decision about a ticket of this category needs to know.
    pub fn setting<'a>(&'a self, category: &'a Category, now: Timestamp) -> Setting<'a> {
        Setting { calendar: &self.calendar, ladder: &self.ladder, category, desk: self.routes.desk(), now }
    }

    /// The category of a ticket: rule books keep retired categories, so it is always known.
    pub fn category_of(&self, ticket: &Ticket) -> Option<&Category> {
        self.category(&ticket.category)
    }

    /// The category of that code.
    pub fn category(&self, code: &CategoryCode) -> Option<&Category> {
        self.routes.category(code)
    }
}

/// The activation that holds at `at`: the last one whose day has come.
pub fn in_force(plan: &[Activation], at: Timestamp) -> Option<&Activation> {
    plan.iter().rev().find(|activation| activation.effective <= at)
}

/// The maps that are no surveys.
pub fn approximate(generations: &[Generation]) -> Vec<GenerationId> {
    generations.iter().filter(|generation| generation.approximate).map(|generation| generation.id.clone()).collect()
}

/// The polygons of a map, as they are kept.
pub async fn territories(store: &Store, generation: &GenerationId) -> Result<Vec<Territory>, NoCentre> {
    let stored = store.communes(generation).await?;
    let territories = stored.into_iter().map(|commune| {
        let shape = locate::shape::decode(&commune.shape)
            .map_err(|why| NoCentre::Unreadable("polygon", format!("{}: {why}", commune.commune.code)))?;
        Ok(Territory { commune: commune.commune, shape })
    });
    territories.collect()
}

/// The map of that name, read from the store and indexed.
pub async fn atlas(store: &Store, generation: &GenerationId) -> Result<Atlas, NoCentre> {
    Ok(Atlas::build(generation.clone(), territories(store, generation).await?))
}

/// The newest offices written for this map, with their version.
pub async fn offices(store: &Store, id: &CenterId, map: &GenerationId) -> Result<(i64, Directory), NoCentre> {
    let (version, text) = store.document(id, DocumentKind::Offices(map)).await?.ok_or(NoCentre::Missing("offices"))?;
    let read = serde_json::from_str(&text).map_err(|why| NoCentre::Unreadable("offices", why.to_string()))?;
    Ok((version, read))
}

/// The newest rule book with its version.
pub async fn rules(store: &Store, id: &CenterId) -> Result<(i64, RuleBook), NoCentre> {
    let (version, text) = store.document(id, DocumentKind::Rules).await?.ok_or(NoCentre::Missing("rules"))?;
    let read = serde_json::from_str(&text).map_err(|why| NoCentre::Unreadable("rules", why.to_string()))?;
    Ok((version, read))
}

/// The offices of all other maps that were ever in force, and who follows whom from there.
async fn before(
    store: &Store,
    id: &CenterId,
    active: &GenerationId,
) -> Result<(Former, HashMap<GenerationId, Vec<Succession>>), NoCentre> {
    let (mut former, mut successions) = (Former::new(), HashMap::new());
    for map in store.activated(id).await?.into_iter().filter(|map| map != active) {
        if let Some((_, text)) = store.document(id, DocumentKind::Offices(&map)).await? {
            let read: Directory =
                serde_json::from_str(&text).map_err(|why| NoCentre::Unreadable("offices", why.to_string()))?;
            for office in read.offices {
                former.entry(office.id.clone()).or_default().insert(map.clone(), office);
            }
        }
        let known = successions_of(store, id, &map, active).await?.unwrap_or_default();
        successions.insert(map, known);
    }
    Ok((former, successions))
}

/// Who follows whom from one map to another, if that was worked out.
pub async fn successions_of(
    store: &Store,
    id: &CenterId,
    from: &GenerationId,
    to: &GenerationId,
) -> Result<Option<Vec<Succession>>, NoCentre> {
    let Some((_, text)) = store.document(id, DocumentKind::Successions(from, to)).await? else { return Ok(None) };
    serde_json::from_str(&text).map(Some).map_err(|why| NoCentre::Unreadable("successions", why.to_string()))
}

async fn calendar(store: &Store, id: &CenterId) -> Result<Calendar, NoCentre> {
    let (_, text) = store.document(id, DocumentKind::WorkingTime).await?.ok_or(NoCentre::Missing("working hours"))?;
    let data = serde_json::from_str(&text).map_err(|why| NoCentre::Unreadable("working hours", why.to_string()))?;
    Calendar::new(data).map_err(|why| NoCentre::Unreadable("working hours", why.to_string()))
}

/// The province's own ladder, else the one that is built in.
async fn ladder(store: &Store, id: &CenterId) -> Result<Ladder, NoCentre> {
    let unreadable = |why: String| NoCentre::Unreadable("ladder", why);
    let data = match store.document(id, DocumentKind::Ladder).await? {
        Some((_, text)) => serde_json::from_str(&text).map_err(|why| unreadable(why.to_string()))?,
        None => queue::starter_ladder(),
    };
    Ladder::new(data).map_err(|why| unreadable(why.to_string()))
}
