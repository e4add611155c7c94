//! The secret outside the database: seals contacts, derives report secrets.

use std::{fmt, path::Path};

use aes_gcm::{
    Aes256Gcm, Nonce,
    aead::{Aead, KeyInit, Payload},
};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::{
    keyfile::{self, VaultError},
    symbols,
};
use crate::domain::{
    clock::Entropy,
    code::PublicCode,
    ids::{DestinationId, ReportId},
    report::Contact,
};

const NONCE_BYTES: usize = 12;
const SECRET_SYMBOLS: usize = 26;

/// Keys, each derived from the master key for one purpose (HMAC-SHA256 over a label). The master itself is
/// not kept.
#[derive(Clone)]
pub struct Vault {
    sealing: [u8; 32],
    secrets: [u8; 32],
    sessions: [u8; 32],
    fingerprint: [u8; 32],
    signing: [u8; 32],
}

impl Vault {
    /// From the environment's 64 hex digits, or from a file that is made (0600, random) when missing.
    pub fn open(hex: Option<&str>, file: &Path, entropy: &Entropy) -> Result<Self, VaultError> {
        let master = match hex {
            Some(text) => keyfile::from_hex(text)?,
            None => keyfile::load(file, entropy)?,
        };
        Ok(Self::from_key(master))
    }

    /// From 32 bytes.
    pub fn from_key(key: [u8; 32]) -> Self {
        Self {
            sealing: hmac(&key, &[b"ioc contact sealing 1"]),
            secrets: hmac(&key, &[b"ioc report secrets 1"]),
            sessions: hmac(&key, &[b"ioc sessions 1"]),
            fingerprint: hmac(&key, &[b"ioc key fingerprint 1"]),
            signing: hmac(&key, &[b"ioc webhook signing 1"]),
        }
    }

    /// Of the key, to be kept in the database: another key is then refused at start. 16 hex digits.
    pub fn fingerprint(&self) -> String {
        keyfile::hex(&self.fingerprint[..8])
    }

    /// AES-256-GCM, bound to the report: the nonce (12 random bytes), then the ciphertext with its tag. Random
    /// nonces of 96 bits are safe for 2³² messages under one key (NIST SP 800-38D, section 8.3).
    #[expect(clippy::missing_panics_doc, reason = "a contact always becomes JSON")]
    pub fn seal(&self, contact: &Contact, report: ReportId, entropy: &Entropy) -> Vec<u8> {
        let plain = serde_json::to_vec(contact).expect("a contact is texts under fixed names");
        self.seal_bytes(&plain, report.0, entropy)
    }

    fn seal_bytes(&self, plain: &[u8], owner: Uuid, entropy: &Entropy) -> Vec<u8> {
        let nonce: [u8; NONCE_BYTES] = entropy.bytes();
        let sealed = Aes256Gcm::new(&self.sealing.into())
            .encrypt(&Nonce::from(nonce), Payload { msg: plain, aad: owner.as_bytes() })
            .expect("what is sealed is far below the cipher's limit of 64 GB");
        [&nonce[..], &sealed].concat()
    }

    /// None where it was sealed with another key or for another report, or was tampered with.
    pub fn open_sealed(&self, sealed: &[u8], report: ReportId) -> Option<Contact> {
        serde_json::from_slice(&self.open_bytes(sealed, report.0)?).ok()
    }

    fn open_bytes(&self, sealed: &[u8], owner: Uuid) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        let cipher = Aes256Gcm::new(&self.sealing.into());
        cipher.decrypt(&Nonce::from(*nonce), Payload { msg: sealed, aad: owner.as_bytes() }).ok()
    }

    /// Seals the password or token of a destination, bound to it.
    pub fn seal_credential(&self, text: &str, destination: DestinationId, entropy: &Entropy) -> Vec<u8> {
        self.seal_bytes(text.as_bytes(), destination.0, entropy)
    }

    /// None where it was sealed with another key or for another destination, or was tampered with.
    pub fn open_credential(&self, sealed: &[u8], destination: DestinationId) -> Option<String> {
        String::from_utf8(self.open_bytes(sealed, destination.0)?).ok()
    }

    /// A destination's signing secret of that number: derived, so that it need not be stored. 32 bytes.
    pub fn signing_secret(&self, destination: DestinationId, number: i64) -> [u8; 32] {
        hmac(&self.signing, &[destination.0.as_bytes(), &number.to_be_bytes()])
    }

    /// Words for a browser to keep, in hex, bound to their purpose.
    #[expect(clippy::missing_panics_doc, reason = "the cipher cannot fail on words so short")]
    pub fn seal_session(&self, purpose: &str, words: &str, entropy: &Entropy) -> String {
        let nonce: [u8; NONCE_BYTES] = entropy.bytes();
        let sealed = Aes256Gcm::new(&self.sessions.into())
            .encrypt(&Nonce::from(nonce), Payload { msg: words.as_bytes(), aad: purpose.as_bytes() })
            .expect("a session is far below the cipher's limit of 64 GB");
        keyfile::hex(&[&nonce[..], &sealed].concat())
    }

    /// None where they were sealed with another key or for another purpose, or were tampered with.
    pub fn open_session(&self, purpose: &str, sealed: &str) -> Option<String> {
        let sealed = keyfile::bytes(sealed)?;
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        let payload = Payload { msg: sealed, aad: purpose.as_bytes() };
        let words = Aes256Gcm::new(&self.sessions.into()).decrypt(&Nonce::from(*nonce), payload).ok()?;
        String::from_utf8(words).ok()
    }

    /// The report's secret: derived, so that it can be repeated and need not be stored. 26 symbols, 130 bits.
    pub fn secret(&self, report: ReportId, code: &PublicCode) -> String {
        let derived = hmac(&self.secrets, &[report.0.as_bytes(), code.to_string().as_bytes()]);
        symbols::encode(&derived, SECRET_SYMBOLS)
    }

    /// Compares in constant time; forgives case, spaces, dashes and the usual confusions of letters and digits.
    pub fn knows_secret(&self, presented: &str, report: ReportId, code: &PublicCode) -> bool {
        let read = |text: &str| symbols::values::<SECRET_SYMBOLS>(text);
        match (read(presented), read(&self.secret(report, code))) {
            (Some(presented), Some(secret)) => presented.ct_eq(&secret).into(),
            _ => false,
        }
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("fingerprint", &self.fingerprint()).finish_non_exhaustive()
    }
}

fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const REPORT: ReportId = ReportId(Uuid::from_u128(7));
    const OTHER: ReportId = ReportId(Uuid::from_u128(8));

    fn vault() -> Vault {
        Vault::from_key([7; 32])
    }

    fn contact() -> Contact {
        let neighbour = Contact { name: "Vàng A Sùng".to_owned().try_into().ok(), ..Contact::default() };
        Contact {
            phone: "0912 345 678".to_owned().try_into().ok(),
            on_behalf_of: Some(Box::new(neighbour)),
            ..Contact::default()
        }
    }

    fn code() -> PublicCode {
        PublicCode::from_bits([1, 2, 3, 4, 5])
    }

    #[test]
    fn a_sealed_contact_opens_with_its_key_for_its_report_only() {
        let sealed = vault().seal(&contact(), REPORT, &Entropy::seeded(1));
        assert_eq!(vault().open_sealed(&sealed, REPORT), Some(contact()));
        assert_eq!(vault().open_sealed(&sealed, OTHER), None);
        assert_eq!(Vault::from_key([8; 32]).open_sealed(&sealed, REPORT), None);
    }

    #[test]
    fn a_sealed_contact_shows_no_word_and_never_looks_the_same_twice() {
        let entropy = Entropy::seeded(1);
        let sealed = vault().seal(&contact(), REPORT, &entropy);
        assert!(!sealed.windows(4).any(|window| window == b"0912"));
        assert_ne!(sealed, vault().seal(&contact(), REPORT, &entropy));
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let sealed = vault().seal(&contact(), REPORT, &Entropy::seeded(1));
        for place in 0..sealed.len() {
            let mut wrong = sealed.clone();
            wrong[place] ^= 1 << (place % 8);
            assert_eq!(vault().open_sealed(&wrong, REPORT), None, "byte {place}");
            assert_eq!(vault().open_sealed(&sealed[..place], REPORT), None, "cut at {place}");
        }
    }

    #[test]
    fn a_secret_repeats_itself_and_belongs_to_one_report_and_code() {
        let secret = vault().secret(REPORT, &code());
        assert_eq!(secret.len(), 26);
        assert_eq!(secret, vault().secret(REPORT, &code()));
        assert_ne!(secret, vault().secret(OTHER, &code()));
        assert_ne!(secret, vault().secret(REPORT, &PublicCode::from_bits([5, 4, 3, 2, 1])));
        assert_ne!(secret, Vault::from_key([8; 32]).secret(REPORT, &code()));
    }

    #[test]
    fn what_is_derived_outlives_an_upgrade() {
        assert_eq!(vault().secret(REPORT, &code()), "VM8856ABPSJ9SJNN8HT99FQBJ4", "citizens have written it down");
        assert_eq!(vault().fingerprint(), "d4282046c01288ca", "databases remember it");
    }

    #[test]
    fn a_secret_is_known_however_it_is_typed_and_a_wrong_one_is_not() {
        let secret = vault().secret(REPORT, &code());
        let typed = format!("{}-{}", &secret[..13], secret[13..].to_lowercase()).replace('0', "o");
        assert!(vault().knows_secret(&typed, REPORT, &code()));
        assert!(!vault().knows_secret(&typed, OTHER, &code()));
        for wrong in ["", "0", &secret[1..], &format!("{secret}0"), &"é".repeat(26)] {
            assert!(!vault().knows_secret(wrong, REPORT, &code()), "{wrong:?}");
        }
    }

    #[test]
    fn the_fingerprint_tells_keys_apart_and_debug_shows_nothing_more() {
        assert_eq!(vault().fingerprint().len(), 16);
        assert_ne!(vault().fingerprint(), Vault::from_key([8; 32]).fingerprint());
        assert_eq!(format!("{:?}", vault()), format!("Vault {{ fingerprint: {:?}, .. }}", vault().fingerprint()));
    }

    #[test]
    fn the_environment_goes_before_the_file() {
        let vault = Vault::open(Some(&"07".repeat(32)), Path::new("/nowhere/at/all"), &Entropy::seeded(1)).unwrap();
        assert_eq!(vault.fingerprint(), self::vault().fingerprint());
    }
}
