use futures_util::SinkExt;
use tokio::io::DuplexStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::*;

type Platform = WebSocketStream<DuplexStream>;

fn text(message: &LiveMessage) -> Message {
    Message::text(serde_json::to_string(message).unwrap())
}

/// A platform whose first message is `first`, and what the device makes of it.
async fn begin(first: Message) -> (Platform, Result<Live<DuplexStream>, DeviceError>) {
    let (near, far) = tokio::io::duplex(4_096);
    let mut platform = WebSocketStream::from_raw_socket(far, Role::Server, None).await;
    platform.send(first).await.unwrap();
    (platform, Live::welcomed(near, "10.0.0.7".parse().unwrap()).await)
}

async fn welcomed(heartbeat_seconds: u32) -> (Platform, Live<DuplexStream>) {
    let (platform, live) = begin(text(&LiveMessage::Welcome { heartbeat_seconds })).await;
    (platform, live.unwrap())
}

/// Answers so many heartbeats and then only listens.
async fn answer(mut platform: Platform, mut heartbeats: usize) {
    while let Some(Ok(message)) = platform.next().await {
        if heartbeats > 0 && understood(&message) == Some(LiveMessage::Heartbeat) {
            heartbeats -= 1;
            platform.send(text(&LiveMessage::Heartbeat)).await.unwrap();
        }
    }
}

fn never() -> impl Future<Output = ()> {
    std::future::pending()
}

#[tokio::test(start_paused = true)]
async fn a_platform_that_answers_no_heartbeat_is_dead_when_the_next_is_due() {
    let (platform, live) = welcomed(30).await;
    let start = Instant::now();
    tokio::spawn(answer(platform, 0));
    assert_eq!(live.stay(never()).await, Ended::Lost { why: "a heartbeat was not answered".into(), proven: false });
    assert_eq!(start.elapsed().as_secs(), 60, "of the test's own clock");
}

#[tokio::test(start_paused = true)]
async fn answered_heartbeats_keep_the_channel() {
    let (platform, live) = welcomed(30).await;
    let start = Instant::now();
    tokio::spawn(answer(platform, 5));
    assert_eq!(live.stay(never()).await, Ended::Lost { why: "a heartbeat was not answered".into(), proven: true });
    assert_eq!(start.elapsed().as_secs(), 7 * 30);
}

#[tokio::test(start_paused = true)]
async fn a_revocation_ends_it_by_message_or_by_close_code() {
    let close = |code: u16| Message::Close(Some(CloseFrame { code: code.into(), reason: "".into() }));
    for (message, revoked) in [(text(&LiveMessage::Revoked), true), (close(CLOSE_REVOKED), true), (close(1_001), false)] {
        let (mut platform, live) = welcomed(30).await;
        platform.send(message.clone()).await.unwrap();
        assert_eq!(live.stay(never()).await == Ended::Revoked, revoked, "{message:?}");
        let (_platform, refused) = begin(message.clone()).await;
        let final_refusal = matches!(refused, Err(DeviceError::Refused(refusal)) if refusal.code == ErrorCode::DeviceRevoked);
        assert_eq!(final_refusal, revoked, "{message:?} instead of a welcome");
    }
}

#[tokio::test(start_paused = true)]
async fn news_of_rights_is_passed_on_and_being_disabled_ends_it() {
    let (mut platform, live) = welcomed(30).await;
    for permissions in [vec!["sensor:read".to_owned()], vec![]] {
        platform.send(text(&LiveMessage::RightsChanged { permissions })).await.unwrap();
    }
    platform.send(text(&LiveMessage::Disabled { reason: Some("moved out".into()) })).await.unwrap();
    let mut heard = Vec::new();
    let ended = live.stay_and_hear(never(), |rights| heard.push(rights)).await;
    assert_eq!(ended, Ended::Disabled { reason: Some("moved out".into()) });
    assert_eq!(heard, [vec!["sensor:read".to_owned()], vec![]]);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_understood_is_passed_over() {
    let (mut platform, live) = welcomed(30).await;
    for message in [Message::text(r#"{"type":"from_the_future"}"#), Message::text("{"), Message::binary(vec![0; 9])] {
        platform.send(message).await.unwrap();
    }
    platform.send(text(&LiveMessage::Revoked)).await.unwrap();
    assert_eq!(live.stay(never()).await, Ended::Revoked);
}

#[tokio::test(start_paused = true)]
async fn a_channel_begins_with_a_sensible_welcome() {
    for heartbeat_seconds in [0, MAX_HEARTBEAT_SECONDS + 1] {
        let (_platform, live) = begin(text(&LiveMessage::Welcome { heartbeat_seconds })).await;
        assert!(matches!(live, Err(DeviceError::NotUnderstood { .. })), "{heartbeat_seconds}");
    }
    let (near, _far) = tokio::io::duplex(4_096);
    let silent = Live::welcomed(near, "10.0.0.7".parse().unwrap()).await;
    assert!(matches!(silent, Err(DeviceError::AnswerLost { .. })));
}

#[tokio::test(start_paused = true)]
async fn an_endless_message_is_not_read() {
    let (mut platform, live) = welcomed(30).await;
    tokio::spawn(async move { platform.send(Message::text("x".repeat(MAX_MESSAGE + 1))).await });
    assert!(matches!(live.stay(never()).await, Ended::Lost { .. }));
}

#[tokio::test(start_paused = true)]
async fn stopping_says_goodbye() {
    let (mut platform, live) = welcomed(30).await;
    assert_eq!(live.stay(std::future::ready(())).await, Ended::Stopped);
    assert!(matches!(platform.next().await, Some(Ok(Message::Close(_)))));
}
