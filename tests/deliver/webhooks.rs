//! Standard Webhooks, told from the receiver's side.

use std::{collections::VecDeque, path::Path, process::Command, sync::Arc};

use ioc::{
    domain::delivery::{Audience, Channel, Door, Stage},
    flow::destinations::{self, Condition},
};
use tokio::sync::Notify;

use crate::{
    receiver::{Receiver, Reply},
    support::Stage as Database,
    town::{Town, WEST, center},
};

on_every_store! {
    what_is_sent_is_signed_and_a_changed_body_is_noticed,
    while_a_secret_is_rotated_both_sign_and_after_it_the_new_one_alone,
    one_that_answers_410_is_left_alone_until_it_is_redriven,
    a_receiver_that_asks_for_patience_gets_it,
    a_redirect_is_not_followed,
    an_answer_without_end_is_cut,
    a_slow_system_keeps_no_neighbour_waiting,
    a_system_without_approval_gets_nothing_and_the_desk_goes_on,
}

async fn what_is_sent_is_signed_and_a_changed_body_is_noticed(stage: Database) {
    let town = Town::new(&stage).await;
    let receiver = Receiver::start().await;
    let secret = town.webhook(Some(WEST), &receiver.url).await.secret.unwrap();
    town.report().await;
    town.round().await;
    let mut came = receiver.take().remove(0);
    assert!(came.is_signed_with(&secret));
    assert_eq!(came.header("webhook-timestamp"), (town.clock.now().0 / 1_000_000).to_string());
    assert_eq!(came.header("content-type"), "application/json");
    came.body = came.text().replace("Đường", "đường").into();
    assert!(!came.is_signed_with(&secret));
}

async fn while_a_secret_is_rotated_both_sign_and_after_it_the_new_one_alone(stage: Database) {
    let town = Town::new(&stage).await;
    let receiver = Receiver::start().await;
    let old = town.webhook(Some(WEST), &receiver.url).await;
    let (old, id) = (old.secret.unwrap(), old.id);
    let new = destinations::rotate(&town.app.flow, id).await.unwrap().unwrap().secret.unwrap();
    assert_ne!(old, new);
    town.report().await;
    town.round().await;
    let during = receiver.take().remove(0);
    assert!(during.is_signed_with(&old) && during.is_signed_with(&new));
    town.minutes_pass(24 * 60);
    town.report().await;
    town.round().await;
    let after = receiver.take().remove(0);
    assert!(!after.is_signed_with(&old) && after.is_signed_with(&new));
}

async fn one_that_answers_410_is_left_alone_until_it_is_redriven(stage: Database) {
    let town = Town::new(&stage).await;
    let receiver = Receiver::start().await;
    let to = town.webhook(Some(WEST), &receiver.url).await.id;
    receiver.next([Reply::Status(410)]);
    town.report().await;
    town.round().await;
    for _ in 0..5 {
        town.report().await;
        town.minutes_pass(60);
        town.round().await;
    }
    assert_eq!(receiver.take().len(), 1);
    let view = town.destination(to).await;
    assert_eq!((view.state, view.undelivered), (Condition::Disabled, 6));
    assert_eq!(town.notices().await, ["destination_disabled"]);
    town.app.flow.store.redrive(&center(), to, town.clock.now()).await.unwrap();
    town.round().await;
    assert_eq!((receiver.count(), town.destination(to).await.state), (6, Condition::Active));
}

async fn a_receiver_that_asks_for_patience_gets_it(stage: Database) {
    let town = Town::new(&stage).await;
    let receiver = Receiver::start().await;
    town.webhook(Some(WEST), &receiver.url).await;
    receiver.next([Reply::With(429, "retry-after", "1800".into())]);
    town.report().await;
    town.round().await;
    town.minutes_pass(29);
    town.round().await;
    assert_eq!(receiver.count(), 1);
    town.minutes_pass(2);
    town.round().await;
    assert_eq!(receiver.take().len(), 2);

    receiver.next([Reply::With(503, "retry-after", "99999999".into())]);
    town.report().await;
    town.round().await;
    town.minutes_pass(6 * 60 + 1);
    town.round().await;
    assert_eq!(receiver.count(), 2, "nobody is obeyed for years");
}

async fn a_redirect_is_not_followed(stage: Database) {
    let town = Town::new(&stage).await;
    let (receiver, inside) = (Receiver::start().await, Receiver::start().await);
    town.webhook(Some(WEST), &receiver.url).await;
    receiver.next([Reply::With(307, "location", inside.url.clone())]);
    let id = town.report().await;
    town.round().await;
    assert_eq!((receiver.count(), inside.count()), (1, 0));
    assert_eq!(town.stages(id).await, [Stage::Pending]);
    let seen = town.seen(WEST, id).await.deliveries;
    assert!(seen[0].attempts[0].detail.as_deref().unwrap().contains("redirect"));
}

