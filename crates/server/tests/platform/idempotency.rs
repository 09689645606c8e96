use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use axum::response::Response;
use clawpair_server::{owner_router, router};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::fixture::{TestPlatform, answer};

const CODES: &str = "/api/v1/devices/pairing-codes";
const KEYS: &str = "/api/v1/api-keys";

fn form() -> Value {
    json!({"name": "Kitchen hub", "device_type": "IoT Gateway", "permissions": ["sensor:read"], "expires_in_minutes": 45})
}

fn post(path: &str, bearer: Option<&str>, key: &str, body: &Value) -> Request<Body> {
    let mut request = Request::post(path).header("content-type", "application/json").header("idempotency-key", key);
    if let Some(bearer) = bearer {
        request = request.header("authorization", bearer);
    }
    request.body(Body::from(body.to_string())).unwrap()
}

/// A call by the owner, or with a key's bearer text.
async fn call(platform: &TestPlatform, path: &str, bearer: Option<&str>, key: &str, body: &Value) -> (StatusCode, Value) {
    let service = platform.service.clone();
    let router = if bearer.is_some() { router(service) } else { owner_router(service) };
    let response: Response = router.oneshot(post(path, bearer, key, body)).await.unwrap();
    answer(response).await
}

async fn pairings(platform: &TestPlatform) -> usize {
    platform.owner(Method::GET, CODES, Value::Null).await.1["pairings"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_repeated_request_gets_the_same_code_and_link_even_after_a_restart() {
    let platform = TestPlatform::start().await;
    let first = call(&platform, CODES, None, "a", &form()).await;
    assert_eq!(first.0, StatusCode::CREATED);
    platform.step_minutes(3);
    assert_eq!(call(&platform, CODES, None, "a", &form()).await, first);
    let platform = platform.restarted().await;
    let again = call(&platform, CODES, None, "a", &form()).await;
    for field in ["code", "device_id", "expires_at", "pairing_id"] {
        assert_eq!(again.1[field], first.1[field], "{field}");
    }
    assert_eq!(pairings(&platform).await, 1);
    let other = call(&platform, CODES, None, "b", &form()).await;
    assert_ne!(other.1["code"], first.1["code"]);
}

#[tokio::test]
async fn of_16_repetitions_at_once_one_makes_a_code_and_all_get_it() {
    let platform = TestPlatform::start().await;
    let form = form();
    let answers = futures_util::future::join_all((0..16).map(|_| call(&platform, CODES, None, "a", &form))).await;
    assert!(answers.iter().all(|answer| *answer == answers[0] && answer.0 == StatusCode::CREATED), "{answers:?}");
    assert_eq!(pairings(&platform).await, 1);
}

#[tokio::test]
async fn a_key_stands_for_one_request_of_one_caller() {
    let platform = TestPlatform::start().await;
    let bearer = format!("Bearer {}", platform.api_key().await);
    let (_, first) = call(&platform, CODES, None, "a", &form()).await;
    let (status, other) = call(&platform, CODES, Some(&bearer), "a", &form()).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_ne!(other["code"], first["code"], "keys of different callers are different keys");
    let mut changed = form();
    changed["name"] = json!("Another hub");
    for (path, body) in [(CODES, changed), (KEYS, json!({"name": "CI", "role": "viewer"}))] {
        let (status, refused) = call(&platform, path, None, "a", &body).await;
        assert_eq!((status.as_u16(), refused["code"].as_str()), (422, Some("idempotency_key_reused")), "{path}");
    }
    assert_eq!(pairings(&platform).await, 2);
}

#[tokio::test]
async fn a_key_is_forgotten_after_a_day_and_then_makes_something_new() {
    let platform = TestPlatform::start().await;
    let (_, first) = call(&platform, CODES, None, "a", &form()).await;
    platform.step_minutes(24 * 60);
    let (status, second) = call(&platform, CODES, None, "a", &form()).await;
    assert_eq!(status, StatusCode::CREATED);
    assert!(second["code"] != first["code"] && second["pairing_id"] != first["pairing_id"]);
}

#[tokio::test]
async fn an_api_key_is_made_and_rotated_once_however_often_it_is_asked_for() {
    let platform = TestPlatform::start().await;
    let form = json!({"name": "CI", "role": "viewer"});
    let made = call(&platform, KEYS, None, "a", &form).await;
    assert_eq!(call(&platform, KEYS, None, "a", &form).await, made);
    let rotate = format!("{KEYS}/{}/rotate", made.1["api_key"]["id"].as_str().unwrap());
    let rotated = call(&platform, &rotate, None, "b", &json!({})).await;
    assert_eq!(rotated.0, StatusCode::OK);
    assert_eq!(call(&platform, &rotate, None, "b", &json!({})).await, rotated);
    assert_ne!(rotated.1["key"], made.1["key"]);
    let bearer = format!("Bearer {}", rotated.1["key"].as_str().unwrap());
    let (status, _) = platform.call(Method::GET, "/api/v1/devices", Some(&bearer), Value::Null).await;
    assert_eq!(status, StatusCode::OK);
    let (_, keys) = platform.owner(Method::GET, KEYS, Value::Null).await;
    assert_eq!(keys["api_keys"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_invitation_is_made_once_however_often_it_is_asked_for() {
    let platform = TestPlatform::start().await;
    let form = json!({"name": "Ada", "role": "viewer", "email": "ada@example.com"});
    let invitations = "/api/v1/members/invitations";
    let made = call(&platform, invitations, None, "a", &form).await;
    assert_eq!(made.0, StatusCode::CREATED);
    platform.step_minutes(3);
    assert_eq!(call(&platform, invitations, None, "a", &form).await, made);
    let (_, other) = call(&platform, invitations, None, "b", &form).await;
    assert_ne!(other["token"], made.1["token"]);
    let (status, _) = call(&platform, invitations, None, "a", &json!({"name": "Eve", "role": "viewer"})).await;
    assert_eq!(status.as_u16(), 422);
    let (_, list) = platform.owner(Method::GET, invitations, Value::Null).await;
    assert_eq!(list["invitations"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn nothing_that_is_secret_is_kept_for_repeating() {
    let platform = TestPlatform::start().await;
    let (_, code) = call(&platform, CODES, None, "my-key-of-today", &form()).await;
    let (_, key) = call(&platform, KEYS, None, "my-key-of-tomorrow", &json!({"name": "CI", "role": "viewer"})).await;
    let (code, key) = (code["code"].as_str().unwrap(), key["key"].as_str().unwrap());
    let secrets = [code, code.trim_start_matches("OCL-"), key, key.rsplit('_').next().unwrap(), "my-key-of-to"];
    for file in std::fs::read_dir(platform.folder.path()).unwrap() {
        let content = std::fs::read(file.unwrap().path()).unwrap();
        for secret in secrets {
            assert!(!content.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
        }
    }
}

#[tokio::test]
async fn what_is_no_idempotency_key_is_refused() {
    let platform = TestPlatform::start().await;
    for key in ["", "two words", &"x".repeat(256)] {
        let (status, refused) = call(&platform, CODES, None, key, &form()).await;
        assert_eq!((status, refused["code"].as_str()), (StatusCode::BAD_REQUEST, Some("invalid_request")), "{key}");
    }
    let mut twice = post(CODES, None, "a", &form());
    twice.headers_mut().append("idempotency-key", "b".parse().unwrap());
    let (status, _) = answer(owner_router(platform.service.clone()).oneshot(twice).await.unwrap()).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(pairings(&platform).await, 0);
}

#[tokio::test]
async fn a_refused_request_leaves_its_key_free() {
    let platform = TestPlatform::start().await;
    let mut wrong = form();
    wrong["name"] = json!("");
    assert_eq!(call(&platform, CODES, None, "a", &wrong).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(call(&platform, CODES, None, "a", &form()).await.0, StatusCode::CREATED);
}
