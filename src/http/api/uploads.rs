//! `/api/v1/reports/{code}/photos`: photos over bad lines, by the protocol of tus 1.0 (creation, creation with upload,
//! termination, expiration).

use axum::{
    body::Body,
    extract::{FromRequest, FromRequestParts, RawPathParams, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{
    app::App,
    domain::{code::PublicCode, ids::PhotoId},
    flow::{
        Rejection,
        uploads::{self, MOST_BYTES, Progress, Sender},
    },
    http::{
        Problem,
        api::reports::key_in,
        extract::{Who, text_of},
    },
    identity::Caller,
};

const VERSION: &str = "1.0.0";
const EXTENSIONS: &str = "creation,creation-with-upload,termination,expiration";
const PIECE: &str = "application/offset+octet-stream";
const WRONG: &str = "Yêu cầu tải ảnh không đúng";

/// A call by the protocol: who it is from, where to, and its body still unread.
pub struct Call {
    caller: Caller,
    secret: Option<String>,
    code: PublicCode,
    upload: Option<PhotoId>,
    method: Method,
    headers: HeaderMap,
    body: Body,
}

impl FromRequest<App> for Call {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        if text_of(&parts.headers, "tus-resumable").as_deref() != Some(VERSION) {
            let detail = "send Tus-Resumable: 1.0.0";
            return Err(Problem::new(StatusCode::PRECONDITION_FAILED, "tus_version", WRONG, detail));
        }
        let path = RawPathParams::from_request_parts(&mut parts, app).await.map_err(|_| Rejection::NotFound)?;
        let named = |wanted: &str| path.iter().find(|(name, _)| *name == wanted).map(|(_, text)| text.to_owned());
        let code = named("code").and_then(|code| code.parse().ok()).ok_or(Rejection::NotFound)?;
        let upload = named("upload").map(|id| id.parse().map_err(|_| Rejection::NotFound)).transpose()?;
        let Who(caller) = Who::from_request_parts(&mut parts, app).await?;
        let secret = text_of(&parts.headers, "x-report-secret");
        // Old proxies let only GET and POST through.
        let instead = text_of(&parts.headers, "x-http-method-override").and_then(|method| method.parse().ok());
        let method = instead.filter(|_| parts.method == Method::POST).unwrap_or(parts.method);
        Ok(Self { caller, secret, code, upload, method, headers: parts.headers, body })
    }
}

impl Call {
    /// A header that is a whole number.
    fn number(&self, name: &str) -> Result<i64, Problem> {
        let number = text_of(&self.headers, name).and_then(|text| text.parse().ok()).filter(|number| *number >= 0);
        number.ok_or_else(|| {
            let detail = format!("{name} is needed: a whole number of bytes, 0 or more");
            Problem::new(StatusCode::BAD_REQUEST, "bad_header", WRONG, detail)
        })
    }

    fn is_piece(&self) -> bool {
        text_of(&self.headers, "content-type").is_some_and(|kind| kind.eq_ignore_ascii_case(PIECE))
    }

    async fn create(self, app: &App) -> Result<Response, Problem> {
        let (is_piece, bytes) = (self.is_piece(), self.number("upload-length")?);
        let name = key_in(&self.headers)?;
        let Self { caller, secret, code, body, .. } = self;
        let sender = Sender { caller: &caller, secret: secret.as_deref(), code: &code };
        let mut progress = uploads::announce(&app.flow, sender, bytes, name.as_deref()).await?;
        let place = format!("/api/v1/reports/{code}/photos/{}", progress.id);
        // Announced before, it goes on where it broke off; what comes with a repeated announcement begins at 0.
        if is_piece && progress.offset == 0 {
            progress = uploads::receive(&app.flow, sender, progress.id, 0, body.into_data_stream()).await?;
        }
        let mut response = told(StatusCode::CREATED, &progress);
        insert(response.headers_mut(), "location", &place);
        Ok(response)
    }

    async fn go_on(self, app: &App) -> Result<Response, Problem> {
        let Some(id) = self.upload else { return Err(Rejection::NotFound.into()) };
        if self.method == Method::PATCH && !self.is_piece() {
            let detail = format!("send Content-Type: {PIECE}");
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", WRONG, detail));
        }
        let offset = if self.method == Method::PATCH { self.number("upload-offset")? } else { 0 };
        let Self { caller, secret, code, body, method, .. } = self;
        let sender = Sender { caller: &caller, secret: secret.as_deref(), code: &code };
        Ok(match method {
            Method::PATCH => {
                let body = body.into_data_stream();
                told(StatusCode::NO_CONTENT, &uploads::receive(&app.flow, sender, id, offset, body).await?)
            }
            Method::HEAD => told(StatusCode::OK, &uploads::progress(&app.flow, sender, id).await?),
            Method::DELETE => {
                uploads::give_up(&app.flow, sender, id).await?;
                StatusCode::NO_CONTENT.into_response()
            }
            _ => {
                let detail = "say by X-HTTP-Method-Override which of PATCH, HEAD and DELETE is meant";
                return Err(Problem::new(StatusCode::BAD_REQUEST, "bad_header", WRONG, detail));
            }
        })
    }
}

fn told(status: StatusCode, progress: &Progress) -> Response {
    let mut response = status.into_response();
    let headers = response.headers_mut();
    insert(headers, "upload-offset", &progress.offset.to_string());
    insert(headers, "upload-length", &progress.bytes.to_string());
    insert(headers, "upload-expires", &progress.expires_at.http_date());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn insert(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// Every answer of the protocol says which version it speaks, refusals too.
fn spoken(answer: Result<Response, Problem>) -> Response {
    let mut response = answer.into_response();
    insert(response.headers_mut(), "tus-resumable", VERSION);
    insert(response.headers_mut(), "tus-version", VERSION);
    response
}

/// What is spoken here.
#[utoipa::path(options, path = "/api/v1/reports/{code}/photos", tag = "photos", params(("code" = String, Path)),
    responses((status = 204, description = "`Tus-Version`, `Tus-Extension`, `Tus-Max-Size`")))]
pub async fn options() -> Response {
    let mut response = spoken(Ok(StatusCode::NO_CONTENT.into_response()));
    insert(response.headers_mut(), "tus-extension", EXTENSIONS);
    insert(response.headers_mut(), "tus-max-size", &MOST_BYTES.to_string());
    response
}

/// Announce a photo of `Upload-Length` bytes for a report, with its secret, or for an answer, with the office's key. The
/// body may already carry the first bytes. The photo joins the report when it is whole and cleaned.
#[utoipa::path(post, path = "/api/v1/reports/{code}/photos", tag = "photos", operation_id = "announce_photo",
    params(("code" = String, Path), ("X-Report-Secret" = Option<String>, Header), ("Tus-Resumable" = String, Header),
        ("Upload-Length" = i64, Header), ("Upload-Metadata" = Option<String>, Header),
        ("Idempotency-Key" = Option<String>, Header, description = "the same key gives the same upload, however often it is announced")),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses((status = 201, description = "`Location`, `Upload-Offset`, `Upload-Expires`"),
        (status = 412, body = Problem), (status = 413, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem)))]
