//! What a dashboard asks: any year of the history, any filter, any tile over the province.

use crate::{
    analytics::metric::Metric,
    domain::{
        clock::{Day, Entropy, Timestamp},
        month::Month,
    },
    flow::Centre,
};

/// A kind of question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Communes,
    CommunesFiltered,
    HexagonsFive,
    HexagonsSeven,
    HexagonsEight,
    HexagonsNine,
    Summary,
    Offices,
    Categories,
    Timeline,
    TileCommunes,
    TileHeat,
}

impl Kind {
    pub const ALL: [Self; 12] = [
        Self::Communes,
        Self::CommunesFiltered,
        Self::HexagonsFive,
        Self::HexagonsSeven,
        Self::HexagonsEight,
        Self::HexagonsNine,
        Self::Summary,
        Self::Offices,
        Self::Categories,
        Self::Timeline,
        Self::TileCommunes,
        Self::TileHeat,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Communes => "heatmap by commune",
            Self::CommunesFiltered => "heatmap by commune, one category or office",
            Self::HexagonsFive => "heatmap h3 5, whole province",
            Self::HexagonsSeven => "heatmap h3 7, whole province",
            Self::HexagonsEight => "heatmap h3 8, a box of 60 km",
            Self::HexagonsNine => "heatmap h3 9, a box of 25 km",
            Self::Summary => "stats/summary",
            Self::Offices => "stats/offices",
            Self::Categories => "stats/offices by category, twelve months",
            Self::Timeline => "stats/timeline by day",
            Self::TileCommunes => "tile communes",
            Self::TileHeat => "tile heat",
        }
    }
}

/// Metrics in turn, so that every one is asked for.
const METRICS: [&str; 8] = [
    "reports",
    "open",
    "overdue",
    "on_time_share",
    "median_resolution_hours",
    "p90_resolution_hours",
    "reopened_share",
    "satisfaction",
];

/// Draws questions.
pub struct Asking {
    entropy: Entropy,
    categories: Vec<String>,
    offices: Vec<String>,
    first: Day,
    days: i64,
    asked: usize,
}

impl Asking {
    /// About a history that ends at `now`.
    pub fn new(centre: &Centre, entropy: Entropy, now: Timestamp, days: i64) -> Self {
        let categories = centre.routes.book().categories.iter().map(|category| category.code.to_string());
        let offices = centre.routes.directory().offices.iter().map(|office| office.id.to_string());
        let first = Day(now.day().0 - i32::try_from(days).unwrap_or_default());
        Self { entropy, categories: categories.collect(), offices: offices.collect(), first, days, asked: 0 }
    }

    /// Any 365 days within the history.
    pub fn year(&mut self) -> (Day, Day) {
        let from = self.first.0 + self.below(self.days - 364);
        (Day(from), Day(from + 364))
    }

    /// Any twelve months within the history.
    fn months(&mut self) -> (Day, Day) {
        let month = Month::of(self.year().0);
        (month.first(), Month(month.0 + 11).last())
    }

    fn below(&self, n: i64) -> i32 {
        let drawn = u64::from_be_bytes(self.entropy.bytes()) % n.max(1).unsigned_abs();
        i32::try_from(drawn).unwrap_or_default()
    }

    /// The path of the next question.
    pub fn question(&mut self, kind: Kind) -> String {
        self.asked += 1;
        let metric = METRICS[self.asked % METRICS.len()];
        debug_assert!(metric.parse::<Metric>().is_ok());
        let (from, to) = self.year();
        let span = format!("from={from}&to={to}");
        let heat = format!("/api/v1/heatmap?metric={metric}&{span}");
        match kind {
            Kind::Communes => format!("{heat}&geometry=none"),
            Kind::CommunesFiltered => {
                let (list, name) = if self.asked.is_multiple_of(2) {
                    (&self.categories, "category")
                } else {
                    (&self.offices, "office")
                };
                let place = usize::try_from(self.below(list.len().try_into().unwrap_or(1))).unwrap_or_default();
                format!("{heat}&geometry=none&{name}={}", list[place])
            }
            Kind::HexagonsFive => format!("{heat}&by=h3&resolution=5"),
            Kind::HexagonsSeven => format!("{heat}&by=h3&resolution=7"),
            Kind::HexagonsEight => format!("{heat}&by=h3&resolution=8&{}", self.boxed(0.6)),
            Kind::HexagonsNine => format!("{heat}&by=h3&resolution=9&{}", self.boxed(0.25)),
            Kind::Summary => format!("/api/v1/stats/summary?{span}"),
            Kind::Offices => format!("/api/v1/stats/offices?{span}"),
            Kind::Categories => {
                let (from, to) = self.months();
                format!("/api/v1/stats/offices?categories=true&from={from}&to={to}")
            }
            Kind::Timeline => format!("/api/v1/stats/timeline?step=day&{span}"),
            Kind::TileCommunes => format!("/tiles/communes/{}", self.tile()),
            Kind::TileHeat => format!("/tiles/heat/{}?metric={metric}&{span}", self.tile()),
        }
    }

    /// A point of the province, degrees.
    fn point(&self) -> (f64, f64) {
        let thousandth = |n| f64::from(self.below(n)) / 1_000.0;
        (102.2 + thousandth(1_200), 20.9 + thousandth(1_500))
    }

    fn boxed(&self, degrees: f64) -> String {
        let (west, south) = self.point();
        format!("bbox={west},{south},{},{}", west + degrees, south + degrees)
    }

    /// A tile over the province, zoom 6 to 14.
    fn tile(&self) -> String {
        let (zoom, (lon, lat)) = (6 + self.below(9), self.point());
        let side = f64::from(1 << zoom);
        let x = ((lon + 180.0) / 360.0 * side).floor();
        let y = ((1.0 - lat.to_radians().tan().asinh() / std::f64::consts::PI) / 2.0 * side).floor();
        format!("{zoom}/{x}/{y}.mvt")
    }
}
