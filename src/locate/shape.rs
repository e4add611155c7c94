//! One commune's polygon as compact bytes, for keeping: lossless to the last bit.
//!
//! Little-endian, packed with zstd: the number of polygons (u32), of each its number of rings (u32), of each ring its
//! number of positions (u32) and then its positions, all longitudes before all latitudes (f64).

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
    /// It ends early, or goes on after the end.
    #[error("these bytes are no polygon: import the boundaries again")]
    Length,
}

/// Packs a polygon.
pub fn encode(shape: &MultiPolygon<f64>) -> Vec<u8> {
    zstd::encode_all(plain(shape).as_slice(), LEVEL).expect("packing in memory does not fail")
}

/// The unpacked form, which is also what a generation's checksum is made of.
pub(super) fn plain(shape: &MultiPolygon<f64>) -> Vec<u8> {
    let mut bytes = Vec::new();
    count(&mut bytes, shape.0.len());
    for polygon in shape {
        count(&mut bytes, 1 + polygon.interiors().len());
        for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
            count(&mut bytes, ring.0.len());
            bytes.extend(ring.0.iter().flat_map(|c| c.x.to_le_bytes()));
            bytes.extend(ring.0.iter().flat_map(|c| c.y.to_le_bytes()));
        }
    }
    bytes
}

fn count(bytes: &mut Vec<u8>, count: usize) {
    let count = u32::try_from(count).expect("an imported polygon has at most 2 million vertices");
    bytes.extend(count.to_le_bytes());
}

/// Unpacks what [`encode`] packed.
pub fn decode(bytes: &[u8]) -> Result<MultiPolygon<f64>, BadShape> {
    let mut plain = Vec::new();
    zstd::Decoder::new(bytes)?.take(LARGEST).read_to_end(&mut plain)?;
    let mut rest = plain.as_slice();
    let mut polygons = Vec::new();
    for _ in 0..take_count(&mut rest)? {
        let mut rings = Vec::new();
        for _ in 0..take_count(&mut rest)? {
            let positions = take_count(&mut rest)?;
            let lons = take(&mut rest, positions * 8)?;
            let lats = take(&mut rest, positions * 8)?;
            let ring = numbers(lons).zip(numbers(lats)).map(|(x, y)| Coord { x, y });
            rings.push(LineString(ring.collect()));
        }
        let mut rings = rings.into_iter();
        let exterior = rings.next().ok_or(BadShape::Length)?;
        polygons.push(Polygon::new(exterior, rings.collect()));
    }
    if rest.is_empty() { Ok(MultiPolygon(polygons)) } else { Err(BadShape::Length) }
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], BadShape> {
    let (taken, left) = rest.split_at_checked(length).ok_or(BadShape::Length)?;
    *rest = left;
    Ok(taken)
}

fn take_count(rest: &mut &[u8]) -> Result<usize, BadShape> {
    let (bytes, left) = rest.split_first_chunk::<4>().ok_or(BadShape::Length)?;
    *rest = left;
    Ok(u32::from_le_bytes(*bytes) as usize)
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = f64> {
    bytes.as_chunks::<8>().0.iter().map(|chunk| f64::from_le_bytes(*chunk))
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
    fn broken_bytes_are_an_error_not_a_panic() {
        let shape = MultiPolygon(vec![polygon![(x: 0.0, y: 0.0), (x: 1.0, y: 0.0), (x: 0.0, y: 1.0)]]);
        let (packed, unpacked) = (encode(&shape), plain(&shape));
        for end in 0..unpacked.len() {
            assert!(decode(&zstd::encode_all(&unpacked[..end], 3).unwrap()).is_err(), "cut at {end}");
        }
        assert!(decode(&packed[..packed.len() - 3]).is_err());
        assert!(decode(b"nonsense").is_err());
        let endless = zstd::encode_all([255_u8; 12].as_slice(), 3).unwrap();
        assert!(decode(&endless).is_err());
    }
}
