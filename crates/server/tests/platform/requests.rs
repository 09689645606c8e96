//! Asking first: the number, the decision, and what each side hears.

use axum::http::{Method, StatusCode};
use clawpair_api::PairingCodeCreated;
use clawpair_device::{DeviceError, Target};
use serde_json::{Value, json};

use crate::fixture::{TestPlatform, claim, refusal};

async fn asking(platform: &TestPlatform, permissions: Value, ask_first: Option<bool>) -> PairingCodeCreated {
    let mut form = json!({
        "name": "Hall light", "device_type": "IoT Gateway", "permissions": permissions, "expires_in_minutes": 10,
    });
    if let Some(ask_first) = ask_first {
        form["ask_first"] = json!(ask_first);
    }
    let (status, created) = platform.owner(Method::POST, "/api/v1/devices/pairing-codes", form).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    serde_json::from_value(created).unwrap()
}

/// The number that a waiting device shows.
async fn number(target: &Target, seed: u8) -> String {
    match claim(target, seed).await {
        Err(DeviceError::Waiting { comparison, .. }) => comparison.to_string(),
        other => panic!("{other:?}"),
    }
}

async fn waiting(platform: &TestPlatform) -> Vec<Value> {
    let (_, page) = platform.owner(Method::GET, "/api/v1/requests?status=waiting", Value::Null).await;
    page["requests"].as_array().unwrap().clone()
}

async fn decide(platform: &TestPlatform, id: &str, verb: &str, body: Value) -> (StatusCode, Value) {
    platform.owner(Method::POST, &format!("/api/v1/requests/{id}/{verb}"), body).await
}

fn seen(request: &Value) -> Value {
    json!({"public_key": request["public_key"], "permissions": request["permissions"]})
}

#[tokio::test]
async fn a_sensitive_permission_is_asked_about_unless_told_otherwise() {
    let platform = TestPlatform::start().await;
    for (permissions, ask_first, asks) in [
        (json!(["sensor:read"]), None, false),
        (json!(["sensor:read", "lights:control"]), None, true),
        (json!(["sensor:read"]), Some(true), true),
        (json!(["lights:control"]), Some(false), false),
    ] {
        let created = asking(&platform, permissions, ask_first).await;
        let path = format!("/api/v1/devices/pairing-codes/{}", created.pairing_id);
        let (_, pairing) = platform.owner(Method::GET, &path, Value::Null).await;
        assert_eq!(pairing["ask_first"], asks);
        let joined = claim(&TestPlatform::by_link(&created), 1).await;
        assert_eq!(matches!(joined, Err(DeviceError::Waiting { .. })), asks);
    }
}

#[tokio::test]
async fn a_device_joins_once_the_one_who_looked_has_said_yes() {
    let platform = TestPlatform::start().await;
    let created = asking(&platform, json!(["lights:control"]), None).await;
    let target = TestPlatform::by_link(&created);
    let shown = number(&target, 1).await;
    let requests = waiting(&platform).await;
    let [request] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!(request["comparison"], shown, "both sides show the same number");
    assert_eq!((&request["id"], &request["status"]), (&json!(created.pairing_id), &json!("waiting")));
    assert_eq!((&request["address"], &request["seconds_left"]), (&json!("127.0.0.1"), &json!(600)));
    assert!(platform.devices().await.devices.is_empty());

    let (status, approved) = decide(&platform, &created.pairing_id, "approve", seen(request)).await;
    assert_eq!((status, &approved["status"]), (StatusCode::OK, &json!("approved")));
    assert!(waiting(&platform).await.is_empty());
    let joined = claim(&platform.by_code(&created.code), 1).await.expect("let in, by whichever secret it repeats");
    assert_eq!(joined.device.id, created.device_id);
    let (_, request) = platform.owner(Method::GET, &format!("/api/v1/requests/{}", created.pairing_id), Value::Null).await;
    assert_eq!(request["status"], "completed");
}

