//! An official who never opens the desk settles a ticket wholly in the document system.

use ioc::{
    domain::{
        delivery::Stage,
        event::{Actor, EventKind},
        ids::TicketId,
        ticket::State,
    },
    flow::{Rejection, develop, follow::Word, handle::Act},
};
use serde_json::json;

use crate::{
    document_system::{DocumentSystem, hear},
    receiver::Reply,
    support::Stage as Database,
    town::{EAST, Town, WEST, center, official, words},
};

on_every_store! {
    a_ticket_is_settled_wholly_over_http,
    a_ticket_is_settled_wholly_by_a_folder,
    photos_that_join_later_follow_as_an_update,
    photos_follow_a_document_whose_acknowledgement_was_lost,
    what_was_lost_on_the_way_is_made_up_for_and_what_comes_late_changes_nothing,
    a_lost_acknowledgement_makes_no_second_document,
    a_transfer_recalls_the_document_and_brings_it_to_the_next_office,
    not_ours_said_in_the_document_system_passes_the_ticket_on,
    what_the_centre_has_decided_stays_and_is_refused_by_a_reason_alone,
    a_reason_in_brackets_refuses_the_report,
    what_is_done_on_the_desk_is_told_there_and_no_echo_comes_back,
    another_office_moves_nothing,
    half_written_and_foreign_files_are_left_alone_or_set_aside,
}

/// A small picture.
pub fn photo(shade: u8) -> bytes::Bytes {
    let mut bytes = std::io::Cursor::new(vec![]);
    let picture = image::RgbImage::from_fn(64, 48, |x, y| image::Rgb([shade, x.to_le_bytes()[0], y.to_le_bytes()[0]]));
    picture.write_to(&mut bytes, image::ImageFormat::Jpeg).unwrap();
    bytes.into_inner().into()
}

async fn history(town: &Town, id: TicketId) -> Vec<(&'static str, Actor)> {
    let events = town.app.flow.store.history(&center(), id).await.unwrap();
    events.into_iter().map(|event| (event.kind.word(), event.actor)).collect()
}

async fn kinds(town: &Town, id: TicketId) -> Vec<&'static str> {
    history(town, id).await.into_iter().map(|(kind, _)| kind).collect()
}

async fn photos_that_join_later_follow_as_an_update(stage: Database) {
    let town = Town::new(&stage).await;
    let mut system = DocumentSystem::folder(&town, WEST).await;
    let id = town.report_with(json!({}), vec![photo(9), photo(8)]).await;
    town.round().await;
    system.read();
    assert!(system.only().attachments.is_empty(), "nothing waits for photos");
    let arrived = system.only().id.clone();
    develop::develop(&town.app.flow).await.unwrap();
    town.round().await;
    system.read();
    let update = system.updates.last().expect("an update");
    assert_eq!(update.business_of.as_deref(), Some(arrived.as_str()));
    assert_eq!(update.attachments.len(), 2);
    assert!(update.attachments.iter().all(|one| one.bytes.starts_with(&[0xff, 0xd8])), "JPEGs");
    assert_eq!(town.ticket(id).await.state, State::Queued);
}

/// The system has filed the document without photos and knows its id: what comes again under it is read no more.
async fn photos_follow_a_document_whose_acknowledgement_was_lost(stage: Database) {
    let town = Town::new(&stage).await;
    let mut system = DocumentSystem::push(&town, WEST).await;
    system.receiver().next([Reply::Status(503)]);
    let id = town.report_with(json!({}), vec![photo(9)]).await;
    town.round().await;
    system.read();
    let arrived = system.only().clone();
    assert!(arrived.attachments.is_empty(), "nothing waits for photos");
    develop::develop(&town.app.flow).await.unwrap();
    for _ in 0..4 {
        town.round().await;
        town.minutes_pass(30);
    }
    system.read();
    let [update] = &system.updates[..] else { panic!("{:?} of {id:?}", system.updates) };
    assert_eq!((update.business_of.as_deref(), update.attachments.len()), (Some(arrived.id.as_str()), 1));
}

