//! The draw: seed, land and categories become the reports of one storm day, with their truth.

use anyhow::Context;
use geo::Coord;
use serde_json::json;

use super::{
    dice::Dice,
    province::Ground,
    script::{After, Channel, Contact, Fate, Kind, Quirk, Report, Whereabouts},
    survey::{Survey, moved},
    truth::{ABOUT_OFFICE, ABOVE, ELSEWHERE, LANDSLIDE, Menu, OTHER, Truth},
};
use crate::domain::clock::{DAY, HOUR, MINUTE, Timestamp};

/// Reports of the day, all kinds together.
const REPORTS: usize = 300;
/// How often each of the special kinds occurs (the landslide 6–10 times, the gap where the land has it).
const SPECIAL: [(Kind, usize); 8] = [
    (Kind::NearBorder, 12),
    (Kind::Frontier, 6),
    (Kind::ByName, 15),
    (Kind::Unplaced, 4),
    (Kind::Denunciation, 5),
    (Kind::AboutOffice, 5),
    (Kind::Nonsense, 4),
    (Kind::Malformed, 6),
];
/// Of the ordinary ones: saved offline, on how many phones, answer lost, sent by the team, wrong category.
const OFFLINE: usize = REPORTS / 10;
pub(super) const PHONES: usize = 9;
const LOST_ANSWERS: usize = 8;
const BY_TEAM: usize = 12;
const MISTAKEN: usize = REPORTS * 3 / 100;
/// The hole of 148 m² between two real communes, and those two.
const GAP: (Coord<f64>, [&str; 2]) = (Coord { x: 103.11638, y: 21.25309 }, ["03203", "03358"]);

const SENTENCES: [&str; 6] = [
    "nước chảy xiết từ đêm qua, xe máy không đi được",
    "bà con trong bản phải đi vòng, mong sớm xử lý",
    "mưa lớn làm hư hỏng nặng, đã cắm cành cây báo hiệu",
    "hai hộ gần đó rất lo, trời vẫn còn mưa",
    "đã báo trưởng bản, chưa thấy ai đến",
    "sáng nay trẻ em đi học phải quay về",
];

/// What the draw works with.
pub(super) struct Draw<'a> {
    pub survey: &'a Survey<'a>,
    pub menu: &'a Menu,
    pub dice: Dice,
    pub start: Timestamp,
    pub tag: String,
    pub reports: Vec<Report>,
}

