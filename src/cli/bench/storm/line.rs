//! A line to the server that can be cut anywhere: plain HTTP/1.1 over TCP, with little cost of its own, because client
//! and server share the machine.

use std::net::{IpAddr, SocketAddr};

use anyhow::{Context, bail};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

/// One connection.
pub struct Line(TcpStream);

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// The body; null where it is no JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// A request: head and body, to be sent whole or in part.
#[derive(Debug, Clone)]
pub struct Request {
    head: String,
    body: Vec<bytes::Bytes>,
}

impl Request {
    /// With these headers, each a line of its own.
    pub fn new(method: &str, path: &str, headers: &[(&str, &str)], body: Vec<bytes::Bytes>) -> Self {
        let lines: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length: usize = body.iter().map(bytes::Bytes::len).sum();
        let head =
            format!("{method} {path} HTTP/1.1\r\nHost: storm\r\nContent-Length: {length}\r\n{}\r\n", lines.concat());
        Self { head, body }
    }

    /// Bytes on the line.
    pub fn len(&self) -> usize {
        self.head.len() + self.body.iter().map(bytes::Bytes::len).sum::<usize>()
    }
}

impl Line {
    /// From any address of this machine, or from the one named.
    pub async fn open(to: SocketAddr, from: Option<IpAddr>) -> anyhow::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        if let Some(from) = from {
            socket.bind(SocketAddr::new(from, 0))?;
        }
        let stream = socket.connect(to).await.with_context(|| format!("cannot connect to {to}"))?;
        stream.set_nodelay(true)?;
        Ok(Self(stream))
    }

    /// Sends the first `bytes` of a request, and nothing more.
    pub async fn begin(&mut self, request: &Request, bytes: usize) -> anyhow::Result<()> {
        let mut left = bytes;
        for part in std::iter::once(request.head.as_bytes()).chain(request.body.iter().map(AsRef::as_ref)) {
            let now = part.len().min(left);
            self.0.write_all(&part[..now]).await?;
            left -= now;
        }
        Ok(())
    }

    /// Sends these bytes as they are.
    pub async fn raw(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        Ok(self.0.write_all(bytes).await?)
    }

    /// Sends the whole and reads the answer.
    pub async fn call(&mut self, request: &Request) -> anyhow::Result<Answer> {
        // A server that refuses early closes while the body is on its way: what it said can still be read.
        let sent = self.begin(request, request.len()).await;
        let head_only = request.head.starts_with("HEAD ");
        match self.answer(head_only).await {
            Ok(answer) => Ok(answer),
            Err(why) => sent.and(Err(why)),
        }
    }

    /// Reads one answer.
    pub async fn answer(&mut self, head_only: bool) -> anyhow::Result<Answer> {
        let mut read = Vec::with_capacity(4 << 10);
        let mut end = None;
        while end.is_none() {
            if self.0.read_buf(&mut read).await? == 0 {
                bail!("the server hung up");
            }
            end = read.windows(4).position(|four| four == b"\r\n\r\n");
        }
        let end = end.unwrap_or_default();
        let head = String::from_utf8_lossy(&read[..end]).into_owned();
        let mut answer = Answer { status: 0, head, body: read.split_off(end + 4) };
        answer.status = answer.head.get(9..12).and_then(|digits| digits.parse().ok()).context("no HTTP status")?;
        let length: usize = answer.header("content-length").and_then(|text| text.parse().ok()).unwrap_or_default();
        while !head_only && answer.body.len() < length {
            if self.0.read_buf(&mut answer.body).await? == 0 {
                bail!("the server hung up");
            }
        }
        Ok(answer)
    }

    /// Waits until the server has closed; what it said before that.
    pub async fn closed(mut self) -> Vec<u8> {
        let mut said = vec![];
        drop(self.0.read_to_end(&mut said).await);
        said
    }
}

impl Line {
    /// A byte a second, until the server has closed or answered.
    pub async fn trickle(&mut self) {
        loop {
            let mut said = [0; 256];
            tokio::select! {
                read = self.0.read(&mut said) => {
                    if matches!(read, Ok(0) | Err(_)) {
                        return;
                    }
                }
                () = tokio::time::sleep(std::time::Duration::from_secs(1)) => {
                    if self.0.write_all(b" ").await.is_err() {
                        return;
                    }
                }
            }
        }
    }
}
