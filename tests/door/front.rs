//! A front door in this process, and plain lines to it from any loopback address.

use std::{net::SocketAddr, time::Duration};

use ioc::{
    app::Ground,
    http::{Limits, Pace, serve_within},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};

use crate::support::Stage;

/// How long the door waits for a header, and for the bytes of a body.
const SHORT: Duration = Duration::from_secs(2);
/// Longer than anything that is awaited here; it decides nothing but when to give up.
const PATIENCE: Duration = Duration::from_mins(1);

pub struct Front {
    pub address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
    _folder: tempfile::TempDir,
}

impl Front {
    pub async fn open(stage: &Stage) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ground = Ground::open(&stage.url, &"dien-bien".parse().unwrap()).await.unwrap();
        let map = ground.import_approximate().await.unwrap().generation.id;
        ground.activate(&map, Some("2026-01-01T00:00:00Z".parse().unwrap())).await.unwrap();
        ground.furnish().await.unwrap();
        let app = ground.app(folder.path(), None).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let pace = Pace { first: SHORT, window: SHORT, ..Pace::default() };
        let limits = Limits { header: SHORT, pace, ..Limits::default() };
        let serving = serve_within(app, listener, limits, Duration::ZERO, async { drop(stopped.await) });
        Self { address, stop, serving: tokio::spawn(serving), _folder: folder }
    }

    pub async fn close(self) {
        drop(self.stop);
        self.serving.await.unwrap();
    }

    /// A connection from the loopback address with this last number, with these words said.
    pub async fn line(&self, from: u8, said: &str) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from(([127, 0, 0, from], 0))).unwrap();
        let mut line = socket.connect(self.address).await.unwrap();
        line.write_all(said.as_bytes()).await.unwrap();
        line
    }
}

/// Everything that the server says until it closes; it must close.
pub async fn until_closed(line: &mut (impl AsyncReadExt + Unpin)) -> String {
    let mut heard = vec![];
    let closed = tokio::time::timeout(PATIENCE, line.read_to_end(&mut heard)).await;
    drop(closed.expect("the server closed the connection"));
    String::from_utf8_lossy(&heard).into_owned()
}
