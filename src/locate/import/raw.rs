//! The JSON of boundary files, read straight into compact lists.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};

/// A collection, or a feature standing alone.
#[derive(Debug, Deserialize)]
pub(super) struct Document {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) features: Vec<RawFeature>,
    #[serde(default)]
    pub(super) approximate: bool,
    pub(super) source: Option<String>,
    pub(super) id: Option<Id>,
    pub(super) properties: Option<Properties>,
    pub(super) geometry: Option<RawGeometry>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RawFeature {
    pub(super) id: Option<Id>,
    pub(super) properties: Option<Properties>,
    pub(super) geometry: Option<RawGeometry>,
}

impl RawFeature {
    /// What an error calls it, if it says.
    pub(super) fn name(&self) -> Option<String> {
        let code = self.properties.as_ref().and_then(|properties| properties.code.as_ref());
        code.or(self.id.as_ref()).map(ToString::to_string)
    }
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Properties {
    pub(super) code: Option<Id>,
    pub(super) name: Option<String>,
    #[serde(alias = "fullName")]
    pub(super) full_name: Option<String>,
    #[serde(alias = "fullNameEn")]
    pub(super) full_name_en: Option<String>,
    pub(super) province_code: Option<String>,
    #[serde(default)]
    pub(super) approximate: bool,
    pub(super) source: Option<String>,
}

/// Texts are codes; numbers have lost their leading zeros and only serve to name a feature.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Id {
    Text(String),
    Number(serde_json::Number),
}

impl Id {
    pub(super) fn text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            Self::Number(_) => None,
        }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(&text.chars().take(40).collect::<String>()),
            Self::Number(number) => number.fmt(f),
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct RawGeometry {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) coordinates: Option<Nested>,
}

/// Lists of lists of positions, however deep. A position's height is dropped.
#[derive(Debug)]
pub(super) enum Nested {
    Number(f64),
    Position([f64; 2]),
    List(Vec<Nested>),
    /// Anything else; kept so that the error can name the feature.
    Strange,
}

impl<'de> Deserialize<'de> for Nested {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NestedVisitor)
    }
}

struct NestedVisitor;

impl<'de> Visitor<'de> for NestedVisitor {
    type Value = Nested;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number or a list of coordinates")
    }

    fn visit_f64<E>(self, number: f64) -> Result<Nested, E> {
        Ok(Nested::Number(number))
    }

    #[expect(clippy::cast_precision_loss, reason = "degrees are small, and larger numbers are refused")]
    fn visit_u64<E>(self, number: u64) -> Result<Nested, E> {
        Ok(Nested::Number(number as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "degrees are small, and larger numbers are refused")]
    fn visit_i64<E>(self, number: i64) -> Result<Nested, E> {
        Ok(Nested::Number(number as f64))
    }

    fn visit_str<E>(self, _: &str) -> Result<Nested, E> {
        Ok(Nested::Strange)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Nested, E> {
        Ok(Nested::Strange)
    }

    fn visit_unit<E>(self) -> Result<Nested, E> {
        Ok(Nested::Strange)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Nested, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Nested::Strange)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Nested, A::Error> {
        let mut items = Vec::new();
        match list.next_element()? {
            None => return Ok(Nested::List(items)),
            Some(Nested::Number(lon)) => {
                let lat = list.next_element()?;
                while list.next_element::<IgnoredAny>()?.is_some() {}
                return Ok(match lat {
                    Some(Nested::Number(lat)) => Nested::Position([lon, lat]),
                    _ => Nested::Strange,
                });
            }
            Some(Nested::Strange) => {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                return Ok(Nested::Strange);
            }
            Some(first) => items.push(first),
        }
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Nested::List(items))
    }
}
