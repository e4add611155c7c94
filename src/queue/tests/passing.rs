use super::{
    super::{default_due, next_moment},
    *,
};
use crate::domain::clock::{HOUR, MINUTE};

use TransferCause::{ByHand, LastResort, Nearest, NotOurs, SimilarCases};

#[test]
fn a_transfer_clears_the_assignee_and_counts_a_bounce() {
    let world = World::new(false);
    let mine = world.after(&world.ticket("xa-03127", thursday()), vec![accept()], thursday());
    let passed = world.after(&mine, vec![pass_to("xa-03160", NotOurs)], thursday());
    assert_eq!((passed.state, passed.bounces, passed.assignee.as_deref()), (State::Queued, 1, None));
    assert_eq!(passed.office, office("xa-03160"));
}

#[test]
fn the_third_bounce_goes_to_the_province_desk_with_a_default() {
    let world = World::new(false);
    let path = ["xa-03160", "xa-03158", "xa-03162"].map(|to| pass_to(to, NotOurs)).to_vec();
    let ticket = world.after(&world.ticket("xa-03127", thursday()), path, thursday());
    assert_eq!((ticket.office.as_str(), ticket.bounces), ("ban-tinh", 3));
    assert_eq!(ticket.default_at, Some(world.calendar.after(thursday(), 120)));
}

#[test]
fn the_desk_acts_by_itself_after_two_working_hours_or_thirty_minutes() {
    let calm = World::new(false);
    let ticket = calm.ticket("ban-tinh", thursday());
    assert_eq!(ticket.default_at, Some(thursday().plus(2 * HOUR)));
    assert_eq!(next_moment(&ticket, &calm.calendar, &calm.ladder, thursday()), ticket.default_at);
    assert!(!default_due(&ticket, thursday().plus(2 * HOUR - 1)));
    assert!(default_due(&ticket, thursday().plus(2 * HOUR)));
    let urgent = World::new(true).ticket("ban-tinh", thursday());
    assert_eq!(urgent.default_at, Some(thursday().plus(30 * MINUTE)));
    assert_eq!(calm.ticket("xa-03127", thursday()).default_at, None);
}

#[test]
fn the_desks_default_waits_while_the_citizen_is_asked() {
    let world = World::new(false);
    let asked = world.after(&world.ticket("ban-tinh", thursday()), vec![wait()], thursday());
    assert!(!default_due(&asked, thursday().plus(2 * HOUR)));
    let answered = world.after(&asked, vec![reply()], thursday().plus(HOUR));
    assert_eq!(answered.default_at, Some(world.calendar.after(thursday(), 180)));
}

#[test]
fn what_the_default_has_settled_can_only_be_moved_from_above() {
    let world = World::new(false);
    for cause in [Nearest, SimilarCases, LastResort] {
        let desk = world.ticket("ban-tinh", thursday());
        let settled = world.step(&desk, pass_to("xa-03127", cause), &Actor::System, thursday()).unwrap().ticket;
        assert!(settled.settled_here);
        assert_eq!(settled.default_at, None);
        let passed = world.step(&settled, pass_to("xa-03160", NotOurs), &by_office("xa-03127"), thursday());
        assert_eq!(passed, Err(Refusal::SettledHere));
        assert!(world.step(&settled, pass_to("xa-03160", ByHand), &centre(), thursday()).is_ok());
        let again = world.after(&settled, vec![accept(), resolve(), reopen()], thursday());
        let passed = world.step(&again, pass_to("xa-03160", NotOurs), &by_office("xa-03127"), thursday());
        assert_eq!(passed, Err(Refusal::SettledHere));
    }
}

#[test]
fn a_person_at_the_centre_ends_the_default_without_settling() {
    let world = World::new(false);
    let desk = world.ticket("ban-tinh", thursday());
    let moved = world.step(&desk, pass_to("xa-03127", ByHand), &centre(), thursday()).unwrap().ticket;
    assert_eq!((moved.default_at, moved.settled_here, moved.bounces), (None, false, 0));
    let back = world.step(&moved, pass_to("ban-tinh", ByHand), &centre(), thursday()).unwrap().ticket;
    assert_eq!(back.default_at, desk.default_at);
}

