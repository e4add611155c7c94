//! From what was observed to the score: arithmetic only, so that a test can hand it invented observations.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

use super::truth::Truth;
use crate::domain::clock::Timestamp;

/// What the first call was answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A number.
    Kept,
    /// 422 `belongs_elsewhere`, with or without telling where to go.
    Elsewhere {
        /// It says where.
        guided: bool,
    },
    /// Another 4xx.
    Refused(String),
    /// A 5xx, or nothing that can be understood.
    Failed(String),
}

/// What was seen of one report, through public doors only.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "facts that do not exclude one another")]
pub struct Outcome {
    /// Its code, or what it is called where it has none.
    pub name: String,
    /// Where it belongs.
    pub truth: Truth,
    /// The sender picked a wrong category.
    pub mistaken: bool,
    /// The first answer.
    pub answer: Answer,
    /// The office of that answer.
    pub first: Option<String>,
    /// What its sender sees at the end; None: not found.
    pub told: Option<String>,
    /// It was merged, and its sender is not told what becomes of the ticket that it was merged into.
    pub untold: bool,
    /// Where its receipt has placed it, if not where the map of its moment says.
    pub misplaced: Option<String>,
    /// The offices in whose lists it stands at the end, one entry for each appearance.
    pub queues: Vec<String>,
    /// Different numbers that were given for it.
    pub numbers: usize,
    /// When an office first settled it.
    pub settled_at: Option<Timestamp>,
    /// The deadline as it was first told.
    pub resolve_by: Option<Timestamp>,
    /// The sender was asked for the commune.
    pub asked: bool,
    /// It climbed the ladder, because nobody acted in time.
    pub climbed: bool,
    /// It is open at the province desk, whose default should have acted.
    pub overdue_at_desk: bool,
    /// Where it was seen by whom it does not concern.
    pub shown: Vec<String>,
}

/// What was seen beside the single reports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Around {
    /// Actions of people at the centre.
    pub centre_touches: u64,
    /// Lists and statistics that told something personal.
    pub shown: Vec<String>,
    /// Steps of the day that were answered otherwise than the contract says.
    pub misanswered: Vec<String>,
    /// Worth knowing, and no failure.
    pub notes: Vec<String>,
    /// Reports that were settled in document systems.
    pub on_paper: u64,
    /// Reminders and notices that came into document systems.
    pub reminders: u64,
}

/// One day's result.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Score {
    /// The day can be drawn again from it.
    pub seed: u64,
    /// Reports that had to be kept.
    pub reports: u64,
    /// First office right, of those with the right category; 0..=1.
    pub right_office_first: f64,
    /// Office at the end right, of all kept; 0..=1.
    pub right_office_finally: f64,
    /// Actions of people at the centre per 10,000 reports.
    pub centre_touches_per_10000: f64,
    /// Settled by the deadline as first told, of the settled; 0..=1.
    pub on_time_share: f64,
    /// Not findable by its sender, or in no queue.
    pub lost: u64,
    /// In several queues, or under several numbers.
    pub doubled: u64,
    /// Seen by whom it does not concern.
    pub shown_to_the_wrong_person: u64,
    /// Resolved, refused, merged, withdrawn or closed.
    pub settled: u64,
    /// Of these, by offices that never opened the desk: wholly in their document system.
    pub settled_on_paper: u64,
    /// Climbed the ladder, because nobody acted in time.
    pub climbed: u64,
    /// Reminders that came into document systems.
    pub reminders_on_paper: u64,
    /// Open, with somebody who has it.
    pub moving: u64,
    /// Open at the desk past its default.
    pub stuck: u64,
    /// What each sender was told last: status, how many.
    pub told: BTreeMap<String, u64>,
    /// Senders asked for the commune, of all kept; 0..=1.
    pub asked_share: f64,
    /// Answers other than the contract's.
    pub misanswered: u64,
    /// Each failure by name.
    pub notes: Vec<String>,
}

