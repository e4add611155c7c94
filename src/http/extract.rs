//! What handlers take from a request, parsed: who is asking, the secret, the version, the code, the body.

use axum::{
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::{Problem, cookies};
use crate::{
    app::App,
    domain::{
        code::PublicCode,
        ids::{OfficeId, TicketId},
        text::BadText,
    },
    flow::{Rejection, claim::Basis, keys, rejection::Warning, session},
    identity::Caller,
};

/// Who is asking, by key or by session; a bearer key that is nobody's is 401, no key at all is anyone.
pub struct Who(pub Caller);

impl FromRequestParts<App> for Who {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(header::AUTHORIZATION) else {
            let Some(cookie) = cookies::value(&parts.headers, cookies::KEY) else { return Ok(Self(Caller::Anyone)) };
            let caller = session::caller(&app.flow, &cookie).await?;
            if caller != Caller::Anyone {
                cookies::refuse_other_sites(parts)?;
            }
            return Ok(Self(caller));
        };
        let text = value.to_str().unwrap_or_default();
        let key = text.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let (_, key) = key.ok_or(Rejection::Unauthorized)?;
        Ok(Self(keys::caller(&app.flow, key.trim()).await?))
    }
}

/// A header as text, if it was sent and can be read.
pub fn text_of(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned)
}

/// The secret of the report in the path, from `X-Report-Secret` or from its session.
pub struct Secret(pub Option<String>);

impl FromRequestParts<App> for Secret {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if let Some(secret) = text_of(&parts.headers, "x-report-secret") {
            return Ok(Self(Some(secret)));
        }
        let named = parts.uri.path().strip_prefix("/api/v1/reports/").and_then(|rest| rest.split('/').next());
        let Some(code) = named.and_then(|code| code.parse::<PublicCode>().ok()) else { return Ok(Self(None)) };
        let cookie = cookies::value(&parts.headers, &cookies::of_report(&code));
        let secret = cookie.and_then(|cookie| session::secret(&app.flow, &code, &cookie));
        if secret.is_some() {
            cookies::refuse_other_sites(parts)?;
        }
        Ok(Self(secret))
    }
}

/// Every secret that a request shows, where the path names no report.
pub struct Secrets(pub Vec<String>);

impl FromRequestParts<App> for Secrets {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let shown = text_of(&parts.headers, "x-report-secret");
        Ok(Self(shown.map_or_else(|| cookies::secrets(&parts.headers, &app.flow), |secret| vec![secret])))
    }
}

/// What a change of a ticket is based on: `If-Match`, and `Claim-Token` where a machine makes it.
pub struct BasedOn(pub Basis);

impl<S: Sync> FromRequestParts<S> for BasedOn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Version(version) = Version::from_request_parts(parts, state).await?;
        let token = text_of(&parts.headers, "claim-token").map(|text| text.parse().unwrap_or(Uuid::nil()));
        Ok(Self(Basis { version, token }))
    }
}

/// The office and the claim in the path; 404 for what cannot exist, 409 for a token that is nobody's.
pub struct ClaimInPath(pub OfficeId, pub Uuid);

impl<S: Send + Sync> FromRequestParts<S> for ClaimInPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<(String, String)>::from_request_parts(parts, state).await;
        let Path((office, token)) = path.map_err(|_| Rejection::NotFound)?;
        let office = office.parse().map_err(|_| Rejection::NotFound)?;
        Ok(Self(office, token.parse().unwrap_or(Uuid::nil())))
    }
}

/// The version that a change is based on, from `If-Match: "7"`.
pub struct Version(pub Option<i64>);

impl<S: Sync> FromRequestParts<S> for Version {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(text) = text_of(&parts.headers, "if-match") else { return Ok(Self(None)) };
        let number = text.trim_start_matches("W/").trim_matches('"').parse();
        let detail = "If-Match carries the ticket's version as in its ETag, for instance \"7\"";
        number.map(|version| Self(Some(version))).map_err(|_| {
            Problem::new(StatusCode::BAD_REQUEST, "bad_version", "Phiên bản của phiếu không đọc được", detail)
        })
    }
}

/// A path parameter that parses, or 404: what cannot exist is not there.
pub struct Named<T>(pub T);

