use bytes::Bytes;
use image::{DynamicImage, ImageFormat};
use proptest::prelude::*;

use super::{samples::*, *};
use crate::domain::{
    clock::{Entropy, Timestamp},
    ids::PhotoId,
    photo::Photo,
};

const FORMATS: [ImageFormat; 3] = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP];

struct Room {
    _folder: tempfile::TempDir,
    darkroom: Darkroom,
    entropy: Entropy,
}

impl Room {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let darkroom = Darkroom::open(&folder.path().join("a/b")).unwrap();
        Self { _folder: folder, darkroom, entropy: Entropy::seeded(1) }
    }

    async fn keep(&self, original: Vec<u8>) -> Result<Photo, BadPhoto> {
        let now: Timestamp = "2026-07-31T18:00:00Z".parse().unwrap();
        let mut receiver = self.darkroom.originals().receive(PhotoId(self.entropy.uuid(now))).await;
        receiver.write(&original).await;
        let original = receiver.end().await;
        match original.fault() {
            Some(fault) => Err(fault),
            None => self.darkroom.develop(original.id(), now).await,
        }
    }

    /// The kept bytes and the picture they hold.
    async fn kept(&self, original: Vec<u8>) -> (Photo, Bytes, DynamicImage) {
        let photo = self.keep(original).await.unwrap();
        let bytes = self.darkroom.bytes(&photo).await.unwrap().unwrap();
        let picture = image::load_from_memory_with_format(&bytes, ImageFormat::Jpeg).unwrap();
        assert_eq!((photo.width, photo.height), (picture.width(), picture.height()));
        assert_eq!(usize::try_from(photo.bytes), Ok(bytes.len()));
        (photo, bytes, picture)
    }
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn is_red(picture: &DynamicImage, x: u32, y: u32) -> bool {
    let [red, _, blue] = picture.to_rgb8().get_pixel(x, y).0;
    red > blue
}

#[tokio::test]
async fn a_photo_of_each_format_is_kept_as_jpeg_under_vietnams_month() {
    let room = Room::new();
    for format in FORMATS {
        let original = picture(60, 40, format);
        let (photo, _, _) = room.kept(original.clone()).await;
        assert_eq!((photo.width, photo.height, photo.media_type.as_str()), (60, 40, "image/jpeg"));
        assert_eq!(photo.key, format!("photos/2026/08/{}.jpg", photo.id), "the first of August began in Vietnam");
        assert_eq!(photo.sha256, sha256_hex(&original));
        assert_eq!(photo.sha256.len(), 64);
    }
}

#[tokio::test]
async fn the_longer_side_shrinks_to_1600() {
    let room = Room::new();
    for ((width, height), expected) in
        [((2_000, 1_000), (1_600, 800)), ((1_000, 4_000), (400, 1_600)), ((1_600, 900), (1_600, 900))]
    {
        let (photo, _, _) = room.kept(picture(width, height, ImageFormat::Jpeg)).await;
        assert_eq!((photo.width, photo.height), expected);
    }
}

#[tokio::test]
async fn nothing_of_the_metadata_survives() {
    let room = Room::new();
    let jpeg = picture(60, 40, ImageFormat::Jpeg);
    let comment = (0xfe, MARKER.to_vec());
    let tagged = jpeg_with(&jpeg, &[(0xe1, exif(1)), (0xe1, xmp()), (0xed, MARKER.to_vec()), comment]);
    let text = [chunk(b"tEXt", &[b"Comment\0", MARKER].concat()), chunk(b"eXIf", &exif(1)[6..])].concat();
    for original in [tagged, png_with(&picture(60, 40, ImageFormat::Png), &text)] {
        assert!(holds(&original, MARKER));
        let (_, bytes, _) = room.kept(original).await;
        for part in [MARKER, b"Exif", b"adobe", b"GPS", b"xmp"] {
            assert!(!holds(&bytes, part), "{}", String::from_utf8_lossy(part));
        }
    }
}

#[tokio::test]
async fn the_picture_is_turned_upright_before_its_orientation_is_forgotten() {
    let room = Room::new();
    let jpeg = picture(60, 40, ImageFormat::Jpeg);
    let (photo, _, picture) = room.kept(jpeg_with(&jpeg, &[(0xe1, exif(6))])).await;
    assert_eq!((photo.width, photo.height), (40, 60));
    assert!(is_red(&picture, 20, 5) && !is_red(&picture, 20, 55), "left became top");
    let (_, _, picture) = room.kept(jpeg_with(&jpeg, &[(0xe1, exif(3))])).await;
    assert!(!is_red(&picture, 5, 20) && is_red(&picture, 55, 20), "left became right");
}

#[tokio::test]
async fn a_header_that_promises_too_much_is_refused_before_decoding() {
    let room = Room::new();
    let [jpeg, png, _] = FORMATS.map(|format| picture(60, 40, format));
    for bomb in [
        png_claiming(&png, 60_000, 60_000),
        png_claiming(&png, 10_000, 5_001),
        png_claiming(&png, 1, 16_385),
        jpeg_claiming(&jpeg, 60_000, 60_000),
        jpeg_claiming(&jpeg, 16_000, 16_000),
    ] {
        assert_eq!(room.keep(bomb).await, Err(BadPhoto::TooManyPixels));
    }
    assert_eq!(room.keep(png_claiming(&png, 0, 5)).await, Err(BadPhoto::Damaged));
}

