use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::{
    desk::report,
    hands::{backup, empty_machine, folder_of, joined, refusal, sent_with, snapshot},
    support::TestServer,
};

on_both_engines! {
    what_is_not_what_it_was_is_refused_and_nothing_is_written,
    a_place_that_is_not_empty_is_left_alone,
}

/// The files of a backup but its manifest, with what the manifest calls the database first.
fn files(folder: &Path) -> Vec<String> {
    let manifest: Value = serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let all = manifest["files"].as_array().unwrap();
    all.iter().map(|file| file["path"].as_str().unwrap().to_owned()).collect()
}

/// A backup with a photo.
async fn made(server: &TestServer, archive: &Path) -> Value {
    let citizen = sent_with(server, &report(), snapshot(0)).await;
    joined(server, &citizen).await;
    backup(server, archive)
}

async fn what_is_not_what_it_was_is_refused_and_nothing_is_written(server: TestServer) {
    let archive = tempfile::tempdir().unwrap();
    let folder = folder_of(&made(&server, archive.path()).await);
    let elsewhere = empty_machine(&server).await;
    let files = files(&folder);
    let (database, photo) = (folder.join(&files[0]), folder.join(&files[1]));
    let (key, manifest) = (elsewhere.folder().join("ioc.key"), folder.join("manifest.json"));
    let refused = |words: &[&str]| {
        let said = refusal(&elsewhere, &folder).unwrap_or_else(|| panic!("it was brought back: {words:?}"));
        assert!(words.iter().all(|word| said.contains(word)), "{words:?} is not said: {said}");
        assert!(said.contains("Nothing was written"), "{said}");
    };
    let broken = |file: &Path, harm: &dyn Fn(&mut Vec<u8>), words: &[&str]| {
        let whole = fs::read(file).unwrap();
        let mut harmed = whole.clone();
        harm(&mut harmed);
        fs::write(file, harmed).unwrap();
        refused(words);
        fs::write(file, whole).unwrap();
    };
    let middle = |bytes: &mut Vec<u8>| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
    };
    broken(&database, &|bytes| bytes.truncate(bytes.len() - 4096), &[&files[0], "bytes instead of", "take another"]);
    broken(&database, &middle, &[&files[0], "was changed"]);
    broken(&photo, &middle, &[&files[1], "was changed"]);
    let aside = folder.join("aside");
    fs::rename(&photo, &aside).unwrap();
    refused(&[&files[1], "is missing"]);
    fs::rename(&aside, &photo).unwrap();

    let newer = |field: &'static str| {
        move |bytes: &mut Vec<u8>| {
            let mut said: Value = serde_json::from_slice(bytes).unwrap();
            said[field] = json!(9_999);
            *bytes = said.to_string().into_bytes();
        }
    };
    broken(&manifest, &newer("schema"), &["9999", "install ioc"]);
    broken(&key, &|digits| digits[0] = if digits[0] == b'0' { b'1' } else { b'0' }, &["fingerprint", "Bring the key"]);
    let there = fs::read(&key).unwrap();
    fs::remove_file(&key).unwrap();
    refused(&["the sealing key is not here", "ioc.key", "IOC_SECRET_KEY"]);
    assert!(!key.exists(), "a key that fits nothing was made");
    fs::write(&key, there).unwrap();
    fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();

    let whole = fs::read(&manifest).unwrap();
    fs::write(&manifest, &whole[..whole.len() / 2]).unwrap();
    assert!(refusal(&elsewhere, &folder).is_some_and(|said| said.contains("damaged")));
    fs::remove_file(&manifest).unwrap();
    assert!(refusal(&elsewhere, &folder).is_some_and(|said| said.contains("it is no backup")));
    fs::write(&manifest, serde_json::to_vec(&json!({"format": 9, "program": "7.0.0"})).unwrap()).unwrap();
    assert!(refusal(&elsewhere, &folder).is_some_and(|said| said.contains("ioc 7.0.0")));
    fs::write(&manifest, whole).unwrap();

    assert!(!elsewhere.folder().join("media").exists() && !elsewhere.folder().join("ioc.db").exists());
    assert_eq!(refusal(&elsewhere, &folder), None, "the place was left empty");
}

async fn a_place_that_is_not_empty_is_left_alone(server: TestServer) {
    let archive = tempfile::tempdir().unwrap();
    let folder = folder_of(&made(&server, archive.path()).await);
    let before = server.run(&["verify", "--json"]);
    let said = refusal(&server, &folder).unwrap();
    assert!(said.contains("nothing is ever written over"), "{said}");
    let after = server.run(&["verify", "--json"]);
    let head = |told: &str| serde_json::from_str::<Value>(told).unwrap()["faults"].clone();
    assert_eq!(head(&before), head(&after));

    let elsewhere = empty_machine(&server).await;
    let photo = &files(&folder)[1];
    fs::create_dir_all(elsewhere.folder().join(photo).parent().unwrap()).unwrap();
    fs::write(elsewhere.folder().join(photo), "another").unwrap();
    let said = refusal(&elsewhere, &folder).unwrap();
    assert!(said.contains("is another file") && said.contains("Nothing was written"), "{said}");
    fs::copy(folder.join(photo), elsewhere.folder().join(photo)).unwrap();
    // Whoever looks first, as anybody would, has not filled the place by looking.
    let looked = elsewhere.output(&["doctor"]);
    let told = String::from_utf8_lossy(&looked.stdout).into_owned();
    assert!(looked.status.code() == Some(2) && told.contains("there is nothing in the database yet"), "{told}");
    assert_eq!(refusal(&elsewhere, &folder), None, "photos that are there already are kept");
}
