//! The communes drawn for vector tiles: simplified to what a zoom can show, once per map and zoom.

use std::sync::OnceLock;

use geo::{BoundingRect, MultiPolygon, Rect};

use crate::{domain::boundary::Commune, locate::Atlas};

/// A commune as it is drawn at some zooms.
#[derive(Debug)]
pub struct Drawn {
    /// Which.
    pub commune: Commune,
    /// Its outline, degrees.
    pub shape: MultiPolygon<f64>,
    /// The box around it.
    pub bounds: Rect<f64>,
}

/// Greatest zooms of each drawing; beyond the last nothing is left out.
const ZOOMS: [u8; 4] = [6, 8, 10, 12];

/// Pixels of a tile's side on a good screen.
const PIXELS: f64 = 512.0;

/// The drawings of one map, at most five, each made when it is first asked for.
#[derive(Debug, Default)]
pub struct Drawings([OnceLock<Vec<Drawn>>; ZOOMS.len() + 1]);

impl Drawings {
    /// The communes as they are drawn at a zoom: off by at most half a pixel.
    pub fn at(&self, zoom: u8, map: &Atlas) -> &[Drawn] {
        let level = ZOOMS.iter().position(|most| zoom <= *most).unwrap_or(ZOOMS.len());
        let tolerance = ZOOMS.get(level).map_or(0.0, |zoom| 180.0 / f64::from(1_u32 << zoom) / PIXELS);
        self.0[level].get_or_init(|| map.outlines(tolerance).into_iter().filter_map(drawn).collect())
    }
}

fn drawn((commune, shape): (Commune, MultiPolygon<f64>)) -> Option<Drawn> {
    let bounds = shape.bounding_rect()?;
    Some(Drawn { commune, shape, bounds })
}
