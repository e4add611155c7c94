//! The part of the draw where the map is hard to read: beside borders, at corners, in doubt, and on ground that passes
//! from one commune to another at noon.

use anyhow::Context;
use geo::Coord;

use super::{
    day::{Draw, PHONES, rounded},
    province::Ground,
    redraw::noon,
    script::{After, Channel, Kind, Quirk, Report, Whereabouts},
    survey::{Beside, Survey, metres, moved},
    truth::Truth,
};
use crate::domain::clock::{HOUR, MINUTE, Timestamp};

/// Reports beside borders, one kind after the other.
#[cfg(test)]
pub const AT_BORDERS: usize = CLOSE + CORNERS + DOUBTFUL;
/// Of each kind, and of those on moved ground.
const CLOSE: usize = 10;
const CORNERS: usize = 5;
const DOUBTFUL: usize = 3;
const MOVED: usize = 9;
/// Draws before a search gives up.
const TRIES: usize = 5_000;
/// How far moved ground is drawn from every border, metres: more than five times what its phones are off.
const CLEAR_M: f64 = 80.0;

impl<'a> Draw<'a> {
    /// What lies within 30 m of a border on the map of the afternoon; where `earlier` has another border, not there.
    pub(super) fn at_borders(&mut self, earlier: Option<&Survey<'_>>) -> anyhow::Result<()> {
        for number in 0..CLOSE {
            self.close(number, earlier)?;
        }
        let mut corners = self.survey.corners();
        corners.retain(|(at, _)| earlier.is_none_or(|map| map.border_m(*at) < 0.001 && agree(self.survey, map, *at)));
        for number in 0..CORNERS {
            let (corner, grounds) = self.dice.pick(&corners).clone();
            self.corner(number, corner, &grounds, earlier)?;
        }
        for number in 0..DOUBTFUL {
            self.doubtful(number, earlier)?;
        }
        Ok(())
    }

    /// Three in five by a phone under open sky, the others points without an accuracy, as near as half a metre.
    fn close(&mut self, number: usize, earlier: Option<&Survey<'_>>) -> anyhow::Result<()> {
        let by_phone = number % 5 < 3;
        let beside = self.beside(if by_phone { (8.0, 30.0) } else { (0.5, 30.0) }, earlier)?;
        let place = if by_phone { self.good_phone(beside.at) } else { point(beside.at, number.is_multiple_of(2)) };
        self.border(Kind::Close, beside.ground, beside.at, place);
        Ok(())
    }

