//! What an official who never opens the desk needs beside settling: to ask, to take time, to say whose it is.

use ioc::{
    deliver::edxml::{Document, Message},
    domain::{clock::Timestamp, code::PublicCode, event::EventKind, ids::TicketId, ticket::State},
    flow::{Rejection, follow::Word},
};

use crate::{
    document_system::{DocumentSystem, hear},
    support::Stage as Database,
    town::{EAST, Town, WEST, center, official, words},
};

on_every_store! {
    a_question_goes_out_by_a_document_and_its_answer_comes_back_as_one,
    an_answer_before_the_senders_own_waits_in_the_folder_and_settles_then,
    who_does_not_answer_is_told_of_there_with_the_deadline_as_it_is,
    more_time_is_taken_by_a_document_and_counted_apart,
    whose_it_is_may_be_named,
    a_duplicate_is_named_by_the_number_of_the_other,
    an_answer_to_what_came_before_a_reopening_settles_nothing,
}

/// A report that stands in the document system of the west.
async fn arrived(town: &Town, system: &mut DocumentSystem) -> (TicketId, Document) {
    let before: Vec<String> = system.documents.keys().cloned().collect();
    let id = town.report().await;
    town.round().await;
    system.read();
    let document = system.documents.values().find(|document| !before.contains(&document.id));
    (id, document.expect("it has come").clone())
}

async fn kinds(town: &Town, id: TicketId) -> Vec<&'static str> {
    let events = town.app.flow.store.history(&center(), id).await.unwrap();
    events.iter().map(|event| event.kind.word()).collect()
}

async fn a_question_goes_out_by_a_document_and_its_answer_comes_back_as_one(stage: Database) {
    let town = Town::new(&stage).await;
    let mut system = DocumentSystem::push(&town, WEST).await;
    let (id, document) = arrived(&town, &mut system).await;
    let question = DocumentSystem::document(&document, "PHIẾU HỎI", "Ở đoạn nào?", None, &[]);
    system.say(&town, &question).await;
    system.say(&town, &question).await;
    let events = town.app.flow.store.history(&center(), id).await.unwrap();
    let EventKind::Waiting { question: asked, .. } = &events.last().unwrap().kind else { panic!("{events:?}") };
    assert_eq!((asked.as_str(), town.ticket(id).await.state), ("Ở đoạn nào?", State::WaitingForCitizen));

    town.minutes_pass(60);
    town.citizen_says(id, Word::Reply(words("Ngay cầu"))).await;
    town.round().await;
    system.read();
    let [update] = system.updates.as_slice() else { panic!("no echo of the question: {:?}", system.updates) };
    let deadline = town.ticket(id).await.resolve_by.vietnam();
    assert_eq!(update.content, format!("Ngay cầu\n\nHạn xử lý: {deadline}"));
    system.say(&town, &question).await;
    assert_eq!(
        kinds(&town, id).await,
        ["received", "assigned", "waiting", "replied"],
        "it comes late, and asks nothing"
    );
}

async fn an_answer_before_the_senders_own_waits_in_the_folder_and_settles_then(stage: Database) {
    let town = Town::new(&stage).await;
    let mut system = DocumentSystem::folder(&town, WEST).await;
    let (id, document) = arrived(&town, &mut system).await;
    let taken = system.status(&document, "03", "", "");
    system.say(&town, &taken).await;
    let question = DocumentSystem::document(&document, "Phiếu hỏi", "Ở đoạn nào?", None, &[]);
    system.say(&town, &question).await;
    let answer = DocumentSystem::answer(&document, "Đã vá xong", &[]);
    system.say(&town, &answer).await;
    town.minutes_pass(10);
    town.round().await;
    assert_eq!(town.ticket(id).await.state, State::WaitingForCitizen);
    town.citizen_says(id, Word::Reply(words("Ngay cầu"))).await;
    town.minutes_pass(10);
    town.round().await;
    assert_eq!(town.ticket(id).await.state, State::Resolved);
    let left = std::fs::read_dir(system.path().join("inbox")).unwrap().count();
    assert_eq!((left, std::fs::read_dir(system.path().join("refused")).unwrap().count()), (0, 0));
}

async fn who_does_not_answer_is_told_of_there_with_the_deadline_as_it_is(stage: Database) {
    let town = Town::new(&stage).await;
    let mut system = DocumentSystem::push(&town, WEST).await;
    let (id, document) = arrived(&town, &mut system).await;
    let question = DocumentSystem::document(&document, "Phiếu hỏi", "Ở đoạn nào?", None, &[]);
    system.say(&town, &question).await;
    town.clock.set(town.ticket(id).await.pause.unwrap().until);
    town.app.tick().await.unwrap();
    town.round().await;
    system.read();
    let deadline = town.ticket(id).await.resolve_by;
    let update = system.updates.last().unwrap();
    assert!(update.subject.contains("người gửi chưa trả lời"), "{}", update.subject);
    assert!(update.content.ends_with(&deadline.vietnam()), "{}", update.content);
}

