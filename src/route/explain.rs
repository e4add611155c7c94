//! Which rules speak for a pair, for people.

use super::{
    Routes,
    rule::{Rule, Target, scopes},
};
use crate::domain::ids::{CategoryCode, CommuneCode};

/// All rules that speak for this category in this commune, the winner first, one line each; else one line saying why
/// none does.
pub fn explain(routes: &Routes, category: &CategoryCode, commune: &CommuneCode) -> Vec<String> {
    let Some(found) = routes.category(category) else {
        return vec![format!("there is no category {category}")];
    };
    if let Some(guidance) = &found.guidance {
        return vec![format!("no office: the law sends {category} elsewhere: {}", guidance.vi)];
    }
    let Some((office, _)) = routes.office_for(category, commune) else {
        return vec![format!("no rule: commune {commune} is not served; goes to the province desk {}", routes.desk())];
    };
    let matching = scopes(found, commune)
        .filter_map(|scope| routes.book.rules.iter().find(|rule| rule.scope() == scope))
        .map(|rule| format!("{:?}, for {}: {}", rule.name, speaks_for(rule), sends_to(rule)));
    let about = routes.about(category, commune).map(|id| format!(", hidden from {id}")).unwrap_or_default();
    let answer = format!(" = {} ({}){about}", office.id, office.name.vi);
    matching.enumerate().map(|(place, line)| if place == 0 { line + &answer } else { line }).collect()
}

fn speaks_for(rule: &Rule) -> String {
    match (&rule.category, &rule.commune) {
        (Some(category), Some(commune)) => format!("{category} in {commune}"),
        (None, Some(commune)) => format!("what communes answer in {commune}"),
        (Some(category), None) => format!("{category} everywhere"),
        (None, None) => "what communes answer everywhere".into(),
    }
}

fn sends_to(rule: &Rule) -> String {
    match &rule.to {
        Target::CommuneOffice => "the commune's office".into(),
        Target::AboveCommuneOffice => "the office above the commune's".into(),
        Target::Office(id) => format!("office {id}"),
    }
}