async fn settled_wholly(town: Town, mut system: DocumentSystem) {
    let contact = json!({"contact": {"name": "Sùng", "phone": "0912345678"}, "share_contact": false});
    let id = town.report_with(contact, vec![photo(9)]).await;
    develop::develop(&town.app.flow).await.unwrap();
    town.minutes_pass(2);
    town.round().await;
    system.read();
    let document = system.only().clone();
    let ticket = town.ticket(id).await;
    assert_eq!((document.number.as_str(), document.notation.as_str()), (ticket.code.to_string().as_str(), "PAHT"));
    assert!(document.content.contains("Đường hỏng <b> & \"sâu\"") && document.content.contains("21.05"));
    assert!(!document.content.contains("0912345678"), "the contact was not shared");
    assert_eq!(document.attachments.len(), 1);
    assert!(document.attachments[0].bytes.starts_with(&[0xff, 0xd8]), "a JPEG");

    for (code, staff, state) in [
        ("01", "", State::Queued),
        ("03", "", State::Accepted),
        ("04", "Lò Văn A", State::Accepted),
        ("05", "", State::InProgress),
        ("06", "", State::InProgress),
    ] {
        let said = system.status(&document, code, staff, "");
        system.say(&town, &said).await;
        assert_eq!(town.ticket(id).await.state, state, "{code}");
    }
    assert_eq!(town.ticket(id).await.assignee.as_deref(), Some("Lò Văn A"));
    let answer = DocumentSystem::answer(&document, "Đã vá xong mặt đường", &[photo(1).to_vec()]);
    system.say(&town, &answer).await;
    system.say(&town, &answer).await;

    assert_eq!(town.ticket(id).await.state, State::Resolved);
    let events = town.app.flow.store.history(&center(), id).await.unwrap();
    let EventKind::Resolved { text, photos, .. } = &events.last().unwrap().kind else { panic!("{events:?}") };
    assert_eq!((text.as_str(), photos.len()), ("Đã vá xong mặt đường", 1));
    let told = ["received", "assigned", "photos_joined", "accepted", "handed", "started", "resolved"];
    assert_eq!(kinds(&town, id).await, told);
    assert!(town.app.flow.store.photo(&center(), photos[0]).await.unwrap().is_some());
    let mut sent = town.seen(WEST, id).await.deliveries;
    sent.retain(|one| one.state == Stage::Delivered);
    assert_eq!((sent.len(), sent[0].receipt.as_deref()), (1, Some("06")), "nothing is told back that was said there");
}

async fn a_ticket_is_settled_wholly_over_http(stage: Database) {
    let town = Town::new(&stage).await;
    let system = DocumentSystem::push(&town, WEST).await;
    settled_wholly(town, system).await;
}

async fn a_ticket_is_settled_wholly_by_a_folder(stage: Database) {
    let town = Town::new(&stage).await;
    let system = DocumentSystem::folder(&town, WEST).await;
    settled_wholly(town, system).await;
}

async fn what_was_lost_on_the_way_is_made_up_for_and_what_comes_late_changes_nothing(stage: Database) {
    let town = Town::new(&stage).await;
    let mut system = DocumentSystem::push(&town, WEST).await;
    let id = town.report().await;
    town.round().await;
    system.read();
    let document = system.only().clone();
    // 01, 03 and 05 are lost; the answer comes first, and then all of them late and twice.
    let answer = DocumentSystem::answer(&document, "Đã vá xong", &[]);
    system.say(&town, &answer).await;
    assert_eq!(kinds(&town, id).await, ["received", "assigned", "accepted", "resolved"]);
    for code in ["01", "03", "05", "06", "03", "05", "15"] {
        let late = system.status(&document, code, "", "muộn");
        system.say(&town, &late).await;
    }
    assert_eq!(kinds(&town, id).await, ["received", "assigned", "accepted", "resolved"]);
    town.citizen_says(id, Word::Reopen(words("Vẫn hỏng"))).await;
    town.round().await;
    system.read();
    assert_eq!(system.documents.len(), 2, "reopened, it comes again as a document of its own");
}

