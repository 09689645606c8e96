//! What a person did, as it is written down, exported and signed; and the file of it, copied and put back.

mod desk;

use std::path::Path;

use clawpair_api::CreatePairingCode;
use clawpair_app::view::data::Restored;
use clawpair_app::view::journal::{BundleCheck, Export, JournalActor, JournalEntry, JournalQuery};
use clawpair_app::view::{ActivityCheck, AppEvent, DeviceQuery, PAGE};
use clawpair_app::{App, EMBEDDED};
use tokio::sync::broadcast;

use crate::desk::Desk;

fn code(name: &str) -> CreatePairingCode {
    CreatePairingCode {
        name: name.into(),
        device_type: "IoT Gateway".into(),
        permissions: vec!["sensor:read".into()],
        expires_in_minutes: 10,
        addresses: None,
        ask_first: None,
        typed: None,
    }
}

async fn make_code(app: &App, name: &str) -> String {
    let shown = app.platform(EMBEDDED).unwrap().create_pairing(&code(name)).await.unwrap();
    shown.link
}

async fn journal(app: &App) -> Vec<JournalEntry> {
    app.journal(&JournalQuery::default(), PAGE).await.unwrap().entries
}

async fn words(app: &App) -> Vec<String> {
    journal(app).await.into_iter().map(|entry| entry.action).collect()
}

/// Waits until nobody has the file open: an app that was dropped lets it go with its tasks.
async fn closed(desk: &Desk) {
    let lock = desk.folder.path().join("data/mirror.db.lock");
    let locked = move || std::fs::File::options().write(true).open(lock).and_then(|lock| lock.lock());
    tokio::task::spawn_blocking(locked).await.unwrap().unwrap();
}

fn tampered(path: &Path) {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains("Kitchen hub"));
    std::fs::write(path, text.replacen("Kitchen hub", "Kitchen pub", 1)).unwrap();
}

#[tokio::test]
async fn what_was_done_is_written_down_with_names_and_a_refusal_as_one() {
    let desk = Desk::new();
    let app = desk.start().await.unwrap();
    make_code(&app, "Kitchen hub").await;
    let refused = app.platform(EMBEDDED).unwrap().revoke_api_key("key-that-is-none").await.unwrap_err();
    let entries = journal(&app).await;
    let [last, first] = entries.as_slice() else { panic!("{entries:?}") };
    assert_eq!(
        (first.action.as_str(), first.actor, first.details.as_deref()),
        ("make_code", JournalActor::You, Some("Kitchen hub"))
    );
    assert_eq!(first.platform.as_ref().unwrap().id, EMBEDDED);
    assert_eq!((last.action.as_str(), last.actor), ("refused", JournalActor::Platform));
    assert_eq!(last.details.as_deref(), Some(format!("revoke_api_key: {}", refused.message).as_str()));
    let narrowed = JournalQuery { action: Some("make_code".into()), ..JournalQuery::default() };
    assert_eq!(app.journal(&narrowed, PAGE).await.unwrap().entries.len(), 1);
    assert_eq!(app.verify_journal().await.unwrap(), ActivityCheck::Whole { first: 1, last: 2 });
}

#[tokio::test]
async fn a_bundle_is_signed_by_one_key_of_this_installation_that_is_in_no_file() {
    let desk = Desk::new();
    let out = desk.folder.path().join("bundle.jsonl");
    let signed_by = {
        let app = desk.start().await.unwrap();
        assert_eq!(app.signing_fingerprint().await.unwrap(), None);
        make_code(&app, "Kitchen hub").await;
        let exported = app.export(Export::Bundle, &out).await.unwrap();
        let signed_by = exported.signed_by.unwrap();
        assert_eq!(app.signing_fingerprint().await.unwrap(), Some(signed_by.clone()));
        assert_eq!(words(&app).await, ["export", "make_signing_key", "make_code"]);
        signed_by
    };
    let app = desk.start().await.unwrap();
    assert_eq!(app.export(Export::Bundle, &out).await.unwrap().signed_by.as_ref(), Some(&signed_by), "made once");
    let BundleCheck::Whole { ours, entries, signed_by: by, file, .. } = app.verify_bundle(&out).await.unwrap() else { panic!() };
    assert_eq!((ours, entries, by, file.as_str()), (true, 3, signed_by.clone(), "bundle.jsonl"));
    // Whoever else looks sees the same signer, and that it is not their own.
    let other = Desk::new();
    let elsewhere = other.start().await.unwrap();
    let BundleCheck::Whole { ours: false, .. } = elsewhere.verify_bundle(&out).await.unwrap() else { panic!() };
    tampered(&out);
    let BundleCheck::Broken { fault, .. } = app.verify_bundle(&out).await.unwrap() else { panic!("a changed bundle is believed") };
    assert!(fault.contains("signature does not fit"), "{fault}");
    let BundleCheck::Broken { .. } = app.verify_bundle(desk.folder.path()).await.unwrap() else { panic!("a folder is believed") };
    let refused = app.verify_bundle(&desk.folder.path().join("nowhere")).await.unwrap_err();
    assert!(refused.message.contains("could not be read") && refused.hint.is_some());

    let entries = desk.keyring.entries.lock().unwrap();
    let (_, seed) = entries.iter().find(|(name, _)| name.starts_with("signing-")).unwrap();
    for entry in std::fs::read_dir(desk.folder.path().join("data")).unwrap() {
        let path = entry.unwrap().path();
        let bytes = if path.is_file() { std::fs::read(&path).unwrap() } else { Vec::new() };
        assert!(!bytes.windows(seed.len()).any(|window| window == seed.as_slice()), "{}", path.display());
    }
}

