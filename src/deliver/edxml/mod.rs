//! edXML 2 as of QCVN 102:2016: documents and status messages, written and read.
//!
//! What travels between document systems of Vietnam's agencies. How it travels is by agreement: see the channels. The
//! word "Bussiness" is spelled so in the standard.

mod read;
mod tree;
mod write;
mod zipped;

pub use read::{Unreadable, read};
pub use tree::Element;
pub use zipped::Attachment;

/// The namespace of every element.
pub const NAMESPACE: &str = "http://www.mic.gov.vn/TBT/QCVN_102_2016";

/// A document or a status message.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// A document with attachments.
    Document(Box<Document>),
    /// A word on a document that was sent before.
    Status(Box<Status>),
}

/// An agency.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agency {
    /// Opaque id in the document systems.
    pub organ_id: String,
    /// Its name.
    pub name: String,
    /// Where letters go.
    pub email: String,
    /// Its telephone.
    pub telephone: String,
}

/// Which document a message answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResponseFor {
    /// Who had sent it.
    pub organ_id: String,
    /// Its number and notation, `7/PA`.
    pub code: String,
    /// Its day, `YYYY/MM/DD`.
    pub day: String,
    /// Its id.
    pub document_id: String,
}

/// What is to be done with a document that may be known already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Business {
    /// New.
    New,
    /// The document of before is taken back.
    Revoke,
    /// The document of before is completed.
    Update,
    /// The document of before is replaced.
    Replace,
}

impl Business {
    /// The number in `BussinessDocType`.
    pub fn number(self) -> &'static str {
        match self {
            Self::New => "0",
            Self::Revoke => "1",
            Self::Update => "2",
            Self::Replace => "3",
        }
    }

    fn parse(number: &str) -> Option<Self> {
        [Self::New, Self::Revoke, Self::Update, Self::Replace].into_iter().find(|one| one.number() == number)
    }
}

/// A document.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Who sends it.
    pub from: Agency,
    /// To whom.
    pub to: Vec<Agency>,
    /// Its id.
    pub id: String,
    /// Its number.
    pub number: String,
    /// Its notation.
    pub notation: String,
    /// What the agencies call its kind: "Phản ánh", "Công văn" …
    pub type_name: String,
    /// Where it was made.
    pub place: String,
    /// When, `YYYY/MM/DD`.
    pub day: String,
    /// In one line.
    pub subject: String,
    /// In full.
    pub content: String,
    /// Who signs.
    pub signer: String,
    /// To be done by, `YYYY/MM/DD`.
    pub due: Option<String>,
    /// Urgent.
    pub urgent: bool,
    /// What it answers.
    pub responses: Vec<ResponseFor>,
    /// When it was sent, `YYYY/MM/DD HH:MM:SS`.
    pub sent: String,
    /// What is to be done with it.
    pub business: Business,
    /// Which document of before that is about.
    pub business_of: Option<String>,
    /// Why.
    pub reason: String,
    /// Pictures and papers.
    pub attachments: Vec<Attachment>,
}

/// A status message.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// Who says it.
    pub from: Agency,
    /// Of which document.
    pub response_for: ResponseFor,
    /// Which person.
    pub staff: String,
    /// `01` arrived, `02` refused, `03` accepted, `04` assigned, `05` in progress, `06` finished, `13` recall asked for,
    /// `15` agreed, `16` not agreed.
    pub code: String,
    /// In words.
    pub description: String,
    /// When, `YYYY/MM/DD HH:MM:SS`.
    pub at: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agency(id: &str) -> Agency {
        Agency { organ_id: id.into(), name: format!("UBND <{id}> & \"bạn\""), ..Agency::default() }
    }

    fn response() -> ResponseFor {
        ResponseFor { organ_id: "H18".into(), code: "7/PA".into(), day: "2026/07/24".into(), document_id: "d1".into() }
    }

    #[test]
    fn a_document_reads_back_as_it_was_written() {
        let document = Document {
            from: agency("H18.2"),
            to: vec![agency("H18.3"), agency("H18.4")],
            id: "d2".into(),
            number: "K7QM-3XR9-F".into(),
            notation: "PA".into(),
            type_name: "Phiếu hỏi".into(),
            place: "Điện Biên".into(),
            day: "2026/07/24".into(),
            subject: "Sạt lở ]]> <b>".into(),
            content: "dòng 1\ndòng 2\tỆ".into(),
            signer: "Hệ thống".into(),
            due: Some("2026/07/25".into()),
            urgent: true,
            responses: vec![response()],
            sent: "2026/07/24 14:05:00".into(),
            business: Business::Revoke,
            business_of: Some("d1".into()),
            reason: "chuyển".into(),
            attachments: vec![Attachment {
                name: "anh-1.jpg".into(),
                media_type: "image/jpeg".into(),
                bytes: vec![0, 255, 7, 9],
            }],
        };
        let message = Message::Document(Box::new(document));
        assert_eq!(read(message.write().as_bytes()).unwrap(), message);
    }

    #[test]
    fn a_status_reads_back_as_it_was_written() {
        let status = Status {
            from: agency("H18.3"),
            response_for: response(),
            staff: "Lò Văn A".into(),
            code: "03".into(),
            description: String::new(),
            at: "2026/07/24 14:05:00".into(),
        };
        let message = Message::Status(Box::new(status));
        assert_eq!(read(message.write().as_bytes()).unwrap(), message);
    }
}
