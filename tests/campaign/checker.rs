//! The checker is held against histories with one planted violation each: it must name every one of them.

use crate::history::{Ending, Kept, Operation, Outcome, Ticket, What, check};

fn at(began: u64, ended: u64, what: What) -> Operation {
    Operation { began, ended, what }
}

fn sent(key: &str, code: Option<&str>) -> Operation {
    at(0, 1, What::Submitted { key: key.into(), code: code.map(Into::into) })
}

fn changed(began: u64, mark: &str, from: i64, outcome: Outcome) -> Operation {
    at(began, began + 1, What::Changed { code: "AAA".into(), mark: mark.into(), from, outcome })
}

fn read(began: u64, version: i64) -> Operation {
    at(began, began + 1, What::Read { code: "AAA".into(), version })
}

fn kept(key: &str, code: &str, marks: &[Option<&str>]) -> Kept {
    let events: Vec<_> = (1..).zip(marks.iter().map(|mark| mark.map(str::to_owned))).collect();
    let version = i64::try_from(events.len()).expect("few");
    Kept { key: key.into(), code: code.into(), ticket: Some(Ticket { version, office: "xa".into(), events }) }
}

/// Three reports, one of them never answered; four changes, two of them unknown; reads in between.
fn honest() -> (Vec<Operation>, Ending) {
    let operations = vec![
        sent("a", Some("AAA")),
        sent("a", Some("AAA")),
        sent("b", None),
        sent("c", None),
        read(10, 2),
        changed(20, "m1", 2, Outcome::Done(3)),
        changed(21, "m2", 2, Outcome::Refused),
        changed(30, "m3", 3, Outcome::Unknown),
        changed(31, "m4", 3, Outcome::Unknown),
        read(40, 4),
        changed(50, "m5", 4, Outcome::Done(5)),
    ];
    let reports =
        vec![kept("a", "AAA", &[None, None, Some("m1"), Some("m4"), Some("m5")]), kept("b", "BBB", &[None, None])];
    let queues = [("AAA", vec!["xa".into()]), ("BBB", vec!["xa".into()])];
    (operations, Ending { reports, queues: queues.map(|(code, offices)| (code.to_owned(), offices)).into() })
}

fn ticket(ending: &mut Ending) -> &mut Ticket {
    ending.reports[0].ticket.as_mut().expect("a ticket")
}

#[track_caller]
fn named(plant: impl FnOnce(&mut Vec<Operation>, &mut Ending), word: &str) {
    let (mut operations, mut ending) = honest();
    plant(&mut operations, &mut ending);
    let wrong = check(&operations, &ending);
    assert!(wrong.iter().any(|what| what.contains(word)), "{word} is not named: {wrong:?}");
}

#[test]
fn an_honest_history_with_unknown_answers_passes() {
    let (operations, ending) = honest();
    assert_eq!(check(&operations, &ending), Vec::<String>::new());
}

#[test]
fn a_lost_or_doubled_report_is_named() {
    named(|_, ending| drop(ending.reports.remove(0)), "lost: report a");
    named(|_, ending| ending.reports.push(kept("a", "CCC", &[None, None])), "doubled: report a");
    named(|_, ending| ending.reports.push(kept("b", "CCC", &[None, None])), "doubled: report b");
    named(|_, ending| ending.reports.push(kept("z", "CCC", &[None, None])), "never sent");
    named(|_, ending| ending.reports[1].ticket = None, "half a report");
}

#[test]
fn two_codes_for_a_key_and_two_keys_for_a_code_are_named() {
    named(|operations, _| operations.push(sent("a", Some("BBB"))), "two codes");
    named(|operations, _| operations.push(sent("b", Some("AAA"))), "two keys");
}

#[test]
fn a_lost_doubled_or_misplaced_change_is_named() {
    named(|_, ending| ticket(ending).events[2].1 = None, "lost: change m1");
    named(|_, ending| ticket(ending).events[1].1 = Some("m1".into()), "lost: change m1");
    named(|_, ending| ticket(ending).events[1].1 = Some("m2".into()), "refused and is there");
    named(|_, ending| ticket(ending).events[1].1 = Some("m4".into()), "unknown, was made on 3");
    named(|_, ending| ticket(ending).events[1].1 = Some("m9".into()), "nobody made change m9");
}

#[test]
fn two_writers_on_one_version_are_named() {
    named(|operations, _| operations.push(changed(60, "m6", 2, Outcome::Done(3))), "two writers");
}

#[test]
fn a_gap_in_the_versions_is_named() {
    named(|_, ending| drop(ticket(ending).events.remove(1)), "is at version 5");
    named(|_, ending| ticket(ending).version = 6, "is at version 6");
}

#[test]
fn a_version_that_goes_back_in_time_is_named() {
    named(|operations, _| operations.push(read(60, 3)), "was at version 5, and then at 3");
    named(|operations, _| operations.push(changed(60, "m1", 4, Outcome::Done(5))), "was at version 5, and then at 5");
}

#[test]
fn a_read_beside_a_write_may_see_either_version() {
    let (mut operations, ending) = honest();
    operations.push(at(50, 51, What::Read { code: "AAA".into(), version: 4 }));
    operations.push(at(51, 52, What::Read { code: "AAA".into(), version: 5 }));
    assert_eq!(check(&operations, &ending), Vec::<String>::new());
}

#[test]
fn a_ticket_in_no_queue_in_two_or_in_another_offices_is_named() {
    named(|_, ending| drop(ending.queues.remove("BBB")), "BBB of xa stands in None");
    named(|_, ending| ending.queues.get_mut("BBB").expect("a queue").push("so".into()), "BBB of xa stands in");
    named(|_, ending| ending.queues.get_mut("BBB").expect("a queue")[0] = "so".into(), "BBB of xa stands in");
}
