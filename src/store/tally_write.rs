//! Figures are kept by adding the difference that a change makes, in the change's own transaction.
//!
//! The difference of a whole group of changes is written at once: rows in the order of their keys, so that two
//! transactions never wait for one another, and none for a change that moves no figure.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use super::{
    heat_write::{BlockKey, Blocks, HeatWrite, Located, blocks_of},
    packed::{add_hours, pack_hours},
    portions::portions,
};
use crate::domain::{
    ids::ReportId,
    month::Month,
    tally::{Share, Tally, TallyKey, shares_of},
    ticket::Ticket,
};

const ROWS: &str = "insert into tally (center_id, grain, category, office_id, period, generation_id, commune, \
    reports, open, overdue, settled, on_time, extended, reopened, rated, stars, ended, hours) ";

const ADD: &str = " on conflict (center_id, grain, category, office_id, period, generation_id, commune) do update set \
    reports = tally.reports + excluded.reports, open = tally.open + excluded.open, \
    overdue = tally.overdue + excluded.overdue, settled = tally.settled + excluded.settled, \
    on_time = tally.on_time + excluded.on_time, extended = tally.extended + excluded.extended, \
    reopened = tally.reopened + excluded.reopened, rated = tally.rated + excluded.rated, \
    stars = tally.stars + excluded.stars, ended = tally.ended + excluded.ended \
    returning center_id, grain, category, office_id, period, generation_id, commune, hours";

const SET_HOURS: &str = " on conflict (center_id, grain, category, office_id, period, generation_id, commune) \
    do update set hours = excluded.hours";

const CELLS: &str = "select id, cell from report where cell is not null and id in (";

/// The key of a row of figures; '' is all categories, all offices, or no commune. What tells two
/// keys apart soonest comes first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::FromRow)]
pub(super) struct Row {
    period: i64,
    commune: String,
    category: String,
    office_id: String,
    grain: String,
    generation_id: String,
    center_id: String,
}

impl Row {
    /// Every row that counts what counts under this key.
    fn of(key: &TallyKey) -> impl Iterator<Item = Self> {
        let periods = [("day", i64::from(key.day.0)), ("month", i64::from(Month::of(key.day).0))];
        periods.into_iter().flat_map(move |(grain, period)| {
            combinations(key.category.as_str(), key.office.as_str()).into_iter().map(move |(category, office)| Self {
                center_id: key.center.to_string(),
                grain: grain.to_owned(),
                category: category.to_owned(),
                office_id: office.to_owned(),
                period,
                generation_id: key.generation.to_string(),
                commune: key.commune.as_ref().map(ToString::to_string).unwrap_or_default(),
            })
        })
    }
}

impl std::fmt::Display for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { grain, category, office_id, period, generation_id, commune, .. } = self;
        write!(f, "{grain} {period} {generation_id}/{commune:?} office {office_id:?} category {category:?}")
    }
}

/// One category or all, by one office or all.
pub(super) fn combinations<'a>(category: &'a str, office: &'a str) -> [(&'a str, &'a str); 4] {
    [("", ""), ("", office), (category, ""), (category, office)]
}

/// Where one ticket counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Stand {
    report: Uuid,
    key: TallyKey,
    /// Its position may be told: the report is about no office.
    located: bool,
}

/// What some tickets count, or what changes of them add.
#[derive(Debug, Default)]
pub(super) struct Counts {
    shares: BTreeMap<Stand, Share>,
    /// The finest hexagons of reports, or that there is none, where whoever counts knows it: the others are looked up.
    cells: HashMap<Uuid, Option<i64>>,
}

impl Counts {
    /// Adds the ticket `sign` times.
    pub(super) fn count(&mut self, ticket: &Ticket, sign: i64) {
        for (key, share) in shares_of(ticket) {
            let stand = Stand { report: ticket.report.0, key, located: ticket.about.is_none() };
            self.shares.entry(stand).or_default().add(&share, sign);
        }
    }

    /// Says which finest hexagon a report lies in.
    pub(super) fn locate(&mut self, report: ReportId, cell: Option<i64>) {
        self.cells.insert(report.0, cell);
    }

    /// The reports of which nobody said where they lie, each once.
    fn unlocated(&self) -> Vec<Uuid> {
        let mut reports: Vec<Uuid> = self.shares.keys().map(|stand| stand.report).collect();
        reports.dedup();
        reports.retain(|report| !self.cells.contains_key(report));
        reports
    }

