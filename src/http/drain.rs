//! Leaving a fleet without being missed: first this instance says that it is not ready, while it still answers
//! everything; whoever shares out the requests looks elsewhere; only then the door closes.

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use tokio_util::sync::CancellationToken;

use super::Problem;

/// The routes of an instance that leaves once the token is cancelled: then `/readyz` is 503, and each answer is the last
/// on its connection, so that no client is about to send on one that closes.
pub fn leaving(routes: Router, leaving: CancellationToken) -> Router {
    routes.layer(from_fn_with_state(leaving, answer))
}

async fn answer(State(leaving): State<CancellationToken>, request: Request, next: Next) -> Response {
    if !leaving.is_cancelled() {
        return next.run(request).await;
    }
    let mut response = if request.uri().path() == "/readyz" {
        let detail = "this instance is about to stop: ask another one";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", "Máy chủ sắp dừng", detail).into_response()
    } else {
        next.run(request).await
    };
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
