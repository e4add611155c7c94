//! What clients did and were told, and a checker that holds it against what is there in the end.
//!
//! A report's key is its own words; a change carries a mark in its event. So each operation can be found again, or
//! found missing, whatever its client was told. The checker asks of every report and ticket what a single memory that
//! forgets nothing would do (linearizability of one register with versions): see [`check`].

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Something a client did, between two moments of one clock.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Microseconds: before it was sent.
    pub began: u64,
    /// After the answer, or after the client gave up.
    pub ended: u64,
    /// What.
    pub what: What,
}

/// What was done, and what the client knows of it.
#[derive(Debug, Clone)]
pub enum What {
    /// A report was sent under this key, once or again; its code, None where no answer came.
    Submitted { key: String, code: Option<String> },
    /// A change of a ticket that was read at version `from`.
    Changed { code: String, mark: String, from: i64, outcome: Outcome },
    /// A ticket was read.
    Read { code: String, version: i64 },
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Acknowledged, with the version after it.
    Done(i64),
    /// Refused: nothing may be written.
    Refused,
    /// Nobody knows.
    Unknown,
}

/// What is there in the end, read without the product's help.
#[derive(Debug, Clone, Default)]
pub struct Ending {
    /// Every report with its ticket.
    pub reports: Vec<Kept>,
    /// The offices in whose queues a code stands.
    pub queues: HashMap<String, Vec<String>>,
}

/// A report as it is kept.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The key that its words are.
    pub key: String,
    /// Its code.
    pub code: String,
    /// Its ticket; None for half a report.
    pub ticket: Option<Ticket>,
}

/// A ticket as it is kept.
#[derive(Debug, Clone)]
pub struct Ticket {
    /// Its version.
    pub version: i64,
    /// Whose it is.
    pub office: String,
    /// Its events in order: version and mark.
    pub events: Vec<(i64, Option<String>)>,
}

/// Everything that is wrong, as sentences; empty: the history is one that a single memory could have had.
///
/// - an acknowledged report is there under its code, an unknown one at most once, and none that nobody sent;
/// - one key has one code, one code one key;
/// - an acknowledged change stands right after the version it was made on, a refused one nowhere, an unknown one at most
///   once and there too; so no two writers succeed on one version;
/// - a ticket's versions are 1, 2, 3 … without a gap, and its own is the last;
/// - nobody who begins after an operation has ended sees a version before it;
/// - each ticket stands in exactly one queue, its office's.
pub fn check(operations: &[Operation], ending: &Ending) -> Vec<String> {
    let mut wrong = vec![];
    submissions(operations, ending, &mut wrong);
    endings(ending, &mut wrong);
    changes(operations, ending, &mut wrong);
    order(operations, &mut wrong);
    wrong
}

fn submissions(operations: &[Operation], ending: &Ending, wrong: &mut Vec<String>) {
    let mut promised: BTreeMap<&str, &str> = BTreeMap::new();
    let mut owner: HashMap<&str, &str> = HashMap::new();
    let mut sent = BTreeSet::new();
    for operation in operations {
        let What::Submitted { key, code } = &operation.what else { continue };
        sent.insert(key.as_str());
        let Some(code) = code else { continue };
        if promised.insert(key, code).is_some_and(|before| before != code) {
            wrong.push(format!("key {key} was promised two codes"));
        }
        if owner.insert(code, key).is_some_and(|before| before != key) {
            wrong.push(format!("code {code} was promised to two keys"));
        }
    }
    let mut kept: HashMap<&str, Vec<&str>> = HashMap::new();
    for report in &ending.reports {
        kept.entry(&report.key).or_default().push(&report.code);
    }
    for (key, codes) in &kept {
        if !sent.contains(key) {
            wrong.push(format!("report {key} was never sent"));
        }
        if codes.len() > 1 {
            wrong.push(format!("doubled: report {key} is there as {}", codes.join(", ")));
        }
    }
    for (key, code) in promised {
        if !kept.get(key).is_some_and(|codes| codes.contains(&code)) {
            wrong.push(format!("lost: report {key} was acknowledged as {code}"));
        }
    }
}

