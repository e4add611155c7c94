//! The generated map as a GeoJSON text, and names in plain letters.

use std::fmt::Write;

use serde_json::json;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::locate::Territory;

/// What the file says of itself.
const SOURCE: &str = "Ranh giới GẦN ĐÚNG, do ioc-router tự dựng từ điểm trung tâm và diện tích của từng xã, phường; \
                      không phải ranh giới hành chính chính thức, khoảng một phần năm số điểm rơi vào xã khác.";

/// One feature a line, members as [`crate::locate::import`] reads them.
pub fn geojson(territories: &[Territory]) -> String {
    let mut text =
        format!("{{\"type\":\"FeatureCollection\",\"approximate\":true,\"source\":{},\"features\":[", json!(SOURCE));
    for (number, Territory { commune, shape }) in territories.iter().enumerate() {
        let coordinates: Vec<Vec<Vec<[f64; 2]>>> = shape
            .iter()
            .map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()))
            .map(|rings| rings.map(|ring| ring.0.iter().map(|c| [c.x, c.y]).collect()).collect())
            .collect();
        let feature = json!({
            "type": "Feature",
            "properties": {
                "code": commune.code.as_str(),
                "full_name": commune.name.vi,
                "full_name_en": commune.name.en,
                "province_code": commune.province.as_str(),
            },
            "geometry": {"type": "MultiPolygon", "coordinates": coordinates},
        });
        let comma = if number == 0 { "" } else { "," };
        write!(text, "{comma}\n{feature}").expect("writing to a string does not fail");
    }
    text.push_str("\n]}\n");
    text
}

/// With a capital first letter.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// "Điện Biên Phủ" as "Dien Bien Phu".
pub(super) fn plain(text: &str) -> String {
    let undressed = text.nfd().filter(|letter| !is_combining_mark(*letter));
    undressed
        .map(|letter| match letter {
            'đ' => 'd',
            'Đ' => 'D',
            other => other,
        })
        .collect()
}
