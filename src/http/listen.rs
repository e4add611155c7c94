//! Who may hold a connection, how many, and for how long without a word.
//!
//! `axum::serve` waits for ever for the rest of a header, and takes connections without end; 5,000 half-sent headers
//! stayed open in it. Here a header has ten seconds and 16 KB, the house and each address have a most, and an accept
//! that fails for want of descriptors pauses instead of spinning or stopping.

use std::{
    collections::HashMap,
    io,
    net::IpAddr,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{Router, body::Body, extract::Request};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use ipnet::IpNet;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

use super::{
    origin::Household,
    pace::{Pace, Paced},
    stall::Stalling,
};

/// What one listener puts up with.
#[derive(Debug, Clone)]
pub struct Limits {
    /// For a whole header, from the first byte or from the answer before.
    pub header: Duration,
    /// Connections at a time; the next ones wait in the system's queue.
    pub connections: usize,
    /// Of these, from one address: a flood brake only, because many phones share one. Proxies are not counted.
    pub per_address: usize,
    /// For bodies.
    pub pace: Pace,
    /// Answers and streams of which the client takes nothing for so long are given up.
    pub stall: Duration,
    /// Whose `X-Forwarded-For` is believed.
    pub proxies: Arc<[IpNet]>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header: Duration::from_secs(10),
            connections: 18_500,
            per_address: 9_000,
            pace: Pace::default(),
            stall: Duration::from_mins(1),
            proxies: Arc::default(),
        }
    }
}

impl Limits {
    fn trusts(&self, peer: IpAddr) -> bool {
        self.proxies.iter().any(|net| net.contains(&peer.to_canonical()))
    }
}

/// Bytes of one connection's buffer, so also of the longest header.
const BUFFER: usize = 16 << 10;
/// After an accept that failed: descriptors come free again.
const PAUSE: Duration = Duration::from_millis(100);

/// Accepts until the token is cancelled; the tracker is empty once every connection has ended.
pub async fn listen(
    listener: TcpListener,
    routes: Router,
    limits: Limits,
    stop: CancellationToken,
    connections: TaskTracker,
) {
    let places = Arc::new(Semaphore::new(limits.connections));
    let guests = Guests::default();
    while let Some(Ok(place)) = stop.run_until_cancelled(Arc::clone(&places).acquire_owned()).await {
        let Some(accepted) = stop.run_until_cancelled(listener.accept()).await else { break };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(why) if is_the_clients(&why) => continue,
            Err(why) => {
                tracing::error!(%why, "no connection can be accepted: pausing");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let most = if limits.trusts(peer.ip()) { limits.connections } else { limits.per_address };
        let Some(guest) = guests.admit(peer.ip().into(), most) else { continue };
        let (routes, limits, stop) = (routes.clone(), limits.clone(), stop.clone());
        connections.spawn(async move {
            attend(stream, peer.ip(), routes, &limits, stop).await;
            drop((guest, place));
        });
    }
    connections.close();
}

/// Answers one connection's requests; after the signal to stop, the one under way is the last.
async fn attend(stream: TcpStream, peer: IpAddr, routes: Router, limits: &Limits, stop: CancellationToken) {
    drop(stream.set_nodelay(true));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.header).max_buf_size(BUFFER);
    let (pace, proxies) = (limits.pace, Arc::clone(&limits.proxies));
    let routes = routes.map_request(move |mut request: Request<Incoming>| {
        let household = Household::of(peer, request.headers(), &proxies);
        request.extensions_mut().insert(household);
        request.map(|body| Body::new(Paced::new(body, pace)))
    });
    let line = TokioIo::new(Stalling::new(stream, limits.stall));
    let mut connection = pin!(http.serve_connection(line, TowerToHyperService::new(routes)));
    tokio::select! {
        done = connection.as_mut() => return told(done),
        () = stop.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    told(connection.await);
}

fn told(done: hyper::Result<()>) {
    if let Err(why) = done {
        tracing::debug!(%why, "a connection broke off");
    }
}

/// The client was gone before it was met.
fn is_the_clients(why: &io::Error) -> bool {
    matches!(
        why.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}

/// How many connections each address holds.
#[derive(Debug, Clone, Default)]
struct Guests(Arc<Mutex<HashMap<Household, usize>>>);

impl Guests {
    fn admit(&self, address: Household, most: usize) -> Option<Guest> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(address).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Guest { guests: self.clone(), address })
    }
}

/// One connection of an address; counted until dropped.
struct Guest {
    guests: Guests,
    address: Household,
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut held = self.guests.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::{get, post};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    struct Door {
        address: std::net::SocketAddr,
        stop: CancellationToken,
        connections: TaskTracker,
    }

