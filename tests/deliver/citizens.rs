//! The sender of a report is told what changes: at most once for each change, and nothing of anybody else.

use std::sync::Arc;

use ioc::{
    domain::{
        delivery::{Audience, Channel, Stage},
        ticket::State,
    },
    flow::{follow::Word, handle::Act},
};
use serde_json::json;
use tokio::sync::Notify;

use crate::{
    post_office::PostOffice,
    receiver::{Receiver, Reply},
    support::Stage as Database,
    town::{Town, WEST, door, gateway, words},
};

on_every_store! {
    each_change_of_status_is_told_once_by_the_way_that_was_given,
    the_own_doings_and_what_is_overtaken_are_not_told,
    who_is_asked_can_answer_and_the_ticket_goes_on,
    a_message_that_may_have_arrived_is_not_repeated,
    a_gateway_that_says_no_with_200_is_tried_again,
    the_senders_of_duplicates_are_told_of_the_answer_under_their_own_number,
}

const BODY: &str = r#"{"to": "{phone84}", "msg": "{text}", "ref": "{id}"}"#;

/// An SMS gateway that takes everything.
async fn sms() -> Receiver {
    let receiver = Receiver::start().await;
    receiver.always(Some(Reply::Body(200, r#"{"result": "ok"}"#.into())));
    receiver
}

async fn each_change_of_status_is_told_once_by_the_way_that_was_given(stage: Database) {
    let town = Town::new(&stage).await;
    let (sms, letters, app) = (sms().await, PostOffice::start().await, Receiver::start().await);
    town.add_with(None, Audience::Citizen, gateway(&sms.url, BODY), Some("s3cret")).await;
    town.add(None, Audience::Citizen, letters.channel(None)).await;
    let secret = town.add(None, Audience::Citizen, Channel::Webhook(door(&app.url))).await.secret.unwrap();
    let both = json!({"contact": {"name": "Vàng A Sùng", "phone": "+84 912 345 678", "email": "sung@example.vn"}});
    let (by_phone, nobody) = (town.report_with(both, vec![]).await, town.report().await);
    let by_letter = town.report_with(json!({"contact": {"email": "lo@example.vn"}}), vec![]).await;
    town.round().await;
    assert_eq!((sms.count(), letters.take().len(), app.count()), (0, 0, 0), "the receipt has said it");
    for id in [by_phone, by_letter, nobody] {
        town.accept(id).await;
    }
    town.round().await;
    town.round().await;
    let (told, sent, pushed) = (sms.take(), letters.take(), app.take());
    assert_eq!((told.len(), sent.len(), pushed.len()), (1, 1, 3), "one way to a person, and the app");
    let code = town.ticket(by_phone).await.code.to_string();
    assert_eq!(told[0].json()["to"], "84912345678");
    let text = told[0].json()["msg"].as_str().unwrap().to_owned();
    assert!(text.starts_with(&format!("Phản ánh {code}")) && text.ends_with(&format!("https://tra-cuu.vn/{code}")));
    assert_eq!(told[0].header("x-token"), "s3cret");
    assert_eq!(sent[0].to, ["lo@example.vn"]);
    assert!(pushed[0].is_signed_with(&secret));
    for body in pushed.iter().map(crate::receiver::Came::text).chain([text, sent[0].body.clone()]) {
        for private in ["Sùng", "912 345", "0912", "@example.vn", "Đường hỏng"] {
            assert!(!body.contains(private), "{private} is in {body}");
        }
    }
    town.resolve(WEST, by_phone).await;
    town.round().await;
    assert_eq!((sms.take().len(), app.take().len()), (1, 1));
}

async fn the_own_doings_and_what_is_overtaken_are_not_told(stage: Database) {
    let town = Town::new(&stage).await;
    let sms = sms().await;
    town.add(None, Audience::Citizen, gateway(&sms.url, BODY)).await;
    let contact = json!({"contact": {"phone": "0912345678"}});
    let id = town.report_with(contact.clone(), vec![]).await;
    town.accept(id).await;
    town.act(WEST, id, Act::Start).await.unwrap();
    town.resolve(WEST, id).await;
    town.round().await;
    let told = sms.take();
    assert_eq!(told.len(), 1, "three changes before a message could go: the last one is told");
    assert!(told[0].text().contains("đã xử lý xong"));
    town.citizen_says(id, Word::Confirm).await;
    let other = town.report_with(contact, vec![]).await;
    town.citizen_says(other, Word::Withdraw).await;
    town.round().await;
    assert_eq!(sms.count(), 0);
}

async fn who_is_asked_can_answer_and_the_ticket_goes_on(stage: Database) {
    let town = Town::new(&stage).await;
    let sms = sms().await;
    town.add(None, Audience::Citizen, gateway(&sms.url, BODY)).await;
    let id = town.report_with(json!({"contact": {"phone": "0912345678"}}), vec![]).await;
    town.accept(id).await;
    town.act(WEST, id, Act::Wait(words("Nhà bà Mỷ ở đâu?"))).await.unwrap();
    town.round().await;
    let told = sms.take();
    assert_eq!(told.len(), 1);
    assert!(told[0].text().contains("cần hỏi thêm") && !told[0].text().contains("bà Mỷ"));
    town.citizen_says(id, Word::Reply(words("Cạnh cầu"))).await;
    assert_eq!(town.ticket(id).await.state, State::Accepted);
    town.resolve(WEST, id).await;
    town.round().await;
    assert_eq!(sms.take().len(), 1);
}

async fn a_message_that_may_have_arrived_is_not_repeated(stage: Database) {
    let town = Town::new(&stage).await;
    let sms = sms().await;
    town.add(None, Audience::Citizen, gateway(&sms.url, BODY)).await;
    let contact = json!({"contact": {"phone": "0912345678"}});
    sms.next([Reply::Hang(Arc::new(Notify::new()))]);
    let id = town.report_with(contact.clone(), vec![]).await;
    town.accept(id).await;
    town.round().await;
    assert_eq!(town.stages(id).await, [Stage::Cancelled]);
    sms.take();
    sms.next([Reply::Status(500)]);
    let other = town.report_with(contact, vec![]).await;
    town.accept(other).await;
    for _ in 0..3 {
        town.round().await;
        town.minutes_pass(2);
    }
    assert_eq!(town.stages(other).await, [Stage::Delivered], "what was refused did not arrive, and is sent again");
    assert_eq!(sms.count(), 2);
}

async fn a_gateway_that_says_no_with_200_is_tried_again(stage: Database) {
    let town = Town::new(&stage).await;
    let sms = sms().await;
    town.add(None, Audience::Citizen, gateway(&sms.url, BODY)).await;
    sms.next([Reply::Body(200, r#"{"result": "hết hạn mức"}"#.into())]);
    let id = town.report_with(json!({"contact": {"phone": "0912345678"}}), vec![]).await;
    town.accept(id).await;
    town.round().await;
    assert_eq!(town.stages(id).await, [Stage::Pending]);
    town.minutes_pass(1);
    town.round().await;
    assert_eq!(town.stages(id).await, [Stage::Delivered]);
    assert_eq!(sms.came()[0].json()["ref"], sms.came()[1].json()["ref"]);
}

async fn the_senders_of_duplicates_are_told_of_the_answer_under_their_own_number(stage: Database) {
    let town = Town::new(&stage).await;
    let sms = sms().await;
    town.add(None, Audience::Citizen, gateway(&sms.url, BODY)).await;
    let main = town.report_with(json!({"contact": {"phone": "0911111111"}}), vec![]).await;
    let duplicate = town.report_with(json!({"contact": {"phone": "0922222222"}}), vec![]).await;
    town.act(WEST, duplicate, Act::Merge(main)).await.unwrap();
    town.accept(main).await;
    town.round().await;
    sms.take();
    town.resolve(WEST, main).await;
    town.round().await;
    let mut told: Vec<(String, String)> = sms
        .take()
        .iter()
        .map(|one| (one.json()["to"].as_str().unwrap().to_owned(), one.json()["msg"].as_str().unwrap().to_owned()))
        .collect();
    told.sort();
    assert_eq!(told.len(), 2);
    for ((to, text), (phone, own, other)) in
        told.iter().zip([("84911111111", main, duplicate), ("84922222222", duplicate, main)])
    {
        let (own, other) = (town.ticket(own).await.code.to_string(), town.ticket(other).await.code.to_string());
        assert_eq!(to, phone);
        assert!(text.contains(&own) && !text.contains(&other) && text.contains("đã xử lý xong"), "{text}");
    }
}
