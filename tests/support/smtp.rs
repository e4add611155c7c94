//! An SMTP server of the suite's own, that keeps what it takes.

use std::sync::{Arc, Mutex};

use ioc::domain::delivery::Channel;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A letter as it came.
#[derive(Debug, Clone)]
pub struct Letter {
    pub to: Vec<String>,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Letter {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// An SMTP server that keeps what it takes.
pub struct PostOffice {
    letters: Arc<Mutex<Vec<Letter>>>,
    refuses: Arc<Mutex<bool>>,
    pub url: String,
    serving: JoinHandle<()>,
}

impl Drop for PostOffice {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl PostOffice {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let (letters, refuses) = (Arc::new(Mutex::new(vec![])), Arc::new(Mutex::new(false)));
        let (kept, closed) = (Arc::clone(&letters), Arc::clone(&refuses));
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, Arc::clone(&kept), Arc::clone(&closed)));
            }
        });
        Self { letters, refuses, url, serving }
    }

    pub fn refuse(&self, refuse: bool) {
        *self.refuses.lock().unwrap() = refuse;
    }

    pub fn take(&self) -> Vec<Letter> {
        std::mem::take(&mut self.letters.lock().unwrap())
    }

    pub fn channel(&self, to: Option<&str>) -> Channel {
        Channel::Email {
            smtp: self.url.clone(),
            from: "Trung tâm điều hành <dieuhanh@dienbien.example>".into(),
            to: to.map(str::to_owned),
            link: Some("https://tra-cuu.vn/{code}".into()),
        }
    }
}

async fn converse(mut stream: TcpStream, letters: Arc<Mutex<Vec<Letter>>>, refuses: Arc<Mutex<bool>>) {
    let (read, mut write) = stream.split();
    let mut lines = BufReader::new(read).lines();
    let mut to = vec![];
    write.write_all(b"220 here\r\n").await.unwrap();
    while let Ok(Some(line)) = lines.next_line().await {
        let word = line.to_ascii_uppercase();
        let answer = if word.starts_with("EHLO") || word.starts_with("HELO") {
            "250-here\r\n250 8BITMIME\r\n"
        } else if word.starts_with("RCPT") {
            to.push(line[8..].trim_matches(['<', '>', ' ', ':']).to_owned());
            if *refuses.lock().unwrap() { "450 not now\r\n" } else { "250 ok\r\n" }
        } else if word == "DATA" {
            write.write_all(b"354 go\r\n").await.unwrap();
            let mut text = vec![];
            while let Ok(Some(line)) = lines.next_line().await {
                if line == "." {
                    break;
                }
                text.push(line);
            }
            letters.lock().unwrap().push(letter(std::mem::take(&mut to), &text));
            "250 kept\r\n"
        } else if word == "QUIT" {
            let _ = write.write_all(b"221 bye\r\n").await;
            return;
        } else {
            "250 ok\r\n"
        };
        if write.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

fn letter(to: Vec<String>, lines: &[String]) -> Letter {
    let end = lines.iter().position(String::is_empty).unwrap_or(lines.len());
    let mut headers: Vec<(String, String)> = vec![];
    for line in &lines[..end] {
        match line.split_once(": ").filter(|_| !line.starts_with(' ')) {
            Some((name, value)) => headers.push((name.to_owned(), value.to_owned())),
            None => headers.last_mut().unwrap().1.push_str(line),
        }
    }
    let encoded = lines[end + 1..].join("\n");
    let base64 = headers.iter().any(|(name, value)| name == "Content-Transfer-Encoding" && value == "base64");
    let body = if base64 {
        use base64::{Engine, engine::general_purpose::STANDARD};
        String::from_utf8(STANDARD.decode(encoded.replace('\n', "")).unwrap()).unwrap()
    } else {
        encoded
    };
    Letter { to, headers, body }
}
