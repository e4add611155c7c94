//! Rules as data: category and placement become an [`Assignment`]; a table of routes exists only if it is total.
//!
//! Third stage of a submission, after `locate` and before `queue`.

use crate::domain::{
    assignment::Assignment,
    boundary::Commune,
    category::Category,
    ids::{CategoryCode, CommuneCode, OfficeId},
    office::{Directory, Office},
    placement::Placement,
};
use serde::{Deserialize, Serialize};

/// Categories and rules, as people edit them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleBook {
    /// Every category, retired ones too.
    pub categories: Vec<Category>,
    /// The rules; their order means nothing.
    pub rules: Vec<Rule>,
}

/// One rule. The most specific matching rule wins; two equally specific ones for one pair are an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name, shown in receipts.
    pub name: String,
    /// Only this category; None: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<CategoryCode>,
    /// Only this commune; None: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commune: Option<CommuneCode>,
    /// Who answers.
    pub to: Target,
}

/// Who a rule sends to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The office of the commune.
    CommuneOffice,
    /// The office above the commune's; the commune's never sees it.
    AboveCommuneOffice,
    /// A named office.
    Office(OfficeId),
}

/// A total routing table: every (commune × category) has exactly one office. It cannot exist otherwise.
#[derive(Debug, Clone)]
pub struct Routes {}

/// What stands in the way of a total table; all of it, not the first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct NotTotal(pub Vec<String>);

impl Routes {
    /// Compiles and proves. `communes` are those of the directory's province on its generation.
    pub fn compile<'a>(
        _book: RuleBook,
        _directory: Directory,
        _communes: impl Iterator<Item = &'a Commune>,
        _versions: Versions,
    ) -> Result<Self, NotTotal> {
        todo!()
    }
    /// The category of that code, retired ones too.
    pub fn category(&self, _code: &CategoryCode) -> Option<&Category> {
        todo!()
    }
    /// The rule book behind the table.
    pub fn book(&self) -> &RuleBook {
        todo!()
    }
    /// The offices behind the table.
    pub fn directory(&self) -> &Directory {
        todo!()
    }
    /// The province desk.
    pub fn desk(&self) -> &OfficeId {
        todo!()
    }
    /// An office by id.
    pub fn office(&self, _id: &OfficeId) -> Option<&Office> {
        todo!()
    }
    /// Versions of rule book and directory.
    pub fn versions(&self) -> Versions {
        todo!()
    }
    /// Who answers. Never fails: outside, unplaced and unroutable go to the province desk.
    pub fn assign(&self, _category: &CategoryCode, _placement: &Placement) -> Assignment {
        todo!()
    }
    /// The office for a commune and category with the rule's name; None for a commune that is not served.
    pub fn office_for(&self, _category: &CategoryCode, _commune: &CommuneCode) -> Option<(&Office, &str)> {
        todo!()
    }
}

/// Versions of the two documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Versions {
    /// Of the rule book.
    pub rules: i64,
    /// Of the directory.
    pub offices: i64,
}

/// The starter rule book: about 20 categories that a northern mountain province would recognise.
pub fn starter_rules() -> RuleBook {
    todo!()
}

/// An office for every commune of the province, its departments and its desk, to be edited by people.
pub fn starter_directory<'a>(
    _province: &crate::domain::ids::ProvinceCode,
    _generation: &crate::domain::ids::GenerationId,
    _communes: impl Iterator<Item = &'a Commune>,
) -> Directory {
    todo!()
}
