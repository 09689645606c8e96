use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use clawpair_core::code::PairingCode;
use clawpair_server::router;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::fixture::{TestPlatform, answer};

const CODES: &str = "/api/v1/devices/pairing-codes";

fn form() -> Value {
    json!({"name": "New Production Sensor", "device_type": "IoT.Sensor.Temperature", "permissions": ["sensor:read", "telemetry:publish"], "expires_in_minutes": 45})
}

/// The article's request and answer, S19.
#[tokio::test]
async fn a_pairing_code_is_made_as_the_article_writes_it() {
    let platform = TestPlatform::start().await;
    let bearer = format!("Bearer {}", platform.api_key().await);
    let (status, created) = platform.call(Method::POST, CODES, Some(&bearer), form()).await;
    assert_eq!(status, StatusCode::CREATED);
    created["code"].as_str().unwrap().parse::<PairingCode>().unwrap();
    let device = created["device_id"].as_str().unwrap();
    assert!(device.starts_with("dev-") && device.len() == 40, "{device}");
    assert_eq!(created["expires_at"], "2023-10-27T11:15:00Z");
}

#[tokio::test]
async fn a_pairing_is_listed_shown_and_cancelled_without_its_secrets() {
    let platform = TestPlatform::start().await;
    let created = platform.open().await;
    let (_, listed) = platform.owner(Method::GET, &format!("{CODES}?status=open"), Value::Null).await;
    assert_eq!(listed["pairings"][0]["id"], created.pairing_id);
    assert!(!listed.to_string().contains(&created.code));
    let path = format!("{CODES}/{}", created.pairing_id);
    let (_, cancelled) = platform.owner(Method::DELETE, &path, Value::Null).await;
    assert_eq!(cancelled["status"], "cancelled");
    let (status, again) = platform.owner(Method::DELETE, &path, Value::Null).await;
    assert_eq!((status, again["code"].as_str()), (StatusCode::GONE, Some("code_cancelled")));
    let (_, listed) = platform.owner(Method::GET, &format!("{CODES}?status=open"), Value::Null).await;
    assert_eq!(listed["pairings"], json!([]));
    let (_, shown) = platform.owner(Method::GET, &path, Value::Null).await;
    assert_eq!(shown["status"], "cancelled");
}

#[tokio::test]
async fn every_manager_path_asks_who_is_calling() {
    let platform = TestPlatform::start().await;
    let revoked = platform.api_key().await;
    let (_, keys) = platform.owner(Method::GET, "/api/v1/api-keys", Value::Null).await;
    let path = format!("/api/v1/api-keys/{}", keys["api_keys"][0]["id"].as_str().unwrap());
    platform.owner(Method::DELETE, &path, Value::Null).await;
    let unknown = "cpk_00000000_00000000000000000000000000";
    for (method, path) in [
        (Method::POST, CODES),
        (Method::GET, CODES),
        (Method::DELETE, "/api/v1/devices/pairing-codes/pair-x"),
        (Method::GET, "/api/v1/devices"),
        (Method::DELETE, "/api/v1/devices/dev-x"),
        (Method::GET, "/api/v1/api-keys"),
        (Method::POST, "/api/v1/api-keys"),
        (Method::DELETE, "/api/v1/api-keys/key-x"),
        (Method::GET, "/api/v1/events"),
    ] {
        for (authorization, code) in [
            (None, "unauthenticated"),
            (Some("Basic dXNlcjpwYXNz".to_owned()), "wrong_auth_method"),
            (Some("DPoP token".to_owned()), "wrong_auth_method"),
            (Some("Bearer nonsense".to_owned()), "api_key_invalid"),
            (Some(format!("Bearer {unknown}")), "api_key_invalid"),
            (Some(format!("Bearer {revoked}")), "api_key_revoked"),
        ] {
            let (status, body) = platform.call(method.clone(), path, authorization.as_deref(), Value::Null).await;
            assert_eq!((status, body["code"].as_str()), (StatusCode::UNAUTHORIZED, Some(code)), "{method} {path}");
            assert!(body["hint"].is_string(), "{body}");
        }
    }
}

#[tokio::test]
async fn a_form_that_does_not_fit_is_refused_with_its_fault() {
    let platform = TestPlatform::start().await;
    let with = |field: &str, value: Value| {
        let mut form = form();
        form[field] = value;
        form
    };
    for (body, words) in [
        (with("name", json!("")), "name is empty"),
        (with("name", json!("x".repeat(65))), "65 characters"),
        (with("name", json!("a\u{202e}b")), "invisible"),
        (with("device_type", json!(" ")), "type is empty"),
        (with("permissions", json!([])), "at least one permission"),
        (with("permissions", json!(["everything"])), "“everything” is no permission"),
        (with("permissions", json!(vec!["a:b"; 33])), "too many"),
        (with("expires_in_minutes", json!(0)), "between 1 minute and 24 hours"),
        (with("expires_in_minutes", json!(-5)), "expected u32"),
        (with("addresses", json!(["not an address"])), "is no address"),
        (with("addresses", json!(vec!["10.0.0.1"; 5])), "1 to 4 addresses"),
        (with("addresses", json!([])), "1 to 4 addresses"),
        (with("admin", json!(true)), "unknown field `admin`"),
        (json!([]), "does not fit"),
    ] {
        let (status, refused) = platform.owner(Method::POST, CODES, body.clone()).await;
        assert_eq!((status, refused["code"].as_str()), (StatusCode::BAD_REQUEST, Some("invalid_request")), "{body}");
        assert!(refused["message"].as_str().unwrap().contains(words), "{refused}");
    }
    let (_, listed) = platform.owner(Method::GET, CODES, Value::Null).await;
    assert_eq!(listed["pairings"], json!([]), "nothing was opened");
}

