use std::net::SocketAddr;

use axum::Extension;
use axum::extract::ConnectInfo;
use axum::http::{Method, StatusCode};
use clawpair_server::router;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::fixture::{TestPlatform, answer, send};

const KEYS: &str = "/api/v1/api-keys";

/// A key made by somebody: its secret as a header, and its path.
struct Made {
    bearer: String,
    path: String,
}

async fn make(platform: &TestPlatform, by: Option<&Made>, form: Value) -> Result<Made, Value> {
    let (status, created) = match by {
        None => platform.owner(Method::POST, KEYS, form).await,
        Some(by) => platform.call(Method::POST, KEYS, Some(&by.bearer), form).await,
    };
    if status != StatusCode::CREATED {
        return Err(created);
    }
    let path = format!("{KEYS}/{}", created["api_key"]["id"].as_str().unwrap());
    Ok(Made { bearer: bearer(&created), path })
}

fn bearer(created: &Value) -> String {
    format!("Bearer {}", created["key"].as_str().unwrap())
}

/// What a call with this key comes to: `ok`, or the code of its refusal.
async fn outcome(platform: &TestPlatform, bearer: &str) -> String {
    let (status, body) = platform.call(Method::GET, "/api/v1/devices", Some(bearer), Value::Null).await;
    if status.is_success() { "ok".into() } else { body["code"].as_str().unwrap().into() }
}

async fn rotate(platform: &TestPlatform, key: &Made, overlap_minutes: u32) -> String {
    let body = json!({"overlap_minutes": overlap_minutes});
    let (status, rotated) = platform.owner(Method::POST, &format!("{}/rotate", key.path), body).await;
    assert_eq!(status, StatusCode::OK, "{rotated}");
    bearer(&rotated)
}

#[tokio::test]
async fn uses_of_a_key_are_counted_by_day_with_the_last_address() {
    let platform = TestPlatform::start().await;
    let key = make(&platform, None, json!({"name": "CI", "role": "viewer"})).await.unwrap();
    let peer: SocketAddr = "192.0.2.7:4711".parse().unwrap();
    let from_peer = router(platform.service.clone()).layer(Extension(ConnectInfo(peer)));
    for _ in 0..3 {
        answer(send(from_peer.clone(), Method::GET, "/api/v1/devices", Some(&key.bearer), Value::Null).await).await;
    }
    platform.step_minutes(24 * 60);
    outcome(&platform, &key.bearer).await;
    let (status, detail) = platform.owner(Method::GET, &key.path, Value::Null).await;
    assert_eq!(status, StatusCode::OK);
    let usage = &detail["usage"];
    assert_eq!((&usage["total"], &usage["today"], &usage["last_address"]), (&json!(4), &json!(1), &json!("192.0.2.7")));
    let days = usage["days"].as_array().unwrap();
    assert_eq!(days.len(), 30);
    assert_eq!(days[28..], [json!({"date": "2023-10-27", "uses": 3}), json!({"date": "2023-10-28", "uses": 1})]);
    assert_eq!(detail["api_key"]["last_used_at"], "2023-10-28T10:30:00Z");
    assert_eq!(detail["api_key"]["made_by"], "owner");
}

#[tokio::test]
async fn an_orderly_end_loses_no_use() {
    let platform = TestPlatform::start().await;
    let key = make(&platform, None, json!({"name": "CI", "role": "viewer"})).await.unwrap();
    outcome(&platform, &key.bearer).await;
    platform.service.flush().await.unwrap();
    let again = platform.restarted().await;
    let (_, detail) = again.owner(Method::GET, &key.path, Value::Null).await;
    assert_eq!(detail["usage"]["total"], 1);
}

#[tokio::test]
async fn a_former_secret_works_until_the_overlap_ends() {
    let platform = TestPlatform::start().await;
    let key = make(&platform, None, json!({"name": "CI", "role": "viewer"})).await.unwrap();
    let fresh = rotate(&platform, &key, 60).await;
    platform.step_minutes(59);
    assert_eq!((outcome(&platform, &key.bearer).await, outcome(&platform, &fresh).await), ("ok".into(), "ok".into()));
    platform.step_minutes(1);
    assert_eq!(outcome(&platform, &key.bearer).await, "api_key_expired");
    assert_eq!(outcome(&platform, &fresh).await, "ok");
    let (_, detail) = platform.owner(Method::GET, &key.path, Value::Null).await;
    assert_eq!(detail["usage"]["total"], 3, "the key stays itself, and a refused secret is no use of it");
}

