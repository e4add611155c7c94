use ioc::{
    domain::{clock::Timestamp, event::EventKind, ticket::State},
    flow::{handle::Act, redrawn},
    store::TallyQuery,
};
use serde_json::json;

use crate::{
    support::Stage,
    town::{EAST, NORTH, STRIP, Town, WEST, center, words},
};

on_every_store!(
    a_queued_ticket_moves_with_its_history_and_its_clock,
    what_an_official_has_in_hand_stays_and_is_marked,
    a_pause_goes_on_at_the_new_office,
    a_code_used_for_other_ground_joins_nothing,
    what_somebody_passed_on_stays_there,
    killed_between_two_batches_another_instance_goes_on,
    until_its_batch_a_ticket_is_read_through_the_plan,
    an_instance_that_knows_an_older_plan_moves_nothing_back,
    a_rollback_puts_everything_back,
    a_future_map_takes_effect_when_its_moment_comes,
    a_late_report_is_placed_by_the_map_of_its_day_and_queued_by_todays,
    offices_of_a_merged_commune_end_with_their_last_ticket,
    a_ticket_settled_before_and_reopened_after_goes_where_it_belongs,
    figures_of_either_map_count_what_was_open_on_it,
    a_mapping_file_overrules_the_ground,
    a_preview_counts_what_lies_on_moved_ground,
);

async fn a_queued_ticket_moves_with_its_history_and_its_clock(stage: Stage) {
    let town = Town::new(&stage).await;
    let id = town.report_at(STRIP).await;
    let before = town.ticket(id).await;
    assert_eq!(before.office.as_str(), "xa-03102");
    town.minutes_pass(5);
    town.activate("b").await;
    town.app.tick().await.unwrap();
    let after = town.ticket(id).await;
    assert_eq!((after.office.as_str(), after.generation.as_str()), ("xa-03101", "b"));
    assert_eq!(after.commune.as_ref().unwrap().as_str(), "03101");
    assert_eq!((after.accept_by, after.resolve_by), (before.accept_by, before.resolve_by));
    assert_eq!((after.promised_by, after.received_at), (before.promised_by, before.received_at));
    assert_eq!((after.state, after.bounces, after.version), (State::Queued, 0, before.version + 1));
    assert_eq!(town.ground.store.history(&center(), id).await.unwrap().len(), 3);
    assert!(town.tombstone("xa-03102", id).await.contains("địa giới"));
    town.app.tick().await.unwrap();
    assert_eq!(town.ticket(id).await.version, after.version, "once is enough");
    town.audit().await;
}

async fn what_an_official_has_in_hand_stays_and_is_marked(stage: Stage) {
    let town = Town::new(&stage).await;
    let (accepted, started, asked) =
        (town.report_at(STRIP).await, town.report_at(STRIP).await, town.report_at(STRIP).await);
    for id in [accepted, started, asked] {
        town.act("xa-03102", id, Act::Accept(None)).await.unwrap();
    }
    town.act("xa-03102", started, Act::Start).await.unwrap();
    town.act("xa-03102", asked, Act::Wait(words("Ở đâu?"))).await.unwrap();
    town.activate("b").await;
    town.app.tick().await.unwrap();
    for id in [accepted, started, asked] {
        let ticket = town.ticket(id).await;
        assert_eq!((ticket.office.as_str(), ticket.generation.as_str()), ("xa-03102", "b"));
        assert_eq!(ticket.successor.unwrap().as_str(), "xa-03101");
        assert!(matches!(town.redrawn(id).await[..], [EventKind::Redrawn { stays: true, .. }]));
    }
    town.act("xa-03102", started, Act::Resolve(words("Đã vá"), vec![])).await.unwrap();
    town.audit().await;
}

