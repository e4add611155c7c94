//! A system that is told: a real HTTP server that remembers what came, and answers what it is told to.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Response, StatusCode},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use tokio::{net::TcpListener, sync::Notify, task::JoinHandle};

/// What is answered next.
#[derive(Clone)]
pub enum Reply {
    Status(u16),
    With(u16, &'static str, String),
    Body(u16, String),
    /// Nothing, until it is let go.
    Hang(Arc<Notify>),
}

#[derive(Debug, Clone)]
pub struct Came {
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Came {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name}")).to_str().unwrap()
    }

    pub fn id(&self) -> String {
        self.header("webhook-id").to_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).unwrap()
    }

    /// Whether one of the signatures is made with this secret, as a receiver checks it.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(format!("{}.{}.", self.id(), self.header("webhook-timestamp")).as_bytes());
        mac.update(&self.body);
        let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        self.header("webhook-signature").split(' ').any(|one| one == expected)
    }
}

#[derive(Default)]
struct Inside {
    came: Mutex<Vec<Came>>,
    replies: Mutex<VecDeque<Reply>>,
    always: Mutex<Option<Reply>>,
    refused: Mutex<Option<String>>,
    arrival: Notify,
}

pub struct Receiver {
    inside: Arc<Inside>,
    pub url: String,
    pub port: u16,
    serving: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Receiver {
    /// Answers 204 until it is told otherwise.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let inside = Arc::new(Inside::default());
        let routes = axum::Router::new().fallback(answer).with_state(Arc::clone(&inside));
        let serving = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { inside, url: format!("http://127.0.0.1:{port}/hook"), port, serving }
    }

    /// What is answered to the next ones, one after another.
    pub fn next(&self, replies: impl IntoIterator<Item = Reply>) {
        self.inside.replies.lock().unwrap().extend(replies);
    }

    /// What is answered whenever nothing else is said.
    pub fn always(&self, reply: Option<Reply>) {
        *self.inside.always.lock().unwrap() = reply;
    }

    /// Whatever has this in it is refused with 400.
    pub fn refuse(&self, word: &str) {
        *self.inside.refused.lock().unwrap() = Some(word.to_owned());
    }

    pub fn came(&self) -> Vec<Came> {
        self.inside.came.lock().unwrap().clone()
    }

    pub fn count(&self) -> usize {
        self.inside.came.lock().unwrap().len()
    }

    pub fn take(&self) -> Vec<Came> {
        std::mem::take(&mut self.inside.came.lock().unwrap())
    }

    /// Waits until something has come.
    pub async fn arrival(&self) {
        while self.count() == 0 {
            self.inside.arrival.notified().await;
        }
    }
}

async fn answer(State(inside): State<Arc<Inside>>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let refused = inside.refused.lock().unwrap().clone();
    let refused = refused.filter(|word| String::from_utf8_lossy(&body).contains(word)).map(|_| Reply::Status(400));
    inside.came.lock().unwrap().push(Came { headers, body });
    inside.arrival.notify_one();
    let next = refused.or_else(|| inside.replies.lock().unwrap().pop_front());
    let reply = next.or_else(|| inside.always.lock().unwrap().clone()).unwrap_or(Reply::Status(204));
    let status = |status: u16| Response::builder().status(StatusCode::from_u16(status).unwrap());
    match reply {
        Reply::Status(code) => status(code).body(Body::empty()).unwrap(),
        Reply::With(code, name, value) => status(code).header(name, value).body(Body::empty()).unwrap(),
        Reply::Body(code, text) => status(code).body(Body::from(text)).unwrap(),
        Reply::Hang(until) => {
            until.notified().await;
            status(204).body(Body::empty()).unwrap()
        }
    }
}
