//! Who is asking, what they may do, and the sealing of personal fields.
//!
//! The front door asks this room before any stage runs; [`Vault`] holds the one secret that is not in the database.

mod caller;
mod keyfile;
mod keys;
mod symbols;
mod vault;

pub use caller::{Caller, Scope};
pub use keyfile::VaultError;
pub use keys::{key_hash, mint_key};
pub use vault::Vault;
