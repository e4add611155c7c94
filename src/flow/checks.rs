//! Self-checks in words: a measurement becomes a verdict with one sentence, from `checks.toml`.

use std::{collections::HashMap, sync::LazyLock};

use super::words::same;
use crate::domain::{
    check::{Check, Verdict},
    clock::{DAY, HOUR, MINUTE},
    names::Names,
    template::fill,
};

static SENTENCES: LazyLock<HashMap<String, Names>> = LazyLock::new(|| {
    toml::from_str(include_str!("checks.toml")).expect("the message file is part of the binary and tested")
});

/// Microseconds of a second.
const SECOND: i64 = 1_000_000;

/// A sentence with its blanks filled.
pub fn say(key: &str, blanks: &[(&str, &Names)]) -> Names {
    let Some(template) = SENTENCES.get(key) else { return Names::new(key, key) };
    let vi: Vec<_> = blanks.iter().map(|(blank, value)| (*blank, value.vi.as_str())).collect();
    let en: Vec<_> = blanks.iter().map(|(blank, value)| (*blank, value.en.as_str())).collect();
    Names::new(fill(&template.vi, &vi), fill(&template.en, &en))
}

/// A time in words: whole seconds, minutes, hours or days.
pub fn span(micros: i64) -> Names {
    let micros = micros.max(0);
    let (unit, size) = match micros {
        _ if micros < 2 * MINUTE => ("unit_seconds", SECOND),
        _ if micros < 2 * HOUR => ("unit_minutes", MINUTE),
        _ if micros < 2 * DAY => ("unit_hours", HOUR),
        _ => ("unit_days", DAY),
    };
    say(unit, &[("count", &same((micros / size).to_string()))])
}

/// A check without a measurement; the sentence is `<name>_<which>`.
pub fn said(name: &str, verdict: Verdict, which: &str, blanks: &[(&str, &Names)]) -> Check {
    let text = say(&format!("{name}_{which}"), blanks);
    Check { name: name.to_owned(), verdict, value: None, unit: String::new(), text }
}

/// The sentence for how it stands.
pub fn which(verdict: Verdict) -> &'static str {
    if verdict == Verdict::Ok { "ok" } else { "bad" }
}

/// A check that counts.
#[expect(clippy::cast_precision_loss, reason = "counts below 2^52")]
pub fn counted(name: &str, verdict: Verdict, count: i64, unit: &str) -> Check {
    let check = said(name, verdict, which(verdict), &[("count", &same(count.to_string()))]);
    Check { value: Some(count as f64), unit: unit.to_owned(), ..check }
}

/// A check of how long something has lasted, microseconds, against two bounds; beside it how many there are.
#[expect(clippy::cast_precision_loss, reason = "microseconds below 2^52")]
pub fn aged(name: &str, age: i64, count: i64, bounds: (i64, i64)) -> Check {
    let age = age.max(0);
    let verdict = Verdict::rising(age, bounds);
    let blanks = [("age", &span(age)), ("count", &same(count.to_string()))];
    let check = said(name, verdict, which(verdict), &blanks);
    Check { value: Some((age / SECOND) as f64), unit: "s".into(), ..check }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::template::blanks;

    #[test]
    fn every_sentence_has_both_languages_and_the_same_blanks() {
        for (key, sentence) in SENTENCES.iter() {
            assert!(!sentence.vi.is_empty() && !sentence.en.is_empty(), "{key}");
            assert_eq!(blanks(&sentence.vi), blanks(&sentence.en), "{key}");
        }
    }

    #[test]
    fn times_are_told_in_the_unit_that_fits() {
        let said = |micros| span(micros).en;
        assert_eq!([said(-1), said(90 * SECOND), said(5 * MINUTE)], ["0 s", "90 s", "5 min"]);
        assert_eq!([said(3 * HOUR), said(3 * DAY)], ["3 h", "3 days"]);
    }

    #[test]
    fn an_age_is_measured_in_seconds_and_told_in_words() {
        let check = aged("chain", 3 * MINUTE, 1, (MINUTE, 10 * MINUTE));
        assert_eq!((check.verdict, check.value, check.unit.as_str()), (Verdict::Warn, Some(180.0), "s"));
        assert_eq!(check.text.en, "An event of 3 min ago is not sealed yet");
    }
}
