//! What people write: sentences from the data files, with their blanks filled.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{places::Village, year::Dice};
use crate::{
    domain::{clock::Timestamp, ids::CategoryCode, text::Description},
    flow::RefusalReason,
};

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
    pub families_thai: Vec<String>,
    pub families_hmong: Vec<String>,
    pub families_kinh: Vec<String>,
    pub given_thai: Vec<String>,
    pub given_hmong: Vec<String>,
    pub given_kinh: Vec<String>,
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

    /// A report: what happened, since when, and a wish.
    pub fn report(&self, story: &Story, urgent: bool, village: &Village, dice: &Dice) -> String {
        let mut text = said(&story.reports, village, dice);
        let when = if urgent { &self.words.urgent_when } else { &self.words.calm_when };
        for (more, chance) in [(when, 0.55), (&self.words.wishes, 0.6)] {
            if dice.chance(chance) {
                text = format!("{text} {}", said(more, village, dice));
            }
        }
        text
    }

    /// Somebody's name, as it is usual among those who live there.
    pub fn name(&self, village: &Village, dice: &Dice) -> String {
        let words = &self.words;
        let (families, given) = match village.area.as_str() {
            "kinh" => (&words.families_kinh, &words.given_kinh),
            "hmong" => (&words.families_hmong, &words.given_hmong),
            _ => (&words.families_thai, &words.given_thai),
        };
        format!("{} {}", dice.pick(families), dice.pick(given))
    }
}

/// The sentence with its blanks filled and a capital at its beginning.
fn fill(template: &str, village: &Village, dice: &Dice) -> String {
    let hour = 5 + dice.below(16);
    let (number, road) = (3 + dice.below(28), dice.pick::<String>(&village.roads));
    let filled = template
        .replace("{ban}", &village.name)
        .replace("{duong}", road)
        .replace("{so}", &number.to_string())
        .replace("{gio}", &format!("{hour} giờ"));
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
        let stories = texts.stories.values().flat_map(|story| story.reports.iter().chain(&story.answers));
        let words = &texts.words;
        let common = [&words.hints, &words.replies, &words.reopenings, &words.calm_when, &words.urgent_when];
        for sentence in stories.chain(common.into_iter().flatten()) {
            let said = fill(sentence, &village, &dice);
            assert!(!said.contains(['{', '}']), "{said}");
            assert!(said.chars().next().is_some_and(|first| !first.is_lowercase()), "{said}");
        }
    }

    #[test]
    fn frequent_categories_have_at_least_eight_reports() {
        for (code, story) in Texts::read().stories {
            assert!(story.weight < 5.5 || story.reports.len() >= 8, "{code}");
        }
    }
}
