//! People are told where they are: of tickets that nobody acts on, of systems that are dead, of what is about to end.

use ioc::{
    domain::{
        clock::{DAY, HOUR, MINUTE},
        delivery::Audience,
    },
    store::{Notice, Store},
};
use serde_json::json;

use crate::{
    document_system::DocumentSystem,
    post_office::PostOffice,
    receiver::{Came, Receiver, Reply},
    support::Stage as Database,
    town::{Town, WEST, center},
};

on_every_store! {
    an_office_that_only_reads_documents_is_reminded_there,
    where_the_approval_has_ended_or_the_system_is_dead_the_centre_is_told_beside,
    an_office_hears_of_calm_tickets_once_an_hour_and_of_urgent_ones_at_once,
    a_dead_system_is_reported_to_the_leader_and_then_above_and_its_tickets_stay_fetchable,
    who_is_the_only_one_to_hear_is_told_of_its_own_failing_once_it_hears_again,
    people_are_told_sixty_thirty_and_seven_days_before_the_calendar_ends,
    an_approval_that_ends_is_told_to_office_and_province_each_step_once,
    two_hundred_tickets_that_cannot_be_dealt_with_hide_no_other,
}

async fn of_kind(town: &Town, kind: &str) -> Vec<Notice> {
    let mut all = town.app.flow.store.notices(&center(), 1_000).await.unwrap();
    all.retain(|notice| notice.kind == kind);
    all.reverse();
    all
}

async fn tick(town: &Town) {
    town.app.tick().await.unwrap();
    town.round().await;
}

async fn an_office_that_only_reads_documents_is_reminded_there(stage: Database) {
    let town = Town::new(&stage).await;
    let mut system = DocumentSystem::push(&town, WEST).await;
    let id = town.report().await;
    tick(&town).await;
    system.read();
    assert!(system.reminders().is_empty());
    let ticket = town.ticket(id).await;
    town.clock.set(ticket.accept_by);
    tick(&town).await;
    system.read();
    let [reminder] = system.reminders()[..] else { panic!("{:?}", system.reminders()) };
    assert!(reminder.content.contains(&ticket.code.to_string()), "{}", reminder.content);
    assert!(!reminder.content.contains("Đường hỏng"), "no word of anybody");
    let reminder = reminder.clone();
    // A word on a reminder is noted and moves nothing; the ticket is settled by its own document.
    let said = system.status(&reminder, "01", "", "");
    system.say(&town, &said).await;
    let said = system.status(&reminder, "03", "", "");
    system.say(&town, &said).await;
    assert_eq!(town.ticket(id).await.accepted_at, None);
}

async fn where_the_approval_has_ended_or_the_system_is_dead_the_centre_is_told_beside(stage: Database) {
    let town = Town::new(&stage).await;
    let system = DocumentSystem::push(&town, WEST).await;
    let letters = PostOffice::start().await;
    town.add(None, Audience::Office, letters.channel(Some("tinh@dienbien.example"))).await;
    let first = town.report().await;
    town.clock.set(town.ticket(first).await.accept_by);
    tick(&town).await;
    assert_eq!(letters.take().len(), 0, "the office hears of it where it works");

    let (store, office) = (&town.app.flow.store, WEST.parse().unwrap());
    let reminded = system.receiver().count();
    store.approve(&center(), Some(&office), town.clock.now(), town.clock.now()).await.unwrap();
    // Four working hours later the leader's rung is due.
    town.minutes_pass(6 * 60 + 1);
    tick(&town).await;
    let told: Vec<String> = letters.take().into_iter().map(|letter| letter.body).collect();
    let code = town.ticket(first).await.code.to_string();
    assert!(told.iter().any(|text| text.contains(&code)), "somebody is reached: {told:?}");
    assert_eq!(system.receiver().count(), reminded, "and nothing is pushed");
}

async fn an_office_hears_of_calm_tickets_once_an_hour_and_of_urgent_ones_at_once(stage: Database) {
    let town = Town::new(&stage).await;
    let receiver = Receiver::start().await;
    town.webhook(Some(WEST), &receiver.url).await;
    let mut calm = vec![];
    for _ in 0..3 {
        calm.push(town.ticket(town.report().await).await);
        town.minutes_pass(10);
    }
    for ticket in &calm {
        town.clock.set(ticket.accept_by);
        tick(&town).await;
        tick(&town).await;
    }
    let notices = of_kind(&town, "escalation").await;
    assert_eq!(notices.len(), 1, "three tickets in twenty minutes: {notices:?}");
    assert!(notices[0].text.vi.contains(&calm[0].code.to_string()), "{}", notices[0].text.vi);
    town.clock.set(calm[0].accept_by.plus(HOUR));
    tick(&town).await;
    let notices = of_kind(&town, "escalation").await;
    assert_eq!(notices.len(), 2, "the other two in one");
    assert!(notices[1].text.vi.contains('2'), "{}", notices[1].text.vi);
    let told = receiver.came().iter().filter(|came| came.json()["type"] == "notice").count();
    assert_eq!(told, 2);

    let urgent = town.report_with(json!({"category": "sat_lo"}), vec![]).await;
    let by = town.ticket(urgent).await.accept_by;
    for minutes in [0, 15] {
        town.clock.set(by.plus(minutes * MINUTE));
        tick(&town).await;
    }
    let mut at = of_kind(&town, "escalation_urgent").await;
    at.retain(|notice| notice.office.is_some());
    assert_eq!(at.iter().map(|notice| notice.at).collect::<Vec<_>>(), [by, by.plus(15 * MINUTE)]);
}

