//! A paired device: proofs with nonces, the live channel, reconnecting.

mod platform;

use std::sync::atomic::{AtomicUsize, Ordering};

use clawpair_api::ErrorCode;
use clawpair_core::dpop::{self, DpopError};
use clawpair_core::key::DeviceKey;
use clawpair_core::secret::Secret;
use clawpair_device::run::{Change, stay_connected};
use clawpair_device::{Caller, Credential, DeviceError, Tokens};
use ed25519_dalek::SigningKey;
use platform::{Platform, Reaction, Script, Seen, device, impatient, json, refusal};

const TOKEN: &str = "the-access-token";

fn caller(platform: &Platform) -> Caller {
    Caller::of_system(Credential {
        addresses: vec![platform.address.clone()],
        pin: platform.pin,
        id: device().id.parse().unwrap(),
        name: device().name,
        key: SigningKey::from_bytes(&[7; 32]),
        next_key: None,
        tokens: Tokens { access: Secret::new(TOKEN.into()), refresh: Secret::new("the-refresh-token".into()) },
    })
}

/// Checks a request as a platform does; `nonce` is the only one accepted.
fn check(seen: &Seen, nonce: &str) -> Result<(), DpopError> {
    assert_eq!(seen.header("authorization"), format!("DPoP {TOKEN}"));
    let url = format!("https://{}{}", seen.header("host"), seen.path);
    let target = dpop::Target { method: &seen.method, url: &url, token: Some(TOKEN) };
    let proof = dpop::verify(seen.header("dpop"), target, &[nonce.to_owned()])?;
    assert_eq!(proof.key, DeviceKey::from_bytes(SigningKey::from_bytes(&[7; 32]).verifying_key().as_bytes()).unwrap());
    Ok(())
}

fn ask_for(nonce: &str) -> Reaction {
    let mut answer = refusal(ErrorCode::UseDpopNonce);
    answer.headers_mut().insert("dpop-nonce", nonce.parse().unwrap());
    Reaction::Answer(answer)
}

async fn stay(platform: &Platform) -> (Result<(), DeviceError>, Vec<Change>) {
    let mut changes = Vec::new();
    let outcome = stay_connected(&caller(platform), &mut impatient(), |change| changes.push(change), std::future::pending()).await;
    (outcome, changes)
}

fn refused_with(outcome: &Result<(), DeviceError>, code: ErrorCode) -> bool {
    matches!(outcome, Err(DeviceError::Refused(refusal)) if refusal.code == code)
}

#[tokio::test]
async fn a_nonce_that_is_asked_for_is_sent_once_and_remembered() {
    let platform = Platform::start(|seen| match check(seen, "n-1") {
        Ok(()) => Reaction::Answer(json(200, &device())),
        Err(error) => {
            assert_eq!(error, DpopError::UseNonce);
            ask_for("n-1")
        }
    })
    .await;
    let caller = caller(&platform);
    assert_eq!(caller.device_self().await.unwrap(), device());
    assert_eq!(platform.seen().len(), 2);
    assert_eq!(platform.seen()[0].binding, platform.seen()[1].binding, "on the same connection");
    assert_eq!(caller.device_self().await.unwrap(), device());
    assert_eq!(platform.seen().len(), 3, "the second call knows the nonce");
    let proofs: std::collections::HashSet<_> = platform.seen().iter().map(|seen| seen.header("dpop").to_owned()).collect();
    assert_eq!(proofs.len(), 3, "no proof is used twice");
}

#[tokio::test]
async fn a_nonce_may_change_with_any_answer() {
    let count = AtomicUsize::new(0);
    let platform = Platform::start(move |seen| {
        let n = count.fetch_add(1, Ordering::SeqCst);
        if n == 0 {
            return ask_for("n-0");
        }
        check(seen, &format!("n-{}", n - 1)).unwrap();
        let mut answer = json(200, &device());
        answer.headers_mut().insert("dpop-nonce", format!("n-{n}").parse().unwrap());
        Reaction::Answer(answer)
    })
    .await;
    let caller = caller(&platform);
    for _ in 0..3 {
        caller.device_self().await.unwrap();
    }
    assert_eq!(platform.seen().len(), 4);
}

