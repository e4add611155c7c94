//! The office's document system: a ticket goes there as a document with its photos, is recalled when it leaves, and what
//! happens on the desk is told by the same codes that come back from there.

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use super::{Courier, compose::Story, edxml::Message, folder, papers, webhook::judged, work::Outcome};
use crate::{
    domain::{
        clock::MINUTE,
        delivery::{Attempt, Channel, Delivery, Destination, Purpose, Stage},
        event::EventKind,
    },
    flow::Rejection,
    store::{Notice, TrackedDelivery},
};

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
        Purpose::Arrived => papers::arrival(courier, to, &claimed.delivery, story).await?,
        Purpose::Left => match earlier(courier, to, &claimed.delivery).await? {
            Some((sent, true)) => papers::recall(courier, to, &claimed.delivery, story, &sent.delivery),
            _ => return Ok(Outcome::needless("it was never sent there")),
        },
        _ => match earlier(courier, to, &claimed.delivery).await? {
            Some((sent, _)) if sent.stage == Stage::Delivered => match &story.event().kind {
                EventKind::PhotosJoined { .. } if has_them_already(&sent, story) => {
                    return Ok(Outcome::needless("they were there when it arrived"));
                }
                EventKind::PhotosJoined { photos, .. } => {
                    papers::pictures(courier, to, &claimed.delivery, story, &sent.delivery, photos).await?
                }
                _ => papers::change(courier, to, &claimed.delivery, story, &sent.delivery),
            },
            // It may have got there without these photos, and not been thanked for: then it is known there, and read no more.
            Some((sent, true))
                if matches!(sent.stage, Stage::Pending | Stage::Parked)
                    && is_of_photos(story)
                    && !has_them_already(&sent, story) =>
            {
                return Ok(Outcome::unsent("the document that the photos belong to has not been taken yet"));
            }
            _ => return Ok(Outcome::needless("what arrives there later says it already")),
        },
    };
    Ok(hand_over(courier, to, &claimed.delivery, &message).await)
}

/// Reminds the people of an office where they work.
pub async fn send_notice(courier: &Courier, to: &Destination, claimed: &TrackedDelivery, notice: &Notice) -> Outcome {
    let message = papers::notice(courier, to, &claimed.delivery, notice);
    hand_over(courier, to, &claimed.delivery, &message).await
}

/// By the way that was agreed on.
async fn hand_over(courier: &Courier, to: &Destination, delivery: &Delivery, message: &Message) -> Outcome {
    match &to.channel {
        Channel::EdxmlFolder { folder } => {
            let name = format!("{}.edxml", delivery.id);
            match folder::put(folder.into(), name, message.write()).await {
                Ok(()) => Outcome::Taken(None),
                Err(why) => Outcome::unsent(format!("cannot write into {folder}: {why}")),
            }
        }
        Channel::EdxmlPush(door) => {
            let headers = match headers(courier, to, message) {
                Ok(headers) => headers,
                Err(why) => return Outcome::unsent(why),
            };
            let now = courier.flow.clock.now();
            judged(courier.outside.post(door, headers, message.write().into_bytes(), now).await)
        }
        _ => Outcome::needless("this channel carries no documents"),
    }
}

fn headers(courier: &Courier, to: &Destination, message: &Message) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    let from = papers::us(courier).organ_id;
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

fn is_of_photos(story: &Story) -> bool {
    matches!(story.event().kind, EventKind::PhotosJoined { .. })
}

/// Whether the arrival was written well after these photos had joined, so that it carries them. In between the two they
/// are sent twice rather than never.
fn has_them_already(sent: &TrackedDelivery, story: &Story) -> bool {
    sent.first_at.is_some_and(|first| first.since(story.event().at) > MINUTE)
}
