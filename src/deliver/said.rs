//! What a message of a document system says of a ticket: by the status code, or by the kind of the document.

use bytes::Bytes;
use unicode_normalization::UnicodeNormalization;

use super::{
    edxml::{Document, Message, Status, Unreadable},
    inbox::NotTaken,
};
use crate::{
    domain::{
        clock::{Day, Timestamp},
        code::PublicCode,
        ids::OfficeId,
        text::{Description, Line},
    },
    flow::{Centre, Flow, RefusalReason, Rejection, documents::Said},
};

/// `DocumentType/TypeName` of a document that asks the sender of the report something.
const QUESTION: &str = "phiếu hỏi";
/// Of one that takes more time, until the end of its `DueDate`.
const EXTENSION: &str = "phiếu gia hạn";
/// A refusal without a word.
const UNSAID: &str = "Cơ quan từ chối tiếp nhận trong hệ thống văn bản";
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
pub async fn word(flow: &Flow, message: &Message) -> Result<Word, NotTaken> {
    Ok(match message {
        Message::Status(status) => Word { receipt: Some(status.code.clone()), said: by_code(flow, status).await? },
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
async fn by_code(flow: &Flow, status: &Status) -> Result<Option<Said>, Rejection> {
    let text = Description::parse(&status.description).ok();
    Ok(match status.code.as_str() {
        "02" => {
            let (mark, words) = mark(&status.description, &flow.centre());
            let words = Description::parse(words).or_else(|_| Description::parse(UNSAID));
            let words = words.map_err(|why| Rejection::Internal(why.to_string()))?;
            Some(match mark {
                Some(Mark::Reason(reason)) => Said::Refused(reason, words),
                Some(Mark::Office(office)) => Said::NotOurs(Some(office), words),
                Some(Mark::Same(code)) => {
                    let main = flow.store.ticket_by_code(&flow.center_id(), &code).await?;
                    Said::SameAs(main.ok_or(Rejection::NotFound)?.id)
                }
                None => Said::NotOurs(None, words),
            })
        }
        "03" => Some(Said::Accepted),
        "04" => Some(Said::Assigned(Line::parse(&status.staff).ok())),
        "05" => Some(Said::Started),
        "06" => text.map(|text| Said::Answered(text, vec![])),
        _ => None,
    })
}

/// What stands in brackets in front of a refusal.
enum Mark {
    /// Why the report is refused for good.
    Reason(RefusalReason),
    /// Whose it is instead.
    Office(OfficeId),
    /// Of which report of the same office it is a duplicate.
    Same(PublicCode),
}

/// `[cannot_verify] không có ở hiện trường` refuses the report, `[xa-03160] thuộc xã bên` (or that office's `OrganId`)
/// says whose it is, `[K7QM-3XR9-F] trùng` of which report it is a duplicate; without a mark it is not this office's, and the map suggests the next.
fn mark<'a>(description: &'a str, centre: &Centre) -> (Option<Mark>, &'a str) {
    let Some((word, rest)) = description.trim().strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
        return (None, description);
    };
    let word = word.trim();
    let offices = &centre.routes.directory().offices;
    let named =
        || offices.iter().find(|office| !word.is_empty() && (office.id.as_str() == word || office.organ_id == word));
    let mark = RefusalReason::parse(word).map(Mark::Reason);
    let mark = mark.or_else(|| named().map(|office| Mark::Office(office.id.clone())));
    match mark.or_else(|| word.parse().ok().map(Mark::Same)) {
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
