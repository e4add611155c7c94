use State::{Accepted, Closed, InProgress, Merged, Queued, Refused, Resolved, WaitingForCitizen, Withdrawn};

use super::*;

/// The contract's table: each command, the states it is possible in, and the state after it (None: the same).
const TABLE: &[(&str, &[State], Option<State>)] = &[
    ("accept", &[Queued], Some(Accepted)),
    ("claim", &[Queued], Some(Accepted)),
    ("release", &[Accepted, InProgress], Some(Queued)),
    ("expire", &[Accepted, InProgress], Some(Queued)),
    ("assign", &[Accepted, InProgress], None),
    ("start", &[Accepted], Some(InProgress)),
    ("resolve", &[Accepted, InProgress], Some(Resolved)),
    ("refuse", &[Queued, Accepted, InProgress], Some(Refused)),
    ("transfer", &[Queued, Accepted, InProgress, WaitingForCitizen], Some(Queued)),
    ("wait", &[Queued, Accepted, InProgress], Some(WaitingForCitizen)),
    ("extend", &[Queued, Accepted, InProgress, WaitingForCitizen], None),
    ("merge", &[Queued, Accepted, InProgress, WaitingForCitizen], Some(Merged)),
    ("absorb", &[Queued, Accepted, InProgress, WaitingForCitizen], None),
    ("withdraw", &[Queued, Accepted, InProgress, WaitingForCitizen], Some(Withdrawn)),
    ("confirm", &[Resolved], Some(Closed)),
    ("reopen", &[Resolved, Closed, Refused], Some(Queued)),
    ("rate", &[Resolved, Closed], None),
    ("restate", &[Queued], None),
    ("redraw", &[Queued, Accepted, InProgress, WaitingForCitizen], None),
    ("unmerge", &[Merged], Some(Queued)),
    ("repoint", &[Merged], None),
    ("publish", &[Accepted, InProgress, WaitingForCitizen, Resolved, Closed, Refused], None),
    ("comment", &State::ALL, None),
];

fn command(name: &str, ticket: &Ticket, now: Timestamp) -> Command {
    let other = TicketId(Entropy::seeded(7).uuid(now));
    match name {
        "accept" => accept(),
        "assign" => Command::Assign { to: Line::parse("Vàng A Pó").unwrap() },
        "claim" => Command::Claim { holder: "Máy".into(), until: now.plus(60_000_000) },
        "release" => Command::Release,
        "expire" => Command::Expire,
        "start" => Command::Start,
        "resolve" => resolve(),
        "refuse" => refuse(),
        "transfer" => pass_to("xa-03160", TransferCause::NotOurs),
        "wait" => wait(),
        "extend" => Command::Extend { until: ticket.resolve_by.plus(1), reason: words("Mưa lớn") },
        "merge" => Command::Merge { into: other },
        "absorb" => Command::Absorb { from: other },
        "withdraw" => Command::Withdraw,
        "confirm" => Command::Confirm,
        "reopen" => reopen(),
        "rate" => Command::Rate { stars: 4, text: None },
        "restate" => Command::Restate {
            commune: "03160".parse().unwrap(),
            to: office("xa-03160"),
            kind: kind("xa-03160"),
            about: None,
        },
        "redraw" => Command::Redraw {
            to: office("xa-03160"),
            place: Place { generation: "b".parse().unwrap(), commune: Some("03160".parse().unwrap()), about: None },
        },
        "unmerge" => Command::Unmerge { from: other, with: vec![ticket.id] },
        "repoint" => Command::Repoint { into: other },
        "publish" => Command::Publish { text: words("Đường đã thông"), photos: vec![] },
        "comment" => comment(),
        other => panic!("no such command: {other}"),
    }
}

/// A ticket that came into that state the ordinary way.
fn in_state(world: &World, state: State, now: Timestamp) -> Ticket {
    let new = world.ticket("xa-03127", now);
    let path = match state {
        Queued => vec![],
        Accepted => vec![accept()],
        InProgress => vec![accept(), Command::Start],
        WaitingForCitizen => vec![accept(), wait()],
        Resolved => vec![accept(), resolve()],
        Closed => vec![accept(), resolve(), Command::Confirm],
        Refused => vec![accept(), refuse()],
        Merged => vec![command("merge", &new, now)],
        Withdrawn => vec![Command::Withdraw],
    };
    let ticket = world.after(&new, path, now);
    assert_eq!(ticket.state, state);
    ticket
}

#[test]
fn every_command_in_every_state_does_what_the_contract_says() {
    let world = World::new(false);
    let now = thursday();
    for (name, from, to) in TABLE {
        for state in State::ALL {
            let ticket = in_state(&world, state, now);
            let answer = world.step(&ticket, command(name, &ticket, now), &by_office("xa-03127"), now);
            match answer {
                Ok(decision) => {
                    assert!(from.contains(&state), "{name} must be refused when {}", state.as_str());
                    assert_eq!(decision.ticket.state, to.unwrap_or(state), "{name} from {}", state.as_str());
                    let steps = i64::try_from(decision.events.len()).unwrap();
                    assert_eq!(decision.ticket.version, ticket.version + steps, "{name}");
                }
                Err(refusal) => {
                    assert!(!from.contains(&state), "{name} from {}: {refusal}", state.as_str());
                    assert!(matches!(refusal, Refusal::NotNow { .. }), "{name}: {refusal}");
                }
            }
        }
    }
}

