//! The rule book, as people edit it.

use serde::{Deserialize, Serialize};

use crate::domain::{
    category::{Category, Level},
    ids::{CategoryCode, CommuneCode, OfficeId},
};

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
    /// Its name, shown in receipts; no other rule has it.
    pub name: String,
    /// Only this category; None: all of level commune. What a department answers, or what is about an office, is only
    /// ever decided by a rule that names it: a commune's exception must not swallow it.
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

/// What a rule speaks for. Two rules are equally specific for one pair exactly when they have the same scope.
pub(super) type Scope<'a> = (Option<&'a CategoryCode>, Option<&'a CommuneCode>);

impl Rule {
    pub(super) fn scope(&self) -> Scope<'_> {
        (self.category.as_ref(), self.commune.as_ref())
    }
}

/// The scopes that speak for a pair, the most specific first: category and commune, commune, category, neither.
pub(super) fn scopes<'a>(category: &'a Category, commune: &'a CommuneCode) -> impl Iterator<Item = Scope<'a>> {
    let code = Some(&category.code);
    let all = [(code, Some(commune)), (None, Some(commune)), (code, None), (None, None)];
    let unnamed = category.level == Level::Commune;
    all.into_iter().filter(move |(category, _)| unnamed || category.is_some())
}
