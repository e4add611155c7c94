//! Standard Webhooks 1.0: JSON, signed by HMAC-SHA256 over `id.timestamp.body`.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{Courier, compose::Story, outside::Silence, spread::is_news, texts, work::Outcome};
use crate::{
    domain::{
        clock::Timestamp,
        delivery::{Audience, Destination, Door},
        event::{Event, EventKind},
        ticket::Ticket,
    },
    flow::view::{HistoryEntry, TicketView, office_ref},
    store::{Notice, QueueItem, TrackedDelivery},
};

/// Tells an event to a system.
pub async fn send(
    courier: &Courier,
    to: &Destination,
    door: &Door,
    claimed: &TrackedDelivery,
    story: &Story,
) -> Outcome {
    let event = story.event();
    let body = match to.audience {
        Audience::Office => for_office(to, story, event),
        Audience::Citizen if is_overtaken(story) => return Outcome::needless("newer news is on its way"),
        Audience::Citizen => for_citizen(story, event),
    };
    post(courier, to, door, claimed, &body).await
}

/// Tells a notice to a system of the centre or of an office.
pub async fn send_notice(
    courier: &Courier,
    to: &Destination,
    door: &Door,
    claimed: &TrackedDelivery,
    notice: &Notice,
) -> Outcome {
    let data = json!({"kind": notice.kind, "office": notice.office, "message": notice.text});
    post(courier, to, door, claimed, &json!({"type": "notice", "timestamp": notice.at, "data": data})).await
}

/// An office that has the ticket no longer is told where it went, and no more.
fn for_office(to: &Destination, story: &Story, event: &Event) -> Value {
    let Ticket { office, about, id, code, .. } = &story.ticket;
    let own = to.office.as_ref().is_none_or(|own| own == office);
    let data = if own {
        let item = QueueItem { ticket: story.ticket.clone(), report: story.report.clone() };
        json!({"ticket": TicketView::new(&story.centre, item, event.at), "event": HistoryEntry::from(event)})
    } else {
        json!({"ticket": {"id": id, "code": code, "office": office_ref(&story.centre, office)}, "moved": true})
    };
    debug_assert!(to.office.is_none() || to.office != *about);
    json!({"type": format!("ticket.{}", event.kind.word()), "timestamp": event.at, "data": data})
}

/// The province's app is told number and state; it knows whose the report is.
fn for_citizen(story: &Story, event: &Event) -> Value {
    let status = story.ticket.state;
    let message = message(story, event);
    let data = json!({"code": story.ticket.code, "status": status, "event": event.kind.word(), "message": message});
    json!({"type": "report.status_changed", "timestamp": event.at, "data": data})
}

/// Whether something newer is told to the sender: old news is not sent after it.
pub fn is_overtaken(story: &Story) -> bool {
    story.later().iter().any(is_news)
}

/// The line for the sender: no word of anybody's stands in it.
pub fn message(story: &Story, event: &Event) -> crate::domain::names::Names {
    let office = office_ref(&story.centre, &story.ticket.office).name;
    let until = match &event.kind {
        EventKind::Waiting { until, .. } => until.vietnam(),
        _ => String::new(),
    };
    texts::say(
        event.kind.word(),
        &[("code", &story.ticket.code.to_string()), ("office", &office.vi), ("until", &until)],
    )
}

async fn post(courier: &Courier, to: &Destination, door: &Door, claimed: &TrackedDelivery, body: &Value) -> Outcome {
    let now = courier.flow.clock.now();
    let body = body.to_string();
    let id = claimed.delivery.id.to_string();
    let keys = secrets(courier, to, now);
    let mut headers = HeaderMap::new();
    let signed = signatures(&keys, &id, now, &body);
    let pairs = [("webhook-id", id), ("webhook-timestamp", seconds(now).to_string()), ("webhook-signature", signed)];
    for (name, value) in pairs {
        let Ok(value) = HeaderValue::try_from(value) else { return Outcome::unsent("a header cannot be written") };
        headers.insert(HeaderName::from_static(name), value);
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    judged(courier.outside.post(door, headers, body.into_bytes(), now).await)
}

/// What an answer means: 2xx is taken, 410 wants no more, everything else is tried again.
pub fn judged(answer: Result<super::outside::Reply, Silence>) -> Outcome {
    match answer {
        Ok(reply) if (200..300).contains(&reply.status) => Outcome::Taken(Some(reply.status.into())),
        Ok(reply) if reply.status == 410 => Outcome::Gone,
        Ok(reply) => {
            let detail = if (300..400).contains(&reply.status) {
                "it redirects, which is not followed: set the address that it names".to_owned()
            } else {
                let said = String::from_utf8_lossy(&reply.body);
                said.chars().filter(|letter| !letter.is_control()).take(200).collect()
            };
            let status = Some(reply.status.into());
            Outcome::Failed { status, detail, retry_after: reply.retry_after, unsure: false }
        }
        Err(silence) => {
            let unsure = matches!(silence, Silence::Unanswered(_));
            Outcome::Failed { status: None, detail: silence.to_string(), retry_after: None, unsure }
        }
    }
}

/// The secrets in force; while the overlap of a rotation lasts, the one before too.
fn secrets(courier: &Courier, to: &Destination, now: Timestamp) -> Vec<[u8; 32]> {
    let before = to.secret_overlap.filter(|until| now < *until && to.secret > 1).map(|_| to.secret - 1);
    let numbers = std::iter::once(to.secret).chain(before);
    numbers.map(|number| courier.flow.vault.signing_secret(to.id, number)).collect()
}

fn seconds(at: Timestamp) -> i64 {
    at.0.div_euclid(1_000_000)
}

fn signatures(keys: &[[u8; 32]], id: &str, at: Timestamp, body: &str) -> String {
    let signed = format!("{id}.{}.{body}", seconds(at));
    let sign = |key: &[u8; 32]| {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
        mac.update(signed.as_bytes());
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    };
    keys.iter().map(sign).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification_is_signed_as_it_says() {
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        let (id, at, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        mac.update(format!("{id}.{at}.{body}").as_bytes());
        let expected = "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(STANDARD.encode(mac.finalize().into_bytes()), expected);
        let ours = signatures(&[[7; 32], [8; 32]], id, Timestamp(at * 1_000_000 + 999_999), body);
        assert_eq!(ours.split(' ').filter(|one| one.starts_with("v1,")).count(), 2);
    }
}
