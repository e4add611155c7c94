//! Sentences for people, from the message file: Vietnamese first, English beside it.

use std::{collections::HashMap, sync::LazyLock};

use crate::domain::{names::Names, template::fill};

static MESSAGES: LazyLock<HashMap<String, Names>> = LazyLock::new(|| {
    toml::from_str(include_str!("messages.toml")).expect("the message file is part of the binary and tested")
});

/// A sentence with its blanks filled.
pub fn say(key: &str, blanks: &[(&str, &str)]) -> Names {
    let Some(template) = MESSAGES.get(key) else { return Names::new(key, key) };
    Names::new(fill(&template.vi, blanks), fill(&template.en, blanks))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::template::blanks;

    #[test]
    fn every_message_has_both_languages_and_the_same_blanks() {
        for (key, names) in MESSAGES.iter() {
            assert!(!names.vi.is_empty() && !names.en.is_empty(), "{key}");
            assert_eq!(blanks(&names.vi), blanks(&names.en), "{key}");
        }
    }
}
