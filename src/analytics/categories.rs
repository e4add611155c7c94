//! What each office has of each category: counts alone, for whoever wants to say what moved.

use std::collections::BTreeMap;

use super::figures::Audience;
use crate::{
    domain::{
        ids::{CategoryCode, CenterId, OfficeId},
        tally::CROWD,
    },
    store::{CategoryCounts, Store, StoreError, TallyQuery},
};

/// The counts of one category at one office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryFigures {
    /// Of what.
    pub category: CategoryCode,
    /// Received.
    pub reports: i64,
    /// Resolved or refused; in public None where fewer than five are, or where it would tell as few of others.
    pub settled: Option<i64>,
    /// Open and past the deadline, now.
    pub overdue: i64,
}

/// The categories of each office, ascending; in public only those that tell of no group of fewer than [`CROWD`]: neither by
/// themselves, nor by what they leave of the office's own figures.
pub async fn by_office(
    store: &Store,
    center: &CenterId,
    query: &TallyQuery,
    audience: Audience,
) -> Result<BTreeMap<OfficeId, Vec<CategoryFigures>>, StoreError> {
    let mut offices: BTreeMap<OfficeId, Vec<CategoryCounts>> = BTreeMap::new();
    for cell in store.tallies_by_office_and_category(center, query).await? {
        offices.entry(cell.office.clone()).or_default().push(cell);
    }
    Ok(offices.into_iter().map(|(office, cells)| (office, told(cells, audience))).collect())
}

/// What is told of the categories of one office.
fn told(cells: Vec<CategoryCounts>, audience: Audience) -> Vec<CategoryFigures> {
    let mut hidden = vec![false; cells.len()];
    if audience == Audience::Public {
        hide(&mut hidden, &cells.iter().map(|cell| cell.reports).collect::<Vec<_>>());
    }
    let mut unsettled = hidden.clone();
    if audience == Audience::Public {
        hide(&mut unsettled, &cells.iter().map(|cell| cell.settled).collect::<Vec<_>>());
    }
    let shown = cells.into_iter().zip(hidden.into_iter().zip(unsettled)).filter(|(_, (hidden, _))| !hidden);
    let figures = |(cell, (_, unsettled)): (CategoryCounts, (bool, bool))| {
        let CategoryCounts { category, reports, settled, overdue, .. } = cell;
        CategoryFigures { category, reports, settled: Some(settled).filter(|_| !unsettled), overdue }
    };
    shown.map(figures).collect()
}

/// Hides the few; and since the sum of all is known, so many more, the smallest first, that what is hidden together is a
/// crowd of at least two.
fn hide(hidden: &mut [bool], counts: &[i64]) {
    for (hidden, count) in hidden.iter_mut().zip(counts) {
        *hidden |= Audience::Public.is_kept_from(*count);
    }
    loop {
        let dark = || hidden.iter().zip(counts).filter(|(hidden, count)| **hidden && **count != 0);
        let (cells, sum) = (dark().count(), dark().map(|(_, count)| count).sum::<i64>());
        if sum == 0 || (cells >= 2 && sum >= CROWD) {
            return;
        }
        let shown = (0..counts.len()).filter(|place| !hidden[*place] && counts[*place] != 0);
        let Some(smallest) = shown.min_by_key(|place| counts[*place]) else { return };
        hidden[smallest] = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(counts: &[(i64, i64)]) -> Vec<CategoryCounts> {
        let cell = |(nth, (reports, settled)): (usize, &(i64, i64))| CategoryCounts {
            office: "xa-03127".parse().unwrap(),
            category: format!("loai_{nth}").parse().unwrap(),
            reports: *reports,
            settled: *settled,
            overdue: 1,
        };
        counts.iter().enumerate().map(cell).collect()
    }

    fn shown(counts: &[(i64, i64)], audience: Audience) -> Vec<(i64, Option<i64>)> {
        told(cells(counts), audience).into_iter().map(|told| (told.reports, told.settled)).collect()
    }

    #[test]
    fn the_few_are_not_told_and_cannot_be_computed() {
        let public = |counts: &[(i64, i64)]| shown(counts, Audience::Public);
        assert_eq!(public(&[(5, 0), (9, 9)]), [(5, Some(0)), (9, Some(9))]);
        assert_eq!(public(&[(9, 9), (4, 0), (7, 0), (12, 0)]), [(9, Some(9)), (12, Some(0))], "the smallest goes too");
        assert_eq!(public(&[(1, 0), (1, 0), (8, 0), (9, 0)]), [(9, Some(0))], "two ones are two people");
        assert_eq!(public(&[(3, 0), (3, 0), (8, 0)]), [(8, Some(0))], "six of two categories are a crowd");
        assert_eq!(public(&[(4, 4), (6, 6)]), [], "no other is left to hide behind");
        assert_eq!(public(&[(2, 1)]), []);
        assert_eq!(public(&[]), []);
        assert_eq!(shown(&[(2, 1), (9, 4)], Audience::Internal), [(2, Some(1)), (9, Some(4))]);
    }

    #[test]
    fn what_was_settled_is_told_by_its_own_number() {
        let public = |counts: &[(i64, i64)]| shown(counts, Audience::Public);
        assert_eq!(public(&[(9, 2), (9, 6), (9, 8)]), [(9, None), (9, None), (9, Some(8))]);
        assert_eq!(
            public(&[(3, 1), (6, 0), (9, 5), (9, 8)]),
            [(9, None), (9, Some(8))],
            "one settled among the hidden would be left over"
        );
    }
}
