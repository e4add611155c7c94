//! A JSON object with photos beside it: `application/json`, or `multipart/form-data` with one JSON part and `photo` parts.
//! Photos go to the disk as they come; none is ever whole in memory.

use axum::{
    extract::{
        FromRequest, Multipart, Request,
        multipart::{Field, MultipartError},
    },
    http::{StatusCode, header},
};
use serde_json::Value;

use super::{
    Problem,
    extract::{cut_off, json, json_only, read, unknown},
    pace::TooSlow,
};
use crate::{
    app::App,
    domain::ids::PhotoId,
    flow::{Original, rejection::Warning},
};

/// The object and the photos beside it.
pub struct Upload {
    /// The JSON part (`report` or `command`); None where the body is empty.
    pub body: Option<Value>,
    /// Every other part that is a file, in order, on disk as it was sent.
    pub photos: Vec<Original>,
    /// Parts that are neither.
    pub warnings: Vec<Warning>,
}

impl FromRequest<App> for Upload {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        if kind.starts_with("multipart/form-data") {
            return parts(request, app).await;
        }
        json_only(&request)?;
        let bytes = read(request, app, SMALL).await?;
        if bytes.len() > JSON_BYTES {
            return Err(cut_off(StatusCode::PAYLOAD_TOO_LARGE, "", SMALL));
        }
        let body = if bytes.is_empty() { None } else { Some(json(&bytes)?) };
        Ok(Self { body, photos: vec![], warnings: vec![] })
    }
}

async fn parts(request: Request, app: &App) -> Result<Upload, Problem> {
    let form = Multipart::from_request(request, app).await;
    let mut form =
        form.map_err(|why| Problem::new(StatusCode::BAD_REQUEST, "bad_multipart", BAD_FORM, why.body_text()))?;
    let mut body = None;
    let (mut photos, mut warnings) = (vec![], vec![]);
    while let Some(field) = form.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        let is_file =
            field.file_name().is_some() || field.content_type().is_some_and(|kind| kind.starts_with("image/"));
        match name.as_str() {
            "report" | "command" => body = Some(json(&short(field).await?)?),
            "photo" | "photos" | "photo[]" | "photos[]" => photos.push(photo(field, app).await?),
            _ if is_file => photos.push(photo(field, app).await?),
            _ => warnings.push(unknown(&name)),
        }
        if photos.len() > MOST_FILES {
            return Err(cut_off(StatusCode::PAYLOAD_TOO_LARGE, "", LARGE));
        }
    }
    let missing = "send the JSON object as the part `report` (or `command`), and each photo as a part `photo`";
    if body.is_none() {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "bad_multipart", BAD_FORM, missing));
    }
    Ok(Upload { body, photos, warnings })
}

/// A part that must fit into memory.
async fn short(mut field: Field<'_>) -> Result<Vec<u8>, Problem> {
    let mut bytes = vec![];
    while let Some(chunk) = field.chunk().await.map_err(broken)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > JSON_BYTES {
            return Err(cut_off(StatusCode::PAYLOAD_TOO_LARGE, "", SMALL));
        }
    }
    Ok(bytes)
}

async fn photo(mut field: Field<'_>, app: &App) -> Result<Original, Problem> {
    let id = PhotoId(app.flow.entropy.uuid(app.flow.clock.now()));
    let mut receiver = app.flow.darkroom.originals().receive(id).await;
    while let Some(chunk) = field.chunk().await.map_err(broken)? {
        receiver.write(&chunk).await;
    }
    Ok(receiver.end().await)
}

#[expect(clippy::needless_pass_by_value, reason = "what `map_err` hands over")]
fn broken(why: MultipartError) -> Problem {
    if TooSlow::is_why(&why) {
        return TooSlow.into();
    }
    cut_off(why.status(), &why.body_text(), LARGE)
}

/// A JSON object without photos is small.
const JSON_BYTES: usize = 1 << 20;
/// More files than anybody may keep are not even looked at.
const MOST_FILES: usize = 20;
const SMALL: &str = "a body of JSON has at most 1 MB; photos are parts of multipart/form-data beside it";
const LARGE: &str = "send fewer or smaller photos: at most 6 of 12 MB each";

const BAD_FORM: &str = "Biểu mẫu gửi lên không đọc được";
