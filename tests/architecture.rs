//! The house as a test: which room may open which door, and what may be named where.

#[path = "architecture/source.rs"]
mod source;

use std::{collections::BTreeSet, fs, path::Path};

use source::{Source, sources};

/// Rooms, and the doors that each may open. The root (`lib.rs`, `main.rs`) may open all.
const DOORS: [(&str, &[&str]); 17] = [
    ("domain", &[]),
    ("intake", &["domain"]),
    ("locate", &["domain"]),
    ("route", &["domain"]),
    ("queue", &["domain"]),
    ("media", &["domain"]),
    ("identity", &["domain"]),
    ("store", &["domain"]),
    ("flow", &["domain", "intake", "locate", "route", "queue", "media", "identity", "store"]),
    ("deliver", &["flow", "store", "domain"]),
    ("watch", &["flow", "store", "domain"]),
    ("analytics", &["store", "domain"]),
    (
        "app",
        &[
            "domain",
            "intake",
            "locate",
            "route",
            "queue",
            "media",
            "identity",
            "store",
            "flow",
            "deliver",
            "watch",
            "analytics",
            "config",
        ],
    ),
    ("http", &["app", "flow", "analytics", "identity", "domain"]),
    ("cli", &["app", "http", "flow", "analytics", "domain", "config", "telemetry"]),
    ("config", &["domain"]),
    ("telemetry", &["config", "domain"]),
];

/// Folders beside `src/`; what git ignores is not looked at.
const TOP: [&str; 10] =
    [".ci", "benches", "boundaries", "docs", "fuzz", "migrations", "packaging", "src", "tests", "web"];

/// Longer files have more than one noun.
const MAX_LINES: usize = 500;

const AMBIENT: [&str; 6] =
    ["SystemTime::now", "Timestamp::now", "Zoned::now", "rand::rng", "rand::random", "Uuid::now_v7"];

