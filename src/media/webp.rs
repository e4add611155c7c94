//! A WebP file says its size twice: on the canvas, and in each frame. The decoder allocates by the frame before it
//! compares, so that a tiny canvas could hide 268 million pixels.

/// Bytes before the first chunk: `RIFF`, a length, `WEBP`.
const FILE_HEADER: usize = 12;
/// Bytes of an `ANMF` chunk before its own chunks.
const FRAME_HEADER: usize = 16;

/// Whether no frame in the file is larger than the canvas.
pub(super) fn frames_fit(file: &[u8], width: u32, height: u32) -> bool {
    file.get(FILE_HEADER..).is_none_or(|chunks| chunks_fit(chunks, width, height, true))
}

fn chunks_fit(mut chunks: &[u8], width: u32, height: u32, outermost: bool) -> bool {
    while let Some((header, rest)) = chunks.split_first_chunk::<8>() {
        let [a, b, c, d, length @ ..] = *header;
        let length = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
        let body = &rest[..length.min(rest.len())];
        let fits = match &[a, b, c, d] {
            b"VP8 " => lossy(body),
            b"VP8L" => lossless(body),
            b"ANMF" if outermost => {
                let inner = body.get(FRAME_HEADER..).unwrap_or_default();
                chunks_fit(inner, width, height, false).then_some((0, 0))
            }
            _ => Some((0, 0)),
        };
        if fits.is_none_or(|(w, h)| w > width || h > height) {
            return false;
        }
        // Chunks are padded to an even length.
        chunks = rest.get(length.saturating_add(length & 1)..).unwrap_or_default();
    }
    true
}

/// RFC 6386, section 9.1: three bytes of tag, three of start code, then 14 bits of width and of height.
fn lossy(body: &[u8]) -> Option<(u32, u32)> {
    let side = |at: usize| Some(u32::from(u16::from_le_bytes([*body.get(at)?, *body.get(at + 1)?]) & 0x3fff));
    Some((side(6)?, side(8)?))
}

/// RFC 9649, section 3.4: one byte of signature, then 14 bits of width and of height, each less one.
fn lossless(body: &[u8]) -> Option<(u32, u32)> {
    let bits = u32::from_le_bytes(*body.get(1..)?.first_chunk()?);
    Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(name: &[u8], body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len()).unwrap().to_le_bytes();
        [name, &length, body, &vec![0; body.len() % 2]].concat()
    }

    fn vp8(side: u16) -> Vec<u8> {
        let side = side.to_le_bytes();
        chunk(b"VP8 ", &[&[0, 0, 0, 0x9d, 1, 0x2a], &side[..], &side[..]].concat())
    }

    #[test]
    fn a_frame_larger_than_its_canvas_is_found_wherever_it_hides() {
        for (side, fits) in [(10, true), (11, false), (16_383, false)] {
            let animated = chunk(b"ANMF", &[&[0; FRAME_HEADER][..], &chunk(b"ALPH", b"odd"), &vp8(side)].concat());
            for inner in [vp8(side), [chunk(b"EXIF", b"odd"), vp8(side)].concat(), animated] {
                let file = [&[0; FILE_HEADER][..], &inner].concat();
                assert_eq!(frames_fit(&file, 10, 10), fits, "{side}");
            }
        }
    }

    #[test]
    fn a_file_cut_anywhere_does_not_panic() {
        let file = [&[0; FILE_HEADER][..], &vp8(10), &chunk(b"VP8L", &[0x2f, 9, 0x40, 2, 0])].concat();
        assert!(frames_fit(&file, 10, 10));
        (0..file.len()).for_each(|length| {
            frames_fit(&file[..length], 10, 10);
        });
    }
}
