//! A gateway's lists, made by hand.

mod devices;
mod effect;
mod memory;
mod requests;

use std::sync::Arc;

use clawpair_core::clock::Timestamp;
use clawpair_openclaw::access::Scope;
use clawpair_openclaw::identity::DeviceIdentity;
use clawpair_openclaw::node::PendingNode;
use clawpair_openclaw::operations::{DeviceList, NodeRequests};
use clawpair_openclaw::paired::PairedDevice;
use clawpair_openclaw::pending::PendingDevice;
use clawpair_openclaw::supervisor::Snapshot;
use serde_json::{Value, json};

use super::roster::Roster;

/// How far the gateway's clock is ahead.
const AHEAD: i64 = 60_000;
/// This computer's time.
const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

fn identity(number: u8) -> DeviceIdentity {
    DeviceIdentity::from_seed(&[number; 32])
}

/// What both lists say of a device.
fn basics(number: u8, name: &str) -> Value {
    let identity = identity(number);
    json!({"deviceId": identity.id().to_string(), "publicKey": identity.public_key().to_string(), "displayName": name,
           "platform": "android 15", "deviceFamily": "Android", "clientId": "openclaw-android", "roles": ["operator"],
           "scopes": ["operator.read"], "remoteIp": "192.0.2.7"})
}

fn with(mut basics: Value, more: &Value) -> String {
    for (name, value) in more.as_object().unwrap() {
        basics[name] = value.clone();
    }
    basics.to_string()
}

fn paired(number: u8, name: &str, more: &Value) -> PairedDevice {
    let at = NOW.as_millis() + AHEAD - i64::from(number) * 60_000;
    let usual = json!({"approvedAtMs": at, "lastSeenAtMs": at, "tokens": [{"role": "operator", "scopes": ["operator.read"]}]});
    let all: Value = serde_json::from_str(&with(basics(number, name), &usual)).unwrap();
    PairedDevice::read(&with(all, more)).unwrap()
}

fn pending(number: u8, name: &str, asked_ago_seconds: i64, more: &Value) -> PendingDevice {
    let usual = json!({"requestId": format!("r{number}"), "ts": NOW.as_millis() + AHEAD - asked_ago_seconds * 1_000});
    let all: Value = serde_json::from_str(&with(basics(number, name), &usual)).unwrap();
    PendingDevice::read(&with(all, more)).unwrap()
}

fn node(number: u8) -> PendingNode {
    let json = json!({"requestId": "n", "nodeId": identity(number).id().to_string(), "displayName": "Edge", "caps": ["system"],
                      "commands": ["system.run"], "permissions": {"camera": true, "location": false},
                      "requiredApproveScopes": ["operator.admin"], "ts": NOW.as_millis()});
    PendingNode::read(&json.to_string()).unwrap()
}

fn snapshot(paired: Vec<PairedDevice>, pending: Vec<PendingDevice>, nodes: Vec<PendingNode>) -> Arc<Snapshot> {
    Arc::new(Snapshot {
        devices: DeviceList { pending, paired, ..DeviceList::default() },
        nodes: NodeRequests { pending: nodes, unreadable: 0 },
        taken: Timestamp::from_millis(NOW.as_millis() + AHEAD),
        ahead_millis: AHEAD,
        scopes: vec![Scope::Read, Scope::Pairing],
    })
}

fn roster(paired: Vec<PairedDevice>) -> Roster {
    Roster::new(snapshot(paired, Vec::new(), Vec::new()))
}
