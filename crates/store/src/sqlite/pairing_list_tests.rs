use super::*;

fn plan(statuses: &[PairingStatus], sort: PairingSort, after: Option<PairingPosition>) -> Vec<String> {
    let mut db = Connection::open_in_memory().unwrap();
    crate::migrate(&mut db, super::super::MIGRATIONS).unwrap();
    let filter = PairingFilter { statuses: statuses.to_vec(), ..PairingFilter::default() };
    let query = PairingQuery { filter, sort, after, limit: 100, at: Timestamp::from_millis(1_700_000_000_000) };
    let (sql, values) = walk(&query);
    let mut statement = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let rows = statement.query_map(params_from_iter(values), |row| row.get::<_, String>("detail")).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn newest_or_oldest_first_needs_no_sorting_however_they_stand() {
    use PairingStatus::{Approved, Completed, Denied, Expired, Open, Waiting};
    let id = PairingId::from_bytes([7; 16]);
    for descending in [false, true] {
        for after in [None, Some(PairingPosition::Created(id))] {
            for statuses in [&[][..], &[Open], &[Waiting], &[Open, Waiting, Approved], &[Denied], &[Expired, Completed]] {
                let sort = PairingSort { key: PairingSortKey::Created, descending };
                let steps = plan(statuses, sort, after.clone());
                assert_eq!(steps.len(), 1, "{statuses:?}: {steps:#?}");
                let bounded = after.is_some() || statuses.first() == Some(&Open) || statuses == [Waiting];
                let word = if bounded { "SEARCH pairing USING" } else { "SCAN pairing" };
                assert!(steps[0].starts_with(word), "{statuses:?}: {steps:#?}");
            }
        }
    }
}

#[test]
fn what_is_open_or_was_asked_about_is_walked_by_an_index_of_only_those() {
    for key in [PairingSortKey::Created, PairingSortKey::Expires, PairingSortKey::Name] {
        let sort = PairingSort { key, descending: false };
        assert!(plan(&[PairingStatus::Open], sort, None)[0].contains("pairing_open_by_id"), "{key:?}");
        assert!(plan(&[PairingStatus::Waiting], sort, None)[0].contains("pairing_asked"), "{key:?}");
        assert!(plan(&[PairingStatus::Denied], sort, None)[0].contains("pairing_asked"), "{key:?}");
    }
}
