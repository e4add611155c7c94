//! Letters, taken by a real SMTP server of the suite's own.

use ioc::domain::delivery::{Audience, Stage};

pub use crate::smtp::PostOffice;
use crate::{
    support::Stage as Database,
    town::{Town, WEST, center},
};

on_every_store! {
    an_office_gets_a_letter_for_a_new_ticket_and_no_data_in_it,
    a_mail_server_that_refuses_for_now_is_tried_again,
    people_are_told_of_a_dead_system_by_letter_and_once,
}

async fn an_office_gets_a_letter_for_a_new_ticket_and_no_data_in_it(stage: Database) {
    let town = Town::new(&stage).await;
    let office = PostOffice::start().await;
    town.add(Some(WEST), Audience::Office, office.channel(Some("xa.tay@dienbien.example"))).await;
    let id = town.report().await;
    town.accept(id).await;
    town.round().await;
    let letters = office.take();
    assert_eq!(letters.len(), 1, "one for each ticket, not one for each event");
    let code = town.ticket(id).await.code.to_string();
    assert_eq!(letters[0].to, ["xa.tay@dienbien.example"]);
    let delivery = town.deliveries(id).await.remove(0).delivery.id;
    assert_eq!(letters[0].header("Message-ID"), Some(format!("<{delivery}@dienbien.example>").as_str()));
    assert!(letters[0].body.contains(&code) && letters[0].body.contains(&format!("https://tra-cuu.vn/{code}")));
    assert!(!letters[0].body.contains("Đường hỏng"));
}

async fn a_mail_server_that_refuses_for_now_is_tried_again(stage: Database) {
    let town = Town::new(&stage).await;
    let office = PostOffice::start().await;
    town.add(Some(WEST), Audience::Office, office.channel(Some("xa.tay@dienbien.example"))).await;
    office.refuse(true);
    let id = town.report().await;
    town.round().await;
    assert_eq!(town.stages(id).await, [Stage::Pending]);
    assert_eq!(town.seen(WEST, id).await.deliveries[0].attempts[0].status, Some(450));
    office.refuse(false);
    town.minutes_pass(1);
    town.round().await;
    assert_eq!((office.take().len(), town.stages(id).await), (1, vec![Stage::Delivered]));
}

async fn people_are_told_of_a_dead_system_by_letter_and_once(stage: Database) {
    let town = Town::new(&stage).await;
    let (province, commune) = (PostOffice::start().await, PostOffice::start().await);
    town.add(None, Audience::Office, province.channel(Some("tinh@dienbien.example"))).await;
    town.add(Some(WEST), Audience::Office, commune.channel(Some("xa.tay@dienbien.example"))).await;
    let dead = town.webhook(Some(WEST), "http://127.0.0.1:9/").await.id;
    town.report().await;
    for _ in 0..30 {
        town.round().await;
        town.minutes_pass(5);
    }
    assert_eq!(town.notices().await, ["destination_failing"]);
    assert_eq!((province.take().len(), commune.take().len()), (1, 2), "the office has its new ticket too");
    assert!(town.app.flow.store.remove_destination(&center(), dead, town.clock.now()).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_anybody_writes_becomes_a_header_or_a_second_reader() {
    let stage = Database::sqlite().await;
    let town = Town::new(&stage).await;
    let office = PostOffice::start().await;
    town.add(None, Audience::Citizen, office.channel(None)).await;
    for evil in ["a@b.vn\r\nBcc: c@d.vn", "a@b.vn, c@d.vn", "a@b.vn>\nRCPT TO:<c@d.vn", "\"x\r\nBcc: c@d.vn\" <a@b.vn>"]
    {
        let id = town.report_with(serde_json::json!({"contact": {"email": evil}}), vec![]).await;
        town.accept(id).await;
    }
    town.round().await;
    for letter in office.take() {
        assert_eq!(letter.to, ["a@b.vn"], "{letter:?}");
        assert!(letter.header("Bcc").is_none() && letter.header("Cc").is_none(), "{letter:?}");
    }
}
