//! Lists of more pairings than one page looks at.

use clawpair_core::store::{Entry, Opening, PairingFilter, PairingQuery, PairingSort, PairingSortKey, Pairings};
use clawpair_store::{SqliteStore, open_private};

use crate::conformance::fixtures::{NOON, new_pairing};

/// More than two pages look at.
const OTHERS: i64 = 10_500;

#[tokio::test]
async fn what_is_rare_is_found_in_several_short_reads_and_only_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("platform.db");
    let store = SqliteStore::open(&path).unwrap();
    let mut needles = Vec::new();
    for (name, minutes) in [("needle m", 0), ("needle z", 1)] {
        let (mut new, ..) = new_pairing(NOON.plus_minutes(minutes), false, Entry::Off);
        new.pairing.name = name.parse().unwrap();
        needles.push(new.pairing.id);
        assert!(matches!(store.open_pairing(new).await.unwrap(), Opening::Opened(_)));
    }
    // Half of them before and half behind, by every sort, each with the time of its own in the first six bytes of its id.
    open_private(&path)
        .unwrap()
        .execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1),
                  moved(i, at) AS (SELECT i, ?2 + (i - ?1 / 2) * 120001 FROM n)
             INSERT INTO pairing (id, device_id, name, device_type, permissions, locator, code_hash, link_hash, created_at, expires_at,
                                  ask_first, typed)
             SELECT unhex(printf('%012x7000', at) || hex(randomblob(8))), randomblob(16), iif(i % 2, 'a', 'z') || i, 'Hay', '[\"a:b\"]', 0,
                    randomblob(32), randomblob(32), at, at + 600000, 0, 0 FROM moved",
            (OTHERS, NOON.as_millis()),
        )
        .unwrap();
    for key in [PairingSortKey::Created, PairingSortKey::Expires, PairingSortKey::Name] {
        for descending in [false, true] {
            let filter = PairingFilter { search: Some("needle".parse().unwrap()), ..PairingFilter::default() };
            let mut query = PairingQuery { filter, sort: PairingSort { key, descending }, ..PairingQuery::newest(1, NOON) };
            let (mut found, mut pages, mut empty) = (Vec::new(), 0, 0);
            loop {
                let page = store.pairings(&query).await.unwrap();
                pages += 1;
                empty += usize::from(page.items.is_empty());
                found.extend(page.items.into_iter().map(|pairing| pairing.id));
                match page.next {
                    None => break,
                    Some(next) => query.after = Some(next.to_string().parse().unwrap()),
                }
            }
            let expected: Vec<_> = if descending { needles.iter().rev().copied().collect() } else { needles.clone() };
            assert_eq!(found, expected, "{key:?} {descending}");
            assert!((3..=6).contains(&pages) && empty >= 1, "{key:?} {descending}: {pages} pages, {empty} of them empty");
        }
    }
}
