//! Offices, rules and working hours: the starter set of a fresh database, and changes that people make.

use super::centre::{self, NoCentre};
use crate::{
    domain::{
        boundary::Commune,
        clock::Timestamp,
        ids::{CategoryCode, CenterId, CommuneCode, ProvinceCode},
        office::Directory,
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
    /// No map to prove it on.
    #[error(transparent)]
    NoCentre(#[from] NoCentre),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The offices of the map before, with its communes.
pub type Earlier = (Directory, Vec<Commune>);

/// Communes of one province on one map.
pub fn served<'a>(map: &'a Atlas, province: &'a ProvinceCode) -> impl Iterator<Item = &'a Commune> {
    map.communes().filter(move |commune| commune.province == *province)
}

/// Makes what is missing of offices, rules and hours for the map; what people have edited stays. Offices of an earlier
/// map are taken over where code and name are both the same: codes alone are re-used for other territory.
pub async fn ensure(
    store: &Store,
    center: &CenterId,
    map: &Atlas,
    earlier: Option<&Earlier>,
    now: Timestamp,
) -> Result<(), NotPublished> {
    if store.document(center, DocumentKind::WorkingTime).await?.is_none() {
        publish(store, center, DocumentKind::WorkingTime, &queue::starter_working_time(), now).await?;
    }
    if store.document(center, DocumentKind::Rules).await?.is_none() {
        publish(store, center, DocumentKind::Rules, &route::starter_rules(), now).await?;
    }
    if store.document(center, DocumentKind::Offices(map.generation())).await?.is_none() {
        let directory = generate(center, map, None, earlier);
        publish(store, center, DocumentKind::Offices(map.generation()), &directory, now).await?;
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
    let province = province.or(earlier.map(|(directory, _)| &directory.province)).or_else(|| commonest(map)).cloned();
    let province = province.expect("a map has at least one commune");
    let mut directory = route::starter_directory(&province, map.generation(), served(map, &province));
    directory.center = center.clone();
    let Some((before, communes)) = earlier else { return directory };
    for office in &mut directory.offices {
        let name = office.commune.as_ref().and_then(|code| map.commune(code)).map(|commune| &commune.name);
        let same_unit = |code: &CommuneCode| communes.iter().any(|old| old.code == *code && Some(&old.name) == name);
        let known = match &office.commune {
            Some(code) if same_unit(code) => before.offices.iter().find(|old| old.commune.as_ref() == Some(code)),
            Some(_) => None,
            None => before.office(&office.id),
        };
        if let Some(known) = known {
            *office = known.clone();
        }
    }
    directory
}

fn commonest(map: &Atlas) -> Option<&ProvinceCode> {
    let mut counts = std::collections::BTreeMap::new();
    for commune in map.communes() {
        *counts.entry(&commune.province).or_insert(0_u32) += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(province, _)| province)
}

/// Publishes offices, if the rules stay total with them.
pub async fn publish_offices(
    store: &Store,
    center: &CenterId,
    map: &Atlas,
    directory: &Directory,
    now: Timestamp,
) -> Result<i64, NotPublished> {
    let (_, book) = centre::rules(store, center).await?;
    prove(book, directory.clone(), map)?;
    publish(store, center, DocumentKind::Offices(&directory.generation), directory, now).await
}

/// Publishes rules, if they are total over the offices in force.
pub async fn publish_rules(
    store: &Store,
    center: &CenterId,
    map: &Atlas,
    book: &RuleBook,
    now: Timestamp,
) -> Result<i64, NotPublished> {
    let (_, directory) = centre::offices(store, center, map.generation()).await?;
    prove(book.clone(), directory, map)?;
    publish(store, center, DocumentKind::Rules, book, now).await
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