fn endings(ending: &Ending, wrong: &mut Vec<String>) {
    for report in &ending.reports {
        let Some(ticket) = &report.ticket else {
            wrong.push(format!("half a report: {} has no ticket", report.code));
            continue;
        };
        if !ticket.events.iter().map(|(version, _)| *version).eq(1..=ticket.version) {
            wrong.push(format!("ticket {} is at version {}: {:?}", report.code, ticket.version, ticket.events));
        }
        match ending.queues.get(&report.code).map(Vec::as_slice) {
            Some([office]) if *office == ticket.office => {}
            queues => wrong.push(format!("ticket {} of {} stands in {queues:?}", report.code, ticket.office)),
        }
    }
}

fn changes(operations: &[Operation], ending: &Ending, wrong: &mut Vec<String>) {
    let mut written: HashMap<&str, Vec<(&str, i64)>> = HashMap::new();
    for report in &ending.reports {
        for (version, mark) in report.ticket.iter().flat_map(|ticket| &ticket.events) {
            if let Some(mark) = mark {
                written.entry(mark).or_default().push((&report.code, *version));
            }
        }
    }
    for operation in operations {
        let What::Changed { code, mark, from, outcome } = &operation.what else { continue };
        let found = written.remove(mark.as_str()).unwrap_or_default();
        let right = found.as_slice() == [(code.as_str(), from + 1)];
        match outcome {
            Outcome::Done(version) if !right => {
                wrong.push(format!("lost: change {mark} of {code} was acknowledged on {from}, found {found:?}"));
                if *version <= *from {
                    wrong.push(format!("change {mark} led from {from} to {version}"));
                }
            }
            Outcome::Refused if !found.is_empty() => {
                wrong.push(format!("change {mark} of {code} was refused and is there: {found:?}"));
            }
            Outcome::Unknown if !found.is_empty() && !right => {
                wrong.push(format!("change {mark} of {code}, unknown, was made on {from}, found {found:?}"));
            }
            _ => {}
        }
    }
    wrong.extend(written.into_iter().map(|(mark, found)| format!("nobody made change {mark}: {found:?}")));
    let mut winners: HashMap<(&str, i64), &str> = HashMap::new();
    for operation in operations {
        if let What::Changed { code, mark, from, outcome: Outcome::Done(_) } = &operation.what
            && let Some(other) = winners.insert((code, *from), mark)
        {
            wrong.push(format!("two writers succeeded on version {from} of {code}: {other} and {mark}"));
        }
    }
}

/// In the order of real time: what has ended is seen by whoever begins after it.
fn order(operations: &[Operation], wrong: &mut Vec<String>) {
    let mut known: Vec<(u64, u64, &str, i64, bool)> = operations
        .iter()
        .filter_map(|operation| match &operation.what {
            What::Read { code, version } => Some((operation.began, operation.ended, code.as_str(), *version, false)),
            What::Changed { code, outcome: Outcome::Done(version), .. } => {
                Some((operation.began, operation.ended, code.as_str(), *version, true))
            }
            _ => None,
        })
        .collect();
    let mut by_end = known.clone();
    known.sort_unstable();
    by_end.sort_unstable_by_key(|(_, ended, ..)| *ended);
    let mut ended = by_end.into_iter().peekable();
    let mut least: HashMap<&str, i64> = HashMap::new();
    for (began, _, code, version, writes) in known {
        while let Some((.., code, version, _)) = ended.next_if(|(_, ended, ..)| *ended < began) {
            let least = least.entry(code).or_default();
            *least = version.max(*least);
        }
        let seen = least.get(code).copied().unwrap_or_default();
        if version < seen || (writes && version == seen) {
            wrong.push(format!("{code} was at version {seen}, and then at {version}"));
        }
    }
}
