//! The front door opens, and closes without dropping what is under way.

use std::{
    future::{Future, IntoFuture},
    time::Duration,
};

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::router::router;
use crate::app::App;

/// What is under way gets this long to end after the signal to stop.
const GRACE: Duration = Duration::from_secs(15);

/// Answers on the listener and watches, until `shutdown`; then lets what is under way end, for at most 15 s.
pub async fn serve(
    app: App,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let stop = CancellationToken::new();
    let watching = tokio::spawn(app.clone().watch(stop.clone()));
    let signal = stop.clone();
    let graceful = async move {
        shutdown.await;
        tracing::info!("stopping: what is under way may end");
        signal.cancel();
    };
    let store = app.flow.store.clone();
    let serving = axum::serve(listener, router(app)).with_graceful_shutdown(graceful);
    let late = async {
        stop.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        done = serving.into_future() => done?,
        () = late => tracing::warn!("stopped with requests still open"),
    }
    stop.cancel();
    drop(watching.await);
    store.close().await;
    Ok(())
}
