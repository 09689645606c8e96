use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use clawpair_server::owner_router;
use clawpair_store::verify_activity;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::fixture::{TestPlatform, answer, refusal};

const RETENTION: &str = "/api/v1/settings/retention";
const DAY: i64 = 1_440;

fn form(days: &Value) -> Value {
    let mut form = json!({"activity_days": 365, "pairing_days": 30, "alert_days": 90, "sign_in_days": 30});
    for (name, value) in days.as_object().unwrap() {
        form[name] = value.clone();
    }
    form
}

async fn total(platform: &TestPlatform, path: &str, list: &str) -> usize {
    platform.owner(Method::GET, path, Value::Null).await.1[list].as_array().unwrap().len()
}

#[tokio::test]
async fn how_long_things_are_kept_is_set_by_two_people_without_losing_a_change() {
    let platform = TestPlatform::start().await;
    let (status, shown) = platform.owner(Method::GET, RETENTION, Value::Null).await;
    assert_eq!((status, shown), (StatusCode::OK, form(&json!({}))), "the defaults");
    let put = async |edition: &str, form: Value| {
        let request = Request::put(RETENTION).header(header::IF_MATCH, edition).header(header::CONTENT_TYPE, "application/json");
        let request = request.body(Body::from(form.to_string())).unwrap();
        let response = owner_router(platform.service.clone()).oneshot(request).await.unwrap();
        let etag = response.headers().get(header::ETAG).map(|value| value.to_str().unwrap().to_owned());
        (etag, answer(response).await)
    };
    let (etag, (status, shown)) = put("\"0\"", form(&json!({"activity_days": null}))).await;
    assert_eq!((etag.as_deref(), status), (Some("\"1\""), StatusCode::OK));
    assert_eq!(shown["activity_days"], Value::Null);
    let (_, (status, refused)) = put("\"0\"", form(&json!({}))).await;
    assert_eq!((status, &refused["code"]), (StatusCode::PRECONDITION_FAILED, &json!("changed_meanwhile")));
}

#[tokio::test]
async fn a_time_that_makes_no_sense_or_is_left_out_is_refused() {
    let platform = TestPlatform::start().await;
    for (form, words) in [
        (form(&json!({"alert_days": 0})), "1 to 3650 days, not 0"),
        (form(&json!({"alert_days": 3_651})), "1 to 3650 days, not 3651"),
        (form(&json!({"alert_days": -1})), "expected u32"),
        (form(&json!({"device_days": 1})), "unknown field"),
        (json!({"activity_days": 365, "pairing_days": 30, "alert_days": 90}), "missing field `sign_in_days`"),
    ] {
        let (status, refused) = platform.owner(Method::PUT, RETENTION, form).await;
        assert_eq!((status, &refused["code"]), (StatusCode::BAD_REQUEST, &json!("invalid_request")));
        assert!(refused["message"].as_str().unwrap().contains(words), "{refused}");
    }
}

#[tokio::test]
async fn what_is_too_old_goes_and_the_log_says_so_and_stays_whole() {
    let platform = TestPlatform::start().await;
    let (target, ..) = platform.paired(1).await;
    for _ in 0..300 {
        platform.open().await;
    }
    assert_eq!(platform.service.prune().await.unwrap(), 0);
    platform.step_minutes(29 * DAY);
    let young = platform.open().await;
    platform.step_minutes(3 * DAY);
    assert_eq!(platform.service.prune().await.unwrap(), 301);
    assert_eq!(total(&platform, "/api/v1/devices/pairing-codes", "pairings").await, 1);
    assert_eq!(total(&platform, "/api/v1/devices", "devices").await, 1, "devices stay");
    assert_eq!(refusal(crate::fixture::claim(&target, 1).await), "code_unknown");
    assert_eq!(refusal(crate::fixture::claim(&TestPlatform::by_link(&young), 2).await), "code_expired");

    platform.step_minutes(335 * DAY);
    assert!(platform.service.prune().await.unwrap() > 300, "entries of a year ago");
    let verified = verify_activity(&platform.folder.path().join("platform.db")).unwrap().unwrap();
    assert!(verified.first > 300, "{verified:?}");
    let (_, log) = platform.owner(Method::GET, "/api/v1/activity?action=activity_pruned&limit=1", Value::Null).await;
    let details = log["entries"][0]["details"].as_str().unwrap();
    assert!(details.starts_with("kept from ") && details.contains("; removed "), "{details}");
    assert_eq!(platform.service.prune().await.unwrap(), 0, "nothing is left to remove");
}

#[tokio::test]
async fn what_is_kept_for_ever_stays() {
    let platform = TestPlatform::start().await;
    platform.open().await;
    let form = form(&json!({"activity_days": null, "pairing_days": null}));
    assert_eq!(platform.owner(Method::PUT, RETENTION, form).await.0, StatusCode::OK);
    platform.step_minutes(4_000 * DAY);
    assert_eq!(platform.service.prune().await.unwrap(), 0);
    assert_eq!(total(&platform, "/api/v1/devices/pairing-codes", "pairings").await, 1);
}
