use clawpair_api::{ActorKind, PairingStatus, Request};
use clawpair_mirror::{ActivityFilter, Batch, Extent, RequestRecord, Thing};
use serde_json::json;

use crate::common::{File, at, entry, platform};

fn request(id: &str, asked: i64, status: PairingStatus) -> RequestRecord {
    let request = Request {
        id: id.into(),
        status,
        name: "New".into(),
        device_type: "IoT Sensor".into(),
        permissions: vec!["sensor:read".into()],
        public_key: "k".into(),
        key_fingerprint: format!("KEY0-{id}"),
        comparison: String::new(),
        said_name: None,
        said_device_type: None,
        said_platform: None,
        said_version: None,
        address: None,
        other_keys: 0,
        asked_at: at(asked).to_string(),
        expires_at: at(asked + 600).to_string(),
        seconds_left: 0,
        reason: None,
    };
    RequestRecord { details: json!({"kind": "node"}), ..request.into() }
}

fn apply(file: &File, things: Vec<Thing>) {
    let batch = Batch { extent: Extent::Some { cursor: None }, things, ..file.batch([]) };
    file.mirror.apply(batch).unwrap();
}

fn waiting(file: &File, after: Option<&str>) -> (Vec<String>, Option<String>) {
    let wanted = |record: &RequestRecord| record.request.status == PairingStatus::Waiting;
    let (found, next) = file.mirror.open_requests_of(&platform(), after, 2, wanted).unwrap();
    assert!(found.iter().all(|record| record.details == json!({"kind": "node"})));
    (found.into_iter().map(|record| record.request.id).collect(), next)
}

#[test]
fn requests_of_a_platform_come_newest_first_page_by_page() {
    let file = File::new();
    let statuses = [PairingStatus::Waiting, PairingStatus::Approved, PairingStatus::Waiting, PairingStatus::Waiting];
    let requests = statuses.into_iter().zip(0..).map(|(status, n)| request(&format!("r{n}"), n, status));
    apply(&file, requests.map(|request| Thing::Request(Box::new(request))).collect());
    assert_eq!(waiting(&file, None), (vec!["r3".into(), "r2".into()], Some("r2".into())));
    assert_eq!(waiting(&file, Some("r2")), (vec!["r0".into()], None));
}

#[test]
fn who_asks_again_under_the_same_name_waits_again() {
    let file = File::new();
    let ask = |asked, status| apply(&file, vec![Thing::Request(Box::new(request("r", asked, status)))]);
    ask(0, PairingStatus::Waiting);
    ask(0, PairingStatus::Denied);
    ask(0, PairingStatus::Waiting);
    assert_eq!(waiting(&file, None).0.len(), 0, "that was decided");
    ask(60, PairingStatus::Waiting);
    assert_eq!(waiting(&file, None).0, ["r"]);
}

#[test]
fn activity_of_a_platform_is_narrowed_and_goes_on_where_a_page_ended() {
    let file = File::new();
    let entries = [("opened", ActorKind::Owner), ("revoked", ActorKind::Member), ("opened", ActorKind::Member)];
    let entries = entries.into_iter().zip(1..).map(|((action, kind), number)| entry(number, action, kind));
    apply(&file, entries.map(|entry| Thing::Activity(Box::new(entry))).collect());
    let list = |filter: ActivityFilter, before| {
        let (found, next) = file.mirror.activity_of(&platform(), &filter, before, 2).unwrap();
        (found.into_iter().map(|entry| entry.number).collect::<Vec<_>>(), next)
    };
    assert_eq!(list(ActivityFilter::default(), None), (vec![3, 2], Some(2)));
    assert_eq!(list(ActivityFilter::default(), Some(2)), (vec![1], None));
    let opened = ActivityFilter { action: Some("opened".into()), ..ActivityFilter::default() };
    assert_eq!(list(opened.clone(), None), (vec![3, 1], None));
    let by = |actor: &str| ActivityFilter { actor: Some(actor.into()), ..opened.clone() };
    assert_eq!((list(by("owner"), None).0, list(by("mem-1"), None).0), (vec![1], vec![3]));
    let late = ActivityFilter { from: Some(at(3)), ..ActivityFilter::default() };
    assert_eq!(list(late, None).0, [3]);
    assert_eq!(file.mirror.newest_activity(&platform()).unwrap(), Some(3));
}
