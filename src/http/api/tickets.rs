//! `/api/v1/tickets/{id}`: one ticket, and what an official does with it.

use axum::{
    Json,
    extract::{FromRequestParts, State},
    http::{HeaderValue, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::ToSchema;

use super::shapes::CommandForm;
use crate::{
    app::App,
    domain::{
        clock::Timestamp,
        event::Visibility,
        ids::{OfficeId, PhotoId, TicketId},
        text::{Description, Line},
    },
    flow::{
        handle::{self, Act, RefusalReason},
        look::{self, Seen, Tombstone},
        view::{TicketDetail, TicketView},
    },
    http::{
        Problem,
        extract::{BasedOn, Named, TicketInPath, Who, empty, parse},
        told::Told,
        upload::Upload,
    },
};

/// A ticket with its routing receipt and history; a former office is told where it went.
#[utoipa::path(get, path = "/api/v1/tickets/{id}", tag = "tickets", operation_id = "read_ticket", params(("id" = String, Path)),
    responses((status = 200, body = TicketAnswer), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn read(State(app): State<App>, Who(caller): Who, Named(id): TicketInPath) -> Result<Response, Problem> {
    Ok(match look::ticket(&app.flow, &caller, id).await? {
        Seen::Own(detail) => versioned(detail.ticket.version, Json(TicketAnswer::Own(detail))),
        Seen::Moved(tombstone) => Json(TicketAnswer::Moved(tombstone)).into_response(),
    })
}

/// A ticket, or what its former office may still know.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum TicketAnswer {
    Own(Box<TicketDetail>),
    Moved(Tombstone),
}

fn versioned(version: i64, body: impl IntoResponse) -> Response {
    let mut response = body.into_response();
    if let Ok(etag) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response
}

/// The ticket is the caller's: asked before a body of many megabytes is read.
pub struct Own;

impl FromRequestParts<App> for Own {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Named(id) = TicketInPath::from_request_parts(parts, app).await?;
        let Who(caller) = Who::from_request_parts(parts, app).await?;
        look::own_ticket(&app.flow, &app.flow.centre(), &caller, id).await?;
        Ok(Self)
    }
}

/// A body of one command.
trait Wish: DeserializeOwned {
    fn act(self) -> Act;
}

macro_rules! acts {
    ($($(#[$doc:meta])* $name:ident $path:literal $body:ident { $($(#[$fdoc:meta])* $field:ident: $kind:ty),* } => $act:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Deserialize, ToSchema)]
        pub struct $body { $($(#[$fdoc])* $field: $kind),* }

        impl Wish for $body {
            fn act(self) -> Act { let Self { $($field),* } = self; $act }
        }

        $(#[$doc])*
        #[utoipa::path(post, path = $path, tag = "tickets",
            request_body(content(($body = "application/json"), (CommandForm<$body> = "multipart/form-data"))),
            params(("id" = String, Path), ("If-Match" = String, Header), ("Claim-Token" = Option<String>, Header)),
            responses((status = 200, body = Told<TicketView>), (status = 401, body = Problem), (status = 404, body = Problem),
                (status = 409, body = Problem), (status = 412, body = Problem), (status = 428, body = Problem)))]
        pub async fn $name(
            State(app): State<App>,
            Who(caller): Who,
            Named(id): TicketInPath,
            BasedOn(basis): BasedOn,
            _: Own,
            upload: Upload,
        ) -> Result<Response, Problem> {
            let Upload { body, photos, mut warnings } = upload;
            let wish = || {
                let (wish, unknown) = parse::<$body>(body.unwrap_or_else(empty))?;
                warnings.extend(unknown);
                Ok(wish.act())
            };
            let answer = handle::handle(&app.flow, &caller, id, basis, wish, photos).await?;
            Ok(versioned(answer.version, Json(Told { answer, warnings })))
        }
    )*};
}

acts! {
    /// Take it.
    accept "/api/v1/tickets/{id}/accept" Accept {
        /// Who takes it.
        #[serde(default)]
        #[schema(value_type = Option<String>)]
        assignee: Option<Line>
    } => Act::Accept(assignee);
    /// Give it to a colleague.
    assign "/api/v1/tickets/{id}/assign" Assign {
        /// Who.
        #[schema(value_type = String)]
        to: Line
    } => Act::Assign(to);
    /// Begin.
    start "/api/v1/tickets/{id}/start" Start {} => Act::Start;
    /// Answer. Photos come as `photo` parts beside a `command` part.
    resolve "/api/v1/tickets/{id}/resolve" Resolve {
        /// What was done.
        #[schema(value_type = String)]
        text: Description,
        /// Photos of this ticket.
        #[serde(default)]
        photos: Vec<PhotoId>
    } => Act::Resolve(text, photos);
    /// Refuse with a reason and evidence.
    refuse "/api/v1/tickets/{id}/refuse" Refuse {
        /// `not_an_office_matter`, `cannot_verify`, `abuse`, `old_evidence`, `other`.
        #[schema(value_type = String)]
        reason: RefusalReason,
        /// In words.
        #[schema(value_type = String)]
        text: Description,
        /// Photos of this ticket.
        #[serde(default)]
        photos: Vec<PhotoId>
    } => Act::Refuse(reason, text, photos);
    /// "Not ours": to the office named, or to the one that the map suggests. The clock keeps running.
    transfer "/api/v1/tickets/{id}/transfer" Transfer {
        /// Whose it is; left out, the map suggests one.
        #[serde(default)]
        office: Option<OfficeId>,
        /// Why.
        #[schema(value_type = String)]
        reason: Description
    } => Act::Transfer(office, reason);
    /// More time, counted apart.
    extend "/api/v1/tickets/{id}/extend" Extend {
        /// The new deadline.
        until: Timestamp,
        /// Why.
        #[schema(value_type = String)]
        reason: Description
    } => Act::Extend(until, reason);
    /// Ask the citizen; the deadlines pause.
    wait "/api/v1/tickets/{id}/wait" Wait {
        /// What.
        #[schema(value_type = String)]
        question: Description
    } => Act::Wait(question);
    /// A remark; it moves no clock.
    comment "/api/v1/tickets/{id}/comment" Comment {
        /// What.
        #[schema(value_type = String)]
        text: Description,
        /// Who may read it.
        visibility: Visibility
    } => Act::Comment(text, visibility);
    /// A duplicate of another of the office's tickets.
    merge "/api/v1/tickets/{id}/merge" Merge {
        /// The main ticket.
        into: TicketId
    } => Act::Merge(into);
    /// Make words and pictures public.
    publish "/api/v1/tickets/{id}/publish" Publish {
        /// The public words.
        #[schema(value_type = String)]
        text: Description,
        /// Photos of this ticket.
        #[serde(default)]
        photos: Vec<PhotoId>
    } => Act::Publish(text, photos);
}