async fn a_pause_goes_on_at_the_new_office(stage: Stage) {
    let town = Town::new(&stage).await;
    let id = town.report_at(STRIP).await;
    town.act("xa-03102", id, Act::Wait(words("Ở đâu?"))).await.unwrap();
    let before = town.ticket(id).await;
    town.activate("b").await;
    town.app.tick().await.unwrap();
    let after = town.ticket(id).await;
    assert_eq!(after.office.as_str(), "xa-03101");
    assert_eq!((after.state, after.pause), (State::WaitingForCitizen, before.pause));
}

async fn a_code_used_for_other_ground_joins_nothing(stage: Stage) {
    let town = Town::new(&stage).await;
    let (north, east) = (town.report_at(NORTH).await, town.report_at(EAST).await);
    let named = town.report(json!({"place": {"commune": "03102", "hint": "bản Nà Nghè"}})).await;
    town.activate("b").await;
    town.app.tick().await.unwrap();
    for (id, office, commune) in
        [(north, "xa-03103", "03102"), (east, "xa-03102", "03104"), (named, "xa-03102", "03104")]
    {
        let ticket = town.ticket(id).await;
        assert_eq!((ticket.office.as_str(), ticket.commune.unwrap().as_str()), (office, commune));
    }
    assert_eq!(town.queue("xa-03102").await.len(), 2);
}

async fn what_somebody_passed_on_stays_there(stage: Stage) {
    let town = Town::new(&stage).await;
    let id = town.report_at(STRIP).await;
    town.act("xa-03102", id, Act::Transfer(Some("xa-03103".parse().unwrap()), words("Của xã Bắc"))).await.unwrap();
    town.activate("b").await;
    town.app.tick().await.unwrap();
    let ticket = town.ticket(id).await;
    assert_eq!((ticket.office.as_str(), ticket.generation.as_str()), ("xa-03103", "b"));
}

async fn killed_between_two_batches_another_instance_goes_on(stage: Stage) {
    let town = Town::new(&stage).await;
    let mut ids = vec![];
    for _ in 0..usize::try_from(redrawn::BATCH).unwrap() + 50 {
        ids.push(town.report_at(STRIP).await);
    }
    town.activate("b").await;
    town.app.flow.refresh().await.unwrap();
    let centre = town.app.flow.centre();
    let (written, _) = redrawn::batch(&town.app.flow, &centre, &"a".parse().unwrap(), None).await.unwrap().unwrap();
    assert_eq!(written, usize::try_from(redrawn::BATCH).unwrap());
    let (one, two) = (town.instance(2).await, town.instance(3).await);
    let (first, second) = tokio::join!(redrawn::follow(&one.flow), redrawn::follow(&two.flow));
    assert_eq!(first.unwrap() + second.unwrap(), 50);
    for id in ids {
        assert_eq!(town.office(id).await, "xa-03101");
        assert_eq!(town.redrawn(id).await.len(), 1);
    }
    town.audit().await;
}

async fn until_its_batch_a_ticket_is_read_through_the_plan(stage: Stage) {
    let town = Town::new(&stage).await;
    let (one, two) = (town.report_at(STRIP).await, town.report_at(STRIP).await);
    town.activate("b").await;
    town.app.flow.refresh().await.unwrap();
    assert!(town.act("xa-03102", one, Act::Accept(None)).await.is_err(), "it is no longer theirs");
    town.act("xa-03101", one, Act::Accept(None)).await.unwrap();
    assert!(!town.queue("xa-03102").await.contains(&two));
    assert!(town.queue("xa-03101").await.contains(&two));
    town.audit().await;
}

async fn an_instance_that_knows_an_older_plan_moves_nothing_back(stage: Stage) {
    let town = Town::new(&stage).await;
    let id = town.report_at(STRIP).await;
    let old = town.instance(2).await;
    town.activate("b").await;
    town.app.tick().await.unwrap();
    assert_eq!(redrawn::follow(&old.flow).await.unwrap(), 0);
    assert_eq!(town.office(id).await, "xa-03101");
    assert_eq!(town.redrawn(id).await.len(), 1);
}

