//! Many rows by few statements.

/// Rows of one statement at most: of the widest table, 41 columns, they bind 2,624 values; SQLite takes 32,766 and
/// PostgreSQL 65,535.
const MOST: usize = 64;

/// The rows in portions of 64, 32, 16 … 1, so that a table has seven texts of its insert and no more: each connection
/// prepares them once.
pub(super) fn portions<T>(rows: &[T]) -> impl Iterator<Item = &[T]> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        let size = MOST.min(1 << rest.len().checked_ilog2()?);
        let (portion, later) = rest.split_at(size);
        rest = later;
        Some(portion)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_comes_once_in_order_and_few_sizes_occur() {
        for count in 0..=300 {
            let rows: Vec<u32> = (0..count).collect();
            assert_eq!(portions(&rows).collect::<Vec<_>>().concat(), rows);
            assert!(portions(&rows).all(|portion| portion.len().is_power_of_two() && portion.len() <= MOST));
        }
    }
}
