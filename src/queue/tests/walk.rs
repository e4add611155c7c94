use super::{
    super::{default_due, lapse, next_moment},
    *,
};
use crate::domain::clock::{HOUR, MINUTE};

/// A command drawn by chance, possible or not.
fn drawn(ticket: &Ticket, dice: [u8; 4]) -> Command {
    let offices = ["xa-03127", "xa-03160", "xa-03158", "ban-tinh", "ubnd-tinh"];
    let to = offices[usize::from(dice[1]) % offices.len()];
    let causes = [TransferCause::NotOurs, TransferCause::ByHand, TransferCause::Nearest];
    let cause = causes[usize::from(dice[2]) % causes.len()];
    match dice[0] % 18 {
        0 | 1 => accept(),
        2 => Command::Start,
        3 => resolve(),
        4 => refuse(),
        5 | 6 => pass_to(to, cause),
        7 => wait(),
        8 => reply(),
        9 => Command::Extend { until: ticket.resolve_by.plus(i64::from(dice[3]) * HOUR), reason: words("Mưa") },
        10 => reopen(),
        11 => Command::Confirm,
        12 => Command::Restate { commune: "03160".parse().unwrap(), to: office(to), kind: kind(to), about: None },
        13 | 14 => Command::Claim { holder: "Máy".into(), until: ticket.resolve_by },
        15 => Command::Release,
        16 => Command::Expire,
        _ => comment(),
    }
}

fn holds_together(world: &World, ticket: &Ticket, now: Timestamp) {
    let next = next_moment(ticket, &world.calendar, &world.ladder, now);
    let waits = ticket.state.is_open() || ticket.state == State::Resolved;
    assert_eq!(next.is_some(), waits, "{ticket:?}");
    assert_eq!(ticket.pause.is_some(), ticket.state == State::WaitingForCitizen);
    assert_eq!(ticket.ended_at.is_some(), !ticket.state.is_open());
    assert!(ticket.default_at.is_none() || (ticket.office == world.desk && ticket.state.is_open()));
    if ticket.state == State::Queued && ticket.office == world.desk {
        assert!(ticket.default_at.is_some(), "nobody sits at the desk");
    }
    assert!(ticket.promised_by <= ticket.resolve_by);
    let due = next.is_some_and(|at| at <= now);
    let acts = lapse(ticket, world.setting(now)).is_some() || default_due(ticket, now);
    assert_eq!(due, acts, "a moment that has come is one at which something happens: {ticket:?} at {now}");
}

#[test]
fn wherever_chance_leads_an_open_ticket_has_a_next_moment() {
    let chance = Entropy::seeded(20_260_723);
    for run in 0..400_i64 {
        let world = World::new(run % 2 == 0);
        let mut now = thursday().plus(run * 97 * MINUTE);
        let mut ticket = world.ticket(if run % 3 == 0 { "ban-tinh" } else { "xa-03127" }, now);
        for _ in 0..60 {
            let dice: [u8; 6] = chance.bytes();
            now = now.plus(i64::from(dice[4]) * i64::from(dice[5]) * MINUTE / 8);
            holds_together(&world, &ticket, now);
            let actor = match dice[5] % 3 {
                0 => Actor::System,
                1 => centre(),
                _ => by_office(ticket.office.as_str()),
            };
            let command = drawn(&ticket, [dice[0], dice[1], dice[2], dice[3]]);
            let Ok(decision) = world.step(&ticket, command, &actor, now) else { continue };
            let steps = i64::try_from(decision.events.len()).unwrap();
            assert!(steps > 0);
            assert_eq!(decision.ticket.version, ticket.version + steps);
            assert!(decision.ticket.bounces >= ticket.bounces && decision.ticket.round >= ticket.round);
            ticket = decision.ticket;
        }
    }
}

#[test]
fn left_alone_every_ticket_comes_to_rest_or_is_looked_at_again() {
    for urgent in [false, true] {
        let world = World::new(urgent);
        let mut ticket = world.after(&world.ticket("xa-03127", thursday()), vec![wait()], thursday());
        let mut now = thursday();
        let mut history = vec![];
        for _ in 0..40 {
            now = next_moment(&ticket, &world.calendar, &world.ladder, now).unwrap();
            while let Some(step) = lapse(&ticket, world.setting(now)) {
                history.extend(step.events.iter().map(crate::domain::event::EventKind::word));
                ticket = step.ticket;
            }
        }
        history.retain(|word| *word != "escalated");
        assert_eq!(history, ["resumed", "accept_missed", "resolve_missed"]);
    }
}
