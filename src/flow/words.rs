//! What happened, in words for people: the sentences stand in `messages.toml`, Vietnamese and English side by side.

use std::{collections::HashMap, sync::LazyLock};

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Centre,
    view::{PhotoView, office_ref},
};
use crate::domain::{
    assignment::{Reason, RoutingReceipt},
    clock::Timestamp,
    event::{Actor, Event, EventKind, TransferCause, Visibility},
    ids::OfficeId,
    ladder::Step,
    names::Names,
    placement::Method,
    report::Report,
    template::fill,
    ticket::{State, Ticket},
};

static MESSAGES: LazyLock<HashMap<String, Names>> = LazyLock::new(|| {
    toml::from_str(include_str!("messages.toml")).expect("the message file is part of the binary and tested")
});

/// A sentence with its blanks filled: pairs of (blank in Vietnamese and English).
pub(super) fn say(key: &str, blanks: &[(&str, &Names)]) -> Names {
    let Some(template) = MESSAGES.get(key) else { return Names::new(key, key) };
    let vi: Vec<_> = blanks.iter().map(|(blank, value)| (*blank, value.vi.as_str())).collect();
    let en: Vec<_> = blanks.iter().map(|(blank, value)| (*blank, value.en.as_str())).collect();
    Names::new(fill(&template.vi, &vi), fill(&template.en, &en))
}

/// The name of a state.
pub fn of_state(state: State) -> Names {
    say(&format!("state_{}", state.as_str()), &[])
}

/// The name of a column of a queue as a spreadsheet, or a word in one.
pub fn of_sheet(word: &str) -> Names {
    say(&format!("sheet_{word}"), &[])
}

pub(super) fn same(text: impl Into<String>) -> Names {
    let text = text.into();
    Names { en: text.clone(), vi: text }
}

/// One entry of the sender's timeline.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimelineEntry {
    /// When.
    pub at: Timestamp,
    /// The word of the event.
    pub event: &'static str,
    /// What happened.
    pub message: Names,
    /// What the official or the sender wrote.
    pub text: Option<String>,
    /// Photos that came with it.
    pub photos: Vec<PhotoView>,
}

/// What the sender may read of a history, oldest first.
pub fn timeline(centre: &Centre, ticket: &Ticket, history: &[Event]) -> Vec<TimelineEntry> {
    let mut due = Due::default();
    let mut entries = vec![];
    for event in history {
        due.follow(&event.kind);
        entries.extend(told(centre, ticket, due, event));
    }
    entries
}

/// The deadlines in force when an entry was written.
#[derive(Debug, Clone, Copy, Default)]
struct Due {
    accept_by: Option<Timestamp>,
    resolve_by: Option<Timestamp>,
}

impl Due {
    fn follow(&mut self, kind: &EventKind) {
        match kind {
            EventKind::Assigned { accept_by, resolve_by, .. }
            | EventKind::Replied { accept_by, resolve_by, .. }
            | EventKind::Resumed { accept_by, resolve_by }
            | EventKind::Reopened { accept_by, resolve_by, .. } => {
                (self.accept_by, self.resolve_by) = (Some(*accept_by), Some(*resolve_by));
            }
            EventKind::Extended { until, .. } => self.resolve_by = Some(*until),
            _ => {}
        }
    }
}

/// The sentence about a ticket that has reached `office`; while it waits at the province desk it also says until when.
fn arrived(centre: &Centre, ticket: &Ticket, office: &OfficeId, sentence: Names) -> Names {
    match ticket.default_at {
        Some(until) if *office == ticket.office && office == centre.routes.desk() => {
            let moves = say("moves_by_itself", &[("until", &same(until.vietnam()))]);
            Names::new(format!("{}. {}", sentence.vi, moves.vi), format!("{}. {}", sentence.en, moves.en))
        }
        _ => sentence,
    }
}

