//! The suite's own map: nine square communes of province 11 that share their borders to the last digit.
//!
//! ```text
//!   lat 21.55 ┌───────┬───────┬───────┐
//!             │ 03164 │ 03166 │ 03169 │
//!       21.45 ├───────┼───────┼───────┤
//!             │ 03162 │ 03127 │ 03163 │
//!       21.35 ├───────┼───────┼───────┤
//!             │ 03151 │ 03158 │ 03160 │
//!       21.25 └───────┴───────┴───────┘
//!       lon 102.85  102.95  103.05  103.15
//! ```

use serde_json::{Value, json};

/// Codes by row from the south, west to east.
pub const CODES: [&str; 9] = ["03151", "03158", "03160", "03162", "03127", "03163", "03164", "03166", "03169"];
/// The commune in the middle.
pub const CENTRE: &str = "03127";
/// Its neighbour to the east.
pub const EAST: &str = "03163";
/// Its neighbour to the west.
pub const WEST: &str = "03162";
/// Its neighbour to the north.
pub const NORTH: &str = "03166";
/// The name of the generation that tests import.
pub const GENERATION: &str = "2026-07-25";
/// A position well inside the middle commune.
pub const HOME: (f64, f64) = (103.0230, 21.3920);
/// On the border between the middle commune and its neighbour to the east.
pub const BORDER: (f64, f64) = (103.05, 21.40);
/// In no commune, far beyond the snap distance.
pub const ABROAD: (f64, f64) = (101.0, 21.40);

const LON: [f64; 4] = [102.85, 102.95, 103.05, 103.15];
const LAT: [f64; 4] = [21.25, 21.35, 21.45, 21.55];

/// The middle of a commune.
pub fn middle(code: &str) -> (f64, f64) {
    let at = CODES.iter().position(|known| *known == code).expect("a commune of the made-up map");
    (LON[at % 3] + 0.05, LAT[at / 3] + 0.05)
}

/// The id of a commune's office in the starter directory.
pub fn office(code: &str) -> String {
    format!("xa-{code}")
}

/// All nine as one collection, with the property names of the published files.
pub fn geojson() -> Value {
    let features: Vec<Value> = CODES.iter().enumerate().map(|(at, code)| square(code, at % 3, at / 3)).collect();
    json!({"type": "FeatureCollection", "features": features})
}

fn square(code: &str, column: usize, row: usize) -> Value {
    let (west, east, south, north) = (LON[column], LON[column + 1], LAT[row], LAT[row + 1]);
    let ring = [[west, south], [east, south], [east, north], [west, north], [west, south]];
    json!({
        "type": "Feature",
        "properties": {
            "code": code, "name": format!("Ô {code}"), "full_name": format!("Xã Ô {code}"),
            "name_en": format!("Square {code}"), "full_name_en": format!("Square {code} Commune"),
            "code_name": format!("o_{code}"), "type": "xã", "province_code": "11",
        },
        "geometry": {"type": "MultiPolygon", "coordinates": [[ring]]},
    })
}
