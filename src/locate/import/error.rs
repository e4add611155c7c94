//! What can be wrong with a boundary file, said so that the file can be put right.

use std::path::PathBuf;

use crate::domain::ids::{BadId, CommuneCode};

/// Why a set of boundaries was not taken. Nothing of it is kept then; the map in use stays.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file or folder cannot be read.
    #[error("cannot read {path}: {source}", path = path.display())]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The zstd packing is broken, or has a window above 128 MiB.
    #[error("cannot unpack {file}: {source}; pack it again with `zstd` (window at most 2^27)")]
    Packing {
        /// Which file.
        file: String,
        /// What the unpacker says.
        source: std::io::Error,
    },
    /// Packed with gzip.
    #[error("{file} is packed with gzip, which is not read here: unpack it with `gunzip`, or pack it with `zstd`")]
    Gzip {
        /// Which file.
        file: String,
    },
    /// More than 1 GiB when unpacked.
    #[error("{file} holds more than 1 GiB: split it by province")]
    TooLarge {
        /// Which file.
        file: String,
    },
    /// More positions than any real set has.
    #[error("{file} holds more than 20 million positions: split it by province")]
    TooMany {
        /// Which file.
        file: String,
    },
    /// With its neighbours a set has more communes than can be told apart.
    #[error("with the neighbours the set has {communes} communes, at most 65,536 are taken: name fewer neighbours")]
    TooManyTogether {
        /// How many.
        communes: usize,
    },
    /// Lists nested deeper than any GeoJSON.
    #[error("{file} is nested deeper than {deepest} levels at byte {byte}: GeoJSON needs 9")]
    TooDeep {
        /// Which file.
        file: String,
        /// The limit.
        deepest: usize,
        /// Where it was exceeded, from 0.
        byte: usize,
    },
    /// Not JSON, or JSON of another form.
    #[error("{file} is no GeoJSON of commune boundaries: {source}")]
    NotGeoJson {
        /// Which file.
        file: String,
        /// What is wrong, with line and column.
        source: serde_json::Error,
    },
    /// There is no feature in it.
    #[error("no commune found in {path}: expected a GeoJSON collection, a folder of *.geojson or GeoJSON lines")]
    Nothing {
        /// File or folder.
        path: String,
    },
    /// Only invalid polygons.
    #[error("no polygon of it is valid: import it with --repair, or as it is")]
    NoneValid,
    /// Rings of one commune cross one another.
    #[error("{commune} cannot be repaired, its rings cross one another: import with --only-valid, or as it is")]
    BeyondRepair {
        /// Which commune.
        commune: CommuneCode,
    },
    /// One feature is no commune.
    #[error("{file}, feature {feature}: {wrong}")]
    Feature {
        /// Which file.
        file: String,
        /// Its code, or its number in the file from 1.
        feature: String,
        /// What is wrong with it.
        #[source]
        wrong: Wrong,
    },
}

/// What is wrong with one feature.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Wrong {
    /// Neither `properties.code` nor `id` is a text.
    #[error("it has no `code`: five digits, as text")]
    NoCode,
    /// The code of the commune or of its province has another form.
    #[error(transparent)]
    Code(#[from] BadId),
    /// Neither property nor folder names the province.
    #[error("it has no `province_code`, and no folder is named after the province (as in `11_dien_bien`)")]
    NoProvince,
    /// No name.
    #[error("it has no `full_name`")]
    NoName,
    /// No geometry, or one without a ring.
    #[error("its geometry is empty")]
    Empty,
    /// A point, a line, a collection.
    #[error("its geometry is a {0}: expected Polygon or MultiPolygon")]
    NotAnArea(String),
    /// The lists of coordinates are nested otherwise than the geometry's type says.
    #[error("its coordinates are not those of a {0}")]
    Nesting(String),
    /// More vertices than any commune has.
    #[error("it has {0} positions: at most 2,000,000 are taken")]
    TooManyPositions(usize),
    /// All features together are too many.
    #[error("with it the set has more than 20,000,000 positions: split it by province")]
    TooManyInAll,
    /// More communes than can be told apart.
    #[error("with it the set has more than 65,536 communes: split it by province")]
    TooManyCommunes,
    /// Something else where a position should stand.
    #[error("polygon {polygon}, ring {ring}, position {position} is not a pair of numbers")]
    NotAPosition {
        /// From 1.
        polygon: usize,
        /// From 1, the first is the exterior.
        ring: usize,
        /// From 1.
        position: usize,
    },
    /// A position that is none on Earth.
    #[error(
        "position {} {} (polygon {polygon}, ring {ring}) is not on Earth: expected longitude, latitude in degrees",
        short(*lon), short(*lat)
    )]
    OffEarth {
        /// First number.
        lon: f64,
        /// Second number.
        lat: f64,
        /// From 1.
        polygon: usize,
        /// From 1, the first is the exterior.
        ring: usize,
    },
    /// The last position of a ring is not its first.
    #[error("polygon {polygon}, ring {ring} is not closed: it starts at {} {} and ends at {} {}", start.0, start.1, end.0, end.1)]
    Unclosed {
        /// From 1.
        polygon: usize,
        /// From 1, the first is the exterior.
        ring: usize,
        /// First position.
        start: (f64, f64),
        /// Last position.
        end: (f64, f64),
    },
    /// No triangle.
    #[error("polygon {polygon}, ring {ring} near {} {} has {positions} positions: a ring needs 4", near.0, near.1)]
    TooShort {
        /// From 1.
        polygon: usize,
        /// From 1, the first is the exterior.
        ring: usize,
        /// Its first position.
        near: (f64, f64),
        /// How many, repeated ones counted once.
        positions: usize,
    },
    /// All positions lie on a line.
    #[error("it has no area: all its positions lie on a line")]
    NoArea,
    /// The same code again.
    #[error("this code came before, and comes again in {file}: a commune is one feature")]
    Twice {
        /// Where it comes again.
        file: String,
    },
}

/// A number as it was written, not with hundreds of digits.
fn short(number: f64) -> String {
    if number.abs() < 1e9 { number.to_string() } else { format!("{number:e}") }
}
