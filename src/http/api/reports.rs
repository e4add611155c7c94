//! `/api/v1/reports`: sending and following reports.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use futures::stream::{self, StreamExt};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::shapes::{ReportForm, ReportIn};
use crate::{
    app::App,
    domain::{
        ids::{CategoryCode, CommuneCode},
        position::Position,
        text::Description,
    },
    flow::{
        Rejection,
        follow::{self, Word},
        look::{self, OwnReport},
        nearby::{self, NearbyReport},
        public::PublicReport,
        receipt::Receipt,
        rejection::Warning,
        submit::{self, Parcel, Taken},
    },
    http::{
        Problem,
        extract::{Asked, Body, Code, Named, Secret, Who, parse, text_of},
        told::Told,
        upload::Upload,
    },
    identity::Caller,
};

/// Send a report, as JSON or as multipart with `report` and `photo` parts.
#[utoipa::path(post, path = "/api/v1/reports", tag = "reports",
    request_body(content((ReportIn = "application/json"), (ReportForm = "multipart/form-data"))),
    params(("Idempotency-Key" = Option<String>, Header), ("X-Device-Key" = Option<String>, Header)),
    responses((status = 201, body = Receipt), (status = 200, description = "sent before: the same answer", body = Receipt),
        (status = 413, body = Problem), (status = 422, body = Problem)))]
pub async fn send(
    State(app): State<App>,
    Who(caller): Who,
    headers: HeaderMap,
    upload: Upload,
) -> Result<Response, Problem> {
    let parcel = Parcel {
        body: upload.body.ok_or_else(|| Problem::malformed("the body is empty"))?,
        photos: upload.photos,
        idempotency_key: key_in(&headers)?,
        device: text_of(&headers, "x-device-key"),
    };
    let answer = counted(submit::submit(&app.flow, parcel, &caller).await)?;
    let (status, receipt) = answered(answer, upload.warnings);
    Ok((status, Json(receipt)).into_response())
}

/// Counts what became of a report.
fn counted(answer: Result<Taken, Rejection>) -> Result<Taken, Rejection> {
    let word = match &answer {
        Ok(Taken::New(_)) => "new",
        Ok(Taken::Again(_)) => "again",
        Err(_) => "refused",
    };
    metrics::counter!("ioc_reports_total", "answer" => word).increment(1);
    answer
}

/// The receipt, with what nobody knew beside the report.
fn answered(answer: Taken, warnings: Vec<Warning>) -> (StatusCode, Receipt) {
    let (status, mut receipt) = match answer {
        Taken::New(receipt) => (StatusCode::CREATED, receipt),
        Taken::Again(receipt) => (StatusCode::OK, receipt),
    };
    receipt.warnings.extend(warnings);
    (status, receipt)
}

/// The `Idempotency-Key` of a call.
pub(super) fn key_in(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let key = text_of(headers, "idempotency-key");
    if headers.contains_key("idempotency-key") && key.as_ref().is_none_or(|key| key.len() > MAX_KEY) {
        return Err(bad_key("Idempotency-Key"));
    }
    Ok(key)
}

/// Longest idempotency key, bytes.
const MAX_KEY: usize = 200;
/// Most reports in one batch.
const MAX_BATCH: usize = 500;
/// Of these, written side by side.
const AT_ONCE: usize = 64;

fn bad_key(path: &str) -> Problem {
    Rejection::field(path, "bad_idempotency_key", "1 to 200 visible characters, for instance a UUID").into()
}

/// Reports that were saved while there was no signal.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Batch {
    /// At most 500.
    #[schema(value_type = Vec<BatchItem>)]
    items: Vec<Value>,
}

/// One saved report with the key made on the phone.
#[derive(Debug, Deserialize, ToSchema)]
pub struct BatchItem {
    /// Made on the phone, once.
    #[serde(default)]
    idempotency_key: Option<String>,
    /// As for sending one.
    #[schema(value_type = ReportIn)]
    report: Value,
}

/// One answer for each saved report, in order.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchAnswer {
    /// In order.
    items: Vec<BatchItemAnswer>,
    /// What was ignored beside the items.
    warnings: Vec<Warning>,
}

/// What became of one saved report.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchItemAnswer {
    /// As if it had been sent alone.
    status: u16,
    /// 201 or 200.
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<Receipt>,
    /// Anything else.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

/// Send what was saved offline; one bad report does not hold up the others.
#[utoipa::path(post, path = "/api/v1/reports/batch", tag = "reports", request_body = Batch,
    responses((status = 200, body = BatchAnswer), (status = 422, body = Problem)))]
pub async fn send_batch(
    State(app): State<App>,
    Who(caller): Who,
    headers: HeaderMap,
    Body(batch, warnings): Body<Batch>,
) -> Result<Json<BatchAnswer>, Problem> {
    if batch.items.len() > MAX_BATCH {
        return Err(Rejection::field("items", "too_many", "at most 500 reports in one batch").into());
    }
    let device = text_of(&headers, "x-device-key");
    let answers = batch.items.into_iter().map(|item| one_of_batch(&app, &caller, device.clone(), item));
    // In order and side by side, so that they share their commits.
    let items = stream::iter(answers).buffered(AT_ONCE).collect().await;
    Ok(Json(BatchAnswer { items, warnings }))
}

async fn one_of_batch(app: &App, caller: &Caller, device: Option<String>, item: Value) -> BatchItemAnswer {
    match try_one(app, caller, device, item).await {
        Ok((status, receipt)) => BatchItemAnswer { status: status.as_u16(), report: Some(receipt), problem: None },
        Err(problem) => BatchItemAnswer { status: problem.status, report: None, problem: Some(problem) },
    }
}

