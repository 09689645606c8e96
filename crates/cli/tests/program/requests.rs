use clawpair_core::claim::{ClaimSecret, Description};
use clawpair_core::link::PairingLink;
use clawpair_device::{DeviceError, Target, pair};
use ed25519_dalek::SigningKey;
use serde_json::json;
use uuid::Uuid;

use crate::stage::{Stage, failed};

pub async fn claim(link: &str) -> Result<clawpair_device::Paired, DeviceError> {
    let link: PairingLink = link.parse().unwrap();
    let target = Target { addresses: link.addresses().to_vec(), pin: link.pin(), secret: ClaimSecret::Link(link.secret().clone()) };
    pair(&target, &SigningKey::from_bytes(&[7; 32]), Uuid::from_bytes([7; 16]), &Description::default()).await
}

fn link(stage: &Stage, more: &[&str]) -> String {
    let create =
        ["devices", "create-pairing-code", "--link", "--name", "Hall", "--type", "IoT Sensor", "--permissions", "sensor:control"];
    stage.said(&[&create, more].concat())
}

#[tokio::test]
async fn a_device_is_let_in_by_the_number_it_shows() {
    let stage = Stage::new();
    let link = link(&stage, &[]);
    let Err(DeviceError::Waiting { comparison, .. }) = claim(&link).await else { panic!("let in unasked") };
    let waiting = stage.json(&["requests", "list"]);
    let request = &waiting["requests"][0];
    let id = request["id"].as_str().unwrap();
    assert_eq!(request["comparison"], comparison.to_string());
    let (code, why) = failed(&mut stage.with_key(&["requests", "approve", id]));
    assert!(code == 2 && why.contains("there is nobody to ask here"), "{why}");
    let other = if comparison.to_string().starts_with('1') { "222222" } else { "111111" };
    let (code, why) = failed(&mut stage.with_key(&["requests", "approve", id, "--number", other]));
    assert!(code == 9 && why.contains("another number") && why.contains(request["key_fingerprint"].as_str().unwrap()), "{why}");
    assert_eq!(stage.said(&["requests", "approve", id, "--number", &comparison.to_string()]), format!("{id} is approved"));
    let device = claim(&link).await.unwrap().device;

    assert_eq!(stage.json(&["devices", "list", "--permission", "sensor:control"])["devices"][0]["id"], device.id);
    assert_eq!(stage.json(&["devices", "rename", &device.id, "Cellar"])["name"], "Cellar");
    let tagged = stage.json(&["devices", "tag", &device.id, "--add", "floor -1, cold, dry", "--remove", "dry"]);
    assert_eq!((&tagged["outcomes"][0]["outcome"], tagged["outcomes"].as_array().unwrap().len()), (&json!("changed"), 1));
    assert_eq!(stage.json(&["devices", "show", &device.id])["tags"], json!(["cold", "floor -1"]));
    assert_eq!(
        stage.json(&["devices", "permit", &device.id, "--permissions", "sensor:read"])["permissions"],
        json!(["sensor:read"])
    );
    stage.said(&["devices", "disable", &device.id, "--reason", "on loan"]);
    assert!(stage.said(&["devices", "show", &device.id]).contains("on loan"));
    stage.said(&["devices", "enable", &device.id]);
    stage.said(&["devices", "revoke", &device.id, "--yes", "--reason", "sold"]);
    assert_eq!(stage.json(&["devices", "list", "--status", "revoked"])["devices"][0]["reason"], "sold");
    assert!(stage.said(&["activity", "--action", "device_revoked"]).contains("Cellar"));
    let (code, why) = failed(&mut stage.with_key(&["devices", "enable", &device.id]));
    assert!(code == 9 && why.contains("revoked"), "{why}");
}

#[tokio::test]
async fn a_device_that_is_denied_stays_out() {
    let stage = Stage::new();
    let link = link(&stage, &["--ask-first", "true"]);
    assert!(matches!(claim(&link).await, Err(DeviceError::Waiting { .. })));
    let waiting = stage.json(&["requests", "list"]);
    let id = waiting["requests"][0]["id"].as_str().unwrap();
    stage.said(&["requests", "deny", id, "--reason", "not ours"]);
    let Err(DeviceError::Refused(refusal)) = claim(&link).await else { panic!("let in") };
    assert_eq!(refusal.code, clawpair_api::ErrorCode::PairingDenied);
    let decided = stage.json(&["requests", "list", "--all"]);
    assert_eq!((&decided["requests"][0]["status"], &decided["requests"][0]["reason"]), (&json!("denied"), &json!("not ours")));
}

#[tokio::test]
async fn a_list_of_requests_that_was_cut_says_so() {
    let stage = Stage::new();
    for _ in 0..2 {
        assert!(matches!(claim(&link(&stage, &[])).await, Err(DeviceError::Waiting { .. })));
    }
    for list in [&["requests", "list"][..], &["requests", "list", "--all"]] {
        let (all, cut) = (stage.json(list), stage.json(&[list, &["--limit", "1"]].concat()));
        assert!(all["requests"].as_array().unwrap().len() == 2 && all["next"].is_null(), "{all}");
        assert_eq!((&cut["requests"], &cut["next"]), (&json!([all["requests"][0]]), &all["requests"][0]["id"]));
    }
}
