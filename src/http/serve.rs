//! The front door opens, and closes without dropping what is under way.

use std::{future::Future, time::Duration};

use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    drain::leaving,
    listen::{Limits, listen},
    live::Live,
    router::router,
};
use crate::app::App;

/// What is under way gets this long to end after the signal to stop.
const GRACE: Duration = Duration::from_secs(12);
/// Then the loops and the database get this long: fifteen seconds in all.
const CLOSING: Duration = Duration::from_secs(2);

/// Answers on the listener and watches, until `shutdown`; then lets what is under way end, for at most 15 s.
pub async fn serve(app: App, listener: TcpListener, shutdown: impl Future<Output = ()> + Send + 'static) {
    serve_in_fleet(app, listener, Duration::ZERO, shutdown).await;
}

/// The same among other instances: after `shutdown` it first says for `drain` that it is not ready, and still answers.
pub async fn serve_in_fleet(
    app: App,
    listener: TcpListener,
    drain: Duration,
    shutdown: impl Future<Output = ()> + Send + 'static,
) {
    serve_within(app, listener, Limits::default(), drain, shutdown).await;
}

/// Likewise, within these limits.
pub async fn serve_within(
    app: App,
    listener: TcpListener,
    limits: Limits,
    drain: Duration,
    shutdown: impl Future<Output = ()> + Send + 'static,
) {
    let (leaves, stop) = (CancellationToken::new(), CancellationToken::new());
    let watching = tokio::spawn(app.clone().watch(stop.clone()));
    let store = app.flow.store.clone();
    let connections = TaskTracker::new();
    let live = Live::new(app.clone(), stop.clone());
    let feeding = tokio::spawn(live.clone().run());
    let routes = leaving(router(app, live), leaves.clone());
    let answering = listen(listener, routes, limits, stop.clone(), connections.clone());
    let answering = tokio::spawn(answering);

    shutdown.await;
    leaves.cancel();
    tokio::time::sleep(drain).await;
    tracing::info!("stopping: what is under way may end");
    stop.cancel();
    drop(answering.await);
    if tokio::time::timeout(GRACE, connections.wait()).await.is_err() {
        tracing::warn!("stopped with requests still open");
    }
    let closing = async {
        drop(watching.await);
        drop(feeding.await);
        store.close().await;
    };
    if tokio::time::timeout(CLOSING, closing).await.is_err() {
        tracing::warn!("stopped with the database still busy: what was not committed is rolled back");
    }
}