    /// What is added to the rows of figures; nowhere nothing. Tickets of one key are added up before its rows are.
    pub(super) fn rows(&self) -> BTreeMap<Row, Share> {
        let mut keys: HashMap<&TallyKey, Share> = HashMap::new();
        for (stand, share) in &self.shares {
            keys.entry(&stand.key).or_default().add(share, 1);
        }
        let mut rows: BTreeMap<Row, Share> = BTreeMap::new();
        for (key, share) in keys {
            for row in Row::of(key) {
                rows.entry(row).or_default().add(&share, 1);
            }
        }
        rows.retain(|_, share| !share.is_nothing());
        rows
    }

    /// What is added to the hexagons, by the finest hexagon of each report that has one.
    pub(super) fn blocks(&self) -> Blocks {
        let mut spots: HashMap<Located<'_>, Share> = HashMap::new();
        for (stand, share) in self.shares.iter().filter(|(stand, _)| stand.located) {
            let Some(Some(cell)) = self.cells.get(&stand.report) else { continue };
            spots.entry(Located::of(&stand.key, *cell)).or_default().add(share, 1);
        }
        let mut blocks: BTreeMap<BlockKey, _> = BTreeMap::new();
        for (at, share) in &spots {
            for (block, place) in blocks_of(at) {
                let cells: &mut BTreeMap<u8, Share> = blocks.entry(block).or_default();
                cells.entry(place).or_default().add(share, 1);
            }
        }
        for cells in blocks.values_mut() {
            cells.retain(|_, share| !share.is_nothing());
        }
        blocks.retain(|_, cells| !cells.is_empty());
        blocks
    }
}

macro_rules! push_row {
    ($values:expr, $row:expr, $tally:expr, $hours:expr) => {
        $values
            .push_bind($row.center_id.as_str())
            .push_bind($row.grain.as_str())
            .push_bind($row.category.as_str())
            .push_bind($row.office_id.as_str())
            .push_bind($row.period)
            .push_bind($row.generation_id.as_str())
            .push_bind($row.commune.as_str());
        for value in $tally.columns() {
            $values.push_bind(value);
        }
        $values.push_bind($hours);
    };
}

#[derive(sqlx::FromRow)]
struct KeptHours {
    #[sqlx(flatten)]
    row: Row,
    hours: Vec<u8>,
}

steps! {
    /// Writes to the tables of figures.
    trait Tallies {
        /// Adds the differences; last in a transaction, because these rows are shared by many.
        async fn add_counts(&mut self, counts: Counts) -> () {
            let mut counts = counts;
            counts.shares.retain(|_, share| !share.is_nothing());
            if counts.shares.is_empty() {
                return Ok(());
            }
            for (report, cell) in self.cells_of(&counts.unlocated()).await? {
                counts.cells.insert(report, Some(cell));
            }
            self.add_rows(counts.rows()).await?;
            self.add_blocks(counts.blocks()).await
        }

        /// The finest hexagon of each report that has one.
        async fn cells_of(&mut self, reports: &[Uuid]) -> Vec<(Uuid, i64)> {
            let mut cells = Vec::with_capacity(reports.len());
            for some in portions(reports) {
                let mut query = sqlx::QueryBuilder::new(CELLS);
                let mut ids = query.separated(", ");
                for id in some {
                    ids.push_bind(*id);
                }
                query.push(")");
                cells.extend(query.build_query_as::<(Uuid, i64)>().fetch_all(&mut *self).await?);
            }
            Ok(cells)
        }

        /// Counts are added by the database. Histograms are read back from the rows, which are held by then, and
        /// written anew.
        async fn add_rows(&mut self, rows: BTreeMap<Row, Share>) -> () {
            let mut hours: BTreeMap<Row, Share> = BTreeMap::new();
            let listed: Vec<(&Row, &Share)> = rows.iter().collect();
            for some in portions(&listed) {
                let mut query = sqlx::QueryBuilder::new(ROWS);
                query.push_values(some, |mut values, (row, share)| {
                    push_row!(values, row, share.tally, Vec::<u8>::new());
                });
                query.push(ADD);
                let kept: Vec<KeptHours> = query.build_query_as().fetch_all(&mut *self).await?;
                for KeptHours { row, hours: bytes } in kept {
                    if let Some(share) = rows.get(&row).filter(|share| !share.hours.is_empty()) {
                        let mut sum = Share::default();
                        add_hours(&bytes, 1, &mut sum.hours)?;
                        sum.add(&Share { tally: Tally::default(), hours: share.hours.clone() }, 1);
                        hours.insert(row, sum);
                    }
                }
            }
            let listed: Vec<(&Row, &Share)> = hours.iter().collect();
            for some in portions(&listed) {
                let mut query = sqlx::QueryBuilder::new(ROWS);
                query.push_values(some, |mut values, (row, share)| {
                    push_row!(values, row, Tally::default(), pack_hours(&share.hours));
                });
                query.push(SET_HOURS);
                query.build().execute(&mut *self).await?;
            }
            Ok(())
        }
    }
}
