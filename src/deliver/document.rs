//! The office's document system: a ticket goes there as a document with its photos, is recalled when it leaves, and what
//! happens on the desk is told by the same codes that come back from there.

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use super::{
    Courier,
    compose::Story,
    edxml::{Agency, Attachment, Business, Document, Message, ResponseFor, Status},
    folder, texts,
    webhook::judged,
    work::Outcome,
};
use crate::{
    domain::{
        clock::{MINUTE, Timestamp},
        delivery::{Attempt, Channel, Delivery, Destination, Purpose, Stage},
        event::EventKind,
        ids::PhotoId,
        office::Office,
        photo::Photo,
        report::Whereabouts,
    },
    flow::{Rejection, view::office_ref},
    store::TrackedDelivery,
};

/// The notation of every document's number.
const NOTATION: &str = "PAHT";

/// Tells a document system.
pub async fn send(
    courier: &Courier,
    to: &Destination,
    claimed: &TrackedDelivery,
    story: &Story,
) -> Result<Outcome, Rejection> {
    let message = match claimed.delivery.purpose {
        Purpose::Arrived if to.office.as_ref() != Some(&story.ticket.office) => {
            return Ok(Outcome::needless("the ticket has left before it was sent"));
        }
        Purpose::Arrived if !story.ticket.state.is_open() => {
            return Ok(Outcome::needless("the ticket has ended before it was sent"));
        }
        Purpose::Arrived => arrival(courier, to, &claimed.delivery, story).await?,
        Purpose::Left => match earlier(courier, to, &claimed.delivery).await? {
            Some((sent, true)) => recall(courier, to, &claimed.delivery, story, &sent.delivery),
            _ => return Ok(Outcome::needless("it was never sent there")),
        },
        _ => match earlier(courier, to, &claimed.delivery).await? {
            Some((sent, _)) if sent.stage == Stage::Delivered => match &story.event().kind {
                EventKind::PhotosJoined { .. } if has_them_already(&sent, story) => {
                    return Ok(Outcome::needless("they were there when it arrived"));
                }
                EventKind::PhotosJoined { photos, .. } => {
                    pictures(courier, to, &claimed.delivery, story, &sent.delivery, photos).await?
                }
                _ => change(courier, to, &claimed.delivery, story, &sent.delivery),
            },
            _ => return Ok(Outcome::needless("what arrives there later says it already")),
        },
    };
    Ok(match &to.channel {
        Channel::EdxmlFolder { folder } => {
            let name = format!("{}.edxml", claimed.delivery.id);
            match folder::put(folder.into(), name, message.write()).await {
                Ok(()) => Outcome::Taken(None),
                Err(why) => Outcome::unsent(format!("cannot write into {folder}: {why}")),
            }
        }
        Channel::EdxmlPush(door) => {
            let headers = match headers(courier, to, &message) {
                Ok(headers) => headers,
                Err(why) => return Ok(Outcome::unsent(why)),
            };
            let now = courier.flow.clock.now();
            judged(courier.outside.post(door, headers, message.write().into_bytes(), now).await)
        }
        _ => Outcome::needless("this channel carries no documents"),
    })
}

fn headers(courier: &Courier, to: &Destination, message: &Message) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    let from = us(courier).organ_id;
    for (name, value) in [("from", from.as_str()), ("servicetype", "eDoc"), ("messagetype", message.word())] {
        let value = HeaderValue::from_str(value).map_err(|_| format!("{name} cannot be a header"))?;
        headers.insert(HeaderName::from_static(name), value);
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/xml; charset=utf-8"));
    if let Some(sealed) = &to.credential {
        let token = courier.flow.vault.open_credential(sealed, to.id).ok_or("the token cannot be opened")?;
        let bearer = HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| "the token cannot be a header")?;
        headers.insert(AUTHORIZATION, bearer);
    }
    Ok(headers)
}

