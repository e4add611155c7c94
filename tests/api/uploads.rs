//! Photos over bad lines: resumable by tus 1.0, whatever breaks in between.

use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::json;
use tokio::io::AsyncWriteExt;

use crate::{
    desk::{Citizen, Desk, report, sent},
    photos::{joined, snapshot},
    support::{TestServer, server::client},
};

on_both_engines! {
    a_photo_comes_in_pieces_and_joins_a_report_that_was_taken_long_before,
    what_arrived_before_the_line_broke_need_not_be_sent_again,
    an_offset_that_was_told_survives_a_kill,
    a_photo_that_waited_when_the_server_was_killed_joins_its_report,
    nobody_else_sends_photos_to_a_report,
    the_protocol_is_kept_to,
    an_upload_can_be_given_up,
    an_announcement_whose_answer_was_lost_holds_no_second_place,
    an_official_sends_a_photo_in_pieces_and_names_it_in_the_answer,
}

/// The phone of a citizen.
struct Phone {
    http: Client,
    base: String,
    path: String,
    secret: Option<String>,
}

impl Phone {
    fn of(server: &TestServer, citizen: &Citizen) -> Self {
        let (path, secret) = (format!("/api/v1/reports/{}/photos", citizen.code), Some(citizen.secret.clone()));
        Self { http: client(), base: server.url(""), path, secret }
    }

    fn call(&self, method: Method, path: &str) -> RequestBuilder {
        let call = self.http.request(method, format!("{}{path}", self.base)).header("Tus-Resumable", "1.0.0");
        match &self.secret {
            Some(secret) => call.header("X-Report-Secret", secret),
            None => call,
        }
    }

    async fn announce(&self, bytes: usize) -> Response {
        self.call(Method::POST, &self.path).header("Upload-Length", bytes).send().await.expect("an answer")
    }

    /// Announces and is told where to.
    async fn place(&self, bytes: usize) -> String {
        let answer = self.announce(bytes).await;
        assert_eq!(answer.status(), 201, "{:?}", answer.text().await);
        header(&answer, "location")
    }

    /// Announces under a name of its own.
    async fn named(&self, bytes: usize, name: &str) -> Response {
        let call = self.call(Method::POST, &self.path).header("Upload-Length", bytes).header("Idempotency-Key", name);
        call.send().await.expect("an answer")
    }

    async fn piece(&self, place: &str, offset: usize, bytes: &[u8]) -> Response {
        let call = self.call(Method::PATCH, place).header("Upload-Offset", offset);
        let call = call.header("Content-Type", "application/offset+octet-stream").body(bytes.to_vec());
        call.send().await.expect("an answer")
    }

    async fn offset(&self, place: &str) -> usize {
        let answer = self.call(Method::HEAD, place).send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        header(&answer, "upload-offset").parse().expect("a number")
    }
}

fn header(answer: &Response, name: &str) -> String {
    let value = answer.headers().get(name).unwrap_or_else(|| panic!("no {name}: {:?}", answer.headers()));
    value.to_str().expect("a text").to_owned()
}

async fn a_photo_comes_in_pieces_and_joins_a_report_that_was_taken_long_before(server: TestServer) {
    let citizen = sent(&server, &report()).await;
    let (phone, photo) = (Phone::of(&server, &citizen), snapshot());
    let place = phone.place(photo.len()).await;
    assert_eq!(citizen.look(&server).await.json["photos_pending"], 1);
    let (half, rest) = photo.split_at(photo.len() / 2);
    let answer = phone.piece(&place, 0, half).await;
    assert_eq!((answer.status().as_u16(), header(&answer, "upload-offset")), (204, half.len().to_string()));
    assert_eq!(phone.offset(&place).await, half.len());
    assert_eq!(phone.piece(&place, 0, rest).await.status(), 409, "it goes on where it ended");
    assert_eq!(phone.piece(&place, half.len(), rest).await.status(), 204);
    let seen = joined(&server, &citizen.receipt.json).await;
    assert!(place.ends_with(seen["photos"][0]["id"].as_str().expect("a photo")), "{seen}");
    assert_eq!(
        seen["timeline"].as_array().and_then(|all| all.last()).map(|last| &last["event"]),
        Some(&json!("photos_joined"))
    );
    let desk = Desk::of(&server, &citizen.office());
    let ticket = desk.ticket(&desk.id(&citizen.code).await).await.is(200).json;
    assert_eq!(ticket["photos"].as_array().map(Vec::len), Some(1), "{ticket}");
    assert_eq!(phone.offset(&place).await, photo.len(), "whoever lost the last answer learns that it is whole");
    server.run(&["verify"]);
}