/// The mark by which everything of a run is recognised, never a part of an ordinary text; `salt` tells runs apart.
pub fn tag(seed: u64, salt: Timestamp) -> String {
    let mixed = (seed ^ salt.0.unsigned_abs().rotate_left(17)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    format!("zq{:07x}", mixed >> 36)
}

/// Draws the day that begins at `start`: the reports, ordered by the moment they leave the phone, marked with `tag`.
/// `earlier` is the map until noon, where it is re-drawn then.
pub fn draw(
    seed: u64,
    (survey, earlier): (&Survey<'_>, Option<&Survey<'_>>),
    menu: &Menu,
    start: Timestamp,
    tag: &str,
) -> anyhow::Result<Vec<Report>> {
    let dice = Dice::seeded(seed);
    let mut draw = Draw { survey, menu, dice, start, tag: tag.into(), reports: Vec::with_capacity(REPORTS) };
    draw.landslide()?;
    draw.gap();
    for (kind, count) in SPECIAL {
        for _ in 0..count {
            draw.special(kind)?;
        }
    }
    let first = draw.reports.len();
    while draw.reports.len() < REPORTS {
        draw.ordinary()?;
    }
    draw.channels(first);
    draw.mistakes(first + OFFLINE);
    draw.bounces(REPORTS - 3)?;
    for reopened in draw.reports.iter_mut().rev().skip(3).take(2) {
        reopened.fate.quirk = Quirk::None;
        reopened.fate.after = After::Reopen;
    }
    // What lies at borders has dice of its own, so that the rest of a seed's day does not depend on it.
    draw.dice = Dice::seeded(seed.wrapping_add(2));
    draw.at_borders(earlier)?;
    draw.on_two_maps(earlier)?;
    draw.reports.sort_by_key(|report| (report.sent_at, report.n));
    Ok(draw.reports)
}

impl<'a> Draw<'a> {
    fn any(&self) -> anyhow::Result<&'a Ground> {
        self.survey.any(&self.dice).context("a world without communes")
    }

    /// A storm report somewhere, in a sixth of the cases a matter of the province.
    fn ordinary(&mut self) -> anyhow::Result<()> {
        let (at, covering) = self.survey.within(self.any()?, &self.dice);
        let offices = covering.iter().map(|ground| ground.office()).collect();
        let commune = covering.first().map(|ground| ground.code.clone());
        let (category, truth) = if self.dice.chance(1.0 / 6.0) {
            let (category, office) = self.dice.pick(&self.menu.province).clone();
            (category, Truth::Office(vec![office]))
        } else {
            (self.dice.pick(&self.menu.commune).clone(), Truth::Office(offices))
        };
        let place = self.phone(at);
        self.add(Kind::Ordinary, truth, commune, &category, place).point = Some(at);
        Ok(())
    }

    /// 6–10 reports of one landslide, all within 150 m of one another, within three hours of the morning.
    fn landslide(&mut self) -> anyhow::Result<()> {
        let ground = self.any()?;
        let centre = self.survey.deep(ground, &self.dice);
        let start = self.start;
        for number in 0..6 + self.dice.below(5) {
            let at = moved(centre, self.dice.between(-50.0, 50.0), self.dice.between(-50.0, 50.0));
            let place = self.phone(at);
            let later = if number == 0 { 0 } else { self.dice.span(MINUTE, 3 * HOUR) };
            let report = self.home(Kind::Landslide, ground, LANDSLIDE, place);
            report.fate = Fate { quirk: Quirk::None, effort_percent: 95, after: After::Silent, delay: HOUR };
            report.sent_at = start.plus(HOUR + later);
        }
        Ok(())
    }

    fn gap(&mut self) {
        let (at, neighbours) = GAP;
        if neighbours.iter().all(|code| self.survey.ground(code).is_some()) && self.survey.border_m(at) < 50.0 {
            let truth = Truth::Office(neighbours.map(|code| format!("xa-{code}")).to_vec());
            let category = self.dice.pick(&self.menu.commune).clone();
            let place = Whereabouts::Gps { at, accuracy_m: 5.0 };
            self.add(Kind::Gap, truth, None, &category, place);
        }
    }

    fn special(&mut self, kind: Kind) -> anyhow::Result<()> {
        let ground = self.any()?;
        let category = self.dice.pick(&self.menu.commune).clone();
        let deep = self.survey.deep(ground, &self.dice);
        let phone = self.phone(deep);
        match kind {
            Kind::NearBorder => {
                let beside = self.survey.beside_border(&self.dice, (20.0, 60.0));
                let beside = beside.context("no border between two communes")?;
                let place = self.phone(beside.at);
                self.home(kind, beside.ground, &category, place).point = Some(beside.at);
            }
            Kind::Frontier => {
                let at = self.survey.beyond(&self.dice).context("no place outside the communes")?;
                let place = self.phone(at);
                self.add(kind, Truth::Desk, None, &category, place);
            }
            Kind::ByName => {
                let place =
                    Whereabouts::Place { commune: ground.code.clone(), hint: "gần nhà văn hóa bản".into() };
                self.home(kind, ground, &category, place);
            }
            Kind::Unplaced => {
                self.add(kind, Truth::Desk, None, &category, Whereabouts::Nowhere);
            }
            Kind::Denunciation => {
                let category = *self.dice.pick(&ELSEWHERE);
                self.add(kind, Truth::Elsewhere, Some(ground.code.clone()), category, phone);
            }
            Kind::AboutOffice => {
                let truth = Truth::Office(vec![ABOVE.into()]);
                let report = self.add(kind, truth, Some(ground.code.clone()), ABOUT_OFFICE, phone);
                report.hidden_from = Some(ground.office());
            }
            Kind::Nonsense => {
                let report = self.home(kind, ground, OTHER, phone);
                report.text = format!("asdf qwer zxcv hjkl {}", report.marker);
                report.fate.after = After::Silent;
            }
            _ => self.malformed(ground, &category, deep),
        }
        Ok(())
    }

    /// The flaws take turns.
    fn malformed(&mut self, ground: &Ground, category: &str, at: Coord<f64>) {
        let flaw = self.reports.iter().filter(|report| report.kind == Kind::Malformed).count();
        let place = match flaw {
            0 => Whereabouts::Broken(json!({ "lon": at.y, "lat": at.x, "accuracy_m": 10.0 })),
            1 => Whereabouts::Broken(json!({ "lon": 0, "lat": 0, "accuracy_m": 10.0 })),
            2 => Whereabouts::Broken(json!({ "lon": "một trăm lẻ ba", "lat": at.y })),
            3 => Whereabouts::Broken(json!({ "lon": at.x, "lat": 1e308 })),
            _ => Whereabouts::Gps { at: rounded(at), accuracy_m: 10.0 },
        };
        let category = if flaw == 5 { "khong_co_that" } else { category };
        let report = self.add(Kind::Malformed, Truth::Malformed, Some(ground.code.clone()), category, place);
        if flaw == 4 {
            report.text = "   ".into();
        }
    }

    pub fn home(&mut self, kind: Kind, ground: &Ground, category: &str, place: Whereabouts) -> &mut Report {
        self.add(kind, Truth::Office(vec![ground.office()]), Some(ground.code.clone()), category, place)
    }

    pub fn add(
        &mut self,
        kind: Kind,
        truth: Truth,
        commune: Option<String>,
        category: &str,
        place: Whereabouts,
    ) -> &mut Report {
        let n = self.reports.len();
        let marker = format!("{}d{n:03}", self.tag);
        let what = self.menu.name(category);
        let report = Report {
            n,
            kind,
            truth,
            commune,
            point: None,
            placed: vec![],
            category: category.into(),
            mistaken: false,
            text: format!("{what}: {} ({marker})", self.dice.pick(&SENTENCES)),
            place,
            channel: Channel::App,
            // Two draws added: most of the reports around one in the afternoon, none before five or after nine.
            sent_at: self.start.plus(self.dice.span(0, 8 * HOUR) + self.dice.span(0, 8 * HOUR)),
            age: 0,
            contact: self.dice.chance(0.5).then(|| self.contact(n)),
            hidden_from: None,
            fate: self.fate(),
            key: format!("replay-{}-{n:03}", self.tag),
            marker,
        };
        self.reports.push(report);
        &mut self.reports[n]
    }

    fn contact(&self, n: usize) -> Contact {
        let mark = format!("{}c{n:03}", self.tag);
        Contact {
            name: format!("Lò Thị {mark}"),
            phone: format!("091{:07}", 1_000_003 + n * 27_644),
            email: format!("{mark}@example.vn"),
            share: self.dice.chance(0.15),
        }
    }

    fn fate(&self) -> Fate {
        let quirk = match self.dice.below(100) {
            0..5 => Quirk::Ask,
            5..8 => Quirk::Extend,
            8..11 => Quirk::Interrupted,
            _ => Quirk::None,
        };
        let percent = if self.dice.chance(0.95) { self.dice.below(70) + 20 } else { self.dice.below(20) + 110 };
        let after = match self.dice.below(100) {
            0..33 => After::Confirm,
            33..45 => After::Rate(u8::try_from(self.dice.below(5)).unwrap_or_default() + 1),
            _ => After::Silent,
        };
        let effort_percent = i64::try_from(percent).unwrap_or(50);
        Fate { quirk, effort_percent, after, delay: self.dice.span(2 * HOUR, 2 * DAY) }
    }

    /// What the phone says of `at`: an accuracy of 5–200 m, log-normal around 18 m, and a position off by the
    /// two-dimensional normal whose 68 % circle has that radius: σ = r / √(−2 ln 0.32).
    fn phone(&self, at: Coord<f64>) -> Whereabouts {
        let accuracy_m = (18.0 * (0.8 * self.dice.normals().0).exp()).clamp(5.0, 200.0).round();
        self.phone_of(at, accuracy_m)
    }

    /// The same with a given accuracy.
    pub fn phone_of(&self, at: Coord<f64>, accuracy_m: f64) -> Whereabouts {
        let sigma = accuracy_m / (-2.0 * 0.32_f64.ln()).sqrt();
        let (east, north) = self.dice.normals();
        Whereabouts::Gps { at: rounded(moved(at, sigma * east, sigma * north)), accuracy_m }
    }

    /// A tenth of the day late from offline phones; some answers lost; some sent by the team.
    fn channels(&mut self, first: usize) {
        let evenings: Vec<_> = (0..PHONES).map(|_| self.dice.span(7 * HOUR, 16 * HOUR)).collect();
        for (number, report) in self.reports[first..].iter_mut().enumerate() {
            if number < OFFLINE {
                let phone = number % PHONES;
                report.channel = Channel::Offline(phone);
                report.sent_at = self.start.plus(evenings[phone]);
                report.age = self.dice.span(10 * MINUTE, DAY);
            } else if number < OFFLINE + LOST_ANSWERS {
                report.channel = Channel::LostAnswer;
            } else if number < OFFLINE + LOST_ANSWERS + BY_TEAM {
                report.channel = Channel::Team;
                let mut contact = report.contact.take();
                if let Some(contact) = &mut contact {
                    contact.share = false;
                }
                report.contact = contact;
            }
        }
    }

    /// Some senders pick a wrong category; where the report belongs stays as it is.
    fn mistakes(&mut self, first: usize) {
        let offered: Vec<_> =
            self.menu.commune.iter().chain(self.menu.province.iter().map(|(code, _)| code)).cloned().collect();
        for report in &mut self.reports[first..first + MISTAKEN] {
            let wrong: Vec<_> = offered.iter().filter(|code| **code != report.category).collect();
            report.category = (*self.dice.pick(&wrong)).clone();
            report.mistaken = true;
        }
    }

    /// The last three: passed on though they were right, once without a name, once to a named office, and twice in a
    /// row, so that the way back is the third bounce.
    fn bounces(&mut self, first: usize) -> anyhow::Result<()> {
        for (number, times) in [(first, 1), (first + 1, 1), (first + 2, 2)] {
            let (ground, other) = (self.any()?, self.any()?);
            let named = number == first + 1 && other.code != ground.code;
            let place = self.phone(self.survey.deep(ground, &self.dice));
            let report = &mut self.reports[number];
            report.truth = Truth::Office(vec![ground.office()]);
            report.commune = Some(ground.code.clone());
            report.category = OTHER.into();
            report.place = place;
            report.point = None;
            report.fate.quirk = Quirk::Bounce { times, to: named.then(|| other.office()) };
        }
        Ok(())
    }
}

