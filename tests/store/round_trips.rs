use ioc::{
    domain::{
        clock::Timestamp,
        event::{Actor, EventKind, TransferCause, Visibility},
        ids::{KeyId, OfficeId, TicketId},
        position::{Accuracy, Fix, Position, Source},
        report::Whereabouts,
        text::{Description, Line},
        ticket::{Pause, State, Ticket},
    },
    store::{Store, StoreError, TallyQuery, TallyRow},
};

use crate::{
    samples::{Draw, Sample, Step, center},
    support::Stage,
};

on_every_store!(
    every_field_of_a_report_comes_back,
    every_field_of_a_ticket_comes_back,
    every_kind_of_event_comes_back,
    what_another_centre_has_is_not_found,
    the_clock_of_the_database_goes,
    a_second_opening_finds_everything,
    the_settings_that_durability_rests_on_are_on,
);

async fn comes_back(store: &Store, sample: &Sample) {
    sample.submit(store).await;
    let report = store.report(&center(), sample.report.id).await.unwrap();
    assert_eq!(report.as_ref(), Some(&sample.report));
    let ticket = store.ticket(&center(), sample.ticket.id).await.unwrap();
    assert_eq!(ticket.as_ref(), Some(&sample.ticket));
    assert_eq!(store.ticket_by_code(&center(), &sample.ticket.code).await.unwrap(), ticket);
    assert_eq!(store.sealed_contact(&center(), sample.report.id).await.unwrap(), sample.contact);
    assert_eq!(store.history(&center(), sample.ticket.id).await.unwrap(), sample.events);
}

async fn every_field_of_a_report_comes_back(stage: Stage) {
    let draw = Draw::seeded(1);
    let place = |hint: Option<&str>| Whereabouts::Place {
        commune: "03127".parse().unwrap(),
        hint: hint.map(|hint| Line::parse(hint).unwrap()),
    };
    let fix = |lon, lat, accuracy, source| {
        Whereabouts::Fix(Fix { position: Position::new(lon, lat).unwrap(), accuracy, source })
    };
    let wheres = [
        fix(103.023_000_000_000_01, 21.392, Accuracy::new(12.5, 0.68), Source::Gps),
        fix(-180.0, -90.0, None, Source::Pin),
        fix(180.0, 90.0, Accuracy::new(f64::MIN_POSITIVE, 0.999), Source::Address),
        fix(f64::MIN_POSITIVE, 51.5, Accuracy::new(100_000.0, 0.01), Source::Gps),
        place(Some("bản Ặ, cầu treo 🌉")),
        place(None),
        Whereabouts::Unknown,
    ];
    for (nth, whereabouts) in (0..).zip(wheres) {
        let mut sample = draw.sample(nth);
        sample.report.whereabouts = whereabouts;
        sample.report.description = Description::parse(&"Ộ👩‍👩‍👧".repeat(2000)).unwrap();
        sample.report.stated_commune = Some("03130".parse().unwrap());
        sample.report.captured_at = Some(Timestamp(i64::MIN));
        sample.report.seen_at = Timestamp(i64::MAX);
        sample.report.on_behalf = true;
        sample.report.share_contact = nth % 2 == 0;
        sample.report.sender_key = Some(KeyId(draw.entropy.uuid(Timestamp(0))));
        sample.report.photos = (0..nth).map(|_| draw.photo()).collect();
        sample.cell = (nth % 2 == 0).then_some(i64::MAX);
        sample.contact = (nth % 2 == 0).then(|| (0..=255).collect());
        comes_back(&stage.store, &sample).await;
        for photo in &sample.report.photos {
            let found = stage.store.photo(&center(), photo.id).await.unwrap();
            assert_eq!(found, Some((photo.clone(), sample.ticket.id)));
        }
    }
}

