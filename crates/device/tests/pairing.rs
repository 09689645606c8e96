//! Claims against a platform over real TLS: the pin, lost answers, crashes.

mod platform;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use clawpair_api::{ErrorCode, Paired as Answer};
use clawpair_core::claim::Description;
use clawpair_core::id::PairingId;
use clawpair_core::pin::ServerPin;
use clawpair_core::request::Comparison;
use clawpair_core::rng::SystemRng;
use clawpair_device::join::{MAX_TRIES, join};
use clawpair_device::state::{State, StateFile};
use clawpair_device::{Credential, DeviceError, Paired, Target, pair};
use ed25519_dalek::SigningKey;
use http::Response;
use http_body_util::Full;
use hyper::body::Bytes;
use platform::{Platform, Reaction, impatient, json, nobody, paired, refusal};
use uuid::Uuid;

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

async fn pair_once(target: &Target) -> Result<Paired, DeviceError> {
    pair(target, &key(), Uuid::from_bytes([5; 16]), &Description::default()).await
}

struct Kept {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl Kept {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { path: folder.path().join("device.json"), _folder: folder }
    }

    async fn join(&self, target: &Target) -> Result<Paired, DeviceError> {
        let state = StateFile::at(&self.path).lock()?;
        join(target, &Description::default(), &state, &mut impatient(), &SystemRng, |_| {}).await
    }

    fn state(&self) -> State {
        StateFile::at(&self.path).read().unwrap()
    }
}

/// Reacts to the first, second, … request in turn, and then always as to the last.
fn in_turn<const N: usize>(reactions: [fn() -> Reaction; N]) -> impl Fn(&platform::Seen) -> Reaction {
    let count = AtomicUsize::new(0);
    move |_| reactions[count.fetch_add(1, Ordering::SeqCst).min(N - 1)]()
}

#[tokio::test]
async fn a_claim_is_signed_for_its_own_connection() {
    let platform = Platform::start(|_| Reaction::Answer(paired())).await;
    let outcome = pair_once(&platform.target()).await.unwrap();
    assert_eq!((outcome.device.name.as_str(), outcome.tokens.access.reveal()), ("Kitchen hub", "the-access-token"));
    assert_eq!(outcome.address, platform.address);
    let seen = platform.seen();
    assert!(seen[0].is_signed());
    assert_eq!((seen[0].method.as_str(), seen[0].path.as_str()), ("POST", "/api/v1/pair/claim"));
    assert_eq!(seen[0].header("host"), platform.address.to_string());
    assert_eq!(seen[0].header("content-type"), "application/json");
}

#[tokio::test]
async fn a_server_with_another_key_is_sent_nothing() {
    let imposter = Platform::start(|_| Reaction::Answer(paired())).await;
    let platform = Platform::start(|_| Reaction::Answer(paired())).await;
    let target = Target { addresses: vec![imposter.address.clone()], ..platform.target() };
    let error = pair_once(&target).await.unwrap_err();
    assert!(matches!(&error, DeviceError::PinMismatch { address } if *address == imposter.address), "{error}");
    imposter.until_a_handshake_failed().await;
    assert!(imposter.seen().is_empty());
}

#[tokio::test]
async fn a_server_that_shows_the_right_certificate_without_its_key_is_sent_nothing() {
    let platform = Platform::start(|_| Reaction::Answer(paired())).await;
    let thief = Platform::impersonating(&platform, |_| Reaction::Answer(paired())).await;
    let error = pair_once(&Target { addresses: vec![thief.address.clone()], ..platform.target() }).await.unwrap_err();
    assert!(matches!(error, DeviceError::NotTls { .. }), "{error}");
    thief.until_a_handshake_failed().await;
    assert!(thief.seen().is_empty());
}

#[tokio::test]
async fn the_address_that_has_the_pinned_key_is_found_among_several() {
    let imposter = Platform::start(|_| Reaction::Answer(paired())).await;
    let platform = Platform::start(|_| Reaction::Answer(paired())).await;
    let addresses = vec![nobody().await, imposter.address.clone(), platform.address.clone()];
    let kept = Kept::new();
    let joined = kept.join(&Target { addresses: addresses.clone(), ..platform.target() }).await.unwrap();
    assert_eq!(joined.address, platform.address);
    assert!(imposter.seen().is_empty());
    let credential = kept.state().paired.unwrap();
    assert_eq!(credential.addresses, [platform.address.clone(), addresses[0].clone(), addresses[1].clone()], "best first");
}

#[tokio::test]
async fn silence_and_strangers_are_told_apart() {
    let platform = Platform::start(|_| Reaction::Answer(paired())).await;
    let absent = nobody().await;
    let error = pair_once(&Target { addresses: vec![absent.clone()], ..platform.target() }).await.unwrap_err();
    assert!(matches!(&error, DeviceError::Unreachable { tried, .. } if *tried == absent.to_string()), "{error}");

    let plain = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("127.0.0.1:{}", plain.local_addr().unwrap().port()).parse().unwrap();
    tokio::spawn(async move {
        use tokio::io::AsyncWriteExt as _;
        let (mut tcp, _) = plain.accept().await.unwrap();
        tcp.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        std::future::pending::<()>().await;
    });
    let error = pair_once(&Target { addresses: vec![address], ..platform.target() }).await.unwrap_err();
    assert!(matches!(error, DeviceError::NotTls { .. }), "{error}");
}