async fn what_arrived_before_the_line_broke_need_not_be_sent_again(server: TestServer) {
    let citizen = sent(&server, &report()).await;
    let (phone, photo) = (Phone::of(&server, &citizen), snapshot());
    let place = phone.place(photo.len()).await;
    let arrived = photo.len() / 3;
    let address = phone.base.trim_start_matches("http://").to_owned();
    let mut line = tokio::net::TcpStream::connect(&address).await.expect("a line");
    let head = format!(
        "PATCH {place} HTTP/1.1\r\nHost: a\r\nTus-Resumable: 1.0.0\r\nX-Report-Secret: {}\r\nUpload-Offset: 0\r\n\
         Content-Type: application/offset+octet-stream\r\nContent-Length: {}\r\n\r\n",
        citizen.secret,
        photo.len()
    );
    line.write_all(&[head.as_bytes(), &photo[..arrived]].concat()).await.expect("a line that holds for now");
    drop(line);
    while phone.offset(&place).await < arrived {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(phone.piece(&place, arrived, &photo[arrived..]).await.status(), 204);
    assert_eq!(joined(&server, &citizen.receipt.json).await["photos"].as_array().map(Vec::len), Some(1));
}

async fn an_offset_that_was_told_survives_a_kill(mut server: TestServer) {
    let citizen = sent(&server, &report()).await;
    let (phone, photo) = (Phone::of(&server, &citizen), snapshot());
    let place = phone.place(photo.len()).await;
    let half = photo.len() / 2;
    assert_eq!(phone.piece(&place, 0, &photo[..half]).await.status(), 204);
    server.kill();
    tokio::task::block_in_place(|| server.serve());
    let phone = Phone::of(&server, &citizen);
    assert_eq!(phone.offset(&place).await, half);
    assert_eq!(phone.piece(&place, half, &photo[half..]).await.status(), 204);
    assert_eq!(joined(&server, &citizen.receipt.json).await["photos"].as_array().map(Vec::len), Some(1));
}

async fn a_photo_that_waited_when_the_server_was_killed_joins_its_report(mut server: TestServer) {
    let mut receipts = vec![];
    for _ in 0..4 {
        let photo = reqwest::multipart::Part::bytes(snapshot()).file_name("photo.jpg");
        let form = reqwest::multipart::Form::new().text("report", report().to_string()).part("photo", photo);
        receipts.push(server.send(server.request(Method::POST, "/api/v1/reports").multipart(form)).await.is(201).json);
    }
    server.kill();
    tokio::task::block_in_place(|| server.serve());
    for receipt in receipts {
        let seen = joined(&server, &receipt).await;
        assert_eq!(seen["photos"].as_array().map(Vec::len), Some(1), "{seen}");
    }
    server.run(&["verify"]);
}

async fn nobody_else_sends_photos_to_a_report(server: TestServer) {
    let (citizen, other) = (sent(&server, &report()).await, sent(&server, &report()).await);
    let mut stranger = Phone::of(&server, &citizen);
    let place = stranger.place(100).await;
    for secret in [None, Some(other.secret.clone()), Some("nonsense".to_owned())] {
        stranger.secret = secret;
        assert_eq!(stranger.announce(100).await.status(), 404);
        assert_eq!(stranger.piece(&place, 0, b"x").await.status(), 404);
        assert_eq!(stranger.call(Method::HEAD, &place).send().await.expect("an answer").status(), 404);
        assert_eq!(stranger.call(Method::DELETE, &place).send().await.expect("an answer").status(), 404);
    }
    let own_report_other_upload = place.replace(&citizen.code, &other.code);
    stranger.secret = Some(other.secret);
    assert_eq!(stranger.piece(&own_report_other_upload, 0, b"x").await.status(), 404);
    let elsewhere = Desk::of_commune(&server, crate::support::map::NORTH);
    stranger.secret = None;
    let call = stranger.call(Method::POST, &stranger.path).header("Upload-Length", 9).bearer_auth(&elsewhere.key);
    assert_eq!(call.send().await.expect("an answer").status(), 404);
}

async fn the_protocol_is_kept_to(server: TestServer) {
    let citizen = sent(&server, &report()).await;
    let phone = Phone::of(&server, &citizen);
    let told =
        phone.http.request(Method::OPTIONS, format!("{}{}", phone.base, phone.path)).send().await.expect("an answer");
    assert_eq!((told.status().as_u16(), header(&told, "tus-version")), (204, "1.0.0".to_owned()));
    assert!(header(&told, "tus-extension").contains("termination"));
    let most: usize = header(&told, "tus-max-size").parse().expect("a number");
    assert_eq!(phone.announce(most + 1).await.status(), 413);
    let mute = phone.http.post(format!("{}{}", phone.base, phone.path)).header("Upload-Length", 5).send().await;
    assert_eq!(mute.expect("an answer").status(), 412, "a client that names no version");
    let lengthless = phone.call(Method::POST, &phone.path).send().await.expect("an answer");
    assert_eq!((lengthless.status().as_u16(), header(&lengthless, "tus-resumable")), (400, "1.0.0".to_owned()));

    let photo = snapshot();
    let call = phone.call(Method::POST, &phone.path).header("Upload-Length", photo.len());
    let call = call.header("Content-Type", "application/offset+octet-stream").body(photo[..10].to_vec());
    let begun = call.send().await.expect("an answer");
    assert_eq!((begun.status().as_u16(), header(&begun, "upload-offset")), (201, "10".to_owned()));
    let place = header(&begun, "location");
    assert!(header(&begun, "upload-expires").ends_with("GMT"));
    let plain = phone.call(Method::PATCH, &place).header("Upload-Offset", 10).body("x").send().await;
    assert_eq!(plain.expect("an answer").status(), 415);
    assert_eq!(phone.piece(&place, 10, &vec![0; photo.len()]).await.status(), 413, "more than was announced");
    let override_ =
        phone.call(Method::POST, &place).header("X-HTTP-Method-Override", "PATCH").header("Upload-Offset", 10);
    let override_ = override_.header("Content-Type", "application/offset+octet-stream").body(photo[10..].to_vec());
    assert_eq!(override_.send().await.expect("an answer").status(), 204);
    for _ in 1..6 {
        let place = phone.place(photo.len()).await;
        assert_eq!(phone.piece(&place, 0, &photo).await.status(), 204);
    }
    assert_eq!(phone.announce(9).await.status(), 422, "six are enough");
}

async fn an_upload_can_be_given_up(server: TestServer) {
    let citizen = sent(&server, &report()).await;
    let phone = Phone::of(&server, &citizen);
    let place = phone.place(100).await;
    assert_eq!(phone.piece(&place, 0, b"GPS-MARKER").await.status(), 204);
    assert!(crate::photos::kept_anywhere(server.folder(), b"GPS-MARKER"));
    assert_eq!(phone.call(Method::DELETE, &place).send().await.expect("an answer").status(), 204);
    assert_eq!(phone.call(Method::HEAD, &place).send().await.expect("an answer").status(), 404);
    assert!(!crate::photos::kept_anywhere(server.folder(), b"GPS-MARKER"));
    assert_eq!(citizen.look(&server).await.json["photos_pending"], 0);
}

async fn an_official_sends_a_photo_in_pieces_and_names_it_in_the_answer(server: TestServer) {
    let citizen = sent(&server, &report()).await;
    let desk = Desk::of(&server, &citizen.office());
    let id = desk.id(&citizen.code).await;
    let (phone, photo) = (Phone { secret: None, ..Phone::of(&server, &citizen) }, snapshot());
    let announce = phone.call(Method::POST, &phone.path).header("Upload-Length", photo.len()).bearer_auth(&desk.key);
    let announced = announce.header("Content-Type", "application/offset+octet-stream").body(photo).send().await;
    let place = header(&announced.expect("an answer"), "location");
    let sent = place.rsplit('/').next().expect("an id").to_owned();
    let shown = format!("/api/v1/photos/{sent}");
    for _ in 0..600 {
        if server.get_as(&desk.key, &shown).await.status == 200 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    desk.does(&id, "accept", json!({})).await;
    desk.does(&id, "resolve", json!({"text": "Đã sửa", "photos": [sent]})).await;
    let seen = citizen.look(&server).await.json;
    assert_eq!(seen["photos"][0]["id"], sent, "{seen}");
    assert!(!seen["timeline"].to_string().contains("photos_joined"), "an official's photo is told with the answer");
}

async fn an_announcement_whose_answer_was_lost_holds_no_second_place(server: TestServer) {
    let citizen = sent(&server, &report()).await;
    let (phone, photo) = (Phone::of(&server, &citizen), snapshot());
    let first = header(&phone.named(photo.len(), "one").await, "location");
    for _ in 0..30 {
        let again = phone.named(photo.len(), "one").await;
        assert_eq!((again.status().as_u16(), header(&again, "location")), (201, first.clone()));
    }
    assert_eq!(citizen.look(&server).await.json["photos_pending"], 1);
    let half = photo.len() / 2;
    assert_eq!(phone.piece(&first, 0, &photo[..half]).await.status(), 204);
    let again = phone.named(photo.len(), "one").await;
    assert_eq!(header(&again, "upload-offset"), half.to_string(), "and what arrived is told");
    assert_eq!(phone.named(photo.len() + 1, "one").await.status(), 422, "one name is one photo");
    assert_eq!(phone.piece(&first, half, &photo[half..]).await.status(), 204);
    let seen = joined(&server, &citizen.receipt.json).await;
    assert_eq!(seen["photos"].as_array().map(Vec::len), Some(1), "{seen}");
    let whole = phone.named(photo.len(), "one").await;
    assert_eq!(header(&whole, "upload-offset"), photo.len().to_string(), "it is known when it is whole too");
    let second = header(&phone.named(photo.len(), "two").await, "location");
    assert_ne!(first, second, "photos of one size are told apart");
}
