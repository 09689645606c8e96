//! Renewing tokens against a platform over real TLS: before they expire, after a refusal, across crashes and programs.

mod platform;

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use clawpair_api::{ErrorCode, OauthErrorBody};
use clawpair_core::dpop;
use clawpair_core::secret::Secret;
use clawpair_device::{Caller, Credential, DeviceError, Tokens};
use ed25519_dalek::SigningKey;
use platform::{Platform, Reaction, Seen, device, json, refusal, tokens};

/// The pair of a generation.
fn pair(generation: usize) -> Tokens {
    let named = |kind: &str| Secret::new(format!("{kind}-{generation}"));
    Tokens { access: named("access"), refresh: named("refresh") }
}

fn granted(generation: usize) -> Reaction {
    Reaction::Answer(json(200, &tokens(pair(generation).access.reveal(), pair(generation).refresh.reveal())))
}

/// Whether a request is the refresh with the token of a generation, proved without an access token.
fn is_refresh_with(seen: &Seen, generation: usize) -> bool {
    let url = format!("https://{}/api/v1/oauth/token", seen.header("host"));
    let target = dpop::Target { method: "POST", url: &url, token: None };
    seen.path == "/api/v1/oauth/token"
        && seen.header("content-type") == "application/x-www-form-urlencoded"
        && seen.header("authorization").is_empty()
        && seen.body == format!("grant_type=refresh_token&refresh_token=refresh-{generation}").as_bytes()
        && dpop::verify(seen.header("dpop"), target, &[String::new()]).is_ok()
}

fn is_call_with(seen: &Seen, generation: usize) -> bool {
    seen.path == "/api/v1/device/self" && seen.header("authorization") == format!("DPoP access-{generation}")
}

/// Takes the tokens of the newest generation only.
fn strict(newest: usize) -> impl Fn(&Seen) -> Reaction {
    move |seen| {
        if is_call_with(seen, newest) {
            Reaction::Answer(json(200, &device()))
        } else if is_refresh_with(seen, newest - 1) {
            granted(newest)
        } else {
            Reaction::Answer(refusal(ErrorCode::TokenExpired))
        }
    }
}

struct Kept {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl Kept {
    /// A state file with the first pair.
    fn new(platform: &Platform) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("device.json");
        credential(platform).save(&path).unwrap();
        Self { path, _folder: folder }
    }

    fn caller(&self) -> Caller {
        Caller::of_state(&self.path).unwrap()
    }

    fn tokens(&self) -> Tokens {
        Credential::load(&self.path).unwrap().tokens
    }
}

fn credential(platform: &Platform) -> Credential {
    Credential {
        addresses: vec![platform.address.clone()],
        pin: platform.pin,
        id: device().id.parse().unwrap(),
        name: device().name,
        key: SigningKey::from_bytes(&[7; 32]),
        next_key: None,
        tokens: pair(0),
    }
}

#[tokio::test]
async fn an_expired_token_is_renewed_and_the_call_repeated_once() {
    let platform = Platform::start(strict(1)).await;
    let kept = Kept::new(&platform);
    assert_eq!(kept.caller().device_self().await.unwrap(), device());
    assert_eq!(kept.tokens(), pair(1));
    let paths: Vec<_> = platform.seen().iter().map(|seen| seen.path.clone()).collect();
    assert_eq!(paths, ["/api/v1/device/self", "/api/v1/oauth/token", "/api/v1/device/self"]);
}

#[tokio::test]
async fn a_platform_that_calls_every_token_expired_is_not_asked_for_ever() {
    let platform = Platform::start(|seen| match seen.path.as_str() {
        "/api/v1/oauth/token" => granted(1),
        _ => Reaction::Answer(refusal(ErrorCode::TokenExpired)),
    })
    .await;
    let kept = Kept::new(&platform);
    let error = kept.caller().device_self().await.unwrap_err();
    assert!(matches!(error, DeviceError::Refused(refusal) if refusal.code == ErrorCode::TokenExpired));
    assert_eq!(platform.seen().len(), 3);
}

#[tokio::test]
async fn a_token_that_is_about_to_expire_is_renewed_before_the_call() {
    let generation = AtomicUsize::new(0);
    let platform = Platform::start(move |seen| match seen.path.as_str() {
        "/api/v1/oauth/token" => {
            let next = pair(generation.fetch_add(1, Ordering::SeqCst) + 1);
            let mut given = tokens(next.access.reveal(), next.refresh.reveal());
            given.expires_in = 0;
            Reaction::Answer(json(200, &given))
        }
        _ => Reaction::Answer(json(200, &device())),
    })
    .await;
    let kept = Kept::new(&platform);
    let caller = kept.caller();
    caller.device_self().await.unwrap();
    assert_eq!(platform.seen().len(), 1, "how old the first is was never said");
    caller.refresh(&caller.credential()).await.unwrap();
    caller.device_self().await.unwrap();
    assert!(is_refresh_with(&platform.seen()[2], 1) && is_call_with(&platform.seen()[3], 2));
}

#[tokio::test]
async fn the_new_pair_is_on_the_disk_before_it_is_used() {
    let found = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let (finding, path) = (found.clone(), std::sync::Arc::new(std::sync::OnceLock::<PathBuf>::new()));
    let looking = path.clone();
    let answering = strict(1);
    let platform = Platform::start(move |seen| {
        finding.lock().unwrap().push(Credential::load(looking.get().unwrap()).unwrap().tokens);
        answering(seen)
    })
    .await;
    let kept = Kept::new(&platform);
    path.set(kept.path.clone()).unwrap();
    kept.caller().device_self().await.unwrap();
    assert_eq!(*found.lock().unwrap(), [pair(0), pair(0), pair(1)]);
}

