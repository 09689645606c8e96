use axum::http::{HeaderName, Method, Request, header};
use clawpair_api::Event;
use clawpair_core::dpop;
use clawpair_core::rng::{self, SystemRng};
use clawpair_core::token_family::{ACCESS_MINUTES, REFRESH_DAYS};
use clawpair_device::live::Live;
use clawpair_device::{Caller, Credential};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::events::Events;
use crate::fixture::{TestPlatform, claim, key, refusal};

/// One refresh as it is on the wire, with a nonce asked for first.
async fn post_refresh(platform: &TestPlatform, credential: &Credential, seed: u8) -> (u16, Value) {
    let form = format!("grant_type=refresh_token&refresh_token={}", credential.tokens.refresh.reveal());
    let (_, _, nonce) = post_form(platform, seed, &form, "").await;
    let (status, body, _) = post_form(platform, seed, &form, &nonce).await;
    (status, body)
}

async fn post_form(platform: &TestPlatform, seed: u8, form: &str, nonce: &str) -> (u16, Value, String) {
    post_proven(platform, "/api/v1/oauth/token", seed, form, nonce).await
}

/// A form with the proof of a device's key.
pub async fn post_proven(platform: &TestPlatform, path: &str, seed: u8, form: &str, nonce: &str) -> (u16, Value, String) {
    let url = format!("https://{}{path}", platform.address);
    let target = dpop::Target { method: "POST", url: &url, token: None };
    let jti = clawpair_core::id::DeviceId::from_bytes(rng::bytes(&SystemRng)).to_string();
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(header::HOST, platform.address.to_string())
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("dpop", dpop::prove(&key(seed), target, nonce, &jti, 0))
        .body(axum::body::Body::from(form.to_owned()))
        .unwrap();
    let response = clawpair_server::router(platform.service.clone()).oneshot(request).await.unwrap();
    let next = response.headers().get(HeaderName::from_static("dpop-nonce")).unwrap().to_str().unwrap().to_owned();
    let status = response.status().as_u16();
    let bytes = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null), next)
}

#[tokio::test]
async fn a_device_renews_its_access_token_by_itself() {
    let platform = TestPlatform::start().await;
    let (_, paired, credential) = platform.paired(1).await;
    let caller = Caller::of_system(credential);
    caller.device_self().await.unwrap();
    for _ in 0..3 {
        platform.step_minutes(i64::from(ACCESS_MINUTES));
        let before = caller.credential().tokens.clone();
        assert_eq!(caller.device_self().await.unwrap().id, paired.device.id);
        let after = caller.credential().tokens.clone();
        assert!(before.access != after.access && before.refresh != after.refresh);
    }
    platform.step_minutes(i64::from(REFRESH_DAYS) * 24 * 60);
    assert_eq!(refusal(caller.device_self().await), "device_token_invalid", "silent for too long");
}

#[tokio::test]
async fn the_token_endpoint_answers_as_the_rfc_says() {
    let platform = TestPlatform::start().await;
    let (_, _, credential) = platform.paired(1).await;
    let (status, body) = post_refresh(&platform, &credential, 1).await;
    assert_eq!((status, &body["token_type"], &body["expires_in"]), (200, &json!("DPoP"), &json!(900)), "{body}");
    assert_eq!(body["scope"], "sensor:read");
    let (status, body) = post_refresh(&platform, &credential, 2).await;
    assert_eq!((status, &body["error"], &body["code"]), (400, &json!("invalid_grant"), &json!("device_token_invalid")));
    let nonce = post_form(&platform, 1, "grant_type=refresh_token&refresh_token=x", "").await;
    assert_eq!((nonce.0, &nonce.1["error"]), (400, &json!("use_dpop_nonce")));
    for (form, error) in [
        ("grant_type=password&username=x", "unsupported_grant_type"),
        ("grant_type=refresh_token", "invalid_request"),
        ("refresh_token=x", "invalid_request"),
        ("grant_type=refresh_token&refresh_token=x&refresh_token=y", "invalid_request"),
        ("grant_type=refresh_token&refresh_token=x&scope=sensor%3Aread", "invalid_grant"),
    ] {
        let (status, body, _) = post_form(&platform, 1, form, &nonce.2).await;
        assert_eq!((status, body["error"].as_str().unwrap()), (400, error), "{form}");
        assert!(body["error_description"].as_str().unwrap().is_ascii());
    }
}

