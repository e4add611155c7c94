//! The land on which the day happens: communes with their polygons, the truth that the score is measured against.

use anyhow::{Context, bail};
use geo::{Coord, LineString, MultiPolygon, Polygon};
use geojson::{FeatureCollection, JsonObject};
use serde_json::json;

/// The true communes.
#[derive(Debug, Clone)]
pub struct World {
    /// All of them; their polygons share borders.
    pub boundaries: Vec<Ground>,
    /// The communes as they were until noon of the day, where the map is re-drawn then; else nothing.
    pub earlier: Vec<Ground>,
}

/// One commune.
#[derive(Debug, Clone)]
pub struct Ground {
    /// Five digits.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// WGS 84 degrees, x = lon.
    pub shape: MultiPolygon<f64>,
}

impl World {
    /// Reads a GeoJSON `FeatureCollection` whose features carry `code` and `full_name` or `name`.
    pub fn from_geojson(text: &str) -> anyhow::Result<Self> {
        let collection: FeatureCollection = text.parse().context("the boundaries are no GeoJSON FeatureCollection")?;
        let mut boundaries = Vec::with_capacity(collection.features.len());
        for (number, feature) in collection.features.into_iter().enumerate() {
            let properties = feature.properties.unwrap_or_default();
            let code = word(&properties, "code").with_context(|| format!("feature {number} has no `code`"))?;
            let name = word(&properties, "full_name").or_else(|| word(&properties, "name")).unwrap_or(code.clone());
            let geometry = feature.geometry.with_context(|| format!("commune {code} has no geometry"))?;
            let shape = match geo::Geometry::<f64>::try_from(geometry.value)? {
                geo::Geometry::Polygon(one) => MultiPolygon(vec![one]),
                geo::Geometry::MultiPolygon(many) => many,
                _ => bail!("commune {code} is neither Polygon nor MultiPolygon"),
            };
            boundaries.push(Ground { code, name, shape });
        }
        Ok(Self { boundaries, earlier: vec![] })
    }

    /// An invented province where no real one is at hand: 45 four-sided communes of about 10 km (9 columns, 5 rows)
    /// around 103° E 21.5° N, codes 03127–03171, slanted borders that neighbours share vertex by vertex.
    pub fn synthetic() -> Self {
        let boundaries = (0..45_u32)
            .map(|number| {
                let (column, row) = (number % 9, number / 9);
                let corners = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)];
                let ring: Vec<_> = corners.iter().map(|(x, y)| corner(column + x, row + y)).collect();
                Ground {
                    code: format!("{:05}", 3127 + number),
                    name: format!("Xã Thử nghiệm {}", number + 1),
                    shape: MultiPolygon(vec![Polygon::new(LineString(ring), vec![])]),
                }
            })
            .collect();
        Self { boundaries, earlier: vec![] }
    }

    /// The communes as a `FeatureCollection`, one feature a line, with the properties of the published files.
    pub fn to_geojson(&self) -> String {
        let features: Vec<String> = self.boundaries.iter().map(Ground::feature).collect();
        format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{}\n]}}\n", features.join(",\n"))
    }
}

impl Ground {
    /// The commune's office.
    pub fn office(&self) -> String {
        format!("xa-{}", self.code)
    }

    fn feature(&self) -> String {
        let plain = self.name.trim_start_matches("Xã ").trim_start_matches("Phường ");
        json!({
            "type": "Feature",
            "id": self.code,
            "properties": {
                "code": self.code, "name": plain, "full_name": self.name, "name_en": plain,
                "full_name_en": format!("{plain} Commune"), "code_name": format!("xa_{}", self.code),
                "type": if self.name.starts_with("Phường") { "phường" } else { "xã" },
                "province_code": "11", "province_name": "Điện Biên", "area_km2": 100.0,
            },
            "geometry": geojson::Geometry::new((&self.shape).into()),
        })
        .to_string()
    }
}

/// A knot of the invented grid, pushed aside by up to 0.02° so that borders run slanted.
fn corner(column: u32, row: u32) -> Coord<f64> {
    let push = |salt: u32| f64::from((column * 37 + row * 101 + salt) % 41) / 1_000.0 - 0.02;
    Coord { x: 102.55 + 0.1 * f64::from(column) + push(3), y: 21.25 + 0.1 * f64::from(row) + push(17) }
}

fn word(properties: &JsonObject, key: &str) -> Option<String> {
    properties.get(key)?.as_str().map(str::to_owned)
}