    async fn door(limits: Limits) -> Door {
        let slow = get(|| async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            "slow"
        });
        let routes = Router::new()
            .route("/", get(|| async { "here" }))
            .route("/slow", slow)
            .route("/echo", post(|body: String| async { body }));
        door_to(routes, limits).await
    }

    async fn door_to(routes: Router, limits: Limits) -> Door {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, connections) = (CancellationToken::new(), TaskTracker::new());
        tokio::spawn(listen(listener, routes, limits, stop.clone(), connections.clone()));
        Door { address, stop, connections }
    }

    async fn said(stream: &mut TcpStream) -> String {
        let mut heard = String::new();
        drop(stream.read_to_string(&mut heard).await);
        heard
    }

    async fn asking(door: &Door, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(door.address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }

    const WHOLE: &str = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

    #[tokio::test]
    async fn half_a_header_is_not_waited_for_and_a_whole_one_is_answered() {
        let door = door(Limits { header: Duration::from_millis(150), ..Limits::default() }).await;
        let mut half = asking(&door, "GET / HTTP/1.1\r\nHos").await;
        let mut whole = asking(&door, WHOLE).await;
        assert!(said(&mut whole).await.ends_with("here"));
        let heard = tokio::time::timeout(Duration::from_secs(5), said(&mut half)).await;
        assert!(!heard.expect("the connection was closed").contains("here"));
    }

    #[tokio::test]
    async fn a_header_beyond_the_buffer_is_refused() {
        let door = door(Limits::default()).await;
        let mut long = asking(&door, &format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(20_000))).await;
        let heard = said(&mut long).await;
        assert!(heard.is_empty() || heard.starts_with("HTTP/1.1 431"), "{heard}");
    }

    #[tokio::test]
    async fn headers_of_300_kb_are_refused_or_closed() {
        let door = door(Limits::default()).await;
        let mut stream = TcpStream::connect(door.address).await.unwrap();
        drop(stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n").await);
        for nth in 0..3_000 {
            if stream.write_all(format!("X-{nth}: {}\r\n", "x".repeat(100)).as_bytes()).await.is_err() {
                break;
            }
        }
        let heard = tokio::time::timeout(Duration::from_secs(5), said(&mut stream)).await;
        let heard = heard.expect("the connection was closed");
        assert!(heard.is_empty() || heard.starts_with("HTTP/1.1 431"), "{heard}");
    }

    #[tokio::test]
    async fn a_connection_kept_alive_without_a_word_is_closed() {
        let door = door(Limits { header: Duration::from_millis(150), ..Limits::default() }).await;
        let mut idle = asking(&door, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        let heard = tokio::time::timeout(Duration::from_secs(5), said(&mut idle)).await;
        assert!(heard.expect("the connection was closed").ends_with("here"));
    }

    #[tokio::test]
    async fn a_body_that_trickles_is_cut_and_a_whole_one_is_answered() {
        let pace = Pace { first: Duration::from_millis(100), ..Pace::default() };
        let door = door(Limits { pace, ..Limits::default() }).await;
        let mut slow = asking(&door, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n").await;
        let whole = "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\nwhole";
        let mut quick = asking(&door, whole).await;
        assert!(said(&mut quick).await.ends_with("whole"));
        let heard = tokio::time::timeout(Duration::from_secs(5), said(&mut slow)).await;
        assert!(heard.expect("the connection was closed").starts_with("HTTP/1.1 400"));
    }

    #[tokio::test]
    async fn a_stream_that_nobody_reads_is_cut() {
        let (open, mut is_open) = tokio::sync::mpsc::channel::<()>(1);
        let endless = move || {
            let open = open.clone();
            let words = futures::stream::repeat_with(move || {
                let _ = &open;
                Ok::<_, std::convert::Infallible>(vec![b':'; 1 << 16])
            });
            std::future::ready(axum::response::Response::new(Body::from_stream(words)))
        };
        let routes = Router::new().route("/endless", get(endless));
        let door = door_to(routes, Limits { stall: Duration::from_millis(150), ..Limits::default() }).await;
        let deaf = asking(&door, "GET /endless HTTP/1.1\r\nHost: a\r\n\r\n").await;
        // The handler's own sender lives as long as the listener, and the stream's as long as the stream.
        deaf.readable().await.unwrap();
        door.stop.cancel();
        let cut = tokio::time::timeout(Duration::from_secs(20), is_open.recv()).await;
        assert_eq!(cut.expect("the stream was cut"), None);
        door.connections.wait().await;
    }

    #[tokio::test]
    async fn one_address_holds_no_more_than_its_share() {
        let door = door(Limits { per_address: 2, ..Limits::default() }).await;
        let held = (asking(&door, "GET").await, asking(&door, "GET").await);
        tokio::time::sleep(Duration::from_millis(50)).await;
        let mut third = TcpStream::connect(door.address).await.unwrap();
        assert_eq!(said(&mut third).await, "", "closed without an answer");
        drop(held);
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(said(&mut asking(&door, WHOLE).await).await.ends_with("here"), "places come free again");
    }

    #[tokio::test]
    async fn what_is_under_way_ends_when_the_door_closes() {
        let door = door(Limits::default()).await;
        let mut slow = asking(&door, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        door.stop.cancel();
        assert!(said(&mut slow).await.ends_with("slow"));
        door.connections.wait().await;
    }
}
