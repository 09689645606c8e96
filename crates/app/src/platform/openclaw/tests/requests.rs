use std::sync::Arc;

use clawpair_openclaw::node::Abilities;
use serde_json::json;

use super::super::roster::Roster;
use super::super::shown_request::{Waiting, ability_words};
use super::{NOW, identity, node, paired, pending, snapshot};
use crate::view::openclaw::GatewayRequestKind;
use crate::view::platform::PlatformRequest;

fn shown(snapshot: Arc<clawpair_openclaw::supervisor::Snapshot>) -> Vec<PlatformRequest> {
    let roster = Roster::new(snapshot);
    Waiting::all(&roster.snapshot, NOW).iter().map(|waiting| waiting.shown(&roster, NOW)).collect()
}

#[test]
fn a_request_says_what_it_would_change_and_how_long_it_waits() {
    let wants = json!({"scopes": ["operator.read", "operator.admin"], "roles": ["operator", "node"], "isRepair": true});
    let snapshot = snapshot(vec![paired(1, "Pixel", &json!({}))], vec![pending(1, "Pixel", 60, &wants)], Vec::new());
    let request = shown(snapshot).remove(0);
    let (gateway, request) = (request.gateway.unwrap(), request.request);
    assert_eq!(request.id, format!("device-{}", identity(1).id()));
    assert_eq!(request.permissions, ["operator", "node", "operator.admin", "operator.read"]);
    assert_eq!((request.public_key, request.seconds_left), (identity(1).public_key().to_string(), 240));
    assert_eq!((gateway.kind, gateway.known, gateway.adds_control), (GatewayRequestKind::Device, true, true));
    assert_eq!(
        (gateway.new_roles.as_slice(), gateway.kept_roles.as_slice()),
        (&["node".to_owned()][..], &["operator".to_owned()][..])
    );
    assert_eq!(
        (gateway.added.as_slice(), gateway.kept.as_slice()),
        (&["operator.admin".to_owned()][..], &["operator.read".to_owned()][..])
    );
    assert!(gateway.missing.contains(&"operator.admin".to_owned()), "this app is no administrator there");
}

#[test]
fn a_node_says_what_it_offers_and_waits_for_ever() {
    let snapshot = snapshot(vec![paired(2, "edge", &json!({}))], Vec::new(), vec![node(2)]);
    let request = shown(snapshot).remove(0);
    assert_eq!(request.request.permissions, ["cap:system", "command:system.run", "permission:camera", "denied:location"]);
    let asked = request.gateway.as_ref().unwrap();
    assert_eq!(asked.system_permissions, ["camera", "location: no"], "people read them under headings");
    assert_eq!((request.request.seconds_left, request.request.public_key), (u32::MAX, identity(2).public_key().to_string()));
    assert_eq!(request.gateway.unwrap().missing, ["operator.admin"]);
}

#[test]
fn an_ability_is_no_command_of_the_same_name() {
    let offers = |caps: &[&str], commands: &[&str], permissions: &[(&str, bool)]| {
        let words = |words: &[&str]| words.iter().map(ToString::to_string).collect();
        let permissions = permissions.iter().map(|(word, on)| ((*word).to_owned(), *on)).collect();
        ability_words(&Abilities { caps: words(caps), commands: words(commands), permissions })
    };
    let all = [
        offers(&["x"], &[], &[]),
        offers(&[], &["x"], &[]),
        offers(&[], &[], &[("x", true)]),
        offers(&[], &[], &[("x", false)]),
        offers(&[], &[], &[("x: no", true)]),
    ];
    for (number, one) in all.iter().enumerate() {
        assert!(all[number + 1..].iter().all(|other| other != one), "{one:?} stands for two things");
    }
}

#[test]
fn each_device_is_one_card_and_what_ended_is_none() {
    let wider = json!({"requestId": "wider", "scopes": ["operator.write"]});
    let pending = vec![
        pending(1, "Pixel", 90, &json!({})),
        pending(1, "Pixel", 10, &wider),
        pending(2, "Late", 301, &json!({})),
        pending(3, "Old", 200, &json!({})),
    ];
    let requests = shown(snapshot(Vec::new(), pending, Vec::new()));
    let names: Vec<&str> = requests.iter().map(|request| request.request.name.as_str()).collect();
    assert_eq!(names, ["Pixel", "Old"]);
    assert_eq!(requests[0].request.permissions, ["operator", "operator.write"], "what it asked for last");
}
