//! The front door, as anybody outside meets it: HTTP and nothing else.

use anyhow::{Context, anyhow};
use reqwest::{Method, RequestBuilder, Url};
use serde_json::Value;

/// A caller of one server.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// The body as text: leaks are looked for in what really left the server.
    pub text: String,
}

impl Reply {
    /// Whether it is a 2xx.
    pub fn ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body; null where it is no JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// Status and code, for instance "422 `belongs_elsewhere`".
    pub fn brief(&self) -> String {
        let body = self.json();
        let code = body["code"].as_str().or(body["detail"].as_str()).unwrap_or_default();
        format!("{} {code}", self.status).trim_end().to_owned()
    }
}

impl Client {
    /// A client of the server at `base_url`, for instance `http://127.0.0.1:8080`.
    pub fn new(base_url: &str) -> anyhow::Result<Self> {
        // Already installed by the program: just as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(std::time::Duration::from_secs(30))
            .build()
            .context("no HTTP client")?;
        let base = Url::parse(base_url).with_context(|| format!("{base_url} is no address of a server"))?;
        Ok(Self { http, base })
    }

    /// A call of `path` with query pairs, to be completed by the caller.
    pub fn call(&self, method: Method, path: &str, query: &[(&str, String)]) -> anyhow::Result<RequestBuilder> {
        let mut url = self.base.join(path).with_context(|| format!("no path: {path}"))?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(self.http.request(method, url))
    }

    /// `GET path`, with a key where there is one.
    pub async fn get(&self, path: &str, key: Option<&str>, query: &[(&str, String)]) -> anyhow::Result<Reply> {
        let call = self.call(Method::GET, path, query)?;
        send(match key {
            Some(key) => call.bearer_auth(key),
            None => call,
        })
        .await
    }

    /// All pages of a list under `items`, following `next`; the calls that failed end it.
    pub async fn pages(&self, path: &str, key: &str, query: &[(&str, String)]) -> anyhow::Result<Vec<Value>> {
        let (mut items, mut cursor) = (vec![], None);
        loop {
            let mut query = query.to_vec();
            query.push(("limit", "100".into()));
            query.extend(cursor.map(|next| ("cursor", next)));
            let reply = self.get(path, Some(key), &query).await?;
            if !reply.ok() {
                return Err(anyhow!("GET {path} answered {}", reply.brief()));
            }
            let body = reply.json();
            items.extend(body["items"].as_array().cloned().unwrap_or_default());
            match body["next"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => return Ok(items),
            }
        }
    }

    /// What the sender sees of a report with this secret, or the public without.
    pub async fn report(&self, code: &str, secret: Option<&str>) -> anyhow::Result<Reply> {
        let call = self.call(Method::GET, &format!("/api/v1/reports/{code}"), &[])?;
        send(match secret {
            Some(secret) => call.header("x-report-secret", secret),
            None => call,
        })
        .await
    }

    /// `POST /api/v1/reports/{code}/{verb}` by the sender, or by anybody without the secret.
    pub async fn by_sender(&self, code: &str, secret: Option<&str>, verb: &str, body: &Value) -> anyhow::Result<Reply> {
        let call = self.call(Method::POST, &format!("/api/v1/reports/{code}/{verb}"), &[])?.json(body);
        send(match secret {
            Some(secret) => call.header("x-report-secret", secret),
            None => call,
        })
        .await
    }
}

/// Sends; a connection that breaks is tried three times (every call here may be repeated), then it is an error.
pub async fn send(call: RequestBuilder) -> anyhow::Result<Reply> {
    let mut attempts = 0;
    loop {
        let again = call.try_clone().context("a body that cannot be sent twice")?;
        attempts += 1;
        let answer = match again.send().await {
            Ok(response) => {
                let status = response.status().as_u16();
                response.text().await.map(|text| Reply { status, text })
            }
            Err(error) => Err(error),
        };
        match answer {
            Ok(reply) => return Ok(reply),
            Err(error) if attempts == 3 => return Err(error).context("the server does not answer"),
            Err(_) => {}
        }
    }
}
