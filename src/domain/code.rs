//! The number a citizen is given: `K7QM-3XR9-F`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Crockford's base 32: no I, L, O or U, so that it survives a telephone.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Eight symbols (40 random bits) and one check symbol. The check is a weighted sum over GF(32) with the weights
/// α¹…α⁸, so every single wrong symbol and every swap of two symbols is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, example = "K7QM-3XR9-F")]
pub struct PublicCode([u8; 9]);

impl PublicCode {
    /// The code of 40 random bits.
    pub fn from_bits(bits: [u8; 5]) -> Self {
        let word = bits.iter().fold(0_u64, |word, byte| word << 8 | u64::from(*byte));
        let mut symbols = [0_u8; 9];
        for (place, symbol) in symbols.iter_mut().take(8).enumerate() {
            *symbol = (word >> (35 - 5 * place) & 31) as u8;
        }
        symbols[8] = check(&symbols[..8]);
        Self(symbols)
    }
}

/// Σ αⁱ·sᵢ over GF(32) with the primitive polynomial x⁵ + x² + 1.
fn check(symbols: &[u8]) -> u8 {
    symbols.iter().rev().fold(0, |sum, symbol| times_alpha(sum ^ symbol))
}

fn times_alpha(value: u8) -> u8 {
    let shifted = value << 1;
    if shifted & 32 == 0 { shifted } else { shifted ^ 0b10_0101 }
}

/// Why a text is no report code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadCode {
    /// Not nine symbols of the alphabet.
    #[error("a report code has nine letters and digits, for instance K7QM-3XR9-F")]
    Form,
    /// The check symbol says that one was mistyped.
    #[error("this code was mistyped: its check symbol does not fit")]
    Check,
}

impl FromStr for PublicCode {
    type Err = BadCode;

    /// Forgiving: case, spaces and dashes do not matter, O reads as 0, I and L as 1.
    fn from_str(text: &str) -> Result<Self, BadCode> {
        let mut symbols = [0_u8; 9];
        let mut count = 0;
        for letter in text.chars().filter(|c| !matches!(c, '-' | ' ' | '\u{2010}'..='\u{2014}')) {
            let upper = match letter.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            let value = ALPHABET.iter().position(|symbol| char::from(*symbol) == upper).ok_or(BadCode::Form)?;
            *symbols.get_mut(count).ok_or(BadCode::Form)? = u8::try_from(value).map_err(|_| BadCode::Form)?;
            count += 1;
        }
        if count != 9 {
            return Err(BadCode::Form);
        }
        if check(&symbols[..8]) == symbols[8] { Ok(Self(symbols)) } else { Err(BadCode::Check) }
    }
}

impl fmt::Display for PublicCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text: String = self.0.iter().map(|symbol| char::from(ALPHABET[usize::from(*symbol)])).collect();
        write!(f, "{}-{}-{}", &text[..4], &text[4..8], &text[8..])
    }
}

impl TryFrom<String> for PublicCode {
    type Error = BadCode;
    fn try_from(text: String) -> Result<Self, BadCode> {
        text.parse()
    }
}

impl From<PublicCode> for String {
    fn from(code: PublicCode) -> Self {
        code.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> PublicCode {
        PublicCode::from_bits([0x9d, 0x31, 0x4e, 0xf0, 0x27])
    }

    #[test]
    fn a_code_reads_back_however_it_is_typed() {
        let code = sample();
        let typed = code.to_string().to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
        assert_eq!(typed.parse(), Ok(code));
    }

    #[test]
    fn every_single_typing_error_is_noticed() {
        let code = sample();
        for place in 0..9 {
            for other in 0..32 {
                let mut wrong = code;
                wrong.0[place] = other;
                let read: Result<PublicCode, _> = wrong.to_string().parse();
                assert_eq!(read.is_ok(), wrong == code);
            }
        }
    }

    #[test]
    fn every_swap_of_two_symbols_is_noticed() {
        let code = sample();
        for a in 0..8 {
            for b in a + 1..8 {
                let mut wrong = code;
                wrong.0.swap(a, b);
                let read: Result<PublicCode, _> = wrong.to_string().parse();
                assert_eq!(read.is_ok(), wrong == code);
            }
        }
    }
}
