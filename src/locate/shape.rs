//! One commune's polygon as compact bytes, for keeping: lossless to the last bit.
//!
//! Packed with zstd: a byte for the form, the number of polygons, of each its number of rings, of each ring its number of
//! positions, then their numbers, longitude and latitude in turn. Form 1 is for what six decimals can say exactly, nearly
//! every real polygon: millionths of a degree, each as its difference from the position before (LEB128, zigzag). Form 0
//! is for the rest: eight bytes a number, little-endian. Counts are LEB128 in both.

use std::io::Read;

use geo::{Coord, LineString, MultiPolygon, Polygon};

/// The level that packs the country's polygons in seconds.
const LEVEL: i32 = 3;
/// No polygon that the import accepts unpacks to more.
const LARGEST: u64 = 64 << 20;

/// Why bytes are no polygon.
#[derive(Debug, thiserror::Error)]
pub enum BadShape {
    /// The packing is broken.
    #[error("these bytes are no packed polygon: import the boundaries again ({0})")]
    Packing(#[from] std::io::Error),
    /// It ends early, goes on after the end, or is of an unknown form.
    #[error("these bytes are no polygon: import the boundaries again")]
    Form,
}

/// Packs a polygon.
///
/// # Panics
/// Where there is no memory left to pack into.
pub fn encode(shape: &MultiPolygon<f64>) -> Vec<u8> {
    zstd::encode_all(unpacked(shape).as_slice(), LEVEL).expect("packing in memory does not fail")
}

/// The shorter form that fits, without zstd.
pub(super) fn unpacked(shape: &MultiPolygon<f64>) -> Vec<u8> {
    written(shape, true).unwrap_or_else(|| plain(shape))
}

/// Form 0 unpacked, which is also what a generation's checksum is made of.
pub(super) fn plain(shape: &MultiPolygon<f64>) -> Vec<u8> {
    written(shape, false).unwrap_or_default()
}

/// None where millionths are wanted and a number is none.
fn written(shape: &MultiPolygon<f64>, millionths: bool) -> Option<Vec<u8>> {
    let mut bytes = vec![u8::from(millionths)];
    count(&mut bytes, shape.0.len() as u64);
    for polygon in shape {
        count(&mut bytes, 1 + polygon.interiors().len() as u64);
        for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
            count(&mut bytes, ring.0.len() as u64);
            let mut before = [0, 0];
            for (place, number) in ring.0.iter().flat_map(|c| [c.x, c.y]).enumerate() {
                if millionths {
                    let value = as_millionths(number)?;
                    let step = value - std::mem::replace(&mut before[place % 2], value);
                    count(&mut bytes, (step << 1 ^ step >> 63).cast_unsigned());
                } else {
                    bytes.extend(number.to_le_bytes());
                }
            }
        }
    }
    Some(bytes)
}

#[expect(clippy::cast_possible_truncation, reason = "a number that does not fit is not the same afterwards")]
fn as_millionths(number: f64) -> Option<i64> {
    let value = (number * 1e6).round() as i64;
    (from_millionths(value).to_bits() == number.to_bits() && value.abs() <= 360_000_000).then_some(value)
}

#[expect(clippy::cast_precision_loss, reason = "degrees have nine digits")]
fn from_millionths(value: i64) -> f64 {
    value as f64 / 1e6
}

fn count(bytes: &mut Vec<u8>, mut count: u64) {
    while count >= 0x80 {
        bytes.push(count.to_le_bytes()[0] | 0x80);
        count >>= 7;
    }
    bytes.push(count.to_le_bytes()[0]);
}

/// Unpacks what [`encode`] packed.
pub fn decode(bytes: &[u8]) -> Result<MultiPolygon<f64>, BadShape> {
    let mut unpacked = Vec::new();
    zstd::Decoder::new(bytes)?.take(LARGEST).read_to_end(&mut unpacked)?;
    parse(&unpacked)
}