async fn raw(platform: &TestPlatform, request: Request<Body>) -> (StatusCode, String) {
    let (status, body) = answer(router(platform.service.clone()).oneshot(request).await.unwrap()).await;
    (status, body["code"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn what_is_no_json_is_refused_in_our_own_shape() {
    let platform = TestPlatform::start().await;
    let bearer = format!("Bearer {}", platform.api_key().await);
    let post = |content_type: &str, body: String| {
        let request = Request::post(CODES).header("authorization", &bearer).header("content-type", content_type);
        request.body(Body::from(body)).unwrap()
    };
    let json = "application/json";
    assert_eq!(raw(&platform, post("text/plain", form().to_string())).await.1, "unsupported_media_type");
    assert_eq!(raw(&platform, post(json, "{".into())).await.1, "invalid_request");
    assert_eq!(raw(&platform, post(json, "\u{fffd}".into())).await.1, "invalid_request");
    assert_eq!(raw(&platform, post(json, "x".repeat(20_000))).await.1, "body_too_large");
    let get = |path: &str| Request::get(path).header("authorization", &bearer).body(Body::empty()).unwrap();
    assert_eq!(raw(&platform, get("/nowhere")).await.1, "not_found");
    assert_eq!(raw(&platform, get("/api/v1/devices/dev-x")).await.1, "not_found");
    assert_eq!(raw(&platform, get("/api/v1/devices?limit=many")).await.1, "invalid_request");
    assert_eq!(raw(&platform, get("/api/v1/devices?after=x")).await.1, "invalid_request");
    assert_eq!(raw(&platform, get("/api/v1/devices/pairing-codes?stauts=open")).await.1, "invalid_request");
    assert_eq!(raw(&platform, get("/api/v1/pair/claim")).await.1, "method_not_allowed");
}

#[tokio::test]
async fn web_pages_and_foreign_names_are_kept_out() {
    let platform = TestPlatform::start().await;
    let bearer = format!("Bearer {}", platform.api_key().await);
    let with = |name: &str, value: &str| {
        Request::get("/api/v1/devices").header("authorization", &bearer).header(name, value).body(Body::empty()).unwrap()
    };
    for (name, value) in
        [("origin", "https://evil.example"), ("origin", "null"), ("host", "evil.example"), ("host", "evil.example:443")]
    {
        assert_eq!(
            raw(&platform, with(name, value)).await,
            (StatusCode::FORBIDDEN, "origin_not_allowed".into()),
            "{name}: {value}"
        );
    }
    let device_call = Request::get("/api/v1/device/self").header("host", "hub.lan").body(Body::empty()).unwrap();
    assert_eq!(raw(&platform, device_call).await.1, "unauthenticated", "a device may reach us by any name");
    for host in ["127.0.0.1:21327", "192.168.1.5", "[::1]:21327", "localhost:21327", "hub.local"] {
        assert_eq!(raw(&platform, with("host", host)).await.0, StatusCode::OK, "{host}");
    }
}

#[tokio::test]
async fn a_device_managers_key_cannot_make_or_revoke_keys() {
    let platform = TestPlatform::start().await;
    let bearer = format!("Bearer {}", platform.api_key().await);
    let (_, keys) = platform.owner(Method::GET, "/api/v1/api-keys", Value::Null).await;
    let revoke = format!("/api/v1/api-keys/{}", keys["api_keys"][0]["id"].as_str().unwrap());
    for (method, path, body) in [
        (Method::POST, "/api/v1/api-keys", json!({"name": "mine", "role": "viewer"})),
        (Method::DELETE, revoke.as_str(), Value::Null),
    ] {
        let (status, refused) = platform.call(method, path, Some(&bearer), body).await;
        assert_eq!((status, refused["code"].as_str()), (StatusCode::FORBIDDEN, Some("access_denied")));
    }
}

#[tokio::test]
async fn an_api_key_is_shown_once_and_its_use_is_recorded() {
    let platform = TestPlatform::start().await;
    let key = platform.api_key().await;
    platform.step_minutes(5);
    let (status, _) = platform.call(Method::GET, "/api/v1/devices", Some(&format!("bearer {key}")), Value::Null).await;
    assert_eq!(status, StatusCode::OK);
    let (_, keys) = platform.owner(Method::GET, "/api/v1/api-keys", Value::Null).await;
    assert_eq!(keys["api_keys"][0]["last_used_at"], "2023-10-27T10:35:00Z");
    assert!(!keys.to_string().contains(&key));
}
