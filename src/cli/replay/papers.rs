//! Offices that work in their document system alone: what comes is filed there, what their officials do is written there,
//! and the desk is never opened.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, bail};
use image::{ImageFormat, Rgb, RgbImage};
use reqwest::{Method, header::CONTENT_TYPE};
use serde_json::{Value, json};

use super::{
    client::{Client, Reply, send},
    sheet::{Sheet, Words},
    tray::Tray,
};
use crate::domain::clock::{Day, HOUR, Timestamp};

/// Who signs there.
const STAFF: &str = "Cán bộ văn thư";

/// The document system of one office.
#[derive(Debug)]
pub struct DocumentSystem {
    office: String,
    tray: Tray,
    papers: BTreeMap<String, Paper>,
    written: usize,
    /// Every document that has ever come, by its id: one that comes twice is one.
    known: BTreeSet<String>,
    /// Pictures that came with reports, by the report's number.
    pub pictures: BTreeMap<String, usize>,
    /// Reminders and notices that came.
    pub reminders: usize,
    /// Documents that were taken back.
    pub recalled: usize,
}

/// A report on the table.
#[derive(Debug, Clone)]
struct Paper {
    number: String,
    resolve_by: Option<Timestamp>,
    in_hand: bool,
    asked: bool,
    /// It says that it cannot be passed on.
    stays: bool,
}

impl DocumentSystem {
    /// An empty one.
    pub fn new(office: &str, tray: Tray) -> Self {
        Self {
            office: office.to_owned(),
            tray,
            papers: BTreeMap::new(),
            written: 0,
            known: BTreeSet::new(),
            pictures: BTreeMap::new(),
            reminders: 0,
            recalled: 0,
        }
    }

    /// Files what has come, what takes others back last: a folder knows no order.
    pub fn read(&mut self) -> anyhow::Result<()> {
        let sheets = self.tray.take(&self.office)?;
        let mut sheets = sheets.iter().map(|xml| Sheet::read(xml)).collect::<anyhow::Result<Vec<_>>>()?;
        sheets.sort_by_key(|sheet| sheet.said("BussinessDocType") == "1");
        for sheet in &sheets {
            self.file(sheet)?;
        }
        Ok(())
    }

    fn file(&mut self, sheet: &Sheet) -> anyhow::Result<()> {
        let (id, number) = (sheet.said("MessageHeader/DocumentId"), sheet.said("Code/CodeNumber"));
        if !sheet.said("StatusCode").is_empty() {
            bail!("{} is told of what it has done nowhere but here: {}", self.office, sheet.said("StatusCode"));
        }
        if !self.known.insert(id.to_owned()) {
            return Ok(());
        }
        let resolve_by = resolve_by(sheet.said("Content"));
        match (sheet.said("BussinessDocType"), sheet.said("DocumentType/TypeName")) {
            ("0", "Phản ánh") => {
                let stays = sheet.said("Content").contains("không chuyển tiếp được nữa");
                let paper = Paper { number: number.to_owned(), resolve_by, in_hand: false, asked: false, stays };
                self.papers.insert(id.to_owned(), paper);
            }
            ("0", _) => self.reminders += 1,
            ("1", _) => {
                self.papers.remove(sheet.said("Bussiness/DocumentId"));
                self.recalled += 1;
            }
            ("2", _) => {
                if let Some(paper) = self.papers.get_mut(sheet.said("Bussiness/DocumentId")) {
                    paper.asked = paper.asked && resolve_by.is_none();
                    paper.resolve_by = resolve_by.or(paper.resolve_by);
                }
            }
            (other, _) => bail!("{} got a document of the kind {other:?}", self.office),
        }
        *self.pictures.entry(number.to_owned()).or_default() += sheet.pictures();
        Ok(())
    }

    /// What lies on the table and is in nobody's hands, as the desk would list it: what is due first comes first.
    pub fn waiting(&self) -> Vec<Value> {
        let mut waiting: Vec<_> = self.papers.iter().filter(|(_, paper)| !paper.in_hand).collect();
        waiting.sort_by_key(|(_, paper)| paper.resolve_by);
        waiting.into_iter().map(|(id, paper)| json!({ "id": id, "code": paper.number })).collect()
    }

    /// What the office knows of one, as the desk would show it.
    pub fn seen(&self, id: &str) -> Value {
        let Some(paper) = self.papers.get(id) else { return Value::Null };
        let status = if paper.asked { "waiting_for_citizen" } else { "accepted" };
        json!({ "status": status, "deadline": { "resolve_by": paper.resolve_by } })
    }

