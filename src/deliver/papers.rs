//! What document systems are sent: a ticket with its photos, its recall, what happens to it elsewhere, and what people are
//! reminded of.

use super::{
    Courier,
    compose::Story,
    edxml::{Agency, Attachment, Business, Document, Message, ResponseFor, Status},
    spread::contact_of,
    texts,
};
use crate::{
    domain::{
        clock::Timestamp,
        delivery::{Delivery, Destination},
        event::EventKind,
        ids::PhotoId,
        office::Office,
        photo::Photo,
        report::Whereabouts,
        ticket::Ticket,
    },
    flow::{Rejection, ladder, view::office_ref},
    store::Notice,
};

/// The notation of every document's number.
const NOTATION: &str = "PAHT";

/// The centre, by the id that its desk has in the document systems.
pub fn us(courier: &Courier) -> Agency {
    let centre = courier.flow.centre();
    centre.routes.office(centre.routes.desk()).map_or_else(Agency::default, agency)
}

fn agency(office: &Office) -> Agency {
    let organ_id = if office.organ_id.is_empty() { office.id.to_string() } else { office.organ_id.clone() };
    Agency { organ_id, name: office.name.vi.clone(), email: office.email.clone(), telephone: office.phone.clone() }
}

fn blank(courier: &Courier, to: &Destination, delivery: &Delivery) -> Document {
    let (centre, now) = (courier.flow.centre(), courier.flow.clock.now());
    Document {
        from: us(courier),
        to: vec![to.office.as_ref().and_then(|id| centre.office(id)).map_or_else(Agency::default, agency)],
        id: delivery.id.to_string(),
        number: String::new(),
        notation: NOTATION.to_owned(),
        type_name: "Phản ánh".to_owned(),
        place: "Điện Biên".to_owned(),
        day: day(delivery.created_at),
        subject: String::new(),
        content: String::new(),
        signer: "Hệ thống điều hành".to_owned(),
        due: None,
        urgent: false,
        responses: vec![],
        sent: moment(now),
        business: Business::New,
        business_of: None,
        reason: String::new(),
        attachments: vec![],
    }
}

fn on_ticket(courier: &Courier, to: &Destination, delivery: &Delivery, ticket: &Ticket) -> Document {
    Document {
        number: ticket.code.to_string(),
        due: Some(day(ticket.resolve_by)),
        urgent: ticket.urgent,
        ..blank(courier, to, delivery)
    }
}

/// What people have to be told, as a document of its own: a reminder of the ladder, or a word on the running.
pub fn notice(courier: &Courier, to: &Destination, delivery: &Delivery, notice: &Notice) -> Message {
    let reminds = ladder::is_escalation(&notice.kind);
    let subject = texts::say(if reminds { "document_reminder" } else { "document_notice" }, &[]).vi;
    Message::Document(Box::new(Document {
        number: delivery.id.0.simple().to_string().split_off(20),
        type_name: subject.clone(),
        subject,
        content: notice.text.vi.clone(),
        urgent: notice.kind == ladder::KIND_URGENT,
        ..blank(courier, to, delivery)
    }))
}

pub async fn arrival(
    courier: &Courier,
    to: &Destination,
    delivery: &Delivery,
    story: &Story,
) -> Result<Message, Rejection> {
    let mut document = on_ticket(courier, to, delivery, &story.ticket);
    let category = story.centre.category_of(&story.ticket).map(|it| it.name.vi.clone()).unwrap_or_default();
    let code = story.ticket.code.to_string();
    document.subject = texts::say("document_subject", &[("code", &code), ("category", &category)]).vi;
    document.content = content(courier, story).await?;
    document.attachments = attached(courier, story, |_| true).await?;
    Ok(Message::Document(Box::new(document)))
}

/// The photos of a report of which this holds, as attachments.
async fn attached(
    courier: &Courier,
    story: &Story,
    wanted: impl Fn(&Photo) -> bool,
) -> Result<Vec<Attachment>, Rejection> {
    let mut attachments = vec![];
    for (place, photo) in story.report.photos.iter().enumerate().filter(|(_, photo)| wanted(photo)) {
        let bytes = courier.flow.darkroom.bytes(photo).await.map_err(|why| Rejection::Internal(why.to_string()))?;
        let Some(bytes) = bytes else { continue };
        attachments.push(Attachment {
            name: format!("anh-{}.jpg", place + 1),
            media_type: photo.media_type.clone(),
            bytes: bytes.to_vec(),
        });
    }
    Ok(attachments)
}

/// Photos that joined after the report had arrived there.
pub async fn pictures(
    courier: &Courier,
    to: &Destination,
    delivery: &Delivery,
    story: &Story,
    sent: &Delivery,
    joined: &[PhotoId],
) -> Result<Message, Rejection> {
    let mut document = update(courier, to, delivery, story, sent, "document_photos");
    document.content.clone_from(&document.subject);
    document.attachments = attached(courier, story, |photo| joined.contains(&photo.id)).await?;
    Ok(Message::Document(Box::new(document)))
}

