//! The cookies of browsers' sessions: one for a key, one for each report.
//!
//! They are accepted wherever the key or the secret is. No other site may use them: they are `SameSite=Strict`, and a
//! change that rests on one must also be such as no form of another site can send: JSON and said so, with a header of
//! ours such as `If-Match`, or a `PUT`, `PATCH` or `DELETE`; and where the browser says which site asks, it must be this
//! one.

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, request::Parts};
use axum_extra::extract::CookieJar;

use super::{Problem, extract::text_of};
use crate::{
    domain::code::PublicCode,
    flow::{Flow, session},
};

/// The cookie of a key.
pub const KEY: &str = "ioc_key";
const REPORT: &str = "ioc_report_";

/// A form of another site sends none of these, and its scripts would have to ask first.
const OURS: [&str; 4] = ["if-match", "idempotency-key", "x-device-key", "tus-resumable"];

/// The cookie of a report.
pub fn of_report(code: &PublicCode) -> String {
    format!("{REPORT}{code}")
}

/// The sealed value of a cookie.
pub fn value(headers: &HeaderMap, name: &str) -> Option<String> {
    CookieJar::from_headers(headers).get(name).map(|cookie| cookie.value().to_owned())
}

/// The names of all sessions in a request.
pub fn names(headers: &HeaderMap) -> Vec<String> {
    let ours =
        |name: &str| name == KEY || name.strip_prefix(REPORT).is_some_and(|code| code.parse::<PublicCode>().is_ok());
    CookieJar::from_headers(headers).iter().map(|cookie| cookie.name().to_owned()).filter(|name| ours(name)).collect()
}

/// The secrets of all reports in a request.
pub fn secrets(headers: &HeaderMap, flow: &Flow) -> Vec<String> {
    let jar = CookieJar::from_headers(headers);
    let secret = |name: &str, value: &str| session::secret(flow, &name.strip_prefix(REPORT)?.parse().ok()?, value);
    jar.iter().filter_map(|cookie| secret(cookie.name(), cookie.value())).collect()
}

/// The header that sets a cookie; 0 seconds end it. Behind TLS it never goes over an open line.
pub fn set(headers: &HeaderMap, name: &str, value: &str, seconds: i64) -> Option<HeaderValue> {
    let tls = text_of(headers, "x-forwarded-proto").is_some_and(|proto| proto.eq_ignore_ascii_case("https"));
    let secure = if tls { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/api/v1; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    HeaderValue::from_str(&text).ok()
}

/// Refuses a change that rests on a cookie and could have been sent by another site.
pub fn refuse_other_sites(parts: &Parts) -> Result<(), Problem> {
    if matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let json = text_of(&parts.headers, "content-type").is_some_and(|kind| {
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        kind == "application/json" || kind.ends_with("+json")
    });
    let deliberate = matches!(parts.method, Method::PUT | Method::DELETE | Method::PATCH)
        || OURS.iter().any(|name| parts.headers.contains_key(*name));
    let ours = text_of(&parts.headers, "sec-fetch-site").is_none_or(|site| site == "same-origin" || site == "none");
    if ours && (json || deliberate) {
        return Ok(());
    }
    let detail = "with a cookie, send changes from this site, as application/json or with If-Match or Idempotency-Key";
    Err(Problem::new(StatusCode::FORBIDDEN, "other_site", "Yêu cầu không đến từ trang này", detail))
}
