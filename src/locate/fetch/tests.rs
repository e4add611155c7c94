use std::{
    fs,
    sync::atomic::{AtomicUsize, Ordering},
};

use axum::{Router, extract::State, http::Uri};

use super::*;

fn entry(path: &str, content: &str) -> Entry {
    Entry { path: path.into(), bytes: content.len() as u64, sha256: hex(&Sha256::digest(content)) }
}

fn mirror() -> (tempfile::TempDir, Vec<Entry>) {
    let folder = tempfile::tempdir().unwrap();
    let wards = folder.path().join("11_x/wards");
    fs::create_dir_all(&wards).unwrap();
    fs::write(wards.join("00001_a.geojson"), "first").unwrap();
    fs::write(wards.join("00002_b.geojson"), "second").unwrap();
    let entries = vec![entry("11_x/wards/00001_a.geojson", "first"), entry("11_x/wards/00002_b.geojson", "second")];
    (folder, entries)
}

fn file_url(folder: &tempfile::TempDir) -> Origin {
    Origin::parse(&format!("file://{}", folder.path().display())).unwrap()
}

#[tokio::test]
async fn a_mirror_is_copied_and_told_of() {
    let ((mirror, entries), kept) = (mirror(), tempfile::tempdir().unwrap());
    let mut told = Vec::new();
    fetch_entries(entries, &file_url(&mirror), kept.path(), |progress| told.push(progress)).await.unwrap();
    assert_eq!(fs::read_to_string(kept.path().join("11_x/wards/00002_b.geojson")).unwrap(), "second");
    assert_eq!(told.last(), Some(&Progress { files: 2, of_files: 2, bytes: 11, of_bytes: 11 }));
    assert_eq!(told.len(), 2);
}

#[tokio::test]
async fn what_is_there_and_right_is_not_fetched_again() {
    let ((mirror, entries), kept) = (mirror(), tempfile::tempdir().unwrap());
    fetch_entries(entries.clone(), &file_url(&mirror), kept.path(), |_| ()).await.unwrap();
    fs::remove_file(mirror.path().join("11_x/wards/00001_a.geojson")).unwrap();
    fs::write(kept.path().join("11_x/wards/00002_b.geojson"), "sec").unwrap();
    fetch_entries(entries, &file_url(&mirror), kept.path(), |_| ()).await.unwrap();
    assert_eq!(fs::read_to_string(kept.path().join("11_x/wards/00002_b.geojson")).unwrap(), "second");
}

#[tokio::test]
async fn an_altered_file_is_not_kept() {
    let ((mirror, entries), kept) = (mirror(), tempfile::tempdir().unwrap());
    fs::write(mirror.path().join("11_x/wards/00001_a.geojson"), "First").unwrap();
    let altered = fetch_entries(entries, &file_url(&mirror), kept.path(), |_| ()).await.unwrap_err();
    assert!(matches!(altered, FetchError::Altered { path } if path == "11_x/wards/00001_a.geojson"));
    assert!(!kept.path().join("11_x/wards/00001_a.geojson").exists());
}

#[tokio::test]
async fn errors_name_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let (eleven, none) = ("11".parse().unwrap(), "99".parse().unwrap());
    let fetched = |province, base| fetch(Some(province), Some(base), folder.path(), |_| ());
    assert!(matches!(fetched(&none, "file:///x").await, Err(FetchError::NoSuchProvince(_))));
    assert!(matches!(fetched(&eleven, "ftp://x").await, Err(FetchError::BaseUrl(_))));
    assert!(matches!(fetched(&eleven, "file:///no/such/place").await, Err(FetchError::Mirror { .. })));
    let closed = fetched(&eleven, "http://127.0.0.1:1/json/geojson").await.unwrap_err().to_string();
    assert!(closed.contains("--base-url") && closed.contains("--allow-approximate"), "{closed}");
}

/// The first answer of each file is 503, then `first`; `second` is never there.
async fn moody(State(asked): State<Arc<AtomicUsize>>, uri: Uri) -> (StatusCode, &'static str) {
    match uri.path() {
        "/geo/11_x/wards/00001_a.geojson" if asked.fetch_add(1, Ordering::SeqCst) > 0 => (StatusCode::OK, "first"),
        "/geo/11_x/wards/00001_a.geojson" => (StatusCode::SERVICE_UNAVAILABLE, ""),
        _ => (StatusCode::NOT_FOUND, "no"),
    }
}

#[tokio::test]
async fn the_web_is_asked_again_when_it_stumbles() {
    let asked = Arc::new(AtomicUsize::new(0));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = Origin::parse(&format!("http://{}/geo/", listener.local_addr().unwrap())).unwrap();
    let server = axum::serve(listener, Router::new().fallback(moody).with_state(asked.clone()));
    tokio::spawn(server.into_future());
    let ((_mirror, mut entries), kept) = (mirror(), tempfile::tempdir().unwrap());
    let second = entries.split_off(1);
    fetch_entries(entries, &origin, kept.path(), |_| ()).await.unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    let missing = fetch_entries(second, &origin, kept.path(), |_| ()).await.unwrap_err();
    assert!(matches!(missing, FetchError::Status { status: StatusCode::NOT_FOUND, .. }));
}
