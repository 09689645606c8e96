use std::collections::BTreeSet;
use std::sync::Arc;

use clawpair_core::device::DeviceChange;
use clawpair_core::store::{Change, ChangeCursor, Store};

use super::fixtures::{NOON, by_link, changed, open, paired, revoke};

/// Everything since a cursor, read in pages of three, and the cursor after it.
async fn since(store: &dyn Store, mut cursor: Option<ChangeCursor>) -> (Vec<String>, ChangeCursor) {
    let mut seen = Vec::new();
    loop {
        let found = store.changes(cursor, 3).await.unwrap().expect("a known cursor");
        seen.extend(found.changes.iter().map(|(_, change)| match change {
            Change::Device(device) => format!("{} r{}", device.id, device.revision),
            Change::Pairing(pairing) => pairing.id.to_string(),
            Change::Request(request) => format!("{} asks", request.pairing.id),
        }));
        cursor = Some(found.cursor);
        if !found.more {
            return (seen, found.cursor);
        }
    }
}

pub async fn each_thing_is_told_once_as_it_is_now(store: &dyn Store) {
    let (opened, device) = paired(store, 1).await;
    changed(store, device.id, DeviceChange::Disable { reason: None }).await;
    changed(store, device.id, DeviceChange::Enable).await;
    let other = open(store).await;
    let (seen, cursor) = since(store, None).await;
    let expected = [opened.pairing.id.to_string(), format!("{} r3", device.id), other.pairing.id.to_string()];
    assert_eq!(seen, expected);
    assert_eq!(store.newest_change().await.unwrap(), cursor);
    assert_eq!(since(store, Some(cursor)).await, (vec![], cursor));
}

pub async fn every_change_moves_its_thing_to_the_end(store: &dyn Store) {
    let (first, device) = paired(store, 1).await;
    let opened = open(store).await;
    let mut cursor = since(store, None).await.1;
    let mut told = async || {
        let (seen, next) = since(store, Some(cursor)).await;
        cursor = next;
        seen
    };
    store.touch_device(device.id, "192.0.2.9".into(), NOON).await.unwrap();
    assert_eq!(told().await, [format!("{} r1", device.id)], "being heard");
    store.claim(by_link(&first, 2, NOON)).await.unwrap();
    assert_eq!(told().await, [""; 0], "a refused claim changes nothing that anybody is shown");
    revoke(store, device.id).await;
    assert_eq!(told().await, [format!("{} r2", device.id)]);
    revoke(store, device.id).await;
    assert_eq!(told().await, [""; 0], "repeating");
    store.cancel_pairing(opened.pairing.id, clawpair_core::activity::Actor::Owner, NOON).await.unwrap();
    assert_eq!(told().await, [opened.pairing.id.to_string()]);
}

pub async fn nothing_is_missed_while_others_write(store: Arc<dyn Store>) {
    let writers: Vec<_> = (0..32)
        .map(|seed| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { paired(&*store, seed).await.1.id })
        })
        .collect();
    let (mut known, mut cursor) = (BTreeSet::new(), None);
    let mut written = BTreeSet::new();
    for writer in writers {
        written.insert(format!("{} r1", writer.await.unwrap()));
        let (seen, next) = since(&*store, cursor).await;
        known.extend(seen.into_iter().filter(|text| text.starts_with("dev-")));
        cursor = Some(next);
        assert!(known.is_superset(&written), "what was answered is in the changes");
    }
    assert_eq!(known, written);
}

pub async fn a_cursor_of_another_database_is_unknown(store: &dyn Store, other: &dyn Store) {
    open(store).await;
    open(other).await;
    let foreign = other.newest_change().await.unwrap();
    assert!(store.changes(Some(foreign), 10).await.unwrap().is_none());
    let own = store.newest_change().await.unwrap();
    let ahead = ChangeCursor { number: own.number + 1, ..own };
    assert!(store.changes(Some(ahead), 10).await.unwrap().is_none(), "from before the database was set back");
}
