//! Every call by every role: done or refused exactly as the table in `core::access` says.

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Response, StatusCode};
use clawpair_core::access::{Operation, Rights, Role, Scope};
use clawpair_core::rng::SystemRng;
use clawpair_device::DeviceError;
use clawpair_server::router;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixture::{TestPlatform, answer, claim, send, send_form};
use crate::members::{Browser, join};

const CODES: &str = "/api/v1/devices/pairing-codes";

/// A call that would succeed for whoever may make it.
struct Call {
    method: Method,
    path: String,
    body: Value,
}

fn get(path: impl Into<String>) -> Call {
    Call { method: Method::GET, path: path.into(), body: Value::Null }
}

fn post(path: impl Into<String>, body: Value) -> Call {
    Call { method: Method::POST, path: path.into(), body }
}

fn delete(path: impl Into<String>) -> Call {
    Call { method: Method::DELETE, path: path.into(), body: Value::Null }
}

/// The endpoints of OAuth take forms, here a text in the place of JSON.
fn form(path: impl Into<String>, form: &str) -> Call {
    post(path, Value::String(form.into()))
}

/// Makes what the call is about, so that a call which is let through finds it. An operation without a line here does not compile.
async fn call(platform: &TestPlatform, operation: Operation) -> Call {
    match operation {
        Operation::CodesList => get(CODES),
        Operation::CodesSummary => get(format!("{CODES}/summary")),
        Operation::CodesShow => get(format!("{CODES}/{}", platform.open().await.pairing_id)),
        Operation::CodesCreate => post(CODES, code(false)),
        Operation::CodesCancel => delete(format!("{CODES}/{}", platform.open().await.pairing_id)),
        Operation::RequestsList => get("/api/v1/requests"),
        Operation::RequestsShow => get(request(platform).await.0),
        Operation::RequestsApprove => {
            let (path, seen) = request(platform).await;
            post(format!("{path}/approve"), json!({"public_key": seen["public_key"], "permissions": seen["permissions"]}))
        }
        Operation::RequestsDeny => post(format!("{}/deny", request(platform).await.0), json!({})),
        Operation::DevicesList => get("/api/v1/devices"),
        Operation::DevicesSummary => get("/api/v1/devices/summary"),
        Operation::DevicesShow => get(device(platform).await),
        Operation::DevicesEdit => Call { method: Method::PATCH, path: device(platform).await, body: json!({"name": "Hall"}) },
        Operation::DevicesGrant => Call {
            method: Method::PUT,
            path: format!("{}/permissions", device(platform).await),
            body: json!({"permissions": ["sensor:read"]}),
        },
        Operation::DevicesDisable => post(format!("{}/disable", device(platform).await), json!({})),
        Operation::DevicesEnable => post(format!("{}/enable", device(platform).await), Value::Null),
        Operation::DevicesRevoke => delete(device(platform).await),
        Operation::ApiKeysList => get("/api/v1/api-keys"),
        Operation::ApiKeysShow => get(key(platform).await),
        // No more than the narrowest key that may make keys has itself.
        Operation::ApiKeysCreate => post("/api/v1/api-keys", json!({"name": "x", "role": "admin", "scopes": ["keys:manage"]})),
        Operation::ApiKeysRotate => post(format!("{}/rotate", key(platform).await), json!({})),
        Operation::ApiKeysRevoke => delete(key(platform).await),
        Operation::TokensIntrospect => form("/api/v1/oauth/introspect", "token=x"),
        Operation::TokensRevoke => form("/api/v1/oauth/revoke", "token=x"),
        Operation::AlertsList => get("/api/v1/alerts"),
        Operation::AlertsShow => get(alert(platform).await),
        Operation::AlertsAcknowledge => post(format!("{}/acknowledge", alert(platform).await), json!({})),
        Operation::AlertRulesList => get("/api/v1/alert-rules"),
        Operation::AlertRulesSet => Call {
            method: Method::PUT,
            path: "/api/v1/alert-rules/unusual_hour".into(),
            body: json!({"enabled": true, "action": "alert"}),
        },
        Operation::MetricsRead => get("/api/v1/metrics"),
        Operation::ActivityList => get("/api/v1/activity"),
        Operation::ActivityExport => get("/api/v1/activity/export?format=jsonl"),
        Operation::MembersList => get("/api/v1/members"),
        Operation::MembersShow => get(member(platform).await),
        Operation::MembersEdit => Call { method: Method::PATCH, path: member(platform).await, body: json!({"role": "viewer"}) },
        Operation::MembersRemove => delete(member(platform).await),
        Operation::InvitationsList => get("/api/v1/members/invitations"),
        Operation::InvitationsCreate => post("/api/v1/members/invitations", json!({"name": name(), "role": "viewer"})),
        Operation::InvitationsWithdraw => delete(invitation(platform).await),
        Operation::RetentionShow => get("/api/v1/settings/retention"),
        Operation::RetentionSet => Call {
            method: Method::PUT,
            path: "/api/v1/settings/retention".into(),
            body: json!({"activity_days": null, "pairing_days": 30, "alert_days": 90, "sign_in_days": 30}),
        },
        Operation::ChangesList => get("/api/v1/changes"),
        Operation::EventsFollow => get("/api/v1/events"),
    }
}

