use std::net::SocketAddr;
use std::num::NonZeroU32;

use axum::Extension;
use axum::extract::ConnectInfo;
use axum::http::{Method, Response, StatusCode};
use clawpair_server::{CallRate, router};
use serde_json::Value;

use crate::fixture::{TestPlatform, answer, send};

const RATE: CallRate = CallRate { per_second: NonZeroU32::new(1).unwrap(), at_once: NonZeroU32::new(3).unwrap() };

async fn devices(platform: &TestPlatform, from: &str, bearer: &str) -> Response<axum::body::Body> {
    let from: SocketAddr = from.parse().unwrap();
    let router = router(platform.service.clone()).layer(Extension(ConnectInfo(from)));
    send(router, Method::GET, "/api/v1/devices", Some(bearer), Value::Null).await
}

#[tokio::test]
async fn a_key_that_calls_too_often_waits_and_others_do_not() {
    let platform = TestPlatform::start().await;
    platform.service.limit_calls(RATE);
    let (eager, patient) = (format!("Bearer {}", platform.api_key().await), format!("Bearer {}", platform.api_key().await));
    for left in [2, 1, 0] {
        let response = devices(&platform, "192.0.2.1:1", &eager).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["ratelimit-policy"], "\"calls\";q=3;w=3");
        assert!(response.headers()["ratelimit"].to_str().unwrap().starts_with(&format!("\"calls\";r={left};t=")));
    }
    let refused = devices(&platform, "192.0.2.1:1", &eager).await;
    assert_eq!(refused.headers()["retry-after"], "1");
    let (status, body) = answer(refused).await;
    assert_eq!((status, body["code"].as_str()), (StatusCode::TOO_MANY_REQUESTS, Some("rate_limited")));
    assert_eq!(devices(&platform, "192.0.2.1:1", &patient).await.status(), StatusCode::OK);
    platform.step_minutes(1);
    assert_eq!(devices(&platform, "192.0.2.1:1", &eager).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_owner_in_process_is_never_limited() {
    let platform = TestPlatform::start().await;
    platform.service.limit_calls(RATE);
    for _ in 0..5 {
        assert_eq!(platform.owner(Method::GET, "/api/v1/devices", Value::Null).await.0, StatusCode::OK);
    }
}

#[tokio::test]
async fn an_address_that_tries_many_bad_keys_waits_and_a_good_key_from_there_does_not() {
    let platform = TestPlatform::start().await;
    platform.service.limit_calls(CallRate { per_second: RATE.per_second, at_once: NonZeroU32::new(500).unwrap() });
    let good = format!("Bearer {}", platform.api_key().await);
    let mut statuses = Vec::new();
    for _ in 0..61 {
        statuses.push(devices(&platform, "192.0.2.1:1", "Bearer cpk_wrong").await.status());
    }
    assert!(statuses[..60].iter().all(|&status| status == StatusCode::UNAUTHORIZED));
    assert_eq!(statuses[60], StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(devices(&platform, "192.0.2.1:1", &good).await.status(), StatusCode::OK);
    assert_eq!(devices(&platform, "192.0.2.2:1", "Bearer cpk_wrong").await.status(), StatusCode::UNAUTHORIZED);
}
