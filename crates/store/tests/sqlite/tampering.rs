//! Rows of the activity log that somebody changed, removed or put in behind the store's back.

use std::path::Path;

use clawpair_core::activity::Fault;
use clawpair_core::retention::Kept;
use clawpair_core::store::{Keeping, Store};
use clawpair_store::{SqliteStore, open_private, verify_activity};

use crate::conformance::fixtures::{NOON, open_at};

/// A log of six entries in a file, after `sql`.
async fn after(sql: &str) -> Result<i64, Fault> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("platform.db");
    {
        let store = SqliteStore::open(&path).unwrap();
        fill(&store).await;
    }
    tamper(&path, sql);
    verify_activity(&path).unwrap().map(|verified| verified.last.number)
}

async fn fill(store: &dyn Store) {
    for minute in 0..6 {
        open_at(store, NOON.plus_minutes(minute)).await;
    }
}

fn tamper(path: &Path, sql: &str) {
    open_private(path).unwrap().execute_batch(sql).unwrap();
}

#[tokio::test]
async fn an_untouched_log_is_whole() {
    assert_eq!(after("").await, Ok(6));
}

#[tokio::test]
async fn a_changed_row_is_named() {
    for (column, value) in [
        ("at", "at + 1"),
        ("actor", "'platform'"),
        ("action", "'pairing_cancelled'"),
        ("subject", "subject || '0'"),
        ("address", "'192.0.2.1'"),
        ("details", "'no'"),
        ("details", "CAST(x'ff' AS TEXT)"),
        ("format", "1"),
        ("format", "99"),
        ("hash", "zeroblob(32)"),
        ("hash", "x'00'"),
    ] {
        let changed = after(&format!("UPDATE activity SET {column} = {value} WHERE number = 3")).await;
        assert_eq!(changed, Err(Fault::Changed { number: 3 }), "{column} = {value}");
    }
}

#[tokio::test]
async fn a_removed_row_is_named() {
    for (condition, first, last) in [("= 1", 1, 1), ("IN (3, 4)", 3, 4), ("= 6", 6, 6), ("> 0", 1, 6)] {
        let removed = after(&format!("DELETE FROM activity WHERE number {condition}")).await;
        assert_eq!(removed, Err(Fault::Missing { first, last }), "{condition}");
    }
}

#[tokio::test]
async fn a_row_that_was_put_in_is_named() {
    for number in [0, 7] {
        let put_in = format!(
            "INSERT INTO activity (number, at, actor, action, subject, address, details, format, hash)
             SELECT {number}, at, actor, action, subject, address, details, format, hash FROM activity WHERE number = 3"
        );
        assert_eq!(after(&put_in).await, Err(Fault::Added { number }));
    }
    let swapped = "DELETE FROM activity WHERE number = 3;
         INSERT INTO activity (number, at, actor, action, subject, address, details, format, hash)
         SELECT 3, at, actor, action, subject, address, details, format, hash FROM activity WHERE number = 4";
    assert_eq!(after(swapped).await, Err(Fault::Changed { number: 3 }));
}

#[tokio::test]
async fn a_cut_log_stays_cut_whatever_is_written_later() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("platform.db");
    let store = SqliteStore::open(&path).unwrap();
    fill(&store).await;
    tamper(&path, "DELETE FROM activity WHERE number > 4");
    fill(&store).await;
    assert_eq!(verify_activity(&path).unwrap(), Err(Fault::Missing { first: 5, last: 6 }), "while the store is open");
}

#[tokio::test]
async fn a_pruned_log_is_checked_from_its_checkpoint_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("platform.db");
    let store = SqliteStore::open(&path).unwrap();
    fill(&store).await;
    assert_eq!(store.prune(Kept::Activity, NOON.plus_minutes(3), NOON.plus_minutes(9), 100).await.unwrap(), 3);
    let verified = verify_activity(&path).unwrap().unwrap();
    assert_eq!((verified.first, verified.last.number), (4, 7));
    tamper(&path, "DELETE FROM activity WHERE number = 4");
    assert_eq!(verify_activity(&path).unwrap(), Err(Fault::Missing { first: 4, last: 4 }));
}

/// A database of a program that knew neither addresses nor details.
#[tokio::test]
async fn entries_of_an_older_program_keep_verifying() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("platform.db");
    let old = open_private(&path).unwrap();
    for schema in [
        include_str!("../../src/sqlite/schema/0001-pairing.sql"),
        include_str!("../../src/sqlite/schema/0002-access.sql"),
        include_str!("../../src/sqlite/schema/0003-requests.sql"),
    ] {
        old.execute_batch(schema).unwrap();
    }
    // Hashed apart from this program.
    old.execute_batch(
        "INSERT INTO activity VALUES (1, 1700000000000, 'owner', 'pairing_opened', 'pair-x', x'3758c7a73f1dcac79eac3b964ae2baa077d95686676243fbc6fd4fab4636c8d7');
         PRAGMA user_version = 3",
    )
    .unwrap();
    drop(old);
    let store = SqliteStore::open(&path).unwrap();
    fill(&store).await;
    let verified = verify_activity(&path).unwrap().unwrap();
    assert_eq!((verified.first, verified.last.number), (1, 7));
}
