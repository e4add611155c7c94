use super::{
    super::{lapse, left, next_moment, read_ladder},
    *,
};
use crate::domain::{
    clock::{HOUR, MINUTE},
    event::EventKind,
    ladder::{Cause, Step},
};

/// Lets it alone from `from` on for so many moments; every rung with its moment.
fn climb(world: &World, ticket: &mut Ticket, from: Timestamp, moments: usize) -> Vec<(Cause, i64, Step, Timestamp)> {
    let (mut now, mut rungs) = (from, vec![]);
    for _ in 0..moments {
        let Some(next) = next_moment(ticket, &world.calendar, &world.ladder, now) else { break };
        assert!(next > now, "time goes on");
        now = next;
        while let Some(step) = lapse(ticket, world.setting(now)) {
            for event in &step.events {
                if let EventKind::Escalated { cause, level, step } = event {
                    rungs.push((*cause, *level, *step, now));
                }
            }
            *ticket = step.ticket;
        }
    }
    rungs
}

#[test]
fn what_nobody_takes_climbs_every_rung_and_the_top_says_it_again() {
    let world = World::new(false);
    let mut ticket = world.ticket("xa-03127", thursday());
    let after = |hours: i64| world.calendar.after(ticket.accept_by, hours * 60);
    let expected = [
        (1, Step::Reminder, after(0)),
        (2, Step::Leader, after(4)),
        (3, Step::Province, after(8)),
        (4, Step::Public, after(15)),
        (5, Step::Public, after(15 + 37)),
        (6, Step::Public, after(15 + 2 * 37)),
    ];
    let rungs = climb(&world, &mut ticket, thursday(), 20);
    let untaken = rungs.iter().filter(|(cause, ..)| *cause == Cause::Untaken);
    let untaken: Vec<_> = untaken.map(|(_, level, step, at)| (*level, *step, *at)).take(6).collect();
    assert_eq!(untaken, expected);
    assert!(rungs.iter().any(|(cause, level, ..)| (*cause, *level) == (Cause::Unresolved, 4)));
}

#[test]
fn urgent_tickets_climb_on_the_wall_clock() {
    let world = World::new(true);
    let mut ticket = world.ticket("xa-03127", thursday());
    let by = ticket.accept_by;
    let rungs = climb(&world, &mut ticket, thursday(), 7);
    let untaken = rungs.iter().filter(|(cause, ..)| *cause == Cause::Untaken);
    let minutes: Vec<_> = untaken.map(|(.., at)| at.since(by) / MINUTE).collect();
    assert_eq!(minutes[..6], [0, 15, 30, 60, 300, 540]);
}

#[test]
fn however_late_it_is_noticed_no_rung_is_left_out() {
    let world = World::new(false);
    let mut ticket = world.ticket("xa-03127", thursday());
    let late = world.calendar.after(ticket.accept_by, 16 * 60);
    let mut levels = vec![];
    while let Some(step) = lapse(&ticket, world.setting(late)) {
        levels.extend(step.events.iter().filter_map(|event| match event {
            EventKind::Escalated { level, .. } => Some(*level),
            _ => None,
        }));
        ticket = step.ticket;
    }
    assert_eq!(levels, [1, 2, 3, 4]);
    assert!(world.ladder.is_public(&ticket));
}

#[test]
fn whoever_takes_it_stops_the_climb_and_a_new_round_begins_below() {
    let world = World::new(false);
    let mut ticket = world.ticket("xa-03127", thursday());
    climb(&world, &mut ticket, thursday(), 2);
    assert_eq!(ticket.untaken_rungs, 2);
    let now = world.calendar.after(ticket.accept_by, 5 * 60);
    let mut taken = world.after(&ticket, vec![accept()], now);
    assert_eq!(next_moment(&taken, &world.calendar, &world.ladder, now), Some(taken.resolve_by));
    let rungs = climb(&world, &mut taken, now, 3);
    assert!(rungs.iter().all(|(cause, ..)| *cause == Cause::Unresolved), "{rungs:?}");
    assert!(taken.unresolved_rungs >= 2);
    let now = taken.resolve_by.plus(100 * HOUR);
    let done = world.after(&taken, vec![resolve()], now);
    assert!(!world.ladder.is_public(&done), "what is settled is no longer marked");
    let again = world.step(&done, reopen(), &Actor::Citizen, now).unwrap().ticket;
    assert_eq!((again.untaken_rungs, again.unresolved_rungs), (0, 0));
}

#[test]
fn nothing_climbs_while_the_citizen_is_asked_and_what_is_left_stands_still() {
    let world = World::new(false);
    let new = world.ticket("xa-03127", thursday());
    let t = |minutes: i64| thursday().plus(minutes * MINUTE);
    assert_eq!(left(&new, &world.calendar, t(60)), (Some(7 * 60), Some(39 * 60)));
    let waiting = world.after(&new, vec![accept(), wait()], t(60));
    assert_eq!(left(&waiting, &world.calendar, t(200)), (None, Some(39 * 60)));
    assert_eq!(next_moment(&waiting, &world.calendar, &world.ladder, t(60)), waiting.pause.map(|pause| pause.until));
    let done = world.after(&new, vec![accept(), resolve()], t(60));
    assert_eq!(left(&done, &world.calendar, t(200)), (None, None));
}

#[test]
fn a_ladder_climbs_or_is_refused_in_words() {
    let text = include_str!("../ladder.toml");
    assert_eq!(read_ladder(text).unwrap(), starter_ladder());
    let refused = |text: &str| Ladder::new(read_ladder(text).unwrap()).unwrap_err().to_string();
    assert!(refused(&text.replace("\"leader\"", "\"public\"")).starts_with("rung 3:"));
    assert!(refused(&text.replace("untaken_hours = 4", "untaken_hours = 9")).starts_with("rung 3:"));
    assert!(refused(&text.replace("again_hours = 37", "again_hours = 0")).starts_with("again_hours"));
}
