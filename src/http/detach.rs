//! A write goes on when its client leaves. The server drops a handler with its connection; a transaction that is then
//! in flight would be left half-way (dropshot#701, sqlx#4393). So everything but reading runs in a task of its own.

use axum::{
    extract::Request,
    http::{Method, StatusCode},
    middleware::Next,
    response::{IntoResponse, Response},
};

/// Runs changing requests detached from their connection.
pub async fn detach(request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return next.run(request).await;
    }
    match tokio::spawn(next.run(request)).await {
        Ok(response) => response,
        Err(why) => {
            tracing::error!(%why, "a request broke off");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
