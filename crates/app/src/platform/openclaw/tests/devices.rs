use clawpair_api::DeviceStatus;
use clawpair_core::clock::Timestamp;
use clawpair_openclaw::access::Scope;
use clawpair_openclaw::paired::WARN_FROM;
use clawpair_openclaw::supervisor::Snapshot;
use serde_json::{Value, json};

use super::super::listing::{PAGE, page};
use super::super::reading::record;
use super::super::shown_device::revision_of;
use super::super::standing::notice;
use super::{AHEAD, NOW, identity, paired, roster, snapshot};
use crate::platform::openclaw::roster::Roster;
use crate::view::DeviceQuery;

fn names(roster: &Roster, query: &DeviceQuery) -> Vec<String> {
    page(roster, query, &identity(1).id()).unwrap().devices.into_iter().map(|device| device.device.name).collect()
}

fn sorted_by(sort: &str) -> DeviceQuery {
    DeviceQuery { sort: Some(sort.to_owned()), ..DeviceQuery::default() }
}

fn searching(text: &str) -> DeviceQuery {
    DeviceQuery { q: Some(text.to_owned()), ..DeviceQuery::default() }
}

fn three() -> Roster {
    let revoked = json!({"tokens": [{"role": "operator", "revokedAtMs": NOW.as_millis() + AHEAD}], "roles": ["node"], "deviceFamily": "Linux"});
    roster(vec![
        paired(1, "Pixel 9", &json!({"connected": true, "operatorLabel": "Kitchen phone"})),
        paired(2, "edge-node", &revoked),
        paired(3, "Ärmelkanal", &json!({"deviceFamily": "iPad", "lastSeenAtMs": null})),
    ])
}

#[test]
fn are_shown_by_this_computers_clock_with_their_words() {
    let roster = three();
    let device = page(&roster, &searching("kitchen"), &identity(1).id()).unwrap().devices.remove(0);
    let (gateway, device) = (device.gateway.unwrap(), device.device);
    assert_eq!((device.name.as_str(), device.said_name.as_deref()), ("Kitchen phone", Some("Pixel 9")));
    assert_eq!(device.paired_at, Timestamp::from_millis(NOW.as_millis() - 60_000).to_string());
    assert_eq!(device.permissions, ["operator", "operator.read"]);
    assert_eq!((device.device_type.as_str(), device.connected, gateway.this_app), ("OpenClaw phone", true, true));
}

#[test]
fn a_device_whose_tokens_are_all_revoked_is_disabled() {
    let roster = three();
    let disabled = DeviceQuery { status: Some(DeviceStatus::Disabled), ..DeviceQuery::default() };
    let devices = page(&roster, &disabled, &identity(1).id()).unwrap().devices;
    assert_eq!((devices.len(), devices[0].device.name.as_str()), (1, "edge-node"));
    assert_eq!(devices[0].device.disabled_at, Some(NOW.to_string()));
    assert_eq!((roster.summary.active, roster.summary.disabled, roster.summary.connected), (2, 1, 1));
}

#[test]
fn are_sorted_either_way() {
    let roster = three();
    assert_eq!(names(&roster, &DeviceQuery::default()), ["Kitchen phone", "edge-node", "Ärmelkanal"]);
    assert_eq!(names(&roster, &sorted_by("paired")), ["Ärmelkanal", "edge-node", "Kitchen phone"]);
    assert_eq!(names(&roster, &sorted_by("name")), ["edge-node", "Kitchen phone", "Ärmelkanal"]);
    assert_eq!(names(&roster, &sorted_by("seen")), ["Ärmelkanal", "edge-node", "Kitchen phone"], "never seen is longest ago");
    assert!(page(&roster, &sorted_by("size"), &identity(1).id()).unwrap_err().message.contains("sorted by name"));
}

#[test]
fn are_found_by_the_beginnings_of_what_is_known() {
    let roster = three();
    let hit = |text: &str| names(&roster, &searching(text)).len();
    assert_eq!((hit("PIX"), hit("phone kit"), hit("ärm"), hit("192.0.2"), hit("itchen")), (1, 1, 1, 3, 0));
    assert_eq!(hit(&identity(2).id().to_string()[..8]), 1);
    assert_eq!(hit(&identity(3).public_key().fingerprint()), 1);
    assert!(page(&roster, &searching("…"), &identity(1).id()).unwrap_err().message.contains("letter"));
}