    /// The first exactly on the vertex, where each of the communes is right; then by good phones and as points.
    fn corner(
        &mut self,
        number: usize,
        corner: Coord<f64>,
        grounds: &[&'a Ground],
        earlier: Option<&Survey<'_>>,
    ) -> anyhow::Result<()> {
        if number == 0 {
            let category = self.dice.pick(&self.menu.commune).clone();
            let truth = Truth::Office(grounds.iter().map(|ground| ground.office()).collect());
            let place = Whereabouts::Point { at: corner, by_hand: true };
            let report = self.add(Kind::Corner, truth, None, &category, place);
            report.placed = grounds.iter().map(|ground| ground.code.clone()).collect();
            return Ok(());
        }
        let by_phone = number % 2 == 1;
        let least = if by_phone { 8.0 } else { 0.5 };
        for _ in 0..TRIES {
            let at = moved(corner, self.dice.between(-30.0, 30.0), self.dice.between(-30.0, 30.0));
            if let [ground] = self.survey.covering(at)[..]
                && metres(corner, at) <= 30.0
                && self.survey.border_m(at) >= least
                && earlier.is_none_or(|map| agree(self.survey, map, at))
            {
                let place = if by_phone { self.good_phone(at) } else { point(at, number == 2) };
                self.border(Kind::Corner, ground, at, place);
                return Ok(());
            }
        }
        // So sharp a corner that nothing is clear within it: beside any border instead.
        self.close(if by_phone { 0 } else { 3 }, earlier)
    }

    /// The phone is across the border, by less than a third of its σ: it must ask. One sends first and is asked
    /// afterwards, so that its ticket stands with the likelier commune until its sender has spoken.
    fn doubtful(&mut self, number: usize, earlier: Option<&Survey<'_>>) -> anyhow::Result<()> {
        for _ in 0..TRIES {
            let beside = self.beside((1.0, 10.0), earlier)?;
            let accuracy_m = self.dice.between(20.0, 40.0).round();
            let place = self.phone_of(beside.at, accuracy_m);
            let Whereabouts::Gps { at, .. } = place else { continue };
            let across = matches!(self.survey.covering(at)[..], [one] if one.code == beside.other.code);
            if !across
                || self.survey.border_m(at) > 0.2 * accuracy_m
                || !earlier.is_none_or(|map| agree(self.survey, map, at))
            {
                continue;
            }
            let (first, finally) = (vec![beside.other.office()], vec![beside.ground.office()]);
            let report = self.border(Kind::Doubtful, beside.ground, beside.at, place);
            if number == 0 {
                report.channel = Channel::Hurried;
                report.truth = Truth::Passing { first, finally };
            }
            return Ok(());
        }
        anyhow::bail!("no place where a phone could be across a border")
    }

    /// What the map of the morning changes: reports on ground that passes to another commune at noon, a third of them
    /// seen and sent before, a third seen before and sent after, a third after; and the truth of those that were drawn
    /// before anybody knew of another map.
    pub(super) fn on_two_maps(&mut self, earlier: Option<&Survey<'_>>) -> anyhow::Result<()> {
        let Some(earlier) = earlier else { return Ok(()) };
        let edges = earlier.vertices_beside(self.survey);
        anyhow::ensure!(!edges.is_empty(), "the two maps of the day are one");
        for number in 0..MOVED {
            let (at, ground) = self.moved_ground(earlier, &edges)?;
            let place = self.good_phone(at);
            let (sooner, later) = (self.dice.span(0, 25 * MINUTE), self.dice.span(HOUR, 8 * HOUR));
            let start = self.start;
            let report = self.border(Kind::Moved, ground, at, place);
            (report.fate.quirk, report.fate.after) = (Quirk::None, After::Silent);
            report.placed = vec![ground.code.clone()];
            match number % 3 {
                // All but one of them wait in a queue at noon.
                0 if number > 0 => report.sent_at = noon().plus(-sooner),
                0 => report.sent_at = start.plus(HOUR + sooner),
                1 => {
                    report.channel = Channel::Offline(PHONES);
                    report.sent_at = noon().plus(5 * HOUR);
                    report.age = report.sent_at.since(noon()) + later / 4;
                }
                _ => report.sent_at = noon().plus(later),
            }
        }
        for number in 0..self.reports.len() {
            let now: Vec<_> = self.reports[number].point.map(|at| self.survey.covering(at)).unwrap_or_default();
            self.reports[number].on_the_morning_map(earlier, &now);
        }
        Ok(())
    }

    /// A point that another commune covers in the morning, far from every border of both maps.
    fn moved_ground(&self, earlier: &Survey<'_>, edges: &[Coord<f64>]) -> anyhow::Result<(Coord<f64>, &'a Ground)> {
        for _ in 0..TRIES {
            let near = *self.dice.pick(edges);
            let at = moved(near, self.dice.between(-600.0, 600.0), self.dice.between(-600.0, 600.0));
            if let ([before], [now]) = (&earlier.covering(at)[..], &self.survey.covering(at)[..])
                && before.code != now.code
                && earlier.border_m(at).min(self.survey.border_m(at)) >= CLEAR_M
            {
                return Ok((at, now));
            }
        }
        anyhow::bail!("the two maps differ nowhere by more than {CLEAR_M} m on either side")
    }

    fn beside(&self, range: (f64, f64), earlier: Option<&Survey<'_>>) -> anyhow::Result<Beside<'a>> {
        for _ in 0..TRIES {
            let beside = self.survey.beside_border(&self.dice, range).context("no border between two communes")?;
            let alone = self.survey.border_m(beside.at) >= range.0;
            if alone && earlier.is_none_or(|map| agree(self.survey, map, beside.at)) {
                return Ok(beside);
            }
        }
        anyhow::bail!("no border that both maps of the day share")
    }

    /// 3–8 m.
    fn good_phone(&self, at: Coord<f64>) -> Whereabouts {
        self.phone_of(at, self.dice.between(3.0, 8.0).round())
    }

    fn border(&mut self, kind: Kind, ground: &Ground, at: Coord<f64>, place: Whereabouts) -> &mut Report {
        let category = self.dice.pick(&self.menu.commune).clone();
        let exact = matches!(place, Whereabouts::Point { .. });
        let report = self.home(kind, ground, &category, place);
        report.point = Some(at);
        if exact {
            report.placed = vec![ground.code.clone()];
        }
        report
    }
}

impl Report {
    /// Where another commune covered the true point in the morning: what was seen then is placed there, and what was
    /// sent then goes there first. `now` are the communes of the afternoon.
    fn on_the_morning_map(&mut self, earlier: &Survey<'_>, now: &[&Ground]) {
        let (Some(at), Truth::Office(offices)) = (self.point, &self.truth) else { return };
        let before = earlier.covering(at);
        let codes = |grounds: &[&Ground]| grounds.iter().map(|ground| ground.code.clone()).collect::<Vec<_>>();
        let by_commune = offices.iter().eq(&now.iter().map(|ground| ground.office()).collect::<Vec<_>>());
        if !by_commune || before.is_empty() || codes(&before) == codes(now) || self.seen_at() > noon() {
            return;
        }
        self.commune = before.first().map(|ground| ground.code.clone());
        if !self.placed.is_empty() {
            self.placed = codes(&before);
        }
        if self.leaves_at() <= noon() {
            let first: Vec<_> = before.iter().map(|ground| ground.office()).collect();
            let finally = offices.iter().chain(&first).cloned().collect();
            self.truth = Truth::Passing { first, finally };
        }
    }

    /// The step of the day, every half hour, at which it is sent.
    fn leaves_at(&self) -> Timestamp {
        let half = 30 * MINUTE;
        let late = noon().since(self.sent_at).rem_euclid(half);
        self.sent_at.plus(late)
    }

    fn seen_at(&self) -> Timestamp {
        self.leaves_at().plus(-self.age)
    }
}

/// A point as it is sent: six decimals move it by less than 0.1 m.
fn point(at: Coord<f64>, by_hand: bool) -> Whereabouts {
    Whereabouts::Point { at: rounded(at), by_hand }
}

/// Whether both maps have the same communes and borders around `at`.
fn agree(one: &Survey<'_>, other: &Survey<'_>, at: Coord<f64>) -> bool {
    let codes = |map: &Survey<'_>| map.covering(at).iter().map(|ground| ground.code.clone()).collect::<Vec<_>>();
    codes(one) == codes(other) && (one.border_m(at) - other.border_m(at)).abs() < 0.01
}

#[cfg(test)]
mod tests {
    use super::{
        super::{day, province::World, survey::covers, truth::Menu},
        *,
    };

    /// The invented province, in the morning with one corner of four communes elsewhere.
    fn maps() -> World {
        let mut world = World::synthetic();
        world.earlier = world.boundaries.clone();
        let shared = world.boundaries[20].shape.0[0].exterior().0[2];
        for part in world.earlier.iter_mut().flat_map(|ground| ground.shape.0.iter_mut()) {
            part.exterior_mut(|ring| {
                ring.coords_mut().filter(|at| **at == shared).for_each(|at| (at.x, at.y) = (at.x + 0.02, at.y + 0.01));
            });
        }
        world
    }

    fn drawn(seed: u64, world: &World, is_redrawn: bool) -> Vec<Report> {
        let (survey, earlier) = (Survey::of(world), Survey::over(&world.earlier));
        let start = noon().plus(-7 * HOUR);
        day::draw(seed, (&survey, is_redrawn.then_some(&earlier)), &Menu::sample(), start, "t").unwrap()
    }

    fn of(day: &[Report], kind: Kind) -> Vec<&Report> {
        day.iter().filter(|report| report.kind == kind).collect()
    }

    #[test]
    fn what_lies_at_a_border_lies_within_thirty_metres_of_it() {
        let world = maps();
        let survey = Survey::of(&world);
        for seed in 0..5 {
            let day = drawn(seed, &world, false);
            let (close, corners) = (of(&day, Kind::Close), of(&day, Kind::Corner));
            assert_eq!(close.len() + corners.len() + of(&day, Kind::Doubtful).len(), AT_BORDERS);
            for report in close.iter().chain(&corners).filter(|report| report.point.is_some()) {
                let at = report.point.unwrap();
                assert!(survey.border_m(at) <= 31.0, "{report:?}");
                let home = survey.ground(report.commune.as_ref().unwrap()).unwrap();
                assert!(covers(home, at) && report.truth.first(&home.office()), "{report:?}");
            }
            let meeting = corners.iter().find(|report| report.point.is_none()).unwrap();
            assert!(meeting.placed.len() >= 3, "{meeting:?}");
        }
    }

    #[test]
    fn a_phone_in_doubt_is_across_the_border_and_its_sender_knows_better() {
        let world = maps();
        let survey = Survey::of(&world);
        for seed in 0..5 {
            let day = drawn(seed, &world, false);
            let doubtful = of(&day, Kind::Doubtful);
            for report in &doubtful {
                let told = survey.covering(report.sent_position().unwrap());
                assert_ne!(Some(&told[0].code), report.commune.as_ref());
            }
            let hurried: Vec<_> = doubtful.iter().filter(|report| report.channel == Channel::Hurried).collect();
            assert!(matches!(&hurried[..], [one] if matches!(one.truth, Truth::Passing { .. })), "{hurried:?}");
        }
    }

    #[test]
    fn moved_ground_is_placed_on_the_map_of_its_moment_and_stands_with_todays_office() {
        let world = maps();
        let (now, before) = (Survey::of(&world), Survey::over(&world.earlier));
        for seed in 0..5 {
            let day = drawn(seed, &world, true);
            let moved = of(&day, Kind::Moved);
            assert_eq!(moved.len(), MOVED);
            for report in &moved {
                let at = report.point.unwrap();
                let (old, new) = (before.covering(at)[0], now.covering(at)[0]);
                assert_ne!(old.code, new.code);
                let (seen_before, sent_before) = (report.seen_at() <= noon(), report.leaves_at() <= noon());
                assert_eq!(report.placed, [if seen_before { &old.code } else { &new.code }.clone()]);
                assert_eq!(report.truth.first(&old.office()), sent_before);
                assert_eq!(report.truth.first(&new.office()), !sent_before);
                assert!(report.truth.finally(&new.office()));
            }
            let saved = moved.iter().filter(|report| report.seen_at() <= noon() && report.leaves_at() > noon());
            assert_eq!(saved.count(), MOVED / 3);
        }
    }

    #[test]
    fn the_rest_of_the_day_is_the_same_on_one_map_and_on_two() {
        let world = maps();
        let (one, two) = (drawn(3, &world, false), drawn(3, &world, true));
        let ordinary = |day: &[Report]| {
            day.iter()
                .filter(|report| report.kind == Kind::Ordinary)
                .map(|report| report.text.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(ordinary(&one), ordinary(&two));
    }
}