async fn an_answer_without_end_is_cut(stage: Database) {
    let town = Town::new(&stage).await;
    let receiver = Receiver::start().await;
    town.webhook(Some(WEST), &receiver.url).await;
    receiver.next([Reply::Body(500, "x".repeat(8 << 20)), Reply::Body(200, "y".repeat(8 << 20))]);
    let id = town.report().await;
    town.round().await;
    let seen = town.seen(WEST, id).await.deliveries;
    assert_eq!(seen[0].attempts[0].detail.as_deref().map(str::len), Some(200));
    town.minutes_pass(1);
    town.round().await;
    assert_eq!(town.stages(id).await, [Stage::Delivered]);
}

/// The healthy one has its delivery while the slow one still holds the connection; no time is measured.
async fn a_slow_system_keeps_no_neighbour_waiting(stage: Database) {
    let town = Town::new(&stage).await;
    let (slow, healthy) = (Receiver::start().await, Receiver::start().await);
    let let_go = Arc::new(Notify::new());
    slow.always(Some(Reply::Hang(Arc::clone(&let_go))));
    town.webhook(Some(WEST), &slow.url).await;
    town.webhook(None, &healthy.url).await;
    let id = town.report().await;
    let courier = town.courier.clone();
    let round = tokio::spawn(async move { courier.round().await });
    slow.arrival().await;
    healthy.arrival().await;
    assert!(!round.is_finished(), "the slow one still holds on");
    round.await.unwrap().unwrap();
    let seen = town.seen(WEST, id).await.deliveries;
    let slow = seen.iter().find(|one| one.state == Stage::Pending).unwrap();
    assert!(slow.attempts[0].detail.as_deref().unwrap().contains("too long"), "{:?}", slow.attempts);
}

async fn a_system_without_approval_gets_nothing_and_the_desk_goes_on(stage: Database) {
    let town = Town::new(&stage).await;
    let receiver = Receiver::start().await;
    let channel =
        Channel::Webhook(Door { ranges: vec!["127.0.0.0/8".parse().unwrap()], url: receiver.url.parse().unwrap() });
    let office = Some(WEST.parse().unwrap());
    let name = "Hệ thống một cửa".to_owned().try_into().unwrap();
    let new = destinations::NewDestination {
        office: office.clone(),
        audience: Audience::Office,
        name,
        channel,
        credential: None,
    };
    let to = destinations::add(&town.app.flow, new).await.unwrap().id;
    let id = town.report().await;
    town.round().await;
    assert_eq!((receiver.count(), town.destination(to).await.state), (0, Condition::Unapproved));
    assert_eq!(town.seen(WEST, id).await.ticket.id, id);

    let (store, now) = (&town.app.flow.store, town.clock.now());
    let day = 24 * 3_600_000_000;
    store.approve(&center(), office.as_ref(), now.plus(40 * day), now).await.unwrap();
    town.round().await;
    assert_eq!((receiver.take().len(), town.destination(to).await.state), (1, Condition::Active));
    assert!(town.notices().await.is_empty());
    for _ in 0..41 {
        town.minutes_pass(24 * 60);
        town.round().await;
    }
    assert_eq!(town.notices().await, ["approval_ends", "approval_ends", "approval_ends", "approval_ended"]);
    let late = town.report().await;
    town.round().await;
    assert_eq!((receiver.count(), town.destination(to).await.state), (0, Condition::Unapproved));
    assert_eq!(town.seen(WEST, late).await.ticket.id, late);
    store.approve(&center(), office.as_ref(), town.clock.now().plus(day * 300), town.clock.now()).await.unwrap();
    town.round().await;
    assert_eq!(receiver.count(), 1, "what waited goes out with the new approval");
}