fn code(ask_first: bool) -> Value {
    json!({
        "name": "Hub", "device_type": "IoT Gateway", "permissions": ["sensor:read"], "expires_in_minutes": 10, "ask_first": ask_first,
    })
}

async fn device(platform: &TestPlatform) -> String {
    format!("/api/v1/devices/{}", platform.paired(1).await.1.device.id)
}

/// A waiting request: its path, and what a person sees of it.
async fn request(platform: &TestPlatform) -> (String, Value) {
    let (_, created) = platform.owner(Method::POST, CODES, code(true)).await;
    let created = serde_json::from_value(created).unwrap();
    let joined = claim(&TestPlatform::by_link(&created), 1).await;
    assert!(matches!(joined, Err(DeviceError::Waiting { .. })));
    let path = format!("/api/v1/requests/{}", created.pairing_id);
    let (_, seen) = platform.owner(Method::GET, &path, Value::Null).await;
    (path, seen)
}

/// An alert about a device that is not what its code was made for.
async fn alert(platform: &TestPlatform) -> String {
    platform.joined_as("Another type", 1).await;
    platform.service.all_judged().await;
    let (_, page) = platform.owner(Method::GET, "/api/v1/alerts", Value::Null).await;
    format!("/api/v1/alerts/{}", page["alerts"][0]["id"].as_str().unwrap())
}

async fn key(platform: &TestPlatform) -> String {
    let form = json!({"name": "x", "role": "admin", "scopes": ["keys:manage"]});
    let (_, created) = platform.owner(Method::POST, "/api/v1/api-keys", form).await;
    format!("/api/v1/api-keys/{}", created["api_key"]["id"].as_str().unwrap())
}

/// A name that no member has.
fn name() -> String {
    Uuid::from_bytes(clawpair_core::rng::bytes(&SystemRng)).to_string()
}

async fn member(platform: &TestPlatform) -> String {
    format!("/api/v1/members/{}", join(platform, &name(), "viewer").await)
}

async fn invitation(platform: &TestPlatform) -> String {
    let form = json!({"name": name(), "role": "viewer"});
    let (_, created) = platform.owner(Method::POST, "/api/v1/members/invitations", form).await;
    format!("/api/v1/members/invitations/{}", created["invitation"]["id"].as_str().unwrap())
}

/// Scopes that a call hands out or takes from somebody, which its caller must have as well.
fn handed_out(operation: Operation) -> Vec<Scope> {
    match operation {
        Operation::MembersEdit | Operation::MembersRemove | Operation::InvitationsCreate => {
            Rights::of(Role::Viewer).iter().collect()
        }
        _ => Vec::new(),
    }
}

async fn bearer(platform: &TestPlatform, form: Value) -> String {
    let (status, created) = platform.owner(Method::POST, "/api/v1/api-keys", form).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    format!("Bearer {}", created["key"].as_str().unwrap())
}

