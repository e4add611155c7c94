use std::{fs, os::unix::process::ExitStatusExt as _, path::Path};

use serde_json::Value;

use crate::{
    desk::{report, sent},
    hands::{backup, comes, done, empty_machine, folder_of, joined, refusal, sent_with, snapshot},
    support::{Engine, TestServer},
};

on_both_engines! {
    a_restore_that_was_killed_among_the_photos_is_finished_by_the_next,
}

/// A backup with a photo: its folder, the bytes of the database's copy and of the largest photo.
async fn made(server: &TestServer, archive: &Path) -> (std::path::PathBuf, u64, u64) {
    let citizen = sent_with(server, &report(), snapshot(0)).await;
    joined(server, &citizen).await;
    let folder = folder_of(&backup(server, archive));
    let manifest: Value = serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let bytes: Vec<_> =
        manifest["files"].as_array().unwrap().iter().map(|file| file["bytes"].as_u64().unwrap()).collect();
    (folder, bytes[0], *bytes[1..].iter().max().unwrap())
}

/// The kernel ends the restore in the middle of the first file of its own that is longer.
fn killed_at(elsewhere: &mut TestServer, bytes: u64, folder: &Path) {
    elsewhere.through(&["prlimit", &format!("--fsize={bytes}:{bytes}")]);
    let output = elsewhere.output(&["restore", folder.to_str().unwrap()]);
    elsewhere.through(&[]);
    assert_eq!(output.status.signal(), Some(25), "SIGXFSZ: {}", String::from_utf8_lossy(&output.stderr));
}

/// Whoever would serve it is told to bring it back first.
fn nobody_serves(elsewhere: &mut TestServer) {
    // One that does start ends by itself, and is no refusal.
    elsewhere.through(&["timeout", "60"]);
    for command in [&["serve", "--listen", "127.0.0.1:0"][..], &["verify"]] {
        let output = elsewhere.output(command);
        let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
        let log = fs::read_to_string(elsewhere.folder().join("log")).unwrap_or_default();
        assert!(!output.status.success() && output.status.code() != Some(124), "{command:?} {}", output.status);
        assert!((said.clone() + &log).contains("run `ioc restore` again"), "{command:?}: {said}{log}");
    }
    elsewhere.through(&[]);
}

/// It serves what the backup had.
async fn it_is_whole(elsewhere: &mut TestServer) {
    assert_eq!(asked!(elsewhere.database_url(), (i64,), "select count(*) from ticket"), [(1,)]);
    elsewhere.run(&["verify"]);
    tokio::task::block_in_place(|| elsewhere.serve());
    sent(elsewhere, &report()).await;
}

async fn a_restore_that_was_killed_among_the_photos_is_finished_by_the_next(server: TestServer) {
    let archive = tempfile::tempdir().unwrap();
    let (folder, _, photo) = made(&server, archive.path()).await;
    let mut elsewhere = empty_machine(&server).await;
    killed_at(&mut elsewhere, photo / 2, &folder);
    nobody_serves(&mut elsewhere);
    assert_eq!(refusal(&elsewhere, &folder), None);
    it_is_whole(&mut elsewhere).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_that_was_killed_in_the_middle_of_the_file_is_finished_by_the_next() {
    let server = TestServer::start(Engine::Sqlite).await;
    let archive = tempfile::tempdir().unwrap();
    let (folder, database, photo) = made(&server, archive.path()).await;
    let mut elsewhere = empty_machine(&server).await;
    assert!(photo < database / 2);
    killed_at(&mut elsewhere, database / 2, &folder);
    nobody_serves(&mut elsewhere);
    assert_eq!(refusal(&elsewhere, &folder), None);
    it_is_whole(&mut elsewhere).await;
}

/// The lock under which migrations of a database run, as sqlx numbers it.
fn lock_of_migrations(url: &str) -> i64 {
    let name = url.split('?').next().unwrap().rsplit_once('/').unwrap().1;
    let checksum = name.bytes().fold(!0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg()))
    });
    0x3d32_ad9e * i64::from(!checksum)
}

/// All rows are there by then, and numbers that were given out since would be given out again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_that_was_killed_after_the_rows_were_there_is_served_by_nobody() {
    use sqlx::Connection as _;
    let server = TestServer::start(Engine::Postgres).await;
    let archive = tempfile::tempdir().unwrap();
    let (folder, ..) = made(&server, archive.path()).await;
    let mut elsewhere = empty_machine(&server).await;
    let mut gate = sqlx::PgConnection::connect(elsewhere.database_url()).await.unwrap();
    let lock = lock_of_migrations(elsewhere.database_url());
    sqlx::query("select pg_advisory_lock($1)").bind(lock).execute(&mut gate).await.unwrap();
    let mut restoring = elsewhere.command(&["restore", folder.to_str().unwrap()]).spawn().unwrap();
    let waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted \
        and database = (select oid from pg_database where datname = current_database())";
    comes("the rows are there", || async { asked!(elsewhere.database_url(), (i64,), waiting) == [(1,)] }).await;
    assert_eq!(asked!(elsewhere.database_url(), (i64,), "select count(*) from ticket"), [(1,)]);
    restoring.kill().unwrap();
    restoring.wait().unwrap();
    gate.close().await.unwrap();

    nobody_serves(&mut elsewhere);
    let said = refusal(&elsewhere, &folder).unwrap();
    assert!(said.contains("was broken off") && said.contains("dropdb, createdb"), "{said}");
    let anew = ["drop schema public cascade", "create schema public", "drop schema ioc_restoring"];
    done(elsewhere.database_url(), &anew).await;
    assert_eq!(refusal(&elsewhere, &folder), None);
    it_is_whole(&mut elsewhere).await;
}