async fn more_time_is_taken_by_a_document_and_counted_apart(stage: Database) {
    let town = Town::new(&stage).await;
    let mut system = DocumentSystem::push(&town, WEST).await;
    let (id, document) = arrived(&town, &mut system).await;
    let before = town.ticket(id).await;
    let longer = |due| DocumentSystem::document(&document, "Phiếu gia hạn", "Chờ máy xúc", due, &[]);
    for _ in 0..2 {
        system.say(&town, &longer(Some("2026/08/05"))).await;
    }
    let after = town.ticket(id).await;
    let end: Timestamp = "2026-08-05T17:00:00Z".parse().unwrap();
    assert_eq!((after.resolve_by, after.extensions), (end, 1), "the end of that day in Vietnam, and once");
    assert_eq!(after.promised_by, before.promised_by, "what was promised stays what it was");
    for unclear in [None, Some("ngày 5 tháng 8")] {
        let xml = longer(unclear).write();
        assert!(matches!(hear(&town, &official(WEST), &xml).await, Err(Rejection::Fields(_))), "{unclear:?}");
    }
}

async fn whose_it_is_may_be_named(stage: Database) {
    let town = Town::new(&stage).await;
    let mut west = DocumentSystem::folder(&town, WEST).await;
    let (id, document) = arrived(&town, &mut west).await;
    let said = west.status(&document, "02", "", &format!("[{EAST}] Bên kia cầu"));
    west.say(&town, &said).await;
    assert_eq!(town.ticket(id).await.office.as_str(), EAST);
    let events = town.app.flow.store.history(&center(), id).await.unwrap();
    let EventKind::Transferred { reason, .. } = &events.last().unwrap().kind else { panic!("{events:?}") };
    assert_eq!(reason, "Bên kia cầu");

    let (id, document) = arrived(&town, &mut west).await;
    let said = west.status(&document, "02", "", "[không rõ] Không phải của xã");
    west.say(&town, &said).await;
    let events = town.app.flow.store.history(&center(), id).await.unwrap();
    let EventKind::Transferred { reason, .. } = &events.last().unwrap().kind else { panic!("{events:?}") };
    assert_eq!(reason, "[không rõ] Không phải của xã", "what is no mark stays in the words");
}

async fn a_duplicate_is_named_by_the_number_of_the_other(stage: Database) {
    let town = Town::new(&stage).await;
    let mut system = DocumentSystem::push(&town, WEST).await;
    let (main, first) = arrived(&town, &mut system).await;
    let (id, document) = arrived(&town, &mut system).await;
    let said = system.status(&document, "02", "", &format!("[{}] trùng", first.number));
    system.say(&town, &said).await;
    let ticket = town.ticket(id).await;
    assert_eq!((ticket.state, ticket.merged_into), (State::Merged, Some(main)));
    town.round().await;
    system.read();
    assert_eq!(system.recalled, std::slice::from_ref(&document.id));
    let unknown = format!("[{}] trùng", PublicCode::from_bits([7; 5]));
    let elsewhere = system.status(&first, "02", "", &unknown).write();
    assert!(
        matches!(hear(&town, &official(WEST), &elsewhere).await, Err(Rejection::NotFound)),
        "nobody has that number"
    );
}

async fn an_answer_to_what_came_before_a_reopening_settles_nothing(stage: Database) {
    let town = Town::new(&stage).await;
    let mut system = DocumentSystem::push(&town, WEST).await;
    let (id, document) = arrived(&town, &mut system).await;
    let answer: Message = DocumentSystem::answer(&document, "Đã vá xong", &[]);
    system.say(&town, &answer).await;
    town.minutes_pass(60);
    town.citizen_says(id, Word::Reopen(words("Vẫn hỏng"))).await;
    town.round().await;
    system.read();
    system.say(&town, &answer).await;
    assert_eq!(town.ticket(id).await.state, State::Queued, "the old answer came once more");
    let again = system.documents.values().find(|other| other.id != document.id).unwrap().clone();
    let answer = DocumentSystem::answer(&again, "Đã vá lại", &[]);
    system.say(&town, &answer).await;
    assert_eq!(town.ticket(id).await.state, State::Resolved);
}