async fn a_lost_acknowledgement_makes_no_second_document(stage: Database) {
    let town = Town::new(&stage).await;
    let mut system = DocumentSystem::push(&town, WEST).await;
    system.receiver().next([Reply::Status(500), Reply::Status(503)]);
    town.report().await;
    for _ in 0..3 {
        town.round().await;
        town.minutes_pass(40);
    }
    assert_eq!(system.receiver().count(), 3, "the system took it each time, and its answer was lost twice");
    system.read();
    assert_eq!(system.documents.len(), 1);
}

async fn a_transfer_recalls_the_document_and_brings_it_to_the_next_office(stage: Database) {
    let town = Town::new(&stage).await;
    let mut west = DocumentSystem::push(&town, WEST).await;
    let mut east = DocumentSystem::folder(&town, EAST).await;
    let id = town.report().await;
    town.round().await;
    west.read();
    let document = west.only().clone();
    town.transfer(WEST, EAST, id).await;
    town.round().await;
    west.read();
    east.read();
    assert_eq!((west.recalled.as_slice(), west.documents.len()), (&[document.id.clone()][..], 0));
    assert_eq!(east.only().number, document.number);

    let late = DocumentSystem::answer(&document, "Đã vá xong", &[]);
    west.say(&town, &late).await;
    assert_eq!(town.ticket(id).await.state, State::Queued, "who has it no longer moves it no more");

    // One that leaves before it was ever sent is neither sent nor recalled.
    west.receiver().next([Reply::Status(500)]);
    let quick = town.report().await;
    town.transfer(WEST, EAST, quick).await;
    town.round().await;
    west.read();
    assert_eq!((west.documents.len(), west.recalled.len()), (0, 1));
}

async fn not_ours_said_in_the_document_system_passes_the_ticket_on(stage: Database) {
    let town = Town::new(&stage).await;
    let mut west = DocumentSystem::folder(&town, WEST).await;
    let id = town.report().await;
    town.round().await;
    west.read();
    let document = west.only().clone();
    let said = west.status(&document, "02", "", "Không thuộc địa bàn xã");
    west.say(&town, &said).await;
    let ticket = town.ticket(id).await;
    assert_ne!(ticket.office.as_str(), WEST);
    assert_eq!(kinds(&town, id).await, ["received", "assigned", "transferred"]);
    town.round().await;
    west.read();
    assert!(west.documents.is_empty(), "it is recalled there");
}

async fn what_the_centre_has_decided_stays_and_is_refused_by_a_reason_alone(stage: Database) {
    let town = Town::new(&stage).await;
    let mut west = DocumentSystem::folder(&town, WEST).await;
    let id = town.report().await;
    town.round().await;
    west.read();
    let said = west.status(&west.only().clone(), "02", "", "Không thuộc địa bàn xã");
    west.say(&town, &said).await;
    town.minutes_pass(3 * 24 * 60);
    town.app.tick().await.unwrap();
    town.round().await;
    west.read();
    assert_eq!(town.ticket(id).await.office.as_str(), WEST, "nobody at the desk has decided otherwise");
    let document = west.documents.values().find(|one| one.type_name == "Phản ánh").unwrap().clone();
    assert!(document.content.contains("không chuyển tiếp được nữa"), "{}", document.content);
    let before = kinds(&town, id).await;
    let said = west.status(&document, "02", "", "Vẫn không thuộc địa bàn xã");
    west.say(&town, &said).await;
    assert_eq!(kinds(&town, id).await, before, "not ours is no reason to refuse it");
    let why = std::fs::read_to_string(west.path().join("refused/0002.xml.reason.txt")).unwrap();
    assert!(why.contains("không chuyển tiếp được nữa") && why.contains("[cannot_verify]"), "{why}");
    let said = west.status(&document, "02", "", "[cannot_verify] Không có ở hiện trường");
    west.say(&town, &said).await;
    assert_eq!(town.ticket(id).await.state, State::Refused);
}