/// Six decimals, about 0.1 m, as phones send.
pub(super) fn rounded(at: Coord<f64>) -> Coord<f64> {
    Coord { x: (at.x * 1e6).round() / 1e6, y: (at.y * 1e6).round() / 1e6 }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::{
        super::{border::AT_BORDERS, province::World},
        *,
    };

    const START: Timestamp = Timestamp(1_784_584_800_000_000);

    fn day(seed: u64) -> Vec<Report> {
        let world = World::synthetic();
        draw(seed, (&Survey::of(&world), None), &Menu::sample(), START, &tag(seed, START)).unwrap()
    }

    #[test]
    fn the_same_seed_draws_the_same_day_and_another_does_not() {
        assert_eq!(day(7), day(7));
        assert_ne!(day(7), day(8));
    }

    #[test]
    fn every_kind_comes_as_often_as_the_day_says() {
        for seed in 0..5 {
            let day = day(seed);
            let mut kinds: BTreeMap<Kind, usize> = BTreeMap::new();
            for report in &day {
                *kinds.entry(report.kind).or_default() += 1;
            }
            assert_eq!(day.len(), REPORTS + AT_BORDERS);
            assert!((6..=10).contains(&kinds[&Kind::Landslide]), "{kinds:?}");
            for (kind, count) in SPECIAL {
                assert_eq!(kinds[&kind], count, "{kind:?}");
            }
            let offline = day.iter().filter(|report| matches!(report.channel, Channel::Offline(_)));
            assert!(offline.clone().count() == OFFLINE && offline.clone().all(|report| report.age > 0));
            assert_eq!(day.iter().filter(|report| report.mistaken).count(), MISTAKEN);
            assert_eq!(day.iter().filter(|report| report.channel == Channel::Team).count(), BY_TEAM);
            assert_eq!(day.iter().filter(|report| report.fate.after == After::Reopen).count(), 2);
            assert_eq!(day.iter().filter(|report| matches!(report.fate.quirk, Quirk::Bounce { .. })).count(), 3);
            assert!(day.iter().all(|report| (0..16 * HOUR).contains(&report.sent_at.since(START))));
            let keys: BTreeSet<_> = day.iter().map(|report| &report.key).collect();
            assert_eq!(keys.len(), REPORTS + AT_BORDERS);
        }
    }

    #[test]
    fn a_phone_is_off_by_what_it_says() {
        let day = draw(3, (&Survey::of(&World::synthetic()), None), &Menu::sample(), START, "t").unwrap();
        let drawn = day.iter().filter(|report| report.n < REPORTS);
        let mut said = drawn.filter_map(|report| match report.place {
            Whereabouts::Gps { accuracy_m, .. } => Some(accuracy_m),
            _ => None,
        });
        assert!(said.all(|metres| (5.0..=200.0).contains(&metres)));
        let world = World::synthetic();
        let (survey, menu) = (Survey::of(&world), Menu::sample());
        let draw = Draw {
            survey: &survey,
            menu: &menu,
            dice: Dice::seeded(1),
            start: START,
            tag: "t".into(),
            reports: vec![],
        };
        let truth = Coord { x: 103.0, y: 21.5 };
        let within = (0..2_000).filter(|_| {
            let Whereabouts::Gps { at, accuracy_m } = draw.phone(truth) else { return false };
            let (east, north) =
                ((at.x - truth.x) * 111_195.0 * truth.y.to_radians().cos(), (at.y - truth.y) * 111_195.0);
            east.hypot(north) <= accuracy_m
        });
        let share = f64::from(u32::try_from(within.count()).unwrap()) / 2_000.0;
        assert!((share - 0.68).abs() < 0.04, "{share}");
    }

    #[test]
    fn a_contact_is_marked_so_that_it_is_found_wherever_it_leaks() {
        let day = day(11);
        let with: Vec<_> = day.iter().filter(|report| report.contact.is_some()).collect();
        assert!((110..190).contains(&with.len()), "{}", with.len());
        assert!(with.iter().all(|report| report.personal().iter().all(|text| !report.text.contains(text))));
        assert!(with.iter().any(|report| report.shares()) && with.iter().any(|report| !report.shares()));
    }
}