/// Makes the call with a key and compares what becomes of it with what its rights say.
async fn check(platform: &TestPlatform, app: &Router, operation: Operation, bearer: &str, rights: &Rights) {
    let Call { method, path, body } = call(platform, operation).await;
    let response = match body {
        Value::String(form) => send_form(app.clone(), &path, bearer, form).await,
        body => send(app.clone(), method, &path, Some(bearer), body).await,
    };
    compare(response, operation, rights).await;
}

async fn compare(response: Response<Body>, operation: Operation, rights: &Rights) {
    let status = response.status();
    if rights.allow(operation) {
        // The body of an event stream has no end, so only the status is looked at.
        assert!(status.is_success(), "{} with {rights:?}: {status}", operation.word());
        return;
    }
    let (_, refused) = answer(response).await;
    assert_eq!((status, refused["code"].as_str()), (StatusCode::FORBIDDEN, Some("access_denied")), "{}", operation.word());
    let scope = operation.scope().word();
    assert!(refused["message"].as_str().unwrap().contains(scope), "the refusal names {scope}: {refused}");
}

#[tokio::test]
async fn every_role_may_call_exactly_what_the_table_says() {
    let platform = TestPlatform::start().await;
    let app = router(platform.service.clone());
    for role in Role::ALL {
        let bearer = bearer(&platform, json!({"name": "x", "role": role})).await;
        for &operation in Operation::ALL {
            check(&platform, &app, operation, &bearer, &Rights::of(role)).await;
        }
    }
}

#[tokio::test]
async fn every_member_may_call_exactly_what_the_table_says() {
    let platform = TestPlatform::start().await;
    for role in Role::ALL {
        join(&platform, role.name(), role.word()).await;
        let browser = Browser::of(&platform, role.name()).await;
        for &operation in Operation::ALL {
            let Call { method, path, body } = call(&platform, operation).await;
            compare(browser.response(method, &path, body).await, operation, &Rights::of(role)).await;
        }
    }
}

#[tokio::test]
async fn a_narrowed_key_may_call_exactly_what_its_scopes_say() {
    let platform = TestPlatform::start().await;
    let app = router(platform.service.clone());
    for &operation in Operation::ALL {
        let others: Vec<Scope> = Scope::ALL.iter().copied().filter(|&scope| scope != operation.scope()).collect();
        let enough = [vec![operation.scope()], handed_out(operation)].concat();
        for scopes in [enough, others] {
            let bearer = bearer(&platform, json!({"name": "x", "role": "admin", "scopes": scopes})).await;
            check(&platform, &app, operation, &bearer, &Rights::all().narrowed_to(&scopes)).await;
        }
    }
}

#[tokio::test]
async fn the_table_and_ones_own_rights_can_be_asked_for() {
    let platform = TestPlatform::start().await;
    let form = json!({"name": "Wall panel", "role": "viewer", "scopes": ["codes:read"], "expires_in_days": 1});
    let bearer = bearer(&platform, form).await;
    let (_, table) = platform.call(Method::GET, "/api/v1/roles", Some(&bearer), Value::Null).await;
    assert_eq!(table["roles"].as_array().unwrap().len(), Role::ALL.len());
    let shown = table["operations"].as_array().unwrap().iter().find(|row| row["operation"] == "devices.revoke").unwrap();
    assert_eq!((&shown["scope"], &shown["roles"]), (&json!("devices:revoke"), &json!(["admin", "device_manager"])));
    let (_, me) = platform.call(Method::GET, "/api/v1/me", Some(&bearer), Value::Null).await;
    assert_eq!((&me["name"], &me["role"], &me["scopes"]), (&json!("Wall panel"), &json!("viewer"), &json!(["codes:read"])));
    assert_eq!(
        (&me["operations"], &me["ends_at"]),
        (&json!(["codes.list", "codes.summary", "codes.show"]), &json!("2023-10-28T10:30:00Z"))
    );
    let (_, me) = platform.owner(Method::GET, "/api/v1/me", Value::Null).await;
    assert_eq!((&me["id"], &me["role"], &me["name"]), (&json!("owner"), &json!("admin"), &Value::Null));
}