async fn a_reason_in_brackets_refuses_the_report(stage: Database) {
    let town = Town::new(&stage).await;
    let mut west = DocumentSystem::push(&town, WEST).await;
    let id = town.report().await;
    town.round().await;
    west.read();
    let document = west.only().clone();
    let said = west.status(&document, "02", "", "[cannot_verify] Không có ở hiện trường");
    west.say(&town, &said).await;
    let events = town.app.flow.store.history(&center(), id).await.unwrap();
    let EventKind::Refused { reason, text, .. } = &events.last().unwrap().kind else { panic!("{events:?}") };
    assert_eq!((reason.as_str(), text.as_str()), ("cannot_verify", "Không có ở hiện trường"));
}

async fn what_is_done_on_the_desk_is_told_there_and_no_echo_comes_back(stage: Database) {
    let town = Town::new(&stage).await;
    let mut west = DocumentSystem::push(&town, WEST).await;
    let id = town.report().await;
    town.round().await;
    west.read();
    let document = west.only().clone();
    town.accept(id).await;
    town.minutes_pass(1);
    town.act(WEST, id, Act::Start).await.unwrap();
    town.minutes_pass(1);
    town.act(WEST, id, Act::Wait(words("Ở đoạn nào?"))).await.unwrap();
    town.minutes_pass(1);
    town.citizen_says(id, Word::Reply(words("Ngay cầu"))).await;
    town.minutes_pass(1);
    town.resolve(WEST, id).await;
    town.round().await;
    west.read();
    let codes: Vec<&str> = west.statuses.iter().map(|status| status.code.as_str()).collect();
    assert_eq!(codes, ["03", "05", "06"]);
    assert!(west.statuses.iter().all(|status| status.response_for.document_id == document.id));
    let told: Vec<&str> = west.updates.iter().filter_map(|update| update.content.lines().next()).collect();
    assert_eq!(told, ["Ở đoạn nào?", "Ngay cầu"]);
}

async fn another_office_moves_nothing(stage: Database) {
    let town = Town::new(&stage).await;
    let mut west = DocumentSystem::push(&town, WEST).await;
    let id = town.report().await;
    town.round().await;
    west.read();
    let document = west.only().clone();
    let said = west.status(&document, "03", "", "").write();
    assert!(matches!(hear(&town, &official(EAST), &said).await, Err(Rejection::NotFound)));
    assert!(matches!(hear(&town, &official(WEST), "<a/>").await, Err(Rejection::Fields(_))));
    let unknown = said.replace(&document.id, "nobody").replace(&document.number, "K7QM-3XR9-F");
    assert!(matches!(hear(&town, &official(WEST), &unknown).await, Err(Rejection::NotFound)));
    assert_eq!(town.ticket(id).await.state, State::Queued);
    let by_number = said.replace(&document.id, "");
    hear(&town, &official(WEST), &by_number).await.unwrap();
    assert_eq!(town.ticket(id).await.state, State::Accepted, "the report's number in the code is enough");
}

async fn half_written_and_foreign_files_are_left_alone_or_set_aside(stage: Database) {
    let town = Town::new(&stage).await;
    let mut west = DocumentSystem::folder(&town, WEST).await;
    let id = town.report().await;
    town.round().await;
    west.read();
    let whole = west.status(&west.only().clone(), "03", "", "").write();
    let inbox = west.path().join("inbox");
    std::fs::write(inbox.join("a.xml.part"), &whole).unwrap();
    std::fs::write(inbox.join(".b.xml"), &whole).unwrap();
    std::fs::write(inbox.join("c.xml"), &whole[..whole.len() / 2]).unwrap();
    town.round().await;
    assert_eq!(town.ticket(id).await.state, State::Queued);
    // It grows, and is whole by the next look.
    std::fs::write(inbox.join("c.xml"), &whole).unwrap();
    std::fs::write(inbox.join("d.xml"), "<không phải/>").unwrap();
    town.round().await;
    assert_eq!(town.ticket(id).await.state, State::Accepted);
    town.round().await;
    let names = |folder: &str| {
        let entries = std::fs::read_dir(west.path().join(folder)).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(names("inbox"), [".b.xml", "a.xml.part"]);
    assert_eq!(names("done"), ["c.xml"]);
    assert_eq!(names("refused"), ["d.xml", "d.xml.reason.txt"]);
}