/// A document that completes the one of the arrival.
fn update(
    courier: &Courier,
    to: &Destination,
    delivery: &Delivery,
    story: &Story,
    sent: &Delivery,
    subject: &str,
) -> Document {
    let mut document = on_ticket(courier, to, delivery, &story.ticket);
    document.subject = texts::say(subject, &[("code", &story.ticket.code.to_string())]).vi;
    document.business = Business::Update;
    document.business_of = Some(sent.id.to_string());
    document.responses = vec![answered(courier, story, sent)];
    document
}

/// What the office may know, in lines.
async fn content(courier: &Courier, story: &Story) -> Result<String, Rejection> {
    let (ticket, report) = (&story.ticket, &story.report);
    let mut lines = vec![report.description.to_string(), String::new()];
    match &report.whereabouts {
        Whereabouts::Fix(fix) => {
            lines.push(format!("Vị trí: {:.6}, {:.6} (vĩ độ, kinh độ)", fix.position.lat(), fix.position.lon()));
        }
        Whereabouts::Place { hint: Some(hint), .. } => lines.push(format!("Địa điểm: {hint}")),
        _ => {}
    }
    lines.push(format!("Cơ quan: {}", office_ref(&story.centre, &ticket.office).name.vi));
    lines.push(format!("Nhận lúc: {}", ticket.received_at.vietnam()));
    lines.push(format!("Hạn tiếp nhận: {}", ticket.accept_by.vietnam()));
    lines.push(format!("Hạn xử lý: {}", ticket.resolve_by.vietnam()));
    if ticket.settled_here {
        lines.push(texts::say("document_stays", &[]).vi);
    }
    if report.share_contact
        && let Some(contact) = contact_of(&courier.flow, report.id).await?
    {
        let given = [&contact.name, &contact.phone, &contact.email];
        let given: Vec<String> = given.into_iter().flatten().map(ToString::to_string).collect();
        lines.push(format!("Người gửi (đồng ý cho biết): {}", given.join(", ")));
    }
    Ok(lines.join("\n"))
}

pub fn recall(courier: &Courier, to: &Destination, delivery: &Delivery, story: &Story, sent: &Delivery) -> Message {
    let mut document = on_ticket(courier, to, delivery, &story.ticket);
    document.subject = texts::say("document_recall", &[("code", &story.ticket.code.to_string())]).vi;
    document.content.clone_from(&document.subject);
    document.due = None;
    document.business = Business::Revoke;
    document.business_of = Some(sent.id.to_string());
    document.reason.clone_from(&document.subject);
    document.responses = vec![answered(courier, story, sent)];
    Message::Document(Box::new(document))
}

/// What happened elsewhere: as a status, or as an update with the words that were said and the deadline as it is now.
pub fn change(courier: &Courier, to: &Destination, delivery: &Delivery, story: &Story, sent: &Delivery) -> Message {
    let told = |subject: &str, words: &str| {
        let mut document = update(courier, to, delivery, story, sent, subject);
        let words = if words.is_empty() { document.subject.as_str() } else { words };
        document.content = format!("{words}\n\nHạn xử lý: {}", story.ticket.resolve_by.vietnam());
        Message::Document(Box::new(document))
    };
    let (code, staff, description) = match &story.event().kind {
        EventKind::Replied { text, .. } => return told("document_reply", text),
        EventKind::Waiting { question, .. } => return told("document_asked", question),
        EventKind::Resumed { .. } => return told("document_resumed", ""),
        EventKind::Extended { reason, .. } => return told("document_extended", reason),
        EventKind::Accepted { assignee } => ("03", assignee.clone(), String::new()),
        EventKind::Handed { to } => ("04", Some(to.clone()), String::new()),
        EventKind::Started => ("05", None, String::new()),
        EventKind::Refused { text, .. } => ("02", None, text.clone()),
        EventKind::Resolved { text, .. } => ("06", None, text.clone()),
        other => ("05", None, other.word().to_owned()),
    };
    Message::Status(Box::new(Status {
        from: us(courier),
        response_for: answered(courier, story, sent),
        staff: staff.unwrap_or_default(),
        code: code.to_owned(),
        description,
        at: moment(delivery.created_at),
    }))
}

fn answered(courier: &Courier, story: &Story, sent: &Delivery) -> ResponseFor {
    ResponseFor {
        organ_id: us(courier).organ_id,
        code: format!("{}/{NOTATION}", story.ticket.code),
        day: day(sent.created_at),
        document_id: sent.id.to_string(),
    }
}

/// `2026/07/24`, in Vietnam.
fn day(at: Timestamp) -> String {
    at.day().date().strftime("%Y/%m/%d").to_string()
}

/// `2026/07/24 14:05:00`, in Vietnam.
fn moment(at: Timestamp) -> String {
    let seconds = at.time_of_day() / 1_000_000;
    format!("{} {:02}:{:02}:{:02}", day(at), seconds / 3600, seconds / 60 % 60, seconds % 60)
}
