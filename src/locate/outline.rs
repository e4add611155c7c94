//! Simplified outlines for maps.

use geo::{Coord, LineString, MultiPolygon, Polygon, Simplify};

use super::Atlas;
use crate::domain::boundary::Commune;

impl Atlas {
    /// Simplified outline of every commune for maps (degrees), tolerance in degrees. Rings that vanish at this
    /// tolerance are left out, the largest of a commune never.
    pub fn outlines(&self, tolerance: f64) -> Vec<(Commune, MultiPolygon<f64>)> {
        self.rings()
            .map(|(commune, polygons)| {
                let shape = polygons.iter().map(|rings| {
                    let mut lines = rings.iter().map(|ring| LineString(self.ring(ring).to_vec()).simplify(tolerance));
                    let exterior = lines.next().unwrap_or_else(|| LineString::new(Vec::<Coord>::new()));
                    Polygon::new(exterior, lines.collect())
                });
                (commune.clone(), shape.collect())
            })
            .collect()
    }
}
