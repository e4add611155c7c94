//! Who is asking, what they may do, and the sealing of personal fields.

use std::path::Path;

use crate::domain::{
    clock::{Entropy, Timestamp},
    code::PublicCode,
    ids::{CenterId, KeyId, OfficeId, ReportId},
    report::Contact,
};

/// What a key allows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scope {
    /// `report:write`: posting without limits.
    ReportWrite,
    /// `report:behalf`: posting for a neighbour.
    ReportBehalf,
    /// `office:<id>`: an office's tickets.
    Office(OfficeId),
    /// `dashboard:read`: internal figures.
    DashboardRead,
    /// `admin`: everything of the centre.
    Admin,
}

impl Scope {
    /// Reads `office:xa-03127` and its like.
    pub fn parse(_text: &str) -> Option<Self> {
        todo!()
    }
}
impl std::fmt::Display for Scope {
    fn fmt(&self, _f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        todo!()
    }
}

/// A new key: the text that is printed once, and the hash that is stored.
pub fn mint_key(_entropy: &Entropy) -> (String, Vec<u8>) {
    todo!()
}

/// The hash under which a presented key is looked up; None where it has not the form of one.
pub fn key_hash(_presented: &str) -> Option<Vec<u8>> {
    todo!()
}

/// Who is asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// Nobody in particular.
    Anyone,
    /// The holder of a key.
    Key { id: KeyId, center: CenterId, name: String, scopes: Vec<Scope> },
}

impl Caller {
    /// Whether the caller has this scope (admin has all).
    pub fn may(&self, _scope: &Scope) -> bool {
        todo!()
    }
    /// Whether the caller works in that office (its own scope; admin does not count).
    pub fn works_in(&self, _office: &OfficeId) -> bool {
        todo!()
    }
    /// Whether the caller is the centre's administrator.
    pub fn is_admin(&self) -> bool {
        todo!()
    }
}

/// The secret outside the database: seals contacts, derives report secrets.
#[derive(Clone)]
pub struct Vault {}

impl Vault {
    /// From the environment's 64 hex digits, or from a file that is made (0600, random) when missing.
    pub fn open(_hex: Option<&str>, _file: &Path, _entropy: &Entropy) -> Result<Self, VaultError> {
        todo!()
    }
    /// From 32 bytes.
    pub fn from_key(_key: [u8; 32]) -> Self {
        todo!()
    }
    /// Of the key, to be kept in the database: another key is then refused at start.
    pub fn fingerprint(&self) -> String {
        todo!()
    }
    /// AES-256-GCM with a fresh nonce, bound to the report.
    pub fn seal(&self, _contact: &Contact, _report: ReportId, _entropy: &Entropy) -> Vec<u8> {
        todo!()
    }
    /// None where it was sealed with another key or for another report.
    pub fn open_sealed(&self, _sealed: &[u8], _report: ReportId) -> Option<Contact> {
        todo!()
    }
    /// The report's secret: derived, so that it can be repeated and need not be stored. 26 symbols.
    pub fn secret(&self, _report: ReportId, _code: &PublicCode) -> String {
        todo!()
    }
    /// Compares in constant time.
    pub fn knows_secret(&self, _presented: &str, _report: ReportId, _code: &PublicCode) -> bool {
        todo!()
    }
}

/// Why there is no vault.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Not 64 hex digits.
    #[error("the sealing key must be 64 hex digits")]
    Form,
    /// The file.
    #[error("the key file {path} cannot be used: {source}")]
    File { path: String, source: std::io::Error },
}
