//! The platform of this computer, while the app runs and when it does not.

use std::path::Path;
use std::process::Command;

use clawpair_api::Event;
use clawpair_app::view::AppEvent;
use clawpair_core::claim::{ClaimSecret, Description};
use clawpair_core::link::PairingLink;
use clawpair_device::{Target, pair};
use ed25519_dalek::SigningKey;
use uuid::Uuid;

use crate::stage::{failed, piped, said, stderr};
use crate::window::app;

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_clawpair"));
    for name in ["CLAWPAIR_URL", "CLAWPAIR_PIN", "CLAWPAIR_API_KEY"] {
        command.env_remove(name);
    }
    command.args(arguments).env("CLAWPAIR_DATA_DIR", folder.join("data")).env("CLAWPAIR_CONFIG_DIR", folder.join("config"));
    command.env("CLAWPAIR_KEYRING", "off");
    command
}

const CREATE: [&str; 10] = [
    "devices",
    "create-pairing-code",
    "--link",
    "--name",
    "Hall",
    "--type",
    "IoT Sensor",
    "--permissions",
    "sensor:read",
    "--typed=false",
];

#[tokio::test(flavor = "multi_thread")]
async fn the_app_and_the_command_work_on_one_platform() {
    let folder = tempfile::tempdir().unwrap();
    let (code, why) = failed(&mut command(folder.path(), &["devices", "list"]));
    assert!(code == 15 && why.contains("No platform was named, and there is none on this computer."), "{why}");
    let app = app(&folder.path().join("data")).await;
    let mut events = app.events();
    let link: PairingLink = said(&mut command(folder.path(), &CREATE)).parse().unwrap();
    let target = Target { addresses: link.addresses().to_vec(), pin: link.pin(), secret: ClaimSecret::Link(link.secret().clone()) };
    let key = SigningKey::from_bytes(&[5; 32]);
    let device = pair(&target, &key, Uuid::from_bytes([5; 16]), &Description::default()).await.unwrap().device;
    assert!(said(&mut command(folder.path(), &["devices", "list"])).contains(&device.id));
    said(&mut command(folder.path(), &["devices", "revoke", &device.id, "--yes"]));
    // The app hears of it and loads anew.
    loop {
        if let AppEvent::Platform { event, .. } = events.recv().await.unwrap()
            && matches!(*event, Event::Resync)
        {
            break;
        }
    }
    let refused = pair(&target, &key, Uuid::from_bytes([5; 16]), &Description::default()).await;
    assert!(refused.is_err(), "the device was revoked");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_works_when_the_app_does_not_run_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let running = app(&folder.path().join("data")).await;
    running.leave().await;
    drop(running);
    let made = command(folder.path(), &CREATE).output().unwrap();
    let told = String::from_utf8(made.stderr).unwrap();
    assert!(made.status.success() && told.contains("Clawpair does not run: the device can join when it does."), "{told}");
    assert!(said(&mut command(folder.path(), &["codes", "list"])).contains("Hall"));
    assert!(said(&mut command(folder.path(), &["whoami"])).contains("owner"));
    let key = said(&mut command(folder.path(), &["keys", "create", "--name", "Narrow", "--role", "viewer"]));
    let narrow = |arguments: &[&str]| {
        let mut command = command(folder.path(), arguments);
        command.env("CLAWPAIR_API_KEY", &key);
        command
    };
    assert!(said(&mut narrow(&["whoami"])).contains("viewer"), "a key narrows what the owner could do");
    assert_eq!(failed(&mut narrow(&CREATE)).0, 7);
    let configure = |key: &str| piped(&mut command(folder.path(), &["configure"]), key);
    let revoked = said(&mut command(folder.path(), &["keys", "create", "--name", "Over", "--role", "viewer"]));
    let keys = said(&mut command(folder.path(), &["--json", "keys", "list"]));
    let keys: serde_json::Value = serde_json::from_str(&keys).unwrap();
    let over = keys["api_keys"].as_array().unwrap().iter().find(|key| key["name"] == "Over").unwrap();
    said(&mut command(folder.path(), &["keys", "revoke", over["id"].as_str().unwrap(), "--yes"]));
    let refused = configure(&revoked);
    assert_eq!(refused.status.code(), Some(6), "a key that does not work is not kept: {}", stderr(&refused));
    let kept = configure(&key);
    assert!(
        kept.status.success() && stderr(&kept).contains("The platform of this computer knows this key as Narrow"),
        "{}",
        stderr(&kept)
    );
    assert!(said(&mut command(folder.path(), &["whoami"])).contains("viewer"));
}
