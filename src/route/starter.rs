//! What a fresh province starts with: rules and departments as data, one office for every commune of its map.

use serde::Deserialize;

use super::{RuleBook, file::read_rules};
use crate::domain::{
    boundary::Commune,
    ids::{CenterId, CommuneCode, GenerationId, OfficeId, ProvinceCode},
    names::Names,
    office::{Directory, Office, OfficeKind},
};

/// Above every commune's office.
const TOP: &str = "ubnd-tinh";

/// The words that begin a commune's full name; inside a sentence they are written small.
const KINDS: [&str; 4] = ["Xã", "Phường", "Đặc khu", "Thị trấn"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Departments {
    offices: Vec<Office>,
}

/// The starter rule book: about 20 categories that a northern mountain province would recognise.
#[expect(clippy::missing_panics_doc, reason = "the file is built in, and a test reads it")]
pub fn starter_rules() -> RuleBook {
    read_rules(include_str!("starter/rules.toml")).expect("the built-in file is read by a test")
}

/// An office for every commune of the province, its departments and its desk, to be edited by people. The centre is
/// `tinh-` and the province's code; communes of other provinces are passed over.
#[expect(clippy::missing_panics_doc, reason = "the file is built in, and a test reads it")]
pub fn starter_directory<'a>(
    province: &ProvinceCode,
    generation: &GenerationId,
    communes: impl Iterator<Item = &'a Commune>,
) -> Directory {
    let provincial: Departments =
        toml::from_str(include_str!("starter/departments.toml")).expect("the built-in file is read by a test");
    let mut served: Vec<&Commune> = communes.filter(|commune| commune.province == *province).collect();
    served.sort_unstable_by(|a, b| a.code.cmp(&b.code));
    let offices = provincial.offices.into_iter().chain(served.into_iter().map(commune_office));
    let center: CenterId = format!("tinh-{province}").parse().expect("a province's code has two digits");
    Directory { center, province: province.clone(), generation: generation.clone(), offices: offices.collect() }
}

/// The id that the starter directory gives to a commune's office: `xa-03127`.
#[expect(clippy::missing_panics_doc, reason = "five digits and a hyphen always make an id")]
pub fn commune_office_id(commune: &CommuneCode) -> OfficeId {
    format!("xa-{commune}").parse().expect("a commune's code has five digits")
}

fn commune_office(commune: &Commune) -> Office {
    let english = &commune.name.en;
    Office {
        id: commune_office_id(&commune.code),
        name: Names::new(
            format!("UBND {}", in_a_sentence(&commune.name.vi)),
            format!("People's Committee of {english}"),
        ),
        kind: OfficeKind::Commune,
        commune: Some(commune.code.clone()),
        above: Some(TOP.parse().expect("a constant id")),
        organ_id: String::new(),
        email: String::new(),
        phone: String::new(),
    }
}

/// "Phường Điện Biên Phủ" becomes "phường Điện Biên Phủ".
fn in_a_sentence(full_name: &str) -> String {
    for kind in KINDS {
        if let Some(rest) = full_name.strip_prefix(kind) {
            return kind.to_lowercase() + rest;
        }
    }
    full_name.to_owned()
}