#[tokio::test]
async fn a_lost_answer_is_repeated_with_the_same_key_and_idempotency_key() {
    let platform = Platform::start(in_turn([
        || Reaction::HangUp,
        || Reaction::Answer(refusal(ErrorCode::StorageUnavailable)),
        || {
            let mut answer = refusal(ErrorCode::RateLimited);
            answer.headers_mut().insert("retry-after", "0".parse().unwrap());
            Reaction::Answer(answer)
        },
        || Reaction::Answer(paired()),
    ]))
    .await;
    let kept = Kept::new();
    kept.join(&platform.target()).await.unwrap();
    let seen = platform.seen();
    assert_eq!(seen.len(), 4);
    for repeated in &seen {
        let (first, claim) = (seen[0].claim(), repeated.claim());
        assert_eq!((claim.public_key, claim.idempotency_key), (first.public_key, first.idempotency_key));
        assert!(repeated.is_signed());
    }
    assert_ne!(seen[0].binding, seen[3].binding, "each try is a connection of its own");
    let state = kept.state();
    assert_eq!(state.paired.unwrap().tokens.refresh.reveal(), "the-refresh-token");
    assert!(state.pending.is_none());
}

#[tokio::test]
async fn the_key_is_on_the_disk_before_the_first_claim_leaves() {
    let kept = Kept::new();
    let path = kept.path.clone();
    let found = Arc::new(std::sync::Mutex::new(None));
    let finding = Arc::clone(&found);
    let platform = Platform::start(move |_| {
        *finding.lock().unwrap() = StateFile::at(&path).read().unwrap().pending;
        Reaction::Answer(paired())
    })
    .await;
    kept.join(&platform.target()).await.unwrap();
    let on_disk = found.lock().unwrap().take().unwrap();
    let claim = platform.seen()[0].claim();
    let public = clawpair_core::key::DeviceKey::from_bytes(on_disk.key.verifying_key().as_bytes()).unwrap();
    assert_eq!((public.to_string(), on_disk.idempotency_key), (claim.public_key, claim.idempotency_key));
}

#[tokio::test]
async fn a_later_run_continues_the_claim_and_another_link_starts_afresh() {
    let hang_up_first = AtomicUsize::new(0);
    let platform = Platform::start(move |_| {
        if hang_up_first.fetch_add(1, Ordering::SeqCst) < MAX_TRIES as usize {
            Reaction::HangUp
        } else {
            Reaction::Answer(paired())
        }
    })
    .await;
    let (kept, target) = (Kept::new(), platform.target());
    let error = kept.join(&target).await.unwrap_err();
    assert!(matches!(error, DeviceError::AnswerLost { .. }), "{error}");
    assert_eq!(platform.seen().len(), MAX_TRIES as usize, "tries are bounded");
    let pending = kept.state().pending.unwrap();
    assert!(pending.is_for(&target));

    kept.join(&target).await.unwrap();
    let (first, continued) = (platform.seen()[0].claim(), platform.seen().last().unwrap().claim());
    assert_eq!((&first.public_key, first.idempotency_key), (&continued.public_key, continued.idempotency_key));

    kept.join(&platform.target()).await.unwrap();
    let other = platform.seen().last().unwrap().claim();
    assert_ne!(other.public_key, continued.public_key);
    assert_ne!(other.idempotency_key, continued.idempotency_key);
}

#[tokio::test]
async fn a_refused_code_ends_the_claim_and_leaves_an_older_pairing_alone() {
    let platform =
        Platform::start(in_turn([|| Reaction::Answer(paired()), || Reaction::Answer(refusal(ErrorCode::CodeUsed))])).await;
    let kept = Kept::new();
    kept.join(&platform.target()).await.unwrap();
    let before = Credential::load(&kept.path).unwrap();
    let error = kept.join(&platform.target()).await.unwrap_err();
    assert!(matches!(&error, DeviceError::Refused(refusal) if refusal.code == ErrorCode::CodeUsed), "{error}");
    assert_eq!(platform.seen().len(), 2, "not repeated");
    assert!(kept.state().pending.is_none());
    assert_eq!(Credential::load(&kept.path).unwrap().key, before.key);
}

#[tokio::test]
async fn a_long_wait_is_left_to_the_person() {
    let platform = Platform::start(|_| {
        let mut answer = refusal(ErrorCode::RateLimited);
        answer.headers_mut().insert("retry-after", "3600".parse().unwrap());
        Reaction::Answer(answer)
    })
    .await;
    let kept = Kept::new();
    let error = kept.join(&platform.target()).await.unwrap_err();
    assert!(error.to_string().contains("3600 seconds"), "{error}");
    assert_eq!(platform.seen().len(), 1);
    assert!(kept.state().pending.is_some(), "so that it can be continued");
}

