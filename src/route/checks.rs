//! The checks of each document by itself, before the two are brought together.

use std::collections::{HashMap, HashSet};

use super::{
    problems::Problems,
    rule::{RuleBook, Target},
};
use crate::domain::{
    category::{Category, Level},
    ids::{CommuneCode, OfficeId},
    office::{Directory, Office, OfficeKind},
};

/// Ids once, one desk with an office above it, at most one office a commune, known communes, a ladder without a circle.
pub(super) fn check_directory(directory: &Directory, communes: &[CommuneCode], problems: &mut Problems) {
    let known: HashSet<&CommuneCode> = communes.iter().collect();
    let mut offices: HashMap<&OfficeId, &Office> = HashMap::new();
    let mut served: HashMap<&CommuneCode, &OfficeId> = HashMap::new();
    for office in &directory.offices {
        let id = &office.id;
        if offices.insert(id, office).is_some() {
            problems.add(format!("office {id}: written down twice; keep one"));
        }
        match (&office.commune, office.kind) {
            (Some(commune), OfficeKind::Commune) => {
                if !known.contains(commune) {
                    problems.add(format!("office {id}: there is no commune {commune} on this map of the province"));
                }
                if let Some(other) = served.insert(commune, id) {
                    problems.add(format!("offices {other} and {id}: both answer for commune {commune}; keep one"));
                }
            }
            (None, OfficeKind::Commune) => problems.add(format!("office {id}: name the commune it answers for")),
            (Some(_), _) => problems.add(format!("office {id}: only an office of kind commune has a commune")),
            (None, _) => {}
        }
    }
    check_desk(directory, problems);
    for office in &directory.offices {
        check_ladder(office, &offices, problems);
    }
}

fn check_desk(directory: &Directory, problems: &mut Problems) {
    let desks: Vec<&Office> =
        directory.offices.iter().filter(|office| office.kind == OfficeKind::ProvinceDesk).collect();
    match desks.as_slice() {
        [] => problems.add("no office of kind province_desk: nothing could be sent where geography fails".into()),
        [desk] if desk.above.is_none() => {
            problems.add(format!("office {}: the desk needs an office above it, its last resort", desk.id));
        }
        [_] => {}
        [first, second, ..] => {
            problems.add(format!("offices {} and {}: only one can be the province desk", first.id, second.id));
        }
    }
}

/// Climbs from one office to the top, at most as many rungs as there are offices.
fn check_ladder(office: &Office, offices: &HashMap<&OfficeId, &Office>, problems: &mut Problems) {
    let mut rung = office;
    for _ in 0..offices.len() {
        let Some(above) = &rung.above else { return };
        match offices.get(above) {
            Some(next) => rung = next,
            None => return problems.add(format!("office {}: there is no office {above} above it", rung.id)),
        }
    }
    problems.add(format!("office {}: the offices above it lead in a circle", office.id));
}

/// Codes and names once, sensible hours, guidance where the law sends people elsewhere, known categories, communes and
/// offices, no two rules of one scope.
pub(super) fn check_book(book: &RuleBook, directory: &Directory, communes: &[CommuneCode], problems: &mut Problems) {
    let mut categories = HashMap::new();
    for category in &book.categories {
        if categories.insert(&category.code, category).is_some() {
            problems.add(format!("category {}: written down twice; keep one", category.code));
        }
        check_category(category, problems);
    }
    let known: HashSet<&CommuneCode> = communes.iter().collect();
    let offices: HashMap<&OfficeId, &Office> = directory.offices.iter().map(|office| (&office.id, office)).collect();
    let (mut names, mut scopes) = (HashSet::new(), HashMap::new());
    for rule in &book.rules {
        let name = &rule.name;
        if !names.insert(name) {
            problems.add(format!("rule {name:?}: two rules have this name; receipts could not tell them apart"));
        }
        if let Some(other) = scopes.insert(rule.scope(), name) {
            let (category, commune) = rule.scope();
            let category = category.map_or("every category", |code| code.as_str());
            let commune = commune.map_or("every commune", |code| code.as_str());
            problems.add(format!("rules {other:?} and {name:?}: both speak for {category} in {commune}; keep one"));
        }
        match rule.category.as_ref().map(|code| (code, categories.get(code))) {
            Some((code, None)) => problems.add(format!("rule {name:?}: there is no category {code}")),
            Some((code, Some(category))) if category.level == Level::Elsewhere => {
                problems.add(format!("rule {name:?}: by law no office here answers {code}"));
            }
            _ => {}
        }
        if let Some(commune) = rule.commune.as_ref().filter(|commune| !known.contains(commune)) {
            problems.add(format!("rule {name:?}: there is no commune {commune} on this map of the province"));
        }
        if let Target::Office(id) = &rule.to {
            match offices.get(id).map(|office| office.kind) {
                None => problems.add(format!("rule {name:?}: there is no office {id}")),
                Some(OfficeKind::ProvinceDesk) => {
                    problems.add(format!("rule {name:?}: nobody sits at the province desk; name who answers"));
                }
                Some(_) => {}
            }
        }
    }
}

fn check_category(category: &Category, problems: &mut Problems) {
    let code = &category.code;
    let elsewhere = category.level == Level::Elsewhere;
    if elsewhere != category.guidance.is_some() {
        problems.add(format!("category {code}: level elsewhere and guidance belong together"));
    }
    if !elsewhere && (category.accept_hours == 0 || category.accept_hours > category.resolve_hours) {
        problems.add(format!("category {code}: accept_hours must be at least 1 and at most resolve_hours"));
    }
}
