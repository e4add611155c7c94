use super::{
    super::{lapse, next_moment},
    *,
};
use crate::domain::clock::{DAY, HOUR, MINUTE};

fn clocks(ticket: &Ticket) -> [Timestamp; 3] {
    [ticket.accept_by, ticket.resolve_by, ticket.promised_by]
}

#[test]
fn deadlines_run_from_receipt_in_working_hours_or_on_the_wall_clock() {
    let calm = World::new(false).ticket("xa-03127", thursday());
    // Thursday 08:00 and 8 working hours: 7 on Thursday (to 17:00), 1 on Friday.
    assert_eq!(calm.accept_by, at("2026-07-24T01:30:00Z"));
    assert_eq!(calm.resolve_by, World::new(false).calendar.after(thursday(), 40 * 60));
    let urgent = World::new(true).ticket("xa-03127", thursday());
    assert_eq!(clocks(&urgent), [thursday().plus(8 * HOUR), thursday().plus(40 * HOUR), thursday().plus(40 * HOUR)]);
}

#[test]
fn no_comment_acceptance_or_transfer_moves_a_clock() {
    let world = World::new(false);
    let new = world.ticket("xa-03127", thursday());
    let later = thursday().plus(3 * HOUR);
    let path = vec![
        comment(),
        accept(),
        Command::Assign { to: Line::parse("B").unwrap() },
        Command::Start,
        reply(),
        pass_to("xa-03160", TransferCause::NotOurs),
    ];
    assert_eq!(clocks(&world.after(&new, path, later)), clocks(&new));
}

#[test]
fn a_pause_leaves_what_was_left() {
    for urgent in [false, true] {
        let world = World::new(urgent);
        let new = world.ticket("xa-03127", thursday());
        let asked = thursday().plus(HOUR);
        let answered = asked.plus(4 * DAY + 100 * MINUTE);
        let waiting = world.after(&new, vec![accept(), wait()], asked);
        assert_eq!(clocks(&waiting), clocks(&new), "nothing moves before the answer");
        let back = world.after(&waiting, vec![reply()], answered);
        let left = |ticket: &Ticket, now: Timestamp| {
            if urgent { ticket.resolve_by.since(now) / MINUTE } else { world.calendar.between(now, ticket.resolve_by) }
        };
        assert_eq!(left(&back, answered), left(&new, asked));
        assert_eq!(back.promised_by, back.resolve_by);
    }
}

#[test]
fn an_answer_makes_nobody_overdue_whose_deadline_had_been_moved_out_of_working_time() {
    let world = World::new(false);
    let saturday_noon = at("2026-08-01T05:00:00Z");
    let extend = Command::Extend { until: saturday_noon, reason: words("Mưa to") };
    let new = world.ticket("xa-03127", thursday());
    // Asked on Friday after hours: until Saturday noon nobody works.
    let friday = at("2026-07-31T12:00:00Z");
    let waiting = world.after(&world.after(&new, vec![accept(), extend], thursday()), vec![wait()], friday);
    assert_eq!((waiting.resolve_by, waiting.resolve_missed), (saturday_noon, false));
    let a_day = |from: Timestamp| world.calendar.after(from, world.calendar.day_minutes());
    for answered in [saturday_noon.plus(-1), saturday_noon, saturday_noon.plus(HOUR), saturday_noon.plus(2 * DAY)] {
        let back = world.after(&waiting, vec![reply()], answered);
        let before = answered < saturday_noon;
        assert_eq!(back.resolve_by, if before { saturday_noon } else { a_day(answered) }, "{answered}");
        assert_eq!(lapse(&back, world.setting(answered)), None, "{answered}");
    }
    let by_itself = lapse(&waiting, world.setting(waiting.pause.unwrap().until)).unwrap().ticket;
    assert_eq!(by_itself.resolve_by, a_day(waiting.pause.unwrap().until));
}

#[test]
fn a_pause_ends_by_itself_when_it_was_said_to_however_late_that_is_noticed() {
    let world = World::new(false);
    let waiting = world.after(&world.ticket("xa-03127", thursday()), vec![wait()], thursday());
    let until = waiting.pause.unwrap().until;
    assert_eq!(until, world.calendar.after(thursday(), 5 * 450));
    assert_eq!(next_moment(&waiting, &world.calendar, &world.ladder, thursday()), Some(until));
    assert_eq!(lapse(&waiting, world.setting(until.plus(-1))), None);
    let at_once = lapse(&waiting, world.setting(until)).unwrap();
    let late = lapse(&waiting, world.setting(until.plus(DAY / 2))).unwrap();
    assert_eq!(at_once, late);
    assert_eq!((late.ticket.state, late.events[0].word()), (State::Queued, "resumed"));
}

#[test]
fn crossed_deadlines_are_written_once_and_only_where_they_apply() {
    let world = World::new(false);
    let new = world.ticket("xa-03127", thursday());
    assert_eq!(lapse(&new, world.setting(new.accept_by.plus(-1))), None);
    let first = lapse(&new, world.setting(new.accept_by)).unwrap();
    assert_eq!(first.events[0].word(), "accept_missed");
    let again = lapse(&first.ticket, world.setting(new.resolve_by.plus(-1))).unwrap();
    assert_eq!(again.events[0].word(), "escalated", "it is written once");
    let second = lapse(&first.ticket, world.setting(new.resolve_by)).unwrap();
    assert_eq!(second.events[0].word(), "resolve_missed");
    assert!(second.ticket.resolve_missed);
    let taken = world.after(&new, vec![accept()], thursday());
    assert_eq!(lapse(&taken, world.setting(new.accept_by)), None);
}

