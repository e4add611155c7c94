//! Stub.
pub mod replay;