fn full(draw: &Draw, ticket: Ticket, number: i64) -> Ticket {
    let at = Some(Timestamp(number));
    Ticket {
        about: Some("xa-03130".parse().unwrap()),
        version: 2,
        round: number,
        bounces: number,
        settled_here: true,
        assignee: Some("Lò Thị Ặ 🙂".into()),
        accept_by: Timestamp(number),
        resolve_by: Timestamp(number),
        promised_by: Timestamp(number),
        accepted_at: at,
        resolved_at: at,
        // It decides a day of the figures, so it is one of the calendar.
        ended_at: Some(Timestamp(number / 1_000_000)),
        accept_missed: true,
        resolve_missed: true,
        extensions: number,
        waits: number,
        pause: Some(Pause { since: Timestamp(number), until: Timestamp(number), back_to: State::InProgress }),
        default_at: at,
        worked_minutes: Some(number),
        stars: Some(5),
        merged_into: Some(TicketId(draw.entropy.uuid(Timestamp(0)))),
        published: true,
        ..ticket
    }
}

async fn every_field_of_a_ticket_comes_back(stage: Stage) {
    let draw = Draw::seeded(2);
    for (nth, state) in (0..).zip(State::ALL) {
        let mut sample = draw.sample(nth);
        sample.ticket.state = state;
        comes_back(&stage.store, &sample).await;
        for number in [i64::MIN, i64::MAX] {
            let now = stage.store.ticket(&center(), sample.ticket.id).await.unwrap().unwrap();
            let step = Step::of(&draw, &now, Actor::System, EventKind::MeToo, |after| {
                let version = after.version;
                *after = Ticket { version, ..full(&draw, after.clone(), number) };
            });
            stage.store.commit(&[step.change()]).await.unwrap();
            let stored = stage.store.ticket(&center(), sample.ticket.id).await.unwrap();
            assert_eq!(stored, Some(step.after));
        }
        let mut other = draw.sample(100 + nth);
        other.ticket = full(&draw, Ticket { urgent: false, commune: None, ..other.ticket }, 7);
        other.next_at = None;
        comes_back(&stage.store, &other).await;
    }
}

async fn every_kind_of_event_comes_back(stage: Stage) {
    let draw = Draw::seeded(3);
    let sample = draw.sample(0);
    sample.submit(&stage.store).await;
    let text = "Đã xử lý \"xong\" \\ 🙂 \u{2028}".to_owned();
    let office: OfficeId = "so-xay-dung".parse().unwrap();
    let (at, id) = (Timestamp(5), sample.ticket.id);
    let kinds = vec![
        EventKind::Accepted { assignee: None },
        EventKind::Handed { to: text.clone() },
        EventKind::Started,
        EventKind::Resolved { text: text.clone(), photos: vec![draw.photo().id], worked_minutes: i64::MAX },
        EventKind::Refused { reason: "abuse".into(), text: text.clone(), photos: vec![] },
        EventKind::Transferred {
            from: office.clone(),
            to: office.clone(),
            reason: text.clone(),
            cause: TransferCause::SimilarCases,
        },
        EventKind::Waiting { question: text.clone(), until: at },
        EventKind::Replied { text: text.clone(), accept_by: at, resolve_by: at },
        EventKind::Resumed { accept_by: at, resolve_by: at },
        EventKind::Extended { until: at, reason: text.clone() },
        EventKind::Commented { text: text.clone(), visibility: Visibility::Internal },
        EventKind::Merged { into: id },
        EventKind::Absorbed { from: id },
        EventKind::Unmerged { from: id },
        EventKind::Withdrawn,
        EventKind::Confirmed,
        EventKind::Closed,
        EventKind::Reopened { text: text.clone(), accept_by: at, resolve_by: at },
        EventKind::Rated { stars: 5, text: Some(text.clone()) },
        EventKind::Restated { commune: "03130".parse().unwrap(), from: office.clone(), to: office.clone() },
        EventKind::MeToo,
        EventKind::Published { text: text.clone(), photos: vec![] },
        EventKind::AcceptMissed,
        EventKind::ResolveMissed,
    ];
    let actors =
        [Actor::Citizen, Actor::Office { office, name: text.clone() }, Actor::Centre { name: text }, Actor::System];
    let mut ticket = sample.ticket.clone();
    let mut history = sample.events.clone();
    for (nth, kind) in kinds.into_iter().enumerate() {
        let step = Step::of(&draw, &ticket, actors[nth % 4].clone(), kind, |_| ());
        stage.store.commit(&[step.change()]).await.unwrap();
        history.extend(step.events);
        ticket = step.after;
    }
    assert_eq!(stage.store.history(&center(), id).await.unwrap(), history);
    let centre = history.iter().filter(|event| matches!(event.actor, Actor::Centre { .. })).count();
    assert_eq!(stage.store.centre_touches(&center()).await.unwrap(), i64::try_from(centre).unwrap());
}

