use axum::http::{Method, StatusCode, header};
use clawpair_device::Caller;
use clawpair_device::live::Live;
use clawpair_server::{owner_router, router};
use http_body_util::BodyExt;
use serde_json::Value;

use crate::fixture::{TestPlatform, claim, send};

async fn metrics(platform: &TestPlatform) -> String {
    let response = send(owner_router(platform.service.clone()), Method::GET, "/api/v1/metrics", None, Value::Null).await;
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/plain; version=0.0.4; charset=utf-8");
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().into()).unwrap()
}

fn assert_says(text: &str, lines: &[&str]) {
    for line in lines {
        assert!(text.lines().any(|found| found == *line), "{line} is missing in\n{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_is_counted() {
    let platform = TestPlatform::start().await;
    let (target, _, credential) = platform.paired(1).await;
    claim(&target, 1).await.unwrap();
    claim(&target, 2).await.unwrap_err();
    claim(&platform.by_code("000000000000"), 2).await.unwrap_err();
    platform.joined_as("Web Application", 3).await;
    platform.service.all_judged().await;
    platform.call(Method::GET, "/api/v1/nothing", None, Value::Null).await;
    let _live = Live::open(&Caller::of_system(credential)).await.unwrap();
    assert_says(
        &metrics(&platform).await,
        &[
            "clawpair_requests_total{operation=\"codes.create\",path=\"/api/v1/devices/pairing-codes\",status=\"2xx\"} 2",
            "clawpair_requests_total{operation=\"other\",path=\"\",status=\"4xx\"} 1",
            "clawpair_request_duration_seconds_count{operation=\"codes.create\"} 2",
            "clawpair_pairing_codes_total 2",
            "clawpair_claims_total{outcome=\"joined\"} 2",
            "clawpair_claims_total{outcome=\"repeated\"} 1",
            "clawpair_claims_total{outcome=\"refused\"} 1",
            "clawpair_claims_total{outcome=\"unknown\"} 1",
            "clawpair_connected_devices 1",
            "clawpair_open_alerts 1",
            "clawpair_observations_lost_total 0",
        ],
    );
}

#[tokio::test]
async fn a_platform_that_cannot_write_is_not_ready_and_says_why() {
    let platform = TestPlatform::start().await;
    let ready = async || {
        let response = send(router(platform.service.clone()), Method::GET, "/api/v1/ready", None, Value::Null).await;
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.into()).unwrap())
    };
    assert_eq!(ready().await, (StatusCode::OK, "ready".to_owned()));
    let in_the_way = platform.folder.path().join("platform.db-probe");
    std::fs::create_dir(&in_the_way).unwrap();
    assert_eq!(ready().await.0, StatusCode::OK, "an answer holds for a second");
    platform.step_minutes(1);
    let (status, body) = ready().await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(body.contains("storage_unavailable") && body.contains("nothing can be written beside it"), "{body}");
    std::fs::remove_dir(&in_the_way).unwrap();
    platform.step_minutes(1);
    assert_eq!(ready().await.0, StatusCode::OK);
}