pub async fn create(State(app): State<App>, call: Result<Call, Problem>) -> Response {
    spoken(match call {
        Ok(call) => call.create(&app).await,
        Err(problem) => Err(problem),
    })
}

macro_rules! steps {
    ($($(#[$doc:meta])* $name:ident $method:ident $status:literal;)*) => {$(
        $(#[$doc])*
        #[utoipa::path($method, path = "/api/v1/reports/{code}/photos/{upload}", tag = "photos",
            params(("code" = String, Path), ("upload" = String, Path), ("X-Report-Secret" = Option<String>, Header),
                ("Tus-Resumable" = String, Header), ("Upload-Offset" = Option<i64>, Header)),
            responses((status = $status, description = "`Upload-Offset`, `Upload-Length`, `Upload-Expires`"),
                (status = 404, description = "not there, or not yours", body = Problem),
                (status = 409, description = "another offset; `offset` says which", body = Problem),
                (status = 412, description = "`Tus-Resumable: 1.0.0` is missing", body = Problem)))]
        pub async fn $name(State(app): State<App>, call: Result<Call, Problem>) -> Response {
            spoken(match call {
                Ok(call) => call.go_on(&app).await,
                Err(problem) => Err(problem),
            })
        }
    )*};
}

steps! {
    /// How much of a photo is on disk.
    photo_offset head 200;
    /// The next bytes of a photo, from `Upload-Offset` on. What arrives before the line breaks counts.
    photo_piece patch 204;
    /// Give up a photo that has not wholly arrived.
    photo_given_up delete 204;
    /// For old proxies: `X-HTTP-Method-Override` says which of the others is meant.
    photo_step post 204;
}
