use axum::http::{Method, StatusCode};
use clawpair_api::{ListPairingCodes, PairingStatus};
use clawpair_client::Client;
use clawpair_server::owner_router;
use serde_json::{Value, json};

use crate::fixture::TestPlatform;

const CODES: &str = "/api/v1/devices/pairing-codes";

async fn names(platform: &TestPlatform, query: &str) -> Vec<String> {
    let (status, page) = platform.owner(Method::GET, &format!("{CODES}?{query}"), Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{query}: {page}");
    page["pairings"].as_array().unwrap().iter().map(|pairing| pairing["name"].as_str().unwrap().to_owned()).collect()
}

/// Four codes a minute apart: `c` is cancelled, `A` expires first, `d` asks first; all are made now.
async fn four(platform: &TestPlatform) {
    for (name, device_type, minutes, ask_first) in [
        ("c", "Cloud VM", 30, false),
        ("A", "IoT Gateway", 5, false),
        ("b & co", "IoT Gateway", 60, false),
        ("d", "Cloud VM", 20, true),
    ] {
        let form = json!({
            "name": name, "device_type": device_type, "permissions": ["sensor:read"], "expires_in_minutes": minutes,
            "ask_first": ask_first, "typed": name == "d",
        });
        let (status, created) = platform.owner(Method::POST, CODES, form).await;
        assert_eq!(status, StatusCode::CREATED, "{created}");
        if name == "c" {
            platform.owner(Method::DELETE, &format!("{CODES}/{}", created["pairing_id"].as_str().unwrap()), Value::Null).await;
        }
        platform.step_minutes(1);
    }
    platform.step_minutes(3);
}

#[tokio::test]
async fn pairings_are_sorted_filtered_and_searched() {
    let platform = TestPlatform::start().await;
    four(&platform).await;
    for (query, expected) in [
        ("", &["d", "b & co", "A", "c"][..]),
        ("sort=created", &["c", "A", "b & co", "d"]),
        ("sort=expires", &["A", "d", "c", "b & co"]),
        ("sort=-name", &["d", "c", "b & co", "A"]),
        ("status=open", &["d", "b & co"]),
        ("status=expired", &["A"]),
        ("status=cancelled,expired&sort=name", &["A", "c"]),
        ("status=waiting", &[]),
        ("device_type=Cloud%20VM", &["d", "c"]),
        ("q=gateway", &["b & co", "A"]),
        ("q=iot+CO", &["b & co"]),
        ("q=", &["d", "b & co", "A", "c"]),
        ("limit=1", &["d"]),
    ] {
        assert_eq!(names(&platform, query).await, expected, "{query}");
    }
    let (_, summary) = platform.owner(Method::GET, &format!("{CODES}/summary"), Value::Null).await;
    assert_eq!(summary, json!({"open": 2, "waiting": 0, "approved": 0, "typed": 1, "typed_at_most": 51}));
}

#[tokio::test]
async fn the_client_lists_by_the_same_filter_page_by_page() {
    let platform = TestPlatform::start().await;
    four(&platform).await;
    let client = Client::in_process(owner_router(platform.service.clone()));
    let mut list = ListPairingCodes {
        status: vec![PairingStatus::Open, PairingStatus::Cancelled],
        sort: Some("name".into()),
        limit: Some(1),
        ..ListPairingCodes::default()
    };
    let mut found = Vec::new();
    loop {
        let page = client.pairings(&list).await.unwrap();
        found.extend(page.pairings.into_iter().map(|pairing| pairing.name));
        match page.next {
            None => break,
            Some(next) => list.after = Some(next),
        }
    }
    assert_eq!(found, ["b & co", "c", "d"]);
    let list = ListPairingCodes { q: Some("b & co".into()), ..ListPairingCodes::default() };
    assert_eq!(client.pairings(&list).await.unwrap().pairings.len(), 1, "what is asked for is not mistaken for parameters");
    assert_eq!(client.open_pairings(None).await.unwrap().pairings.len(), 2);
}

#[tokio::test]
async fn a_list_of_pairings_that_makes_no_sense_is_refused_with_its_fault() {
    let platform = TestPlatform::start().await;
    four(&platform).await;
    let (_, page) = platform.owner(Method::GET, &format!("{CODES}?sort=name&limit=1"), Value::Null).await;
    let next = page["next"].as_str().unwrap();
    assert_eq!(names(&platform, &format!("sort=name&after={next}")).await, ["b & co", "c", "d"]);
    for (query, words) in [
        (format!("sort=expires&after={next}"), "same sort"),
        ("after=x".into(), "the page before"),
        ("sort=colour".into(), "sorted by created, expires or name"),
        ("status=sleeping".into(), "unknown variant"),
        ("status=open,".into(), "unknown variant"),
        (format!("device_type={}", "x".repeat(65)), "64 are the most"),
        ("q=%3F".into(), "at least one letter"),
        ("limit=-1".into(), "invalid digit"),
        ("colour=red".into(), "unknown field"),
    ] {
        let (status, refused) = platform.owner(Method::GET, &format!("{CODES}?{query}"), Value::Null).await;
        assert_eq!((status, refused["code"].as_str()), (StatusCode::BAD_REQUEST, Some("invalid_request")), "{query}");
        assert!(refused["message"].as_str().unwrap().contains(words), "{query}: {refused}");
    }
}

#[tokio::test]
async fn no_list_holds_a_secret() {
    let platform = TestPlatform::start().await;
    let created = platform.open().await;
    let (_, page) = platform.owner(Method::GET, CODES, Value::Null).await;
    let text = page.to_string();
    let link = created.link.unwrap();
    assert!(text.contains(&created.pairing_id));
    assert!(
        !text.contains(&created.code) && !text.contains(&created.code[4..]) && !text.contains(link.rsplit('/').next().unwrap())
    );
}
