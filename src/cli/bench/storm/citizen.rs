//! A citizen in the storm: sends a report until it is answered, then its photos, over a line that breaks.

use std::{
    net::SocketAddr,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use bytes::Bytes;
use serde_json::json;

use super::line::{Answer, Line, Request};
use crate::domain::clock::Entropy;

/// What everybody in the storm shares.
pub struct Weather {
    /// The server.
    pub address: SocketAddr,
    /// A key with `report:write`.
    pub key: String,
    /// Photos to choose from.
    pub photos: Vec<Bytes>,
    /// How many lines of a hundred break.
    pub cut_percent: usize,
    /// Draws where.
    pub chance: Entropy,
    /// What was promised so far.
    pub promises: Mutex<Vec<Promise>>,
    /// Reports that are being sent.
    pub sending: AtomicUsize,
    /// Lines that broke on purpose.
    pub cuts: AtomicUsize,
    /// Answers 503 and 429.
    pub turned_away: AtomicUsize,
    /// Answers that the contract does not have.
    pub misanswered: Mutex<Vec<String>>,
}

/// A receipt, as the citizen holds it.
#[derive(Debug, Clone)]
pub struct Promise {
    /// The number.
    pub code: String,
    /// The secret.
    pub secret: String,
    /// Photos that the server has taken.
    pub photos: usize,
    /// From the last byte sent to the answer.
    pub answered_in: Duration,
}

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(200);
/// How long anybody tries.
const PATIENCE: usize = 600;

impl Weather {
    fn below(&self, n: usize) -> usize {
        usize::try_from(u64::from_be_bytes(self.chance.bytes()) % u64::try_from(n.max(1)).unwrap_or(1)).unwrap_or(0)
    }

    /// Uniform in 0–1.
    fn share(&self) -> f64 {
        f64::from(u32::from_be_bytes(self.chance.bytes())) / f64::from(u32::MAX)
    }

    /// One try: the line breaks at a random byte, or it is too much for the server now. None:
    /// the line broke.
    async fn try_once(&self, request: &Request) -> Option<(Answer, Duration)> {
        let mut line = Line::open(self.address, None).await.ok()?;
        if self.below(100) < self.cut_percent {
            self.cuts.fetch_add(1, Ordering::Relaxed);
            drop(line.begin(request, self.below(request.len())).await);
            return None;
        }
        line.begin(request, request.len()).await.ok()?;
        let sent = Instant::now();
        let answer = line.answer(false).await.ok()?;
        if matches!(answer.status, 429 | 503) {
            self.turned_away.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(PAUSE).await;
            return None;
        }
        Some((answer, sent.elapsed()))
    }

    fn note(&self, what: &str, answer: &Answer) {
        let mut misanswered = self.misanswered.lock().unwrap_or_else(PoisonError::into_inner);
        misanswered.push(format!("{what}: {} {}", answer.status, answer.json()["code"]));
    }

    /// Sends one report with so many photos.
    pub async fn report(&self, nth: usize, each: usize) -> anyhow::Result<()> {
        self.sending.fetch_add(1, Ordering::Relaxed);
        let sent = self.send(nth, each).await;
        self.sending.fetch_sub(1, Ordering::Relaxed);
        sent
    }

    async fn send(&self, nth: usize, each: usize) -> anyhow::Result<()> {
        // Every fifth phone knows nothing but forms; the others send their photos afterwards, piece by piece.
        let form = each > 0 && nth.is_multiple_of(5);
        let request = self.request(nth, form, each);
        let mut tries = 0;
        let (answer, answered_in) = loop {
            if let Some(done) = self.try_once(&request).await {
                break done;
            }
            tries += 1;
            ensure!(tries < PATIENCE, "report {nth} was never answered");
        };
        let receipt = answer.json();
        if !matches!(answer.status, 200 | 201) {
            self.note("a report", &answer);
            return Ok(());
        }
        let word = |name: &str| receipt[name].as_str().map(str::to_owned).with_context(|| format!("no {name}"));
        let taken = receipt["photos"].as_array().into_iter().flatten().filter(|photo| photo["status"] == "pending");
        let mut promise = Promise { code: word("code")?, secret: word("secret")?, photos: taken.count(), answered_in };
        let place = {
            let mut promises = self.promises.lock().unwrap_or_else(PoisonError::into_inner);
            promises.push(promise.clone());
            promises.len() - 1
        };
        if !form {
            for _ in 0..each {
                promise.photos += usize::from(self.photo(&promise).await?);
                self.promises.lock().unwrap_or_else(PoisonError::into_inner)[place].photos = promise.photos;
            }
        }
        Ok(())
    }

    fn request(&self, nth: usize, form: bool, each: usize) -> Request {
        let (lon, lat) = (103.0 + self.share() * 0.04, 21.37 + self.share() * 0.04);
        let position = json!({"lon": lon, "lat": lat, "accuracy_m": 20});
        let report = json!({"category": "sat_lo", "description": format!("Sạt lở số {nth}"), "position": position});
        let (bearer, key) = (format!("Bearer {}", self.key), format!("storm-{nth}"));
        let mut headers = vec![("Authorization", bearer.as_str()), ("Idempotency-Key", key.as_str())];
        if !form {
            headers.push(("Content-Type", "application/json"));
            return Request::new("POST", "/api/v1/reports", &headers, vec![report.to_string().into()]);
        }
        headers.push(("Content-Type", "multipart/form-data; boundary=storm"));
        let part =
            "--storm\r\nContent-Disposition: form-data; name=\"report\"\r\nContent-Type: application/json\r\n\r\n";
        let mut body = vec![Bytes::from(format!("{part}{report}"))];
        for photo in 0..each {
            let part = "\r\n--storm\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a.jpg\"\r\n\r\n";
            body.extend([Bytes::from(part), self.photos[(nth + photo) % self.photos.len()].clone()]);
        }
        body.push("\r\n--storm--\r\n".into());
        Request::new("POST", "/api/v1/reports", &headers, body)
    }

    /// One photo by tus; false where the server had no room for it.
    async fn photo(&self, promise: &Promise) -> anyhow::Result<bool> {
        let photo = self.photos[self.below(self.photos.len())].clone();
        let length = photo.len().to_string();
        let own = [("Tus-Resumable", "1.0.0"), ("X-Report-Secret", promise.secret.as_str())];
        let path = format!("/api/v1/reports/{}/photos", promise.code);
        let headers = [own[0], own[1], ("Upload-Length", length.as_str())];
        let announce = Request::new("POST", &path, &headers, vec![]);
        let (mut place, mut offset) = (None, 0);
        for _ in 0..PATIENCE {
            let Some(at) = &place else {
                match self.try_once(&announce).await {
                    Some((answer, _)) if answer.status == 201 => place = answer.header("location").map(str::to_owned),
                    Some((answer, _)) => {
                        self.note("an announcement", &answer);
                        return Ok(false);
                    }
                    None => {}
                }
                continue;
            };
            let from = offset.to_string();
            let kind = ("Content-Type", "application/offset+octet-stream");
            let headers = [own[0], own[1], ("Upload-Offset", from.as_str()), kind];
            let piece = Request::new("PATCH", at, &headers, vec![photo.slice(offset..)]);
            match self.try_once(&piece).await {
                Some((answer, _)) if answer.status == 204 && answer.header("upload-offset") == Some(&length) => {
                    return Ok(true);
                }
                Some((answer, _)) if !matches!(answer.status, 204 | 409) => {
                    self.note("a piece", &answer);
                    return Ok(false);
                }
                _ => {}
            }
            if let Some((answer, _)) = self.try_once(&Request::new("HEAD", at, &own, vec![])).await {
                offset = answer.header("upload-offset").and_then(|text| text.parse().ok()).unwrap_or(offset);
                if offset == photo.len() {
                    return Ok(true);
                }
            }
        }
        anyhow::bail!("a photo of {} never arrived", promise.code)
    }
}
