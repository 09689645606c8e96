use rusqlite::params_from_iter;
use rusqlite::types::Value;

use super::*;
use crate::label::Mark;
use crate::platform::PlatformId;

fn mirror() -> (tempfile::TempDir, Mirror) {
    let folder = tempfile::tempdir().unwrap();
    let mirror = Mirror::open(&folder.path().join("mirror.db")).unwrap();
    let id: PlatformId = "p".parse().unwrap();
    mirror.enter_platform(&id, &"Platform".parse().unwrap()).unwrap();
    (folder, mirror)
}

fn plan(db: &Connection, sql: &str, values: impl IntoIterator<Item = Value>) -> Vec<String> {
    let mut statement = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let rows = statement.query_map(params_from_iter(values), |row| row.get("detail")).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn every_walk_is_in_the_order_of_its_index_and_reads_nothing_else() {
    let (_folder, mirror) = mirror();
    let filter = DeviceFilter {
        marks: vec![Mark::Broad],
        not_seen_since: Some(clawpair_core::Timestamp::from_millis(9)),
        ..DeviceFilter::default()
    };
    for (order, after) in [
        (Order::Name, Position::Name { name: "m".into(), number: 7 }),
        (Order::Paired, Position::Time { at: 5, number: 7 }),
        (Order::Seen, Position::Time { at: 5, number: 7 }),
    ] {
        for descending in [false, true] {
            let query = DeviceQuery { filter: filter.clone(), order, descending, after: Some(after.clone()), limit: 100 };
            mirror
                .read(|db| {
                    let (sql, values) = walk(&query, &Wanted::new(db, &query.filter)?);
                    let steps = plan(db, &sql, [Value::from(1), Value::from(0)].into_iter().chain(values));
                    assert!(steps.len() == 1 && steps[0].contains("USING COVERING INDEX device_by_"), "{steps:?}");
                    Ok(())
                })
                .unwrap();
        }
    }
}

#[test]
fn what_waits_is_found_by_what_waits_alone() {
    let (_folder, mirror) = mirror();
    let waits = [
        ("SELECT min(due_at) FROM outbox WHERE platform = ? AND state IN (0, 1) AND state = 0", "outbox_to_send"),
        ("UPDATE outbox SET state = 0, due_at = 0 WHERE state IN (0, 1) AND state = 1 AND 1 = ?", "outbox_to_send"),
        ("SELECT id FROM outbox WHERE outbox.platform = ? AND state = 2 ORDER BY id", "outbox_unverified"),
    ];
    mirror
        .read(|db| {
            for (sql, index) in waits {
                let steps = plan(db, sql, [Value::from(1)]);
                assert!(steps.iter().any(|step| step.contains(index)), "{steps:?}");
            }
            Ok(())
        })
        .unwrap();
}
