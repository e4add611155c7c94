//! When and where what is reported: use grows over the year, storms come from June to September, fires in spring.

use super::{
    places::Commune,
    texts::{Texts, month},
    year::Dice,
};
use crate::domain::{
    clock::{DAY, HOUR, MINUTE, Timestamp},
    ids::CategoryCode,
};

/// Share of all reports that come in crowds around storm days.
const STORM_SHARE: f64 = 0.14;
/// How many storms a season brings.
const STORMS: usize = 7;
/// How many communes one storm hits.
const HIT: usize = 4;
/// The storm season: June to September.
const STORM_MONTHS: std::ops::RangeInclusive<usize> = 5..=8;

/// One report before it is written.
#[derive(Debug, Clone)]
pub(super) struct Draw {
    /// When it is sent.
    pub at: Timestamp,
    /// What about.
    pub category: CategoryCode,
    /// Place in the list of communes.
    pub commune: usize,
}

struct Storm {
    day: Timestamp,
    communes: Vec<usize>,
}

/// Draws `count` reports between `from` and `to`, ascending.
pub(super) fn draw(
    texts: &Texts,
    communes: &[Commune],
    (from, to): (Timestamp, Timestamp),
    count: usize,
    dice: &Dice,
) -> Vec<Draw> {
    let days: Vec<Timestamp> = (0..=to.since(from).max(0) / DAY).map(|n| from.plus(n * DAY)).collect();
    let storms = storms(&days, communes, dice);
    let calm = Weighted::new(days.iter().zip(0_u32..).map(|(day, n)| intensity(texts, *day) * growth(n, days.len())));
    let places = Weighted::new(communes.iter().map(|commune| commune.weight));
    let mut drawn: Vec<Draw> = vec![];
    while drawn.len() < count {
        let stormy = !storms.is_empty() && dice.chance(STORM_SHARE);
        let (day, commune) = if stormy {
            let storm = dice.pick(&storms);
            (storm.day, *dice.pick(&storm.communes))
        } else {
            (days[calm.draw(dice)], places.draw(dice))
        };
        let at = day.day().start().plus(hour_of_day(dice));
        if (from..to).contains(&at) {
            drawn.push(Draw { at, category: category(texts, at, stormy, dice), commune });
        }
    }
    drawn.sort_by_key(|draw| draw.at);
    drawn
}

/// More people know of it every week: from half of the mean to one and a half.
fn growth(day: u32, days: usize) -> f64 {
    0.5 + f64::from(day) / f64::from(u32::try_from(days.max(1)).unwrap_or(u32::MAX))
}

/// How much is reported on that day, all categories together.
fn intensity(texts: &Texts, day: Timestamp) -> f64 {
    let weekend = if day.day().weekday() >= 5 { 0.75 } else { 1.0 };
    weekend * texts.stories.values().map(|story| story.weight * story.months[month(day)]).sum::<f64>()
}

fn category(texts: &Texts, at: Timestamp, stormy: bool, dice: &Dice) -> CategoryCode {
    let fitting: Vec<_> = texts.stories.iter().filter(|(_, story)| story.storm || !stormy).collect();
    let weights = Weighted::new(fitting.iter().map(|(_, story)| story.weight * story.months[month(at)]));
    fitting[weights.draw(dice)].0.clone()
}

/// People are awake from five to ten, most of them in the middle of the day.
fn hour_of_day(dice: &Dice) -> i64 {
    5 * HOUR + i64::midpoint(dice.span(0, 17 * HOUR), dice.span(0, 17 * HOUR)) / MINUTE * MINUTE
}

/// Days of the season, each with a commune and those around it.
fn storms(days: &[Timestamp], communes: &[Commune], dice: &Dice) -> Vec<Storm> {
    let season: Vec<&Timestamp> = days.iter().filter(|day| STORM_MONTHS.contains(&month(**day))).collect();
    if season.is_empty() {
        return vec![];
    }
    let hit = |dice: &Dice| {
        let middle = &dice.pick(communes).villages[0];
        let mut near: Vec<usize> = (0..communes.len()).collect();
        near.sort_by(|a, b| {
            let far =
                |n: usize| (communes[n].villages[0].lon - middle.lon).hypot(communes[n].villages[0].lat - middle.lat);
            far(*a).total_cmp(&far(*b))
        });
        near.truncate(HIT);
        near
    };
    (0..STORMS).map(|_| Storm { day: **dice.pick(&season), communes: hit(dice) }).collect()
}

/// Draws places in proportion to their weights.
struct Weighted(Vec<f64>);

impl Weighted {
    fn new(weights: impl Iterator<Item = f64>) -> Self {
        let running = weights.scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        });
        Self(running.collect())
    }

    fn draw(&self, dice: &Dice) -> usize {
        let at = dice.unit() * self.0.last().copied().unwrap_or_default();
        self.0.partition_point(|sum| *sum <= at).min(self.0.len().saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::demo::places::Village;

    fn year(seed: u64) -> Vec<Draw> {
        let village = Village {
            name: "bản Co Mỵ".into(),
            area: "thai".into(),
            roads: vec!["Quốc lộ 12".into()],
            lon: 103.0,
            lat: 21.4,
        };
        let commune =
            |code: &str, weight| Commune { code: code.parse().unwrap(), weight, villages: vec![village.clone()] };
        let communes = [commune("03127", 6.0), commune("03160", 1.0)];
        let from: Timestamp = "2025-11-22T00:00:00Z".parse().unwrap();
        draw(&Texts::read(), &communes, (from, from.plus(365 * DAY)), 2_000, &Dice::seeded(seed))
    }

    #[test]
    fn fires_come_in_spring_and_landslides_in_the_storm_season() {
        let year = year(1);
        let share = |code: &str, months: &[usize]| {
            let all: Vec<_> = year.iter().filter(|draw| draw.category.as_str() == code).collect();
            let then = all.iter().filter(|draw| months.contains(&month(draw.at))).count();
            (then * 100 / all.len().max(1), all.len())
        };
        assert!(share("chay_rung", &[1, 2, 3]).0 >= 75, "{:?}", share("chay_rung", &[1, 2, 3]));
        assert!(share("sat_lo", &[5, 6, 7, 8]).0 >= 75, "{:?}", share("sat_lo", &[5, 6, 7, 8]));
    }

    #[test]
    fn the_same_seed_draws_the_same_year_and_people_are_awake() {
        let moments = |year: &[Draw]| year.iter().map(|draw| draw.at).collect::<Vec<_>>();
        assert_eq!(moments(&year(3)), moments(&year(3)));
        assert_ne!(moments(&year(3)), moments(&year(4)));
        assert!(year(3).iter().all(|draw| (5 * HOUR..=22 * HOUR).contains(&draw.at.time_of_day())));
    }
}
