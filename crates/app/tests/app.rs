//! The application core with a keyring and a clipboard of the tests, and devices that are real.

mod desk;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clawpair_api::{CreatePairingCode, EditDevice, Event, PairingStatus};
use clawpair_app::view::{AppEvent, CopyWhat, DeviceQuery, SecretStorage, Theme};
use clawpair_app::{App, Clipboard, Config, EMBEDDED, KeyringFailure};
use clawpair_core::claim::{ClaimSecret, Description};
use clawpair_core::link::PairingLink;
use clawpair_device::{Paired, Target, pair};

use crate::desk::{Desk, TestClipboard, TestKeyring};

fn failing(failure: KeyringFailure) -> Arc<TestKeyring> {
    Arc::new(TestKeyring { failure: Mutex::new(Some(failure)), ..TestKeyring::default() })
}

fn form() -> CreatePairingCode {
    CreatePairingCode {
        name: "Kitchen hub".into(),
        device_type: "IoT Gateway".into(),
        permissions: vec!["sensor:read".into()],
        expires_in_minutes: 10,
        addresses: None,
        ask_first: None,
        typed: None,
    }
}

async fn pair_with(link: &str) -> Paired {
    let link: PairingLink = link.parse().unwrap();
    let target = Target { addresses: link.addresses().to_vec(), pin: link.pin(), secret: ClaimSecret::Link(link.secret().clone()) };
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    pair(&target, &key, uuid::Uuid::nil(), &Description::default()).await.unwrap()
}

