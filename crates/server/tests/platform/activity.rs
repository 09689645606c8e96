use axum::http::{Method, StatusCode, header};
use clawpair_core::Timestamp;
use clawpair_core::activity::{Checkpoint, Entry, Format, Head, Verifier};
use clawpair_server::owner_router;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::fixture::{TestPlatform, claim, send};

async fn list(platform: &TestPlatform, query: &str) -> Value {
    let (status, page) = platform.owner(Method::GET, &format!("/api/v1/activity{query}"), Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    page
}

async fn export(platform: &TestPlatform, query: &str) -> (String, String) {
    let path = format!("/api/v1/activity/export{query}");
    let response = send(owner_router(platform.service.clone()), Method::GET, &path, None, Value::Null).await;
    assert_eq!(response.status(), StatusCode::OK);
    let kind = response.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (kind, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn what_happened_is_listed_with_names_newest_first() {
    let platform = TestPlatform::start().await;
    let bearer = format!("Bearer {}", platform.api_key().await);
    let (target, paired, _) = platform.paired(1).await;
    claim(&target, 2).await.unwrap_err();
    platform.call(Method::DELETE, &format!("/api/v1/devices/{}", paired.device.id), Some(&bearer), Value::Null).await;
    let page = list(&platform, "").await;
    let words: Vec<&str> = page["entries"].as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(words, ["device_revoked", "claim_refused", "pairing_completed", "pairing_opened", "api_key_created"]);
    let [revoked, refused, joined, ..] = page["entries"].as_array().unwrap().as_slice() else { panic!("{page}") };
    assert_eq!((&revoked["actor"]["kind"], &revoked["actor"]["name"]), (&json!("api_key"), &json!("CI")));
    assert_eq!(revoked["subjects"], json!([{"id": paired.device.id, "name": "Kitchen hub"}]));
    assert_eq!((&refused["address"], &refused["details"]), (&json!("127.0.0.1"), &json!("code_used")));
    assert_eq!((&joined["actor"]["kind"], joined["subjects"].as_array().unwrap().len()), (&json!("device"), 2));
    assert_eq!(page["next"], Value::Null);
}

#[tokio::test]
async fn activity_is_filtered_and_paged() {
    let platform = TestPlatform::start().await;
    let opened = platform.open().await;
    platform.step_minutes(60);
    platform.open().await;
    platform.paired(1).await;
    let numbers = async |query: &str| -> Vec<i64> {
        let page = list(&platform, query).await;
        page["entries"].as_array().unwrap().iter().map(|entry| entry["number"].as_i64().unwrap()).collect()
    };
    assert_eq!(numbers("?limit=2").await, [4, 3]);
    assert_eq!(numbers("?limit=2&after=3").await, [2, 1]);
    assert_eq!(numbers("?actor=device").await, [4]);
    assert_eq!(numbers("?action=pairing_opened").await, [3, 2, 1]);
    assert_eq!(numbers(&format!("?subject={}", opened.pairing_id)).await, [1]);
    assert_eq!(numbers("?to=2023-10-27T11:00:00Z").await, [1]);
    assert_eq!(numbers("?from=2023-10-27T11:00:00Z&actor=owner").await, [3, 2]);
}

#[tokio::test]
async fn a_question_that_does_not_fit_is_refused_with_its_fault() {
    let platform = TestPlatform::start().await;
    for (query, words) in [
        ("?actor=somebody", "names nobody"),
        ("?from=yesterday", "“yesterday” is no moment"),
        ("?action=a%20b", "letters, digits"),
        ("?subject=", "letters, digits"),
        ("?since=1", "unknown field `since`"),
        ("/export?format=xls", "unknown variant `xls`"),
        ("/export", "missing field `format`"),
    ] {
        let (status, refused) = platform.owner(Method::GET, &format!("/api/v1/activity{query}"), Value::Null).await;
        assert_eq!((status, refused["code"].as_str()), (StatusCode::BAD_REQUEST, Some("invalid_request")), "{query}");
        assert!(refused["message"].as_str().unwrap().contains(words), "{refused}");
    }
}

/// More entries than an export holds in memory, checked with nothing but what the file says.
#[tokio::test]
async fn an_export_can_be_checked_outside() {
    let platform = TestPlatform::start().await;
    for _ in 0..501 {
        platform.open().await;
    }
    let (target, ..) = platform.paired(1).await;
    claim(&target, 2).await.unwrap_err();
    let (kind, text) = export(&platform, "?format=jsonl").await;
    assert_eq!(kind, "application/jsonl");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 504);
    let entries: Vec<Entry> = lines.iter().map(entry).collect();
    let last = entries.last().unwrap();
    let mut verifier = Verifier::new(Checkpoint::GENESIS, Head { number: last.number, hash: last.hash });
    for entry in &entries {
        verifier.check(entry).unwrap();
    }
    verifier.finish().unwrap();
    assert_eq!(lines[500]["previous_hash"], lines[499]["hash"], "across the pieces it is read in");
}

fn entry(line: &Value) -> Entry {
    let text = |field: &str| line[field].as_str().map(str::to_owned);
    let hash = text("hash").unwrap();
    let bytes = (0..32).map(|index| u8::from_str_radix(&hash[2 * index..2 * index + 2], 16).unwrap());
    Entry {
        number: line["number"].as_i64().unwrap(),
        at: Timestamp::from_millis(line["at_ms"].as_i64().unwrap()),
        actor: text("actor").unwrap(),
        action: text("action").unwrap(),
        subject: text("subject").unwrap(),
        address: text("address"),
        details: text("details"),
        format: Format::from_number(line["format"].as_i64().unwrap()),
        hash: bytes.collect::<Vec<u8>>().try_into().unwrap(),
    }
}

#[tokio::test]
async fn a_csv_export_has_a_header_and_the_asked_time() {
    let platform = TestPlatform::start().await;
    platform.open().await;
    platform.step_minutes(60);
    let opened = platform.open().await;
    let (kind, text) = export(&platform, "?format=csv&from=2023-10-27T11:00:00Z").await;
    assert!(kind.starts_with("text/csv"), "{kind}");
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(lines[0], "number,at,at_ms,actor,action,subject,address,details,format,previous_hash,hash");
    let start = format!("2,2023-10-27T11:30:00Z,1698406200000,owner,pairing_opened,{},,,2,", opened.pairing_id);
    assert!(lines[1].starts_with(&start), "{}", lines[1]);
    assert_eq!((lines.len(), lines[2]), (3, ""));
}

#[tokio::test]
async fn activity_is_for_those_with_the_right_to_it() {
    let platform = TestPlatform::start().await;
    let (_, created) = platform.owner(Method::POST, "/api/v1/api-keys", json!({"name": "TV", "role": "viewer"})).await;
    let bearer = format!("Bearer {}", created["key"].as_str().unwrap());
    for path in ["/api/v1/activity", "/api/v1/activity/export?format=csv"] {
        let (status, refused) = platform.call(Method::GET, path, Some(&bearer), Value::Null).await;
        assert_eq!((status, refused["code"].as_str()), (StatusCode::FORBIDDEN, Some("access_denied")));
        assert!(refused["message"].as_str().unwrap().contains("activity:read"), "{refused}");
    }
}
