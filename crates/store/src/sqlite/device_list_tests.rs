use clawpair_core::clock::Timestamp;
use clawpair_core::id::DeviceId;

use super::*;

fn plan(db: &Connection, filter: DeviceFilter, sort: DeviceSort, after: Option<DevicePosition>) -> Vec<String> {
    let query = DeviceQuery { filter, sort, after, limit: 100 };
    let mut steps = Vec::new();
    for start in starts(&query.filter) {
        let (sql, values) = walk(&start, &query);
        let mut statement = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let rows = statement.query_map(params_from_iter(values), |row| row.get::<_, String>("detail")).unwrap();
        steps.extend(rows.map(Result::unwrap));
    }
    steps
}

fn positions() -> [(SortKey, DevicePosition); 3] {
    [
        (SortKey::Paired, DevicePosition::Paired(7)),
        (SortKey::Name, DevicePosition::Name("hub".into(), 7)),
        (SortKey::Seen, DevicePosition::Seen(Timestamp::from_millis(1), 7)),
    ]
}

fn migrated() -> Connection {
    let mut db = Connection::open_in_memory().unwrap();
    crate::migrate(&mut db, super::super::MIGRATIONS).unwrap();
    db
}

#[test]
fn a_list_without_a_rarer_filter_walks_an_index_in_its_order() {
    let db = migrated();
    for (key, position) in positions() {
        for descending in [false, true] {
            for after in [None, Some(position.clone())] {
                for standing in [None, Some(Standing::Revoked)] {
                    let filter = DeviceFilter { standing, ..DeviceFilter::default() };
                    let steps = plan(&db, filter, DeviceSort { key, descending }, after.clone());
                    assert!(steps.iter().all(|step| step.starts_with("SEARCH device USING INDEX device_by_")), "{steps:#?}");
                }
            }
        }
    }
}

#[test]
fn rarer_filters_begin_at_what_has_them_and_newest_first_needs_no_sorting() {
    let db = migrated();
    let filters = || {
        [
            DeviceFilter { tag: Some("a".parse().unwrap()), ..DeviceFilter::default() },
            DeviceFilter { device_type: Some("a".parse().unwrap()), ..DeviceFilter::default() },
            DeviceFilter { permission: Some("a:b".parse().unwrap()), ..DeviceFilter::default() },
            DeviceFilter { search: Some("a bcdefgh".parse().unwrap()), ..DeviceFilter::default() },
        ]
    };
    for (key, position) in positions() {
        for filter in filters() {
            for after in [None, Some(position.clone())] {
                let steps = plan(&db, filter.clone(), DeviceSort { key, descending: true }, after);
                assert!(
                    steps[0].contains("device_label USING PRIMARY KEY (label=") || steps[0].contains("device_search VIRTUAL"),
                    "{steps:#?}"
                );
                assert!(steps[1].starts_with("SEARCH device USING INDEX device_by_number"), "{steps:#?}");
                assert_eq!(steps.len() == 2, key == SortKey::Paired, "{steps:#?}");
            }
        }
    }
}

#[test]
fn few_connected_devices_are_looked_up_by_their_ids() {
    let db = migrated();
    let ids = std::sync::Arc::new([DeviceId::from_bytes([1; 16])].into());
    let filter = DeviceFilter { connected: Some((true, ids)), ..DeviceFilter::default() };
    let steps = plan(&db, filter, DeviceSort::default(), None);
    assert_eq!(steps, ["SEARCH device USING PRIMARY KEY (id=?)"]);
}