#[tokio::test]
async fn a_platform_that_always_asks_for_a_nonce_is_not_asked_for_ever() {
    let count = AtomicUsize::new(0);
    let platform = Platform::start(move |_| ask_for(&count.fetch_add(1, Ordering::SeqCst).to_string())).await;
    let error = caller(&platform).device_self().await.unwrap_err();
    assert!(refused_with(&Err(error), ErrorCode::UseDpopNonce));
    assert_eq!(platform.seen().len(), 2);
}

#[tokio::test]
async fn a_revoked_device_is_told_so() {
    let platform = Platform::start(|_| Reaction::Answer(refusal(ErrorCode::DeviceRevoked))).await;
    assert!(refused_with(&caller(&platform).device_self().await.map(drop), ErrorCode::DeviceRevoked));
    let (outcome, changes) = stay(&platform).await;
    assert!(refused_with(&outcome, ErrorCode::DeviceRevoked));
    assert!(changes.is_empty());
}

#[tokio::test]
async fn a_device_revoked_while_connected_stops() {
    let platform = Platform::start(|seen| match check(seen, "n") {
        Ok(()) => Reaction::Live(Script::Revoke),
        Err(_) => ask_for("n"),
    })
    .await;
    let (outcome, changes) = stay(&platform).await;
    assert!(refused_with(&outcome, ErrorCode::DeviceRevoked));
    assert_eq!(changes, [Change::Connected(platform.address.clone())]);
    let paths: Vec<_> = platform.seen().iter().map(|seen| seen.path.clone()).collect();
    assert_eq!(paths, ["/api/v1/device/live"; 2]);
}

#[tokio::test]
async fn heartbeat_silence_broken_channels_and_faults_lead_to_a_new_connection() {
    let count = AtomicUsize::new(0);
    let platform = Platform::start(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => Reaction::Live(Script::Silence),
        1 => Reaction::Live(Script::Close),
        2 => Reaction::HangUp,
        3 => Reaction::Answer(refusal(ErrorCode::StorageUnavailable)),
        _ => Reaction::Live(Script::Revoke),
    })
    .await;
    let (outcome, changes) = stay(&platform).await;
    assert!(refused_with(&outcome, ErrorCode::DeviceRevoked));
    let connected = || Change::Connected(platform.address.clone());
    assert_eq!(changes, [connected(), Change::Disconnected, connected()]);
    assert_eq!(platform.seen().len(), 5);
}

#[tokio::test]
async fn a_disabled_device_goes_on_trying() {
    let count = AtomicUsize::new(0);
    let platform = Platform::start(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 | 1 => Reaction::Answer(refusal(ErrorCode::DeviceDisabled)),
        _ => Reaction::Live(Script::Revoke),
    })
    .await;
    let (_, changes) = stay(&platform).await;
    assert_eq!(changes, [Change::Connected(platform.address.clone())], "it got in at the third try");
}

#[tokio::test]
async fn an_unknown_token_is_final() {
    let platform = Platform::start(|_| Reaction::Answer(refusal(ErrorCode::DeviceTokenInvalid))).await;
    assert!(refused_with(&stay(&platform).await.0, ErrorCode::DeviceTokenInvalid));
}

#[tokio::test]
async fn another_key_at_the_address_gets_no_token_and_does_not_stop_the_device() {
    let imposter = Platform::start(|_| Reaction::Live(Script::Answer)).await;
    let platform = Platform::start(|_| Reaction::Live(Script::Answer)).await;
    let wrong = caller(&platform);
    let wrong = Caller::of_system(Credential { addresses: vec![imposter.address.clone()], ..(*wrong.credential()).clone() });
    let mut changes = 0;
    let stop = imposter.until_a_handshake_failed();
    stay_connected(&wrong, &mut impatient(), |_| changes += 1, stop).await.unwrap();
    assert_eq!((changes, imposter.seen().len()), (0, 0));
}
