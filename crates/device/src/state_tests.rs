use clawpair_core::secret::Secret;

use super::*;
use crate::tokens::Tokens;

fn target(secret: &str) -> Target {
    Target {
        addresses: vec!["10.0.0.7".parse().unwrap()],
        pin: clawpair_core::pin::ServerPin::from_bytes([3; 16]),
        secret: ClaimSecret::Code(secret.parse().unwrap()),
    }
}

fn credential() -> Credential {
    Credential {
        addresses: vec!["10.0.0.7".parse().unwrap(), "[fd00::2]:8443".parse().unwrap()],
        pin: clawpair_core::pin::ServerPin::from_bytes([3; 16]),
        id: "dev-018c2f6e-5b1c-7d2a-9c3e-0123456789ab".parse().unwrap(),
        name: "Küche".into(),
        key: SigningKey::from_bytes(&[7; 32]),
        next_key: Some(SigningKey::from_bytes(&[9; 32])),
        tokens: Tokens { access: Secret::new("the-token".into()), refresh: Secret::new("the-refresh-token".into()) },
    }
}

fn full() -> State {
    let pending = Pending::new(&target("OCL-J4K2T8P7N1RG"), SigningKey::from_bytes(&[8; 32]), Uuid::from_bytes([5; 16]));
    State { paired: Some(credential()), pending: Some(pending) }
}

fn in_new_folder() -> (tempfile::TempDir, StateFile) {
    let folder = tempfile::tempdir().unwrap();
    let file = StateFile::at(folder.path().join("a/b/device.json"));
    (folder, file)
}

#[test]
fn everything_comes_back_and_the_secret_is_not_in_the_file() {
    let (_folder, file) = in_new_folder();
    file.lock().unwrap().write(&full()).unwrap();
    let State { paired: Some(paired), pending: Some(pending) } = file.read().unwrap() else { panic!("nothing came back") };
    let expected = credential();
    assert_eq!(
        (paired.addresses, paired.pin, paired.id, paired.name),
        (expected.addresses, expected.pin, expected.id, expected.name)
    );
    assert_eq!((paired.key.to_bytes(), paired.tokens), ([7; 32], expected.tokens));
    assert_eq!(paired.next_key.map(|key| key.to_bytes()), Some([9; 32]));
    assert_eq!((pending.key.to_bytes(), pending.idempotency_key), ([8; 32], Uuid::from_bytes([5; 16])));
    assert!(!fs::read_to_string(file.path()).unwrap().contains("J4K2T8P7N1RG"));
}

#[test]
fn a_pending_claim_knows_its_own_target_only() {
    let pending = full().pending.unwrap();
    assert!(pending.is_for(&target("ocl j4k2 t8p7 n1rg")));
    assert!(pending.is_for(&Target { addresses: vec!["hub.local".parse().unwrap()], ..target("OCL-J4K2T8P7N1RG") }), "it moved");
    assert!(!pending.is_for(&target("OCL-000000000000")));
    let elsewhere = Target { pin: clawpair_core::pin::ServerPin::from_bytes([4; 16]), ..target("OCL-J4K2T8P7N1RG") };
    assert!(!pending.is_for(&elsewhere));
}

#[test]
fn no_file_is_an_empty_state() {
    let (_folder, file) = in_new_folder();
    let state = file.read().unwrap();
    assert!(state.paired.is_none() && state.pending.is_none());
    assert!(!file.lock().unwrap().delete().unwrap());
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_file_and_folder() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let (folder, file) = in_new_folder();
    // Something with wider rights that a crash may have left where the new file is written.
    fs::create_dir_all(folder.path().join("a/b")).unwrap();
    fs::write(file.beside("new"), "rubbish").unwrap();
    file.lock().unwrap().write(&full()).unwrap();
    assert_eq!(mode(file.path()), 0o600);
    let (_folder, other) = in_new_folder();
    other.lock().unwrap().write(&full()).unwrap();
    assert_eq!(mode(other.path().parent().unwrap()), 0o700);

    fs::set_permissions(file.path(), fs::Permissions::from_mode(0o644)).unwrap();
    assert!(file.read().unwrap().paired.is_some());
    assert_eq!(mode(file.path()), 0o600, "reading closes it");
}