#[tokio::test]
async fn keys_are_kept_in_the_keyring_and_found_again() {
    let desk = Desk::new();
    let pin = {
        let app = desk.start().await.unwrap();
        assert_eq!(app.overview().unwrap().secret_storage, SecretStorage::Keyring);
        app.overview().unwrap().pin
    };
    assert_eq!(desk.keyring.entries.lock().unwrap().len(), 1);
    assert_eq!(desk.start().await.unwrap().overview().unwrap().pin, pin);
    assert_eq!(desk.keyring.entries.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn without_a_keyring_keys_are_in_a_private_file_that_can_be_moved() {
    let desk = Desk::with(failing(KeyringFailure::Absent));
    let app = desk.start().await.unwrap();
    let overview = app.overview().unwrap();
    let SecretStorage::File { path, reason } = overview.secret_storage else { panic!("{:?}", overview.secret_storage) };
    assert!(reason.contains("no keyring service"), "{reason}");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let elsewhere = tempfile::tempdir().unwrap();
    let moved = app.move_secrets_file(elsewhere.path()).unwrap();
    let SecretStorage::File { path: new, .. } = moved.secret_storage else { panic!() };
    assert!(Path::new(&new).starts_with(elsewhere.path()) && !Path::new(&path).exists());
    drop(app);
    assert_eq!(desk.start().await.unwrap().overview().unwrap().pin, overview.pin);
    std::fs::remove_file(&new).unwrap();
    let Err(error) = desk.start().await else { panic!("started with other keys") };
    assert!(error.message.contains(&new) && error.hint.unwrap().contains("Put the file back"));
}

#[tokio::test]
async fn a_keyring_that_is_locked_or_empty_later_never_leads_to_new_keys() {
    for failure in [KeyringFailure::Locked, KeyringFailure::Absent, KeyringFailure::Missing] {
        let desk = Desk::new();
        let pin = desk.start().await.unwrap().overview().unwrap().pin;
        *desk.keyring.failure.lock().unwrap() = Some(failure.clone());
        let Err(error) = desk.start().await else { panic!("started with other keys") };
        assert!(error.message.contains(&failure.to_string()), "{error}");
        assert!(error.hint.is_some());
        *desk.keyring.failure.lock().unwrap() = None;
        assert_eq!(desk.start().await.unwrap().overview().unwrap().pin, pin);
    }
}

#[tokio::test]
async fn a_keyring_that_is_locked_at_the_first_start_is_no_reason_for_a_file() {
    let desk = Desk::with(failing(KeyringFailure::Locked));
    let Err(error) = desk.start().await else { panic!("started") };
    assert!(error.message.contains("locked") && error.hint.unwrap().contains("Unlock"));
    *desk.keyring.failure.lock().unwrap() = None;
    assert_eq!(desk.start().await.unwrap().overview().unwrap().secret_storage, SecretStorage::Keyring);
}

/// The settings say where the keys are. Losing them must not lock out every paired device.
#[tokio::test]
async fn lost_settings_never_lead_to_new_keys() {
    let lose_settings = |desk: &Desk| {
        for name in ["app.db", "app.db-wal", "app.db-shm"] {
            let _ = std::fs::remove_file(desk.folder.path().join("data").join(name));
        }
    };
    let with_file = Desk::with(failing(KeyringFailure::Absent));
    let pin = with_file.start().await.unwrap().overview().unwrap().pin;
    lose_settings(&with_file);
    assert_eq!(with_file.start().await.unwrap().overview().unwrap().pin, pin, "the file is found again");

    let with_keyring = Desk::new();
    drop(with_keyring.start().await.unwrap());
    lose_settings(&with_keyring);
    let Err(error) = with_keyring.start().await else { panic!("started with other keys") };
    assert!(error.message.contains("app.db") && error.hint.unwrap().contains("backup"));
    assert_eq!(with_keyring.keyring.entries.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_pairing_is_made_copied_used_and_told() {
    let desk = Desk::new();
    let app = desk.start().await.unwrap();
    let mut events = app.events();
    let shown = app.create_pairing(EMBEDDED, &form()).await.unwrap();
    assert_eq!(shown.pairing.status, PairingStatus::Open);
    assert!(shown.qr.size >= 29 + 8 && shown.qr.path.starts_with('M'));
    assert!(shown.addresses[0].starts_with("127.0.0.1:"), "not nearby yet: this computer only");
    app.copy_pairing(&shown.pairing.id, CopyWhat::Code).unwrap();
    assert_eq!(desk.clipboard.read(), Some(shown.code.clone()));
    app.copy_pairing(&shown.pairing.id, CopyWhat::Link).unwrap();
    assert_eq!(desk.clipboard.read(), Some(shown.link.clone()));
    app.hide_pairing(&shown.pairing.id);
    assert!(app.copy_pairing(&shown.pairing.id, CopyWhat::Code).is_err(), "hidden is hidden");

    let paired = pair_with(&shown.link).await;
    let told = async {
        loop {
            if let AppEvent::Platform { event, .. } = events.recv().await.unwrap()
                && let Event::Device { device } = *event
            {
                return device;
            }
        }
    };
    let device = tokio::time::timeout(Duration::from_secs(30), told).await.unwrap();
    assert_eq!(device.id, paired.device.id);
    assert_eq!(app.platform(EMBEDDED).unwrap().devices(&DeviceQuery::default()).await.unwrap().devices[0].device.id, device.id);
    app.leave().await;
    assert_eq!(desk.clipboard.read(), None, "the clipboard is left clean");
}

#[tokio::test]
async fn a_restart_keeps_everything_but_the_secrets_of_open_codes() {
    let desk = Desk::new();
    let (link, pairing, device) = {
        let app = desk.start().await.unwrap();
        app.set_theme(Theme::Dark).unwrap();
        let used = app.create_pairing(EMBEDDED, &form()).await.unwrap();
        let device = pair_with(&used.link).await.device.id;
        let open = app.create_pairing(EMBEDDED, &form()).await.unwrap();
        (open.link, open.pairing.id, device)
    };
    let app = desk.start().await.unwrap();
    assert_eq!(app.overview().unwrap().theme, Theme::Dark);
    assert_eq!(app.platform(EMBEDDED).unwrap().devices(&DeviceQuery::default()).await.unwrap().devices[0].device.id, device);
    assert_eq!(app.platform(EMBEDDED).unwrap().open_pairings(None).await.unwrap().pairings[0].id, pairing);
    assert!(app.copy_pairing(&pairing, CopyWhat::Link).is_err(), "its secrets are gone");
    let mut target: PairingLink = link.parse().unwrap();
    let address = format!("127.0.0.1:{}", app.overview().unwrap().port).parse().unwrap();
    target = PairingLink::new(vec![address], target.pin(), target.secret().clone()).unwrap();
    pair_with(&target.reveal()).await;
}

#[tokio::test]
async fn devices_nearby_are_let_in_and_out() {
    let desk = Desk::new();
    let app = desk.start().await.unwrap();
    assert_eq!(app.overview().unwrap().nearby, None);
    let on = app.set_nearby(true).await.unwrap();
    assert_eq!((on.nearby, &on.problems), (Some(true), &Vec::new()));
    let lan = |overview: &clawpair_app::view::Overview| {
        overview.addresses.iter().find(|choice| choice.kind == clawpair_app::view::AddressKind::Lan).cloned()
    };
    if let Some(choice) = lan(&on) {
        assert!(choice.answers, "{choice:?}");
        let shown = app.create_pairing(EMBEDDED, &form()).await.unwrap();
        assert!(shown.addresses.contains(&choice.address));
        pair_with(&shown.link).await;
    }
    let off = app.set_nearby(false).await.unwrap();
    assert_eq!(off.nearby, Some(false));
    // The socket closes a moment after the switch; the next looks find it closed.
    let closed = async {
        loop {
            let overview = app.refresh_addresses().await.unwrap();
            if lan(&overview).is_none_or(|choice| !choice.answers) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), closed).await.expect("nobody listens on the network any more");
}

#[tokio::test]
async fn other_programs_find_the_platform_by_a_private_file() {
    let desk = Desk::new();
    let overview = desk.start().await.unwrap().overview().unwrap();
    let path = desk.folder.path().join("data/platform.json");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let found: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(found, serde_json::json!({ "url": format!("https://127.0.0.1:{}", overview.port), "pin": overview.pin }));
}

#[tokio::test]
async fn a_port_that_was_taken_is_told_and_taken_back_at_the_next_start() {
    let desk = Desk::new();
    let port = desk.start().await.unwrap().overview().unwrap().port;
    // The first app's socket closes when its accept loop notices; until then the port counts as taken, which is what we want.
    let squat = async {
        loop {
            match std::net::TcpListener::bind(("127.0.0.1", port)) {
                Ok(squatter) => return squatter,
                Err(_) => tokio::task::yield_now().await,
            }
        }
    };
    let squatter = tokio::time::timeout(Duration::from_secs(30), squat).await.expect("the port is free again");
    let moved = desk.start().await.unwrap().overview().unwrap();
    assert_ne!(moved.port, port);
    let [problem] = &moved.problems[..] else { panic!("{:?}", moved.problems) };
    assert!(problem.message.contains(&port.to_string()));
    drop(squatter);
    let back = desk.start().await.unwrap().overview().unwrap();
    assert_eq!((back.port, back.problems), (port, Vec::new()));
}

#[tokio::test]
async fn a_second_app_on_the_same_folder_says_that_one_is_running() {
    let desk = Desk::new();
    let first = desk.start().await.unwrap();
    let Err(error) = desk.start().await else { panic!("started twice") };
    assert!(error.message.contains("already running"), "{error}");
    drop(first);
    desk.start().await.unwrap();
}

#[tokio::test]
async fn a_data_folder_that_cannot_be_made_is_a_sentence() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let data_dir = file.path().join("data");
    let (clipboard, keyring) = (Arc::<TestClipboard>::default(), Arc::<TestKeyring>::default());
    let config = Config { data_dir, clipboard, keyring, first_port: 0 };
    let Err(error) = App::start(config).await else { panic!("started") };
    assert!(error.message.contains("data folder") && error.hint.is_some(), "{error}");
}

#[tokio::test]
async fn a_change_of_what_somebody_else_has_changed_is_refused() {
    let desk = Desk::new();
    let app = desk.start().await.unwrap();
    let link = app.create_pairing(EMBEDDED, &form()).await.unwrap().link;
    let id = pair_with(&link).await.device.id;
    let platform = app.platform(EMBEDDED).unwrap();
    let seen = platform.device(&id).await.unwrap();
    let rename = |name: &str| EditDevice { name: Some(name.into()), ..EditDevice::default() };
    let renamed = platform.edit_device(&id, seen.device.revision, &rename("Hall hub & lamp")).await.unwrap();
    let refused = platform.edit_device(&id, seen.device.revision, &rename("Cellar hub")).await.unwrap_err();
    assert_eq!(refused.code, "changed_meanwhile");
    let query =
        DeviceQuery { device_type: Some(renamed.device.device_type.clone()), q: Some("& lamp".into()), ..DeviceQuery::default() };
    assert_eq!(platform.devices(&query).await.unwrap().devices, [renamed]);
}