#[tokio::test]
async fn rotating_without_overlap_ends_the_streams_of_the_former_secret() {
    let platform = TestPlatform::start().await;
    let key = make(&platform, None, json!({"name": "CI", "role": "viewer"})).await.unwrap();
    let response = send(router(platform.service.clone()), Method::GET, "/api/v1/events", Some(&key.bearer), Value::Null).await;
    let stream = tokio::spawn(response.into_body().collect());
    rotate(&platform, &key, 0).await;
    assert_eq!(outcome(&platform, &key.bearer).await, "api_key_expired");
    tokio::time::timeout(std::time::Duration::from_secs(30), stream).await.expect("the stream ends").unwrap().unwrap();
}

#[tokio::test]
async fn what_is_over_or_out_of_bounds_is_not_rotated() {
    let platform = TestPlatform::start().await;
    let key = make(&platform, None, json!({"name": "CI", "role": "viewer"})).await.unwrap();
    let path = format!("{}/rotate", key.path);
    let (status, refused) = platform.owner(Method::POST, &path, json!({"overlap_minutes": 1_441})).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(refused["message"].as_str().unwrap().contains("at most 1440 minutes"), "{refused}");
    platform.owner(Method::DELETE, &key.path, Value::Null).await;
    let (status, refused) = platform.owner(Method::POST, &path, json!({})).await;
    assert_eq!((status, refused["code"].as_str()), (StatusCode::CONFLICT, Some("api_key_ended")));
    assert_eq!(outcome(&platform, &key.bearer).await, "api_key_revoked");
}

#[tokio::test]
async fn a_key_hands_out_no_more_than_it_has() {
    let platform = TestPlatform::start().await;
    let form =
        json!({"name": "Keys", "role": "admin", "scopes": ["keys:read", "keys:manage", "devices:read"], "expires_in_days": 2});
    let narrow = make(&platform, None, form).await.unwrap();
    let strong = make(&platform, None, json!({"name": "Admin", "role": "admin"})).await.unwrap();

    let refused = make(&platform, Some(&narrow), json!({"name": "x", "role": "viewer", "expires_in_days": 1})).await.err().unwrap();
    assert_eq!(refused["code"], "access_denied");
    assert!(refused["message"].as_str().unwrap().contains("codes:read"), "names the first missing scope: {refused}");
    let (status, refused) = platform.call(Method::POST, &format!("{}/rotate", strong.path), Some(&narrow.bearer), json!({})).await;
    assert_eq!((status, refused["code"].as_str()), (StatusCode::FORBIDDEN, Some("access_denied")));
    assert_eq!(outcome(&platform, &strong.bearer).await, "ok", "the strong key was left alone");

    let form = |days: Option<u32>| json!({"name": "x", "role": "viewer", "scopes": ["devices:read"], "expires_in_days": days});
    let refused = make(&platform, Some(&narrow), form(None)).await.err().unwrap();
    assert!(refused["message"].as_str().unwrap().contains("would end before"), "{refused}");
    let child = make(&platform, Some(&narrow), form(Some(1))).await.unwrap();
    assert_eq!(outcome(&platform, &child.bearer).await, "ok");
    let (status, _) = platform.call(Method::POST, &format!("{}/rotate", narrow.path), Some(&narrow.bearer), json!({})).await;
    assert_eq!(status, StatusCode::OK, "a key may rotate itself");
}

#[tokio::test]
async fn a_revoked_keys_children_go_with_it_unless_told_otherwise() {
    let platform = TestPlatform::start().await;
    let admin = json!({"name": "Admin", "role": "admin"});
    let parent = make(&platform, None, admin.clone()).await.unwrap();
    let child = make(&platform, Some(&parent), admin.clone()).await.unwrap();
    let grandchild = make(&platform, Some(&child), admin).await.unwrap();
    let (_, detail) = platform.owner(Method::GET, &child.path, Value::Null).await;
    assert_eq!(format!("{KEYS}/{}", detail["api_key"]["made_by"].as_str().unwrap()), parent.path);
    platform.owner(Method::DELETE, &format!("{}?with_descendants=false", parent.path), Value::Null).await;
    assert_eq!(outcome(&platform, &child.bearer).await, "ok");
    platform.owner(Method::DELETE, &child.path, Value::Null).await;
    assert_eq!(outcome(&platform, &child.bearer).await, "api_key_revoked");
    assert_eq!(outcome(&platform, &grandchild.bearer).await, "api_key_revoked");
}
