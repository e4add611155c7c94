//! Photos: sniffed, cleaned of everything but pixels, shrunk, kept outside the database.
//!
//! A photo is written down as it was sent, and its report answered; cleaning comes after. Whatever is wrong with a
//! photo, its report stands.

mod clean;
mod darkroom;
mod originals;
mod webp;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

pub use darkroom::{Darkroom, HANDS, hex, sha256_hex, small_key};
pub use originals::{Original, Originals, free_bytes};

/// The most bytes that one photo may have as sent: what a phone's best camera writes.
pub const MAX_PHOTO_BYTES: i64 = 12 * 1024 * 1024;
/// The most photos that one report may have.
pub const MAX_PHOTOS: usize = 6;

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
        match self {
            Self::Type => "photo_type",
            Self::TooManyPixels => "photo_too_many_pixels",
            Self::TooLarge => "photo_too_large",
            Self::Damaged => "photo_damaged",
            Self::TooMany => "photo_too_many",
            Self::Storage => "photo_storage",
        }
    }
}