#[test]
fn nothing_is_passed_to_itself_or_to_the_office_it_is_about() {
    let world = World::new(false);
    let mut ticket = world.ticket("ubnd-tinh", thursday());
    ticket.about = Some(office("xa-03127"));
    for actor in [by_office("ubnd-tinh"), centre(), Actor::System] {
        for to in ["ubnd-tinh", "xa-03127"] {
            let refused = world.step(&ticket, pass_to(to, ByHand), &actor, thursday());
            assert!(matches!(refused, Err(Refusal::BadTarget(_))), "{to}");
        }
    }
}

#[test]
fn passing_on_ends_the_pause_first() {
    let world = World::new(false);
    let waiting = world.after(&world.ticket("xa-03127", thursday()), vec![wait()], thursday());
    let later = thursday().plus(HOUR);
    let decision = world.step(&waiting, pass_to("xa-03160", NotOurs), &by_office("xa-03127"), later).unwrap();
    let history: Vec<_> = decision.events.iter().map(crate::domain::event::EventKind::word).collect();
    assert_eq!(history, ["resumed", "transferred"]);
    assert_eq!((decision.ticket.state, decision.ticket.pause), (State::Queued, None));
    assert_eq!(world.calendar.between(waiting.resolve_by, decision.ticket.resolve_by), 60);
}

#[test]
fn the_citizens_own_answer_moves_a_queued_ticket_without_a_bounce() {
    let world = World::new(false);
    let desk = world.ticket("ban-tinh", thursday());
    let restate = |about: Option<&str>| Command::Restate {
        commune: "03160".parse().unwrap(),
        to: office("xa-03160"),
        kind: kind("xa-03160"),
        about: about.map(office),
    };
    let moved = world.step(&desk, restate(None), &Actor::Citizen, thursday().plus(HOUR)).unwrap().ticket;
    assert_eq!((moved.office.as_str(), moved.bounces, moved.default_at), ("xa-03160", 0, None));
    assert_eq!(moved.commune, Some("03160".parse().unwrap()));
    assert_eq!((moved.accept_by, moved.resolve_by), (desk.accept_by, desk.resolve_by));
    let hidden = world.step(&desk, restate(Some("xa-03160")), &Actor::Citizen, thursday());
    assert!(matches!(hidden, Err(Refusal::BadTarget(_))));
}

#[test]
fn accepting_at_the_desk_postpones_the_default_and_never_ends_it() {
    let calm = World::new(false);
    let taken = calm.after(&calm.ticket("ban-tinh", thursday()), vec![accept()], thursday());
    assert_eq!(taken.default_at, Some(calm.calendar.after(thursday(), calm.calendar.day_minutes())));
    assert!(default_due(&taken, taken.default_at.unwrap()));
    let urgent = World::new(true);
    let taken = urgent.after(&urgent.ticket("ban-tinh", thursday()), vec![accept()], thursday());
    assert_eq!(taken.default_at, Some(thursday().plus(2 * HOUR)));
    assert_eq!(calm.after(&calm.ticket("xa-03127", thursday()), vec![accept()], thursday()).default_at, None);
}

#[test]
fn a_report_about_an_office_goes_to_no_commune_whoever_passes_it_on() {
    let mut world = World::new(false);
    world.category.level = Level::Above;
    let ticket = world.ticket("ban-tinh", thursday());
    for actor in [by_office("ban-tinh"), centre(), Actor::System] {
        let down = world.step(&ticket, pass_to("xa-03127", ByHand), &actor, thursday());
        assert!(matches!(down, Err(Refusal::BadTarget(_))), "{actor:?}");
        assert!(world.step(&ticket, pass_to("ubnd-tinh", ByHand), &actor, thursday()).is_ok());
    }
    let restated = Command::Restate {
        commune: "03160".parse().unwrap(),
        to: office("xa-03160"),
        kind: OfficeKind::Commune,
        about: None,
    };
    let down = world.step(&ticket, restated, &Actor::Citizen, thursday());
    assert!(matches!(down, Err(Refusal::BadTarget(_))));
}
