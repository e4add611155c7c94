use std::{collections::BTreeMap, fs, path::Path};

use ioc::store::Store;

use crate::support::postgres::Database;

/// Name and text of every migration of an engine, without the white space.
fn migrations(engine: &str) -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine);
    let read = |entry: std::io::Result<fs::DirEntry>| {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, fs::read_to_string(path).unwrap().split_whitespace().collect::<Vec<_>>().join(" "))
    };
    fs::read_dir(folder).unwrap().map(read).collect()
}

/// The dialect of SQLite: other type names, strict tables, and keys that must be told not to be null.
fn in_sqlite(text: &str) -> String {
    let mut text = text.to_owned();
    for (postgres, sqlite) in [
        (" collate \"C\"", ""),
        (" bytea", " blob"),
        (" uuid", " blob"),
        (" bigint", " integer"),
        (" boolean", " integer"),
        (" double precision", " real"),
        (" blob primary key", " blob primary key not null"),
        (" text primary key", " text primary key not null"),
        // What is added to over and over lies by its key in the one, and has room to be rewritten in place in the other.
        (" ) with (fillfactor = 80);", " ) strict, without rowid;"),
        (" );", " ) strict;"),
        ("'\\x", "x'"),
        // How bytes lie on the disk is a matter of the one alone.
        (
            "alter table heat alter column cells set storage external, alter column hours set storage external;",
            "select 1;",
        ),
    ] {
        text = text.replace(postgres, sqlite);
    }
    text
}

#[test]
fn both_engines_have_the_same_migrations_in_two_dialects() {
    let translated: BTreeMap<String, String> =
        migrations("postgres").into_iter().map(|(name, text)| (name, in_sqlite(&text))).collect();
    assert_eq!(migrations("sqlite"), translated);
}

async fn all_open(url: &str) {
    let starts: Vec<_> = (0..4)
        .map(|_| {
            let url = url.to_owned();
            tokio::spawn(async move { Store::connect(&url).await })
        })
        .collect();
    for start in starts {
        let store = start.await.unwrap().unwrap();
        assert_eq!(store.revision().await.unwrap(), 0);
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_that_start_together_on_a_new_file_all_open_it() {
    let folder = tempfile::tempdir().unwrap();
    for nth in 0..5 {
        all_open(&format!("sqlite://{}/{nth}.db", folder.path().display())).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_that_start_together_on_a_new_server_database_all_open_it() {
    all_open(&Database::fresh().await.url).await;
}
