//! The year's days off and the ladder are data, which an operator shows, edits and puts into force.

use std::{fs, process::Output};

use serde_json::Value;

use crate::{
    desk::{Desk, report, sent},
    support::TestServer,
};

on_both_engines! {
    a_year_is_loaded_after_the_last_one_that_is_known,
    a_ladder_is_shown_edited_and_put_into_force,
}

/// What the program answers to a file with this text.
fn given(server: &TestServer, command: [&str; 2], text: &str) -> Output {
    let file = server.folder().join("given.toml");
    fs::write(&file, text).expect("a file");
    let file = file.to_str().expect("a readable name").to_owned();
    server.output(&[command[0], command[1], &file])
}

fn refusal(answer: &Output) -> String {
    assert!(!answer.status.success(), "{answer:?}");
    String::from_utf8_lossy(&answer.stderr).into_owned()
}

async fn a_year_is_loaded_after_the_last_one_that_is_known(server: TestServer) {
    let known: toml::Table = toml::from_str(&server.run(&["calendar", "show"])).expect("TOML");
    let last: i64 = known["until"].as_str().expect("a day")[..4].parse().expect("a year");
    let year = |year: i64, day: &str| {
        format!("year = {year}\nholidays = [{{ day = \"{day}\", name = \"Tết\" }}]\nswapped = []\n")
    };

    let gap = refusal(&given(&server, ["calendar", "load"], &year(last + 2, &format!("{}-01-01", last + 2))));
    assert!(gap.contains(&(last + 1).to_string()), "the year that is missing is named: {gap}");
    let other = refusal(&given(&server, ["calendar", "load"], &year(last + 1, &format!("{}-01-01", last + 2))));
    assert!(other.contains(&format!("{}-01-01", last + 2)), "the day is named: {other}");

    let done = given(&server, ["calendar", "load"], &year(last + 1, &format!("{}-01-01", last + 1)));
    assert!(done.status.success(), "{done:?}");
    let shown: toml::Table = toml::from_str(&server.run(&["calendar", "show"])).expect("TOML");
    assert_eq!(shown["until"].as_str(), Some(format!("{}-12-31", last + 1).as_str()));
}

async fn a_ladder_is_shown_edited_and_put_into_force(server: TestServer) {
    let ladder = server.run(&["ladder", "show"]);
    let edited = ladder.replacen("dead_hours = 6", "dead_hours = 12", 1);
    assert_ne!(ladder, edited);
    let done = given(&server, ["ladder", "import"], &edited);
    assert!(done.status.success(), "{done:?}");
    assert_eq!(server.run(&["ladder", "show"]), edited);

    let upside_down = edited.replacen("step = \"leader\"", "step = \"public\"", 1);
    refusal(&given(&server, ["ladder", "import"], &upside_down));
    assert_eq!(server.run(&["ladder", "show"]), edited, "nothing of a bad ladder is taken");

    let citizen = sent(&server, &report()).await;
    let desk = Desk::of(&server, &citizen.office());
    let ticket = desk.find(&citizen.code).await.expect("it is in the queue");
    assert!(ticket["left"]["accept_minutes"].as_i64() > Some(0), "{ticket}");
    assert_eq!((&ticket["escalation"], &ticket["overdue"]), (&Value::Null, &Value::Bool(false)));
}
