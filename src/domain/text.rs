//! Text from people, made safe to keep: NFC, no control characters, no direction overrides, bounded.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// Why a text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadText {
    /// Nothing but white space.
    #[error("must not be empty")]
    Empty,
    /// Too many graphemes.
    #[error("must have at most {0} characters")]
    TooLong(usize),
    /// U+0000, which no database keeps alike.
    #[error("must not contain the NUL character")]
    Nul,
}

impl BadText {
    /// The stable code of this error at the front door.
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "text_empty",
            Self::TooLong(_) => "text_too_long",
            Self::Nul => "text_nul",
        }
    }

    /// The code of the error that says this: where only its words are left.
    pub fn code_of(words: &str) -> Option<&'static str> {
        let too_long = words.strip_prefix("must have at most ").and_then(|rest| rest.strip_suffix(" characters"));
        let too_long = too_long.and_then(|most| most.parse().ok()).map(Self::TooLong);
        let all = [Some(Self::Empty), Some(Self::Nul), too_long];
        all.into_iter().flatten().find(|error| error.to_string() == words).map(Self::code)
    }
}

/// Several lines of at most `MAX` graphemes, never empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Prose<const MAX: usize>(String);

/// What a citizen or an official writes: 1–4,000 graphemes.
pub type Description = Prose<4000>;
/// One short line: a name, a hint, a number.
pub type Line = Prose<200>;

impl<const MAX: usize> Prose<MAX> {
    /// Normalises (CRLF to LF; control characters and direction overrides removed; then NFC; trimmed) and checks.
    pub fn parse(text: &str) -> Result<Self, BadText> {
        if text.contains('\0') {
            return Err(BadText::Nul);
        }
        // A grapheme has no upper bound in bytes: cut off absurd input before any work is done on it.
        if text.len() > MAX.saturating_mul(64) {
            return Err(BadText::TooLong(MAX));
        }
        let clean: String = text.replace("\r\n", "\n").chars().filter(|c| kept(*c)).nfc().collect();
        let clean = clean.trim();
        if clean.is_empty() {
            return Err(BadText::Empty);
        }
        if clean.graphemes(true).nth(MAX).is_some() {
            return Err(BadText::TooLong(MAX));
        }
        Ok(Self(clean.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn kept(letter: char) -> bool {
    let direction = matches!(letter, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}');
    !direction && (letter == '\n' || letter == '\t' || !letter.is_control())
}

impl<const MAX: usize> TryFrom<String> for Prose<MAX> {
    type Error = BadText;
    fn try_from(text: String) -> Result<Self, BadText> {
        Self::parse(&text)
    }
}

impl<const MAX: usize> From<Prose<MAX>> for String {
    fn from(text: Prose<MAX>) -> Self {
        text.0
    }
}

impl<const MAX: usize> fmt::Display for Prose<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vietnamese_in_nfd_is_kept_as_nfc() {
        let nfd: String = "Sạt lở ở bản Ặ".nfd().collect();
        assert_eq!(Description::parse(&nfd).map(String::from), Ok("Sạt lở ở bản Ặ".to_owned()));
    }

    #[test]
    fn overrides_and_controls_are_removed_and_nul_is_refused() {
        assert_eq!(Line::parse("a\u{202E}b\u{7}c").map(String::from), Ok("abc".to_owned()));
        assert_eq!(Line::parse("a\0b"), Err(BadText::Nul));
        assert_eq!(Line::parse(" \u{202E} "), Err(BadText::Empty));
    }

    #[test]
    fn a_control_between_letter_and_accent_does_not_keep_them_apart() {
        assert_eq!(Line::parse("ma\u{7}\u{301}y").map(String::from), Ok("máy".to_owned()));
    }

    #[test]
    fn length_counts_graphemes() {
        assert!(Prose::<3>::parse("👩‍👩‍👧ệx").is_ok());
        assert_eq!(Prose::<3>::parse("abcd"), Err(BadText::TooLong(3)));
    }
}