#[tokio::test]
async fn a_text_bomb_in_a_png_does_not_inflate() {
    let bomb = text_bomb(400_000);
    assert!(bomb.len() > 600_000, "a hundred megabytes when inflated");
    let result = Room::new().keep(png_with(&picture(60, 40, ImageFormat::Png), &bomb)).await;
    assert!(matches!(result, Ok(_) | Err(BadPhoto::Damaged)), "{result:?}");
}

#[tokio::test]
async fn a_polyglot_loses_its_other_tongue() {
    let room = Room::new();
    let html = b"<html><script>alert(1)</script></html>";
    for format in FORMATS {
        let (_, bytes, _) = room.kept([&picture(60, 40, format)[..], html].concat()).await;
        assert!(!holds(&bytes, b"<script>"));
    }
}

#[tokio::test]
async fn what_was_erased_stays_erased() {
    let (_, _, picture) = Room::new().kept(erased(8, 8)).await;
    assert!(picture.to_rgb8().pixels().all(|pixel| pixel.0.iter().all(|channel| *channel > 250)));
}

#[tokio::test]
async fn what_is_no_photo_by_its_own_bytes_is_refused() {
    let room = Room::new();
    for other in [
        &b""[..],
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
        b"<!doctype html><html></html>",
        b"GIF89a\x01\0\x01\0\0\0\0;",
        b"%PDF-1.7",
        b"BM\0\0\0\0",
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
    ] {
        assert_eq!(room.keep(other.to_vec()).await, Err(BadPhoto::Type), "{}", String::from_utf8_lossy(other));
    }
}

#[tokio::test]
async fn too_many_bytes_are_refused_unread() {
    let mut original = picture(60, 40, ImageFormat::Jpeg);
    original.resize(usize::try_from(MAX_PHOTO_BYTES).unwrap(), 0);
    assert!(Room::new().keep(original.clone()).await.is_ok());
    original.push(0);
    assert_eq!(Room::new().keep(original).await, Err(BadPhoto::TooLarge));
}

#[tokio::test]
async fn a_file_cut_anywhere_is_refused_or_kept_but_never_panics() {
    let room = Room::new();
    for format in FORMATS {
        let original = picture(60, 40, format);
        for length in (0..original.len()).step_by(37) {
            let result = room.keep(original[..length].to_vec()).await;
            assert!(
                matches!(result, Ok(_) | Err(BadPhoto::Type | BadPhoto::Damaged)),
                "{format:?} {length} {result:?}"
            );
        }
        let header_only = room.keep(original[..20].to_vec()).await;
        assert!(header_only.is_err(), "{format:?}");
    }
}

#[tokio::test]
async fn many_photos_at_once_share_the_hands_of_one_room() {
    let room = Room::new();
    let original = picture(300, 200, ImageFormat::Jpeg);
    let photos = futures::future::join_all((0..12).map(|_| room.keep(original.clone()))).await;
    let mut keys: Vec<String> = photos.into_iter().map(|photo| photo.unwrap().key).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 12);
}

#[tokio::test]
async fn a_photo_that_is_gone_is_none_and_a_foreign_key_finds_nothing() {
    let room = Room::new();
    let (mut photo, _, _) = room.kept(picture(8, 8, ImageFormat::Png)).await;
    "photos/2026/08/gone.jpg".clone_into(&mut photo.key);
    assert_eq!(room.darkroom.bytes(&photo).await.unwrap(), None);
    "../../../etc/passwd".clone_into(&mut photo.key);
    assert!(!matches!(room.darkroom.bytes(&photo).await, Ok(Some(_))));
}

#[tokio::test]
async fn a_full_disk_refuses_photos_and_leaves_nothing_behind() {
    let mut room = Room::new();
    room.darkroom.set_reserve(u64::MAX);
    assert_eq!(room.keep(picture(60, 40, ImageFormat::Jpeg)).await, Err(BadPhoto::Storage));
    assert_eq!(room.darkroom.originals().list().await.unwrap(), vec![]);
}

#[tokio::test]
async fn an_original_goes_unless_it_is_kept() {
    let room = Room::new();
    let originals = room.darkroom.originals();
    let now: Timestamp = "2026-07-31T18:00:00Z".parse().unwrap();
    for keep in [false, true] {
        let id = PhotoId(room.entropy.uuid(now));
        let mut receiver = originals.receive(id).await;
        receiver.write(MARKER).await;
        let mut original = receiver.end().await;
        if keep {
            original.keep();
        }
        drop(original);
        assert_eq!(originals.list().await.unwrap().contains(&id), keep);
    }
}

#[test]
fn codes_are_stable() {
    use BadPhoto::{Damaged, Storage, TooLarge, TooMany, TooManyPixels, Type};
    assert_eq!(
        [Type, TooManyPixels, TooLarge, Damaged, TooMany, Storage].map(BadPhoto::code),
        ["photo_type", "photo_too_many_pixels", "photo_too_large", "photo_damaged", "photo_too_many", "photo_storage"]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn random_bytes_behind_an_honest_beginning_are_survived(
        which in 0..3_usize,
        kept in 0..60_usize,
        noise in prop::collection::vec(any::<u8>(), 0..400),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
    ) {
        let mut original = picture(24, 16, FORMATS[which]);
        if noise.len() > 200 {
            original.truncate(kept);
            original.extend(noise);
        }
        for (place, value) in flips {
            let place = place.index(original.len().max(1));
            if let Some(byte) = original.get_mut(place) { *byte = value; }
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let result = runtime.block_on(async { Room::new().keep(original).await });
        prop_assert!(!matches!(result, Err(BadPhoto::Storage | BadPhoto::TooLarge)));
    }
}
