use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use clawpair_api::endpoints::{self, Method};
use clawpair_server::{owner_router, router};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use crate::fixture::TestPlatform;

/// Status and body of a call without any credential; the body of a stream is not waited for.
async fn knock(platform: &TestPlatform, method: Method, path: &str) -> (StatusCode, String) {
    let request = Request::builder().method(method.as_str()).uri(path.replace("{id}", "x")).body(Body::empty()).unwrap();
    let response = router(platform.service.clone()).oneshot(request).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8_lossy(&body).into_owned())
}

#[tokio::test]
async fn the_router_takes_exactly_what_the_contract_lists() {
    let platform = TestPlatform::start().await;
    for listed in endpoints::all() {
        for method in Method::ALL {
            let is_listed = endpoints::all().any(|other| (other.path, other.method) == (listed.path, method));
            let (status, body) = knock(&platform, method, listed.path).await;
            assert!(!body.contains("There is nothing at this path."), "{} is in no route", listed.path);
            assert_eq!(
                status != StatusCode::METHOD_NOT_ALLOWED,
                is_listed,
                "{} {}: the routes and crates/api/src/endpoints differ",
                method.as_str(),
                listed.path
            );
        }
    }
}

#[tokio::test]
async fn who_must_show_a_credential_is_refused_without_one_as_the_contract_says() {
    let platform = TestPlatform::start().await;
    for endpoint in endpoints::all() {
        let (status, body) = knock(&platform, endpoint.method, endpoint.path).await;
        if !matches!(endpoint.credential, endpoints::Credential::None | endpoints::Credential::Proof) {
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{}", endpoint.id);
        }
        if !status.is_success() {
            let code = serde_json::from_str::<Value>(&body).unwrap()["code"].clone();
            assert!(endpoint.all_refusals().iter().any(|refusal| code == refusal.as_str()), "{}: {code}", endpoint.id);
        }
    }
}

#[tokio::test]
async fn the_contract_is_served_as_a_document_and_as_a_page_without_scripts() {
    let platform = TestPlatform::start().await;
    let get = async |path: &str| {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router(platform.service.clone()).oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        response
    };
    let document = get("/api/v1/openapi.json").await.into_body().collect().await.unwrap().to_bytes();
    let document: Value = serde_json::from_slice(&document).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["paths"]["/api/v1/devices/pairing-codes"]["post"]["operationId"], "codes.create");
    let page = get("/api/v1/docs").await;
    assert_eq!(page.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
    let policy = page.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'self'") && !policy.contains("unsafe"), "{policy}");
}

/// Status and text of a call by the owner, without a body. Nothing is read of a stream.
async fn owner_text(platform: &TestPlatform, method: Method, path: &str) -> (StatusCode, String) {
    let request = Request::builder().method(method.as_str()).uri(path).body(Body::empty()).unwrap();
    let response = owner_router(platform.service.clone()).oneshot(request).await.unwrap();
    let status = response.status();
    if status.is_success() {
        return (status, String::new());
    }
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice::<Value>(&body).unwrap()["message"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn the_contract_lists_every_parameter_that_a_call_takes() {
    let platform = TestPlatform::start().await;
    for endpoint in endpoints::all().filter(|endpoint| matches!(endpoint.credential, endpoints::Credential::Manager(_))) {
        let id = match endpoint.path {
            path if path.contains("/api-keys/") => "key-018c2f6e-5b1c-7d2a-9c3e-0123456789ab",
            path if path.contains("/devices/") => "dev-018c2f6e-5b1c-7d2a-9c3e-0123456789ab",
            _ => "x",
        };
        // What nobody knows comes first, so it is refused before anything else is missed.
        let path = format!("{}?no_such_parameter=1", endpoint.path.replace("{id}", id));
        let (status, answer) = owner_text(&platform, endpoint.method, &path).await;
        if endpoint.query.is_empty() {
            assert!(!answer.contains("no_such_parameter"), "{}: {answer}", endpoint.id);
            continue;
        }
        assert_eq!(status, StatusCode::BAD_REQUEST, "{}: {answer}", endpoint.id);
        let taken: BTreeSet<&str> = answer.split('`').skip(1).step_by(2).filter(|name| *name != "no_such_parameter").collect();
        let listed: BTreeSet<&str> = endpoint.query.iter().map(|query| query.name).collect();
        assert_eq!(taken, listed, "{}: the handler's parameters and crates/api/src/endpoints differ", endpoint.id);
    }
}
