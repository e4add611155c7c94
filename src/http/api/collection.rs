//! Cells of a heatmap as GeoJSON, or as a table.

use h3o::CellIndex;
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    analytics::figures::Cell,
    domain::{clock::Day, ids::GenerationId, names::Names},
    flow::Centre,
    http::table::{Field, Table},
};

/// What a cell looks like.
pub enum Shape<'a> {
    /// A commune.
    Outline(&'a geojson::Geometry),
    /// A hexagon of H3.
    Hexagon(CellIndex),
}

impl Serialize for Shape<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Outline(outline) => outline.serialize(serializer),
            Self::Hexagon(cell) => {
                let mut ring: Vec<[f64; 2]> =
                    cell.boundary().iter().map(|corner| [rounded(corner.lng()), rounded(corner.lat())]).collect();
                ring.extend(ring.first().copied());
                let mut map = serializer.serialize_map(Some(2))?;
                map.serialize_entry("type", "Polygon")?;
                map.serialize_entry("coordinates", &[ring])?;
                map.end()
            }
        }
    }
}

/// Six decimals: about a tenth of a metre.
fn rounded(degrees: f64) -> f64 {
    (degrees * 1e6).round() / 1e6
}

/// One cell.
pub struct Feature<'a> {
    /// Code of the commune, or index of the hexagon.
    pub id: String,
    /// Of the commune; of that around the middle of a hexagon.
    pub name: Option<&'a Names>,
    /// What is shown of it.
    pub cell: Cell,
    /// Left out where none is wanted.
    pub shape: Option<Shape<'a>>,
}

#[derive(Serialize)]
struct Properties<'a> {
    id: &'a str,
    name: Option<&'a Names>,
    value: Option<f64>,
    count: Option<i64>,
    suppressed: bool,
}

impl Serialize for Feature<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Cell { value, count, suppressed } = self.cell;
        let properties = Properties { id: &self.id, name: self.name, value, count, suppressed };
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("type", "Feature")?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("geometry", &self.shape)?;
        map.serialize_entry("properties", &properties)?;
        map.end()
    }
}

/// A GeoJSON `FeatureCollection`.
#[derive(Serialize)]
pub struct Collection<'a> {
    r#type: &'static str,
    generation: &'a GenerationId,
    approximate: bool,
    attribution: &'a str,
    /// First day that is counted, where hexagons are asked for from a day on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Day>,
    /// Last day that is counted, where hexagons are asked for up to a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Day>,
    features: Vec<Feature<'a>>,
}

impl<'a> Collection<'a> {
    /// Cells on the map in force.
    pub fn new(centre: &'a Centre, features: Vec<Feature<'a>>) -> Self {
        Self {
            r#type: "FeatureCollection",
            generation: &centre.generation.id,
            approximate: centre.generation.approximate,
            attribution: &centre.generation.source,
            from: None,
            to: None,
            features,
        }
    }

    /// The same without shapes, for spreadsheets.
    pub fn table(self) -> Table {
        let row = |feature: Feature| {
            let name =
                |of: fn(&Names) -> &String| feature.name.map_or(Field::Nothing, |names| Field::Text(of(names).clone()));
            vec![
                Field::Text(feature.id.clone()),
                name(|names| &names.vi),
                name(|names| &names.en),
                Field::number(feature.cell.value),
                Field::count(feature.cell.count),
                Field::Text(feature.cell.suppressed.to_string()),
            ]
        };
        let head = vec!["id", "name_vi", "name_en", "value", "count", "suppressed"];
        Table { head, rows: self.features.into_iter().map(row).collect() }
    }
}
