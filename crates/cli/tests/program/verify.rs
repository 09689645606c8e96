//! Bundles, checked by the program alone.

use std::path::Path;
use std::process::Command;

use clawpair_core::clock::Timestamp;
use clawpair_core::key::DeviceKey;
use clawpair_mirror::{Batch, DeviceRecord, Extent, Mirror, Place, Thing};
use ed25519_dalek::SigningKey;
use tempfile::TempDir;

use crate::stage::{failed, piped, said, stderr};

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_clawpair"));
    // It needs neither a home nor a network.
    command.env_clear();
    command
}

fn verify(arguments: &[&str]) -> Command {
    let mut command = program();
    command.arg("verify").args(arguments);
    command
}

/// A bundle of one platform's two devices and three journal entries, and who has signed it.
fn bundle() -> (TempDir, String, DeviceKey) {
    let (folder, key) = (tempfile::tempdir().unwrap(), SigningKey::from_bytes(&[7; 32]));
    let at = Timestamp::from_millis(1_790_000_000_000);
    let mirror = Mirror::open(&folder.path().join("mirror.db")).unwrap();
    let platform = "office".parse().unwrap();
    mirror.enter_platform(&platform, &"Office".parse().unwrap()).unwrap();
    let devices = ["Hall", "Cellar"].into_iter().map(thing);
    let extent = Extent::Everything { cursor: None };
    mirror
        .apply(Batch { platform: platform.clone(), reading: mirror.reading(at).unwrap(), extent, things: devices.collect() })
        .unwrap();
    for group in ["one", "two", "three"] {
        let place = Place { platform: platform.clone(), id: "Hall".into() };
        mirror.put_in_group(&place, Some(&group.parse().unwrap()), at).unwrap();
    }
    let path = folder.path().join("devices.bundle");
    mirror.export_bundle(&key, at, std::fs::File::create(&path).unwrap()).unwrap();
    (folder, path.to_str().unwrap().to_owned(), DeviceKey::from_bytes(key.verifying_key().as_bytes()).unwrap())
}

fn thing(name: &str) -> Thing {
    let device = serde_json::json!({
        "id": name, "name": name, "device_type": "IoT Sensor", "permissions": ["sensor:read"], "tags": [], "status": "active",
        "connected": false, "paired_at": "2026-01-02T03:04:05Z", "last_seen_at": null, "last_address": null, "said_name": null,
        "platform": null, "version": null, "key_fingerprint": "7F3K-9QWZ-4JN2", "disabled_at": null, "revoked_at": null,
        "reason": null, "revision": 1
    });
    let device = serde_json::from_value(device).unwrap();
    Thing::Device(Box::new(DeviceRecord::of(device)))
}

#[test]
fn it_says_who_has_signed_when_and_how_much() {
    let (_folder, path, key) = bundle();
    let told = verify(&[&path]).output().unwrap();
    let text = String::from_utf8(told.stdout.clone()).unwrap();
    assert!(told.status.success() && text.contains(&key.fingerprint()) && text.contains(&key.to_string()), "{text}");
    assert!(text.contains("2026-09-21T") && text.contains("devices     2") && text.contains("3 entries"), "{text}");
    assert!(stderr(&told).contains("Anybody can sign"), "{}", stderr(&told));
    let json: serde_json::Value = serde_json::from_str(&said(&mut verify(&[&path, "--json"]))).unwrap();
    assert_eq!(
        (&json["devices"], &json["journal_entries"], &json["fingerprint"]),
        (&2.into(), &3.into(), &key.fingerprint().into())
    );
    let piped = piped(&mut verify(&["-"]), &std::fs::read_to_string(&path).unwrap());
    assert_eq!(piped.stdout, told.stdout);
}

#[test]
fn a_signer_can_be_demanded() {
    let (_folder, path, key) = bundle();
    for signer in [key.fingerprint(), key.fingerprint().to_lowercase(), key.to_string()] {
        let told = verify(&[&path, "--signer", &signer]).output().unwrap();
        assert!(told.status.success() && told.stderr.is_empty(), "{}", stderr(&told));
    }
    let (code, why) = failed(&mut verify(&[&path, "--signer", "0000-0000-0000"]));
    assert!(code == 18 && why.contains("0000-0000-0000 has not signed it") && why.contains(&key.fingerprint()), "{why}");
    assert_eq!(failed(&mut verify(&[&path, "--signer", "nobody"])).0, 2);
}

#[test]
fn what_is_not_as_it_was_signed_is_a_sentence_and_a_code() {
    let (folder, path, _) = bundle();
    let whole = std::fs::read_to_string(&path).unwrap();
    let cut: String = whole.split_inclusive('\n').take(2).collect();
    let other = folder.path().join("other");
    for (content, expected) in [
        (whole.replace("Hall", "Hail"), "bundle_signature"),
        (cut, "bundle_changed"),
        (whole.clone() + "{}\n", "bundle_changed"),
        (String::new(), "bundle_unknown"),
        ("{\"devices\":[]}".to_owned(), "bundle_unknown"),
        (whole.replace("\"clawpair_bundle\":1", "\"clawpair_bundle\":2"), "bundle_unknown"),
    ] {
        std::fs::write(&other, content).unwrap();
        let (code, why) = failed(&mut verify(&[other.to_str().unwrap(), "--json"]));
        let why: serde_json::Value = serde_json::from_str(&why).unwrap();
        assert_eq!((code, &why["code"]), (18, &expected.into()), "{why}");
        assert!(why["hint"].as_str().unwrap().starts_with("Believe nothing in it."), "{why}");
    }
    let (code, why) = failed(&mut verify(&[Path::new(&path).with_file_name("missing").to_str().unwrap()]));
    assert!(code == 17 && why.contains("cannot be used"), "{why}");
}
