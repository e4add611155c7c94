//! What cannot be done now is told at once: more than so much work at a time is answered with 503 and when to come back,
//! before anything piles up.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::StreamExt;
use tokio::sync::Semaphore;

use super::{
    Problem,
    extract::{cut_off, text_of},
    pace::TooSlow,
};
use crate::flow::Rejection;

/// Requests that read, at a time.
const READING: usize = 2_048;
/// Requests that write, at a time, from the moment when their body is there: more than the reports that may wait for
/// their commit, so that these turn no official away.
const WRITING: usize = 2_048;
/// Bodies with photos that go to the disk, at a time: each has a file open beside its connection.
const UPLOADING: usize = 4_096;
/// Bytes of bodies that are gathered in memory, together.
const GATHERED: usize = 256 << 20;
/// The largest body that is gathered.
const BODY_BYTES: usize = 8 << 20;

/// How much is under way.
#[derive(Debug, Clone)]
pub struct Load(Arc<Places>);

#[derive(Debug)]
struct Places {
    reading: Arc<Semaphore>,
    writing: Arc<Semaphore>,
    uploading: Arc<Semaphore>,
    gathered: AtomicUsize,
}

impl Default for Load {
    fn default() -> Self {
        Self::of(READING, WRITING, UPLOADING)
    }
}

impl Load {
    fn of(reading: usize, writing: usize, uploading: usize) -> Self {
        let [reading, writing, uploading] =
            [reading, writing, uploading].map(|places| Arc::new(Semaphore::new(places)));
        Self(Arc::new(Places { reading, writing, uploading, gathered: AtomicUsize::new(0) }))
    }
}

/// Answers, or says that there is too much to do. A body of JSON is gathered first, so that whoever sends slowly holds
/// no place; the place is held until the answer is ready, not while it is read.
pub async fn shed(State(load): State<Load>, request: Request, next: Next) -> Response {
    if waits(&request) {
        return next.run(request).await;
    }
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let (kind, request, gathered) = if reads {
        (&load.0.reading, request, None)
    } else if goes_to_disk(request.headers()) {
        (&load.0.uploading, request, None)
    } else {
        match gather(&load, request).await {
            Ok((request, gathered)) => (&load.0.writing, request, Some(gathered)),
            Err(problem) => return problem.into_response(),
        }
    };
    let Ok(_place) = kind.try_acquire() else {
        metrics::counter!("ioc_http_shed_total").increment(1);
        return Problem::from(Rejection::Busy).into_response();
    };
    let response = next.run(request).await;
    drop(gathered);
    response
}

/// Whoever waits for a queue to change keeps nobody busy, and would hold a place for a minute.
fn waits(request: &Request) -> bool {
    let mut asked = request.uri().query().unwrap_or_default().split('&');
    *request.method() == Method::GET
        && request.uri().path().starts_with("/api/v1/offices/")
        && asked.any(|asked| asked.starts_with("wait="))
}

fn goes_to_disk(headers: &HeaderMap) -> bool {
    let kind = text_of(headers, "content-type").unwrap_or_default().to_ascii_lowercase();
    kind.starts_with("multipart/form-data") || kind.starts_with("application/offset+octet-stream")
}

/// Bytes that count as long as the request is worked on.
struct Gathered<'a>(&'a Load, usize);

impl Drop for Gathered<'_> {
    fn drop(&mut self) {
        self.0.0.gathered.fetch_sub(self.1, Ordering::Relaxed);
    }
}

async fn gather(load: &Load, request: Request) -> Result<(Request, Gathered<'_>), Problem> {
    let (parts, body) = request.into_parts();
    let (mut body, mut whole, mut counted) = (body.into_data_stream(), vec![], Gathered(load, 0));
    while let Some(chunk) = body.next().await {
        let chunk: Bytes = chunk.map_err(|why| broken(&why))?;
        counted.1 += chunk.len();
        let all = load.0.gathered.fetch_add(chunk.len(), Ordering::Relaxed) + chunk.len();
        if whole.len() + chunk.len() > BODY_BYTES {
            return Err(cut_off(StatusCode::PAYLOAD_TOO_LARGE, "", "a body of JSON has at most 8 MB"));
        }
        if all > GATHERED {
            metrics::counter!("ioc_http_shed_total").increment(1);
            return Err(Rejection::Busy.into());
        }
        whole.extend_from_slice(&chunk);
    }
    Ok((Request::from_parts(parts, Body::from(whole)), counted))
}

fn broken(why: &axum::Error) -> Problem {
    if TooSlow::is_why(why) {
        return TooSlow.into();
    }
    cut_off(StatusCode::BAD_REQUEST, &why.to_string(), "")
}

#[cfg(test)]
mod tests {
    use axum::{Router, middleware::from_fn_with_state, routing::get};
    use futures::stream;
    use tokio::sync::Notify;
    use tower::ServiceExt;

    use super::*;

    /// A route that answers when it is told to.
    fn routes(load: Load, go: Arc<Notify>) -> Router {
        let wait = move || async move { go.notified().await };
        Router::new().route("/", get(wait.clone()).post(wait)).layer(from_fn_with_state(load, shed))
    }

    fn call(method: Method, body: Body) -> Request {
        Request::builder().method(method).uri("/").body(body).unwrap()
    }

    #[tokio::test]
    async fn what_is_beyond_the_places_is_told_when_to_come_back_and_the_rest_goes_on() {
        let go = Arc::new(Notify::new());
        let routes = routes(Load::of(1, 1, 1), Arc::clone(&go));
        let mut first = Box::pin(routes.clone().oneshot(call(Method::GET, Body::empty())));
        assert!(futures::poll!(first.as_mut()).is_pending());
        let second = routes.clone().oneshot(call(Method::GET, Body::empty())).await.unwrap();
        assert_eq!(second.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(second.headers().contains_key("retry-after"));
        go.notify_one();
        assert_eq!(first.await.unwrap().status(), StatusCode::OK);
        go.notify_one();
        let third = routes.oneshot(call(Method::GET, Body::empty())).await.unwrap();
        assert_eq!(third.status(), StatusCode::OK, "the place came free");
    }

    #[tokio::test]
    async fn a_body_that_still_comes_holds_no_place() {
        let go = Arc::new(Notify::new());
        let routes = routes(Load::of(1, 1, 1), Arc::clone(&go));
        let endless = Body::from_stream(stream::pending::<Result<Bytes, std::convert::Infallible>>());
        let mut slow = Box::pin(routes.clone().oneshot(call(Method::POST, endless)));
        assert!(futures::poll!(slow.as_mut()).is_pending());
        go.notify_one();
        let quick = routes.oneshot(call(Method::POST, Body::from("{}"))).await.unwrap();
        assert_eq!(quick.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn a_body_without_end_is_cut_at_the_limit_and_counts_no_more() {
        let load = Load::of(1, 1, 1);
        let routes = routes(load.clone(), Arc::default());
        let chunks = stream::repeat_with(|| Ok::<_, std::convert::Infallible>(Bytes::from(vec![b' '; 1 << 16])));
        let cut = routes.oneshot(call(Method::POST, Body::from_stream(chunks))).await.unwrap();
        assert_eq!(cut.status(), StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(load.0.gathered.load(Ordering::Relaxed), 0);
    }
}
