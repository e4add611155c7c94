//! Tickets are damaged in the database: what can be repaired is, what cannot alarms until it is healed.

use ioc::{
    app::App,
    domain::{
        check::Verdict,
        clock::DAY,
        delivery::{Audience, Channel, Door},
        ids::OfficeId,
        text::Line,
    },
    flow::{
        audit::{KIND, KIND_OVER, Mended},
        destinations::{self, NewDestination},
    },
};
use tokio_util::sync::CancellationToken;

use crate::{
    place::{Place, center},
    support::Stage,
};

on_every_store! {
    a_next_moment_that_is_gone_or_too_late_comes_back_within_one_audit,
    a_whole_database_needs_no_repair,
    what_is_beyond_repair_alarms_once_and_until_it_is_healed,
    a_ticket_with_an_office_that_nobody_knows_alarms,
    a_report_without_a_ticket_alarms,
    a_moment_that_nobody_keeps_alarms,
    loops_that_stand_still_are_shown,
    the_last_backup_is_told,
    an_alarm_goes_to_the_centres_own_channel,
    a_database_that_is_away_is_told_without_it,
}

async fn a_next_moment_that_is_gone_or_too_late_comes_back_within_one_audit(stage: Stage) {
    let place = Place::new(&stage).await;
    let ticket = place.report().await;
    let moment = place.next_moment(ticket).await;
    assert!(moment.is_some());
    assert_eq!(place.stands("audit").await, Verdict::Warn, "nobody has looked yet");
    for damage in ["null", "9000000000000000"] {
        place.minutes_pass(1);
        place.by_hand(&format!("update ticket set next_at = {damage}")).await;
        assert_eq!(place.app.audit().await.unwrap(), Mended { repaired: 1, lost: 0 }, "{damage}");
        assert_eq!(place.next_moment(ticket).await, moment, "{damage}");
        assert_eq!(place.stands("repairs").await, Verdict::Warn, "it is told");
    }
    assert_eq!((place.stands("tickets").await, place.stands("audit").await), (Verdict::Ok, Verdict::Ok));
    place.clock.set(place.clock.now().plus(DAY));
    place.app.audit().await.unwrap();
    assert_eq!(place.stands("repairs").await, Verdict::Ok, "a day later it is forgotten");
}

async fn a_whole_database_needs_no_repair(stage: Stage) {
    let place = Place::new(&stage).await;
    for _ in 0..3 {
        place.report().await;
    }
    for _ in 0..20 {
        assert_eq!(place.app.audit().await.unwrap(), Mended::default());
        place.minutes_pass(12 * 60);
        place.app.tick().await.unwrap();
        place.app.deliver().await.unwrap();
        assert_eq!((place.stands("tickets").await, place.stands("queues").await), (Verdict::Ok, Verdict::Ok));
    }
    assert_eq!(place.notices(KIND).await, 0);
}

async fn what_is_beyond_repair_alarms_once_and_until_it_is_healed(stage: Stage) {
    let place = Place::new(&stage).await;
    place.report().await;
    place.by_hand("update ticket set state = 'resolved', resolved_at = null, next_at = null").await;
    for round in 0..5 {
        assert_eq!(place.app.audit().await.unwrap(), Mended { repaired: 0, lost: 1 });
        assert_eq!(place.stands("tickets").await, Verdict::Alarm);
        assert_eq!(place.status().await.state, Verdict::Alarm);
        assert_eq!(place.notices(KIND).await, usize::from(round > 0), "people are told once");
        place.minutes_pass(1);
    }
    place.by_hand("update ticket set state = 'queued'").await;
    assert_eq!(place.app.audit().await.unwrap(), Mended { repaired: 1, lost: 0 });
    assert_eq!(place.stands("tickets").await, Verdict::Ok);
    assert_eq!((place.notices(KIND).await, place.notices(KIND_OVER).await), (1, 1), "and that it is over");
}

async fn a_ticket_with_an_office_that_nobody_knows_alarms(stage: Stage) {
    let place = Place::new(&stage).await;
    let ticket = place.report().await;
    let office: OfficeId = place.store().ticket(&center(), ticket).await.unwrap().unwrap().office;
    place.app.audit().await.unwrap();
    assert_eq!(place.stands("queues").await, Verdict::Ok);
    place.by_hand("update ticket set office_id = 'khong-co'").await;
    place.app.audit().await.unwrap();
    assert_eq!(place.stands("queues").await, Verdict::Alarm);
    place.by_hand(&format!("update ticket set office_id = '{office}'")).await;
    place.app.audit().await.unwrap();
    assert_eq!(place.stands("queues").await, Verdict::Ok);
}