#[test]
fn a_reply_goes_back_to_where_it_was_and_is_a_remark_where_nothing_was_asked() {
    let world = World::new(false);
    let now = thursday();
    for (path, back) in [
        (vec![wait()], Queued),
        (vec![accept(), wait()], Accepted),
        (vec![accept(), Command::Start, wait()], InProgress),
    ] {
        let waiting = world.after(&world.ticket("xa-03127", now), path, now);
        assert_eq!(waiting.state, WaitingForCitizen);
        assert_eq!(world.after(&waiting, vec![reply()], now).state, back);
    }
    for state in State::ALL.into_iter().filter(|state| *state != WaitingForCitizen) {
        let decision = world.step(&in_state(&world, state, now), reply(), &Actor::Citizen, now).unwrap();
        assert_eq!(decision.ticket.state, state);
        assert_eq!(decision.events[0].word(), "commented");
    }
}

#[test]
fn a_queued_ticket_is_never_published_and_a_withdrawn_one_neither() {
    let world = World::new(false);
    let now = thursday();
    for state in [Queued, Withdrawn, Merged] {
        let ticket = in_state(&world, state, now);
        assert!(world.step(&ticket, command("publish", &ticket, now), &by_office("xa-03127"), now).is_err());
    }
}

#[test]
fn an_end_leaves_nothing_running() {
    let world = World::new(false);
    let now = thursday();
    let desk = world.ticket("ban-tinh", now);
    for end in [refuse(), Command::Withdraw, command("merge", &desk, now)] {
        let ticket = world.after(&desk, vec![end], now);
        assert_eq!((ticket.default_at, ticket.pause, ticket.ended_at), (None, None, Some(now)));
        assert_eq!(super::super::next_moment(&ticket, &world.calendar, &world.ladder, now), None);
    }
}

#[test]
fn the_citizen_is_asked_twice_in_a_round_and_not_a_third_time() {
    let world = World::new(false);
    let now = thursday();
    let asked = world.after(&world.ticket("xa-03127", now), vec![accept(), wait(), reply(), wait(), reply()], now);
    assert_eq!(world.step(&asked, wait(), &by_office("xa-03127"), now), Err(Refusal::TooManyQuestions(2)));
    let again = world.after(&asked, vec![resolve(), reopen(), wait()], now);
    assert_eq!((again.state, again.waits), (WaitingForCitizen, 1));
}

#[test]
fn a_duplicate_whose_main_ticket_is_taken_back_is_queued_with_its_own_clocks() {
    let world = World::new(false);
    let now = thursday();
    let new = world.ticket("ban-tinh", now);
    let merged = world.after(&new, vec![accept(), command("merge", &new, now)], now);
    let (from, other) = (merged.merged_into.unwrap(), TicketId(Entropy::seeded(9).uuid(now)));
    let decision = world.step(&merged, Command::Unmerge { from, with: vec![other] }, &Actor::System, now).unwrap();
    let back = decision.ticket;
    assert_eq!((back.state, back.round, back.merged_into, back.ended_at), (Queued, 1, None, None));
    assert_eq!((back.accept_by, back.resolve_by, back.default_at), (new.accept_by, new.resolve_by, new.default_at));
    let history: Vec<_> = decision.events.iter().map(crate::domain::event::EventKind::word).collect();
    assert_eq!(history, ["unmerged", "absorbed"]);
}

#[test]
fn a_duplicate_that_was_marked_for_another_office_is_queued_there() {
    let world = World::new(false);
    let now = thursday();
    let new = world.ticket("xa-03127", now);
    let marked = world.after(&new, vec![accept(), command("redraw", &new, now)], now);
    assert_eq!((&marked.office, &marked.successor), (&office("xa-03127"), &Some(office("xa-03160"))));
    let merged = world.after(&marked, vec![command("merge", &new, now)], now);
    let decision = world.step(&merged, command("unmerge", &new, now), &Actor::System, now).unwrap();
    assert_eq!((decision.ticket.office, decision.ticket.successor), (office("xa-03160"), None));
    assert_eq!(decision.events.last().unwrap().word(), "redrawn");
}

#[test]
fn a_duplicate_comes_back_once_when_its_main_ticket_was_answered() {
    let world = World::new(false);
    let now = thursday();
    let merged = in_state(&world, Merged, now);
    let reopen = |answered| Command::Reopen { text: words("Chỗ tôi vẫn sụt"), answered };
    assert!(world.step(&merged, reopen(None), &Actor::Citizen, now).is_err());
    let late = now.plus(16 * crate::domain::clock::DAY);
    assert_eq!(world.step(&merged, reopen(Some(now)), &Actor::Citizen, late), Err(Refusal::TooLate(15)));
    let back = world.step(&merged, reopen(Some(now)), &Actor::Citizen, now).unwrap().ticket;
    assert_eq!((back.state, back.round, back.merged_into), (Queued, 2, None));
    let merged = world.after(&back, vec![command("merge", &back, now)], now);
    assert!(world.step(&merged, reopen(Some(now)), &Actor::Citizen, now).is_err());
}
