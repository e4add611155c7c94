//! Access keys: `ioc_` and 56 symbols, of which the last four are a check.
//!
//! A key holds 256 random bits, so nobody can try them all and a plain SHA-256 suffices for storing it: a slow,
//! salted hash protects what people choose, costs a core for every request, and would forbid looking a key up by
//! its hash.

use sha2::{Digest, Sha256};

use super::symbols;
use crate::domain::clock::Entropy;

const PREFIX: &str = "ioc_";
const SECRET_BYTES: usize = 32;
const SECRET_SYMBOLS: usize = 52;
const CHECK_SYMBOLS: usize = 4;

/// A new key: the text that is printed once, and the hash that is stored.
pub fn mint_key(entropy: &Entropy) -> (String, Vec<u8>) {
    let secret: [u8; SECRET_BYTES] = entropy.bytes();
    let text = symbols::encode(&secret, SECRET_SYMBOLS) + &check(&secret);
    (format!("{PREFIX}{}", text.to_ascii_lowercase()), stored(&secret))
}

/// The hash under which a presented key is looked up; None where it has not the form of one, a mistyped one included:
/// only one in a million passes the check, and the database need not be asked about the others.
pub fn key_hash(presented: &str) -> Option<Vec<u8>> {
    let values: [u8; SECRET_SYMBOLS + CHECK_SYMBOLS] = symbols::values(presented.trim().strip_prefix(PREFIX)?)?;
    let (secret, last) = values.split_at(SECRET_SYMBOLS);
    let secret: [u8; SECRET_BYTES] = symbols::bytes(secret)?;
    (symbols::values::<CHECK_SYMBOLS>(&check(&secret))? == *last).then(|| stored(&secret))
}

fn check(secret: &[u8]) -> String {
    symbols::encode(&Sha256::new_with_prefix(b"ioc key check").chain_update(secret).finalize(), CHECK_SYMBOLS)
}

fn stored(secret: &[u8]) -> Vec<u8> {
    Sha256::digest(secret).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_key_is_found_under_its_stored_hash() {
        let (text, hash) = mint_key(&Entropy::seeded(1));
        assert_eq!(text.len(), 60);
        assert_eq!(key_hash(&text), Some(hash.clone()));
        assert_eq!(key_hash(&format!(" {text}\n")), Some(hash));
    }

    #[test]
    fn every_single_mistyped_letter_is_told_apart() {
        let (text, _) = mint_key(&Entropy::seeded(2));
        for place in PREFIX.len()..text.len() {
            let mut typed = text.clone().into_bytes();
            typed[place] = if typed[place] == b'7' { b'8' } else { b'7' };
            assert_eq!(key_hash(std::str::from_utf8(&typed).unwrap()), None, "place {place}");
        }
    }

    #[test]
    fn what_has_not_the_form_of_a_key_is_none() {
        for text in ["", "ioc_", "Bearer x", "ioc_0000", "ioc_ă", "eyJhbGciOiJub25lIn0.e30."] {
            assert_eq!(key_hash(text), None, "{text:?}");
        }
    }

    #[test]
    fn two_keys_differ() {
        let entropy = Entropy::seeded(3);
        assert_ne!(mint_key(&entropy), mint_key(&entropy));
    }
}