impl<S: Send + Sync, T: std::str::FromStr + Send> FromRequestParts<S> for Named<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let text = Path::<String>::from_request_parts(parts, state).await.map(|Path(text)| text).unwrap_or_default();
        text.parse().map(Self).map_err(|_| Rejection::NotFound.into())
    }
}

/// The code in the path.
pub type Code = Named<PublicCode>;
/// The ticket in the path.
pub type TicketInPath = Named<TicketId>;
/// The office in the path.
pub type OfficeInPath = Named<OfficeId>;

/// A JSON body of a known form, and the fields in it that nobody knows. Not JSON: 400; JSON of another form: 422 with the
/// field's path.
pub struct Body<T>(pub T, pub Vec<Warning>);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        json_only(&request)?;
        let bytes = read(request, state, "a body of JSON has at most 8 MB").await?;
        let value = if bytes.is_empty() { empty() } else { json(&bytes)? };
        let (body, warnings) = parse(value)?;
        Ok(Self(body, warnings))
    }
}

/// What no body at all means, where every member may be left out.
pub fn empty() -> Value {
    Value::Object(serde_json::Map::new())
}

/// JSON of a known form with warnings of the fields that nobody knows, or the path of what is wrong.
pub fn parse<T: DeserializeOwned>(value: Value) -> Result<(T, Vec<Warning>), Rejection> {
    let mut warnings = vec![];
    let mut track = serde_path_to_error::Track::new();
    let tracked = serde_path_to_error::Deserializer::new(value, &mut track);
    let read = serde_ignored::deserialize(tracked, |path| warnings.push(unknown(&path.to_string().replace(".?", ""))));
    let path = |track: serde_path_to_error::Track| track.path().to_string();
    read.map(|read| (read, warnings))
        .map_err(|why: serde_json::Error| wrong(&path(track), &why.to_string(), "wrong_type"))
}

/// A field or a part that nobody knows.
pub fn unknown(path: &str) -> Warning {
    let detail = "this field is not known here and was ignored".to_owned();
    Warning { path: path.to_owned(), code: "unknown_field".to_owned(), detail }
}

/// One wrong field from what serde says of it; a text that is none keeps its own code.
fn wrong(path: &str, why: &str, code: &str) -> Rejection {
    let path = if path == "." { "" } else { path };
    if let Some(name) = why.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        return Rejection::field(&path, "missing", "this field is required");
    }
    Rejection::field(path, BadText::code_of(why).unwrap_or(code), why)
}

/// 415 for a body that says it is something else; one that says nothing is taken as JSON.
pub fn json_only(request: &Request) -> Result<(), Problem> {
    let kind = text_of(request.headers(), "content-type").unwrap_or_else(|| "application/json".into());
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if kind == "application/json" || kind.ends_with("+json") {
        return Ok(());
    }
    let detail = format!("send application/json, not {kind}");
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "Kiểu nội dung không nhận", detail))
}

/// Reads any JSON.
pub fn json(bytes: &[u8]) -> Result<Value, Problem> {
    serde_json::from_slice(bytes).map_err(|why| Problem::malformed(format!("the body is not JSON: {why}")))
}

/// The whole body within the route's limit, which `most` tells.
pub async fn read<S: Send + Sync>(request: Request, state: &S, most: &str) -> Result<bytes::Bytes, Problem> {
    bytes::Bytes::from_request(request, state).await.map_err(|why| cut_off(why.status(), &why.to_string(), most))
}

/// 413 for an oversize body with the most that is taken, 400 for one that broke off.
pub fn cut_off(status: StatusCode, detail: &str, most: &str) -> Problem {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        Problem::new(status, "too_large", "Nội dung gửi quá lớn", most)
    } else {
        Problem::new(StatusCode::BAD_REQUEST, "broken_body", "Nội dung gửi bị đứt giữa chừng", detail)
    }
}

/// A query string of a known form, or 422 naming what is wrong.
pub struct Asked<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = Query::<T>::from_request_parts(parts, state).await;
        query.map(|Query(asked)| Self(asked)).map_err(|why| bad_query(&why.body_text()).into())
    }
}

/// axum says `Failed to deserialize query string: lon: invalid float literal`.
fn bad_query(words: &str) -> Rejection {
    let why = words.strip_prefix("Failed to deserialize query string: ").unwrap_or(words);
    match why.split_once(": ") {
        Some((path, why)) if !path.contains(' ') => wrong(path, why, "bad_query"),
        _ => wrong("", why, "bad_query"),
    }
}
