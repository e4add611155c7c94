use std::{fs, path::Path};

use serde_json::json;

use crate::{
    desk::{Desk, report, sent},
    hands::{done, sealed},
    support::TestServer,
};

on_both_engines! {
    a_program_goes_on_beside_one_that_has_added_to_the_schema,
}

/// What a newer program may do to the schema without asking the older ones.
const ADDED: [&str; 3] = [
    "alter table ticket add column colour text",
    "create table colour (name text primary key not null)",
    "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
     values (9001, 'colours of tickets', true, '', 0)",
];
/// And what it may not.
const TAKEN: &str = "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
     values (9002, 'needs 9001 the old colour goes', true, '', 0)";

async fn a_program_goes_on_beside_one_that_has_added_to_the_schema(mut server: TestServer) {
    let before = sent(&server, &report()).await;
    done(server.database_url(), &ADDED).await;

    let during = sent(&server, &report()).await;
    server.kill();
    tokio::task::block_in_place(|| server.serve());
    let after = sent(&server, &report()).await;
    let desk = Desk::of(&server, &before.office());
    for citizen in [&before, &during, &after] {
        desk.does(&desk.id(&citizen.code).await, "accept", json!({})).await;
    }
    assert_eq!(sealed(&server).await["faults"], json!([]));

    done(server.database_url(), &[TAKEN]).await;
    server.get("/readyz").await.is(200);
    let output = server.output(&["verify"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("too old") && said.contains("Install the version"), "{said}");
}

/// The rule of the migrations, from the first one that was written under it.
#[test]
fn migrations_add_and_take_nothing_away_unless_their_name_says_whom_they_need() {
    for engine in ["sqlite", "postgres"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine);
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let (number, words) = name.split_once('_').unwrap();
            if number.parse::<u32>().unwrap() < 25 || words.starts_with("needs_") {
                continue;
            }
            // How bytes lie on the disk is nothing that an older program reads.
            let text = fs::read_to_string(&path).unwrap().to_lowercase();
            let text: String = text.split([',', ';']).filter(|part| !part.contains(" set storage ")).collect();
            for taking in ["drop table", "drop column", "rename ", "alter column", "delete from", "truncate"] {
                assert!(
                    !text.contains(taking),
                    "{name}: {taking:?}. Older programs still run: name it {number}_needs_…"
                );
            }
        }
    }
}
