//! Boundary files of any of the published forms become checked territories.
//!
//! Accepted: one GeoJSON collection or feature, a folder of such files (read to its depths; where it has folders named
//! `wards`, only what lies in those), GeoJSON lines; each plain or packed with zstd. Of a commune's feature the members
//! `code`, `full_name`, `full_name_en` and `province_code` are read, or the publisher's `fullName` and `fullNameEn`; the
//! province may also stand in a folder's name, as in `11_dien_bien`.
//!
//! Rings may run either way and repeat a vertex. What cannot be a commune's area is refused by name and position; a
//! self-crossing or an overlap has a defined answer, so it is only reported, by [`Import::check`].

mod crossing;
mod error;
mod files;
mod raw;
mod repair;
mod ring;

use std::{collections::BTreeMap, fmt::Write, path::Path};

use sha2::{Digest, Sha256};

pub use crossing::Finding;
pub use error::{ImportError, Wrong};
pub use repair::{Cut, Fate, Repaired};

use self::raw::RawFeature;
use super::{Territory, shape};
use crate::domain::{
    boundary::Commune,
    ids::{CommuneCode, ProvinceCode},
    names::Names,
};

/// Most vertices of all features together.
const MOST_VERTICES: usize = 20_000_000;

/// Most communes of a set: their numbers have sixteen bits.
pub(super) const MOST_COMMUNES: usize = 65_536;

/// A set of boundaries, read and checked.
#[derive(Debug)]
pub struct Import {
    /// Ascending by code, no code twice, at least one.
    pub territories: Vec<Territory>,
    /// SHA-256, hex, of every code followed by its polygon in the unpacked form of [`shape`], in order of code.
    pub checksum: String,
    /// The file says of itself that it is no survey.
    pub approximate: bool,
    /// Where it came from, as the file says.
    pub source: Option<String>,
}

impl Import {
    /// How many vertices all rings have, the closing ones included.
    pub fn vertices(&self) -> usize {
        self.territories.iter().map(|territory| ring::vertices(&territory.shape)).sum()
    }

    /// With more communes; those whose code is there already are left out. Refused where they are more than can be
    /// told apart.
    pub fn with(mut self, more: Vec<Territory>) -> Result<Self, ImportError> {
        let mut all: BTreeMap<CommuneCode, Territory> = BTreeMap::new();
        for territory in self.territories.into_iter().chain(more) {
            all.entry(territory.commune.code.clone()).or_insert(territory);
        }
        if all.len() > MOST_COMMUNES {
            return Err(ImportError::TooManyTogether { communes: all.len() });
        }
        self.territories = all.into_values().collect();
        self.checksum = checksum(&self.territories);
        Ok(self)
    }

    /// The communes whose polygons are invalid, ascending.
    pub fn invalid(&self) -> Vec<CommuneCode> {
        self.check().iter().filter_map(Finding::invalid).cloned().collect()
    }

    /// Without some communes; refused where none would be left.
    pub fn without(mut self, codes: &[CommuneCode]) -> Result<Self, ImportError> {
        self.territories.retain(|territory| !codes.contains(&territory.commune.code));
        if self.territories.is_empty() {
            return Err(ImportError::NoneValid);
        }
        self.checksum = checksum(&self.territories);
        Ok(self)
    }

    /// With every invalid polygon replaced by a valid one of the same ground, and what was done to which; valid ones stay
    /// as they are, digit for digit. Refused by name where that cannot be done.
    pub fn repaired(mut self) -> Result<(Self, Vec<Repaired>), ImportError> {
        let invalid = self.invalid();
        let mut done = Vec::new();
        for territory in self.territories.iter_mut().filter(|territory| invalid.contains(&territory.commune.code)) {
            let beyond = || ImportError::BeyondRepair { commune: territory.commune.code.clone() };
            let (repaired, what) = repair::repair(territory).ok_or_else(beyond)?;
            *territory = repaired;
            done.push(what);
        }
        self.checksum = checksum(&self.territories);
        Ok((self, done))
    }

    /// Self-crossings and overlaps, in order of code. Effort is bounded; a check that gave up is a finding too.
    pub fn check(&self) -> Vec<Finding> {
        crossing::check(&self.territories)
    }
}

