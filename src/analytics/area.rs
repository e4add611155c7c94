//! A part of the map: a box of degrees, and the blocks of hexagons that it touches.

use std::{collections::BTreeSet, str::FromStr};

use h3o::{CellIndex, LatLng, Resolution};

use crate::domain::hexagon;

/// West, south, east and north, degrees. It does not cross the date line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    /// Least longitude.
    pub west: f64,
    /// Least latitude.
    pub south: f64,
    /// Greatest longitude.
    pub east: f64,
    /// Greatest latitude.
    pub north: f64,
}

/// Not four degrees in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("west,south,east,north in degrees, for instance 102.1,20.8,103.6,22.6")]
pub struct NoArea;

impl FromStr for Area {
    type Err = NoArea;
    fn from_str(text: &str) -> Result<Self, NoArea> {
        let numbers: Vec<f64> = text.split(',').map(|number| number.trim().parse().unwrap_or(f64::NAN)).collect();
        let [west, south, east, north] = numbers[..] else { return Err(NoArea) };
        let ordered = (-180.0..=180.0).contains(&west)
            && (west..=180.0).contains(&east)
            && (-90.0..=90.0).contains(&south)
            && (south..=90.0).contains(&north);
        if ordered { Ok(Self { west, south, east, north }) } else { Err(NoArea) }
    }
}

/// More points than this are not tried: so large a box is read as everywhere.
const MOST_POINTS: f64 = 4_000.0;

/// Kilometres of a degree of latitude.
const KM: f64 = 111.2;

impl Area {
    /// Whether a hexagon touches it, by the box around the hexagon.
    pub fn touches(&self, cell: CellIndex) -> bool {
        let boundary = cell.boundary();
        let (mut low, mut high) = ((f64::MAX, f64::MAX), (f64::MIN, f64::MIN));
        for corner in boundary.iter() {
            low = (low.0.min(corner.lng()), low.1.min(corner.lat()));
            high = (high.0.max(corner.lng()), high.1.max(corner.lat()));
        }
        low.0 <= self.east && high.0 >= self.west && low.1 <= self.north && high.1 >= self.south
    }

    /// The blocks that may hold hexagons of that resolution in this box; None where it is too large to list them.
    ///
    /// Points are tried at distances below half a block, and the neighbours of what they hit are taken too: a block that
    /// touches the box is nearer than that to one of them.
    pub fn blocks(&self, resolution: u8) -> Option<Vec<i64>> {
        let of = Resolution::try_from(resolution.checked_sub(2)?).ok()?;
        let step = of.edge_length_km() * 0.8 / KM;
        let across = step / self.south.abs().max(self.north.abs()).to_radians().cos().max(0.01);
        let (columns, rows) = ((self.east - self.west) / across + 2.0, (self.north - self.south) / step + 2.0);
        if columns * rows > MOST_POINTS {
            return None;
        }
        let mut hit = BTreeSet::new();
        for row in steps(self.south, self.north, step) {
            for column in steps(self.west, self.east, across) {
                hit.extend(LatLng::new(row, column).ok().map(|point| point.to_cell(of)));
            }
        }
        let around: BTreeSet<CellIndex> = hit.iter().flat_map(|cell| cell.grid_disk::<Vec<_>>(1)).collect();
        Some(around.into_iter().map(hexagon::number).collect())
    }
}

/// Both ends, and points between them.
fn steps(from: f64, to: f64, step: f64) -> impl Iterator<Item = f64> {
    let between = std::iter::successors(Some(from), move |at| Some(at + step)).take_while(move |at| *at < to);
    between.chain([to])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_is_four_degrees_in_order() {
        let area: Area = "102.1, 20.8,103.6,22.6".parse().unwrap();
        assert_eq!(area, Area { west: 102.1, south: 20.8, east: 103.6, north: 22.6 });
        for text in ["", "1,2,3", "1,2,3,4,5", "103,21,102,22", "1,2,x,4", "NaN,2,3,4", "0,-91,1,1", "179,0,181,1"] {
            assert_eq!(text.parse::<Area>(), Err(NoArea), "{text}");
        }
    }

    #[test]
    fn every_hexagon_that_touches_a_box_lies_in_one_of_its_blocks() {
        for (nth, size) in [(1.0, 0.3), (2.0, 0.05), (3.0, 0.9), (4.0, 0.0)] {
            let (west, south) = (102.0 + nth / 7.0, 21.0 + nth / 9.0);
            let area = Area { west, south, east: west + size, north: south + size / 2.0 };
            for resolution in hexagon::KEPT {
                let Some(blocks) = area.blocks(resolution) else { continue };
                let at = Resolution::try_from(resolution).unwrap();
                for point in 0..400 {
                    let (x, y) = (f64::from(point % 20) / 19.0, f64::from(point / 20) / 19.0);
                    let point = LatLng::new(south + y * size / 2.0, west + x * size).unwrap();
                    for cell in point.to_cell(at).grid_disk::<Vec<_>>(1).into_iter().filter(|cell| area.touches(*cell))
                    {
                        assert!(blocks.contains(&hexagon::block_of(cell).unwrap()), "{cell} of {area:?}");
                    }
                }
            }
        }
    }
}
