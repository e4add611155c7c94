//! A gateway for short messages (SMS, Zalo): one HTTP request with a body of the operator's own making.

use std::fmt::Write;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use super::{
    Courier,
    compose::Story,
    webhook::{is_overtaken, judged, message},
    work::Outcome,
};
use crate::{
    domain::{
        delivery::{BodyType, Destination, Gateway},
        template::fill,
    },
    flow::view::office_ref,
    store::TrackedDelivery,
};

/// Tells the sender of a report, by telephone.
pub async fn send(
    courier: &Courier,
    to: &Destination,
    gateway: &Gateway,
    claimed: &TrackedDelivery,
    story: &Story,
) -> Outcome {
    let event = story.event();
    if is_overtaken(story) {
        return Outcome::needless("newer news is on its way");
    }
    let contact = match story.sender(&courier.flow).await {
        Ok(contact) => contact,
        Err(outcome) => return outcome,
    };
    let Some(phone) = contact.phone.and_then(|phone| digits(phone.as_str())) else {
        return Outcome::needless("the sender cannot be reached by telephone");
    };
    let code = story.ticket.code.to_string();
    let link = gateway.link.as_deref().map(|link| fill(link, &[("code", &code)])).unwrap_or_default();
    let text = message(story, event).vi;
    let text = if link.is_empty() { text } else { format!("{text} {link}") };
    let blanks = [
        ("phone", phone.clone()),
        ("phone84", abroad(&phone)),
        ("text", text),
        ("code", code),
        ("status", story.ticket.state.as_str().to_owned()),
        ("office", office_ref(&story.centre, &story.ticket.office).name.vi),
        ("link", link),
        ("id", claimed.delivery.id.to_string()),
    ];
    let escaped: Vec<(&str, String)> =
        blanks.iter().map(|(blank, value)| (*blank, escape(value, gateway.media_type))).collect();
    let pairs: Vec<(&str, &str)> = escaped.iter().map(|(blank, value)| (*blank, value.as_str())).collect();
    let headers = match headers(courier, to, gateway) {
        Ok(headers) => headers,
        Err(why) => return Outcome::unsent(why),
    };
    let body = fill(&gateway.body, &pairs).into_bytes();
    match courier.outside.post(&gateway.door, headers, body, courier.flow.clock.now()).await {
        Ok(reply) if (200..300).contains(&reply.status) && !is_success(gateway, &reply.body) => Outcome::Failed {
            status: Some(reply.status.into()),
            detail: String::from_utf8_lossy(&reply.body).chars().filter(|it| !it.is_control()).take(200).collect(),
            retry_after: reply.retry_after,
            unsure: false,
        },
        // What a person has given as a number says nothing of the gateway.
        Ok(reply) if matches!(reply.status, 400 | 422) => {
            Outcome::needless(&format!("the gateway does not take it: {}", reply.status))
        }
        answer => judged(answer),
    }
}

fn is_success(gateway: &Gateway, body: &[u8]) -> bool {
    gateway.success.as_deref().is_none_or(|expected| String::from_utf8_lossy(body).contains(expected))
}

fn headers(courier: &Courier, to: &Destination, gateway: &Gateway) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    headers.insert(
        CONTENT_TYPE,
        match gateway.media_type {
            BodyType::Json => HeaderValue::from_static("application/json"),
            BodyType::Form => HeaderValue::from_static("application/x-www-form-urlencoded"),
        },
    );
    if let (Some(name), Some(sealed)) = (&gateway.header, &to.credential) {
        let token = courier.flow.vault.open_credential(sealed, to.id).ok_or("the token cannot be opened")?;
        let name = HeaderName::try_from(name.as_str()).map_err(|why| why.to_string())?;
        let mut value = HeaderValue::try_from(token).map_err(|_| "the token cannot be a header".to_owned())?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

fn escape(value: &str, into: BodyType) -> String {
    match into {
        // The quotes stand in the template.
        BodyType::Json => {
            let quoted = serde_json::Value::from(value).to_string();
            quoted[1..quoted.len() - 1].to_owned()
        }
        BodyType::Form => value.bytes().fold(String::new(), |mut out, byte| {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                out.push(char::from(byte));
            } else {
                let _ = write!(out, "%{byte:02X}");
            }
            out
        }),
    }
}

/// The digits of a telephone number in Vietnam, with the leading zero; None where they are none.
fn digits(phone: &str) -> Option<String> {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    let home = match digits.strip_prefix("84") {
        Some(rest) if digits.len() >= 11 => format!("0{rest}"),
        _ => digits,
    };
    (home.starts_with('0') && (9..=12).contains(&home.len())).then_some(home)
}

fn abroad(home: &str) -> String {
    format!("84{}", home.trim_start_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_telephone_number_is_read_however_it_is_written() {
        for written in ["0912 345 678", "+84 912.345.678", "84912345678"] {
            assert_eq!(digits(written).as_deref(), Some("0912345678"), "{written}");
        }
        assert_eq!(abroad("0912345678"), "84912345678");
        assert_eq!(digits("nhà bà Sùng"), None);
    }

    #[test]
    fn a_value_cannot_leave_its_place_in_the_body() {
        assert_eq!(escape("a\"},\"to\":\"0999", BodyType::Json), "a\\\"},\\\"to\\\":\\\"0999");
        assert_eq!(escape("a&to=0999 ệ", BodyType::Form), "a%26to%3D0999%20%E1%BB%87");
    }
}
