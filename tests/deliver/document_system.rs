//! A stand-in for an office's document system: it speaks edXML over HTTP and by a folder, forgets, loses and restarts.

use std::{collections::BTreeMap, path::PathBuf};

use ioc::{
    deliver::{
        Received,
        edxml::{self, Agency, Attachment, Business, Document, Message, ResponseFor, Status},
    },
    domain::delivery::{Audience, Channel},
    flow::{Caller, Rejection},
};

use crate::{
    receiver::Receiver,
    schema::faults,
    town::{Town, door, official},
};

enum Transport {
    Push(Receiver),
    Folder(PathBuf),
}

pub struct DocumentSystem {
    office: String,
    transport: Transport,
    /// By id: a document that comes twice is one.
    pub documents: BTreeMap<String, Document>,
    pub recalled: Vec<String>,
    pub updates: Vec<Document>,
    pub statuses: Vec<Status>,
    written: usize,
}

impl DocumentSystem {
    pub async fn push(town: &Town, office: &str) -> Self {
        let receiver = Receiver::start().await;
        town.add_with(Some(office), Audience::Office, Channel::EdxmlPush(door(&receiver.url)), Some("token-1234"))
            .await;
        Self::over(office, Transport::Push(receiver))
    }

    pub async fn folder(town: &Town, office: &str) -> Self {
        let folder = town.folder.path().join(format!("van-ban-{office}"));
        let channel = Channel::EdxmlFolder { folder: folder.to_str().unwrap().to_owned() };
        town.add(Some(office), Audience::Office, channel).await;
        Self::over(office, Transport::Folder(folder))
    }

    fn over(office: &str, transport: Transport) -> Self {
        let (documents, office) = (BTreeMap::new(), office.to_owned());
        Self { office, transport, documents, recalled: vec![], updates: vec![], statuses: vec![], written: 0 }
    }

    pub fn receiver(&self) -> &Receiver {
        match &self.transport {
            Transport::Push(receiver) => receiver,
            Transport::Folder(_) => panic!("it has a folder"),
        }
    }

    pub fn path(&self) -> &PathBuf {
        match &self.transport {
            Transport::Folder(folder) => folder,
            Transport::Push(_) => panic!("it is pushed to"),
        }
    }

    /// Reads everything that has come; each must be valid, and readable by the product's own reader.
    pub fn read(&mut self) {
        let all: Vec<String> = match &self.transport {
            Transport::Push(receiver) => receiver
                .take()
                .into_iter()
                .map(|came| {
                    assert_eq!(came.header("servicetype"), "eDoc");
                    assert_eq!(came.header("authorization"), "Bearer token-1234");
                    assert!(matches!(came.header("messagetype"), "edoc" | "status") && !came.header("from").is_empty());
                    came.text()
                })
                .collect(),
            Transport::Folder(folder) => {
                let mut files: Vec<PathBuf> = std::fs::read_dir(folder.join("outbox"))
                    .map(|entries| entries.map(|entry| entry.unwrap().path()).collect())
                    .unwrap_or_default();
                files.retain(|path| !path.file_name().unwrap().to_str().unwrap().starts_with('.'));
                files.sort();
                let take = |path: PathBuf| {
                    let text = std::fs::read_to_string(&path).unwrap();
                    std::fs::remove_file(path).unwrap();
                    text
                };
                files.into_iter().map(take).collect()
            }
        };
        for xml in all {
            assert_eq!(faults(&xml), Vec::<String>::new(), "{xml}");
            match edxml::read(xml.as_bytes()).unwrap() {
                Message::Document(document) => self.file(*document),
                Message::Status(status) => self.statuses.push(*status),
            }
        }
    }

    fn file(&mut self, document: Document) {
        match document.business {
            Business::New | Business::Replace => {
                self.documents.insert(document.id.clone(), document);
            }
            Business::Revoke => {
                let of = document.business_of.unwrap();
                self.documents.remove(&of);
                self.recalled.push(of);
            }
            Business::Update => self.updates.push(document),
        }
    }

    /// The only document on the desk.
    pub fn only(&self) -> &Document {
        assert_eq!(self.documents.len(), 1);
        self.documents.values().next().unwrap()
    }

    /// What people are reminded of, oldest first.
    pub fn reminders(&self) -> Vec<&Document> {
        let mut reminders: Vec<_> = self.documents.values().filter(|one| one.type_name != "Phản ánh").collect();
        reminders.sort_by(|a, b| a.sent.cmp(&b.sent));
        reminders
    }

    pub fn status(&self, of: &Document, code: &str, staff: &str, description: &str) -> Message {
        Message::Status(Box::new(Status {
            from: Agency { organ_id: self.office.clone(), name: "UBND".into(), ..Agency::default() },
            response_for: response(of),
            staff: staff.into(),
            code: code.into(),
            description: description.into(),
            at: "2026/07/14 09:30:00".into(),
        }))
    }

    pub fn answer(of: &Document, text: &str, photos: &[Vec<u8>]) -> Message {
        Self::document(of, "Công văn", text, None, photos)
    }

    /// A document of a kind on another one.
    pub fn document(of: &Document, kind: &str, text: &str, due: Option<&str>, photos: &[Vec<u8>]) -> Message {
        let attach = |(place, bytes): (usize, &Vec<u8>)| Attachment {
            name: format!("ket-qua-{place}.jpg"),
            media_type: "image/jpeg".into(),
            bytes: bytes.clone(),
        };
        Message::Document(Box::new(Document {
            from: of.to[0].clone(),
            to: vec![of.from.clone()],
            id: format!("tl-{}", of.id),
            number: "12".into(),
            notation: "UBND".into(),
            type_name: kind.into(),
            place: "Tây".into(),
            day: "2026/07/14".into(),
            subject: "Trả lời".into(),
            content: text.into(),
            signer: "Lò Văn A".into(),
            due: due.map(str::to_owned),
            urgent: false,
            responses: vec![response(of)],
            sent: "2026/07/14 10:00:00".into(),
            business: Business::New,
            business_of: None,
            reason: String::new(),
            attachments: photos.iter().enumerate().map(attach).collect(),
        }))
    }

    /// Says it, and lets the other side read it.
    pub async fn say(&mut self, town: &Town, message: &Message) {
        let xml = message.write();
        assert_eq!(faults(&xml), Vec::<String>::new());
        match &self.transport {
            Transport::Push(_) => {
                hear(town, &official(&self.office), &xml).await.unwrap();
            }
            Transport::Folder(folder) => {
                self.written += 1;
                std::fs::create_dir_all(folder.join("inbox")).unwrap();
                std::fs::write(folder.join("inbox").join(format!("{:04}.xml", self.written)), xml).unwrap();
                town.round().await;
            }
        }
    }
}

pub async fn hear(town: &Town, caller: &Caller, xml: &str) -> Result<Received, Rejection> {
    town.app.hear(caller, xml.as_bytes()).await
}

fn response(of: &Document) -> ResponseFor {
    ResponseFor {
        organ_id: of.from.organ_id.clone(),
        code: format!("{}/{}", of.number, of.notation),
        day: of.day.clone(),
        document_id: of.id.clone(),
    }
}
