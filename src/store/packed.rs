//! Figures packed into bytes: what would be ten thousand rows of mostly zeros.
//!
//! Numbers are zigzag LEB128. A histogram is a list of (distance from the bucket before, count). A block of hexagons is
//! a list of (place, bits of the counts that are not zero, these counts); its histograms are a list of (place, how many
//! buckets, these).

use std::collections::BTreeMap;

use super::StoreError;
use crate::domain::tally::{Hours, Share, Tally};

/// The hexagons of one block by their place.
pub(super) type Cells = BTreeMap<u8, Share>;

fn put(bytes: &mut Vec<u8>, value: i64) {
    let mut rest = (value << 1 ^ value >> 63).cast_unsigned();
    while rest > 0x7F {
        bytes.push((rest & 0x7F | 0x80).to_le_bytes()[0]);
        rest >>= 7;
    }
    bytes.push(rest.to_le_bytes()[0]);
}

/// Reads from the front.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<i64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed());
            }
        }
        None
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn buckets(&mut self, count: Option<i64>, mut each: impl FnMut(i64, i64)) -> Option<()> {
        let (mut bucket, mut left) = (0, count.unwrap_or(i64::MAX));
        while left > 0 && (count.is_some() || !self.is_empty()) {
            bucket += self.number()?;
            each(bucket, self.number()?);
            left -= 1;
        }
        Some(())
    }

    fn tally(&mut self) -> Option<Tally> {
        let bits = u16::from_le_bytes([self.byte()?, self.byte()?]);
        let mut columns = Tally::default().columns();
        for (place, column) in columns.iter_mut().enumerate() {
            if bits >> place & 1 == 1 {
                *column = self.number()?;
            }
        }
        Some(Tally::from_columns(columns))
    }
}

fn torn(what: &str) -> StoreError {
    StoreError::corrupt(what, "packed figures break off")
}

/// A histogram as bytes; empty where nothing is in it.
pub(super) fn pack_hours(hours: &Hours) -> Vec<u8> {
    let mut bytes = vec![];
    put_hours(&mut bytes, hours);
    bytes
}

fn put_hours(bytes: &mut Vec<u8>, hours: &Hours) {
    let mut before = 0;
    for (bucket, n) in hours {
        put(bytes, bucket - before);
        put(bytes, *n);
        before = *bucket;
    }
}

/// Adds a packed histogram to another, `sign` times.
pub(super) fn add_hours(bytes: &[u8], sign: i64, hours: &mut Hours) -> Result<(), StoreError> {
    let read = Reader(bytes).buckets(None, |bucket, n| *hours.entry(bucket).or_default() += sign * n);
    read.ok_or_else(|| torn("tally.hours"))
}

/// Counts and histograms of a block as bytes; hexagons in which everything is zero are left out.
pub(super) fn pack_cells(cells: &Cells) -> (Vec<u8>, Vec<u8>) {
    let (mut counts, mut hours) = (vec![], vec![]);
    for (place, share) in cells {
        let columns = share.tally.columns();
        let bits = columns.iter().enumerate().fold(0_u16, |bits, (at, n)| bits | u16::from(*n != 0) << at);
        if bits != 0 {
            counts.push(*place);
            counts.extend(bits.to_le_bytes());
            columns.into_iter().filter(|n| *n != 0).for_each(|n| put(&mut counts, n));
        }
        if !share.hours.is_empty() {
            hours.push(*place);
            put(&mut hours, i64::try_from(share.hours.len()).unwrap_or(i64::MAX));
            put_hours(&mut hours, &share.hours);
        }
    }
    (counts, hours)
}

/// Tells the counts of every hexagon of a block.
pub(super) fn each_cell(bytes: &[u8], mut each: impl FnMut(u8, Tally)) -> Result<(), StoreError> {
    let mut reader = Reader(bytes);
    while !reader.is_empty() {
        let (place, tally) = reader.byte().zip(reader.tally()).ok_or_else(|| torn("heat.cells"))?;
        each(place, tally);
    }
    Ok(())
}

/// Tells the histogram of every hexagon of a block, bucket by bucket.
pub(super) fn each_bucket(bytes: &[u8], mut each: impl FnMut(u8, i64, i64)) -> Result<(), StoreError> {
    let mut reader = Reader(bytes);
    while !reader.is_empty() {
        let place = reader.byte().ok_or_else(|| torn("heat.hours"))?;
        let count = reader.number().ok_or_else(|| torn("heat.hours"))?;
        reader.buckets(Some(count), |bucket, n| each(place, bucket, n)).ok_or_else(|| torn("heat.hours"))?;
    }
    Ok(())
}

/// A block as it was packed.
pub(super) fn unpack_cells(counts: &[u8], hours: &[u8]) -> Result<Cells, StoreError> {
    let mut cells = Cells::new();
    each_cell(counts, |place, tally| cells.entry(place).or_default().tally = tally)?;
    each_bucket(hours, |place, bucket, n| {
        cells.entry(place).or_default().hours.insert(bucket, n);
    })?;
    Ok(cells)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn share() -> impl Strategy<Value = Share> {
        let counts = prop::array::uniform10(prop_oneof![Just(0_i64), 0..300_i64, any::<i64>()]);
        let hours = prop::collection::btree_map(0..300_i64, 1..1_000_000_i64, 0..20);
        (counts, hours).prop_map(|(counts, hours)| Share { tally: Tally::from_columns(counts), hours })
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_out_again(cells in prop::collection::btree_map(0..49_u8, share(), 0..49)) {
            let (counts, hours) = pack_cells(&cells);
            let kept: Cells = cells.into_iter().filter(|(_, share)| !share.is_nothing()).collect();
            prop_assert_eq!(unpack_cells(&counts, &hours).unwrap(), kept);
        }

        #[test]
        fn a_histogram_comes_out_again(share in share()) {
            let mut hours = Hours::new();
            add_hours(&pack_hours(&share.hours), 1, &mut hours).unwrap();
            prop_assert_eq!(hours, share.hours);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            drop(unpack_cells(&bytes, &bytes));
            drop(add_hours(&bytes, 1, &mut Hours::new()));
        }
    }
}
