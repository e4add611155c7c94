//! The total table: compiled once, then one look-up a report.

use std::collections::HashMap;

use super::{
    checks::{check_book, check_directory},
    problems::{NotTotal, Problems},
    rule::{Rule, RuleBook, Scope, Target, scopes},
};
use crate::domain::{
    assignment::{Assignment, Reason},
    boundary::Commune,
    category::{Category, Level},
    ids::{CategoryCode, CommuneCode, OfficeId},
    office::{Directory, Office, OfficeKind},
    placement::{Method, Placement},
};

/// Versions of the two documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Versions {
    /// Of the rule book.
    pub rules: i64,
    /// Of the directory.
    pub offices: i64,
}

/// A total routing table: every (commune × category) has exactly one office. It cannot exist otherwise.
///
/// Categories that the law sends elsewhere have none: their `guidance` is the answer, and the caller gives it.
#[derive(Debug, Clone)]
pub struct Routes {
    pub(super) book: RuleBook,
    pub(super) directory: Directory,
    versions: Versions,
    desk: OfficeId,
    offices: HashMap<OfficeId, usize>,
    categories: HashMap<CategoryCode, usize>,
    communes: HashMap<CommuneCode, usize>,
    /// One row a commune, one column a category.
    cells: Vec<Option<Cell>>,
}

/// Places in the directory and the rule book.
#[derive(Debug, Clone, Copy)]
struct Cell {
    office: usize,
    about: Option<usize>,
    rule: usize,
}

impl Routes {
    /// Compiles and proves: all communes of the directory's province × all categories, retired ones too, except those
    /// that the law sends elsewhere. Communes of other provinces are passed over.
    pub fn compile<'a>(
        book: RuleBook,
        directory: Directory,
        communes: impl Iterator<Item = &'a Commune>,
        versions: Versions,
    ) -> Result<Self, NotTotal> {
        let mut problems = Problems::default();
        let mut codes: Vec<CommuneCode> =
            communes.filter(|commune| commune.province == directory.province).map(|unit| unit.code.clone()).collect();
        codes.sort_unstable();
        codes.dedup();
        if codes.is_empty() {
            problems.add(format!("map {} has no commune of province {}", directory.generation, directory.province));
        }
        check_directory(&directory, &codes, &mut problems);
        check_book(&book, &directory, &codes, &mut problems);
        let cells = Proof::new(&book, &directory).cells(&codes, &mut problems);
        problems.none_or_all()?;
        let desk = directory.offices.iter().find(|office| office.kind == OfficeKind::ProvinceDesk);
        let desk = desk.ok_or_else(|| NotTotal(vec!["no office of kind province_desk".into()]))?.id.clone();
        Ok(Self {
            offices: places(directory.offices.iter().map(|office| office.id.clone())),
            categories: places(book.categories.iter().map(|category| category.code.clone())),
            communes: places(codes.into_iter()),
            book,
            directory,
            versions,
            desk,
            cells,
        })
    }

    /// The category of that code, retired ones too.
    pub fn category(&self, code: &CategoryCode) -> Option<&Category> {
        self.categories.get(code).map(|place| &self.book.categories[*place])
    }

    /// The rule book behind the table.
    pub fn book(&self) -> &RuleBook {
        &self.book
    }

    /// The offices behind the table.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// The province desk.
    pub fn desk(&self) -> &OfficeId {
        &self.desk
    }

    /// An office by id.
    pub fn office(&self, id: &OfficeId) -> Option<&Office> {
        self.offices.get(id).map(|place| &self.directory.offices[*place])
    }

    /// Versions of rule book and directory.
    pub fn versions(&self) -> Versions {
        self.versions
    }

    /// Who answers. Never fails: outside, unplaced and unroutable go to the province desk.
    ///
    /// Unroutable is a placement on another map than the directory's (codes are re-used, so they may not be compared)
    /// and a category that has no office here.
    pub fn assign(&self, category: &CategoryCode, placement: &Placement) -> Assignment {
        let commune = placement.commune.as_ref();
        let same_map = placement.generation == self.directory.generation;
        let cell = commune.filter(|_| same_map).and_then(|commune| self.cell(category, commune));
        let reason = match (commune, cell) {
            (_, Some(_)) => Reason::Rule,
            (None, None) if placement.method == Method::Unplaced => Reason::Unplaced,
            (None, None) => Reason::Outside,
            (Some(commune), None) if same_map && !self.communes.contains_key(commune) => Reason::Outside,
            (Some(_), None) => Reason::Unroutable,
        };
        Assignment {
            office: cell.map_or_else(|| self.desk.clone(), |cell| self.id(cell.office)),
            about: cell.and_then(|cell| cell.about).map(|place| self.id(place)),
            reason,
            rule: cell.map(|cell| self.book.rules[cell.rule].name.clone()),
            rules_version: self.versions.rules,
            offices_version: self.versions.offices,
        }
    }

    /// The office for a commune and category with the rule's name; None for a commune that is not served.
    pub fn office_for(&self, category: &CategoryCode, commune: &CommuneCode) -> Option<(&Office, &str)> {
        let cell = self.cell(category, commune)?;
        Some((&self.directory.offices[cell.office], &self.book.rules[cell.rule].name))
    }

    /// The office that a report of this category in this commune is about, which must never see it.
    pub fn about(&self, category: &CategoryCode, commune: &CommuneCode) -> Option<&OfficeId> {
        let place = self.cell(category, commune)?.about?;
        Some(&self.directory.offices[place].id)
    }

    fn cell(&self, category: &CategoryCode, commune: &CommuneCode) -> Option<Cell> {
        let (row, column) = (self.communes.get(commune)?, self.categories.get(category)?);
        self.cells[row * self.book.categories.len() + column]
    }

    fn id(&self, place: usize) -> OfficeId {
        self.directory.offices[place].id.clone()
    }
}

