//! The SQLite store: the conformance suite, and what is special about files.

mod conformance;
#[path = "sqlite/pairing_pages.rs"]
mod pairing_pages;
#[path = "sqlite/restoring.rs"]
mod restoring;
#[path = "sqlite/tampering.rs"]
mod tampering;

use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};

use clawpair_core::store::{Store, StoreError};
use clawpair_store::{SqliteStore, open_private};

#[tokio::test(flavor = "multi_thread")]
async fn conforms() {
    let folders = Mutex::new(Vec::new());
    conformance::all(|| {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("platform.db")).unwrap();
        folders.lock().unwrap().push(folder);
        store
    })
    .await;
}

#[test]
fn only_the_owner_can_read_any_of_its_files() {
    let folder = tempfile::tempdir().unwrap();
    let _store = SqliteStore::open(&folder.path().join("platform.db")).unwrap();
    let modes: Vec<(String, u32)> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|file| file.unwrap())
        .map(|file| (file.file_name().into_string().unwrap(), file.metadata().unwrap().permissions().mode() & 0o777))
        .collect();
    assert!(modes.iter().any(|(name, _)| name.ends_with("-wal")), "{modes:?}");
    assert!(modes.iter().all(|&(_, mode)| mode == 0o600), "{modes:?}");
}

#[test]
fn a_newer_file_is_refused_in_a_sentence_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("platform.db");
    open_private(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let Err(error) = SqliteStore::open(&path) else { panic!("opened") };
    assert!(matches!(error, StoreError::NewerFormat { found: 99, .. }), "{error}");
}

#[test]
fn what_is_no_database_is_refused_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("platform.db");
    std::fs::write(&path, "this is no database, it only has the name of one".repeat(100)).unwrap();
    let Err(error) = SqliteStore::open(&path) else { panic!("opened") };
    assert!(error.to_string().contains("not a database"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn races_end_the_same_across_two_programs_on_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("platform.db");
    let open = || -> Arc<dyn Store> { Arc::new(SqliteStore::open(&path).unwrap()) };
    conformance::pairings::only_one_claim_wins(vec![open(), open()]).await;
    conformance::device_keys::of_16_changes_at_once_one_wins(vec![open(), open()]).await;
    conformance::tokens::of_16_refreshes_at_once_all_get_the_same_pair(vec![open(), open()]).await;
}