async fn a_rollback_puts_everything_back(stage: Stage) {
    let town = Town::new(&stage).await;
    let (queued, held, taken) = (town.report_at(STRIP).await, town.report_at(STRIP).await, town.report_at(STRIP).await);
    let named = town.report(json!({"place": {"commune": "03102"}})).await;
    town.act("xa-03102", held, Act::Accept(None)).await.unwrap();
    let before = town.ticket(queued).await;
    town.activate("b").await;
    town.app.tick().await.unwrap();
    town.act("xa-03101", taken, Act::Accept(None)).await.unwrap();
    let fresh = town.report_at(EAST).await;
    town.ground.rollback().await.unwrap();
    town.app.tick().await.unwrap();
    let after = town.ticket(queued).await;
    assert_eq!(after.version, before.version + 2);
    assert_eq!(ioc::domain::ticket::Ticket { version: before.version, ..after }, before);
    let held = town.ticket(held).await;
    assert_eq!((held.office.as_str(), held.successor), ("xa-03102", None));
    let taken = town.ticket(taken).await;
    assert_eq!((taken.office.as_str(), taken.state), ("xa-03101", State::Accepted));
    assert_eq!(taken.successor.unwrap().as_str(), "xa-03102");
    assert_eq!(town.ticket(named).await.commune.unwrap().as_str(), "03102");
    let fresh = town.ticket(fresh).await;
    assert_eq!((fresh.office.as_str(), fresh.commune.unwrap().as_str()), ("xa-03102", "03102"));
    town.audit().await;
}

async fn a_future_map_takes_effect_when_its_moment_comes(stage: Stage) {
    let town = Town::new(&stage).await;
    let id = town.report_at(STRIP).await;
    let moment: Timestamp = town.clock.now().plus(3_600_000_000);
    town.ground.activate(&"b".parse().unwrap(), Some(moment)).await.unwrap();
    town.app.tick().await.unwrap();
    assert_eq!(town.office(id).await, "xa-03102");
    town.minutes_pass(61);
    town.app.tick().await.unwrap();
    assert_eq!(town.office(id).await, "xa-03101");
}

async fn a_late_report_is_placed_by_the_map_of_its_day_and_queued_by_todays(stage: Stage) {
    let town = Town::new(&stage).await;
    let seen = town.clock.now();
    town.minutes_pass(60);
    town.activate("b").await;
    town.app.tick().await.unwrap();
    town.minutes_pass(60);
    let captured = seen.to_string();
    let id = town.report(json!({"position": {"lon": STRIP.0, "lat": STRIP.1}, "captured_at": captured})).await;
    assert_eq!(town.office(id).await, "xa-03101");
    let history = town.ground.store.history(&center(), id).await.unwrap();
    let EventKind::Assigned { receipt, .. } = &history[1].kind else { panic!("it was assigned") };
    assert_eq!((receipt.placement.generation.as_str(), receipt.deciding().generation.as_str()), ("a", "b"));
    assert_eq!(receipt.placement.commune.as_ref().unwrap().as_str(), "03102");
    let named = town.report(json!({"place": {"commune": "03102"}, "captured_at": captured})).await;
    assert_eq!(town.ticket(named).await.commune.unwrap().as_str(), "03104");
}

async fn offices_of_a_merged_commune_end_with_their_last_ticket(stage: Stage) {
    let town = Town::new(&stage).await;
    let (queued, held) = (town.report_at(WEST).await, town.report_at(EAST).await);
    town.act("xa-03102", held, Act::Accept(None)).await.unwrap();
    town.activate("c").await;
    town.app.tick().await.unwrap();
    assert_eq!(town.office(queued).await, "xa-03101-2", "another unit has another office, whatever its code");
    assert_eq!(town.queue("xa-03101").await, vec![]);
    assert_eq!(town.queue("xa-03102").await, vec![held]);
    assert_eq!(town.ticket(held).await.successor.unwrap().as_str(), "xa-03101-2");
    town.act("xa-03102", held, Act::Resolve(words("Đã vá"), vec![])).await.unwrap();
}

