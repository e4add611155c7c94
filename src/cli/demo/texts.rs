//! What people write: sentences from the data files, with their blanks filled.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{places::Village, year::Dice};
use crate::{
    domain::{
        clock::{HOUR, Timestamp},
        ids::CategoryCode,
        text::Description,
    },
    flow::RefusalReason,
};

/// A report with one of these says itself since when.
const SAYS_WHEN: [&str; 5] = ["ngày", "hôm", "đêm", "tuần", "{gio}"];

/// Everything that is written, and how often each category comes.
pub(super) struct Texts {
    /// By category.
    pub stories: BTreeMap<CategoryCode, Story>,
    /// Whatever the category.
    pub words: Words,
}

/// One category's reports and answers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Story {
    /// How common, against the others.
    pub weight: f64,
    /// Factors by month, January first; all 1 where left out.
    #[serde(default = "all_year")]
    pub months: [f64; 12],
    /// Comes in crowds around a storm day.
    #[serde(default)]
    pub storm: bool,
    /// What is reported.
    pub reports: Vec<String>,
    /// What the office answers.
    pub answers: Vec<String>,
}

fn all_year() -> [f64; 12] {
    [1.0; 12]
}

/// Sentences for every category.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    pub urgent_when: Vec<String>,
    pub calm_when: Vec<String>,
    pub wishes: Vec<String>,
    pub hints: Vec<String>,
    pub questions: Vec<String>,
    pub replies: Vec<String>,
    pub reopenings: Vec<String>,
    pub extensions: Vec<String>,
    pub transfers: Vec<String>,
    pub praises: Vec<String>,
    pub grumbles: Vec<String>,
    pub names_thai: Vec<String>,
    pub names_hmong: Vec<String>,
    pub names_kinh: Vec<String>,
    pub refusals: Vec<RefusalText>,
}

/// A reason with its words.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RefusalText {
    /// The stable word.
    pub reason: RefusalReason,
    /// For the citizen.
    pub text: String,
}

impl Texts {
    /// Reads the files from inside the binary.
    pub fn read() -> Self {
        Self {
            stories: toml::from_str(include_str!("stories.toml")).expect("the built-in file is read by a test"),
            words: toml::from_str(include_str!("words.toml")).expect("the built-in file is read by a test"),
        }
    }

    /// A report sent at `at`: what happened, since when where it does not say so itself, and a wish.
    pub fn report(&self, story: &Story, urgent: bool, village: &Village, at: Timestamp, dice: &Dice) -> String {
        let mut text = said(&story.reports, village, dice);
        let timed = SAYS_WHEN.iter().any(|word| text.contains(word));
        let when = if urgent { &self.words.urgent_when } else { &self.words.calm_when };
        if !timed && dice.chance(0.6) {
            text = format!("{text} {}", said(when, village, dice));
        }
        if dice.chance(0.6) {
            text = format!("{text} {}", said(&self.words.wishes, village, dice));
        }
        let hour = at.plus(-dice.span(0, 3 * HOUR)).time_of_day() / HOUR;
        text.replace("{gio}", &format!("{hour} giờ"))
    }

    /// Somebody's name, as it is usual among those who live there.
    pub fn name(&self, village: &Village, dice: &Dice) -> String {
        let names = match village.area.as_str() {
            "kinh" => &self.words.names_kinh,
            "hmong" => &self.words.names_hmong,
            _ => &self.words.names_thai,
        };
        dice.pick::<String>(names).clone()
    }
}

/// The sentence with its blanks filled and a capital at its beginning.
fn fill(template: &str, village: &Village, dice: &Dice) -> String {
    let (number, road) = (3 + dice.below(28), dice.pick::<String>(&village.roads));
    let filled = template.replace("{ban}", &village.name).replace("{duong}", road).replace("{so}", &number.to_string());
    let mut letters = filled.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// One of the sentences, filled.
pub(super) fn said(of: &[String], village: &Village, dice: &Dice) -> String {
    let template = dice.pick(of);
    fill(template, village, dice)
}

/// The same as the front door takes it.
pub(super) fn one_of(of: &[String], village: &Village, dice: &Dice) -> Description {
    Description::parse(&said(of, village, dice)).expect("no sentence of the files is empty or long")
}

/// In which month of Vietnam's calendar a moment falls, January is 0.
pub(super) fn month(at: Timestamp) -> usize {
    usize::from(at.day().date().month().unsigned_abs()) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_read_and_every_blank_is_filled() {
        let texts = Texts::read();
        let village = Village {
            name: "bản Nà Tấu".into(),
            area: "thai".into(),
            roads: vec!["Quốc lộ 279".into()],
            lon: 103.1,
            lat: 21.5,
        };
        let dice = Dice::seeded(1);
        let whole = |said: &str| {
            assert!(!said.contains(['{', '}']), "{said}");
            assert!(said.chars().next().is_some_and(|first| !first.is_lowercase()), "{said}");
        };
        let words = &texts.words;
        let common = [&words.replies, &words.reopenings, &words.questions, &words.hints, &words.extensions];
        let answers = texts.stories.values().map(|story| &story.answers);
        for sentence in common.into_iter().chain(answers).flatten() {
            whole(&fill(sentence, &village, &dice));
        }
        let at = "2026-07-24T07:05:00Z".parse().unwrap();
        for story in texts.stories.values() {
            for urgent in [true, false].repeat(20) {
                whole(&texts.report(story, urgent, &village, at, &dice));
            }
        }
    }

    #[test]
    fn frequent_categories_have_at_least_eight_reports() {
        for (code, story) in Texts::read().stories {
            assert!(story.weight < 5.5 || story.reports.len() >= 8, "{code}");
        }
    }
}