    /// Does what an official would do with `verb` on the desk. The reply of a folder says only that it was written.
    pub async fn act(
        &mut self,
        (client, key): (&Client, &str),
        id: &str,
        verb: &str,
        body: &Value,
    ) -> anyhow::Result<Reply> {
        let main = body["into"].as_str().and_then(|main| self.papers.get(main)).map(|main| main.number.clone());
        let Some(paper) = self.papers.get_mut(id) else { return Ok(Reply { status: 404, text: String::new() }) };
        if verb == "resolve" && paper.asked || verb == "transfer" && paper.stays {
            // Nobody answers before the sender has, or passes on what the paper says stays.
            return Ok(Reply { status: 409, text: String::new() });
        }
        paper.in_hand = true;
        paper.asked = paper.asked || verb == "wait";
        let number = paper.number.clone();
        let said = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
        let words = |text: String| (text, STAFF);
        let marked = |mark: String, text: String| if mark.is_empty() { text } else { format!("[{mark}] {text}") };
        let (text, staff) = match verb {
            "transfer" => words(marked(said("office"), said("reason"))),
            "merge" => words(marked(main.unwrap_or_default(), "trùng với phản ánh này".into())),
            "refuse" => words(marked(said("reason"), said("text"))),
            "extend" => words(said("reason")),
            "wait" => words(said("question")),
            _ => words(said("text")),
        };
        let say = Words { office: &self.office, of: id, number: &number, staff, text: &text };
        let plain = Words { text: "", ..say };
        let answer = format!("tl-{}-{}", self.office, self.written);
        let messages = match verb {
            "accept" => vec![plain.status("01"), plain.status("03"), plain.status("04")],
            "start" => vec![plain.status("05")],
            "transfer" | "refuse" | "merge" => vec![say.status("02")],
            "wait" => vec![say.document(&answer, "Phiếu hỏi", "", None)],
            "extend" => {
                let until: Timestamp = said("until").parse().context("an extension without a day")?;
                vec![say.document(&answer, "Phiếu gia hạn", &slashed(until.day()), None)]
            }
            // One in two settles with a word, the other with a document and a picture of the work.
            "resolve" if self.written.is_multiple_of(2) => vec![say.status("06")],
            "resolve" => vec![plain.status("06"), say.document(&answer, "Công văn", "", Some(&picture(self.written)?))],
            other => bail!("there is no way to {other} in a document system"),
        };
        let mut reply = Reply { status: 200, text: String::new() };
        for message in &messages {
            reply = self.say((client, key), message).await?;
            if !reply.ok() {
                return Ok(reply);
            }
        }
        if reply.json()["result"] == "elsewhere" {
            return Ok(Reply { status: 404, ..reply });
        }
        Ok(Reply { text: self.seen(id).to_string(), ..reply })
    }

    async fn say(&mut self, (client, key): (&Client, &str), xml: &str) -> anyhow::Result<Reply> {
        self.written += 1;
        match &self.tray {
            Tray::Folder(folder) => {
                let inbox = folder.join("inbox");
                std::fs::create_dir_all(&inbox)?;
                std::fs::write(inbox.join(format!("{:06}.xml", self.written)), xml)?;
                Ok(Reply { status: 200, text: String::new() })
            }
            Tray::Pushed(_) => {
                let call = client.call(Method::POST, "/api/v1/edxml", &[])?.bearer_auth(key);
                send(call.header(CONTENT_TYPE, "application/xml").body(xml.to_owned())).await
            }
        }
    }

    /// What was refused of what the office has written since the last look.
    pub fn refused(&self) -> anyhow::Result<Vec<String>> {
        self.tray.refused()
    }
}

/// The line that an official reads the deadline from: `Hạn xử lý: 14:05 24/07/2026`.
fn resolve_by(content: &str) -> Option<Timestamp> {
    let told = content.lines().find_map(|line| line.trim().strip_prefix("Hạn xử lý: "))?;
    let (time, date) = told.split_once(' ')?;
    let [day, month, year] = date.split('/').collect::<Vec<_>>().try_into().ok()?;
    let utc: Timestamp = format!("{year}-{month}-{day}T{time}:00Z").parse().ok()?;
    Some(utc.plus(-7 * HOUR))
}

fn slashed(day: Day) -> String {
    day.to_string().replace('-', "/")
}

/// A small photograph, another one for every number.
pub fn picture(number: usize) -> anyhow::Result<Vec<u8>> {
    let [low, high, ..] = number.to_le_bytes();
    let picture = RgbImage::from_fn(32, 24, |x, y| Rgb([low ^ x.to_le_bytes()[0], high, y.to_le_bytes()[0]]));
    let mut bytes = std::io::Cursor::new(vec![]);
    picture.write_to(&mut bytes, ImageFormat::Jpeg)?;
    Ok(bytes.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_read_from_the_line_that_tells_it() {
        let told = resolve_by("Sạt lở\n\nHạn tiếp nhận: 09:00 24/07/2026\nHạn xử lý: 14:05 24/07/2026\nNgười gửi: A");
        assert_eq!(told, Some("2026-07-24T07:05:00Z".parse().unwrap()));
        assert_eq!(resolve_by("không có"), None);
    }

    #[tokio::test]
    async fn what_comes_twice_is_one_and_what_is_taken_back_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let mut system = DocumentSystem::new("xa-03127", Tray::Folder(folder.path().into()));
        let outbox = folder.path().join("outbox");
        std::fs::create_dir_all(&outbox).unwrap();
        let report = Words { text: "Sạt lở", ..Words::default() }.document("d1", "Phản ánh", "", None);
        for name in ["1.edxml", "2.edxml"] {
            std::fs::write(outbox.join(name), &report).unwrap();
        }
        system.read().unwrap();
        assert_eq!(system.waiting().len(), 1);
        let recall = report.replace("<e:BussinessDocType>0", "<e:BussinessDocType>1");
        let recall = recall.replacen("<e:DocumentId>d1", "<e:DocumentId>r1", 1);
        std::fs::write(outbox.join("0.edxml"), recall).unwrap();
        system.read().unwrap();
        assert_eq!((system.waiting().len(), system.recalled), (0, 1));
        assert_eq!(system.seen("d1"), Value::Null);
    }
}
