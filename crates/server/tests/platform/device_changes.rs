use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use clawpair_api::Event;
use clawpair_device::live::Live;
use clawpair_device::{Caller, DeviceError};
use clawpair_server::{owner_router, router};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::events::Events;
use crate::fixture::{TestPlatform, answer};

const BULK: &str = "/api/v1/devices/bulk";

async fn device(platform: &TestPlatform, seed: u8) -> String {
    platform.paired(seed).await.1.device.id
}

/// A change with `If-Match`: status, `ETag` and body.
async fn matching(platform: &TestPlatform, method: Method, path: &str, tag: &str, body: Value) -> (StatusCode, String, Value) {
    let request = Request::builder().method(method).uri(path).header("content-type", "application/json").header("if-match", tag);
    let response =
        owner_router(platform.service.clone()).oneshot(request.body(Body::from(body.to_string())).unwrap()).await.unwrap();
    let tag = response.headers().get("etag").map(|tag| tag.to_str().unwrap().to_owned()).unwrap_or_default();
    let (status, body) = answer(response).await;
    (status, tag, body)
}

#[tokio::test]
async fn a_device_is_renamed_and_tagged_and_what_is_left_out_stays() {
    let platform = TestPlatform::start().await;
    let mut events = Events::of(&platform).await;
    let path = format!("/api/v1/devices/{}", device(&platform, 1).await);
    let (status, edited) = platform.owner(Method::PATCH, &path, json!({"name": "Hall", "tags": ["floor-2", " a "]})).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!((&edited["name"], &edited["device_type"]), (&json!("Hall"), &json!("IoT Gateway")));
    assert_eq!((&edited["tags"], &edited["revision"]), (&json!(["a", "floor-2"]), &json!(2)));
    events.until(|event| matches!(event, Event::Device { device } if device.name == "Hall")).await;
    let (_, again) = platform.owner(Method::PATCH, &path, json!({})).await;
    assert_eq!(again, edited);
    for (body, words) in [
        (json!({"name": ""}), "name is empty"),
        (json!({"tags": ["x".repeat(33)]}), "tag has 33 characters; 32 are the most"),
        (json!({"tags": vec!["x"; 17]}), "17 tags are too many"),
        (json!({"status": "active"}), "unknown field"),
    ] {
        let (status, refused) = platform.owner(Method::PATCH, &path, body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(refused["message"].as_str().unwrap().contains(words), "{refused}");
    }
}

#[tokio::test]
async fn of_two_who_edit_at_once_the_later_is_told() {
    let platform = TestPlatform::start().await;
    let path = format!("/api/v1/devices/{}", device(&platform, 1).await);
    let (status, tag, _) = matching(&platform, Method::PATCH, &path, "\"1\"", json!({"name": "Hall"})).await;
    assert_eq!((status, tag.as_str()), (StatusCode::OK, "\"2\""));
    let permissions = format!("{path}/permissions");
    let wanted = json!({"permissions": ["lights:control"]});
    let (status, _, refused) = matching(&platform, Method::PUT, &permissions, "\"1\"", wanted.clone()).await;
    assert_eq!((status, refused["code"].as_str()), (StatusCode::PRECONDITION_FAILED, Some("changed_meanwhile")));
    assert!(refused["message"].as_str().unwrap().contains("changed while you looked"), "{refused}");
    let (status, tag, granted) = matching(&platform, Method::PUT, &permissions, &tag, wanted.clone()).await;
    assert_eq!((status, tag.as_str(), &granted["permissions"]), (StatusCode::OK, "\"3\"", &wanted["permissions"]));
    assert_eq!(matching(&platform, Method::PATCH, &path, "*", json!({"name": "Attic"})).await.0, StatusCode::OK);
    for tag in ["3", "W/\"3\"", "\"three\"", "\"1\", \"2\""] {
        let (status, _, refused) = matching(&platform, Method::PATCH, &path, tag, json!({})).await;
        assert_eq!((status, refused["code"].as_str()), (StatusCode::BAD_REQUEST, Some("invalid_request")), "{tag}");
    }
}

#[tokio::test]
async fn a_device_sees_its_new_permissions_at_its_next_call() {
    let platform = TestPlatform::start().await;
    let (_, paired, credential) = platform.paired(1).await;
    let path = format!("/api/v1/devices/{}/permissions", paired.device.id);
    platform.owner(Method::PUT, &path, json!({"permissions": ["lights:control"]})).await;
    assert_eq!(Caller::of_system(credential).device_self().await.unwrap().permissions, ["lights:control"]);
    let (_, refused) = platform.owner(Method::PUT, &path, json!({"permissions": []})).await;
    assert!(refused["message"].as_str().unwrap().contains("at least one permission"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_are_revoked_at_once_each_with_its_outcome() {
    let platform = TestPlatform::start().await;
    let (_, paired, credential) = platform.paired(1).await;
    let (second, gone) = (device(&platform, 2).await, "dev-018c2f6e-5b1c-7d2a-9c3e-0123456789ab");
    platform.owner(Method::DELETE, &format!("/api/v1/devices/{second}"), Value::Null).await;
    let caller = Caller::of_system(credential);
    let live = Live::open(&caller).await.unwrap();
    let body = json!({"action": "revoke", "device_ids": [paired.device.id, second, gone], "reason": "recall"});
    let (status, told) = platform.owner(Method::POST, BULK, body).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    let outcomes = told["outcomes"].as_array().unwrap();
    assert_eq!(
        outcomes.iter().map(|one| one["outcome"].as_str().unwrap()).collect::<Vec<_>>(),
        ["changed", "unchanged", "refused"]
    );
    assert_eq!((&outcomes[0]["device"]["status"], &outcomes[0]["device"]["reason"]), (&json!("revoked"), &json!("recall")));
    assert_eq!(outcomes[2]["error"]["code"], "not_found");
    assert_eq!(live.stay(std::future::pending()).await, clawpair_device::live::Ended::Revoked);
    assert!(matches!(caller.device_self().await, Err(DeviceError::Refused(_))));
}

#[tokio::test]
async fn tags_are_given_and_taken_together() {
    let platform = TestPlatform::start().await;
    let ids = [device(&platform, 1).await, device(&platform, 2).await];
    let (_, told) = platform.owner(Method::POST, BULK, json!({"action": "add_tags", "device_ids": ids, "tags": ["a", "b"]})).await;
    assert_eq!(told["outcomes"][1]["device"]["tags"], json!(["a", "b"]));
    let (_, told) =
        platform.owner(Method::POST, BULK, json!({"action": "remove_tags", "device_ids": ids, "tags": ["a", "c"]})).await;
    assert_eq!(told["outcomes"][0]["device"]["tags"], json!(["b"]));
    let many: Vec<String> = (0..16).map(|n| format!("t{n}")).collect();
    let (_, told) = platform.owner(Method::POST, BULK, json!({"action": "add_tags", "device_ids": ids, "tags": many})).await;
    assert!(told["outcomes"][0]["error"]["message"].as_str().unwrap().contains("17 tags are too many"), "{told}");
}

#[tokio::test]
async fn a_bulk_call_that_does_not_fit_changes_nothing_and_says_why() {
    let platform = TestPlatform::start().await;
    let id = device(&platform, 1).await;
    let five_hundred: Vec<&str> = vec![&id; 500];
    let (status, _) = platform.owner(Method::POST, BULK, json!({"action": "enable", "device_ids": five_hundred})).await;
    assert_eq!(status, StatusCode::OK, "the most that may be named fits the bound of the body");
    for (body, words) in [
        (json!({"action": "revoke", "device_ids": []}), "1 to 500 devices"),
        (json!({"action": "revoke", "device_ids": vec![&id; 501]}), "1 to 500 devices"),
        (json!({"action": "revoke", "device_ids": [&id, "x"]}), "no device id"),
        (json!({"action": "revoke", "device_ids": [&id], "tags": ["a"]}), "unknown field `tags`"),
        (json!({"action": "enable", "device_ids": [&id], "reason": "a"}), "unknown field `reason`"),
        (json!({"action": "add_tags", "device_ids": [&id], "tags": []}), "needs tags"),
        (json!({"action": "explode", "device_ids": [&id]}), "unknown variant"),
    ] {
        let (status, refused) = platform.owner(Method::POST, BULK, body).await;
        assert_eq!((status, refused["code"].as_str()), (StatusCode::BAD_REQUEST, Some("invalid_request")), "{refused}");
        assert!(refused["message"].as_str().unwrap().contains(words), "{refused}");
    }
    let shown = &platform.devices().await.devices[0];
    assert_eq!((shown.revision, shown.revoked_at.as_deref()), (1, None));
}

#[tokio::test]
async fn a_bulk_call_takes_the_right_of_its_action() {
    let platform = TestPlatform::start().await;
    let id = device(&platform, 1).await;
    let form = json!({"name": "CI", "role": "integrator"});
    let (_, created) = platform.owner(Method::POST, "/api/v1/api-keys", form).await;
    let bearer = format!("Bearer {}", created["key"].as_str().unwrap());
    for (action, scope) in [("revoke", "devices:revoke"), ("disable", "devices:disable"), ("enable", "devices:disable")] {
        let (status, refused) =
            platform.call(Method::POST, BULK, Some(&bearer), json!({"action": action, "device_ids": [&id]})).await;
        assert_eq!((status, refused["code"].as_str()), (StatusCode::FORBIDDEN, Some("access_denied")));
        assert!(refused["message"].as_str().unwrap().contains(scope), "{refused}");
    }
    let tagging = json!({"action": "add_tags", "device_ids": [&id], "tags": ["a"]});
    assert_eq!(platform.call(Method::POST, BULK, Some(&bearer), tagging).await.0, StatusCode::OK);
}

#[tokio::test]
async fn permissions_that_forms_offer_say_whether_they_are_sensitive() {
    let platform = TestPlatform::start().await;
    let (_, list) = platform.owner(Method::GET, "/api/v1/permissions", Value::Null).await;
    assert_eq!(list["permissions"][0], json!({"permission": "sensor:read", "sensitive": false}));
    assert!(list["permissions"].as_array().unwrap().contains(&json!({"permission": "lights:control", "sensitive": true})));
    assert_eq!(list["presets"][0], json!({"id": "sensor", "permissions": ["sensor:read"]}));
}

/// A change under an `Idempotency-Key`, by the owner or with a key's bearer text: status and body.
async fn named(
    platform: &TestPlatform,
    (method, path, body): &(Method, String, Value),
    key: &str,
    tag: &str,
    bearer: Option<&str>,
) -> (StatusCode, Value) {
    let mut request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    request = request.header("idempotency-key", key).header("if-match", tag);
    if let Some(bearer) = bearer {
        request = request.header("authorization", bearer);
    }
    let service = platform.service.clone();
    let router = if bearer.is_some() { router(service) } else { owner_router(service) };
    answer(router.oneshot(request.body(Body::from(body.to_string())).unwrap()).await.unwrap()).await
}

#[tokio::test]
async fn a_change_of_a_device_under_one_key_is_made_once_whatever_others_do_between() {
    let platform = TestPlatform::start().await;
    let path = format!("/api/v1/devices/{}", device(&platform, 1).await);
    let grant = json!({"permissions": ["lights:control"]});
    let changes = [
        (Method::PATCH, path.clone(), json!({"name": "Mine"})),
        (Method::PUT, format!("{path}/permissions"), grant),
        (Method::POST, format!("{path}/disable"), json!({"reason": "Repair"})),
        (Method::POST, format!("{path}/enable"), Value::Null),
    ];
    for (revision, change) in (1..).zip(&changes) {
        let (status, done) = named(&platform, change, &change.1, &format!("\"{revision}\""), None).await;
        assert_eq!((status, &done["revision"]), (StatusCode::OK, &json!(revision + 1)), "{done}");
    }
    // A colleague undoes all of it.
    let theirs = json!({"name": "Theirs"});
    platform.owner(Method::PATCH, &path, theirs).await;
    platform.owner(Method::PUT, &format!("{path}/permissions"), json!({"permissions": ["sensor:read"]})).await;
    platform.owner(Method::POST, &format!("{path}/disable"), json!({})).await;
    let (_, now) = platform.owner(Method::GET, &path, Value::Null).await;
    for change in &changes {
        assert_eq!(named(&platform, change, &change.1, "\"1\"", None).await, (StatusCode::OK, now.clone()), "{}", change.1);
    }
    let revoke = (Method::DELETE, format!("{path}?reason=Lost"), Value::Null);
    let revoked = named(&platform, &revoke, "r", "*", None).await;
    assert_eq!(revoked.1["status"], "revoked");
    assert_eq!(named(&platform, &revoke, "r", "*", None).await, revoked);
    assert_eq!(named(&platform, &changes[2], &changes[2].1, "*", None).await, revoked, "what was done is not refused later");
    let (_, log) = platform.owner(Method::GET, "/api/v1/activity?action=device_disabled", Value::Null).await;
    assert_eq!(log["entries"].as_array().unwrap().len(), 2, "mine and theirs");
}

#[tokio::test]
async fn a_key_of_a_change_stands_for_one_request_of_one_caller_for_a_day() {
    let platform = TestPlatform::start().await;
    let paths = [1, 2].map(async |seed| format!("/api/v1/devices/{}/disable", device(&platform, seed).await));
    let paths = futures_util::future::join_all(paths).await;
    let disable = |nth: usize, body: Value| (Method::POST, paths[nth].clone(), body);
    assert_eq!(named(&platform, &disable(0, json!({})), "a", "\"9\"", None).await.1["code"], "changed_meanwhile");
    assert_eq!(named(&platform, &disable(0, json!({})), "a", "*", None).await.0, StatusCode::OK, "a refusal is not remembered");
    let enable = (Method::POST, paths[0].replace("disable", "enable"), Value::Null);
    for other in [disable(0, json!({"reason": "Repair"})), disable(1, json!({})), enable.clone()] {
        let (status, refused) = named(&platform, &other, "a", "*", None).await;
        assert_eq!((status.as_u16(), refused["code"].as_str()), (422, Some("idempotency_key_reused")), "{other:?}");
    }
    let bearer = format!("Bearer {}", platform.api_key().await);
    assert_eq!(named(&platform, &enable, "a", "*", Some(&bearer)).await.1["status"], "active", "another caller's key is another");
    assert_eq!(named(&platform, &disable(0, json!({})), "a", "*", None).await.1["status"], "active");
    platform.step_minutes(24 * 60);
    assert_eq!(named(&platform, &disable(0, json!({})), "a", "*", None).await.1["status"], "disabled", "it was forgotten");
}

#[tokio::test]
async fn who_lets_a_device_in_again_is_told_that_somebody_has_shut_it_out_since() {
    let platform = TestPlatform::start().await;
    let path = format!("/api/v1/devices/{}", device(&platform, 1).await);
    let [disable, enable] = ["disable", "enable"].map(|word| format!("{path}/{word}"));
    let seen = matching(&platform, Method::POST, &disable, "\"1\"", json!({})).await.1;
    platform.owner(Method::POST, &enable, Value::Null).await;
    platform.owner(Method::POST, &disable, json!({"reason": "Stolen"})).await;
    for path in [&enable, &disable] {
        let (status, _, refused) = matching(&platform, Method::POST, path, &seen, json!({})).await;
        assert_eq!((status, refused["code"].as_str()), (StatusCode::PRECONDITION_FAILED, Some("changed_meanwhile")), "{path}");
    }
    assert_eq!(platform.owner(Method::GET, &path, Value::Null).await.1["reason"], "Stolen");
}
