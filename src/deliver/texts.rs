//! Sentences for people, from the message file: Vietnamese first, English beside it.

use std::{collections::HashMap, sync::LazyLock};

use crate::domain::names::Names;

static MESSAGES: LazyLock<HashMap<String, Names>> = LazyLock::new(|| {
    toml::from_str(include_str!("messages.toml")).expect("the message file is part of the binary and tested")
});

/// A sentence with its blanks filled.
pub fn say(key: &str, blanks: &[(&str, &str)]) -> Names {
    let Some(template) = MESSAGES.get(key) else { return Names::new(key, key) };
    Names::new(fill(&template.vi, blanks), fill(&template.en, blanks))
}

/// Fills `{blank}`s in one walk: what a value contains is never taken for a blank.
pub fn fill(template: &str, blanks: &[(&str, &str)]) -> String {
    let (mut filled, mut rest) = (String::with_capacity(template.len()), template);
    while let Some(open) = rest.find('{') {
        filled.push_str(&rest[..open]);
        rest = &rest[open..];
        let value = rest.find('}').and_then(|close| {
            let (_, value) = blanks.iter().find(|(blank, _)| *blank == &rest[1..close])?;
            Some((*value, close))
        });
        if let Some((value, close)) = value {
            filled.push_str(value);
            rest = &rest[close + 1..];
        } else {
            filled.push('{');
            rest = &rest[1..];
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_has_both_languages_and_the_same_blanks() {
        let blanks = |text: &str| {
            let mut found: Vec<String> =
                text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0.to_owned())).collect();
            found.sort();
            found
        };
        for (key, names) in MESSAGES.iter() {
            assert!(!names.vi.is_empty() && !names.en.is_empty(), "{key}");
            assert_eq!(blanks(&names.vi), blanks(&names.en), "{key}");
        }
    }

    #[test]
    fn a_value_is_never_taken_for_a_blank_and_json_braces_stay() {
        assert_eq!(fill(r#"{"to": "{a}", "x": {b}}"#, &[("a", "{b}"), ("b", "7")]), r#"{"to": "{b}", "x": 7}"#);
        assert_eq!(fill("{unknown} {", &[]), "{unknown} {");
    }
}