#[tokio::test]
async fn a_pair_that_cannot_be_kept_is_not_used() {
    let platform = Platform::start(strict(1)).await;
    let kept = Kept::new(&platform);
    let caller = kept.caller();
    // A folder with something in it stands where the new file would be written.
    std::fs::create_dir_all(kept.path.with_extension("json.new").join("in the way")).unwrap();
    assert!(matches!(caller.device_self().await, Err(DeviceError::State(_))));
    assert_eq!((caller.credential().tokens.clone(), kept.tokens()), (pair(0), pair(0)));
    std::fs::remove_dir_all(kept.path.with_extension("json.new")).unwrap();
    caller.device_self().await.expect("the platform gives the same pair again");
}

#[tokio::test]
async fn a_lost_answer_is_repeated_with_the_same_refresh_token() {
    let count = AtomicUsize::new(0);
    let platform = Platform::start(move |seen| {
        assert!(is_refresh_with(seen, 0));
        if count.fetch_add(1, Ordering::SeqCst) == 0 { Reaction::HangUp } else { granted(1) }
    })
    .await;
    let kept = Kept::new(&platform);
    let caller = kept.caller();
    let used = caller.credential();
    assert!(matches!(caller.refresh(&used).await, Err(DeviceError::AnswerLost { .. })));
    assert_eq!(kept.tokens(), pair(0));
    caller.refresh(&used).await.unwrap();
    assert_eq!(kept.tokens(), pair(1));
}

#[tokio::test]
async fn programs_that_share_a_state_file_refresh_once() {
    let platform = Platform::start(strict(1)).await;
    let kept = Kept::new(&platform);
    let callers: Vec<_> = (0..8).map(|_| kept.caller()).collect();
    let calls = callers.iter().map(Caller::device_self);
    for outcome in futures_util::future::join_all(calls).await {
        outcome.unwrap();
    }
    assert_eq!(platform.seen().iter().filter(|seen| is_refresh_with(seen, 0)).count(), 1);
}

#[tokio::test]
async fn calls_at_once_refresh_once() {
    let platform = Platform::start(strict(1)).await;
    let caller = Caller::of_system(credential(&platform));
    for outcome in futures_util::future::join_all((0..8).map(|_| caller.device_self())).await {
        outcome.unwrap();
    }
    assert_eq!(platform.seen().iter().filter(|seen| is_refresh_with(seen, 0)).count(), 1);
}

#[tokio::test]
async fn a_device_that_was_forgotten_meanwhile_stops() {
    let platform = Platform::start(strict(1)).await;
    let kept = Kept::new(&platform);
    let caller = kept.caller();
    std::fs::remove_file(&kept.path).unwrap();
    assert!(matches!(caller.device_self().await, Err(DeviceError::NotPaired)));
}

#[tokio::test]
async fn a_refusal_in_oauths_shape_is_understood() {
    let platform = Platform::start(|_| {
        let body = clawpair_api::ErrorBody::new(ErrorCode::RefreshTokenReuse, "used before");
        Reaction::Answer(json(400, &OauthErrorBody::new(body)))
    })
    .await;
    let kept = Kept::new(&platform);
    let caller = kept.caller();
    let error = caller.refresh(&caller.credential()).await.unwrap_err();
    assert!(matches!(&error, DeviceError::Refused(refusal) if refusal.code == ErrorCode::RefreshTokenReuse), "{error}");
}

#[tokio::test]
async fn a_new_key_is_on_the_disk_before_it_is_sent_and_outlives_a_lost_answer() {
    let count = AtomicUsize::new(0);
    let platform = Platform::start(move |seen| {
        assert_eq!(seen.path, "/api/v1/device/key");
        if count.fetch_add(1, Ordering::SeqCst) == 0 {
            return Reaction::HangUp;
        }
        let tokens = tokens(pair(1).access.reveal(), pair(1).refresh.reveal());
        Reaction::Answer(json(200, &clawpair_api::Paired { device: device(), tokens }))
    })
    .await;
    let kept = Kept::new(&platform);
    assert!(matches!(kept.caller().change_key().await, Err(DeviceError::AnswerLost { .. })));
    let begun = Credential::load(&kept.path).unwrap();
    assert_eq!((begun.key.to_bytes(), begun.tokens), ([7; 32], pair(0)), "the old ones still count");
    let next = begun.next_key.unwrap();
    kept.caller().change_key().await.unwrap();
    let changed = Credential::load(&kept.path).unwrap();
    assert_eq!((changed.key, changed.tokens), (next, pair(1)));
    assert!(changed.next_key.is_none());
    let sent: Vec<String> = platform
        .seen()
        .iter()
        .map(|seen| serde_json::from_slice::<clawpair_api::ChangeKey>(&seen.body).unwrap().public_key)
        .collect();
    assert_eq!(sent[0], sent[1], "the same change");
}

#[tokio::test]
async fn a_program_takes_over_the_key_that_another_one_has_changed() {
    let platform = Platform::start(|seen| {
        if is_call_with(seen, 1) {
            Reaction::Answer(json(200, &device()))
        } else {
            Reaction::Answer(refusal(ErrorCode::DeviceKeyReplaced))
        }
    })
    .await;
    let kept = Kept::new(&platform);
    let running = kept.caller();
    let changed = Credential { key: SigningKey::from_bytes(&[8; 32]), tokens: pair(1), ..credential(&platform) };
    changed.save(&kept.path).unwrap();
    running.device_self().await.unwrap();
    assert_eq!(running.credential().key.to_bytes(), [8; 32]);
}
