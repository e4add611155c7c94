//! What one ticket adds to the figures, so that aggregates are kept by adding the difference of two such counts in the
//! transaction of the event, and can be recomputed naively from the tickets.

use std::collections::BTreeMap;

use super::{
    clock::Day,
    ids::{CategoryCode, CenterId, CommuneCode, GenerationId, OfficeId},
    ticket::{State, Ticket},
};

/// k of the k-anonymity: positions and figures are shown in public for at least this many reports together.
pub const CROWD: i64 = 5;

/// Under which row a ticket counts. The cohort is the day received.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TallyKey {
    /// The centre.
    pub center: CenterId,
    /// The map that the commune is named on.
    pub generation: GenerationId,
    /// None: outside or unplaced, and for reports about an office: by the commune everybody would know which.
    pub commune: Option<CommuneCode>,
    /// Who has it.
    pub office: OfficeId,
    /// What it is about.
    pub category: CategoryCode,
    /// The day received, in Vietnam.
    pub day: Day,
}

/// Counts of one cohort; sums of them are counts of the union.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Reports received.
    pub reports: i64,
    /// Still open.
    pub open: i64,
    /// Open, and past the deadline to resolve.
    pub overdue: i64,
    /// Resolved or refused (and then perhaps closed).
    pub settled: i64,
    /// Of these, by the deadline first promised.
    pub on_time: i64,
    /// Of these, late by the first promise, in time by an extension.
    pub extended: i64,
    /// Reopened at least once.
    pub reopened: i64,
    /// Rated.
    pub rated: i64,
    /// Sum of the stars.
    pub stars: i64,
    /// Reached an end on that day, whenever they were received: what went out, beside `reports`, what came in.
    pub ended: i64,
}

impl Tally {
    /// The counts in the order of their columns.
    pub fn columns(&self) -> [i64; 10] {
        let Self { reports, open, overdue, settled, on_time, extended, reopened, rated, stars, ended } = *self;
        [reports, open, overdue, settled, on_time, extended, reopened, rated, stars, ended]
    }

    /// The counts from the order of their columns.
    pub fn from_columns(columns: [i64; 10]) -> Self {
        let [reports, open, overdue, settled, on_time, extended, reopened, rated, stars, ended] = columns;
        Self { reports, open, overdue, settled, on_time, extended, reopened, rated, stars, ended }
    }

    /// Adds `other` times `sign`.
    pub fn add(&mut self, other: Self, sign: i64) {
        let mut sum = self.columns();
        for (value, more) in sum.iter_mut().zip(other.columns()) {
            *value += sign * more;
        }
        *self = Self::from_columns(sum);
    }
}

/// Where a ticket counts.
pub fn key_of(ticket: &Ticket) -> TallyKey {
    TallyKey {
        center: ticket.center.clone(),
        generation: ticket.generation.clone(),
        commune: ticket.commune.clone().filter(|_| ticket.about.is_none()),
        office: ticket.office.clone(),
        category: ticket.category.clone(),
        day: ticket.received_at.day(),
    }
}

/// What a ticket counts.
pub fn tally_of(ticket: &Ticket) -> Tally {
    let settled = matches!(ticket.state, State::Resolved | State::Closed | State::Refused);
    let ended = ticket.ended_at.filter(|_| settled);
    let on_time = ended.is_some_and(|at| at <= ticket.promised_by);
    let extended = ended.is_some_and(|at| at > ticket.promised_by && at <= ticket.resolve_by);
    Tally {
        reports: 1,
        open: i64::from(ticket.state.is_open()),
        overdue: i64::from(ticket.state.is_open() && ticket.resolve_missed),
        settled: i64::from(settled),
        on_time: i64::from(on_time),
        extended: i64::from(extended),
        reopened: i64::from(ticket.round > 1),
        rated: i64::from(ticket.stars.is_some()),
        stars: ticket.stars.unwrap_or_default(),
        ended: 0,
    }
}

/// How many took how long: counts by [`bucket`]. Sums of histograms are histograms of the union.
pub type Hours = BTreeMap<i64, i64>;

/// Counts of one group, and the histogram of its working time to resolution.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Share {
    /// The counts.
    pub tally: Tally,
    /// The histogram.
    pub hours: Hours,
}

impl Share {
    /// Adds `other` times `sign`.
    pub fn add(&mut self, other: &Self, sign: i64) {
        self.tally.add(other.tally, sign);
        for (bucket, n) in &other.hours {
            let sum = self.hours.entry(*bucket).or_default();
            *sum += sign * n;
            if *sum == 0 {
                self.hours.remove(bucket);
            }
        }
    }

    /// Everything in it is zero.
    pub fn is_nothing(&self) -> bool {
        self.tally == Tally::default() && self.hours.is_empty()
    }
}

/// Everything that a ticket adds: to the day received, and to the day of its end.
pub fn shares_of(ticket: &Ticket) -> Vec<(TallyKey, Share)> {
    let key = key_of(ticket);
    let mut shares = Vec::with_capacity(2);
    if let Some(ended_at) = ticket.ended_at.filter(|_| !ticket.state.is_open()) {
        let tally = Tally { ended: 1, ..Tally::default() };
        shares.push((TallyKey { day: ended_at.day(), ..key.clone() }, Share { tally, hours: Hours::new() }));
    }
    let hours = bucket_of(ticket).map(|bucket| (bucket, 1)).into_iter().collect();
    shares.push((key, Share { tally: tally_of(ticket), hours }));
    shares
}

/// Upper bound of the histogram: 4 years of minutes.
const LAST_BUCKET: i64 = 292;

/// How many buckets there are.
pub const BUCKETS: usize = 293;

/// The ratio between the bounds of neighbouring buckets: a quantile read from the histogram is off by at most 2.5 %.
const BUCKET_RATIO: f64 = 1.05;

/// In which bucket of the histogram a ticket's working time to resolution falls; None while unresolved.
pub fn bucket_of(ticket: &Ticket) -> Option<i64> {
    let settled = matches!(ticket.state, State::Resolved | State::Closed);
    ticket.worked_minutes.filter(|_| settled).map(bucket)
}

/// Bucket 0 holds less than one minute; bucket `i` holds `1.05^(i-1) ..= 1.05^i` minutes.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "minutes below 2^52; clamped")]
pub fn bucket(minutes: i64) -> i64 {
    if minutes < 1 {
        return 0;
    }
    ((minutes as f64).ln() / BUCKET_RATIO.ln()).ceil().clamp(1.0, LAST_BUCKET as f64) as i64
}

/// The hours that stand for a bucket: the geometric middle of its bounds.
#[expect(clippy::cast_precision_loss, reason = "at most 292")]
pub fn bucket_hours(bucket: i64) -> f64 {
    if bucket <= 0 { 0.0 } else { BUCKET_RATIO.powf(bucket as f64 - 0.5) / 60.0 }
}
