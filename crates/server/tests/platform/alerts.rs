use axum::http::{Method, StatusCode};
use clawpair_api::Event;
use clawpair_device::{Caller, Credential};
use serde_json::{Value, json};

use crate::events::Events;
use crate::fixture::{TestPlatform, claim, key, refusal};

/// All alerts, once everything that was seen has been judged.
async fn alerts(platform: &TestPlatform, query: &str) -> Vec<Value> {
    platform.service.all_judged().await;
    let (status, page) = platform.owner(Method::GET, &format!("/api/v1/alerts{query}"), Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    page["alerts"].as_array().unwrap().clone()
}

async fn set_rule(platform: &TestPlatform, id: &str, body: Value) -> (StatusCode, Value) {
    platform.owner(Method::PUT, &format!("/api/v1/alert-rules/{id}"), body).await
}

#[tokio::test]
async fn a_device_of_another_type_raises_an_alert_that_is_told_and_acknowledged() {
    let platform = TestPlatform::start().await;
    let mut events = Events::of(&platform).await;
    let (paired, _) = platform.joined_as("Web Application", 1).await;
    let alert = alerts(&platform, "").await.remove(0);
    assert_eq!(alert["rule"], "unexpected_device_type");
    assert_eq!((&alert["subject"], &alert["address"]), (&json!(paired.device.id), &json!("127.0.0.1")));
    assert!(alert["sentence"].as_str().unwrap().contains("“IoT Gateway”"), "{alert}");
    events.until(|event| matches!(event, Event::Alert { alert } if alert.count == 1)).await;

    let path = format!("/api/v1/alerts/{}", alert["id"].as_str().unwrap());
    let note = json!({"note": "It is the new firmware."});
    let (_, acknowledged) = platform.owner(Method::POST, &format!("{path}/acknowledge"), note).await;
    assert_eq!((&acknowledged["status"], &acknowledged["acknowledged_by"]), (&json!("acknowledged"), &json!("owner")));
    let (_, again) = platform.owner(Method::POST, &format!("{path}/acknowledge"), json!({})).await;
    assert_eq!(again, acknowledged, "repeating changes nothing");
    events.until(|event| matches!(event, Event::Alert { alert } if alert.note.is_some())).await;
    assert_eq!(alerts(&platform, "?status=open").await, Vec::<Value>::new());
    assert_eq!(platform.owner(Method::GET, &path, Value::Null).await.1, acknowledged);
    assert_eq!(alerts(&platform, "?status=acknowledged&rule=unexpected_device_type").await, [acknowledged]);
}

#[tokio::test]
async fn a_rule_set_to_quarantine_shuts_the_device_out_and_says_why() {
    let platform = TestPlatform::start().await;
    let set = set_rule(&platform, "unexpected_device_type", json!({"enabled": true, "action": "quarantine"})).await;
    assert_eq!(set.0, StatusCode::OK);
    let (paired, credential) = platform.joined_as("Web Application", 1).await;
    let alert = alerts(&platform, "").await.remove(0);
    assert_eq!(alert["quarantined_device"], json!(paired.device.id));
    assert_eq!(refusal(Caller::of_system(credential).device_self().await), "device_disabled");
    let (_, page) = platform.owner(Method::GET, "/api/v1/activity?actor=platform", Value::Null).await;
    let entries = page["entries"].as_array().unwrap();
    let words: Vec<&str> = entries.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(words, ["tokens_revoked", "device_disabled", "alert_raised"]);
    assert!(entries[1]["details"].as_str().unwrap().contains("unexpected_device_type"));
}

#[tokio::test]
async fn a_copied_refresh_token_raises_an_alert_and_can_lead_to_quarantine() {
    let platform = TestPlatform::start().await;
    set_rule(&platform, "refresh_token_reuse", json!({"enabled": true, "action": "quarantine"})).await;
    let (_, _, credential) = platform.paired(1).await;
    let device = Caller::of_system(credential.clone());
    device.refresh(&credential).await.unwrap();
    device.device_self().await.unwrap();
    let thief = Caller::of_system(credential.clone());
    assert_eq!(refusal(thief.refresh(&credential).await), "refresh_token_reuse");
    let alert = alerts(&platform, "").await.remove(0);
    assert_eq!((&alert["rule"], &alert["severity"]), (&json!("refresh_token_reuse"), &json!("high")));
    assert!(alert["quarantined_device"].is_string(), "{alert}");
    assert_eq!(refusal(device.device_self().await), "device_disabled");
}

#[tokio::test]
async fn many_wrong_codes_from_one_address_are_one_alert_that_counts() {
    let platform = TestPlatform::start().await;
    for _ in 0..9 {
        claim(&platform.by_code("000000000000"), 1).await.unwrap_err();
    }
    assert_eq!(alerts(&platform, "").await, Vec::<Value>::new());
    for _ in 0..11 {
        claim(&platform.by_code("000000000000"), 1).await.unwrap_err();
    }
    let [alert] = alerts(&platform, "").await.try_into().unwrap();
    assert_eq!((&alert["rule"], &alert["subject"], &alert["count"]), (&json!("many_failures"), &json!("127.0.0.1"), &json!(2)));
    platform.step_minutes(61);
    for _ in 0..10 {
        claim(&platform.by_code("000000000000"), 1).await.unwrap_err();
    }
    let counts: Vec<Value> = alerts(&platform, "").await.iter().map(|alert| alert["count"].clone()).collect();
    assert_eq!(counts, [1, 2], "after an hour it is another alert");
}

#[tokio::test]
async fn bad_api_keys_are_failures_too() {
    let platform = TestPlatform::start().await;
    let given = json!({"enabled": true, "action": "alert", "parameters": {"over_all": 3}});
    set_rule(&platform, "many_failures", given).await;
    for _ in 0..3 {
        platform.call(Method::GET, "/api/v1/devices", Some("Bearer nonsense"), Value::Null).await;
    }
    let alert = alerts(&platform, "").await.remove(0);
    assert_eq!((&alert["rule"], &alert["subject"]), (&json!("many_failures"), &Value::Null));
}

#[tokio::test]
async fn a_revoked_device_that_keeps_calling_raises_an_alert() {
    let platform = TestPlatform::start().await;
    let (_, paired, credential) = platform.paired(1).await;
    platform.owner(Method::DELETE, &format!("/api/v1/devices/{}", paired.device.id), Value::Null).await;
    for _ in 0..3 {
        assert_eq!(refusal(Caller::of_system(credential.clone()).device_self().await), "device_revoked");
    }
    let alert = alerts(&platform, "").await.remove(0);
    assert_eq!((&alert["rule"], &alert["subject"]), (&json!("revoked_device_knocking"), &json!(paired.device.id)));
}

#[tokio::test]
async fn changes_at_an_unusual_hour_raise_an_alert_after_two_weeks_of_history() {
    let platform = TestPlatform::start().await;
    platform.open().await;
    platform.step_minutes(5 * 60);
    platform.open().await;
    assert_eq!(alerts(&platform, "").await, Vec::<Value>::new(), "nothing is usual yet");
    platform.step_minutes(14 * 24 * 60 + 60);
    platform.open().await;
    let alert = alerts(&platform, "").await.remove(0);
    assert_eq!((&alert["rule"], &alert["actor"], &alert["count"]), (&json!("unusual_hour"), &json!("owner"), &json!(1)));
    platform.open().await;
    assert_eq!(alerts(&platform, "").await.len(), 1, "what was done once is usual");
}

#[tokio::test]
async fn rules_are_listed_set_and_obeyed() {
    let platform = TestPlatform::start().await;
    let (_, listed) = platform.owner(Method::GET, "/api/v1/alert-rules", Value::Null).await;
    assert_eq!(listed["rules"].as_array().unwrap().len(), 6);
    let days = json!({"days_of_history": {"default": 14, "min": 1, "max": 365}});
    assert_eq!((&listed["rules"][1]["id"], &listed["rules"][1]["bounds"]), (&json!("unusual_hour"), &days));
    let off = json!({"enabled": false, "action": "alert"});
    let (_, rule) = set_rule(&platform, "unexpected_device_type", off).await;
    assert_eq!(rule["enabled"], false);
    platform.joined_as("Web Application", 1).await;
    assert_eq!(alerts(&platform, "").await, Vec::<Value>::new());
    let (_, page) = platform.owner(Method::GET, "/api/v1/activity?action=rule_changed", Value::Null).await;
    assert_eq!(page["entries"][0]["details"], "off, alert, {}");
    for (id, body, status, words) in [
        ("many_failures", json!({"enabled": true, "action": "quarantine"}), 400, "can only be “alert”"),
        (
            "unusual_hour",
            json!({"enabled": true, "action": "alert", "parameters": {"days_of_history": 0}}),
            400,
            "between 1 and 365",
        ),
        ("unusual_hour", json!({"enabled": true, "action": "shout"}), 400, "unknown variant `shout`"),
        ("another", json!({"enabled": true, "action": "alert"}), 404, "no alert rule"),
    ] {
        let (found, refused) = set_rule(&platform, id, body).await;
        assert_eq!(found.as_u16(), status, "{refused}");
        assert!(refused["message"].as_str().unwrap().contains(words), "{refused}");
    }
}

#[tokio::test]
async fn failed_sign_ins_are_failures_too() {
    let platform = TestPlatform::start().await;
    let given = json!({"enabled": true, "action": "alert", "parameters": {"over_all": 3}});
    set_rule(&platform, "many_failures", given).await;
    for _ in 0..3 {
        let form = json!({"name": "Nobody", "password": "olive tractor umbrella nine"});
        let (status, _) = platform.call(Method::POST, "/api/v1/session", None, form).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(alerts(&platform, "?rule=many_failures").await.len(), 1);
}

#[tokio::test]
async fn a_former_key_that_keeps_calling_raises_an_alert() {
    let platform = TestPlatform::start().await;
    let (_, paired, credential) = platform.paired(1).await;
    let changing = Credential { next_key: Some(key(2)), ..credential.clone() };
    Caller::of_system(changing).change_key().await.unwrap();
    for _ in 0..2 {
        assert_eq!(refusal(Caller::of_system(credential.clone()).device_self().await), "device_key_replaced");
    }
    assert_eq!(alerts(&platform, "").await, Vec::<Value>::new());
    let thief = Credential { next_key: Some(key(3)), ..credential };
    assert_eq!(refusal(Caller::of_system(thief).change_key().await), "device_key_replaced");
    let alert = alerts(&platform, "").await.remove(0);
    assert_eq!((&alert["rule"], &alert["subject"]), (&json!("revoked_device_knocking"), &json!(paired.device.id)));
}
