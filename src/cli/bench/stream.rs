//! Reports at a steady rate, as phones send them: each at its moment, whether the ones before were answered or not.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Context;
use reqwest::{Client, StatusCode};
use serde_json::Value;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// One report's answer.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    /// When it was to be sent.
    pub(super) at: Instant,
    /// From then until the answer was read.
    pub(super) took: Duration,
    /// The report's id where it was taken in; else what was said.
    pub(super) told: Result<String, String>,
}

/// Sends the bodies one after another, over and over, `rate` of them a second, until it is stopped; then waits for the
/// answers.
pub(super) async fn stream(
    base_url: &str,
    bodies: Vec<Value>,
    rate: u32,
    stop: CancellationToken,
) -> anyhow::Result<Vec<Answer>> {
    // Already installed by the program: just as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder().no_proxy().timeout(Duration::from_secs(30)).build().context("no HTTP client")?;
    let (url, under_way) = (format!("{base_url}/api/v1/reports"), TaskTracker::new());
    let answers = Arc::new(Mutex::new(Vec::new()));
    let start = tokio::time::Instant::now();
    for (nth, body) in (0..).zip(bodies.iter().cycle()) {
        let at = start + Duration::from_secs(1) * nth / rate;
        if stop.run_until_cancelled(tokio::time::sleep_until(at)).await.is_none() {
            break;
        }
        let (request, answers) = (client.post(&url).json(body), answers.clone());
        under_way.spawn(async move {
            let told = send(request).await;
            let answer = Answer { at: at.into_std(), took: at.elapsed(), told };
            answers.lock().unwrap_or_else(PoisonError::into_inner).push(answer);
        });
    }
    under_way.close();
    under_way.wait().await;
    let answers = std::mem::take(&mut *answers.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(answers)
}

async fn send(request: reqwest::RequestBuilder) -> Result<String, String> {
    let response = request.send().await.map_err(|why| format!("{why:?}"))?;
    let status = response.status();
    let text = response.text().await.map_err(|why| format!("{why:?}"))?;
    let id = serde_json::from_str::<Value>(&text).ok().and_then(|body| Some(body["id"].as_str()?.to_owned()));
    id.filter(|_| status == StatusCode::CREATED).ok_or_else(|| format!("{status} {text}"))
}
