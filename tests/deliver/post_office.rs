//! Letters, taken by a real SMTP server of the suite's own.

use std::sync::{Arc, Mutex};

use ioc::domain::delivery::{Audience, Channel, Stage};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use crate::{
    support::Stage as Database,
    town::{Town, WEST, center},
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

on_every_store! {
    an_office_gets_a_letter_for_a_new_ticket_and_no_data_in_it,
    a_mail_server_that_refuses_for_now_is_tried_again,
    people_are_told_of_a_dead_system_by_letter_and_once,
}

async fn an_office_gets_a_letter_for_a_new_ticket_and_no_data_in_it(stage: Database) {
    let town = Town::new(&stage).await;
    let office = PostOffice::start().await;
    town.add(Some(WEST), Audience::Office, office.channel(Some("xa.tay@dienbien.example"))).await;
    let id = town.report().await;
    town.accept(id).await;
    town.round().await;
    let letters = office.take();
    assert_eq!(letters.len(), 1, "one for each ticket, not one for each event");
    let code = town.ticket(id).await.code.to_string();
    assert_eq!(letters[0].to, ["xa.tay@dienbien.example"]);
    let delivery = town.deliveries(id).await.remove(0).delivery.id;
    assert_eq!(letters[0].header("Message-ID"), Some(format!("<{delivery}@dienbien.example>").as_str()));
    assert!(letters[0].body.contains(&code) && letters[0].body.contains(&format!("https://tra-cuu.vn/{code}")));
    assert!(!letters[0].body.contains("Đường hỏng"));
}

async fn a_mail_server_that_refuses_for_now_is_tried_again(stage: Database) {
    let town = Town::new(&stage).await;
    let office = PostOffice::start().await;
    town.add(Some(WEST), Audience::Office, office.channel(Some("xa.tay@dienbien.example"))).await;
    office.refuse(true);
    let id = town.report().await;
    town.round().await;
    assert_eq!(town.stages(id).await, [Stage::Pending]);
    assert_eq!(town.seen(WEST, id).await.deliveries[0].attempts[0].status, Some(450));
    office.refuse(false);
    town.minutes_pass(1);
    town.round().await;
    assert_eq!((office.take().len(), town.stages(id).await), (1, vec![Stage::Delivered]));
}

async fn people_are_told_of_a_dead_system_by_letter_and_once(stage: Database) {
    let town = Town::new(&stage).await;
    let (province, commune) = (PostOffice::start().await, PostOffice::start().await);
    town.add(None, Audience::Office, province.channel(Some("tinh@dienbien.example"))).await;
    town.add(Some(WEST), Audience::Office, commune.channel(Some("xa.tay@dienbien.example"))).await;
    let dead = town.webhook(Some(WEST), "http://127.0.0.1:9/").await.id;
    town.report().await;
    for _ in 0..30 {
        town.round().await;
        town.minutes_pass(5);
    }
    assert_eq!(town.notices().await, ["destination_failing"]);
    assert_eq!((province.take().len(), commune.take().len()), (1, 2), "the office has its new ticket too");
    assert!(town.app.flow.store.remove_destination(&center(), dead, town.clock.now()).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_anybody_writes_becomes_a_header_or_a_second_reader() {
    let stage = Database::sqlite().await;
    let town = Town::new(&stage).await;
    let office = PostOffice::start().await;
    town.add(None, Audience::Citizen, office.channel(None)).await;
    for evil in ["a@b.vn\r\nBcc: c@d.vn", "a@b.vn, c@d.vn", "a@b.vn>\nRCPT TO:<c@d.vn", "\"x\r\nBcc: c@d.vn\" <a@b.vn>"]
    {
        let id = town.report_with(serde_json::json!({"contact": {"email": evil}}), vec![]).await;
        town.accept(id).await;
    }
    town.round().await;
    for letter in office.take() {
        assert_eq!(letter.to, ["a@b.vn"], "{letter:?}");
        assert!(letter.header("Bcc").is_none() && letter.header("Cc").is_none(), "{letter:?}");
    }
}