/// Counts.
pub fn score(seed: u64, outcomes: &[Outcome], around: Around) -> Score {
    let mut notes = around.notes;
    let Around { centre_touches, shown, misanswered, on_paper, reminders, .. } = around;
    let (mut lost, mut doubled, mut settled, mut moving, mut stuck) = (0, 0, 0, 0, 0);
    let (mut first, mut finally, mut on_time, mut asked) = (Share::default(), Share::default(), Share::default(), 0);
    let mut told = BTreeMap::new();
    let mut wrong_answers = count(&misanswered);
    let mut shown_count = count(&shown);
    notes.extend(misanswered.into_iter().map(|what| format!("misanswered: {what}")));
    notes.extend(shown.into_iter().map(|what| format!("shown: {what}")));
    for outcome in outcomes {
        let Outcome { name, truth, .. } = outcome;
        let expected = truth.expected();
        shown_count += count(&outcome.shown);
        notes.extend(outcome.shown.iter().map(|what| format!("shown: {name}: {what}")));
        if let Some(complaint) = outcome.complaint() {
            wrong_answers += 1;
            notes.push(format!("misanswered: {name}: expected {expected}, got {complaint}"));
        }
        if let Some(where_to) = &outcome.misplaced {
            wrong_answers += 1;
            notes.push(format!("misanswered: {name}: {where_to}"));
        }
        if outcome.untold {
            wrong_answers += 1;
            notes.push(format!("misanswered: {name}: merged, and its sender is not told what becomes of it"));
        }
        if outcome.numbers > 1 || outcome.queues.len() > 1 {
            doubled += 1;
            let (numbers, queues) = (outcome.numbers, outcome.queues.join(", "));
            notes.push(format!("doubled: {name}: {numbers} numbers, in the queues [{queues}]"));
        }
        if !truth.kept() {
            continue;
        }
        asked += u64::from(outcome.asked);
        if outcome.told.is_none() || outcome.queues.is_empty() {
            lost += 1;
            let queues = outcome.queues.join(", ");
            notes.push(format!("lost: {name}: its sender sees {:?}, queues [{queues}]", outcome.told));
        }
        if let Some(status) = &outcome.told {
            *told.entry(status.clone()).or_default() += 1;
        }
        let office = outcome.first.as_deref().unwrap_or("nobody");
        if !outcome.mistaken && !first.add(truth.first(office)) {
            notes.push(format!("first office: {name}: expected {expected}, got {office}"));
        }
        let office = outcome.queues.last().map_or("nobody", String::as_str);
        if !finally.add(truth.finally(office)) {
            notes.push(format!("final office: {name}: expected {expected}, got {office}"));
        }
        if outcome.is_settled() {
            settled += 1;
            on_time.add(outcome.on_time());
        } else if outcome.overdue_at_desk {
            stuck += 1;
            notes.push(format!("stuck: {name}: open at the desk past its default"));
        } else if outcome.told.is_some() {
            moving += 1;
        }
    }
    let reports = count(outcomes.iter().filter(|outcome| outcome.truth.kept()));
    Score {
        seed,
        reports,
        right_office_first: first.value(),
        right_office_finally: finally.value(),
        centre_touches_per_10000: Share { hits: centre_touches, of: reports.max(1) }.value() * 10_000.0,
        on_time_share: on_time.value(),
        lost,
        doubled,
        shown_to_the_wrong_person: shown_count,
        settled,
        settled_on_paper: on_paper,
        climbed: count(outcomes.iter().filter(|outcome| outcome.climbed)),
        reminders_on_paper: reminders,
        moving,
        stuck,
        told,
        asked_share: Share { hits: asked, of: reports.max(1) }.value(),
        misanswered: wrong_answers,
        notes,
    }
}

impl Outcome {
    /// What was wrong with the first answer.
    fn complaint(&self) -> Option<String> {
        match (&self.truth, &self.answer) {
            (truth, Answer::Kept) if truth.kept() => None,
            (Truth::Elsewhere, Answer::Elsewhere { guided: true }) | (Truth::Malformed, Answer::Refused(_)) => None,
            (_, Answer::Kept) => Some("a number".into()),
            (_, Answer::Elsewhere { guided }) => Some(format!("belongs_elsewhere, guided: {guided}")),
            (_, Answer::Refused(how) | Answer::Failed(how)) => Some(how.clone()),
        }
    }