fn told(centre: &Centre, ticket: &Ticket, due: Due, event: &Event) -> Option<TimelineEntry> {
    let at = same(event.at.vietnam());
    let time = |moment: &Timestamp| same(moment.vietnam());
    let office = |id| office_ref(centre, id).name;
    let word = event.kind.word();
    let (message, text, photos): (Names, Option<&String>, &[_]) = match &event.kind {
        EventKind::Assigned { office: to, resolve_by, .. } => {
            let sentence = say(word, &[("office", &office(to)), ("at", &at), ("until", &time(resolve_by))]);
            (arrived(centre, ticket, to, sentence), None, &[])
        }
        EventKind::Resolved { text, photos, .. } | EventKind::Published { text, photos } => {
            (say(word, &[("at", &at)]), Some(text), photos)
        }
        EventKind::Refused { reason, text, photos } => {
            let reason = say(&format!("reason_{reason}"), &[]);
            (say(word, &[("at", &at), ("reason", &reason)]), Some(text), photos)
        }
        EventKind::Transferred { to, cause, .. } => {
            let key = if *cause == TransferCause::ThirdBounce { "third_bounce" } else { word };
            let sentence = say(key, &[("office", &office(to)), ("at", &at)]);
            (arrived(centre, ticket, to, sentence), None, &[])
        }
        EventKind::PhotosJoined { .. } if event.actor != Actor::Citizen => return None,
        EventKind::PhotosJoined { photos, refused } => {
            let counted = |photos: usize| same(photos.to_string());
            let key = if refused.is_empty() { word } else { "photos_refused" };
            let blanks = [("at", &at), ("kept", &counted(photos.len())), ("refused", &counted(refused.len()))];
            (say(key, &blanks), None, photos)
        }
        EventKind::Redrawn { stays: true, .. } => return None,
        EventKind::Redrawn { from, to, .. } if from == to => return None,
        EventKind::Restated { to, .. } | EventKind::Redrawn { to, .. } => {
            (say(word, &[("office", &office(to)), ("at", &at)]), None, &[])
        }
        EventKind::Waiting { question, until } => (say(word, &[("until", &time(until))]), Some(question), &[]),
        EventKind::Resumed { resolve_by, .. } => (say(word, &[("until", &time(resolve_by))]), None, &[]),
        EventKind::Extended { until, reason } => (say(word, &[("until", &time(until))]), Some(reason), &[]),
        EventKind::Replied { text, resolve_by, .. } | EventKind::Reopened { text, resolve_by, .. } => {
            (say(word, &[("until", &time(resolve_by))]), Some(text), &[])
        }
        EventKind::Commented { text, visibility: Visibility::Citizen } => (say(word, &[("at", &at)]), Some(text), &[]),
        EventKind::Claimed { .. } => (say("accepted", &[("at", &at)]), None, &[]),
        EventKind::Escalated { step: Step::Public, .. } => (say("overdue", &[("at", &at)]), None, &[]),
        EventKind::Escalated { .. }
        | EventKind::Commented { .. }
        | EventKind::Handed { .. }
        | EventKind::Absorbed { .. }
        | EventKind::Released
        | EventKind::LeaseExpired { .. }
        | EventKind::MeToo => return None,
        EventKind::Rated { stars, text } => (say(word, &[("stars", &same(stars.to_string()))]), text.as_ref(), &[]),
        EventKind::Received { .. }
        | EventKind::Accepted { .. }
        | EventKind::Started
        | EventKind::Merged { .. }
        | EventKind::Unmerged { .. }
        | EventKind::Withdrawn
        | EventKind::Confirmed
        | EventKind::Closed => (say(word, &[("at", &at)]), None, &[]),
        EventKind::AcceptMissed => (say(word, &[("until", &due.accept_by.as_ref().map_or(at, time))]), None, &[]),
        EventKind::ResolveMissed => (say(word, &[("until", &due.resolve_by.as_ref().map_or(at, time))]), None, &[]),
    };
    let photos = photos.iter().copied().map(PhotoView::from).collect();
    Some(TimelineEntry { at: event.at, event: word, message, text: text.cloned(), photos })
}

/// The sender's own photos, then those of the answers.
pub fn photos_for_sender(report: &Report, history: &[Event]) -> Vec<PhotoView> {
    let answered = history.iter().flat_map(|event| match &event.kind {
        EventKind::Resolved { photos, .. } | EventKind::Refused { photos, .. } => photos.as_slice(),
        _ => &[],
    });
    report.photos.iter().map(PhotoView::from).chain(answered.copied().map(PhotoView::from)).collect()
}

/// The routing receipt in one sentence: why this office.
pub fn explanation(centre: &Centre, receipt: &RoutingReceipt) -> Names {
    let placement = receipt.deciding();
    let name = |code| centre.map_today().commune(code).map(|commune| commune.name.clone());
    let commune = placement.commune.as_ref().and_then(name).unwrap_or_else(|| same("—"));
    let metres = |distance: f64| same(format!("{distance:.0}"));
    let runner_up = placement.candidates.iter().find(|c| c.commune.is_some() && c.commune != placement.commune);
    let near = runner_up.and_then(|c| Some((name(c.commune.as_ref()?)?, metres(c.distance_m))));
    let key = match (receipt.assignment.reason, placement.method) {
        (Reason::Outside, _) if placement.commune.is_some() => "because_foreign",
        (Reason::Outside, _) => "because_outside",
        (Reason::Unplaced, _) => "because_unplaced",
        (Reason::Unroutable, _) => "because_unroutable",
        (Reason::Rule, Method::Stated) => "because_stated",
        (Reason::Rule, Method::Snapped) => "because_snapped",
        (Reason::Rule, _) if near.is_some() => "because_near",
        (Reason::Rule, _) => "because_covering",
    };
    let (neighbour, distance) = near.unwrap_or_else(|| (same("—"), metres(placement.nearest_m.unwrap_or_default())));
    let rule = same(receipt.assignment.rule.clone().unwrap_or_default());
    say(key, &[("commune", &commune), ("neighbour", &neighbour), ("distance", &distance), ("rule", &rule)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::template::blanks;

    #[test]
    fn every_message_has_both_languages_and_the_same_blanks() {
        for (key, template) in MESSAGES.iter() {
            assert!(!template.vi.is_empty() && !template.en.is_empty(), "{key}");
            assert_eq!(blanks(&template.vi), blanks(&template.en), "{key}");
        }
    }

    #[test]
    fn an_extension_moves_one_deadline_and_an_answer_both() {
        let mut due = Due::default();
        let answered = EventKind::Replied { text: String::new(), accept_by: Timestamp(1), resolve_by: Timestamp(2) };
        due.follow(&answered);
        due.follow(&EventKind::Extended { until: Timestamp(3), reason: String::new() });
        due.follow(&EventKind::ResolveMissed);
        assert_eq!((due.accept_by, due.resolve_by), (Some(Timestamp(1)), Some(Timestamp(3))));
    }

    #[test]
    fn every_reason_to_refuse_has_its_words() {
        for reason in crate::queue::RefusalReason::ALL {
            let key = format!("reason_{}", reason.as_str());
            assert!(MESSAGES.contains_key(&key), "{key}");
        }
        for state in State::ALL {
            assert_ne!(of_state(state).vi, format!("state_{}", state.as_str()));
        }
        for missed in ["accept_missed", "resolve_missed"] {
            assert!(say(missed, &[("until", &same("thứ Năm"))]).vi.ends_with("hạn là thứ Năm"), "{missed}");
        }
    }
}