/// The two documents brought together.
struct Proof<'a> {
    book: &'a RuleBook,
    directory: &'a Directory,
    rules: HashMap<Scope<'a>, usize>,
    offices: HashMap<&'a OfficeId, usize>,
    by_commune: HashMap<&'a CommuneCode, usize>,
}

impl<'a> Proof<'a> {
    fn new(book: &'a RuleBook, directory: &'a Directory) -> Self {
        let offices = directory.offices.iter().enumerate();
        Self {
            book,
            directory,
            rules: places(book.rules.iter().map(Rule::scope)),
            offices: places(directory.offices.iter().map(|office| &office.id)),
            by_commune: offices.filter_map(|(place, office)| Some((office.commune.as_ref()?, place))).collect(),
        }
    }

    fn cells(&self, communes: &[CommuneCode], problems: &mut Problems) -> Vec<Option<Cell>> {
        let mut cells = Vec::with_capacity(communes.len() * self.book.categories.len());
        let mut unruled: Vec<usize> = vec![0; self.book.categories.len()];
        for commune in communes {
            for (column, category) in self.book.categories.iter().enumerate() {
                if category.level == Level::Elsewhere {
                    cells.push(None);
                    continue;
                }
                let rule = scopes(category, commune).find_map(|scope| self.rules.get(&scope));
                unruled[column] += usize::from(rule.is_none());
                cells.push(rule.and_then(|rule| self.cell(category, commune, *rule, problems)));
            }
        }
        for (category, count) in self.book.categories.iter().zip(unruled).filter(|(_, count)| *count > 0) {
            let named = if category.level == Level::Commune { "" } else { " that names it" };
            problems.add(format!("category {}: no rule for {count} communes; add one{named}", category.code));
        }
        cells
    }

    /// Where a rule leads; None, and a problem said, where it leads nowhere.
    fn cell(&self, category: &Category, commune: &CommuneCode, rule: usize, problems: &mut Problems) -> Option<Cell> {
        let Rule { name, to, .. } = &self.book.rules[rule];
        let own = self.by_commune.get(commune).copied();
        let needed = |problems: &mut Problems| {
            if own.is_none() {
                problems.add(format!("commune {commune}: no office answers for it; add one of kind commune"));
            }
            own
        };
        let office = match to {
            Target::Office(id) => *self.offices.get(id)?,
            Target::CommuneOffice => needed(problems)?,
            Target::AboveCommuneOffice => {
                let below = &self.directory.offices[needed(problems)?];
                let Some(above) = &below.above else {
                    problems.add(format!("office {}: rule {name:?} needs an office above it", below.id));
                    return None;
                };
                *self.offices.get(above)?
            }
        };
        let hidden = category.level == Level::Above || *to == Target::AboveCommuneOffice;
        if hidden && own == Some(office) {
            let id = &self.directory.offices[office].id;
            problems.add(format!("rule {name:?}: sends {} to {id}, the office that it is about", category.code));
        }
        Some(Cell { office, about: own.filter(|_| hidden), rule })
    }
}

/// The place of each key in its list.
fn places<K: std::hash::Hash + Eq>(keys: impl Iterator<Item = K>) -> HashMap<K, usize> {
    keys.enumerate().map(|(place, key)| (key, place)).collect()
}
