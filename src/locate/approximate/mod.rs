//! A stand-in for the real boundaries, made from one seat and the stated area of each commune: so that everything runs
//! where the real polygons cannot be fetched. It sends about one report in five to a wrong commune and says so of itself.
//!
//! The communes are the cells of a power diagram: a point belongs to the seat with the least power |p − s|² − w, so all
//! borders are straight. The weights w are settled so that each commune has its stated area where its cell ends at power
//! zero; a commune far from all others would be a circle. The province's own outline is not used: its frontier is where
//! the power exceeds a small bound, the same for all, that closes most of the gaps between the circles.

mod cell;
mod text;

pub use text::geojson;

use geo::{Coord, MultiPolygon};

use self::cell::Seat;
use super::{
    Territory,
    import::{self, Import, ImportError},
    metric::Metric,
};
use crate::domain::{
    boundary::Commune,
    ids::{BadId, CommuneCode, ProvinceCode},
    names::Names,
};

/// The communes of Điện Biên with seat and area.
pub const DIEN_BIEN_SEATS: &str = include_str!("../../../boundaries/dien-bien-seats.csv");

/// What the generator made of them.
const DIEN_BIEN: &[u8] = include_bytes!("../../../boundaries/dien-bien-approximate.geojson");

/// The power at which cells end, km²: of the points of the real province 77 % fall right with 0, 80 % with 40 (2 % outside
/// of all cells) and 81 % with 60, where the map is a fifth too large.
const BEYOND_KM2: f64 = 40.0;

/// Why a table of seats cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadSeats {
    /// No CSV, a column is missing, or a number is none.
    #[error("the table of seats needs the columns code,name,type,province_code,lat,lon,area_km2: {0}")]
    Table(#[from] csv::Error),
    /// A code is none.
    #[error("a seat has a wrong code: {0}")]
    Code(#[from] BadId),
    /// Two seats in one place, or one that its neighbours leave nothing to.
    #[error("nothing is left for commune {0}: its seat lies too near to another, or its area is not above zero")]
    NoRoom(CommuneCode),
}

#[derive(Debug, serde::Deserialize)]
struct Row {
    code: String,
    name: String,
    #[serde(rename = "type")]
    kind: String,
    province_code: String,
    lat: f64,
    lon: f64,
    area_km2: f64,
}

/// The approximate communes of Điện Biên as they are shipped; a test shows that this succeeds.
pub fn dien_bien() -> Result<Import, ImportError> {
    import::parse("dien-bien-approximate.geojson", DIEN_BIEN)
}

/// Makes approximate communes from a table `code,name,type,province_code,lat,lon,area_km2`, ascending by code. Corners
/// have four decimals; neighbours share them.
pub fn generate(seats_csv: &str) -> Result<Vec<Territory>, BadSeats> {
    let rows = csv::Reader::from_reader(seats_csv.as_bytes()).deserialize().collect::<Result<Vec<Row>, _>>()?;
    let middle = middle(&rows);
    let metric = Metric::at(middle.y);
    let seats: Vec<Seat> = rows
        .iter()
        .map(|row| {
            let (east_m, north_m) = metric.offset(middle, Coord { x: row.lon, y: row.lat });
            Seat {
                at: Coord { x: east_m / 1_000.0, y: north_m / 1_000.0 },
                weight: row.area_km2 / std::f64::consts::PI,
            }
        })
        .collect();
    let seats = cell::settled(&seats);
    let mut corners = cell::Corners::default();
    let mut territories = Vec::with_capacity(rows.len());
    for (number, row) in rows.into_iter().enumerate() {
        let code: CommuneCode = row.code.parse()?;
        let degrees = |km: &Coord| corners.shared(metric.moved(middle, km.x * 1_000.0, km.y * 1_000.0));
        let ring: Vec<Coord> = cell::cell(&seats, number, BEYOND_KM2).iter().map(degrees).collect();
        let shape = cell::polygon(ring).ok_or_else(|| BadSeats::NoRoom(code.clone()))?;
        let province: ProvinceCode = row.province_code.parse()?;
        let commune = Commune { code, name: names(&row.kind, &row.name), province };
        territories.push(Territory { commune, shape: MultiPolygon(vec![shape]) });
    }
    territories.sort_by(|a, b| a.commune.code.cmp(&b.commune.code));
    Ok(territories)
}

/// The mean of all seats.
fn middle(rows: &[Row]) -> Coord {
    let (mut sum, mut count) = (Coord { x: 0.0, y: 0.0 }, 0.0_f64);
    for row in rows {
        sum = sum + Coord { x: row.lon, y: row.lat };
        count += 1.0;
    }
    sum / count.max(1.0)
}

fn names(kind: &str, name: &str) -> Names {
    let english = match kind {
        "phường" => "Ward",
        "đặc khu" => "Special Zone",
        _ => "Commune",
    };
    Names::new(format!("{} {name}", text::capital(kind)), format!("{} {english}", text::plain(name)))
}

#[cfg(test)]
mod tests;
