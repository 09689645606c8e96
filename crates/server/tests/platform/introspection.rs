//! What a service behind the platform asks: whether a token is good, and to end it.

use axum::body::Body;
use axum::http::{Method, Request, header};
use clawpair_api::Event;
use clawpair_core::key::DeviceKey;
use clawpair_core::token_family::ACCESS_MINUTES;
use clawpair_device::live::Live;
use clawpair_device::{Caller, Credential};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::events::Events;
use crate::fixture::{TestPlatform, key, refusal, send_form};
use crate::tokens::post_proven;

async fn key_of(platform: &TestPlatform, role: &str) -> String {
    let (_, created) = platform.owner(Method::POST, "/api/v1/api-keys", json!({"name": role, "role": role})).await;
    created["key"].as_str().unwrap().to_owned()
}

/// A form as a service sends it.
async fn post(platform: &TestPlatform, path: &str, api_key: &str, form: &str) -> (u16, Value) {
    let router = clawpair_server::router(platform.service.clone());
    let response = send_form(router, path, &format!("Bearer {api_key}"), form.to_owned()).await;
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

async fn introspect(platform: &TestPlatform, api_key: &str, token: &str) -> Value {
    let (status, body) = post(platform, "/api/v1/oauth/introspect", api_key, &format!("token={token}")).await;
    assert_eq!(status, 200, "{body}");
    body
}

fn inactive() -> Value {
    json!({"active": false})
}

#[tokio::test]
async fn a_service_learns_whose_token_it_is_and_by_which_key() {
    let platform = TestPlatform::start().await;
    let (_, paired, credential) = platform.paired(1).await;
    let integrator = key_of(&platform, "integrator").await;
    let said = introspect(&platform, &integrator, credential.tokens.access.reveal()).await;
    let jkt = DeviceKey::from_bytes(key(1).verifying_key().as_bytes()).unwrap().thumbprint();
    let iat = said["iat"].as_i64().unwrap();
    let expected = json!({
        "active": true, "token_type": "DPoP", "scope": "sensor:read", "sub": paired.device.id,
        "iat": iat, "exp": iat + i64::from(ACCESS_MINUTES) * 60, "cnf": {"jkt": jkt},
    });
    assert_eq!(said, expected);
    for token in ["x", credential.tokens.refresh.reveal(), &credential.tokens.access.reveal()[1..]] {
        assert_eq!(introspect(&platform, &integrator, token).await, inactive(), "{token}");
    }
    platform.step_minutes(i64::from(ACCESS_MINUTES));
    assert_eq!(introspect(&platform, &integrator, credential.tokens.access.reveal()).await, inactive(), "too old");
}

#[tokio::test]
async fn asking_about_a_token_does_not_use_it() {
    let platform = TestPlatform::start().await;
    let (_, _, credential) = platform.paired(1).await;
    let integrator = key_of(&platform, "integrator").await;
    let other = Caller::of_system(credential.clone());
    other.refresh(&credential).await.unwrap();
    assert_eq!(introspect(&platform, &integrator, other.credential().tokens.access.reveal()).await["active"], true);
    assert_eq!(introspect(&platform, &integrator, credential.tokens.access.reveal()).await["active"], true);
    Caller::of_system(credential.clone()).refresh(&credential).await.expect("the answer may still have been lost");
    other.device_self().await.unwrap();
    assert_eq!(introspect(&platform, &integrator, credential.tokens.access.reveal()).await, inactive(), "its successor is used");
}

#[tokio::test]
async fn a_revoked_device_has_no_good_token() {
    let platform = TestPlatform::start().await;
    let (_, paired, credential) = platform.paired(1).await;
    let integrator = key_of(&platform, "integrator").await;
    platform.owner(Method::DELETE, &format!("/api/v1/devices/{}", paired.device.id), Value::Null).await;
    assert_eq!(introspect(&platform, &integrator, credential.tokens.access.reveal()).await, inactive());
}

#[tokio::test]
async fn only_who_may_asks_and_ends() {
    let platform = TestPlatform::start().await;
    let (_, _, credential) = platform.paired(1).await;
    let form = format!("token={}", credential.tokens.access.reveal());
    let viewer = key_of(&platform, "viewer").await;
    let (status, body) = post(&platform, "/api/v1/oauth/introspect", &viewer, &form).await;
    assert_eq!((status, &body["code"]), (403, &json!("access_denied")));
    let (status, body) = post(&platform, "/api/v1/oauth/revoke", &viewer, &form).await;
    assert_eq!((status, &body["error"], &body["code"]), (403, &json!("unauthorized_client"), &json!("access_denied")));
    let (status, body) = post(&platform, "/api/v1/oauth/revoke", "no key", &form).await;
    assert_eq!((status, &body["error"]), (401, &json!("invalid_client")));
    Caller::of_system(credential).device_self().await.expect("nothing was ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_ends_all_tokens_of_a_device_and_its_channel() {
    let platform = TestPlatform::start().await;
    let mut events = Events::of(&platform).await;
    let (_, paired, credential) = platform.paired(1).await;
    let manager = key_of(&platform, "device_manager").await;
    let device = Caller::of_system(credential.clone());
    let live = Live::open(&device).await.unwrap();
    events.until(|event| matches!(event, Event::Device { device } if device.connected)).await;
    let staying = tokio::spawn(live.stay(std::future::pending()));

    let form = format!("token={}&token_type_hint=refresh_token", credential.tokens.refresh.reveal());
    assert_eq!(post(&platform, "/api/v1/oauth/revoke", &manager, &form).await, (200, Value::Null));
    staying.await.unwrap();
    assert_eq!(refusal(device.device_self().await), "device_token_invalid");
    assert_eq!(refusal(device.refresh(&credential).await), "device_token_invalid");
    let integrator = key_of(&platform, "integrator").await;
    assert_eq!(introspect(&platform, &integrator, credential.tokens.access.reveal()).await, inactive());
    assert_eq!(post(&platform, "/api/v1/oauth/revoke", &manager, &form).await.0, 200, "again");
    assert_eq!(post(&platform, "/api/v1/oauth/revoke", &manager, "token=never+one").await.0, 200);
    let device = &platform.devices().await.devices[0];
    assert_eq!((&device.id, device.status), (&paired.device.id, clawpair_api::DeviceStatus::Active), "the device is not revoked");
}

async fn revoke_as_device(platform: &TestPlatform, seed: u8, credential: &Credential) -> u16 {
    let form = format!("token={}", credential.tokens.access.reveal());
    let (_, _, nonce) = post_proven(platform, "/api/v1/oauth/revoke", seed, &form, "").await;
    post_proven(platform, "/api/v1/oauth/revoke", seed, &form, &nonce).await.0
}

#[tokio::test]
async fn a_device_ends_its_own_tokens_and_no_others() {
    let platform = TestPlatform::start().await;
    let (_, _, credential) = platform.paired(1).await;
    assert_eq!(revoke_as_device(&platform, 2, &credential).await, 200);
    Caller::of_system(credential.clone()).device_self().await.expect("another key ends nothing");
    assert_eq!(revoke_as_device(&platform, 1, &credential).await, 200);
    assert_eq!(refusal(Caller::of_system(credential).device_self().await), "device_token_invalid");
}

#[tokio::test]
async fn the_metadata_names_the_endpoints_by_the_host_that_was_asked() {
    let platform = TestPlatform::start().await;
    let ask = async |host: &str| {
        let request = Request::builder().uri("/.well-known/oauth-authorization-server").header(header::HOST, host);
        let response =
            clawpair_server::router(platform.service.clone()).oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        serde_json::from_slice::<Value>(&bytes).unwrap()
    };
    let said = ask("127.0.0.1:21327").await;
    assert_eq!(said["issuer"], "https://127.0.0.1:21327");
    assert_eq!(said["token_endpoint"], "https://127.0.0.1:21327/api/v1/oauth/token");
    assert_eq!(said["introspection_endpoint"], "https://127.0.0.1:21327/api/v1/oauth/introspect");
    assert_eq!(said["revocation_endpoint"], "https://127.0.0.1:21327/api/v1/oauth/revoke");
    assert_eq!(said["dpop_signing_alg_values_supported"], json!(["EdDSA"]));
    assert_eq!(ask("evil.example").await["code"], "origin_not_allowed");
}