/// The document with which a ticket came to a system last, before this delivery, and whether it may have got there.
async fn earlier(
    courier: &Courier,
    to: &Destination,
    delivery: &Delivery,
) -> Result<Option<(TrackedDelivery, bool)>, Rejection> {
    let Some(ticket) = delivery.ticket else { return Ok(None) };
    let all = courier.flow.store.deliveries_of_ticket(&courier.flow.center_id(), ticket).await?;
    let got_there = |attempts: &[Attempt]| attempts.iter().any(|one| one.outcome.as_deref() != Some("cancelled"));
    let arrivals = all.into_iter().map(|(tracked, attempts)| (tracked, got_there(&attempts)));
    let arrivals = arrivals.filter(|(tracked, _)| {
        let arrival = &tracked.delivery;
        arrival.destination == to.id && arrival.purpose == Purpose::Arrived && arrival.created_at <= delivery.created_at
    });
    Ok(arrivals.max_by_key(|(tracked, _)| tracked.delivery.created_at))
}

/// The centre, by the id that its desk has in the document systems.
fn us(courier: &Courier) -> Agency {
    let centre = courier.flow.centre();
    centre.routes.office(centre.routes.desk()).map_or_else(Agency::default, agency)
}

fn agency(office: &Office) -> Agency {
    let organ_id = if office.organ_id.is_empty() { office.id.to_string() } else { office.organ_id.clone() };
    Agency { organ_id, name: office.name.vi.clone(), email: office.email.clone(), telephone: office.phone.clone() }
}

fn them(story: &Story, to: &Destination) -> Agency {
    to.office.as_ref().and_then(|id| story.centre.office(id)).map_or_else(Agency::default, agency)
}

fn blank(courier: &Courier, to: &Destination, delivery: &Delivery, story: &Story) -> Document {
    let now = courier.flow.clock.now();
    Document {
        from: us(courier),
        to: vec![them(story, to)],
        id: delivery.id.to_string(),
        number: story.ticket.code.to_string(),
        notation: NOTATION.to_owned(),
        place: "Điện Biên".to_owned(),
        day: day(delivery.created_at),
        subject: String::new(),
        content: String::new(),
        signer: "Hệ thống điều hành".to_owned(),
        due: Some(day(story.ticket.resolve_by)),
        urgent: story.ticket.urgent,
        responses: vec![],
        sent: moment(now),
        business: Business::New,
        business_of: None,
        reason: String::new(),
        attachments: vec![],
    }
}

async fn arrival(
    courier: &Courier,
    to: &Destination,
    delivery: &Delivery,
    story: &Story,
) -> Result<Message, Rejection> {
    let mut document = blank(courier, to, delivery, story);
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

/// Whether the arrival was written well after these photos had joined, so that it carries them. In between the two they
/// are sent twice rather than never.
fn has_them_already(sent: &TrackedDelivery, story: &Story) -> bool {
    sent.first_at.is_some_and(|first| first.since(story.event().at) > MINUTE)
}

/// Photos that joined after the report had arrived there.
async fn pictures(
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
    let mut document = blank(courier, to, delivery, story);
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
    if report.share_contact
        && let Some(contact) = super::spread::contact_of(&courier.flow, report.id).await?
    {
        let given = [&contact.name, &contact.phone, &contact.email];
        let given: Vec<String> = given.into_iter().flatten().map(ToString::to_string).collect();
        lines.push(format!("Người gửi (đồng ý cho biết): {}", given.join(", ")));
    }
    Ok(lines.join("\n"))
}

fn recall(courier: &Courier, to: &Destination, delivery: &Delivery, story: &Story, sent: &Delivery) -> Message {
    let mut document = blank(courier, to, delivery, story);
    document.subject = texts::say("document_recall", &[("code", &story.ticket.code.to_string())]).vi;
    document.due = None;
    document.business = Business::Revoke;
    document.business_of = Some(sent.id.to_string());
    document.reason.clone_from(&document.subject);
    document.responses = vec![answered(courier, story, sent)];
    Message::Document(Box::new(document))
}

/// What happened on the desk: as a status, or as an update with the citizen's words.
fn change(courier: &Courier, to: &Destination, delivery: &Delivery, story: &Story, sent: &Delivery) -> Message {
    let (code, staff, description) = match &story.event().kind {
        EventKind::Replied { text, .. } => {
            let mut document = update(courier, to, delivery, story, sent, "document_reply");
            document.content.clone_from(text);
            return Message::Document(Box::new(document));
        }
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
