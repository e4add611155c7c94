//! Offices, rules and working hours: the starter set of a fresh database, and changes that people make.

use std::collections::{BTreeMap, BTreeSet};

use super::centre::{self, NoCentre};
use crate::{
    domain::{
        boundary::Commune,
        category::Level,
        clock::Timestamp,
        ids::{CategoryCode, CenterId, CommuneCode, GenerationId, OfficeId, ProvinceCode},
        office::{Directory, Office},
    },
    locate::Atlas,
    queue,
    route::{self, NotTotal, Routes, RuleBook, Versions},
    store::{DocumentKind, Store, StoreError},
};

/// Why a change of offices or rules was refused. The last total ones stay in force.
#[derive(Debug, thiserror::Error)]
pub enum NotPublished {
    /// It would leave a commune and category without an office, or with two.
    #[error("refused, the last total rules stay in force:\n{0}")]
    NotTotal(#[from] NotTotal),
    /// The file was written for somebody else.
    #[error(
        "refused: the file says center = \"{found}\", this is {ours}; correct that line, or choose the other one with --center"
    )]
    OtherCentre {
        /// In the file.
        found: CenterId,
        /// Where it was brought in.
        ours: CenterId,
    },
    /// The file names communes of a map that is not in force.
    #[error(
        "refused: the file says generation = \"{found}\", {in_force} is in force and its codes may mean other communes; start from `ioc offices generate`"
    )]
    OtherMap {
        /// In the file.
        found: GenerationId,
        /// The map in force.
        in_force: GenerationId,
    },
    /// An office that still has work would be gone.
    #[error("refused, these offices would be gone and still have open tickets: {}; keep them, or transfer their tickets first", told(.0))]
    OfficesAtWork(Vec<(OfficeId, i64)>),
    /// A category that was offered would be gone.
    #[error("refused, these categories would be gone: {}; keep each and retire it instead: retired = true", .0.join(", "))]
    CategoriesGone(Vec<String>),
    /// A category that has tickets would have no office.
    #[error("refused, these categories had offices that answer and would be sent elsewhere: {}; retire each (retired = true) and add another for what the law sends elsewhere", .0.join(", "))]
    CategoriesSentElsewhere(Vec<String>),
    /// No map to prove it on.
    #[error(transparent)]
    NoCentre(#[from] NoCentre),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn told(offices: &[(OfficeId, i64)]) -> String {
    offices.iter().map(|(id, count)| format!("{id} ({count})")).collect::<Vec<_>>().join(", ")
}

/// What the offices of a new map are made from, beside the map.
#[derive(Debug, Clone)]
pub struct Earlier {
    /// The offices of the map before.
    pub directory: Directory,
    /// The commune of the map before, by the commune of the new map that is the same unit.
    pub same: BTreeMap<CommuneCode, CommuneCode>,
    /// Ids of offices of any map before: another unit never gets one of these.
    pub taken: BTreeSet<OfficeId>,
}

/// Communes of one province on one map.
pub fn served<'a>(map: &'a Atlas, province: &'a ProvinceCode) -> impl Iterator<Item = &'a Commune> {
    map.communes().filter(move |commune| commune.province == *province)
}