#[test]
fn are_narrowed() {
    let roster = three();
    let narrowed = |query: DeviceQuery| names(&roster, &query);
    assert_eq!(narrowed(DeviceQuery { connected: Some(true), ..DeviceQuery::default() }), ["Kitchen phone"]);
    assert_eq!(narrowed(DeviceQuery { device_type: Some("OpenClaw node".into()), ..DeviceQuery::default() }), ["edge-node"]);
    assert_eq!(narrowed(DeviceQuery { permission: Some("node".into()), ..DeviceQuery::default() }), ["edge-node"]);
    assert!(narrowed(DeviceQuery { tag: Some("attic".into()), ..DeviceQuery::default() }).is_empty());
    let before = Timestamp::from_millis(NOW.as_millis() - 90_000).to_string();
    assert_eq!(narrowed(DeviceQuery { seen_before: Some(before), ..DeviceQuery::default() }), ["edge-node", "Ärmelkanal"]);
}

#[test]
fn pages_show_each_device_once_though_the_last_one_is_gone() {
    let all: Vec<_> = (0..=250).map(|number| paired(number, &format!("Sensor {:03}", number / 2), &json!({}))).collect();
    for sort in ["name", "-name", "paired", "-paired", "seen", "-seen"] {
        let (mut devices, mut shown, mut query) = (all.clone(), Vec::new(), sorted_by(sort));
        loop {
            let page = page(&roster(devices.clone()), &query, &identity(1).id()).unwrap();
            shown.extend(page.devices.iter().map(|device| device.device.id.clone()));
            let Some(next) = page.next else { break };
            assert_eq!(page.devices.len(), PAGE);
            devices.retain(|device| device.device.to_string() != *shown.last().unwrap());
            query.after = Some(next);
        }
        let count = shown.len();
        shown.sort();
        shown.dedup();
        assert_eq!((count, shown.len()), (251, 251), "{sort}");
    }
}

#[test]
fn a_place_of_another_list_is_refused() {
    let roster = three();
    for (sort, after) in [("paired", "x"), ("paired", "x.1"), ("seen", &format!("{}.name", identity(1).id()))] {
        let query = DeviceQuery { after: Some(after.to_owned()), ..sorted_by(sort) };
        assert_eq!(page(&roster, &query, &identity(1).id()).unwrap_err().code, "invalid_request", "{after}");
    }
}

#[test]
fn another_name_is_another_revision() {
    let revision = |more: &serde_json::Value| {
        let roster = roster(vec![paired(1, "Pixel", more)]);
        page(&roster, &DeviceQuery::default(), &identity(1).id()).unwrap().devices.remove(0).device.revision
    };
    assert_eq!(revision(&json!({})), revision(&json!({"connected": true})));
    assert_ne!(revision(&json!({})), revision(&json!({"operatorLabel": "Kitchen"})));
    assert_eq!(revision(&json!({"operatorLabel": "Kitchen"})), revision_of("Kitchen"));
}

#[test]
fn a_crowd_is_warned_of_before_the_gateway_fails() {
    let notice = |count| {
        let looked = snapshot(vec![paired(1, "Sensor", &json!({})); count], Vec::new(), Vec::new());
        notice(&Snapshot { scopes: vec![Scope::Admin], ..Snapshot::clone(&looked) })
    };
    assert_eq!(notice(WARN_FROM - 1), None);
    let warned = notice(WARN_FROM).unwrap();
    assert_eq!(warned.code, "gateway_crowded");
    assert!(warned.message.contains("1200 devices") && warned.message.contains("1490"), "{}", warned.message);
}

#[test]
fn what_a_node_lends_is_kept_with_its_kind() {
    let surface = json!({"caps": ["system"], "commands": ["system.run"], "permissions": {"camera": false}});
    let node = paired(1, "Edge", &json!({"roles": ["node"], "scopes": [], "nodeSurface": surface}));
    let record = record(&node, &snapshot(vec![node.clone()], Vec::new(), Vec::new()), &identity(9).id());
    assert_eq!(record.details["lends"], json!(["cap:system", "command:system.run", "denied:camera"]));
}

#[test]
fn a_node_that_lends_something_may_do_something_and_one_whose_system_permits_nothing_may_not() {
    let own = identity(9).id();
    let is_broad = |surface: &Value| {
        let node = json!({"roles": ["node"], "scopes": [], "tokens": [{"role": "node", "scopes": []}], "nodeSurface": surface});
        let device = paired(1, "Edge", &node);
        record(&device, &snapshot(vec![device.clone()], Vec::new(), Vec::new()), &own).broad
    };
    assert!(is_broad(&json!({"commands": ["system.run"]})) && is_broad(&json!({"permissions": {"camera": true}})));
    assert!(!is_broad(&json!({"permissions": {"camera": false}})) && !is_broad(&json!({})));
}
