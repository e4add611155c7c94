//! Rows beside the chain: a report or a ticket that is not what its history says is named.

use ioc::{
    domain::{
        event::{Actor, EventKind, TransferCause},
        report::Whereabouts,
        ticket::{Pause, State, Ticket},
    },
    store::Store,
};

use crate::{
    samples::{Draw, START, Sample, Step},
    support::Stage,
    tamper::tamper,
};

on_every_store!(
    a_changed_report_is_named,
    a_report_that_is_gone_is_named,
    a_ticket_that_was_moved_by_hand_is_named,
    a_ticket_whose_state_was_changed_by_hand_is_named,
    a_ticket_stands_where_every_kind_of_event_brought_it,
    every_form_of_a_report_keeps_its_hash,
);

/// What an event does to its ticket.
type Edit = Box<dyn Fn(&mut Ticket)>;

async fn faults(store: &Store) -> Vec<String> {
    store.verify_chain().await.unwrap().faults.into_iter().map(|fault| fault.what).collect()
}

/// Two tickets, sealed; the second is the one to be touched.
async fn two(stage: &Stage, seed: u64) -> Sample {
    let draw = Draw::seeded(seed);
    draw.sample(0).submit(&stage.store).await;
    let sample = draw.sample(1);
    sample.submit(&stage.store).await;
    stage.store.seal(START, 100).await.unwrap();
    assert_eq!(faults(&stage.store).await, Vec::<String>::new());
    sample
}

async fn a_changed_report_is_named(stage: Stage) {
    let sample = two(&stage, 81).await;
    let expected = [format!("the report of ticket {} is not what was received", sample.ticket.id)];
    for (change, back) in [
        ("description = description || ' '", "description = trim(description)"),
        ("lon = lon + 0.001", "lon = 103.023"),
        ("share_contact = not share_contact", "share_contact = not share_contact"),
        ("stated_commune = '03130'", "stated_commune = null"),
        ("received_at = received_at - 1", "received_at = received_at + 1"),
    ] {
        for (set, faults_then) in [(change, expected.as_slice()), (back, &[])] {
            let statement = format!("update report set {set} where id = $1");
            assert_eq!(tamper(&stage.store, statement.leak(), &[sample.report.id.0]).await, 1);
            assert_eq!(faults(&stage.store).await, faults_then, "{set}");
        }
    }
}

async fn a_report_that_is_gone_is_named(stage: Stage) {
    let sample = two(&stage, 82).await;
    let unguarded = match stage.store {
        Store::Sqlite { .. } => "pragma foreign_keys = off",
        Store::Postgres { .. } => "alter table ticket drop constraint ticket_report_id_fkey",
    };
    tamper(&stage.store, unguarded, &[]).await;
    tamper(&stage.store, "delete from report_contact where report_id = $1", &[sample.report.id.0]).await;
    assert_eq!(tamper(&stage.store, "delete from report where id = $1", &[sample.report.id.0]).await, 1);
    assert_eq!(faults(&stage.store).await, [format!("the report of ticket {} is gone", sample.ticket.id)]);
}

async fn a_ticket_that_was_moved_by_hand_is_named(stage: Stage) {
    let sample = two(&stage, 83).await;
    tamper(&stage.store, "update ticket set office_id = 'xa-03130' where id = $1", &[sample.ticket.id.0]).await;
    let expected = format!("ticket {} lies with xa-03130, by its history with xa-03127", sample.ticket.id);
    assert_eq!(faults(&stage.store).await, [expected]);
}

async fn a_ticket_whose_state_was_changed_by_hand_is_named(stage: Stage) {
    let sample = two(&stage, 84).await;
    tamper(&stage.store, "update ticket set state = 'closed' where id = $1", &[sample.ticket.id.0]).await;
    assert_eq!(faults(&stage.store).await, [format!("ticket {} is closed, by its history queued", sample.ticket.id)]);
}

async fn a_ticket_stands_where_every_kind_of_event_brought_it(stage: Stage) {
    let draw = Draw::seeded(85);
    let sample = draw.sample(0);
    sample.submit(&stage.store).await;
    let (text, at) = (|| "Đã xong".to_owned(), START);
    let other: ioc::domain::ids::OfficeId = "xa-03130".parse().unwrap();
    let waiting = |question| EventKind::Waiting { question, until: at };
    let transferred = EventKind::Transferred {
        from: sample.ticket.office.clone(),
        to: other.clone(),
        reason: text(),
        cause: TransferCause::NotOurs,
    };
    let pause = move |back_to| Some(Pause { since: at, until: at, back_to });
    let to = |state: State| move |ticket: &mut Ticket| ticket.state = state;
    let steps: Vec<(EventKind, Edit)> = vec![
        (EventKind::Accepted { assignee: None }, Box::new(to(State::Accepted))),
        (
            waiting(text()),
            Box::new(move |ticket| (ticket.state, ticket.pause) = (State::WaitingForCitizen, pause(State::Accepted))),
        ),
        (EventKind::MeToo, Box::new(|ticket| ticket.me_too += 1)),
        (
            EventKind::Replied { text: text(), accept_by: at, resolve_by: at },
            Box::new(|ticket| (ticket.state, ticket.pause) = (State::Accepted, None)),
        ),
        (EventKind::Started, Box::new(to(State::InProgress))),
        (transferred, Box::new(move |ticket| (ticket.state, ticket.office) = (State::Queued, other.clone()))),
        (EventKind::Accepted { assignee: None }, Box::new(to(State::Accepted))),
        (EventKind::Resolved { text: text(), photos: vec![], worked_minutes: 1 }, Box::new(to(State::Resolved))),
        (EventKind::Reopened { text: text(), accept_by: at, resolve_by: at }, Box::new(to(State::Queued))),
        (EventKind::Refused { reason: "x".into(), text: text(), photos: vec![] }, Box::new(to(State::Refused))),
        (EventKind::Closed, Box::new(to(State::Closed))),
    ];
    let mut ticket = sample.ticket;
    for (kind, edit) in steps {
        let step = Step::of(&draw, &ticket, Actor::System, kind, edit);
        stage.store.commit(&[step.change()]).await.unwrap();
        ticket = step.after;
        assert_eq!(faults(&stage.store).await, Vec::<String>::new(), "{:?}", step.events);
    }
}

async fn every_form_of_a_report_keeps_its_hash(stage: Stage) {
    let draw = Draw::seeded(86);
    let place = Whereabouts::Place {
        commune: "03127".parse().unwrap(),
        hint: Some("bản Ặ".to_owned().try_into().unwrap()),
    };
    for (nth, whereabouts) in (0..).zip([place, Whereabouts::Unknown]) {
        let mut sample = draw.sample(nth);
        sample.report.whereabouts = whereabouts;
        sample.report.stated_commune = Some("03130".parse().unwrap());
        sample.report.captured_at = Some(START);
        sample.report.on_behalf = true;
        sample.events = draw.first_events(&sample.ticket, &sample.report);
        sample.submit(&stage.store).await;
    }
    assert_eq!(faults(&stage.store).await, Vec::<String>::new());
}