/// The published verifiers of the standard, which `make test` installs: where, and a program that verifies with them.
const VERIFIERS: [(&str, &str, [&str; 2]); 2] = [
    (
        "web/node_modules/standardwebhooks",
        "node",
        [
            "-e",
            "const {Webhook} = require('standardwebhooks'); const [secret, headers, body] = process.argv.slice(1); \
             new Webhook(secret).verify(body, JSON.parse(headers));",
        ],
    ),
    (
        "target/verifiers/installed",
        "../target/verifiers/bin/python",
        [
            "-c",
            "import json, sys; from standardwebhooks import Webhook; \
             Webhook(sys.argv[1]).verify(sys.argv[3], json.loads(sys.argv[2]))",
        ],
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_published_verifiers_accept_what_is_sent_and_refuse_a_changed_body() {
    let stage = Database::sqlite().await;
    let town = Town::new(&stage).await;
    // The verifiers take five minutes of difference: this once the hand stands at the machine's time.
    town.clock.set(ioc::domain::clock::Clock::System.now());
    let receiver = Receiver::start().await;
    let first = town.webhook(None, &receiver.url).await;
    let second = destinations::rotate(&town.app.flow, first.id).await.unwrap().unwrap().secret.unwrap();
    town.report().await;
    town.round().await;
    let came = receiver.take().remove(0);
    let headers = serde_json::json!({"webhook-id": came.id(), "webhook-timestamp": came.header("webhook-timestamp"),
        "webhook-signature": came.header("webhook-signature")});
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (installed, program, script) in VERIFIERS {
        assert!(home.join(installed).exists(), "{installed} is missing: `make test` installs it");
        let verify = |secret: &str, body: &str| {
            let program = if program.contains('/') { home.join("web").join(program) } else { program.into() };
            let mut verifier = Command::new(program);
            verifier.current_dir(home.join("web"));
            verifier.args(script).args([secret, &headers.to_string(), body]).output().unwrap()
        };
        for secret in [first.secret.as_deref().unwrap(), &second] {
            let accepted = verify(secret, &came.text());
            assert!(accepted.status.success(), "{program}: {}", String::from_utf8_lossy(&accepted.stderr));
            assert!(!verify(secret, &came.text().replace("Đường", "đường")).status.success(), "{program}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_looked_up_once_and_a_second_answer_never_leads_inside() {
    let stage = Database::sqlite().await;
    let town = Town::new(&stage).await;
    let receiver = Receiver::start().await;
    let url = format!("http://rebinding.example:{}/hook", receiver.port);
    // First a public address, which is checked; then the inside, for whoever asks again.
    let answers = VecDeque::from([vec!["203.113.128.1".parse().unwrap()], vec!["127.0.0.1".parse().unwrap()]]);
    town.names.lock().unwrap().insert("rebinding.example".to_owned(), answers);
    let channel = Channel::Webhook(Door { url: url.parse().unwrap(), ranges: vec![] });
    town.add(None, Audience::Office, channel).await;
    let id = town.report().await;
    town.round().await;
    assert_eq!(receiver.count(), 0);
    assert_eq!(town.names.lock().unwrap()["rebinding.example"].len(), 1, "asked once");
    town.minutes_pass(1);
    town.round().await;
    assert_eq!(receiver.count(), 0, "the second answer is refused");
    let seen = town.seen(WEST, id).await.deliveries;
    assert!(seen[0].attempts[1].detail.as_deref().unwrap().contains("not a public address"));
}

/// This machine in odd letters, as a browser or a resolver would read them.
const LITERALS: [&str; 13] = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f.1",
    "0x7f000001",
    "017700000001",
    "0177.0.0.1",
    "0.0.0.0",
    "0",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
];

/// Names whose addresses lie inside: mapped, translated, tunnelled, of the machine itself, of a cloud's own services.
const INSIDE: [(&str, &str); 8] = [
    ("localhost", "127.0.0.1"),
    ("nat64.example", "64:ff9b::7f00:1"),
    ("sixtofour.example", "2002:7f00:1::"),
    ("compatible.example", "::127.0.0.1"),
    ("metadata.example", "169.254.169.254"),
    ("any.example", "0.0.0.0"),
    ("private.example", "10.0.0.1"),
    ("unique.example", "fd00::1"),
];

#[tokio::test(flavor = "multi_thread")]
async fn an_inside_address_is_never_connected_to_unless_its_range_was_opened() {
    let stage = Database::sqlite().await;
    let town = Town::new(&stage).await;
    let receiver = Receiver::start().await;
    let port = receiver.port;
    let inside: Vec<std::net::IpAddr> = vec!["::ffff:127.0.0.1".parse().unwrap(), "127.0.0.1".parse().unwrap()];
    town.names.lock().unwrap().insert("mapped.example".to_owned(), VecDeque::from([inside]));
    let inside = |text: &str| VecDeque::from([vec![text.parse().unwrap()]]);
    for (name, address) in INSIDE {
        town.names.lock().unwrap().insert(name.to_owned(), inside(address));
    }
    let names = INSIDE.iter().map(|(name, _)| *name);
    for host in LITERALS.into_iter().chain(names).chain(["mapped.example"]) {
        let channel = Channel::Webhook(Door { url: format!("http://{host}:{port}/").parse().unwrap(), ranges: vec![] });
        town.add(None, Audience::Office, channel).await;
    }
    let id = town.report().await;
    town.round().await;
    assert_eq!(receiver.count(), 0);
    for delivery in town.seen(WEST, id).await.deliveries {
        let why = delivery.attempts[0].detail.clone().unwrap_or_default();
        assert!(why.contains("not a public address"), "refused before anybody was connected to: {why}");
    }
    town.webhook(None, &format!("http://mapped.example:{port}/")).await;
    town.report().await;
    town.round().await;
    assert_eq!(receiver.count(), 1);
}
