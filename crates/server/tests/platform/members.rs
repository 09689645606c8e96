//! Accounts: how people come to have one, sign in, and stop being let in.

use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode, header};
use clawpair_server::router;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use totp_rs::{Builder, Secret, Totp};
use tower::ServiceExt;

use crate::fixture::{TestPlatform, answer};

pub const MEMBERS: &str = "/api/v1/members";
pub const INVITATIONS: &str = "/api/v1/members/invitations";
const SESSION: &str = "/api/v1/session";
pub const PASSWORD: &str = "olive tractor umbrella nine";

/// A browser: it sends its cookie along, and says that a page of the platform itself makes its requests.
pub struct Browser<'a> {
    platform: &'a TestPlatform,
    cookie: String,
}

impl<'a> Browser<'a> {
    /// Signs in; the refusal if that fails.
    pub async fn sign_in(platform: &'a TestPlatform, form: Value) -> Result<Self, Value> {
        let response = send(platform, Method::POST, SESSION, &[], form).await;
        let cookie = response.headers().get(header::SET_COOKIE).map(|value| value.to_str().unwrap().to_owned());
        let (status, body) = answer(response).await;
        if status != StatusCode::OK {
            return Err(body);
        }
        let cookie = cookie.unwrap();
        assert!(cookie.starts_with("__Host-clawpair=") && cookie.ends_with("; Secure; HttpOnly; SameSite=Strict"), "{cookie}");
        assert!(cookie.contains("; Path=/;") && !cookie.contains("Domain"), "{cookie}");
        Ok(Self { platform, cookie: cookie.split(';').next().unwrap().to_owned() })
    }

    pub async fn of(platform: &'a TestPlatform, name: &str) -> Self {
        Self::sign_in(platform, json!({"name": name, "password": PASSWORD})).await.unwrap()
    }

    pub async fn response(&self, method: Method, path: &str, body: Value) -> Response<Body> {
        send(self.platform, method, path, &[("cookie", &self.cookie), ("sec-fetch-site", "same-origin")], body).await
    }

    pub async fn call(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let response = self.response(method, path, body).await;
        if response.status() == StatusCode::NO_CONTENT { (StatusCode::NO_CONTENT, Value::Null) } else { answer(response).await }
    }

    /// What a look at the devices comes to: `ok`, or the code of the refusal.
    async fn outcome(&self) -> String {
        let (_, body) = self.call(Method::GET, "/api/v1/devices", Value::Null).await;
        body["code"].as_str().unwrap_or("ok").to_owned()
    }
}

async fn send(platform: &TestPlatform, method: Method, path: &str, headers: &[(&str, &str)], body: Value) -> Response<Body> {
    let (content_type, body) = match body {
        Value::Null => ("application/json", Body::empty()),
        Value::String(form) => ("application/x-www-form-urlencoded", Body::from(form)),
        json => ("application/json", Body::from(json.to_string())),
    };
    let mut request = Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, content_type);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    router(platform.service.clone()).oneshot(request.body(body).unwrap()).await.unwrap()
}

pub async fn invite(platform: &TestPlatform, form: Value) -> Value {
    let (status, created) = platform.owner(Method::POST, INVITATIONS, form).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    created
}

pub async fn accept(platform: &TestPlatform, token: &Value, password: &str) -> (StatusCode, Value) {
    platform.call(Method::POST, &format!("{MEMBERS}/accept"), None, json!({"token": token, "password": password})).await
}

/// A member; their id.
pub async fn join(platform: &TestPlatform, name: &str, role: &str) -> String {
    let token = invite(platform, json!({"name": name, "role": role})).await["token"].clone();
    let (status, member) = accept(platform, &token, PASSWORD).await;
    assert_eq!(status, StatusCode::CREATED, "{member}");
    member["id"].as_str().unwrap().to_owned()
}

