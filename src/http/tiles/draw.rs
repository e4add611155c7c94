//! Shapes with their tags as one layer of a vector tile.

use bytes::Bytes;
use geo::MultiPolygon;
use geozero::{
    ToMvt,
    mvt::{Message, TagsBuilder, Tile, TileValue, tile},
};

use super::frame::EXTENT;
use crate::flow::Rejection;

/// The value of a tag.
pub struct Tag(TileValue);

impl From<String> for Tag {
    fn from(text: String) -> Self {
        Self(TileValue::Str(text))
    }
}

impl From<bool> for Tag {
    fn from(value: bool) -> Self {
        Self(TileValue::Bool(value))
    }
}

impl From<f64> for Tag {
    fn from(value: f64) -> Self {
        Self(TileValue::Double(value))
    }
}

impl From<i64> for Tag {
    fn from(value: i64) -> Self {
        Self(TileValue::Int(value))
    }
}

/// A layer that grows.
pub struct Layer {
    name: &'static str,
    tags: TagsBuilder,
    features: Vec<tile::Feature>,
}

impl Layer {
    /// Without anything.
    pub fn new(name: &'static str) -> Self {
        Self { name, tags: TagsBuilder::new(), features: vec![] }
    }

    /// Adds a shape in units of the tile; an empty one is left out.
    pub fn add(
        &mut self,
        shape: &MultiPolygon,
        tags: impl IntoIterator<Item = (&'static str, Tag)>,
    ) -> Result<(), Rejection> {
        if shape.0.is_empty() {
            return Ok(());
        }
        let drawn = geo::Geometry::MultiPolygon(shape.clone()).to_mvt_unscaled();
        let mut feature = drawn.map_err(|why| Rejection::Internal(why.to_string()))?;
        for (key, Tag(value)) in tags {
            let (key, value) = self.tags.insert_ref(key, value);
            feature.tags.extend([key, value]);
        }
        self.features.push(feature);
        Ok(())
    }

    /// The tile of this layer alone.
    pub fn encoded(self) -> Bytes {
        let (keys, values) = self.tags.into_tags();
        let layer = tile::Layer {
            version: 2,
            name: self.name.to_owned(),
            features: self.features,
            keys,
            values: values.into_iter().map(Into::into).collect(),
            extent: Some(EXTENT),
        };
        Bytes::from(Tile { layers: vec![layer] }.encode_to_vec())
    }
}