async fn try_one(
    app: &App,
    caller: &Caller,
    device: Option<String>,
    item: Value,
) -> Result<(StatusCode, Receipt), Problem> {
    let (BatchItem { idempotency_key, report }, warnings) = parse(item)?;
    let fits = idempotency_key.as_ref().is_none_or(|key| (1..=MAX_KEY).contains(&key.len()) && !key.contains('\0'));
    if !fits {
        return Err(bad_key("idempotency_key"));
    }
    let parcel = Parcel { body: report, photos: vec![], idempotency_key, device };
    Ok(answered(counted(submit::submit(&app.flow, parcel, caller).await)?, warnings))
}

/// What a caller of [`read`] gets: the public view, or with the secret the sender's.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum ReportAnswer {
    /// With the secret.
    Own(Box<OwnReport>),
    /// Without.
    Public(PublicReport),
}

/// Follow a report: what everybody may know, and with `X-Report-Secret` everything that is the sender's.
#[utoipa::path(get, path = "/api/v1/reports/{code}", tag = "reports", operation_id = "read_report",
    params(("code" = String, Path), ("X-Report-Secret" = Option<String>, Header)),
    responses((status = 200, body = ReportAnswer), (status = 404, body = Problem)))]
pub async fn read(
    State(app): State<App>,
    Named(code): Code,
    Secret(secret): Secret,
) -> Result<Json<ReportAnswer>, Problem> {
    Ok(Json(match secret {
        Some(secret) => ReportAnswer::Own(Box::new(look::own_report(&app.flow, &code, Some(&secret)).await?)),
        None => ReportAnswer::Public(look::public_report(&app.flow, &code).await?),
    }))
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident $path:literal $body:ty, $read:pat => $word:expr;)*) => {$(
        $(#[$doc])*
        #[utoipa::path(post, path = $path, tag = "reports", request_body = $body,
            params(("code" = String, Path), ("X-Report-Secret" = String, Header)),
            responses((status = 200, body = Told<OwnReport>), (status = 404, body = Problem), (status = 409, body = Problem)))]
        pub async fn $name(
            State(app): State<App>,
            Named(code): Code,
            Secret(secret): Secret,
            Body($read, warnings): Body<$body>,
        ) -> Result<Json<Told<OwnReport>>, Problem> {
            let answer = follow::follow(&app.flow, &code, secret.as_deref(), $word).await?;
            Ok(Json(Told { answer, warnings }))
        }
    )*};
}

/// No members.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Nothing {}

/// Words from the sender.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Text {
    /// 1–4,000 characters.
    #[schema(value_type = String)]
    text: Description,
}

/// A judgement.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Rating {
    /// 1–5.
    stars: i64,
    /// In words.
    #[schema(value_type = Option<String>)]
    text: Option<Description>,
}

/// Which commune it was.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NamedPlace {
    /// Its code.
    commune: CommuneCode,
}

words! {
    /// It is solved.
    confirm "/api/v1/reports/{code}/confirm" Nothing, Nothing {} => Word::Confirm;
    /// It is not solved.
    reopen "/api/v1/reports/{code}/reopen" Text, Text { text } => Word::Reopen(text);
    /// One to five stars.
    rate "/api/v1/reports/{code}/rating" Rating, Rating { stars, text } => Word::Rate(stars, text);
    /// Near a border: it was in this commune. The ticket moves as long as nobody has accepted it.
    place "/api/v1/reports/{code}/place" NamedPlace, NamedPlace { commune } => Word::Place(commune);
    /// The answer to the office's question.
    reply "/api/v1/reports/{code}/reply" Text, Text { text } => Word::Reply(text);
    /// Take it back.
    withdraw "/api/v1/reports/{code}/withdraw" Nothing, Nothing {} => Word::Withdraw;
}

/// How many have the same trouble.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeToo {
    me_too: i64,
}

/// "I have the same trouble": counted once per device; all that name no device are one.
#[utoipa::path(post, path = "/api/v1/reports/{code}/metoo", tag = "reports", params(("code" = String, Path), ("X-Device-Key" = Option<String>, Header)),
    responses((status = 200, body = MeToo), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn me_too(State(app): State<App>, Named(code): Code, headers: HeaderMap) -> Result<Json<MeToo>, Problem> {
    let device = text_of(&headers, "x-device-key");
    Ok(Json(MeToo { me_too: follow::me_too(&app.flow, &code, device.as_deref()).await? }))
}

/// A point, and optionally what it is about.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Near {
    lon: f64,
    lat: f64,
    category: Option<String>,
}

/// Similar open reports.
#[derive(Debug, Serialize, ToSchema)]
pub struct NearbyAnswer {
    items: Vec<NearbyReport>,
    next: Option<String>,
}

/// Open reports near by, nearest first: "is it one of these?" Distances are told between cells that at least five reports
/// share; a report that shares none is left out.
#[utoipa::path(get, path = "/api/v1/reports/nearby", tag = "reports", params(Near),
    responses((status = 200, body = NearbyAnswer), (status = 422, body = Problem)))]
pub async fn nearby(State(app): State<App>, Asked(near): Asked<Near>) -> Result<Json<NearbyAnswer>, Problem> {
    let position =
        Position::new(near.lon, near.lat).map_err(|why| Rejection::field("position", why.code(), why.to_string()))?;
    let category: Option<CategoryCode> =
        near.category.as_deref().map(str::parse).transpose().map_err(|why: crate::domain::ids::BadId| {
            Rejection::field("category", "unknown_category", why.to_string())
        })?;
    let items = nearby::nearby(&app.flow, position, category.as_ref()).await?;
    Ok(Json(NearbyAnswer { items, next: None }))
}
