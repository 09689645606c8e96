//! Devices that replace their key, over TLS.

use axum::http::Method;
use clawpair_api::Event;
use clawpair_core::key::DeviceKey;
use clawpair_device::live::{Ended, Live};
use clawpair_device::{Caller, Credential};
use serde_json::{Value, json};

use crate::events::Events;
use crate::fixture::{TestPlatform, key, refusal};

fn fingerprint(seed: u8) -> String {
    DeviceKey::from_bytes(key(seed).verifying_key().as_bytes()).unwrap().fingerprint()
}

/// A device that has begun to change its key to that of another seed.
async fn changing(platform: &TestPlatform, to: u8) -> Credential {
    let (_, _, credential) = platform.paired(1).await;
    Credential { next_key: Some(key(to)), ..credential }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_keeps_the_device_and_ends_the_old_key_and_its_channel() {
    let platform = TestPlatform::start().await;
    let mut events = Events::of(&platform).await;
    let (_, paired, credential) = platform.paired(1).await;
    let device = Caller::of_system(credential.clone());
    let live = Live::open(&device).await.unwrap();
    events.until(|event| matches!(event, Event::Device { device } if device.connected)).await;
    let staying = tokio::spawn(live.stay(std::future::pending()));

    let changed = device.change_key().await.unwrap();
    assert!(matches!(staying.await.unwrap(), Ended::Lost { .. }));
    assert_eq!(changed.id, paired.device.id);
    assert_ne!(changed.key_fingerprint, fingerprint(1));
    events.until(|event| matches!(event, Event::Device { device } if device.key_fingerprint == changed.key_fingerprint)).await;
    assert_eq!(device.device_self().await.unwrap().key_fingerprint, changed.key_fingerprint);
    Live::open(&device).await.unwrap();
    device.refresh(&device.credential()).await.unwrap();
    assert!(device.credential().next_key.is_none());

    let old = Caller::of_system(credential.clone());
    assert_eq!(refusal(old.device_self().await), "device_key_replaced");
    assert_eq!(refusal(old.refresh(&credential).await), "device_key_replaced");
    assert_eq!(refusal(Live::open(&old).await), "device_key_replaced");
    device.device_self().await.expect("a key that comes back ends nothing");
}

#[tokio::test]
async fn a_lost_answer_is_repeated_by_the_next_call() {
    let platform = TestPlatform::start().await;
    let begun = changing(&platform, 2).await;
    Caller::of_system(begun.clone()).change_key().await.unwrap();
    let later = Caller::of_system(begun.clone());
    assert_eq!(later.device_self().await.unwrap().key_fingerprint, fingerprint(2));
    assert_eq!(later.credential().key, key(2));

    platform.step_minutes(10);
    assert_eq!(refusal(Caller::of_system(begun).change_key().await), "device_key_replaced", "too late");
}

#[tokio::test]
async fn whoever_has_the_old_key_gets_no_other_one_in() {
    let platform = TestPlatform::start().await;
    let begun = changing(&platform, 2).await;
    Caller::of_system(begun.clone()).change_key().await.unwrap();
    let thief = Caller::of_system(Credential { next_key: Some(key(3)), ..begun.clone() });
    assert_eq!(refusal(thief.change_key().await), "device_key_replaced");
    let back = Caller::of_system(begun);
    back.device_self().await.unwrap();
    let back = Caller::of_system(Credential { next_key: Some(key(1)), ..(*back.credential()).clone() });
    assert_eq!(refusal(back.change_key().await), "invalid_request", "no key comes back");
}

#[tokio::test]
async fn an_expired_token_is_renewed_for_the_change() {
    let platform = TestPlatform::start().await;
    let begun = changing(&platform, 2).await;
    platform.step_minutes(20);
    assert_eq!(Caller::of_system(begun).change_key().await.unwrap().key_fingerprint, fingerprint(2));
}

#[tokio::test]
async fn a_disabled_device_changes_nothing() {
    let platform = TestPlatform::start().await;
    let begun = changing(&platform, 2).await;
    let path = format!("/api/v1/devices/{}/disable", begun.id);
    platform.owner(Method::POST, &path, json!({})).await;
    assert_eq!(refusal(Caller::of_system(begun).change_key().await), "device_disabled");
    let (_, shown) = platform.owner(Method::GET, "/api/v1/devices", Value::Null).await;
    assert_eq!(shown["devices"][0]["key_fingerprint"], fingerprint(1));
}
