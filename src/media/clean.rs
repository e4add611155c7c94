//! Pixels in, a fresh JPEG out: nothing of the original's bytes survives.

use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbImage, codecs::jpeg::JpegEncoder,
    error::LimitErrorKind, imageops::FilterType, metadata::Orientation,
};

use super::{BadPhoto, webp};

/// Pixels of the largest photo that is decoded.
const MAX_PIXELS: u64 = 50_000_000;
/// The longest side of a photo that is decoded.
const MAX_SIDE: u32 = 16_384;
/// What a decoder may allocate, bytes: 50 million pixels of four bytes fit.
const MAX_DECODER_BYTES: u64 = 256 * 1024 * 1024;
/// The longer side of a kept photo: enough to read a number plate, small enough for a slow line.
const KEPT_SIDE: u32 = 1_600;
/// The longer side of its small one, for lists.
const SMALL_SIDE: u32 = 320;
/// JPEG quality of a kept photo, of 100.
const KEPT_QUALITY: u8 = 82;

/// A cleaned photo.
#[derive(Debug)]
pub(super) struct Clean {
    pub jpeg: Vec<u8>,
    /// The same in a list.
    pub small: Vec<u8>,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

/// The format by the photo's own bytes; what the sender calls it does not count.
pub(super) fn sniff(original: &[u8]) -> Result<ImageFormat, BadPhoto> {
    match infer::get(original).map(|kind| kind.mime_type()) {
        Some("image/jpeg") => Ok(ImageFormat::Jpeg),
        Some("image/png") => Ok(ImageFormat::Png),
        Some("image/webp") => Ok(ImageFormat::WebP),
        _ => Err(BadPhoto::Type),
    }
}

/// Reads the header, refuses what is too big, decodes (of an animation the first frame), turns the picture upright
/// and writes it anew. May panic where a decoder does: to be run where a panic is caught.
pub(super) fn clean(original: &[u8]) -> Result<Clean, BadPhoto> {
    let format = sniff(original)?;
    let mut reader = ImageReader::with_format(Cursor::new(original), format);
    reader.limits(limits());
    let mut decoder = reader.into_decoder().map_err(|error| refusal(&error))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS || decoder.total_bytes() > MAX_DECODER_BYTES {
        return Err(BadPhoto::TooManyPixels);
    }
    if format == ImageFormat::WebP && !webp::frames_fit(original, width, height) {
        return Err(BadPhoto::Damaged);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let decoded = DynamicImage::from_decoder(decoder).map_err(|error| refusal(&error))?;
    let mut small = shrink(decoded);
    small.apply_orientation(orientation);
    let picture = flatten(&small);
    let (width, height) = (picture.width(), picture.height());
    let jpeg = encode(&picture)?;
    let small = if width.max(height) <= SMALL_SIDE {
        jpeg.clone()
    } else {
        encode(&DynamicImage::ImageRgb8(picture).thumbnail(SMALL_SIDE, SMALL_SIDE).to_rgb8())?
    };
    Ok(Clean { jpeg, small, width, height })
}

fn encode(picture: &RgbImage) -> Result<Vec<u8>, BadPhoto> {
    let mut jpeg = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, KEPT_QUALITY);
    encoder.encode_image(picture).map_err(|_| BadPhoto::Damaged)?;
    Ok(jpeg)
}

fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODER_BYTES);
    limits
}

fn refusal(error: &ImageError) -> BadPhoto {
    match error {
        ImageError::Limits(limit) if limit.kind() == LimitErrorKind::DimensionError => BadPhoto::TooManyPixels,
        _ => BadPhoto::Damaged,
    }
}

/// At most [`KEPT_SIDE`] on the longer side. The fast average is good where many pixels become one; near the same
/// size it would flicker, so that a filter does it there.
fn shrink(picture: DynamicImage) -> DynamicImage {
    let longer = picture.width().max(picture.height());
    if longer <= KEPT_SIDE {
        picture
    } else if longer < 2 * KEPT_SIDE {
        picture.resize(KEPT_SIDE, KEPT_SIDE, FilterType::Triangle)
    } else {
        picture.thumbnail(KEPT_SIDE, KEPT_SIDE)
    }
}

/// Onto white: JPEG knows no transparency, and dropping it would uncover what somebody has erased.
fn flatten(picture: &DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let over_white = |channel: u8, alpha: u8| {
        let mixed = u16::from(channel) * u16::from(alpha) + 255 * (255 - u16::from(alpha));
        u8::try_from((mixed + 127) / 255).unwrap_or(u8::MAX)
    };
    let layered = picture.to_rgba8();
    RgbImage::from_fn(layered.width(), layered.height(), |x, y| {
        let [red, green, blue, alpha] = layered.get_pixel(x, y).0;
        image::Rgb([red, green, blue].map(|channel| over_white(channel, alpha)))
    })
}
