//! The one boundary where errors become problem documents (RFC 9457) with a stable `code`, and are logged once.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::{
    analytics::StoreError,
    flow::rejection::{FieldError, Refusal, Rejection},
};

/// A problem document.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// A relative reference that names the kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// In Vietnamese, for people.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// Stable, for programs.
    pub code: String,
    /// What to do.
    pub detail: String,
    /// Wrong fields with their dotted paths.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldError>,
    /// More, by the kind of problem: `version`, `guidance`, `office`, `reason`.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub more: serde_json::Map<String, Value>,
}

impl Problem {
    /// A problem of that status and code.
    pub fn new(status: StatusCode, code: &str, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("/problems/{code}"),
            title,
            status: status.as_u16(),
            code: code.to_owned(),
            detail: detail.into(),
            fields: vec![],
            more: serde_json::Map::new(),
        }
    }

    /// With one more member.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.more.insert(name.to_owned(), value);
        self
    }

    /// The body is no JSON.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed_json", "Nội dung gửi không đọc được", detail)
    }
}

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Self {
        let detail = rejection.to_string();
        match rejection {
            Rejection::Fields(fields) => of_fields(fields),
            Rejection::BelongsElsewhere { category, guidance } => {
                let title = "Đây là khiếu nại, tố cáo: xin gửi nơi có thẩm quyền";
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "belongs_elsewhere", title, detail)
                    .with("category", json!(category))
                    .with("guidance", json!(guidance))
            }
            Rejection::KeyReused => {
                let title = "Mã chống gửi trùng đã dùng cho phản ánh khác";
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused", title, detail)
            }
            Rejection::NotFound => Self::new(StatusCode::NOT_FOUND, "not_found", "Không tìm thấy", detail),
            Rejection::Unauthorized => Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "Cần khóa truy cập", detail),
            Rejection::MissingVersion => {
                Self::new(StatusCode::PRECONDITION_REQUIRED, "version_required", "Thiếu phiên bản của phiếu", detail)
            }
            Rejection::Stale(version) => {
                let title = "Phiếu đã có người khác thay đổi";
                Self::new(StatusCode::PRECONDITION_FAILED, "stale", title, detail).with("version", json!(version))
            }
            Rejection::LeaseLost => Self::new(StatusCode::CONFLICT, "lease_lost", "Lượt nhận phiếu đã hết hạn", detail),
            Rejection::Leased(until) => {
                let title = "Phiếu đang do hệ thống tự động xử lý";
                Self::new(StatusCode::CONFLICT, "leased", title, detail).with("lease_until", json!(until))
            }
            Rejection::Refused(Refusal::BadValue(why)) => {
                of_fields(vec![FieldError { path: field_in(why).into(), code: "bad_value".into(), detail: why.into() }])
            }
            Rejection::Refused(refusal) => {
                Self::new(StatusCode::CONFLICT, refusal_code(&refusal), "Chưa làm được việc này lúc này", detail)
            }
            Rejection::WrongOffset(offset) => {
                let title = "Ảnh đã nhận tới chỗ khác";
                Self::new(StatusCode::CONFLICT, "wrong_offset", title, detail).with("offset", json!(offset))
            }
            Rejection::TooLarge => Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "Ảnh quá lớn", detail),
            Rejection::Full => {
                let title = "Tạm thời chưa nhận thêm ảnh, phản ánh vẫn được xử lý";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "photos_full", title, detail)
            }
            Rejection::Busy => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "Hệ thống đang bận, xin thử lại sau", detail)
            }
            Rejection::Internal(why) => {
                tracing::error!(%why, "internal error");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Lỗi hệ thống", detail)
            }
        }
    }
}

fn of_fields(fields: Vec<FieldError>) -> Problem {
    let (code, detail) = match fields.as_slice() {
        [only] if only.path.is_empty() => (only.code.clone(), only.detail.clone()),
        [only] => (only.code.clone(), format!("{}: {}", only.path, only.detail)),
        _ => ("invalid_fields".to_owned(), format!("{} fields cannot be read, see `fields`", fields.len())),
    };
    let title = "Có chỗ chưa đúng, xin sửa lại";
    Problem { fields, ..Problem::new(StatusCode::UNPROCESSABLE_ENTITY, &code, title, detail) }
}

/// The field that a refused value speaks of.
fn field_in(why: &str) -> &'static str {
    match why {
        why if why.contains("stars") || why.contains("rating") => "stars",
        why if why.contains("until") || why.contains("extended") => "until",
        _ => "",
    }
}

fn refusal_code(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::NotNow { .. } => "not_in_this_state",
        Refusal::SettledHere => "settled_here",
        Refusal::ForPeople(_) => "for_people",
        Refusal::BadTarget(_) => "bad_target",
        Refusal::TooManyQuestions(_) => "too_many_questions",
        Refusal::TooLate(_) => "too_late",
        Refusal::BadValue(_) => "bad_value",
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Rejection::from(error).into()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