fn code(refused: Result<Browser<'_>, Value>) -> String {
    refused.err().unwrap()["code"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_invitation_makes_one_member_once() {
    let platform = TestPlatform::start().await;
    let created = invite(&platform, json!({"name": "Ada", "email": "Ada@example.com", "role": "viewer"})).await;
    assert_eq!(created["invitation"]["expires_at"], "2023-10-30T10:30:00Z");
    let token = &created["token"];
    let other = "granite violin mellow otter";
    let (first, second) = tokio::join!(accept(&platform, token, PASSWORD), accept(&platform, token, other));
    let mut statuses = [first.0, second.0];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::CREATED, StatusCode::GONE]);
    platform.step_minutes(10);
    for password in [PASSWORD, other] {
        assert_eq!(accept(&platform, token, password).await.1["code"], "invitation_over");
    }
    let (_, list) = platform.owner(Method::GET, MEMBERS, Value::Null).await;
    assert_eq!(list["members"].as_array().unwrap().len(), 1);
    assert_eq!((&list["members"][0]["email"], &list["members"][0]["role"]), (&json!("ada@example.com"), &json!("viewer")));
    let (_, list) = platform.owner(Method::GET, INVITATIONS, Value::Null).await;
    assert_eq!(list["invitations"][0]["status"], "accepted");
    assert!(!list.to_string().contains(token.as_str().unwrap()));
    let (status, refused) = platform.owner(Method::POST, INVITATIONS, json!({"name": "aDA", "role": "viewer"})).await;
    assert_eq!((status, refused["code"].as_str()), (StatusCode::CONFLICT, Some("name_taken")));
}

#[tokio::test]
async fn whoever_lost_the_answer_may_accept_again_with_the_same_password() {
    let platform = TestPlatform::start().await;
    let token = invite(&platform, json!({"name": "Ada", "role": "viewer"})).await["token"].clone();
    let (first, second) = tokio::join!(accept(&platform, &token, PASSWORD), accept(&platform, &token, PASSWORD));
    assert_eq!(first, second);
    assert_eq!(first.0, StatusCode::CREATED);
    platform.step_minutes(9);
    assert_eq!(accept(&platform, &token, PASSWORD).await, first);
    let (_, list) = platform.owner(Method::GET, MEMBERS, Value::Null).await;
    assert_eq!(list["members"].as_array().unwrap().len(), 1);
    for _ in 0..5 {
        assert_eq!(accept(&platform, &token, "granite violin mellow otter").await.1["code"], "invitation_over");
    }
    assert_eq!(
        accept(&platform, &token, PASSWORD).await.0,
        StatusCode::TOO_MANY_REQUESTS,
        "no way around the limits of signing in"
    );
}

#[tokio::test]
async fn an_invitation_ends_by_time_and_by_being_withdrawn() {
    let platform = TestPlatform::start().await;
    let late = invite(&platform, json!({"name": "Ada", "role": "viewer", "expires_in_hours": 1})).await;
    platform.step_minutes(60);
    assert_eq!(accept(&platform, &late["token"], PASSWORD).await.1["code"], "invitation_over");
    let withdrawn = invite(&platform, json!({"name": "Ada", "role": "viewer"})).await;
    let path = format!("{INVITATIONS}/{}", withdrawn["invitation"]["id"].as_str().unwrap());
    assert_eq!(platform.owner(Method::DELETE, &path, Value::Null).await.1["status"], "withdrawn");
    assert_eq!(accept(&platform, &withdrawn["token"], PASSWORD).await.1["code"], "invitation_over");
    let (status, refused) =
        platform.owner(Method::POST, INVITATIONS, json!({"name": "x", "role": "viewer", "expires_in_hours": 721})).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{refused}");
}