/// Everything wrong with one file, each in a line for a person.
fn faults(file: &Source) -> Vec<String> {
    let room = file.room();
    let mut faults = vec![];
    let mut fault = |what: String| faults.push(format!("{}: {what}", file.path));
    match DOORS.iter().find(|(name, _)| *name == room) {
        None if file.is_root() => {}
        None => fault(format!("there is no room called {room}")),
        Some((_, doors)) => {
            let opened = file.doors();
            let rooms = DOORS.iter().map(|(name, _)| *name).filter(|name| opened.contains(*name));
            for door in rooms.filter(|door| *door != room && !doors.contains(door)) {
                fault(format!("{room} opens the door to {door}"));
            }
        }
    }
    if room != "store" && file.names("sqlx::") {
        fault("names sqlx outside store".to_owned());
    }
    for ambient in AMBIENT.iter().filter(|ambient| room != "domain" && file.names(ambient)) {
        fault(format!("asks the machine by {ambient} outside domain"));
    }
    if room != "cli" && (file.names("println!") || file.names("print!")) {
        fault("prints outside cli".to_owned());
    }
    if file.lines > MAX_LINES {
        fault(format!("has {} lines, more than {MAX_LINES}", file.lines));
    }
    faults
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn names_in(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.filter_map(Result::ok).filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

#[test]
fn every_file_keeps_to_its_room() {
    let all = sources(&root().join("src"));
    assert!(all.len() > 20, "only {} files were read", all.len());
    let faults: Vec<String> = all.iter().flat_map(faults).collect();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn the_rooms_are_those_of_the_plan() {
    let known: BTreeSet<String> = DOORS.iter().map(|(room, _)| (*room).to_owned()).collect();
    let rooms: BTreeSet<String> = names_in(&root().join("src"))
        .into_iter()
        .map(|name| name.trim_end_matches(".rs").to_owned())
        .filter(|name| !matches!(name.as_str(), "lib" | "main"))
        .collect();
    let strangers: Vec<_> = rooms.difference(&known).collect();
    assert!(strangers.is_empty(), "rooms that the plan does not have: {strangers:?}");
}

#[test]
fn the_top_level_is_as_agreed() {
    let ignored = ["target", "data", "node_modules", ".git"];
    let folders: BTreeSet<String> = names_in(root())
        .into_iter()
        .filter(|name| root().join(name).is_dir() && !ignored.contains(&name.as_str()))
        .collect();
    let strangers: Vec<_> = folders.iter().filter(|name| !TOP.contains(&name.as_str())).collect();
    assert!(strangers.is_empty(), "folders that nobody agreed on: {strangers:?}");
    for needed in ["src", "boundaries", "migrations", "tests", "docs", ".ci"] {
        assert!(folders.contains(needed), "{needed} is missing");
    }
}

#[test]
fn both_engines_have_the_same_migrations() {
    let sqlite = names_in(&root().join("migrations/sqlite"));
    let postgres = names_in(&root().join("migrations/postgres"));
    assert!(!sqlite.is_empty());
    assert_eq!(sqlite, postgres);
}

#[test]
fn a_forbidden_door_is_noticed_however_it_is_opened() {
    let cases = [
        ("locate/mod.rs", "use crate::route::Routes;", "locate opens the door to route"),
        ("locate/mod.rs", "use crate::{domain::ids, store};", "locate opens the door to store"),
        ("queue/calendar.rs", "fn f() { crate::flow::submit::run() }", "queue opens the door to flow"),
        ("queue/calendar.rs", "use super::super::identity::Caller;", "queue opens the door to identity"),
        (
            "http/api/reports.rs",
            "use crate::{\n    flow::{self, submit},\n    store::Store,\n};",
            "http opens the door to store",
        ),
        ("attic/mod.rs", "", "there is no room called attic"),
    ];
    for (path, text, expected) in cases {
        let found = faults(&Source::new(path, text));
        assert_eq!(found, [format!("{path}: {expected}")], "{text}");
    }
}

#[test]
fn forbidden_names_are_noticed() {
    let cases = [
        ("flow/submit.rs", "let rows = sqlx::query(sql);", "names sqlx outside store"),
        ("queue/mod.rs", "let now = jiff::Timestamp::now();", "asks the machine by Timestamp::now outside domain"),
        ("media/mod.rs", "let id = Uuid::now_v7();", "asks the machine by Uuid::now_v7 outside domain"),
        ("intake/mod.rs", "let x: u8 = rand::random();", "asks the machine by rand::random outside domain"),
        ("watch/mod.rs", "println!(\"here\");", "prints outside cli"),
    ];
    for (path, text, expected) in cases {
        assert_eq!(faults(&Source::new(path, text)), [format!("{path}: {expected}")], "{text}");
    }
    let long = "\n".repeat(MAX_LINES + 1);
    assert_eq!(faults(&Source::new("queue/mod.rs", &long)), ["queue/mod.rs: has 501 lines, more than 500"]);
}

#[test]
fn what_is_allowed_is_left_alone() {
    let cases = [
        ("flow/submit.rs", "use crate::{domain::{ids, clock}, store::Store, route};\nuse super::claim;"),
        (
            "queue/mod.rs",
            "//! See [`crate::flow`]; `println!` is not used.\n/* crate::store */ use crate::domain::ids;",
        ),
        ("route/mod.rs", "const HINT: &str = \"crate::store println! sqlx::\"; use self::table::Table;"),
        ("queue/mod.rs", "crate::with_pool!(x); mod tests { use super::Command; use super::super::queue::open; }"),
        ("cli/verify.rs", "println!(\"whole\");"),
        ("watch/mod.rs", "eprintln!(\"x\"); let clock = my_println; let t = MyTimestamp::nowhere();"),
        ("domain/clock.rs", "jiff::Timestamp::now()"),
        ("store/mod.rs", "use sqlx::Row;"),
        ("lib.rs", "pub use crate::store::Store;"),
    ];
    for (path, text) in cases {
        assert_eq!(faults(&Source::new(path, text)), [""; 0], "{text}");
    }
}
