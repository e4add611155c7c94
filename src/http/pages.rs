//! The pages, from inside the binary: built once by `make pages`, served with names that change with the content.

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use rust_embed::{Embed, EmbeddedFile};

use super::{Problem, extract::text_of};
use crate::{app::App, domain::base_map::BaseMap};

/// Nothing from elsewhere, no script or style that is not a file of ours. A base map of somebody else's, where the operator
/// wants one, may be asked for its pictures.
fn policy(base_map: Option<&BaseMap>) -> String {
    let more = base_map.map(|map| format!(" {}", map.origin())).unwrap_or_default();
    format!(
        "default-src 'self'; connect-src 'self'{more}; img-src 'self' data: blob:{more}; object-src 'none'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}

/// Names under `/assets` carry a hash of the content.
const FOREVER: &str = "public, max-age=31536000, immutable";
/// Kept, and asked for again every time.
const ASK_AGAIN: &str = "no-cache";
/// Stands in for pages that were never built.
const NOT_BUILT: &str = include_str!("../../web/unbuilt.html");

/// What `npm run build` made; empty before.
#[derive(Embed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Built;

/// The three pages and what they need.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/", get(|app: State<App>, headers: HeaderMap| async move { page("index.html", &app, &headers) }))
        .route("/desk", get(|app: State<App>, headers: HeaderMap| async move { page("desk.html", &app, &headers) }))
        .route(
            "/dashboard",
            get(|app: State<App>, headers: HeaderMap| async move { page("dashboard.html", &app, &headers) }),
        )
        .route("/sw.js", get(|headers: HeaderMap| async move { file("sw.js", ASK_AGAIN, &headers) }))
        .route(
            "/manifest.webmanifest",
            get(|headers: HeaderMap| async move { file("manifest.webmanifest", ASK_AGAIN, &headers) }),
        )
        .route("/favicon.ico", get(|headers: HeaderMap| async move { file("icons/icon-192.png", ASK_AGAIN, &headers) }))
        .route(
            "/icons/{name}",
            get(|Path(name): Path<String>, headers: HeaderMap| async move {
                file(&format!("icons/{name}"), ASK_AGAIN, &headers)
            }),
        )
        .route(
            "/assets/{name}",
            get(|Path(name): Path<String>, headers: HeaderMap| async move {
                file(&format!("assets/{name}"), FOREVER, &headers)
            }),
        )
}

fn page(name: &str, State(app): &State<App>, headers: &HeaderMap) -> Response {
    guarded(name, app.base_map.as_deref(), headers)
}

fn guarded(name: &str, base_map: Option<&BaseMap>, headers: &HeaderMap) -> Response {
    let mut response = if let Some(built) = Built::get(name) {
        known_or_sent(name, ASK_AGAIN, &built, headers)
    } else {
        let kind = [(header::CONTENT_TYPE, kind_of(name)), (header::CACHE_CONTROL, "no-store")];
        (StatusCode::SERVICE_UNAVAILABLE, kind, NOT_BUILT).into_response()
    };
    // An address of tiles has only letters that a header may have.
    let policy = HeaderValue::from_str(&policy(base_map)).unwrap_or(HeaderValue::from_static("default-src 'none'"));
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response.headers_mut().insert(PERMISSIONS, HeaderValue::from_static("geolocation=(self), camera=(self)"));
    response
}

/// What a page may ask the browser for.
const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");

fn file(name: &str, caching: &'static str, headers: &HeaderMap) -> Response {
    match Built::get(name) {
        Some(built) => known_or_sent(name, caching, &built, headers),
        None => {
            Problem::new(StatusCode::NOT_FOUND, "not_found", "Không tìm thấy", "there is no such file among the pages")
                .into_response()
        }
    }
}

fn known_or_sent(name: &str, caching: &'static str, built: &EmbeddedFile, headers: &HeaderMap) -> Response {
    let etag = etag_of(built);
    let known =
        text_of(headers, "if-none-match").is_some_and(|known| known.split(',').any(|one| one.trim().ends_with(&etag)));
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, kind_of(name))], built.data.clone()).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.extend(HeaderValue::from_str(&etag).ok().map(|etag| (header::ETAG, etag)));
    response
}

/// The first half of the content's hash: enough to tell versions apart.
fn etag_of(built: &EmbeddedFile) -> String {
    use std::fmt::Write;
    let mut etag = String::from("\"");
    for byte in &built.metadata.sha256_hash()[..16] {
        // Writing to a string cannot fail.
        let _ = write!(etag, "{byte:02x}");
    }
    etag + "\""
}

fn kind_of(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "webmanifest" => "application/manifest+json",
        "json" => "application/json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_forbids_what_is_not_ours_whether_it_was_built_or_not() {
        for name in ["index.html", "desk.html", "dashboard.html", "never-built.html"] {
            let answer = guarded(name, None, &HeaderMap::new());
            let policy = answer.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert!(policy.starts_with("default-src 'self'") && !policy.contains("unsafe") && !policy.contains("http"));
            assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
        }
    }

    #[test]
    fn a_base_map_of_somebody_else_may_be_asked_for_pictures_alone() {
        let map: BaseMap = "https://tiles.example.vn/{z}/{x}/{y}.png".parse().unwrap();
        let policy = policy(Some(&map));
        let of = |kind: &str| policy.split("; ").find(|part| part.starts_with(kind)).unwrap().to_owned();
        assert_eq!(of("img-src"), "img-src 'self' data: blob: https://tiles.example.vn");
        assert_eq!(of("connect-src"), "connect-src 'self' https://tiles.example.vn");
        assert_eq!(of("default-src"), "default-src 'self'");
    }

    #[test]
    fn a_page_that_was_not_built_says_how_to_build_it() {
        let answer = guarded("never-built.html", None, &HeaderMap::new());
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(NOT_BUILT.contains("make pages"));
    }

    #[test]
    fn a_file_that_is_not_there_is_not_found() {
        assert_eq!(file("assets/../sw.js.map", FOREVER, &HeaderMap::new()).status(), StatusCode::NOT_FOUND);
    }
}
