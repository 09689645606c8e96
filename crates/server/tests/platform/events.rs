use std::time::Duration;

use axum::http::Method;
use clawpair_api::{DeviceStatus, Event, PairingStatus};
use clawpair_client::Client;
use clawpair_server::{owner_router, router};
use futures_util::FutureExt;
use futures_util::stream::{BoxStream, StreamExt};

use http_body_util::BodyExt;
use serde_json::Value;

use crate::fixture::{TestPlatform, claim, send};

/// The event stream of a platform, read as the window reads it.
pub struct Events(BoxStream<'static, Event>);

impl Events {
    pub async fn of(platform: &TestPlatform) -> Self {
        Self(Client::in_process(owner_router(platform.service.clone())).events().await.unwrap().boxed())
    }

    /// The next event that fits; hangs the test visibly if none comes.
    pub async fn until(&mut self, fits: impl Fn(&Event) -> bool) -> Event {
        let next = async {
            loop {
                let event = self.0.next().await.expect("the stream goes on");
                if fits(&event) {
                    return event;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(30), next).await.expect("the event comes")
    }
}

#[tokio::test]
async fn everything_that_happens_to_a_pairing_is_told() {
    let platform = TestPlatform::start().await;
    let mut events = Events::of(&platform).await;
    let created = platform.open().await;
    let is = |status| move |event: &Event| matches!(event, Event::Pairing { pairing } if pairing.status == status);
    events.until(is(PairingStatus::Open)).await;
    let wrong = format!("{}{}", &created.code[..7], "000000000");
    let wrong = (0..32).map(|i| format!("{}{}", &wrong[..15], char::from(b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"[i])));
    let wrong = wrong.into_iter().find(|text| text.parse::<clawpair_core::code::PairingCode>().is_ok()).unwrap();
    claim(&platform.by_code(&wrong), 2).await.unwrap_err();
    let failed = events.until(|event| matches!(event, Event::GuessFailed { .. })).await;
    assert_eq!(failed, Event::GuessFailed { pairing_id: created.pairing_id.clone(), attempts_left: 4 });
    claim(&TestPlatform::by_link(&created), 1).await.unwrap();
    events.until(is(PairingStatus::Completed)).await;
    events.until(|event| matches!(event, Event::Device { device } if device.id == created.device_id)).await;
}

#[tokio::test]
async fn a_revoked_keys_stream_ends() {
    let platform = TestPlatform::start().await;
    let bearer = format!("Bearer {}", platform.api_key().await);
    let response = send(router(platform.service.clone()), Method::GET, "/api/v1/events", Some(&bearer), Value::Null).await;
    let stream = tokio::spawn(response.into_body().collect());
    let (_, keys) = platform.owner(Method::GET, "/api/v1/api-keys", Value::Null).await;
    let path = format!("/api/v1/api-keys/{}", keys["api_keys"][0]["id"].as_str().unwrap());
    platform.owner(Method::DELETE, &path, Value::Null).await;
    tokio::time::timeout(Duration::from_secs(30), stream).await.expect("the stream ends").unwrap().unwrap();
}

/// A script that hangs up right after asking must not leave a device half revoked.
#[tokio::test]
async fn what_was_begun_is_finished_for_callers_that_hang_up() {
    let platform = TestPlatform::start().await;
    let mut events = Events::of(&platform).await;
    let (_, paired, _) = platform.paired(1).await;
    let path = format!("/api/v1/devices/{}", paired.device.id);
    let call = send(owner_router(platform.service.clone()), Method::DELETE, &path, None, Value::Null);
    assert!(call.now_or_never().is_none(), "asked, and gone before the answer");
    events.until(|event| matches!(event, Event::Device { device } if device.status == DeviceStatus::Revoked)).await;
}
