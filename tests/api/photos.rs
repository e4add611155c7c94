//! Photos are cleaned and kept; a bad one never loses its report.

use std::{io::Cursor, path::Path};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::{Value, json};

use crate::{
    desk::{Desk, report, word},
    support::{TestServer, server::Answer},
};

on_both_engines! {
    photos_are_kept_and_can_be_fetched,
    what_a_photo_says_about_its_place_is_gone,
    a_bad_photo_never_loses_the_report,
    photos_count_in_the_idempotency_key,
    a_photo_under_another_name_is_a_photo_and_other_parts_are_named,
}

/// Stands for the position and the serial number in a photo's metadata.
const MARKER: &[u8] = b"GPS-21.3920-103.0230-SERIAL-4711";

fn byte(number: u32) -> u8 {
    number.to_le_bytes()[0]
}

/// A picture of stripes without noise in the asked format.
fn picture(format: ImageFormat) -> Vec<u8> {
    let stripes = RgbImage::from_fn(640, 480, |x, y| Rgb([byte(x), byte(y), 90]));
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(stripes).write_to(&mut bytes, format).expect("a picture can be encoded");
    bytes.into_inner()
}

/// A JPEG with an Exif block, a comment and a tail that all carry [`MARKER`].
fn telling_photo() -> Vec<u8> {
    let plain = picture(ImageFormat::Jpeg);
    let exif = [b"Exif\0\0MM\0\x2a\0\0\0\x08\0\0".as_slice(), MARKER].concat();
    let segment = |kind: u8, content: &[u8]| {
        let length = u16::try_from(content.len() + 2).expect("a short segment").to_be_bytes();
        [&[0xFF, kind], length.as_slice(), content].concat()
    };
    [&plain[..2], &segment(0xE1, &exif), &segment(0xFE, MARKER), &plain[2..], MARKER].concat()
}

/// A photo that any camera might have sent.
pub fn snapshot() -> Vec<u8> {
    picture(ImageFormat::Jpeg)
}

fn photo(bytes: Vec<u8>, media_type: &str) -> Part {
    Part::bytes(bytes).file_name("photo").mime_str(media_type).expect("a media type")
}

async fn post(server: &TestServer, report: &Value, photos: Vec<Part>, key: &str) -> Answer {
    let part = Part::text(report.to_string()).mime_str("application/json").expect("a media type");
    let form = photos.into_iter().fold(Form::new().part("report", part), |form, photo| form.part("photo", photo));
    let request = server.request(Method::POST, "/api/v1/reports").header("Idempotency-Key", key);
    server.send(request.multipart(form)).await
}

fn outcomes(answer: &Answer) -> Vec<&str> {
    answer.json["photos"].as_array().into_iter().flatten().filter_map(|photo| photo["status"].as_str()).collect()
}

/// The sender's view once every photo has joined the report or was refused.
pub async fn joined(server: &TestServer, receipt: &Value) -> Value {
    let (code, secret) = (word(&receipt["code"]), word(&receipt["secret"]));
    for _ in 0..600 {
        let look = server.request(Method::GET, &format!("/api/v1/reports/{code}")).header("X-Report-Secret", &secret);
        let seen = server.send(look).await.is(200).json;
        if seen["photos_pending"] == 0 {
            return seen;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the photos of {code} are not cleaned after a minute");
}

/// The code of each photo that could not be kept, as the timeline's office tells it.
fn refusals(receipt: &Answer) -> Vec<&str> {
    let told = receipt.json["photos"].as_array().into_iter().flatten();
    told.map(|photo| photo["code"].as_str().unwrap_or_default()).collect()
}

/// Whether any file below the folder contains these bytes.
pub fn kept_anywhere(folder: &Path, needle: &[u8]) -> bool {
    std::fs::read_dir(folder).expect("a folder").filter_map(Result::ok).any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return kept_anywhere(&path, needle);
        }
        std::fs::read(&path).unwrap_or_default().windows(needle.len()).any(|window| window == needle)
    })
}

