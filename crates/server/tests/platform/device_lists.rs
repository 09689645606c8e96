use axum::http::{Method, StatusCode};
use clawpair_api::Event;
use clawpair_device::Caller;
use clawpair_device::live::Live;
use serde_json::{Value, json};

use crate::events::Events;
use crate::fixture::TestPlatform;

async fn names(platform: &TestPlatform, query: &str) -> Vec<String> {
    let (status, page) = platform.owner(Method::GET, &format!("/api/v1/devices?{query}"), Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{query}: {page}");
    page["devices"].as_array().unwrap().iter().map(|device| device["name"].as_str().unwrap().to_owned()).collect()
}

/// Three devices, `c`, `A` and `b`, in the order they joined, ten minutes between them.
async fn three(platform: &TestPlatform) -> Vec<String> {
    let mut ids = Vec::new();
    for (seed, name) in [(1, "c"), (2, "A"), (3, "b")] {
        let id = platform.paired(seed).await.1.device.id;
        platform.owner(Method::PATCH, &format!("/api/v1/devices/{id}"), json!({"name": name, "tags": ["all", name]})).await;
        platform.step_minutes(10);
        ids.push(id);
    }
    ids
}

#[tokio::test]
async fn devices_are_sorted_filtered_and_searched() {
    let platform = TestPlatform::start().await;
    let ids = three(&platform).await;
    platform.owner(Method::POST, &format!("/api/v1/devices/{}/disable", ids[0]), json!({})).await;
    platform.owner(Method::DELETE, &format!("/api/v1/devices/{}", ids[1]), Value::Null).await;
    for (query, expected) in [
        ("", &["b", "A", "c"][..]),
        ("sort=paired", &["c", "A", "b"]),
        ("sort=name", &["A", "b", "c"]),
        ("sort=-name", &["c", "b", "A"]),
        ("sort=-seen", &["b", "A", "c"]),
        ("status=active", &["b"]),
        ("status=disabled", &["c"]),
        ("status=revoked&sort=name", &["A"]),
        ("tag=all&sort=name", &["A", "b", "c"]),
        ("tag=A", &["A"]),
        ("tag=a", &[]),
        ("device_type=IoT%20Gateway&permission=sensor:read&status=active", &["b"]),
        ("permission=lights:control", &[]),
        ("q=iot%20a&sort=name", &["A", "b", "c"]),
        ("q=gatew+b", &["b"]),
        ("q=", &["b", "A", "c"]),
        ("seen_after=2023-10-27T10:40:00Z", &["b", "A"]),
        ("seen_before=2023-10-27T12:40:00%2B02:00", &["c"]),
        ("connected=true", &[]),
        ("connected=false&limit=1", &["b"]),
    ] {
        let mut found = names(&platform, query).await;
        if query.starts_with("q=gatew") {
            // The random ids may begin with the word as well.
            found.retain(|name| name == "b");
        }
        assert_eq!(found, expected, "{query}");
    }
    let (_, summary) = platform.owner(Method::GET, "/api/v1/devices/summary", Value::Null).await;
    assert_eq!(summary, json!({"active": 1, "disabled": 1, "revoked": 1, "connected": 0}));
}

#[tokio::test(flavor = "multi_thread")]
async fn connected_devices_can_be_listed_and_counted() {
    let platform = TestPlatform::start().await;
    let mut events = Events::of(&platform).await;
    let (_, paired, credential) = platform.paired(1).await;
    platform.paired(2).await;
    let _live = Live::open(&Caller::of_system(credential)).await.unwrap();
    events.until(|event| matches!(event, Event::Device { device } if device.connected)).await;
    for (query, same) in [("connected=true", true), ("connected=false", false)] {
        let (_, page) = platform.owner(Method::GET, &format!("/api/v1/devices?{query}"), Value::Null).await;
        let devices = page["devices"].as_array().unwrap();
        assert_eq!((devices.len(), devices[0]["id"] == paired.device.id), (1, same), "{query}");
    }
    let (_, summary) = platform.owner(Method::GET, "/api/v1/devices/summary", Value::Null).await;
    assert_eq!(summary["connected"], 1);
}

#[tokio::test]
async fn a_list_that_makes_no_sense_is_refused_with_its_fault() {
    let platform = TestPlatform::start().await;
    three(&platform).await;
    let (_, page) = platform.owner(Method::GET, "/api/v1/devices?sort=name&limit=1", Value::Null).await;
    let next = page["next"].as_str().unwrap();
    assert_eq!(names(&platform, &format!("sort=name&after={next}")).await, ["b", "c"]);
    for (query, words) in [
        (format!("sort=seen&after={next}"), "same sort"),
        ("after=x".into(), "the page before"),
        ("sort=colour".into(), "sorted by name, paired or seen"),
        ("status=sleeping".into(), "unknown variant"),
        ("permission=everything".into(), "no permission"),
        (format!("tag={}", "x".repeat(33)), "32 are the most"),
        ("q=%3F".into(), "at least one letter"),
        (format!("q={}", "x".repeat(101)), "at most 100 characters"),
        ("seen_before=yesterday".into(), "no moment"),
        ("limit=-1".into(), "invalid digit"),
        ("colour=red".into(), "unknown field"),
    ] {
        let (status, refused) = platform.owner(Method::GET, &format!("/api/v1/devices?{query}"), Value::Null).await;
        assert_eq!((status, refused["code"].as_str()), (StatusCode::BAD_REQUEST, Some("invalid_request")), "{query}");
        assert!(refused["message"].as_str().unwrap().contains(words), "{query}: {refused}");
    }
}