#[tokio::test]
async fn an_approval_of_something_else_than_was_seen_lets_nobody_in() {
    let platform = TestPlatform::start().await;
    let created = asking(&platform, json!(["lights:control"]), None).await;
    let target = TestPlatform::by_link(&created);
    number(&target, 1).await;
    let request = waiting(&platform).await.remove(0);
    let other_key = json!({"public_key": "6kpsY-KcUgq-9VB7Ey7F-ZVHdq6-vnuSQh7qaRRG0iw", "permissions": request["permissions"]});
    let wider = json!({"public_key": request["public_key"], "permissions": ["lights:control", "system:admin"]});
    for body in [other_key, wider] {
        let (status, refused) = decide(&platform, &created.pairing_id, "approve", body).await;
        assert_eq!((status, &refused["code"]), (StatusCode::CONFLICT, &json!("request_changed")));
    }
    number(&target, 1).await;
}

#[tokio::test]
async fn a_denied_device_hears_the_reason_and_nobody_can_change_it_to_yes() {
    let platform = TestPlatform::start().await;
    let created = asking(&platform, json!(["lights:control"]), None).await;
    let target = TestPlatform::by_link(&created);
    number(&target, 1).await;
    let request = waiting(&platform).await.remove(0);
    let (_, denied) = decide(&platform, &created.pairing_id, "deny", json!({"reason": "Not in my house"})).await;
    assert_eq!((&denied["status"], &denied["reason"]), (&json!("denied"), &json!("Not in my house")));
    let error = claim(&target, 1).await.unwrap_err();
    assert!(error.to_string().contains("Not in my house"), "{error}");
    assert_eq!(refusal::<()>(Err(error)), "pairing_denied");
    let (_, refused) = decide(&platform, &created.pairing_id, "approve", seen(&request)).await;
    assert_eq!(refused["code"], "request_decided");
}

#[tokio::test]
async fn a_request_that_nobody_answers_ends_and_so_does_an_approval_nobody_fetches() {
    let platform = TestPlatform::start().await;
    let (ignored, left) =
        (asking(&platform, json!(["lights:control"]), None).await, asking(&platform, json!(["llm:invoke"]), None).await);
    let (first, second) = (TestPlatform::by_link(&ignored), TestPlatform::by_link(&left));
    number(&first, 1).await;
    number(&second, 2).await;
    let request = waiting(&platform).await.into_iter().find(|request| request["id"] == left.pairing_id).unwrap();
    decide(&platform, &left.pairing_id, "approve", seen(&request)).await;
    platform.step_minutes(10);
    assert_eq!(refusal(claim(&first, 1).await), "request_expired");
    assert_eq!(refusal(claim(&second, 2).await), "request_expired");
    let (_, refused) = decide(&platform, &ignored.pairing_id, "deny", json!({})).await;
    assert_eq!(refused["code"], "request_expired");
}

#[tokio::test]
async fn somebody_else_with_the_same_code_is_refused_and_shown() {
    let platform = TestPlatform::start().await;
    let created = asking(&platform, json!(["lights:control"]), None).await;
    let target = TestPlatform::by_link(&created);
    let shown = number(&target, 1).await;
    assert_eq!(refusal(claim(&platform.by_code(&created.code), 2).await), "code_used");
    let request = waiting(&platform).await.remove(0);
    assert_eq!((&request["other_keys"], &request["comparison"]), (&json!(1), &json!(shown)));
}

#[tokio::test]
async fn only_who_may_decide_decides() {
    let platform = TestPlatform::start().await;
    let created = asking(&platform, json!(["lights:control"]), None).await;
    number(&TestPlatform::by_link(&created), 1).await;
    let request = waiting(&platform).await.remove(0);
    let (_, made) = platform.owner(Method::POST, "/api/v1/api-keys", json!({"name": "eyes", "role": "viewer"})).await;
    let bearer = format!("Bearer {}", made["key"].as_str().unwrap());
    let (status, _) = platform.call(Method::GET, "/api/v1/requests", Some(&bearer), Value::Null).await;
    assert_eq!(status, StatusCode::OK);
    let path = format!("/api/v1/requests/{}/approve", created.pairing_id);
    let (_, refused) = platform.call(Method::POST, &path, Some(&bearer), seen(&request)).await;
    assert_eq!(refused["code"], "access_denied");
    let (_, unknown) = decide(&platform, "pair-018c2f6e-5b1c-7d2a-9c3e-0123456789ab", "deny", json!({})).await;
    assert_eq!(unknown["code"], "not_found");
}
