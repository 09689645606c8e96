use axum::http::Method;
use clawpair_core::claim::{ClaimSecret, Description, sign};
use clawpair_device::DeviceError;
use serde_json::{Value, json};

use crate::fixture::{TestPlatform, claim, key, refusal};

#[tokio::test]
async fn a_device_pairs_by_link_and_by_code() {
    let platform = TestPlatform::start().await;
    let first = claim(&TestPlatform::by_link(&platform.open().await), 1).await.unwrap();
    let created = platform.open().await;
    let second = claim(&platform.by_code(&created.code), 2).await.unwrap();
    assert_eq!(second.device.id, created.device_id);
    assert_eq!(second.device.name, "Kitchen hub");
    assert_eq!(second.device.permissions, ["sensor:read"]);
    assert_eq!(second.device.last_address.as_deref(), Some("127.0.0.1"));
    assert_ne!(first.device.key_fingerprint, second.device.key_fingerprint);
}

#[tokio::test]
async fn what_a_device_calls_itself_is_shown_beside_the_name_it_was_given() {
    let platform = TestPlatform::start().await;
    let target = TestPlatform::by_link(&platform.open().await);
    let said = Description { name: "raspberry\u{202e}pi".into(), ..Description::default() };
    let device = clawpair_device::pair(&target, &key(1), uuid::Uuid::nil(), &said).await.unwrap().device;
    assert_eq!((device.name.as_str(), device.said_name.as_deref()), ("Kitchen hub", Some("raspberry\u{fffd}pi")));
}

#[tokio::test]
async fn a_lost_answer_is_repeated_and_another_key_is_refused() {
    let platform = TestPlatform::start().await;
    let target = TestPlatform::by_link(&platform.open().await);
    let first = claim(&target, 1).await.unwrap();
    let again = claim(&target, 1).await.unwrap();
    assert_eq!((first.device.id, first.tokens), (again.device.id, again.tokens));
    assert_eq!(refusal(claim(&target, 2).await), "code_used");
    assert_eq!(platform.devices().await.devices.len(), 1);
    platform.step_minutes(10);
    assert_eq!(refusal(claim(&target, 1).await), "code_used", "the time for repeating is over");
}

#[tokio::test]
async fn repeating_with_the_other_secret_of_the_pairing_gets_the_same_answer() {
    let platform = TestPlatform::start().await;
    let created = platform.open().await;
    let first = claim(&TestPlatform::by_link(&created), 1).await.unwrap();
    let again = claim(&platform.by_code(&created.code), 1).await.unwrap();
    assert_eq!((first.device.id, first.tokens), (again.device.id, again.tokens));
}

#[tokio::test]
async fn a_code_that_is_over_says_why() {
    let platform = TestPlatform::start().await;
    let (expired, cancelled) = (platform.open().await, platform.open().await);
    platform.owner(Method::DELETE, &format!("/api/v1/devices/pairing-codes/{}", cancelled.pairing_id), Value::Null).await;
    assert_eq!(refusal(claim(&platform.by_code(&cancelled.code), 1).await), "code_cancelled");
    assert_eq!(refusal(claim(&TestPlatform::by_link(&cancelled), 1).await), "code_cancelled");
    platform.step_minutes(10);
    assert_eq!(refusal(claim(&platform.by_code(&expired.code), 1).await), "code_expired");
    platform.step_minutes(-5);
    assert_eq!(refusal(claim(&platform.by_code(&expired.code), 1).await), "code_expired", "a clock set back revives nothing");
    assert_eq!(refusal(claim(&platform.by_code("000000000000"), 1).await), "code_unknown");
    assert!(platform.devices().await.devices.is_empty());
}