/// Reads a file or a folder.
pub fn read(path: &Path) -> Result<Import, ImportError> {
    let mut gathering = Gathering::default();
    for file in files::list(path)? {
        let bytes = files::unpacked(&file)?;
        gathering.add(&file.display().to_string(), files::province(&file).as_ref(), bytes)?;
    }
    gathering.finish(&path.display().to_string())
}

/// Reads the bytes of one file, plain or packed; errors call it `name`.
pub fn parse(name: &str, bytes: &[u8]) -> Result<Import, ImportError> {
    let mut gathering = Gathering::default();
    gathering.add(name, None, files::unpack(name, bytes)?)?;
    gathering.finish(name)
}

/// What was read so far.
#[derive(Default)]
struct Gathering {
    territories: BTreeMap<CommuneCode, Territory>,
    vertices: usize,
    approximate: bool,
    source: Option<String>,
}

impl Gathering {
    fn add(&mut self, file: &str, province: Option<&ProvinceCode>, mut bytes: Vec<u8>) -> Result<(), ImportError> {
        files::within_limits(file, &mut bytes)?;
        let documents = serde_json::Deserializer::from_slice(&bytes).into_iter::<raw::Document>();
        let mut index = 0;
        for document in documents {
            let document = document.map_err(|source| ImportError::NotGeoJson { file: file.into(), source })?;
            self.approximate |= document.approximate;
            self.source = self.source.take().or(document.source);
            let lone = (document.kind == "Feature").then_some(RawFeature {
                id: document.id,
                properties: document.properties,
                geometry: document.geometry,
            });
            for feature in document.features.into_iter().chain(lone) {
                index += 1;
                let name = feature.name().unwrap_or_else(|| format!("number {index}"));
                self.feature(file, province, feature).map_err(|wrong| ImportError::Feature {
                    file: file.into(),
                    feature: name,
                    wrong,
                })?;
            }
        }
        Ok(())
    }

    fn feature(&mut self, file: &str, folder: Option<&ProvinceCode>, feature: RawFeature) -> Result<(), Wrong> {
        let properties = feature.properties.unwrap_or_default();
        let code = properties.code.or(feature.id).and_then(raw::Id::text).ok_or(Wrong::NoCode)?;
        let code: CommuneCode = code.parse()?;
        let province = match (properties.province_code, folder) {
            (Some(province), _) => province.parse()?,
            (None, Some(folder)) => folder.clone(),
            (None, None) => return Err(Wrong::NoProvince),
        };
        let vi =
            properties.full_name.or(properties.name).filter(|name| !name.trim().is_empty()).ok_or(Wrong::NoName)?;
        let en = properties.full_name_en.unwrap_or_else(|| vi.clone());
        let shape = ring::area(feature.geometry.ok_or(Wrong::Empty)?)?;
        self.vertices += ring::vertices(&shape);
        if self.vertices > MOST_VERTICES {
            return Err(Wrong::TooManyInAll);
        }
        self.approximate |= properties.approximate;
        self.source = self.source.take().or(properties.source);
        let commune = Commune { code: code.clone(), name: Names::new(vi, en), province };
        match self.territories.insert(code, Territory { commune, shape }) {
            None if self.territories.len() > MOST_COMMUNES => Err(Wrong::TooManyCommunes),
            None => Ok(()),
            Some(_) => Err(Wrong::Twice { file: file.into() }),
        }
    }

    fn finish(self, path: &str) -> Result<Import, ImportError> {
        if self.territories.is_empty() {
            return Err(ImportError::Nothing { path: path.into() });
        }
        let territories: Vec<Territory> = self.territories.into_values().collect();
        let checksum = checksum(&territories);
        Ok(Import { territories, checksum, approximate: self.approximate, source: self.source })
    }
}

fn checksum(territories: &[Territory]) -> String {
    let mut hash = Sha256::new();
    for territory in territories {
        hash.update(territory.commune.code.as_str());
        hash.update(shape::plain(&territory.shape));
    }
    hex(&hash.finalize())
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string does not fail");
        text
    })
}

#[cfg(test)]
mod tests;
