//! Hexagons of H3 that figures are kept for: each inside its block, the hexagon two resolutions up.
//!
//! 49 neighbours share a block, so a map of a province is read in hundreds of rows instead of ten thousands.

use h3o::{CellIndex, Resolution};

/// The resolutions that are kept (edges of about 1.4 km, 530 m and 200 m).
pub const KEPT: [u8; 3] = [7, 8, 9];
/// The finest of them.
pub const FINEST: u8 = KEPT[2];
/// The resolutions that can be asked for; the coarser ones are sums of the coarsest that is kept.
pub const ASKED: std::ops::RangeInclusive<u8> = 5..=9;

/// Between the resolutions of a block and of its hexagons.
const STEPS: u8 = 2;
/// Bits of one step.
const BITS: u32 = 3;

/// The hexagon at `resolution` around a finer one. None where the number is no index of H3, or a coarser one.
pub fn around(finest: i64, resolution: u8) -> Option<i64> {
    cell(finest)?.parent(Resolution::try_from(resolution).ok()?).map(number)
}

/// One hexagon as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// The block, as an index of H3.
    pub block: i64,
    /// Its place there: the two last steps of its index.
    pub place: u8,
}

/// The hexagon at `resolution` around a finer one. None where the number is no index of H3, or a coarser one.
pub fn spot_of(finest: i64, resolution: u8) -> Option<Spot> {
    let cell = cell(finest)?.parent(Resolution::try_from(resolution).ok()?)?;
    let block = cell.parent(Resolution::try_from(resolution.checked_sub(STEPS)?).ok()?)?;
    let place = u64::from(cell) >> shift(resolution) & mask();
    Some(Spot { block: number(block), place: u8::try_from(place).ok()? })
}

/// The hexagon of a spot.
pub fn hexagon(spot: Spot, resolution: u8) -> Option<CellIndex> {
    let base = u64::try_from(spot.block).ok()? & !(0xF << 52) | u64::from(resolution) << 52;
    let bits = base & !(mask() << shift(resolution)) | u64::from(spot.place) << shift(resolution);
    CellIndex::try_from(bits).ok()
}

/// Which of a block's parts, `steps` resolutions coarser than its hexagons, a place belongs to.
pub fn part_of(place: u8, steps: u8) -> usize {
    usize::from(place) >> (BITS * u32::from(steps))
}

/// The block of a hexagon.
pub fn block_of(cell: CellIndex) -> Option<i64> {
    let up = u8::from(cell.resolution()).checked_sub(STEPS)?;
    cell.parent(Resolution::try_from(up).ok()?).map(number)
}

/// Indexes of H3 have their highest bit clear, so they fit.
pub fn number(cell: CellIndex) -> i64 {
    i64::try_from(u64::from(cell)).unwrap_or(i64::MAX)
}

fn cell(number: i64) -> Option<CellIndex> {
    CellIndex::try_from(u64::try_from(number).ok()?).ok()
}

fn shift(resolution: u8) -> u32 {
    BITS * (15 - u32::from(resolution))
}

fn mask() -> u64 {
    (1 << (BITS * u32::from(STEPS))) - 1
}

#[cfg(test)]
mod tests {
    use h3o::LatLng;

    use super::*;

    #[test]
    fn a_spot_is_its_hexagon_again() {
        for nth in 0..2_000 {
            let (lat, lon) = (21.0 + f64::from(nth % 50) / 40.0, 102.5 + f64::from(nth) / 1_500.0);
            let finest = LatLng::new(lat, lon).unwrap().to_cell(Resolution::Ten);
            for resolution in KEPT {
                let expected = finest.parent(Resolution::try_from(resolution).unwrap()).unwrap();
                let spot = spot_of(number(finest), resolution).unwrap();
                assert_eq!(hexagon(spot, resolution), Some(expected));
                assert_eq!(block_of(expected), Some(spot.block));
            }
        }
    }

    #[test]
    fn what_is_no_hexagon_has_no_spot() {
        assert_eq!(spot_of(0, 7), None);
        assert_eq!(spot_of(-1, 7), None);
    }
}
