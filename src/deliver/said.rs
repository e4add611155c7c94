//! What a message of a document system says of a ticket: by the status code, or by the kind of the document.

use bytes::Bytes;
use unicode_normalization::UnicodeNormalization;

use super::edxml::{Document, Message, Status, Unreadable};
use crate::{
    domain::{
        clock::{Day, Timestamp},
        ids::OfficeId,
        text::{Description, Line},
    },
    flow::{Centre, RefusalReason, documents::Said},
};

/// `DocumentType/TypeName` of a document that asks the sender of the report something.
const QUESTION: &str = "phiếu hỏi";
/// Of one that takes more time, until the end of its `DueDate`.
const EXTENSION: &str = "phiếu gia hạn";
/// Pictures that are taken from an answer.
const MOST_PICTURES: usize = 6;

/// A message in the words of the ticket.
pub struct Word {
    /// The status code that is written down beside the delivery; None leaves the one before.
    pub receipt: Option<String>,
    /// What it wants; None moves nothing.
    pub said: Option<Said>,
}

/// What a message says.
pub fn word(message: &Message, centre: &Centre) -> Result<Word, Unreadable> {
    Ok(match message {
        Message::Status(status) => Word { receipt: Some(status.code.clone()), said: by_code(status, centre) },
        Message::Document(document) => match kind(document).as_str() {
            QUESTION => Word { receipt: None, said: text(document).map(Said::Asked) },
            EXTENSION => Word { receipt: None, said: Some(Said::Extended(end(document)?, reason_given(document)?)) },
            _ => Word { receipt: Some("06".to_owned()), said: answer(document) },
        },
    })
}

/// However the letters are composed, and in capitals or not.
fn kind(document: &Document) -> String {
    document.type_name.trim().nfc().collect::<String>().to_lowercase()
}

/// None for a word that moves nothing (01, 13, 15, 16), and for a 06 that leaves the answer to the document with it.
fn by_code(status: &Status, centre: &Centre) -> Option<Said> {
    let text = Description::parse(&status.description).ok();
    match status.code.as_str() {
        "02" => {
            let (mark, words) = mark(&status.description, centre);
            let words = Description::parse(words).ok();
            let words =
                words.or_else(|| Description::parse("Cơ quan từ chối tiếp nhận trong hệ thống văn bản").ok())?;
            Some(match mark {
                Some(Mark::Reason(reason)) => Said::Refused(reason, words),
                Some(Mark::Office(office)) => Said::NotOurs(Some(office), words),
                None => Said::NotOurs(None, words),
            })
        }
        "03" => Some(Said::Accepted),
        "04" => Some(Said::Assigned(Line::parse(&status.staff).ok())),
        "05" => Some(Said::Started),
        "06" => text.map(|text| Said::Answered(text, vec![])),
        _ => None,
    }
}

/// What stands in brackets in front of a refusal.
enum Mark {
    /// Why the report is refused for good.
    Reason(RefusalReason),
    /// Whose it is instead.
    Office(OfficeId),
}

/// `[cannot_verify] không có ở hiện trường` refuses the report, `[xa-03160] thuộc xã bên` (or that office's `OrganId`)
/// says whose it is; without a mark it is not this office's, and the map suggests the next.
fn mark<'a>(description: &'a str, centre: &Centre) -> (Option<Mark>, &'a str) {
    let Some((word, rest)) = description.trim().strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
        return (None, description);
    };
    let word = word.trim();
    let offices = &centre.routes.directory().offices;
    let named =
        || offices.iter().find(|office| !word.is_empty() && (office.id.as_str() == word || office.organ_id == word));
    let mark = RefusalReason::parse(word).map(Mark::Reason);
    match mark.or_else(|| named().map(|office| Mark::Office(office.id.clone()))) {
        Some(mark) => (Some(mark), rest),
        None => (None, description),
    }
}

fn text(document: &Document) -> Option<Description> {
    Description::parse(&document.content).or_else(|_| Description::parse(&document.subject)).ok()
}

/// An answering document settles the ticket with its text and its pictures.
fn answer(document: &Document) -> Option<Said> {
    let text = text(document)?;
    let picture = |name: &str| {
        let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        matches!(ending.as_str(), "jpg" | "jpeg" | "png" | "webp")
    };
    let photos = document.attachments.iter().filter(|one| picture(&one.name));
    Some(Said::Answered(text, photos.take(MOST_PICTURES).map(|one| Bytes::from(one.bytes.clone())).collect()))
}

/// The end of the day of `DueDate`, in Vietnam.
fn end(document: &Document) -> Result<Timestamp, Unreadable> {
    let day = document.due.as_deref().and_then(|due| due.replace('/', "-").parse::<Day>().ok());
    day.map(|day| day.next().start()).ok_or(Unreadable::Missing("DueDate, which says until when (YYYY/MM/DD)"))
}

fn reason_given(document: &Document) -> Result<Description, Unreadable> {
    text(document).ok_or(Unreadable::Missing("Content, which says why more time is taken"))
}
