use clawpair_core::claim::Description;
use clawpair_device::{DeviceError, pair};
use ed25519_dalek::SigningKey;
use serde_json::Value;
use uuid::Uuid;

use crate::server::{Server, folder, refused, said, target};

#[tokio::test]
async fn a_backup_made_while_serving_brings_devices_back_and_no_open_code() {
    let (folder, data, key) = folder();
    let file = folder.path().join("backup.db");
    let file = file.to_str().unwrap();
    let server = Server::start(&data);
    let claim = async |created: &clawpair_api::PairingCodeCreated, seed: u8| {
        let key = SigningKey::from_bytes(&[seed; 32]);
        pair(&target(created), &key, Uuid::from_bytes([seed; 16]), &Description::default()).await
    };
    let before = claim(&server.code(&key).await, 1).await.unwrap().device.id;
    let open = server.code(&key).await;
    said(&data, &["backup", file]);
    assert!(refused(&data, &["backup", file]).contains("exists already"));
    let after = claim(&open, 2).await.unwrap().device.id;
    assert!(refused(&data, &["restore", file]).contains("Stop it"), "not while a platform runs");
    server.signal("TERM");
    server.ended();

    let said = said(&data, &["restore", file]);
    assert!(said.contains("1 codes that were open in it are void"), "{said}");
    let server = Server::start(&data);
    let (_, page) = server.call(&key, "GET", "/api/v1/devices", &Value::Null).await;
    let listed: Vec<&str> = page["devices"].as_array().unwrap().iter().map(|device| device["id"].as_str().unwrap()).collect();
    assert_eq!(listed, [before.as_str()], "{after} came in after the backup");
    // The links say where the platform was; it is elsewhere now.
    let mut spent = target(&open);
    spent.addresses = vec![server.address()];
    let refusal = pair(&spent, &SigningKey::from_bytes(&[3; 32]), Uuid::nil(), &Description::default()).await;
    let Err(DeviceError::Refused(refusal)) = refusal else { panic!("{refusal:?}") };
    assert_eq!(refusal.code.as_str(), "code_cancelled");
    let kept = std::fs::read_dir(&data).unwrap().any(|file| file.unwrap().file_name().to_string_lossy().contains("before-restore"));
    assert!(kept, "the database that was there is kept");
}

#[test]
fn what_is_no_backup_changes_nothing() {
    let (folder, data, _) = folder();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let noise = write("noise", &[7; 10_000]);
    assert!(refused(&data, &["restore", &noise]).contains("not a database"));
    let other = folder.path().join("other.db");
    clawpair_store::open_private(&other).unwrap().execute_batch("CREATE TABLE x (y)").unwrap();
    assert!(refused(&data, &["restore", other.to_str().unwrap()]).contains("no platform's database"));
    let newer = folder.path().join("newer.db");
    said(&data, &["backup", newer.to_str().unwrap()]);
    clawpair_store::open_private(&newer).unwrap().pragma_update(None, "user_version", 9_999).unwrap();
    assert!(refused(&data, &["restore", newer.to_str().unwrap()]).contains("newer Clawpair"));
    assert!(refused(&data, &["restore", "/nowhere"]).contains("no file"));
    assert!(said(&data, &["key", "list"]).ends_with("Test"), "all as it was");
}
