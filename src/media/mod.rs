//! Photos: sniffed, cleaned of everything but pixels, shrunk, kept outside the database.

use std::path::Path;

use crate::domain::{
    clock::{Entropy, Timestamp},
    photo::Photo,
};

/// Why a photo cannot be kept. The report stands all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPhoto {
    /// Not JPEG, PNG or WebP by its own bytes.
    #[error("only JPEG, PNG and WebP photos can be kept")]
    Type,
    /// More pixels than 50 million, or a side beyond 16,384.
    #[error("the photo has more than 50 million pixels")]
    TooManyPixels,
    /// More bytes than the limit of one photo.
    #[error("the photo is larger than 12 MB")]
    TooLarge,
    /// It cannot be decoded.
    #[error("the photo is damaged and cannot be read")]
    Damaged,
    /// More photos than a report may have.
    #[error("a report can have at most 6 photos")]
    TooMany,
    /// The store for photos failed; the report stands.
    #[error("the photo could not be stored, send it again")]
    Storage,
}

impl BadPhoto {
    /// The stable code at the front door.
    pub fn code(self) -> &'static str {
        todo!()
    }
}

/// Where photos are kept, and the workers that clean them.
#[derive(Debug, Clone)]
pub struct Darkroom {}

impl Darkroom {
    /// Photos in a local folder (made if missing), written with fsync.
    pub fn open(_folder: &Path) -> Result<Self, object_store::Error> {
        todo!()
    }
    /// Cleans and keeps one photo.
    pub async fn keep(&self, _original: bytes::Bytes, _now: Timestamp, _entropy: &Entropy) -> Result<Photo, BadPhoto> {
        todo!()
    }
    /// The bytes of a kept photo; None where they are gone.
    pub async fn bytes(&self, _photo: &Photo) -> Result<Option<bytes::Bytes>, object_store::Error> {
        todo!()
    }
}
