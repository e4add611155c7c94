//! Half headers, headers of 300 KB, bodies of a few bytes a second and bodies without end are all closed, and whoever
//! reports meanwhile is answered.

use std::{sync::Arc, time::Duration};

use futures::{StreamExt, future::join_all, stream::FuturesUnordered};
use tokio::io::AsyncWriteExt;

use crate::{
    front::{Front, until_closed},
    support::Stage,
};

on_every_store! {
    those_who_want_the_server_to_wait_are_closed_and_honest_reports_are_answered,
    a_body_that_comes_too_slowly_is_told_so,
}

/// Of each kind of attack, and honest reports beside them.
const EACH: usize = 20;
const REPORT: &str = "POST /api/v1/reports HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
const HONEST: &str =
    r#"{"category": "duong_hong", "description": "Đường hỏng", "position": {"lon": 103.023, "lat": 21.392}}"#;

#[derive(Debug, Clone, Copy)]
enum Kind {
    HalfHeader,
    LongHeader,
    SlowBody,
    EndlessBody,
}

/// Goes on until the server closes; what it said.
async fn attack(front: Arc<Front>, kind: Kind, nth: usize) -> (Kind, String) {
    let from = u8::try_from(nth % 4).unwrap() + 2;
    let heard = match kind {
        Kind::HalfHeader => {
            until_closed(&mut front.line(from, "POST /api/v1/reports HTTP/1.1\r\nX-Half: ").await).await
        }
        Kind::LongHeader => {
            let (mut ear, mut mouth) = front.line(from, "GET / HTTP/1.1\r\nHost: a\r\n").await.into_split();
            let one = format!("X-Long: {}\r\n", "x".repeat(1_000));
            let talk = async {
                for _ in 0..300 {
                    if mouth.write_all(one.as_bytes()).await.is_err() {
                        break;
                    }
                }
            };
            tokio::join!(talk, until_closed(&mut ear)).1
        }
        Kind::SlowBody => {
            let begun = format!("{REPORT}Content-Length: 100000\r\n\r\n");
            talked_over(&front, from, &begun, b" ", Duration::from_millis(100)).await
        }
        Kind::EndlessBody => {
            let begun = format!("{REPORT}Transfer-Encoding: chunked\r\n\r\n");
            let chunk = [b"10000\r\n".as_slice(), vec![b' '; 1 << 16].as_slice(), b"\r\n"].concat();
            talked_over(&front, from, &begun, &chunk, Duration::ZERO).await
        }
    };
    (kind, heard)
}

/// Says the same again and again, until the server closes.
async fn talked_over(front: &Front, from: u8, begun: &str, again: &[u8], pause: Duration) -> String {
    let (mut ear, mut mouth) = front.line(from, begun).await.into_split();
    let talk = async {
        while mouth.write_all(again).await.is_ok() {
            tokio::time::sleep(pause).await;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = talk => String::new(),
        heard = until_closed(&mut ear) => heard,
    }
}

/// A report from an address of its own.
async fn report(front: Arc<Front>) -> String {
    let whole = format!("{REPORT}Connection: close\r\nContent-Length: {}\r\n\r\n{HONEST}", HONEST.len());
    until_closed(&mut front.line(9, &whole).await).await
}

async fn those_who_want_the_server_to_wait_are_closed_and_honest_reports_are_answered(stage: Stage) {
    let front = Arc::new(Front::open(&stage).await);
    let kinds = [Kind::HalfHeader, Kind::LongHeader, Kind::SlowBody, Kind::EndlessBody];
    let attacks = kinds.into_iter().flat_map(|kind| (0..EACH).map(move |nth| (kind, nth)));
    let mut attacks: FuturesUnordered<_> =
        attacks.map(|(kind, nth)| tokio::spawn(attack(Arc::clone(&front), kind, nth))).collect();
    let honest = join_all((0..EACH).map(|_| tokio::spawn(report(Arc::clone(&front))))).await;
    for answer in honest {
        let answer = answer.unwrap();
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    }
    while let Some(closed) = attacks.next().await {
        let (kind, heard) = closed.unwrap();
        assert!(heard.is_empty() || heard.starts_with("HTTP/1.1 4"), "{kind:?}: {heard}");
    }
    assert!(report(Arc::clone(&front)).await.starts_with("HTTP/1.1 201"), "the door is open as before");
    Arc::into_inner(front).unwrap().close().await;
}

async fn a_body_that_comes_too_slowly_is_told_so(stage: Stage) {
    let front = Front::open(&stage).await;
    let json = format!("{REPORT}Content-Length: 100\r\n\r\n{{");
    let form = "POST /api/v1/reports HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\n\
                Content-Length: 9000\r\n\r\n--b\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a\"\r\n\r\nx";
    for begun in [json.as_str(), form] {
        let heard = until_closed(&mut front.line(2, begun).await).await;
        assert!(heard.starts_with("HTTP/1.1 408"), "{heard}");
        assert!(heard.contains(r#""code":"too_slow""#), "{heard}");
    }
    front.close().await;
}