/// Reads either form.
pub(super) fn parse(unpacked: &[u8]) -> Result<MultiPolygon<f64>, BadShape> {
    let mut rest = unpacked;
    let [form] = take(&mut rest)?;
    let mut polygons = Vec::new();
    for _ in 0..take_count(&mut rest)? {
        let holes = take_count(&mut rest)?.checked_sub(1).ok_or(BadShape::Form)?;
        let exterior = take_ring(&mut rest, form)?;
        let interiors = (0..holes).map(|_| take_ring(&mut rest, form)).collect::<Result<_, _>>()?;
        polygons.push(Polygon::new(exterior, interiors));
    }
    if rest.is_empty() { Ok(MultiPolygon(polygons)) } else { Err(BadShape::Form) }
}

fn take_ring(rest: &mut &[u8], form: u8) -> Result<LineString, BadShape> {
    let mut ring = Vec::new();
    let mut before = [0_i64, 0];
    for _ in 0..take_count(rest)? {
        let mut position = [0.0, 0.0];
        for (number, before) in position.iter_mut().zip(&mut before) {
            *number = match form {
                0 => f64::from_le_bytes(take(rest)?),
                1 => {
                    let step = take_count(rest)?;
                    *before = before.wrapping_add((step >> 1).cast_signed() ^ -(step & 1).cast_signed());
                    from_millionths(*before)
                }
                _ => return Err(BadShape::Form),
            };
        }
        ring.push(Coord { x: position[0], y: position[1] });
    }
    ring.shrink_to_fit();
    Ok(LineString(ring))
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], BadShape> {
    let (bytes, left) = rest.split_first_chunk().ok_or(BadShape::Form)?;
    *rest = left;
    Ok(*bytes)
}

fn take_count(rest: &mut &[u8]) -> Result<u64, BadShape> {
    let mut count = 0;
    for shift in (0..64).step_by(7) {
        let [byte] = take(rest)?;
        count |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(count);
        }
    }
    Err(BadShape::Form)
}

#[cfg(test)]
mod tests {
    use geo::{polygon, wkt};

    use super::*;

    #[test]
    fn a_polygon_comes_back_bit_for_bit() {
        let hole = wkt!(POLYGON((0.1 0.2,4. 0.,4.0001 4.,0. 4.,0.1 0.2),(1. 1.,2. 1.,2. 2.,1. 1.)));
        let shape = MultiPolygon(vec![hole, polygon![(x: 9.0, y: 9.0), (x: 9.5, y: 9.0), (x: 9.3, y: 9.1 + 0.2)]]);
        assert_eq!(decode(&encode(&shape)).unwrap(), shape);
        assert_eq!(decode(&encode(&MultiPolygon(vec![]))).unwrap(), MultiPolygon(vec![]));
    }

    #[test]
    fn millionths_take_little_room_and_other_numbers_are_kept_too() {
        let ring = |parts: f64| (0..2_000).map(|i| (f64::from(i) / parts, f64::from(i % 7) / 8.0)).collect::<Vec<_>>();
        let shape = |parts| MultiPolygon(vec![Polygon::new(ring(parts).into(), vec![])]);
        assert!(encode(&shape(1e6)).len() < 200);
        for parts in [1e6, -1e6, 4.0, 1e9, -1e300, std::f64::consts::PI] {
            let back = decode(&encode(&shape(parts))).unwrap();
            assert_eq!(plain(&back), plain(&shape(parts)), "{parts}");
        }
    }

    #[test]
    fn broken_bytes_are_an_error_not_a_panic() {
        let shape = MultiPolygon(vec![polygon![(x: 0.0, y: 0.0), (x: 1.0, y: 0.0), (x: 0.0, y: 1.0)]]);
        for unpacked in [plain(&shape), written(&shape, true).unwrap()] {
            for end in 0..unpacked.len() {
                assert!(decode(&zstd::encode_all(&unpacked[..end], 3).unwrap()).is_err(), "cut at {end}");
            }
        }
        let packed = encode(&shape);
        assert!(decode(&packed[..packed.len() - 3]).is_err());
        assert!(decode(b"nonsense").is_err());
        for wild in [[255_u8; 20], [1; 20], [0; 20], [2; 20]] {
            assert!(decode(&zstd::encode_all(wild.as_slice(), 3).unwrap()).is_err());
        }
    }
}
