//! How many requests, and how long they take, by route.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request},
    http::Method,
    middleware::Next,
    response::Response,
};

/// Counts and times a request under the path of its route, so that codes and ids make no series of their own.
pub async fn measure(request: Request, next: Next) -> Response {
    let method = word(request.method());
    let route =
        request.extensions().get::<MatchedPath>().map_or_else(|| "none".to_owned(), |at| at.as_str().to_owned());
    let started = Instant::now();
    let response = next.run(request).await;
    let seconds = started.elapsed().as_secs_f64();
    let status = response.status().as_str().to_owned();
    metrics::histogram!("ioc_http_request_seconds", "route" => route.clone()).record(seconds);
    metrics::counter!("ioc_http_requests_total", "method" => method, "route" => route, "status" => status).increment(1);
    response
}

/// Anybody can make up methods.
fn word(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
