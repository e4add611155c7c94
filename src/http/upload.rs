//! A JSON object with photos beside it: `application/json`, or `multipart/form-data` with one JSON part and `photo` parts.

use axum::{
    extract::{FromRequest, Multipart, Request},
    http::{StatusCode, header},
};
use bytes::Bytes;
use serde_json::Value;

use super::{
    Problem,
    extract::{cut_off, json, json_only, read, unknown},
};
use crate::flow::rejection::Warning;

/// The object and the photos beside it.
pub struct Upload {
    /// The JSON part (`report` or `command`); None where the body is empty.
    pub body: Option<Value>,
    /// Every other part that is a file, in order.
    pub photos: Vec<Bytes>,
    /// Parts that are neither.
    pub warnings: Vec<Warning>,
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        if kind.starts_with("multipart/form-data") {
            return parts(request, state).await;
        }
        json_only(&request)?;
        let bytes = read(request, state, SMALL).await?;
        if bytes.len() > JSON_BYTES {
            return Err(cut_off(StatusCode::PAYLOAD_TOO_LARGE, "", SMALL));
        }
        let body = if bytes.is_empty() { None } else { Some(json(&bytes)?) };
        Ok(Self { body, photos: vec![], warnings: vec![] })
    }
}

async fn parts<S: Send + Sync>(request: Request, state: &S) -> Result<Upload, Problem> {
    let form = Multipart::from_request(request, state).await;
    let mut form =
        form.map_err(|why| Problem::new(StatusCode::BAD_REQUEST, "bad_multipart", BAD_FORM, why.body_text()))?;
    let mut body = None;
    let (mut photos, mut warnings) = (vec![], vec![]);
    while let Some(field) = form.next_field().await.map_err(|why| cut_off(why.status(), &why.body_text(), LARGE))? {
        let name = field.name().unwrap_or_default().to_owned();
        let is_file =
            field.file_name().is_some() || field.content_type().is_some_and(|kind| kind.starts_with("image/"));
        let bytes = field.bytes().await.map_err(|why| cut_off(why.status(), &why.body_text(), LARGE))?;
        match name.as_str() {
            "report" | "command" => body = Some(json(&bytes)?),
            "photo" | "photos" | "photo[]" | "photos[]" => photos.push(bytes),
            _ if is_file => photos.push(bytes),
            _ => warnings.push(unknown(&name)),
        }
    }
    let missing = "send the JSON object as the part `report` (or `command`), and each photo as a part `photo`";
    if body.is_none() {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "bad_multipart", BAD_FORM, missing));
    }
    Ok(Upload { body, photos, warnings })
}

/// A JSON object without photos is small.
const JSON_BYTES: usize = 1 << 20;
const SMALL: &str = "a body of JSON has at most 1 MB; photos are parts of multipart/form-data beside it";
const LARGE: &str = "send fewer or smaller photos: at most 6 of 12 MB each";

const BAD_FORM: &str = "Biểu mẫu gửi lên không đọc được";
