use std::path::Path;

use serde_json::Value;

use crate::{
    desk::{report, sent},
    hands::{comes, done},
    support::{Engine, TestServer, server::client},
};

on_both_engines! {
    a_server_makes_its_backups_by_itself,
}

fn backups(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return vec![] };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.filter(|name| !name.starts_with('.')).collect()
}

async fn noted(server: &TestServer) -> Vec<(String, i64)> {
    asked!(
        server.database_url(),
        (String, i64),
        "select kind, at from upkeep where kind in ('backup', 'restore_check') order by kind"
    )
}

async fn a_server_makes_its_backups_by_itself(mut server: TestServer) {
    let archive = tempfile::tempdir().unwrap();
    sent(&server, &report()).await;
    assert!(noted(&server).await.is_empty(), "nobody asked for one");
    server.kill();
    server.set("IOC_BACKUP_DIR", archive.path().to_str().unwrap());
    tokio::task::block_in_place(|| server.serve());
    comes("the first", || async { noted(&server).await.len() == 2 }).await;
    assert_eq!(backups(archive.path()).len(), 1);
    let first = noted(&server).await;

    // A second one is due a day after the first, whoever leads then.
    let other = (!server.database_url().starts_with("sqlite")).then(|| tokio::task::block_in_place(|| server.beside()));
    done(server.database_url(), &["update upkeep set at = at - 90000000000"]).await;
    if other.is_some() {
        server.kill();
    }
    comes("the second", || async { noted(&server).await.iter().all(|(_, at)| *at > first[0].1) }).await;
    assert_eq!(backups(archive.path()).len(), 2);
    let folder = archive.path().join(&backups(archive.path())[0]);
    let elsewhere = crate::hands::empty_machine(&server).await;
    assert_eq!(crate::hands::refusal(&elsewhere, &folder), None);
    drop(other);
}

/// How often each instance that runs has looked whether a backup is due.
async fn looks(server: &TestServer) -> Vec<u64> {
    let log = std::fs::read_to_string(server.folder().join("log")).unwrap();
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut looks = vec![];
    for address in lines.filter_map(|line| line["fields"]["metrics"].as_str().map(str::to_owned)) {
        // One that was killed says nothing any more.
        let Ok(answer) = client().get(format!("http://{address}/metrics")).send().await else { continue };
        let text = answer.text().await.unwrap();
        let told = text.lines().find_map(|line| line.strip_prefix(r#"ioc_loop_beats_total{loop="backup"} "#));
        looks.push(told.map_or(0, |number| number.parse().unwrap()));
    }
    looks
}

/// Two instances and one archive: the leader alone makes it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_instances_make_one_backup() {
    let mut server = TestServer::start(Engine::Postgres).await;
    let archive = tempfile::tempdir().unwrap();
    server.kill();
    server.set("IOC_BACKUP_DIR", archive.path().to_str().unwrap());
    let _other = tokio::task::block_in_place(|| {
        server.serve();
        server.beside()
    });
    comes("the only one", || async { noted(&server).await.len() == 2 }).await;
    // What became of a look is told with the next one.
    let until_now = looks(&server).await;
    assert_eq!(until_now.len(), 2, "both tell how often they looked");
    comes("both look again, and again", || async {
        looks(&server).await.iter().zip(&until_now).all(|(looks, before)| *looks >= before + 2)
    })
    .await;
    assert_eq!(backups(archive.path()).len(), 1);
}