async fn a_dead_system_is_reported_to_the_leader_and_then_above_and_its_tickets_stay_fetchable(stage: Database) {
    let town = Town::new(&stage).await;
    let (receiver, letters) = (Receiver::start().await, PostOffice::start().await);
    town.webhook(Some(WEST), &receiver.url).await;
    town.add(None, Audience::Office, letters.channel(Some("tinh@dienbien.example"))).await;
    receiver.always(Some(Reply::Status(503)));
    let id = town.report().await;
    for _ in 0..13 * 2 {
        tick(&town).await;
        town.minutes_pass(30);
    }
    let notices = of_kind(&town, "escalation_destination").await;
    let told: Vec<Option<&str>> =
        notices.iter().map(|notice| notice.office.as_ref().map(ioc::domain::ids::OfficeId::as_str)).collect();
    assert_eq!(told, [Some(WEST), None], "the leader after six hours, the province after twelve, each once");
    let since = notices[1].at.since(notices[0].at);
    assert!((5 * HOUR..=7 * HOUR).contains(&since), "{since}");
    let said: Vec<String> = letters.take().into_iter().map(|letter| letter.body).collect();
    assert_eq!(said.iter().filter(|text| text.contains("webhook")).count(), 3, "in its stead: {said:?}");
    receiver.always(None);
    town.minutes_pass(30);
    tick(&town).await;
    let own = receiver.came().iter().filter(|came| came.json()["data"]["kind"] == "escalation_destination").count();
    assert_eq!(own, 0, "nobody hears of its own death");
    assert_eq!(town.seen(WEST, id).await.ticket.id, id, "the ticket can be fetched");
}

async fn who_is_the_only_one_to_hear_is_told_of_its_own_failing_once_it_hears_again(stage: Database) {
    let town = Town::new(&stage).await;
    let province = Receiver::start().await;
    town.webhook(None, &province.url).await;
    province.always(Some(Reply::Status(503)));
    town.report().await;
    for _ in 0..7 * 2 {
        tick(&town).await;
        town.minutes_pass(30);
    }
    let told = |came: Vec<Came>| came.iter().any(|came| came.json()["data"]["kind"] == "escalation_destination");
    assert_eq!(of_kind(&town, "escalation_destination").await.len(), 1, "after six hours");
    province.take();
    province.always(None);
    for _ in 0..4 {
        town.minutes_pass(30);
        tick(&town).await;
    }
    assert!(told(province.take()), "nobody else could be told, so nothing is passed over");
}

async fn people_are_told_sixty_thirty_and_seven_days_before_the_calendar_ends(stage: Database) {
    let town = Town::new(&stage).await;
    let letters = PostOffice::start().await;
    town.add(None, Audience::Office, letters.channel(Some("tinh@dienbien.example"))).await;
    let end = town.app.flow.centre().calendar.until();
    let mut told = vec![];
    for left in (0..=62).rev() {
        town.clock.set(end.start().plus(-left * DAY + 9 * HOUR));
        tick(&town).await;
        tick(&town).await;
        told.extend(letters.take().iter().map(|_| left));
    }
    assert_eq!(told, [60, 30, 7]);
    let year = (end.date().year() + 1).to_string();
    assert!(of_kind(&town, "calendar_ends").await.iter().all(|notice| notice.text.vi.contains(&year)));
}

async fn an_approval_that_ends_is_told_to_office_and_province_each_step_once(stage: Database) {
    let town = Town::new(&stage).await;
    let mut system = DocumentSystem::push(&town, WEST).await;
    let (office, province) = (PostOffice::start().await, PostOffice::start().await);
    town.add(Some(WEST), Audience::Office, office.channel(Some("xa@dienbien.example"))).await;
    town.add(None, Audience::Office, province.channel(Some("tinh@dienbien.example"))).await;
    let (store, now) = (&town.app.flow.store, town.clock.now());
    store.approve(&center(), Some(&WEST.parse().unwrap()), now.plus(40 * DAY), now).await.unwrap();
    let (mut by_office, mut by_province, mut on_paper) = (vec![], vec![], vec![]);
    for passed in 0..=41 {
        town.clock.set(now.plus(passed * DAY));
        town.round().await;
        system.read();
        let left = 40 - passed;
        by_office.extend(office.take().iter().map(|_| left));
        by_province.extend(province.take().iter().map(|_| left));
        on_paper.extend(system.reminders().iter().map(|_| left));
        system.documents.clear();
    }
    assert_eq!((by_office, by_province), (vec![30, 7, 1, 0], vec![30, 7, 1, 0]));
    assert_eq!(on_paper, [30, 7, 1], "when it has ended nothing is pushed");
}

async fn two_hundred_tickets_that_cannot_be_dealt_with_hide_no_other(stage: Database) {
    let town = Town::new(&stage).await;
    for _ in 0..201 {
        town.report().await;
    }
    let gone = "update ticket set category = 'khong_con'";
    match &stage.store {
        Store::Sqlite { write, .. } => sqlx::query(gone).execute(write).await.unwrap().rows_affected(),
        Store::Postgres { write, .. } => sqlx::query(gone).execute(write).await.unwrap().rows_affected(),
    };
    town.minutes_pass(5);
    let good = town.report().await;
    town.clock.set(town.ticket(good).await.accept_by);
    tick(&town).await;
    let ticket = town.ticket(good).await;
    assert_eq!((ticket.accept_missed, ticket.untaken_rungs), (true, 1));
    assert_eq!(of_kind(&town, "escalation").await.len(), 1);
}