/// Two programs with one refresh token: the second to show it is found out, and neither goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_copied_refresh_token_ends_all_tokens_and_cuts_the_channel() {
    let platform = TestPlatform::start().await;
    let mut events = Events::of(&platform).await;
    let (_, _, credential) = platform.paired(1).await;
    let device = Caller::of_system(credential.clone());
    device.refresh(&credential).await.unwrap();
    let live = Live::open(&device).await.unwrap();
    events.until(|event| matches!(event, Event::Device { device } if device.connected)).await;
    let staying = tokio::spawn(live.stay(std::future::pending()));

    let thief = Caller::of_system(credential.clone());
    assert_eq!(refusal(thief.refresh(&credential).await), "refresh_token_reuse");
    events.until(|event| matches!(event, Event::Device { device } if !device.connected)).await;
    assert!(matches!(staying.await.unwrap(), clawpair_device::live::Ended::Lost { .. }));
    assert_eq!(refusal(device.device_self().await), "device_token_invalid");
    assert_eq!(refusal(device.refresh(&device.credential()).await), "device_token_invalid");
    assert_eq!(refusal(Live::open(&device).await), "device_token_invalid");
    assert_eq!(refusal(thief.refresh(&credential).await), "device_token_invalid", "recorded once");
}

#[tokio::test]
async fn a_lost_answer_to_a_refresh_is_repeated() {
    let platform = TestPlatform::start().await;
    let (_, _, credential) = platform.paired(1).await;
    let (_, lost) = post_refresh(&platform, &credential, 1).await;
    let device = Caller::of_system(credential.clone());
    device.device_self().await.expect("the old access token works until the new one is used");
    device.refresh(&credential).await.unwrap();
    assert_eq!(device.credential().tokens.access.reveal(), lost["access_token"]);
    assert_eq!(device.credential().tokens.refresh.reveal(), lost["refresh_token"]);
    device.device_self().await.unwrap();
    assert_eq!(refusal(Caller::of_system(credential).device_self().await), "refresh_token_reuse", "now it is a copy");
}

#[tokio::test]
async fn neither_token_passes_for_the_other_and_none_for_another_device() {
    let platform = TestPlatform::start().await;
    let (_, _, mut credential) = platform.paired(1).await;
    let (_, _, other) = platform.paired(2).await;
    let good = credential.clone();
    std::mem::swap(&mut credential.tokens.access, &mut credential.tokens.refresh);
    assert_eq!(refusal(Caller::of_system(credential.clone()).device_self().await), "device_token_invalid");
    assert_eq!(refusal(Caller::of_system(credential.clone()).refresh(&credential).await), "device_token_invalid");
    let stolen = Credential { tokens: good.tokens.clone(), ..other };
    assert_eq!(refusal(Caller::of_system(stolen.clone()).device_self().await), "device_token_invalid");
    assert_eq!(refusal(Caller::of_system(stolen.clone()).refresh(&stolen).await), "device_token_invalid");
    Caller::of_system(good).device_self().await.unwrap();
}

#[tokio::test]
async fn a_device_that_has_refreshed_cannot_repeat_its_claim() {
    let platform = TestPlatform::start().await;
    let (target, _, credential) = platform.paired(1).await;
    Caller::of_system(credential.clone()).refresh(&credential).await.unwrap();
    assert_eq!(refusal(claim(&target, 1).await), "code_used");
}
