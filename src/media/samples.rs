//! Photos made by hand, honest and hostile, for this room's tests.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, RgbImage, RgbaImage};

/// Stands in every metadata block of these samples and may stand in no kept photo.
pub const MARKER: &[u8] = b"SERIAL-4711-HOME";

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(vec![]);
    picture.write_to(&mut file, format).unwrap();
    file.into_inner()
}

/// A picture whose left half is red and whose right half is blue.
pub fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let halves = |x, _| image::Rgb(if x < width / 2 { [220, 20, 20] } else { [20, 20, 220] });
    encoded(&RgbImage::from_fn(width, height, halves).into(), format)
}

/// Black where it was erased to full transparency.
pub fn erased(width: u32, height: u32) -> Vec<u8> {
    encoded(&RgbaImage::from_pixel(width, height, image::Rgba([0, 0, 0, 0])).into(), ImageFormat::Png)
}

/// A JPEG with these application segments behind its first two bytes.
pub fn jpeg_with(jpeg: &[u8], segments: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut file = jpeg[..2].to_vec();
    for (kind, body) in segments {
        file.extend([0xff, *kind]);
        file.extend(u16::try_from(body.len() + 2).unwrap().to_be_bytes());
        file.extend(body);
    }
    file.extend(&jpeg[2..]);
    file
}

/// An Exif block: orientation, a camera's serial number, and a GPS directory with 21°23′ N.
pub fn exif(orientation: u16) -> Vec<u8> {
    let mut block = b"Exif\0\0II*\0\x08\0\0\0".to_vec();
    let entry = |tag: u16, kind: u16, count: u32, value: u32| {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value.to_le_bytes()].concat()
    };
    block.extend(3_u16.to_le_bytes());
    block.extend(entry(0x0112, 3, 1, orientation.into()));
    block.extend(entry(0x8825, 4, 1, 50));
    block.extend(entry(0xa431, 2, u32::try_from(MARKER.len()).unwrap(), 104));
    block.extend([0; 4]);
    block.extend(2_u16.to_le_bytes());
    block.extend(entry(0x0001, 2, 2, u32::from(b'N')));
    block.extend(entry(0x0002, 5, 3, 80));
    block.extend([0; 4]);
    for part in [21_u32, 1, 23, 1, 0, 1] {
        block.extend(part.to_le_bytes());
    }
    block.extend(MARKER);
    block
}

/// An XMP packet.
pub fn xmp() -> Vec<u8> {
    [b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta exif:GPSLatitude='21,23N'>", MARKER].concat()
}

/// A PNG chunk with its four-letter name and its checksum.
pub fn chunk(name: &[u8], body: &[u8]) -> Vec<u8> {
    let checked = [name, body].concat();
    [&u32::try_from(body.len()).unwrap().to_be_bytes()[..], &checked, &crc32(&checked).to_be_bytes()].concat()
}

/// A PNG with one more chunk behind its header.
pub fn png_with(png: &[u8], extra: &[u8]) -> Vec<u8> {
    [&png[..33], extra, &png[33..]].concat()
}

/// A PNG whose header promises other sides than its data has.
pub fn png_claiming(png: &[u8], width: u32, height: u32) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &png[24..29]].concat();
    [&png[..8], &chunk(b"IHDR", &header), &png[33..]].concat()
}

/// A JPEG whose frame header promises other sides than its data has.
pub fn jpeg_claiming(jpeg: &[u8], width: u16, height: u16) -> Vec<u8> {
    let mut file = jpeg.to_vec();
    let frame = file.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    file[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
    file[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
    file
}

/// A zTXt chunk that inflates to 258 bytes for every 13 bits: one literal, then `copies` of length 258 at distance 1
/// in DEFLATE's fixed code (RFC 1951, section 3.2.6).
pub fn text_bomb(copies: usize) -> Vec<u8> {
    let mut bits: Vec<bool> = vec![true, true, false];
    let push = |bits: &mut Vec<bool>, code: u16, length: u16| {
        bits.extend((0..length).rev().map(|place| code >> place & 1 == 1));
    };
    push(&mut bits, 0x30 + u16::from(b'A'), 8);
    for _ in 0..copies {
        push(&mut bits, 0b1100_0101, 8);
        push(&mut bits, 0, 5);
    }
    push(&mut bits, 0, 7);
    let packed = bits.chunks(8).map(|byte| byte.iter().rev().fold(0, |value, bit| value << 1 | u8::from(*bit)));
    let body: Vec<u8> = b"Comment\0\0\x78\x01".iter().copied().chain(packed).chain([0; 4]).collect();
    chunk(b"zTXt", &body)
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| crc >> 1 ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 })
    })
}