async fn photos_are_kept_and_can_be_fetched(server: TestServer) {
    let photos = vec![
        photo(picture(ImageFormat::Jpeg), "image/jpeg"),
        photo(picture(ImageFormat::Png), "image/png"),
        photo(picture(ImageFormat::WebP), "image/webp"),
    ];
    let answer = post(&server, &report(), photos, "k").await.is(201);
    assert_eq!(outcomes(&answer), ["pending", "pending", "pending"], "{}", answer.text);
    let secret = word(&answer.json["secret"]);
    let seen = joined(&server, &answer.json).await;
    let promised: Vec<&Value> = answer.json["photos"].as_array().into_iter().flatten().map(|p| &p["id"]).collect();
    let shown: Vec<&Value> = seen["photos"].as_array().into_iter().flatten().map(|p| &p["id"]).collect();
    assert_eq!(shown, promised, "in the order of the sender");
    let address = word(&seen["photos"][0]["url"]);
    for address in [&address, &word(&seen["photos"][0]["small_url"])] {
        let fetched = server.request(Method::GET, address).header("X-Report-Secret", &secret);
        assert_eq!(server.send(fetched).await.is(200).media_type, "image/jpeg");
    }
    assert!(matches!(server.get(&address).await.status, 401 | 403 | 404), "a photo is not public before `publish`");
}

async fn what_a_photo_says_about_its_place_is_gone(server: TestServer) {
    let photos = vec![photo(telling_photo(), "image/jpeg")];
    let answer = post(&server, &report(), photos, "k").await.is(201);
    assert_eq!(outcomes(&answer), ["pending"], "{}", answer.text);
    joined(&server, &answer.json).await;
    assert!(kept_anywhere(server.folder(), &[0xFF, 0xD8, 0xFF]), "the photo lies in the data folder");
    assert!(!kept_anywhere(server.folder(), MARKER), "the metadata was stored");
}

async fn a_bad_photo_never_loses_the_report(server: TestServer) {
    let mut cut = picture(ImageFormat::Png);
    cut.truncate(cut.len() / 2);
    let mut bomb = picture(ImageFormat::Png);
    bomb[16..24].copy_from_slice(&[0, 0, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF]);
    let photos = vec![
        photo(b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>".to_vec(), "image/svg+xml"),
        photo(b"not a picture at all".to_vec(), "image/jpeg"),
        photo(cut, "image/png"),
        photo(bomb, "image/png"),
        photo(Vec::new(), "image/jpeg"),
        photo(picture(ImageFormat::Jpeg), "text/plain"),
    ];
    let answer = post(&server, &report(), photos, "k").await.is(201);
    let first_sight = ["refused", "refused", "pending", "pending", "refused", "pending"];
    assert_eq!(outcomes(&answer), first_sight, "{}", answer.text);
    assert_eq!(refusals(&answer), ["photo_type", "photo_type", "", "", "photo_type", ""]);
    let seen = joined(&server, &answer.json).await;
    assert_eq!(seen["photos"].as_array().map(Vec::len), Some(1), "{seen}");
    assert!(seen["timeline"].to_string().contains("photos_joined"), "{seen}");
    let desk = Desk::of(&server, &word(&answer.json["office"]["id"]));
    let ticket = desk.ticket(&desk.id(&word(&answer.json["code"])).await).await.is(200).json;
    assert_eq!(ticket["history"].to_string().matches("photo_damaged").count(), 2, "{ticket}");
    let many = (0..8).map(|_| photo(picture(ImageFormat::Jpeg), "image/jpeg")).collect();
    let answer = post(&server, &report(), many, "k-many").await.is(201);
    assert_eq!(outcomes(&answer).iter().filter(|status| **status == "pending").count(), 6, "{}", answer.text);
    assert_eq!(joined(&server, &answer.json).await["photos"].as_array().map(Vec::len), Some(6));
}

async fn photos_count_in_the_idempotency_key(server: TestServer) {
    let report = report();
    let one = || vec![photo(picture(ImageFormat::Jpeg), "image/jpeg")];
    let first = post(&server, &report, one(), "k").await.is(201);
    assert_eq!(post(&server, &report, one(), "k").await.is(200).json, first.json);
    let other = vec![photo(picture(ImageFormat::Png), "image/png")];
    post(&server, &report, other, "k").await.problem(422, "idempotency_key_reused");
    assert_eq!(first.json["warnings"], json!([]));
}

async fn a_photo_under_another_name_is_a_photo_and_other_parts_are_named(server: TestServer) {
    let unnamed = Part::bytes(picture(ImageFormat::Png)).mime_str("image/png").expect("a media type");
    let form = Form::new()
        .text("report", report().to_string())
        .part("file", photo(picture(ImageFormat::Jpeg), "application/octet-stream"))
        .part("anh", unnamed)
        .text("mood", "good");
    let answer = server.send(server.request(Method::POST, "/api/v1/reports").multipart(form)).await.is(201);
    assert_eq!(answer.json["photos"].as_array().map(Vec::len), Some(2), "{}", answer.text);
    assert!(answer.warned_of("mood"), "{}", answer.text);
}