#[tokio::test]
async fn a_weak_password_costs_no_invitation() {
    let platform = TestPlatform::start().await;
    let token = invite(&platform, json!({"name": "Ada", "role": "viewer"})).await["token"].clone();
    for weak in ["short", "password1234", "adaadaadaada"] {
        assert_eq!(accept(&platform, &token, weak).await.1["code"], "password_unfit", "{weak}");
    }
    assert_eq!(accept(&platform, &token, PASSWORD).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn the_operator_can_invite_the_first_admin() {
    let platform = TestPlatform::start().await;
    let new = clawpair_server::NewInvitation {
        name: "Ada".parse().unwrap(),
        email: None,
        role: clawpair_core::access::Role::Admin,
        expires_in_hours: 1,
    };
    let (_, token) = platform.service.invite(new).await.unwrap();
    assert_eq!(accept(&platform, &json!(token.reveal()), PASSWORD).await.0, StatusCode::CREATED);
    let ada = Browser::of(&platform, "ada").await;
    let (_, list) = ada.call(Method::GET, INVITATIONS, Value::Null).await;
    assert_eq!(list["invitations"][0]["invited_by"], "operator");
}

#[tokio::test]
async fn unknown_names_and_wrong_passwords_look_the_same_and_are_slowed_down() {
    let platform = TestPlatform::start().await;
    join(&platform, "Ada", "viewer").await;
    for name in ["Ada", "Nobody"] {
        for _ in 0..5 {
            let refused = Browser::sign_in(&platform, json!({"name": name, "password": "wrong"})).await;
            assert_eq!(code(refused), "sign_in_failed");
        }
        let response = send(&platform, Method::POST, SESSION, &[], json!({"name": name, "password": PASSWORD})).await;
        assert_eq!(
            (response.status(), response.headers()[header::RETRY_AFTER].to_str().unwrap()),
            (StatusCode::TOO_MANY_REQUESTS, "60")
        );
    }
    platform.step_minutes(1);
    Browser::of(&platform, "Ada").await;
}

#[tokio::test]
async fn a_session_ends_when_idle_after_half_a_day_and_by_signing_out() {
    let platform = TestPlatform::start().await;
    join(&platform, "Ada", "viewer").await;
    let idle = Browser::of(&platform, "Ada").await;
    platform.step_minutes(29);
    assert_eq!(idle.outcome().await, "ok");
    platform.step_minutes(30);
    assert_eq!(idle.outcome().await, "session_ended");
    let busy = Browser::of(&platform, "Ada").await;
    for _ in 0..28 {
        platform.step_minutes(25);
        assert_eq!(busy.outcome().await, "ok");
    }
    platform.step_minutes(20);
    assert_eq!(busy.outcome().await, "session_ended");
    let leaving = Browser::of(&platform, "Ada").await;
    let response = leaving.response(Method::DELETE, SESSION, Value::Null).await;
    assert!(response.headers()[header::SET_COOKIE].to_str().unwrap().starts_with("__Host-clawpair=; Path=/; Max-Age=0"));
    assert_eq!(leaving.outcome().await, "session_ended");
}

#[tokio::test]
async fn signing_in_again_replaces_the_browsers_session() {
    let platform = TestPlatform::start().await;
    join(&platform, "Ada", "viewer").await;
    let before = Browser::of(&platform, "Ada").await;
    let response = before.response(Method::POST, SESSION, json!({"name": "Ada", "password": PASSWORD})).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(before.outcome().await, "session_ended");
}

#[tokio::test]
async fn a_changing_call_must_show_that_no_other_page_made_it() {
    let platform = TestPlatform::start().await;
    join(&platform, "Ada", "admin").await;
    let ada = Browser::of(&platform, "Ada").await;
    let host = ("host", "127.0.0.1:21327");
    let call = async |headers: &[(&str, &str)]| {
        let headers = [&[("cookie", ada.cookie.as_str()), host], headers].concat();
        send(&platform, Method::POST, INVITATIONS, &headers, json!({"name": "Eve", "role": "viewer"})).await.status()
    };
    for headers in [
        &[][..],
        &[("origin", "https://evil.example")],
        &[("origin", "https://127.0.0.1:21328")],
        &[("origin", "http://127.0.0.1:21327")],
        &[("origin", "null"), ("x-clawpair-request", "1")],
        &[("sec-fetch-site", "same-site"), ("x-clawpair-request", "1")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "none")],
    ] {
        assert_eq!(call(headers).await, StatusCode::FORBIDDEN, "{headers:?}");
    }
    for headers in
        [&[("origin", "https://127.0.0.1:21327")][..], &[("sec-fetch-site", "same-origin")], &[("x-clawpair-request", "1")]]
    {
        assert_eq!(call(headers).await, StatusCode::CREATED, "{headers:?}");
    }
    let headers = [("cookie", ada.cookie.as_str()), ("sec-fetch-site", "cross-site")];
    let looked_at = send(&platform, Method::GET, "/api/v1/me", &headers, Value::Null).await;
    assert_eq!(looked_at.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_is_changed_about_a_member_counts_at_once() {
    let platform = TestPlatform::start().await;
    let path = format!("{MEMBERS}/{}", join(&platform, "Ada", "device_manager").await);
    let ada = Browser::of(&platform, "Ada").await;
    let stream = ada.response(Method::GET, "/api/v1/events", Value::Null).await;
    let stream = tokio::spawn(stream.into_body().collect());
    assert_eq!(ada.call(Method::GET, MEMBERS, Value::Null).await.0, StatusCode::OK);
    platform.owner(Method::PATCH, &path, json!({"role": "viewer"})).await;
    let (status, refused) = ada.call(Method::GET, MEMBERS, Value::Null).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(refused["message"].as_str().unwrap().contains("members:read"), "{refused}");
    platform.owner(Method::PATCH, &path, json!({"disabled": true})).await;
    assert_eq!(ada.outcome().await, "session_ended");
    tokio::time::timeout(std::time::Duration::from_secs(30), stream).await.expect("the stream ends").unwrap().unwrap();
    assert_eq!(code(Browser::sign_in(&platform, json!({"name": "Ada", "password": PASSWORD})).await), "sign_in_failed");
    platform.owner(Method::PATCH, &path, json!({"disabled": false})).await;
    let ada = Browser::of(&platform, "Ada").await;
    assert_eq!(platform.owner(Method::DELETE, &path, Value::Null).await.1["status"], "removed");
    assert_eq!(ada.outcome().await, "session_ended");
    assert_eq!(code(Browser::sign_in(&platform, json!({"name": "Ada", "password": PASSWORD})).await), "sign_in_failed");
    join(&platform, "Ada", "viewer").await;
}

#[tokio::test]
async fn the_last_admin_stays() {
    let platform = TestPlatform::start().await;
    let ada = format!("{MEMBERS}/{}", join(&platform, "Ada", "admin").await);
    for (method, body) in
        [(Method::PATCH, json!({"role": "viewer"})), (Method::PATCH, json!({"disabled": true})), (Method::DELETE, Value::Null)]
    {
        let (status, refused) = platform.owner(method, &ada, body).await;
        assert_eq!((status, refused["code"].as_str()), (StatusCode::CONFLICT, Some("last_admin")));
    }
    let grace = format!("{MEMBERS}/{}", join(&platform, "Grace", "admin").await);
    let (first, second) = tokio::join!(
        platform.owner(Method::PATCH, &ada, json!({"role": "viewer"})),
        platform.owner(Method::PATCH, &grace, json!({"role": "viewer"})),
    );
    let mut statuses = [first.0, second.0];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::OK, StatusCode::CONFLICT], "two who race cannot both leave");
}

/// The authenticator app of a member who has set one up, and the recovery codes.
async fn set_up_totp(ada: &Browser<'_>) -> (Totp, Vec<String>) {
    let (_, proposal) = ada.call(Method::POST, "/api/v1/me/totp/proposal", Value::Null).await;
    assert!(proposal["uri"].as_str().unwrap().starts_with("otpauth://totp/Clawpair:Ada?"), "{proposal}");
    let secret = Secret::try_from_base32(proposal["secret"].as_str().unwrap()).unwrap();
    let app = Builder::new().with_secret(secret).build().unwrap();
    let form = |password: &str, code: &str| json!({"password": password, "secret": proposal["secret"], "code": code});
    let (status, _) = ada.call(Method::POST, "/api/v1/me/totp", form(PASSWORD, "000000")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let now = app.generate(ada.platform.seconds()).to_string();
    let (status, _) = ada.call(Method::POST, "/api/v1/me/totp", form("not the password", &now)).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let (status, codes) = ada.call(Method::POST, "/api/v1/me/totp", form(PASSWORD, &now)).await;
    assert_eq!(status, StatusCode::OK, "{codes}");
    let codes: Vec<String> = serde_json::from_value(codes["recovery_codes"].clone()).unwrap();
    assert_eq!(codes.len(), 10);
    (app, codes)
}

#[tokio::test]
async fn a_code_of_the_second_factor_works_once() {
    let platform = TestPlatform::start().await;
    join(&platform, "Ada", "viewer").await;
    let ada = Browser::of(&platform, "Ada").await;
    let (app, _) = set_up_totp(&ada).await;
    let with = |totp: String| json!({"name": "Ada", "password": PASSWORD, "totp": totp});
    assert_eq!(code(Browser::sign_in(&platform, json!({"name": "Ada", "password": PASSWORD})).await), "second_factor_required");
    let spent = app.generate(platform.seconds()).to_string();
    assert_eq!(code(Browser::sign_in(&platform, with(spent)).await), "sign_in_failed", "the code that proved the app is spent");
    platform.step_minutes(1);
    let now = app.generate(platform.seconds()).to_string();
    let (first, second) = tokio::join!(Browser::sign_in(&platform, with(now.clone())), Browser::sign_in(&platform, with(now)));
    assert_eq!(usize::from(first.is_ok()) + usize::from(second.is_ok()), 1);
    let (status, _) = ada.call(Method::POST, "/api/v1/me/totp/remove", json!({"password": PASSWORD})).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    Browser::of(&platform, "Ada").await;
}

#[tokio::test]
async fn a_recovery_code_works_once_and_until_it_is_replaced() {
    let platform = TestPlatform::start().await;
    join(&platform, "Ada", "viewer").await;
    let ada = Browser::of(&platform, "Ada").await;
    let (_, codes) = set_up_totp(&ada).await;
    let with = |code: &str| json!({"name": "Ada", "password": PASSWORD, "recovery_code": code});
    assert!(Browser::sign_in(&platform, with(&codes[0].to_lowercase())).await.is_ok());
    assert_eq!(code(Browser::sign_in(&platform, with(&codes[0])).await), "sign_in_failed");
    let (_, fresh) = ada.call(Method::POST, "/api/v1/me/recovery-codes", json!({"password": PASSWORD})).await;
    assert_eq!(code(Browser::sign_in(&platform, with(&codes[1])).await), "sign_in_failed");
    assert!(Browser::sign_in(&platform, with(fresh["recovery_codes"][1].as_str().unwrap())).await.is_ok());
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let platform = TestPlatform::start().await;
    join(&platform, "Ada", "viewer").await;
    let (ada, elsewhere) = (Browser::of(&platform, "Ada").await, Browser::of(&platform, "Ada").await);
    let (_, list) = ada.call(Method::GET, "/api/v1/me/sessions", Value::Null).await;
    assert_eq!(list["sessions"].as_array().unwrap().iter().filter(|session| session["current"] == true).count(), 1);
    let form = json!({"password": PASSWORD, "new_password": "granite violin mellow otter"});
    assert_eq!(ada.call(Method::POST, "/api/v1/me/password", form).await.0, StatusCode::NO_CONTENT);
    assert_eq!((ada.outcome().await, elsewhere.outcome().await), ("ok".into(), "session_ended".into()));
    assert_eq!(code(Browser::sign_in(&platform, json!({"name": "Ada", "password": PASSWORD})).await), "sign_in_failed");
}

#[tokio::test]
async fn a_member_can_end_another_session_of_theirs_and_nobody_elses() {
    let platform = TestPlatform::start().await;
    join(&platform, "Ada", "viewer").await;
    join(&platform, "Eve", "admin").await;
    let (ada, elsewhere, eve) =
        (Browser::of(&platform, "Ada").await, Browser::of(&platform, "Ada").await, Browser::of(&platform, "Eve").await);
    let (_, list) = ada.call(Method::GET, "/api/v1/me/sessions", Value::Null).await;
    let other = list["sessions"].as_array().unwrap().iter().find(|session| session["current"] == false).unwrap();
    let path = format!("/api/v1/me/sessions/{}", other["id"].as_str().unwrap());
    assert_eq!(eve.call(Method::DELETE, &path, Value::Null).await.0, StatusCode::NOT_FOUND);
    assert_eq!(ada.call(Method::DELETE, &path, Value::Null).await.0, StatusCode::NO_CONTENT);
    assert_eq!((ada.outcome().await, elsewhere.outcome().await), ("ok".into(), "session_ended".into()));
}

#[tokio::test]
async fn what_an_account_owns_needs_a_signed_in_member() {
    let platform = TestPlatform::start().await;
    let bearer = format!("Bearer {}", platform.api_key().await);
    let (status, refused) = platform.call(Method::GET, "/api/v1/me/sessions", Some(&bearer), Value::Null).await;
    assert_eq!((status, refused["code"].as_str()), (StatusCode::UNAUTHORIZED, Some("wrong_auth_method")));
}

#[tokio::test]
async fn no_secret_of_an_account_is_on_disk_or_in_the_activity() {
    let platform = TestPlatform::start().await;
    let invited = invite(&platform, json!({"name": "Ada", "role": "viewer"})).await;
    let token = invited["token"].as_str().unwrap();
    accept(&platform, &invited["token"], PASSWORD).await;
    let ada = Browser::of(&platform, "Ada").await;
    let (app, codes) = set_up_totp(&ada).await;
    code(Browser::sign_in(&platform, json!({"name": "Ada", "password": "wrong", "totp": "123456"})).await);
    let disk: Vec<u8> =
        std::fs::read_dir(platform.folder.path()).unwrap().flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
    let holds = |secret: &[u8]| disk.windows(secret.len()).any(|window| window == secret);
    assert!(holds(b"Ada") && holds(b"sign_in_failed"), "the files were read");
    let cookie = ada.cookie.split('=').nth(1).unwrap();
    for secret in [token.trim_start_matches("cpi_"), PASSWORD, cookie, &codes[0], &codes[0].replace('-', "")] {
        assert!(!holds(secret.as_bytes()), "{secret}");
    }
    assert!(!holds(app.secret().as_ref()));
}