#[tokio::test]
async fn five_wrong_guesses_burn_typing_and_leave_the_link() {
    let platform = TestPlatform::start().await;
    let created = platform.open().await;
    let wrong = wrong_code(&created.code);
    for _ in 0..5 {
        assert_eq!(refusal(claim(&platform.by_code(&wrong), 9).await), "code_unknown");
    }
    assert_eq!(refusal(claim(&platform.by_code(&created.code), 1).await), "code_entry_burnt");
    let (_, pairing) =
        platform.owner(Method::GET, &format!("/api/v1/devices/pairing-codes/{}", created.pairing_id), Value::Null).await;
    assert_eq!((&pairing["status"], &pairing["typed_entry"]), (&json!("open"), &json!("burnt")));
    claim(&TestPlatform::by_link(&created), 1).await.unwrap();
}

/// A valid code with the same locator.
fn wrong_code(code: &str) -> String {
    const ALPHABET: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let start = &code[..code.len() - 2];
    let candidates = ALPHABET.chars().flat_map(|a| ALPHABET.chars().map(move |b| format!("{start}{a}{b}")));
    candidates.into_iter().find(|text| text != code && text.parse::<clawpair_core::code::PairingCode>().is_ok()).unwrap()
}

#[tokio::test]
async fn another_server_key_stops_the_device_before_it_says_anything() {
    let (platform, imposter) = (TestPlatform::start().await, TestPlatform::start().await);
    let created = platform.open().await;
    let mut target = platform.by_code(&created.code);
    target.addresses = vec![imposter.address.clone()];
    assert!(matches!(claim(&target, 1).await, Err(DeviceError::PinMismatch { .. })));
    claim(&platform.by_code(&created.code), 1).await.expect("the code is untouched");
}

/// A claim needs its TLS connection; without one there is nothing to bind it to.
#[tokio::test]
async fn a_claim_outside_tls_is_refused() {
    let platform = TestPlatform::start().await;
    let created = platform.open().await;
    let id = uuid::Uuid::nil();
    let secret = ClaimSecret::Code(created.code.parse().unwrap());
    let signature = sign(&key(1), &[0; 32], &secret, &Description::default(), id);
    let body = json!({
        "secret": {"code": created.code}, "public_key": base64(key(1).verifying_key().as_bytes()),
        "idempotency_key": id, "signature": base64(&signature),
    });
    let (_, refused) = platform.call(Method::POST, "/api/v1/pair/claim", None, body).await;
    assert_eq!(refused["code"], "tls_required");
}

/// Signed for another connection: what somebody in the middle could pass on.
#[tokio::test]
async fn a_relayed_claim_is_refused_and_costs_nothing() {
    let platform = TestPlatform::start().await;
    let created = platform.open().await;
    let target = platform.by_code(&created.code);
    let id = uuid::Uuid::nil();
    let signature = sign(&key(1), &[0; 32], &target.secret, &Description::default(), id);
    let body = json!({
        "secret": {"code": created.code}, "public_key": base64(key(1).verifying_key().as_bytes()),
        "idempotency_key": id, "signature": base64(&signature),
    });
    assert_eq!(crate::races::post_claim(&platform, &body).await, (401, "signature_invalid".into()));
    claim(&target, 2).await.expect("the code is untouched");
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

/// The database, its journals, and nothing else is on disk.
#[tokio::test]
async fn no_secret_is_on_disk() {
    let platform = TestPlatform::start().await;
    let created = platform.open().await;
    let (_, paired, _) = platform.paired(1).await;
    let api_key = platform.api_key().await;
    let link: clawpair_core::link::PairingLink = created.link.as_deref().unwrap().parse().unwrap();
    let code: clawpair_core::code::PairingCode = created.code.parse().unwrap();
    let secrets = [
        code.symbols(),
        link.secret().symbols(),
        paired.tokens.access.reveal().to_owned(),
        paired.tokens.refresh.reveal().to_owned(),
        api_key[13..].to_owned(),
    ];
    let mut files = 0;
    for file in std::fs::read_dir(platform.folder.path()).unwrap() {
        let content = std::fs::read(file.unwrap().path()).unwrap();
        files += 1;
        for secret in &secrets {
            assert!(!content.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
        }
    }
    assert!(files >= 2, "the database and its journal");
}
