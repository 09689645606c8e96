use axum::body::{Body, BodyDataStream};
use axum::http::{Method, Request, StatusCode};
use axum::response::Response;
use clawpair_server::{owner_router, router};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::fixture::{TestPlatform, answer};

const CHANGES: &str = "/api/v1/changes";

async fn changes(platform: &TestPlatform, query: &str) -> Value {
    let (status, list) = platform.owner(Method::GET, &format!("{CHANGES}{query}"), Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{list}");
    list
}

fn kinds(list: &Value) -> Vec<&str> {
    list["changes"].as_array().unwrap().iter().map(|change| change["type"].as_str().unwrap()).collect()
}

async fn events(platform: &TestPlatform, name: &str, value: &str) -> Response<Body> {
    let request = Request::get("/api/v1/events").header(name, value).body(Body::empty()).unwrap();
    owner_router(platform.service.clone()).oneshot(request).await.unwrap()
}

/// The frames of an event stream.
struct Frames {
    stream: BodyDataStream,
    text: String,
}

impl Frames {
    fn of(response: Response<Body>) -> Self {
        assert_eq!(response.status(), StatusCode::OK);
        Self { stream: response.into_body().into_data_stream(), text: String::new() }
    }

    /// The next frame: its id and what it holds.
    async fn next(&mut self) -> (Option<String>, Value) {
        let next = async {
            loop {
                if let Some((frame, rest)) = self.text.split_once("\n\n") {
                    let line = |name: &str| frame.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
                    let data = line("data: ").map_or(Value::Null, |data| serde_json::from_str(&data).unwrap());
                    let (found, rest) = ((line("id: "), data), rest.to_owned());
                    self.text = rest;
                    return found;
                }
                let chunk = self.stream.next().await.expect("the stream goes on").unwrap();
                self.text.push_str(std::str::from_utf8(&chunk).unwrap());
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(30), next).await.expect("a frame comes")
    }
}

#[tokio::test]
async fn what_has_changed_is_told_once_and_then_only_what_is_new() {
    let platform = TestPlatform::start().await;
    let (_, paired, _) = platform.paired(1).await;
    let first = changes(&platform, "?limit=1").await;
    assert_eq!((kinds(&first), &first["more"]), (vec!["pairing"], &json!(true)));
    let second = changes(&platform, &format!("?since={}", first["cursor"].as_str().unwrap())).await;
    assert_eq!((kinds(&second), &second["more"]), (vec!["device"], &json!(false)));
    let path = format!("/api/v1/devices/{}", paired.device.id);
    platform.owner(Method::PATCH, &path, json!({"name": "Hall"})).await;
    let third = changes(&platform, &format!("?since={}", second["cursor"].as_str().unwrap())).await;
    assert_eq!(third["changes"][0]["device"]["name"], "Hall");
    assert_eq!(kinds(&third), ["device"]);
}

#[tokio::test]
async fn a_cursor_that_is_none_or_of_another_platform_is_refused() {
    let (platform, other) = (TestPlatform::start().await, TestPlatform::start().await);
    platform.open().await;
    other.open().await;
    let foreign = changes(&other, "").await["cursor"].as_str().unwrap().to_owned();
    let (status, refused) = platform.owner(Method::GET, &format!("{CHANGES}?since={foreign}"), Value::Null).await;
    assert_eq!((status, refused["code"].as_str()), (StatusCode::GONE, Some("cursor_unknown")));
    assert_eq!(answer(events(&platform, "last-event-id", &foreign).await).await.1["code"], "cursor_unknown");
    let (status, refused) = platform.owner(Method::GET, &format!("{CHANGES}?since=17"), Value::Null).await;
    assert_eq!((status, refused["code"].as_str()), (StatusCode::BAD_REQUEST, Some("invalid_request")));
    assert_eq!(events(&platform, "last-event-id", "17").await.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_the_caller_may_not_see_is_left_out_and_passed_over() {
    let platform = TestPlatform::start().await;
    let form = json!({"name": "Wall panel", "role": "viewer", "scopes": ["devices:read"]});
    let (_, created) = platform.owner(Method::POST, "/api/v1/api-keys", form).await;
    let bearer = format!("Bearer {}", created["key"].as_str().unwrap());
    platform.paired(1).await;
    let (_, list) = platform.call(Method::GET, CHANGES, Some(&bearer), Value::Null).await;
    assert_eq!(kinds(&list), ["device"]);
    assert_eq!(list["cursor"], changes(&platform, "").await["cursor"]);
    let request = Request::get("/api/v1/events").header("authorization", &bearer).body(Body::empty()).unwrap();
    let mut frames = Frames::of(router(platform.service.clone()).oneshot(request).await.unwrap());
    assert_eq!(frames.next().await.1, Value::Null, "where it begins");
    platform.paired(2).await;
    loop {
        let (_, event) = frames.next().await;
        assert!(event.is_null() || event["type"] == "device", "{event}");
        if event["type"] == "device" {
            break;
        }
    }
}

#[tokio::test]
async fn a_stream_that_broke_off_goes_on_without_a_gap() {
    let platform = TestPlatform::start().await;
    let mut frames = Frames::of(events(&platform, "accept", "text/event-stream").await);
    let (start, _) = frames.next().await;
    let created = platform.open().await;
    let (id, event) = frames.next().await;
    assert_eq!((&event["type"], &event["pairing"]["id"]), (&json!("pairing"), &json!(created.pairing_id)));
    drop(frames);
    let missed = platform.open().await;
    let mut frames = Frames::of(events(&platform, "last-event-id", id.as_deref().unwrap()).await);
    assert_eq!(frames.next().await.0, id, "where it begins");
    assert_eq!(frames.next().await.1["pairing"]["id"], json!(missed.pairing_id));
    let live = platform.open().await;
    assert_eq!(frames.next().await.1["pairing"]["id"], json!(live.pairing_id), "and then live");
    let mut frames = Frames::of(events(&platform, "last-event-id", start.as_deref().unwrap()).await);
    frames.next().await;
    for pairing in [&created, &missed, &live] {
        assert_eq!(frames.next().await.1["pairing"]["id"], json!(pairing.pairing_id));
    }
}