async fn what_another_centre_has_is_not_found(stage: Stage) {
    let draw = Draw::seeded(4);
    let mut sample = draw.sample(0);
    sample.report.photos = vec![draw.photo()];
    sample.submit(&stage.store).await;
    let (store, other) = (&stage.store, "canary".parse().unwrap());
    assert_eq!(store.ticket(&other, sample.ticket.id).await.unwrap(), None);
    assert_eq!(store.ticket_by_code(&other, &sample.ticket.code).await.unwrap(), None);
    assert_eq!(store.report(&other, sample.report.id).await.unwrap(), None);
    assert_eq!(store.sealed_contact(&other, sample.report.id).await.unwrap(), None);
    assert_eq!(store.history(&other, sample.ticket.id).await.unwrap(), vec![]);
    assert_eq!(store.photo(&other, sample.report.photos[0].id).await.unwrap(), None);
    assert_eq!(store.tally(&other, &TallyQuery::default()).await.unwrap(), TallyRow::default());
    assert_eq!(store.due(&other, Timestamp(i64::MAX), None, 10).await.unwrap(), vec![]);
}

async fn the_clock_of_the_database_goes(stage: Stage) {
    let first = stage.store.database_now().await.unwrap();
    let second = stage.store.database_now().await.unwrap();
    assert!(first <= second && second.since(first) < 10_000_000, "{first} {second}");
    assert!(first > Timestamp(1_700_000_000_000_000), "{first}");
    stage.store.ready().await.unwrap();
}

async fn a_second_opening_finds_everything(stage: Stage) {
    let sample = Draw::seeded(5).sample(0);
    sample.submit(&stage.store).await;
    stage.store.close().await;
    assert!(matches!(stage.store.ready().await, Err(StoreError::Unavailable(_))));
    let again = Store::connect(&stage.url).await.unwrap();
    assert_eq!(again.ticket(&center(), sample.ticket.id).await.unwrap(), Some(sample.ticket));
    again.close().await;
}

async fn the_settings_that_durability_rests_on_are_on(stage: Stage) {
    match &stage.store {
        Store::Sqlite { write, read, .. } => {
            assert_eq!(stage.store.engine(), "sqlite");
            for pool in [write, read] {
                let journal: String = sqlx::query_scalar("pragma journal_mode").fetch_one(pool).await.unwrap();
                let synchronous: i64 = sqlx::query_scalar("pragma synchronous").fetch_one(pool).await.unwrap();
                let foreign_keys: i64 = sqlx::query_scalar("pragma foreign_keys").fetch_one(pool).await.unwrap();
                assert_eq!((journal.as_str(), synchronous, foreign_keys), ("wal", 2, 1));
            }
            assert_eq!(write.options().get_max_connections(), 1);
            let written = sqlx::query("update revision set number = 9").execute(read).await;
            assert!(written.is_err(), "readers cannot write");
        }
        Store::Postgres { write, .. } => {
            assert_eq!(stage.store.engine(), "postgres");
            let commit: String = sqlx::query_scalar("show synchronous_commit").fetch_one(write).await.unwrap();
            assert_eq!(commit, "on");
        }
    }
}

#[tokio::test]
async fn a_database_that_forgets_is_refused() {
    for url in ["sqlite::memory:", "sqlite://", "mysql://x/y", "", "sqlite://x?mode=memory"] {
        assert!(matches!(Store::connect(url).await, Err(StoreError::Refused(_))), "{url}");
    }
}