    fn is_settled(&self) -> bool {
        matches!(self.told.as_deref(), Some("resolved" | "closed" | "refused" | "merged" | "withdrawn"))
    }

    fn on_time(&self) -> bool {
        self.settled_at.zip(self.resolve_by).is_some_and(|(at, by)| at <= by)
    }
}

/// Hits of how many.
#[derive(Debug, Clone, Copy, Default)]
struct Share {
    hits: u64,
    of: u64,
}

impl Share {
    /// Counts one and gives it back.
    fn add(&mut self, hit: bool) -> bool {
        self.hits += u64::from(hit);
        self.of += 1;
        hit
    }

    /// 1 where there is nothing to count.
    #[expect(clippy::cast_precision_loss, reason = "counts of one day are far below 2^52")]
    fn value(self) -> f64 {
        if self.of == 0 { 1.0 } else { self.hits as f64 / self.of as f64 }
    }
}

fn count<T>(items: impl IntoIterator<Item = T>) -> u64 {
    items.into_iter().fold(0, |sum, _| sum + 1)
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: f64| format!("{:.1} %", share * 100.0);
        let told: Vec<_> = self.told.iter().map(|(status, number)| format!("{status} {number}")).collect();
        let rows = [
            ("reports of the day (seed)", format!("{} ({})", self.reports, self.seed)),
            ("right office first", percent(self.right_office_first)),
            ("right office finally", percent(self.right_office_finally)),
            ("senders asked for the commune", percent(self.asked_share)),
            ("human touches at the centre per 10,000", format!("{:.1}", self.centre_touches_per_10000)),
            ("settled on time", percent(self.on_time_share)),
            ("lost", self.lost.to_string()),
            ("doubled", self.doubled.to_string()),
            ("shown to the wrong person", self.shown_to_the_wrong_person.to_string()),
            ("answered otherwise than promised", self.misanswered.to_string()),
            ("settled / moving / stuck", format!("{} / {} / {}", self.settled, self.moving, self.stuck)),
            ("settled on paper, never on the desk", self.settled_on_paper.to_string()),
            ("climbed the ladder / reminders on paper", format!("{} / {}", self.climbed, self.reminders_on_paper)),
            ("told last", told.join(", ")),
        ];
        for (what, value) in rows {
            writeln!(f, "{what:<40} {value}")?;
        }
        self.notes.iter().try_for_each(|note| writeln!(f, "  {note}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good(number: usize) -> Outcome {
        Outcome {
            name: format!("code-{number}"),
            truth: Truth::Office(vec![format!("xa-{number:05}")]),
            mistaken: false,
            answer: Answer::Kept,
            first: Some(format!("xa-{number:05}")),
            told: Some("closed".into()),
            untold: false,
            misplaced: None,
            queues: vec![format!("xa-{number:05}")],
            numbers: 1,
            settled_at: Some(Timestamp(10)),
            resolve_by: Some(Timestamp(10)),
            asked: false,
            climbed: false,
            overdue_at_desk: false,
            shown: vec![],
        }
    }

    fn ten(change: impl FnOnce(&mut Outcome)) -> Score {
        let mut outcomes: Vec<_> = (0..10).map(good).collect();
        change(&mut outcomes[3]);
        score(1, &outcomes, Around::default())
    }

    #[test]
    fn a_day_without_fault_has_nothing_to_note() {
        let score = ten(|_| {});
        assert_eq!((score.right_office_first, score.right_office_finally, score.on_time_share), (1.0, 1.0, 1.0));
        assert_eq!((score.lost, score.doubled, score.shown_to_the_wrong_person, score.misanswered), (0, 0, 0, 0));
        assert_eq!((score.settled, score.moving, score.stuck), (10, 0, 0));
        assert_eq!(score.told, BTreeMap::from([("closed".to_owned(), 10)]));
        assert!(score.notes.is_empty());
    }

    #[test]
    fn a_merged_sender_who_is_told_nothing_more_is_named() {
        let score = ten(|outcome| (outcome.told, outcome.untold) = (Some("merged".into()), true));
        assert_eq!((score.misanswered, score.lost, score.settled), (1, 0, 10));
        assert_eq!(score.notes, ["misanswered: code-3: merged, and its sender is not told what becomes of it"]);
    }

    #[test]
    fn a_place_on_the_map_of_another_moment_is_named() {
        let score = ten(|outcome| outcome.misplaced = Some("placed in 00004 instead of 00003".into()));
        assert_eq!((score.misanswered, score.right_office_first), (1, 1.0));
        assert_eq!(score.notes, ["misanswered: code-3: placed in 00004 instead of 00003"]);
    }

    #[test]
    fn an_office_swapped_lowers_the_first_share_and_is_named() {
        let score = ten(|outcome| outcome.first = Some("xa-00004".into()));
        assert_eq!((score.right_office_first, score.right_office_finally), (0.9, 1.0));
        assert_eq!(score.notes, ["first office: code-3: expected xa-00003, got xa-00004"]);
        let never = ten(|outcome| outcome.queues = vec!["xa-00004".into()]);
        assert_eq!((never.right_office_first, never.right_office_finally), (1.0, 0.9));
    }

    #[test]
    fn a_wrong_category_is_excused_first_and_not_finally() {
        let score = ten(|outcome| {
            outcome.mistaken = true;
            outcome.first = Some("so-xay-dung".into());
        });
        assert_eq!((score.right_office_first, score.right_office_finally), (1.0, 1.0));
    }

    #[test]
    fn a_dropped_report_is_lost_wherever_it_is_missing() {
        assert_eq!(ten(|outcome| outcome.told = None).lost, 1);
        let score = ten(|outcome| outcome.queues.clear());
        assert_eq!((score.lost, score.right_office_finally), (1, 0.9));
    }

    #[test]
    fn two_queues_or_two_numbers_are_doubled() {
        assert_eq!(ten(|outcome| outcome.queues.push("xa-00003".into())).doubled, 1);
        assert_eq!(ten(|outcome| outcome.numbers = 2).doubled, 1);
    }

    #[test]
    fn a_contact_shown_is_counted_where_it_was_seen() {
        assert_eq!(ten(|outcome| outcome.shown.push("phone to xa-00004".into())).shown_to_the_wrong_person, 1);
        let around = Around { shown: vec!["heatmap".into()], centre_touches: 1, ..Around::default() };
        let score = score(1, &[good(1), good(2)], around);
        assert_eq!((score.shown_to_the_wrong_person, score.centre_touches_per_10000), (1, 5_000.0));
    }

    #[test]
    fn late_is_measured_by_the_first_promise_and_over_the_settled() {
        let late = ten(|outcome| outcome.settled_at = Some(Timestamp(11)));
        assert_eq!((late.on_time_share, late.settled), (0.9, 10));
        let open = ten(|outcome| outcome.told = Some("queued".into()));
        assert_eq!((open.on_time_share, open.settled, open.moving), (1.0, 9, 1));
        let stuck = ten(|outcome| {
            outcome.told = Some("queued".into());
            outcome.overdue_at_desk = true;
        });
        assert_eq!((stuck.moving, stuck.stuck), (0, 1));
    }

    #[test]
    fn a_denunciation_in_a_queue_is_misanswered() {
        let outcome = |answer| Outcome { truth: Truth::Elsewhere, answer, queues: vec![], told: None, ..good(1) };
        let told = outcome(Answer::Elsewhere { guided: true });
        assert_eq!(score(1, &[told], Around::default()).misanswered, 0);
        let kept = score(1, &[outcome(Answer::Kept)], Around::default());
        assert_eq!((kept.misanswered, kept.reports, kept.lost), (1, 0, 0));
        let silent = outcome(Answer::Elsewhere { guided: false });
        assert_eq!(score(1, &[silent], Around::default()).misanswered, 1);
    }
}
