use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection, migrate::Migrator};

use crate::{
    desk::{report, sent},
    hands::{backup, empty_machine, folder_of, refusal},
    support::{TestServer, map, postgres::Database},
};

on_both_engines! {
    a_backup_of_an_older_program_is_brought_back_and_brought_up_to_date,
}

/// The newest migration that the older program knew.
const OLDER: u32 = 21;

/// The migrations that the older program knew.
async fn migrations(engine: &str, folder: &Path) -> Migrator {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine);
    for file in fs::read_dir(all).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        if name.split('_').next().unwrap().parse::<u32>().unwrap() <= OLDER {
            fs::copy(file.path(), folder.join(name)).unwrap();
        }
    }
    Migrator::new(folder.to_owned()).await.unwrap()
}

/// What an older program knew: an empty centre, written to `copy` as a backup has it; the rows of each table.
async fn older(engine: &str, folder: &Path, copy: &Path) -> serde_json::Map<String, Value> {
    let migrations = migrations(engine, folder).await;
    let mut rows = serde_json::Map::new();
    macro_rules! count {
        ($connection:expr, $tables:expr) => {{
            let tables: Vec<String> = sqlx::query_scalar($tables).fetch_all(&mut $connection).await.unwrap();
            for table in tables.into_iter().filter(|name| name != "_sqlx_migrations" && !name.starts_with("sqlite_")) {
                let count = AssertSqlSafe(format!("select count(*) from \"{table}\""));
                let count: i64 = sqlx::query_scalar(count).fetch_one(&mut $connection).await.unwrap();
                rows.insert(table, json!(count));
            }
        }};
    }
    if engine == "sqlite" {
        let file = folder.join("older.db");
        let mut connection = SqliteConnection::connect(&format!("sqlite://{}?mode=rwc", file.display())).await.unwrap();
        migrations.run(&mut connection).await.unwrap();
        count!(connection, "select name from sqlite_schema where type = 'table'");
        connection.close().await.unwrap();
        fs::copy(file, copy).unwrap();
    } else {
        let database = Database::fresh().await;
        let mut connection = PgConnection::connect(&database.url).await.unwrap();
        migrations.run(&mut connection).await.unwrap();
        count!(connection, "select cast(tablename as text) from pg_tables where schemaname = 'public'");
        let dump = ["--format=custom", "--no-owner", "--file", copy.to_str().unwrap(), &database.url];
        assert!(Command::new("pg_dump").args(dump).status().unwrap().success());
    }
    rows
}

async fn a_backup_of_an_older_program_is_brought_back_and_brought_up_to_date(server: TestServer) {
    let (archive, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let made = backup(&server, archive.path());
    let place = folder_of(&made);
    let engine = made["engine"].as_str().unwrap();
    let mut manifest: Value = serde_json::from_slice(&fs::read(place.join("manifest.json")).unwrap()).unwrap();
    let copy = place.join(manifest["database"].as_str().unwrap());
    let newest = manifest["schema"].clone();
    manifest["tables"] = older(engine, folder.path(), &copy).await.into();
    let bytes = fs::read(&copy).unwrap();
    manifest["files"][0]["bytes"] = json!(bytes.len());
    let digest: Vec<_> = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    manifest["files"][0]["sha256"] = json!(digest.concat());
    (manifest["schema"], manifest["sealed"]) = (json!(OLDER), json!(0));
    (manifest["head"], manifest["keys"]) = (json!("00".repeat(32)), json!({}));
    fs::write(place.join("manifest.json"), manifest.to_string()).unwrap();

    let mut elsewhere = empty_machine(&server).await;
    assert_eq!(refusal(&elsewhere, &place), None);
    let schema = "select cast(max(version) as bigint) from _sqlx_migrations";
    assert_eq!(json!(asked!(elsewhere.database_url(), (i64,), schema)[0].0), newest);
    let file = elsewhere.folder().join("map.geojson");
    fs::write(&file, map::geojson().to_string()).unwrap();
    elsewhere.run(&["boundaries", "import", file.to_str().unwrap(), "--generation", map::GENERATION]);
    elsewhere.run(&["boundaries", "activate", map::GENERATION, "--effective", "2025-07-01"]);
    tokio::task::block_in_place(|| elsewhere.serve());
    sent(&elsewhere, &report()).await;
}