async fn a_report_without_a_ticket_alarms(stage: Stage) {
    let place = Place::new(&stage).await;
    place.report().await;
    let lonely = "insert into report (id, center_id, code, category, description, where_kind, seen_at, received_at, \
                  on_behalf, share_contact) select center, 'dien-bien', 'X', 'duong_hong', '', 'unknown', 0, 0, no, no from ";
    let (id, no) = if place.url.starts_with("sqlite") { ("x'01'", "0") } else { ("gen_random_uuid()", "false") };
    let id = if id == "x'01'" { "x'0190b0000000700080000000000000aa'" } else { id };
    place.by_hand(&format!("{lonely} (select {id} as center, {no} as no) as one")).await;
    assert_eq!(place.app.audit().await.unwrap().lost, 1);
    assert_eq!(place.stands("tickets").await, Verdict::Alarm);
}

async fn a_moment_that_nobody_keeps_alarms(stage: Stage) {
    let place = Place::new(&stage).await;
    let ticket = place.report().await;
    let moment = place.next_moment(ticket).await.unwrap();
    place.clock.set(moment);
    place.app.audit().await.unwrap();
    assert_eq!(place.stands("moments").await, Verdict::Ok);
    place.minutes_pass(3);
    place.app.audit().await.unwrap();
    assert_eq!(place.stands("moments").await, Verdict::Warn);
    place.minutes_pass(10);
    place.app.audit().await.unwrap();
    assert_eq!(place.stands("moments").await, Verdict::Alarm);
    place.app.tick().await.unwrap();
    place.app.audit().await.unwrap();
    assert_eq!(place.stands("moments").await, Verdict::Ok);
}

async fn loops_that_stand_still_are_shown(stage: Stage) {
    let place = Place::new(&stage).await;
    let stop = CancellationToken::new();
    let watching = tokio::spawn(App::watch(place.app.clone(), stop.clone()));
    let vitals = &place.app.flow.vitals;
    while vitals.loops(place.clock.now()).count < 15 {
        tokio::task::yield_now().await;
    }
    assert_eq!(place.stands("loops").await, Verdict::Ok);
    stop.cancel();
    watching.await.unwrap();
    place.minutes_pass(1);
    assert_eq!(place.stands("loops").await, Verdict::Warn);
    place.minutes_pass(5);
    let status = place.status().await;
    let loops = status.check("loops").unwrap();
    assert_eq!(loops.state, Verdict::Alarm);
    for name in ["seal", "elapse", "audit", "canary", "deliver", "lead"] {
        assert!(loops.text.vi.contains(name) && loops.text.en.contains(name), "{loops:?}");
    }
}

async fn the_last_backup_is_told(stage: Stage) {
    let place = Place::new(&stage).await;
    place.app.audit().await.unwrap();
    assert_eq!((place.stands("backup").await, place.stands("restore_check").await), (Verdict::Warn, Verdict::Warn));
    let now = place.clock.now();
    place.store().note_upkeep("backup", now, "ioc.backup").await.unwrap();
    place.store().note_upkeep("restore_check", now, "").await.unwrap();
    place.store().note_upkeep("backup", now.plus(-DAY), "an older one").await.unwrap();
    place.app.audit().await.unwrap();
    assert_eq!((place.stands("backup").await, place.stands("restore_check").await), (Verdict::Ok, Verdict::Ok));
    place.clock.set(now.plus(8 * DAY));
    place.app.audit().await.unwrap();
    assert_eq!((place.stands("backup").await, place.stands("restore_check").await), (Verdict::Alarm, Verdict::Warn));
    let known = place.store().upkeep().await.unwrap();
    assert_eq!(known.iter().map(|one| one.detail.as_str()).collect::<Vec<_>>(), ["ioc.backup", ""]);
}

async fn an_alarm_goes_to_the_centres_own_channel(stage: Stage) {
    let place = Place::new(&stage).await;
    let door = Door { url: "http://127.0.0.1:9/".parse().unwrap(), ranges: vec![] };
    let (name, channel) = (Line::parse("Trung tâm").unwrap(), Channel::Webhook(door));
    let new = NewDestination { office: None, audience: Audience::Office, name, channel, credential: None };
    let to = destinations::add(&place.app.flow, new).await.unwrap().id;
    let waiting = async || place.store().waiting(to).await.unwrap().undelivered;
    place.report().await;
    place.by_hand("update ticket set state = 'resolved', next_at = null").await;
    place.app.audit().await.unwrap();
    place.app.deliver().await.unwrap();
    let before = waiting().await;
    place.minutes_pass(1);
    place.app.audit().await.unwrap();
    place.app.deliver().await.unwrap();
    assert_eq!(waiting().await, before + 1, "the alarm is on its way");
}

async fn a_database_that_is_away_is_told_without_it(stage: Stage) {
    let place = Place::new(&stage).await;
    place.app.audit().await.unwrap();
    place.store().close().await;
    let status = place.status().await;
    assert_eq!((status.state, place.stands("database").await), (Verdict::Alarm, Verdict::Alarm));
    assert!(status.check("disk").is_some() && status.check("tickets").is_none(), "{status:?}");
}