#[tokio::test]
async fn a_key_that_is_gone_is_made_anew_and_said_so_and_a_locked_keyring_is_no_reason() {
    let desk = Desk::new();
    let app = desk.start().await.unwrap();
    let out = desk.folder.path().join("bundle.jsonl");
    let first = app.export(Export::Bundle, &out).await.unwrap().signed_by;
    *desk.keyring.locked.lock().unwrap() = Some("signing-");
    assert!(app.export(Export::Bundle, &out).await.unwrap_err().message.contains("locked"));
    *desk.keyring.locked.lock().unwrap() = None;
    assert_eq!(app.export(Export::Bundle, &out).await.unwrap().signed_by, first);
    desk.keyring.entries.lock().unwrap().retain(|name, _| !name.starts_with("signing-"));
    assert_ne!(app.export(Export::Bundle, &out).await.unwrap().signed_by, first);
    assert_eq!(words(&app).await.iter().filter(|word| *word == "make_signing_key").count(), 2);
}

#[tokio::test]
async fn exports_are_whole_files_or_none_and_what_cannot_be_written_is_a_sentence() {
    let desk = Desk::new();
    let app = desk.start().await.unwrap();
    make_code(&app, "=Kitchen hub").await;
    let csv = desk.folder.path().join("journal.csv");
    app.export(Export::JournalCsv, &csv).await.unwrap();
    assert!(std::fs::read_to_string(&csv).unwrap().contains("'=Kitchen hub"));
    let json = desk.folder.path().join("journal.json");
    app.export(Export::JournalJson, &json).await.unwrap();
    let entries: Vec<serde_json::Value> = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    assert_eq!(entries[0]["details"], "=Kitchen hub");
    let nowhere = desk.folder.path().join("nowhere/devices.csv");
    let refused = app.export(Export::DevicesCsv, &nowhere).await.unwrap_err();
    assert!(refused.message.contains("could not be written") && refused.hint.unwrap().contains("another folder"));
    assert_eq!(app.back_up(&nowhere).await.unwrap_err().code, "storage_unavailable");
}

#[tokio::test]
async fn nothing_is_written_over_what_the_app_itself_keeps() {
    let desk = Desk::new();
    let app = desk.start().await.unwrap();
    make_code(&app, "Kitchen hub").await;
    for own in ["mirror.db", "mirror.db-wal", "app.db", "platform.db"] {
        let own = desk.folder.path().join("data/../data").join(own);
        let refused = [
            app.back_up(&own).await.unwrap_err(),
            app.export(Export::DevicesCsv, &own).await.unwrap_err(),
            app.export_activity(EMBEDDED, &own).await.unwrap_err(),
        ];
        for refused in refused {
            assert!(refused.message.contains("one of Clawpair’s own files") && refused.hint.is_some(), "{refused}");
        }
    }
    make_code(&app, "Later").await;
    drop(app);
    closed(&desk).await;
    assert_eq!(words(&desk.start().await.unwrap()).await, ["make_code", "make_code"], "what was written went into the file");
}

/// Whoever shows lists is told to read them again.
fn is_told(events: &mut broadcast::Receiver<AppEvent>) -> bool {
    std::iter::from_fn(|| events.try_recv().ok()).any(|event| event == AppEvent::Resync)
}

