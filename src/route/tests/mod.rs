//! A synthetic province of 45 communes, numbered 11001 to 11045.

mod files;
mod proof;
mod routing;

use super::{NotTotal, Routes, Rule, RuleBook, Target, Versions, explain, starter_directory, starter_rules};
use crate::domain::{
    boundary::Commune,
    category::Level,
    ids::{CategoryCode, CommuneCode, OfficeId},
    names::Names,
    office::{Directory, Office, OfficeKind},
    placement::{Method, Placement},
};

fn communes() -> Vec<Commune> {
    (11_001..=11_045).map(|code| commune(code, "11")).collect()
}

fn commune(code: u32, province: &str) -> Commune {
    let kind = if code.is_multiple_of(15) { ("Phường", "Ward") } else { ("Xã", "Commune") };
    Commune {
        code: code.to_string().parse().unwrap(),
        name: Names::new(format!("{} Bản {code}", kind.0), format!("Ban {code} {}", kind.1)),
        province: province.parse().unwrap(),
    }
}

fn directory() -> Directory {
    starter_directory(&"11".parse().unwrap(), &"2026-07-25".parse().unwrap(), communes().iter())
}

fn compile(book: RuleBook, directory: Directory) -> Result<Routes, NotTotal> {
    Routes::compile(book, directory, communes().iter(), Versions { rules: 3, offices: 5 })
}

fn starter() -> Routes {
    compile(starter_rules(), directory()).unwrap()
}

fn category(code: &str) -> CategoryCode {
    code.parse().unwrap()
}

fn code(code: &str) -> CommuneCode {
    code.parse().unwrap()
}

fn id(id: &str) -> OfficeId {
    id.parse().unwrap()
}

fn rule(name: &str, category: Option<&str>, commune: Option<&str>, to: &str) -> Rule {
    Rule {
        name: name.into(),
        category: category.map(|code| code.parse().unwrap()),
        commune: commune.map(code),
        to: Target::Office(id(to)),
    }
}

fn placed(commune: Option<&str>, method: Method) -> Placement {
    let mut placement = Placement::unplaced("2026-07-25".parse().unwrap());
    placement.commune = commune.map(code);
    placement.method = method;
    placement
}

fn problems(book: RuleBook, directory: Directory) -> Vec<String> {
    compile(book, directory).unwrap_err().0
}