async fn a_ticket_settled_before_and_reopened_after_goes_where_it_belongs(stage: Stage) {
    let town = Town::new(&stage).await;
    let (before, while_marked) = (town.report_at(STRIP).await, town.report_at(STRIP).await);
    for id in [before, while_marked] {
        town.act("xa-03102", id, Act::Accept(None)).await.unwrap();
    }
    town.act("xa-03102", before, Act::Resolve(words("Đã vá"), vec![])).await.unwrap();
    town.activate("b").await;
    town.app.tick().await.unwrap();
    assert_eq!(town.ticket(before).await.generation.as_str(), "a", "what is settled keeps its old place");
    town.act("xa-03102", while_marked, Act::Resolve(words("Đã vá"), vec![])).await.unwrap();
    for id in [before, while_marked] {
        town.reopen(id).await;
        assert_eq!(town.office(id).await, "xa-03101");
    }
    town.audit().await;
}

async fn figures_of_either_map_count_what_was_open_on_it(stage: Stage) {
    let town = Town::new(&stage).await;
    let (settled, open) = (town.report_at(STRIP).await, town.report_at(STRIP).await);
    town.act("xa-03102", settled, Act::Accept(None)).await.unwrap();
    town.act("xa-03102", settled, Act::Resolve(words("Đã vá"), vec![])).await.unwrap();
    town.activate("b").await;
    town.app.tick().await.unwrap();
    for (map, commune) in [("a", "03102"), ("b", "03101")] {
        let query = TallyQuery { generation: Some(map.parse().unwrap()), ..TallyQuery::default() };
        let rows = stage.store.tallies_by_commune(&center(), &query).await.unwrap();
        assert_eq!(rows.len(), 1, "{map}");
        assert_eq!(rows[0].key.as_ref().unwrap().as_str(), commune);
        assert_eq!(rows[0].tally.reports, 1);
    }
    assert_eq!(town.ticket(open).await.generation.as_str(), "b");
    town.audit().await;
}

async fn a_mapping_file_overrules_the_ground(stage: Stage) {
    let town = Town::new(&stage).await;
    let named = town.report(json!({"place": {"commune": "03102"}})).await;
    let mapping = ioc::flow::successions::read_mapping("old_code,new_code\n03102,03101\n".as_bytes()).unwrap();
    town.ground.activate_mapped(&"b".parse().unwrap(), None, Some(&mapping)).await.unwrap();
    town.app.tick().await.unwrap();
    assert_eq!(town.office(named).await, "xa-03101");
    let wrong = ioc::flow::successions::read_mapping("old_code,new_code\n03102,03999\n".as_bytes()).unwrap();
    assert!(town.ground.activate_mapped(&"c".parse().unwrap(), None, Some(&wrong)).await.is_err());
}

async fn a_preview_counts_what_lies_on_moved_ground(stage: Stage) {
    let town = Town::new(&stage).await;
    let (open, settled) = (town.report_at(STRIP).await, town.report_at(STRIP).await);
    town.report_at(EAST).await;
    town.act("xa-03102", open, Act::Accept(None)).await.unwrap();
    town.act("xa-03102", settled, Act::Accept(None)).await.unwrap();
    town.act("xa-03102", settled, Act::Resolve(words("Đã vá"), vec![])).await.unwrap();
    let preview = town.ground.preview("a", "b").await.unwrap();
    assert_eq!((preview.open_tickets, preview.reports_of_a_year), (1, 2));
    assert_eq!(preview.moves.len(), 1);
    assert_eq!((preview.moves[0].from.code.as_str(), preview.moves[0].to.code.as_str()), ("03102", "03101"));
    assert_eq!(preview.reused_codes, ["03102".parse().unwrap()]);
    assert_eq!(preview.areas.features.len(), 1);
    town.minutes_pass(366 * 24 * 60);
    let later = town.ground.preview("a", "b").await.unwrap();
    assert_eq!((later.open_tickets, later.reports_of_a_year), (1, 0));
    assert!(town.ground.preview("a", "nowhere").await.is_err());
}