#[tokio::test]
async fn a_platform_that_never_answered_is_not_asked_again() {
    let platform = Platform::start(|_| Reaction::Answer(paired())).await;
    let mute = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("127.0.0.1:{}", mute.local_addr().unwrap().port()).parse().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((tcp, _)) = mute.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            drop(tcp);
        }
    });
    let error = Kept::new().join(&Target { addresses: vec![address], ..platform.target() }).await.unwrap_err();
    assert!(matches!(error, DeviceError::Unreachable { .. }), "{error}");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn strange_answers_are_not_understood_and_not_quoted() {
    let answers: [fn() -> Reaction; 5] = [
        || Reaction::Answer(json(200, &"the-access-token")),
        || Reaction::Answer(json(200, &Answer { device: platform::device(), tokens: platform::tokens("two words", "one") })),
        || Reaction::Answer(json(302, &"moved")),
        || Reaction::Answer(json(404, &"<html>")),
        || Reaction::Answer(http::Response::new("x".repeat(100_000).into_bytes().into())),
    ];
    for answer in answers {
        let platform = Platform::start(move |_| answer()).await;
        let error = pair_once(&platform.target()).await.unwrap_err();
        let strange = matches!(error, DeviceError::NotUnderstood { .. } | DeviceError::AnswerLost { .. });
        let shown = format!("{error} {error:?}");
        assert!(strange && !shown.contains("the-access-token") && !shown.contains("two words"), "{shown}");
    }
}

#[tokio::test]
async fn a_hundred_claims_at_once() {
    let platform = Platform::start(|_| Reaction::Answer(paired())).await;
    let target = platform.target();
    let racers: Vec<_> = (0..100)
        .map(|_| {
            tokio::spawn({
                let target = target.clone();
                async move { pair_once(&target).await }
            })
        })
        .collect();
    for racer in racers {
        racer.await.unwrap().unwrap();
    }
    assert_eq!(platform.seen().len(), 100);
}

fn waiting(claim: &clawpair_api::Claim, pin: ServerPin) -> Response<Full<Bytes>> {
    let pairing = PairingId::from_bytes([1; 16]);
    let comparison = Comparison::of(pin, &claim.public_key.parse().unwrap(), pairing);
    json(
        202,
        &serde_json::json!({
            "status": "waiting", "pairing_id": pairing, "comparison": comparison.to_string(), "retry_after_seconds": 2,
        }),
    )
}

#[tokio::test(start_paused = true)]
async fn while_a_person_is_asked_the_claim_is_repeated_and_the_number_shown_once() {
    let (count, pin) = (AtomicUsize::new(0), Arc::new(std::sync::OnceLock::new()));
    let known = Arc::clone(&pin);
    let platform = Platform::start(move |seen| {
        let waits = count.fetch_add(1, Ordering::SeqCst) < 30;
        Reaction::Answer(if waits { waiting(&seen.claim(), *known.get().unwrap()) } else { paired() })
    })
    .await;
    pin.set(platform.pin).unwrap();
    let kept = Kept::new();
    let state = StateFile::at(&kept.path).lock().unwrap();
    let mut shown = Vec::new();
    let started = tokio::time::Instant::now();
    let show = |number| shown.push(number);
    join(&platform.target(), &Description::default(), &state, &mut impatient(), &SystemRng, show).await.unwrap();
    assert!(started.elapsed() >= std::time::Duration::from_mins(1), "as often as it was asked to");
    assert_eq!(shown.len(), 1);
    let seen = platform.seen();
    let first = seen[0].claim().public_key;
    assert_eq!(seen.len(), 31);
    assert!(seen.iter().all(|seen| seen.claim().public_key == first && seen.is_signed()));
}

#[tokio::test]
async fn a_number_that_is_not_the_devices_own_is_not_shown() {
    let platform = Platform::start(|seen| Reaction::Answer(waiting(&seen.claim(), ServerPin::from_bytes([9; 16])))).await;
    let error = pair_once(&platform.target()).await.unwrap_err();
    assert!(matches!(error, DeviceError::NotUnderstood { .. }), "{error}");
}

#[tokio::test]
async fn a_device_that_is_not_let_in_stops_and_says_why() {
    let platform = Platform::start(|_| {
        let said = clawpair_api::ErrorBody::new(ErrorCode::PairingDenied, "This device was not let in: “Not mine”.");
        Reaction::Answer(json(403, &said))
    })
    .await;
    let kept = Kept::new();
    let error = kept.join(&platform.target()).await.unwrap_err();
    assert!(error.to_string().contains("Not mine"), "{error}");
    assert_eq!(clawpair_device::Exit::from(&error), clawpair_device::Exit::Denied);
    assert_eq!(platform.seen().len(), 1);
    assert!(kept.state().pending.is_none());
}