#[tokio::test]
async fn a_backup_is_put_back_while_the_app_runs_and_the_file_before_is_kept() {
    let desk = Desk::new();
    let app = desk.start().await.unwrap();
    make_code(&app, "Kitchen hub").await;
    let copy = desk.folder.path().join("copy.db");
    app.back_up(&copy).await.unwrap();
    app.back_up(&copy).await.expect("one that the person chose to overwrite");
    make_code(&app, "Later").await;
    assert_eq!(words(&app).await, ["make_code", "back_up", "back_up", "make_code"]);
    assert_eq!(app.restore().await.unwrap_err().message, "No backup was chosen.");

    let looked = app.look_at_backup(&copy).await.unwrap();
    assert_eq!((looked.file.as_str(), looked.waiting), ("copy.db", 0));
    assert_eq!(looked.journal, ActivityCheck::Whole { first: 1, last: 2 });
    let mut events = app.events();
    let Restored { replaced, questions, whole } = app.restore().await.unwrap();
    assert!(is_told(&mut events));
    assert!(Path::new(&replaced.unwrap()).exists() && questions == 0 && whole);
    assert_eq!(words(&app).await, ["restored", "back_up", "make_code"]);
    // All goes on: what is done is written down, and the platform inside the app answers.
    make_code(&app, "After").await;
    assert_eq!(app.verify_journal().await.unwrap(), ActivityCheck::Whole { first: 1, last: 4 });
    app.platform(EMBEDDED).unwrap().devices(&DeviceQuery::default()).await.unwrap();
    assert_eq!(app.overview().unwrap().problems, []);
    drop(app);
    assert_eq!(words(&desk.start().await.unwrap()).await[0], "make_code", "it is there after a start, too");
}

#[tokio::test]
async fn what_cannot_be_put_back_leaves_the_file_in_use() {
    let desk = Desk::new();
    let app = desk.start().await.unwrap();
    make_code(&app, "Kitchen hub").await;
    let copy = desk.folder.path().join("copy.db");
    app.back_up(&copy).await.unwrap();
    app.look_at_backup(&copy).await.unwrap();
    // Between looking and putting back.
    std::fs::write(&copy, "no database any more, and long enough to be looked at as one").unwrap();
    let refused = app.restore().await.unwrap_err();
    assert!(refused.message.contains("is no backup") && refused.hint.unwrap().contains("Nothing was changed"));
    assert_eq!(words(&app).await, ["back_up", "make_code"]);
    make_code(&app, "After").await;
    assert_eq!(words(&app).await[0], "make_code");
    assert!(app.look_at_backup(&copy).await.unwrap_err().message.contains("is no backup"));
}

#[tokio::test]
async fn a_damaged_file_at_the_start_is_said_and_a_backup_can_be_put_in_its_place() {
    let desk = Desk::new();
    let (data, copy) = (desk.folder.path().join("data"), desk.folder.path().join("copy.db"));
    {
        let app = desk.start().await.unwrap();
        make_code(&app, "Kitchen hub").await;
        app.back_up(&copy).await.unwrap();
    }
    closed(&desk).await;
    for rest in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(data.join(format!("mirror.db{rest}")));
    }
    std::fs::write(data.join("mirror.db"), "This is no database any more, and long enough to be looked at as one.").unwrap();
    let app = desk.start().await.unwrap();
    let problem = app.overview().unwrap().problems.remove(0);
    assert!(problem.message.contains("damaged and is set aside as"), "{}", problem.message);
    assert_eq!(words(&app).await, ["begun_anew"]);
    app.look_at_backup(&copy).await.unwrap();
    app.restore().await.unwrap();
    assert_eq!(words(&app).await, ["restored", "make_code"]);
    assert_eq!(app.overview().unwrap().problems, []);
}

#[tokio::test]
async fn all_that_is_wrong_is_told_the_gravest_first() {
    let desk = Desk::new();
    let port = desk.start().await.unwrap().overview().unwrap().port;
    closed(&desk).await;
    let file = desk.folder.path().join("data/mirror.db");
    std::fs::write(file, "This is no database any more, and long enough to be looked at as one.").unwrap();
    let squatter = loop {
        match std::net::TcpListener::bind(("127.0.0.1", port)) {
            Ok(squatter) => break squatter,
            Err(_) => tokio::task::yield_now().await,
        }
    };
    let problems = desk.start().await.unwrap().overview().unwrap().problems;
    let [file, taken] = &problems[..] else { panic!("{problems:?}") };
    assert!(file.message.contains("is set aside as") && taken.message.contains(&port.to_string()), "{problems:?}");
    drop(squatter);
}

#[tokio::test]
async fn a_file_of_a_newer_program_is_left_alone_and_said_so() {
    let desk = Desk::new();
    drop(desk.start().await.unwrap());
    closed(&desk).await;
    let path = desk.folder.path().join("data/mirror.db");
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let app = desk.start().await.unwrap();
    let problem = app.overview().unwrap().problems.remove(0);
    assert!(problem.message.contains("newer Clawpair"), "{}", problem.message);
    assert_eq!(app.journal(&JournalQuery::default(), PAGE).await.unwrap_err().message, problem.message);
    make_code(&app, "Kitchen hub").await;
    let version: i64 = rusqlite::Connection::open(&path).unwrap().query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert_eq!(version, 99);
}
