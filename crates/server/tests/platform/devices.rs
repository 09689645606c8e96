use axum::http::{Method, StatusCode};
use clawpair_api::{DeviceStatus, Event};
use clawpair_device::live::{Ended, Live};
use clawpair_device::{Caller, DeviceError};
use serde_json::{Value, json};

use crate::events::Events;
use crate::fixture::{TestPlatform, claim, key, refusal};

#[tokio::test]
async fn a_device_sees_itself_only_with_its_own_key() {
    let platform = TestPlatform::start().await;
    let (_, paired, credential) = platform.paired(1).await;
    let seen = Caller::of_system(credential.clone()).device_self().await.unwrap();
    assert_eq!((seen.id, seen.name), (paired.device.id, "Kitchen hub".to_owned()));
    let mut thief = credential;
    thief.key = key(2);
    assert_eq!(refusal(Caller::of_system(thief).device_self().await), "device_token_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn revoking_cuts_the_live_channel_and_refuses_every_next_call() {
    let platform = TestPlatform::start().await;
    let mut events = Events::of(&platform).await;
    let (target, paired, credential) = platform.paired(1).await;
    let caller = Caller::of_system(credential);
    let live = Live::open(&caller).await.unwrap();
    events.until(|event| matches!(event, Event::Device { device } if device.connected)).await;
    let staying = tokio::spawn(live.stay(std::future::pending()));

    let path = format!("/api/v1/devices/{}", paired.device.id);
    let (_, revoked) = platform.owner(Method::DELETE, &path, Value::Null).await;
    assert_eq!((&revoked["status"], &revoked["connected"]), (&"revoked".into(), &false.into()));
    assert!(matches!(staying.await.unwrap(), Ended::Revoked));

    assert_eq!(refusal(caller.device_self().await), "device_revoked");
    assert_eq!(refusal(Live::open(&caller).await), "device_revoked");
    assert_eq!(refusal(claim(&target, 1).await), "device_revoked", "not even by repeating its claim");
    let device = &platform.devices().await.devices[0];
    assert_eq!((device.status, device.connected), (DeviceStatus::Revoked, false));
    assert!(device.revoked_at.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_device_is_cut_and_refused_until_it_is_enabled() {
    let platform = TestPlatform::start().await;
    let mut events = Events::of(&platform).await;
    let (target, paired, credential) = platform.paired(1).await;
    let caller = Caller::of_system(credential);
    let live = Live::open(&caller).await.unwrap();
    events.until(|event| matches!(event, Event::Device { device } if device.connected)).await;
    let staying = tokio::spawn(live.stay(std::future::pending()));

    let path = format!("/api/v1/devices/{}", paired.device.id);
    let (_, disabled) = platform.owner(Method::POST, &format!("{path}/disable"), json!({"reason": "under repair"})).await;
    assert_eq!(
        (&disabled["status"], &disabled["connected"], &disabled["reason"]),
        (&json!("disabled"), &json!(false), &json!("under repair"))
    );
    assert_eq!(staying.await.unwrap(), Ended::Disabled { reason: Some("under repair".into()) });
    assert_eq!(refusal(caller.device_self().await), "device_disabled");
    assert_eq!(refusal(Live::open(&caller).await), "device_disabled");
    assert_eq!(refusal(claim(&target, 1).await), "device_disabled");

    let (_, enabled) = platform.owner(Method::POST, &format!("{path}/enable"), Value::Null).await;
    assert_eq!((&enabled["status"], &enabled["reason"]), (&json!("active"), &Value::Null));
    assert_eq!(caller.device_self().await.unwrap().status, DeviceStatus::Active, "with the same credential");
    Live::open(&caller).await.unwrap();
}

#[tokio::test]
async fn what_was_revoked_stays_so_and_says_why() {
    let platform = TestPlatform::start().await;
    let (_, paired, _) = platform.paired(1).await;
    let path = format!("/api/v1/devices/{}", paired.device.id);
    let (_, revoked) = platform.owner(Method::DELETE, &format!("{path}?reason=stolen%20van"), Value::Null).await;
    assert_eq!((&revoked["status"], &revoked["reason"]), (&json!("revoked"), &json!("stolen van")));
    for call in ["enable", "disable"] {
        let (status, refused) = platform.owner(Method::POST, &format!("{path}/{call}"), json!({})).await;
        assert_eq!((status, refused["code"].as_str()), (StatusCode::CONFLICT, Some("already_revoked")));
    }
    let (_, unknown) = platform.owner(Method::POST, &format!("{path}f/enable"), Value::Null).await;
    assert_eq!(unknown["code"], "not_found");
    let long = json!({"reason": "x".repeat(201)});
    let (_, refused) = platform.owner(Method::POST, &format!("{path}/disable"), long).await;
    assert!(refused["message"].as_str().unwrap().contains("reason has 201 characters; 200 are the most"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_hangs_up_is_shown_as_disconnected() {
    let platform = TestPlatform::start().await;
    let mut events = Events::of(&platform).await;
    let (_, _, credential) = platform.paired(1).await;
    let live = Live::open(&Caller::of_system(credential)).await.unwrap();
    events.until(|event| matches!(event, Event::Device { device } if device.connected)).await;
    assert!(platform.devices().await.devices[0].connected);
    drop(live);
    events.until(|event| matches!(event, Event::Device { device } if !device.connected)).await;
    assert!(!platform.devices().await.devices[0].connected);
}

#[tokio::test]
async fn a_platform_that_forgot_a_device_says_so() {
    let (platform, other) = (TestPlatform::start().await, TestPlatform::start().await);
    let (_, _, mut credential) = platform.paired(1).await;
    credential.addresses = vec![other.address.clone()];
    let caller = Caller::of_system(credential.clone());
    assert!(matches!(caller.device_self().await, Err(DeviceError::PinMismatch { .. })));
    credential.pin = other.pin;
    assert_eq!(refusal(Caller::of_system(credential).device_self().await), "device_token_invalid");
}

#[tokio::test]
async fn lists_are_paged() {
    let platform = TestPlatform::start().await;
    for seed in 1..=3 {
        platform.paired(seed).await;
    }
    let (_, first) = platform.owner(Method::GET, "/api/v1/devices?limit=2", Value::Null).await;
    assert_eq!(first["devices"].as_array().unwrap().len(), 2);
    let next = first["next"].as_str().unwrap();
    let (_, second) = platform.owner(Method::GET, &format!("/api/v1/devices?limit=2&after={next}"), Value::Null).await;
    assert_eq!((second["devices"].as_array().unwrap().len(), &second["next"]), (1, &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_that_ends_takes_its_live_channels_with_it() {
    let platform = TestPlatform::start().await;
    let mut events = Events::of(&platform).await;
    let second = platform.listen();
    let (_, _, mut credential) = platform.paired(1).await;
    credential.addresses = vec![second.address().to_string().parse().unwrap()];
    let live = Live::open(&Caller::of_system(credential)).await.unwrap();
    events.until(|event| matches!(event, Event::Device { device } if device.connected)).await;
    let staying = tokio::spawn(live.stay(std::future::pending()));
    drop(second);
    events.until(|event| matches!(event, Event::Device { device } if !device.connected)).await;
    assert!(matches!(staying.await.unwrap(), Ended::Lost { .. }));
}

/// Two changes may be told as one, so what counts is what is heard last.
#[tokio::test(flavor = "multi_thread")]
async fn a_connected_device_hears_of_its_new_rights_and_of_nothing_else() {
    let platform = TestPlatform::start().await;
    let mut events = Events::of(&platform).await;
    let (_, paired, credential) = platform.paired(1).await;
    let live = Live::open(&Caller::of_system(credential)).await.unwrap();
    events.until(|event| matches!(event, Event::Device { device } if device.connected)).await;
    let (heard, mut hearing) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(live.stay_and_hear(std::future::pending(), move |rights| heard.send(rights).unwrap()));

    let path = format!("/api/v1/devices/{}", paired.device.id);
    platform.owner(Method::PATCH, &path, json!({"name": "Hall"})).await;
    for permissions in [json!(["lights:control"]), json!(["lights:control", "sensor:read"])] {
        platform.owner(Method::PUT, &format!("{path}/permissions"), json!({"permissions": permissions})).await;
    }
    let mut told = hearing.recv().await.unwrap();
    assert!(told.contains(&"lights:control".to_owned()), "a new name is no news: {told:?}");
    while told.len() < 2 {
        told = hearing.recv().await.unwrap();
    }
    assert_eq!(told, ["lights:control", "sensor:read"]);
}