#[test]
fn a_command_writes_first_what_was_due_before_it() {
    let world = World::new(false);
    let new = world.ticket("xa-03127", thursday());
    let decision = world.step(&new, accept(), &by_office("xa-03127"), new.accept_by).unwrap();
    let history: Vec<_> = decision.events.iter().map(crate::domain::event::EventKind::word).collect();
    assert_eq!(history, ["accept_missed", "escalated", "accepted"]);
    assert_eq!(decision.ticket.version, new.version + 3);
}

#[test]
fn silence_closes_after_fifteen_days_and_then_nothing_moves() {
    let world = World::new(false);
    let done = world.after(&world.ticket("xa-03127", thursday()), vec![accept(), resolve()], thursday());
    let end = thursday().plus(15 * DAY);
    assert_eq!(next_moment(&done, &world.calendar, &world.ladder, thursday()), Some(end));
    let closed = lapse(&done, world.setting(end)).unwrap().ticket;
    assert_eq!((closed.state, closed.ended_at), (State::Closed, Some(thursday())));
    assert_eq!(next_moment(&closed, &world.calendar, &world.ladder, end), None);
}

#[test]
fn working_time_to_resolution_leaves_out_pauses_and_starts_again_with_a_reopening() {
    for urgent in [false, true] {
        let world = World::new(urgent);
        let new = world.ticket("xa-03127", thursday());
        let t = |minutes: i64| thursday().plus(minutes * MINUTE);
        let waiting = world.after(&new, vec![accept(), wait()], t(20));
        let back = world.after(&waiting, vec![reply()], t(80));
        let done = world.after(&back, vec![resolve()], t(110));
        assert_eq!(done.worked_minutes, Some(50));
        let again = world.after(&done, vec![reopen()], t(120));
        assert_eq!(again.worked_minutes, None);
        assert_eq!(world.after(&again, vec![accept(), resolve()], t(135)).worked_minutes, Some(15));
    }
}

#[test]
fn an_extension_is_counted_apart_and_never_taken_afterwards() {
    let world = World::new(false);
    let new = world.ticket("xa-03127", thursday());
    let extend = |until| Command::Extend { until, reason: words("Chờ vật tư") };
    let longer = world.after(&new, vec![extend(new.resolve_by.plus(30 * DAY))], thursday());
    assert_eq!((longer.resolve_by, longer.extensions), (new.resolve_by.plus(30 * DAY), 1));
    assert_eq!(longer.promised_by, new.promised_by);
    for until in [new.resolve_by, new.resolve_by.plus(30 * DAY + 1)] {
        let refused = world.step(&new, extend(until), &by_office("xa-03127"), thursday());
        assert!(matches!(refused, Err(Refusal::BadValue(_))));
    }
    let late = world.step(&new, extend(new.resolve_by.plus(DAY)), &by_office("xa-03127"), new.resolve_by);
    assert!(matches!(late, Err(Refusal::BadValue(_))));
}

#[test]
fn reopening_starts_a_new_round_with_fresh_clocks() {
    let world = World::new(false);
    let now = thursday().plus(10 * DAY);
    let mut done = world.after(&world.ticket("xa-03127", thursday()), vec![accept(), resolve()], thursday());
    done.settled_here = true;
    let again = world.after(&done, vec![reopen()], now);
    assert_eq!((again.state, again.round), (State::Queued, 2));
    assert_eq!(clocks(&again), clocks(&world.ticket("xa-03127", now)));
    assert_eq!((again.accepted_at, again.ended_at, again.assignee.clone()), (None, None, None));
    assert!(again.settled_here && !again.accept_missed && !again.resolve_missed);
    let closed = world.after(&done, vec![Command::Confirm], thursday());
    let too_late = world.step(&closed, reopen(), &Actor::Citizen, thursday().plus(15 * DAY + 1));
    assert_eq!(too_late, Err(Refusal::TooLate(15)));
}

#[test]
fn a_refusal_can_be_reopened_once() {
    let world = World::new(false);
    let refused = world.after(&world.ticket("xa-03127", thursday()), vec![refuse()], thursday());
    assert!(world.step(&refused, reopen(), &Actor::Citizen, thursday().plus(15 * DAY + 1)).is_err());
    let again = world.after(&refused, vec![reopen(), refuse()], thursday());
    assert!(matches!(
        world.step(&again, reopen(), &Actor::Citizen, thursday()),
        Err(Refusal::NotNow { state: "refused", .. })
    ));
}

#[test]
fn a_rating_has_one_to_five_stars_and_can_be_changed_for_fifteen_days() {
    let world = World::new(false);
    let rate = |stars| Command::Rate { stars, text: None };
    let path = vec![accept(), resolve(), Command::Confirm, rate(2)];
    let rated = world.after(&world.ticket("xa-03127", thursday()), path, thursday());
    assert_eq!(rated.stars, Some(2));
    assert_eq!(world.after(&rated, vec![rate(5)], thursday().plus(15 * DAY)).stars, Some(5));
    assert!(world.step(&rated, rate(1), &Actor::Citizen, thursday().plus(15 * DAY + 1)).is_err());
    for stars in [0, 6, -1] {
        assert!(world.step(&rated, rate(stars), &Actor::Citizen, thursday()).is_err());
    }
}