#[test]
fn a_write_that_fails_leaves_the_old_state() {
    let (_folder, file) = in_new_folder();
    let locked = file.lock().unwrap();
    locked.write(&full()).unwrap();
    // A folder with something in it stands where the new file would be written.
    fs::create_dir_all(file.beside("new").join("in the way")).unwrap();
    assert!(matches!(locked.write(&State::default()), Err(StateError::Io { action: "written", .. })));
    assert!(file.read().unwrap().paired.is_some());
}

#[test]
fn one_program_at_a_time() {
    let (_folder, file) = in_new_folder();
    let locked = file.lock().unwrap();
    assert!(matches!(file.lock(), Err(StateError::Busy { .. })));
    drop(locked);
    assert!(file.lock().is_ok());
}

#[test]
fn a_strange_file_is_refused_without_being_quoted_or_changed() {
    let (_folder, file) = in_new_folder();
    file.lock().unwrap().write(&full()).unwrap();
    let good = fs::read_to_string(file.path()).unwrap();
    let newer = good.replace("\"version\": 2", "\"version\": 3, \"from\": \"the future\"");
    let cases = [
        good.replace("the-token", "the token"),
        good.replace("the-refresh-token", ""),
        good.replace("10.0.0.7:21327", "nowhere at all"),
        good.replace("\"key\": \"Bw", "\"key\": \""),
        good.replace("\"pending\"", "\"other\""),
        good[..good.len() / 2].to_owned(),
        "x".repeat(100_000),
    ];
    for bad in cases {
        assert_ne!(bad, good);
        fs::write(file.path(), &bad).unwrap();
        let error = file.read().unwrap_err();
        assert!(matches!(error, StateError::Damaged { .. }), "{error}");
        assert!(!error.to_string().contains("token\""), "{error}");
    }
    fs::write(file.path(), &newer).unwrap();
    assert!(matches!(file.read(), Err(StateError::Newer { .. })));
    assert_eq!(fs::read_to_string(file.path()).unwrap(), newer);
}

#[test]
fn the_usual_place_follows_the_environment() {
    let usual = |xdg: Option<&str>, home: Option<&str>| {
        StateFile::usual(|name| if name == "HOME" { home } else { xdg }.map(PathBuf::from)).map(|file| file.path().to_owned())
    };
    assert_eq!(usual(Some("/s"), Some("/h")).unwrap(), Path::new("/s/clawpair-device/device.json"));
    assert_eq!(usual(Some("relative"), Some("/h")).unwrap(), Path::new("/h/.local/state/clawpair-device/device.json"));
    assert_eq!(usual(None, Some("/h")).unwrap(), Path::new("/h/.local/state/clawpair-device/device.json"));
    assert!(matches!(usual(None, None), Err(StateError::NoPlace)));
}

#[test]
fn debug_output_shows_no_secret() {
    let shown = format!("{:?}", full());
    assert!(!shown.contains("the-token") && !shown.contains("the-refresh-token"), "{shown}");
    for key in [[7u8; 32], [8; 32], [9; 32]] {
        assert!(!shown.contains(&format!("{key:?}")), "{shown}");
    }
}

/// Its token is worthless, but the claim that was under way may still win.
#[test]
fn of_an_older_file_only_the_claim_is_taken() {
    let (_folder, file) = in_new_folder();
    file.lock().unwrap().write(&full()).unwrap();
    let newer = fs::read_to_string(file.path()).unwrap();
    let older = newer.replace("\"version\": 2", "\"version\": 1").replace("\"refresh_token\"", "\"token\"");
    assert_ne!(older, newer);
    fs::write(file.path(), older).unwrap();
    let State { paired: None, pending: Some(pending) } = file.read().unwrap() else { panic!("not as expected") };
    assert_eq!(pending.idempotency_key, Uuid::from_bytes([5; 16]));
}

#[tokio::test(start_paused = true)]
async fn a_taken_lock_is_waited_for_and_not_for_ever() {
    let (_folder, file) = in_new_folder();
    let locked = file.lock().unwrap();
    assert!(matches!(file.lock_within(Duration::from_secs(1)).await, Err(StateError::Busy { .. })));
    let (waited, ()) = tokio::join!(file.lock_within(Duration::from_secs(1)), async {
        sleep(Duration::from_millis(200)).await;
        drop(locked);
    });
    assert!(waited.is_ok());
}