/// Whether a map has no offices yet, or the centre no rules or hours.
pub async fn lacks_any(store: &Store, center: &CenterId, map: &GenerationId) -> Result<bool, StoreError> {
    for kind in [DocumentKind::WorkingTime, DocumentKind::Rules, DocumentKind::Offices(map)] {
        if store.document(center, kind).await?.is_none() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Makes what is missing of offices, rules and hours for the map; what people have edited stays. Offices of an earlier
/// map are taken over where the unit is the same one: codes are re-used for other territory.
pub async fn ensure(
    store: &Store,
    center: &CenterId,
    map: &Atlas,
    earlier: Option<&Earlier>,
    now: Timestamp,
) -> Result<(), NotPublished> {
    if store.document(center, DocumentKind::WorkingTime).await?.is_none() {
        establish(store, center, DocumentKind::WorkingTime, &queue::starter_working_time(), now).await?;
    }
    if store.document(center, DocumentKind::Rules).await?.is_none() {
        establish(store, center, DocumentKind::Rules, &route::starter_rules(), now).await?;
    }
    if store.document(center, DocumentKind::Offices(map.generation())).await?.is_none() {
        let directory = generate(center, map, None, earlier);
        establish(store, center, DocumentKind::Offices(map.generation()), &directory, now).await?;
    }
    Ok(())
}

/// The starter directory for a map: of the province asked for, else of the earlier directory's, else of the province
/// with most communes on the map.
pub fn generate(
    center: &CenterId,
    map: &Atlas,
    province: Option<&ProvinceCode>,
    earlier: Option<&Earlier>,
) -> Directory {
    let province = province.or(earlier.map(|earlier| &earlier.directory.province)).or_else(|| commonest(map)).cloned();
    let province = province.expect("a map has at least one commune");
    let mut directory = route::starter_directory(&province, map.generation(), served(map, &province));
    directory.center = center.clone();
    let Some(earlier) = earlier else { return directory };
    for office in &mut directory.offices {
        take_over(office, earlier);
    }
    directory
}

/// An office of the same unit keeps its id, so that its keys and tickets stay its own, and what people have filled in; a
/// new unit whose code was another's gets an id that nobody had.
fn take_over(office: &mut Office, earlier: &Earlier) {
    let Some(code) = &office.commune else {
        if let Some(known) = earlier.directory.office(&office.id) {
            *office = known.clone();
        }
        return;
    };
    let same = earlier.same.get(code);
    let known = same.and_then(|old| earlier.directory.offices.iter().find(|known| known.commune.as_ref() == Some(old)));
    if let Some(known) = known {
        let fresh = std::mem::replace(office, known.clone());
        (office.commune, office.name) = (fresh.commune, fresh.name);
    } else if earlier.taken.contains(&office.id) {
        let mut numbered = (2..).filter_map(|number: u32| format!("{}-{number}", office.id).parse().ok());
        let free = numbered.find(|id| !earlier.taken.contains(id));
        office.id = free.unwrap_or_else(|| office.id.clone());
    }
}

fn commonest(map: &Atlas) -> Option<&ProvinceCode> {
    let mut counts = BTreeMap::new();
    for commune in map.communes() {
        *counts.entry(&commune.province).or_insert(0_u32) += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(province, _)| province)
}

/// Publishes offices of this centre and map, if the rules stay total with them and none that has open tickets is gone.
pub async fn publish_offices(
    store: &Store,
    center: &CenterId,
    map: &Atlas,
    directory: &Directory,
    now: Timestamp,
) -> Result<i64, NotPublished> {
    if directory.center != *center {
        return Err(NotPublished::OtherCentre { found: directory.center.clone(), ours: center.clone() });
    }
    if directory.generation != *map.generation() {
        let (found, in_force) = (directory.generation.clone(), map.generation().clone());
        return Err(NotPublished::OtherMap { found, in_force });
    }
    let (_, book) = centre::rules(store, center).await?;
    prove(book, directory.clone(), map)?;
    keep_those_at_work(store, center, directory).await?;
    publish(store, center, DocumentKind::Offices(&directory.generation), directory, now).await
}

/// An office may go once nothing open is left in its queue.
async fn keep_those_at_work(store: &Store, center: &CenterId, directory: &Directory) -> Result<(), NotPublished> {
    let before = match centre::offices(store, center, &directory.generation).await {
        Err(NoCentre::Missing(_)) => return Ok(()),
        read => read?.1,
    };
    let mut at_work = store.open_tickets_by_office(center).await?;
    at_work.retain(|(id, _)| before.office(id).is_some() && directory.office(id).is_none());
    if at_work.is_empty() { Ok(()) } else { Err(NotPublished::OfficesAtWork(at_work)) }
}

/// Publishes rules, if they are total over the offices in force and every category stays what its tickets need.
pub async fn publish_rules(
    store: &Store,
    center: &CenterId,
    map: &Atlas,
    book: &RuleBook,
    now: Timestamp,
) -> Result<i64, NotPublished> {
    let (_, directory) = centre::offices(store, center, map.generation()).await?;
    prove(book.clone(), directory, map)?;
    match centre::rules(store, center).await {
        Err(NoCentre::Missing(_)) => {}
        before => keep_categories(&before?.1, book)?,
    }
    publish(store, center, DocumentKind::Rules, book, now).await
}

/// Saved reports and tickets name categories for ever: none may go, and none that was answered here may be sent elsewhere.
fn keep_categories(before: &RuleBook, book: &RuleBook) -> Result<(), NotPublished> {
    let (mut gone, mut elsewhere) = (vec![], vec![]);
    for old in &before.categories {
        match book.categories.iter().find(|category| category.code == old.code) {
            None => gone.push(old.code.to_string()),
            Some(new) if new.level == Level::Elsewhere && old.level != Level::Elsewhere => {
                elsewhere.push(old.code.to_string());
            }
            Some(_) => {}
        }
    }
    if !gone.is_empty() {
        return Err(NotPublished::CategoriesGone(gone));
    }
    if elsewhere.is_empty() { Ok(()) } else { Err(NotPublished::CategoriesSentElsewhere(elsewhere)) }
}

fn prove(book: RuleBook, directory: Directory, map: &Atlas) -> Result<Routes, NotTotal> {
    let province = directory.province.clone();
    Routes::compile(book, directory, served(map, &province), Versions::default())
}

async fn publish(
    store: &Store,
    center: &CenterId,
    kind: DocumentKind<'_>,
    value: &impl serde::Serialize,
    now: Timestamp,
) -> Result<i64, NotPublished> {
    let text = serde_json::to_string(value).map_err(|why| StoreError::Corrupt(why.to_string()))?;
    Ok(store.publish_document(center, kind, &text, now).await?)
}

/// The same where there is none yet: instances that start together make it once.
async fn establish(
    store: &Store,
    center: &CenterId,
    kind: DocumentKind<'_>,
    value: &impl serde::Serialize,
    now: Timestamp,
) -> Result<(), NotPublished> {
    let text = serde_json::to_string(value).map_err(|why| StoreError::Corrupt(why.to_string()))?;
    store.establish_document(center, kind, &text, now).await?;
    Ok(())
}

/// Proves the stored rules and offices on a map.
pub async fn prove_stored(store: &Store, center: &CenterId, map: &Atlas) -> Result<(), NotPublished> {
    let (_, book) = centre::rules(store, center).await?;
    let (_, directory) = centre::offices(store, center, map.generation()).await?;
    prove(book, directory, map)?;
    Ok(())
}

/// The offices as a file for people.
pub fn write_offices(directory: &Directory) -> String {
    route::file::write_directory(directory)
}

/// The offices from a file that people have edited.
pub fn read_offices(text: &str) -> Result<Directory, route::file::FileError> {
    route::file::read_directory(text)
}

/// The rules as a file for people.
pub fn write_rules(book: &RuleBook) -> String {
    route::file::write_rules(book)
}

/// The rules from a file that people have edited.
pub fn read_rules(text: &str) -> Result<RuleBook, route::file::FileError> {
    route::file::read_rules(text)
}

/// Which rules match, the winner first.
pub fn explain(routes: &Routes, category: &CategoryCode, commune: &CommuneCode) -> Vec<String> {
    route::explain(routes, category, commune)
}
