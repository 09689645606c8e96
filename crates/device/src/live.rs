//! The live channel: a WebSocket on which a device shows that it is there, and learns at once when it is not wanted.

use std::future::Future;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clawpair_api::{ErrorBody, ErrorCode, LiveMessage, paths};
use clawpair_core::link::Address;
use clawpair_core::rng;
use futures_util::{SinkExt, StreamExt};
use http::header::{CONNECTION, HeaderMap, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::{HeaderValue, Response, StatusCode};
use hyper::body::Incoming;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Message, Role, WebSocketConfig};

use crate::caller::{Caller, wants_nonce};
use crate::credential::Credential;
use crate::error::{DeviceError, Refusal};
use crate::http::{Answer, Channel, DPOP_NONCE};

/// Close code of a device that was revoked.
pub const CLOSE_REVOKED: u16 = 4001;
/// Longest wait for the platform's first message, and for a message to leave.
const PATIENCE: Duration = Duration::from_secs(10);
/// Largest message, in bytes.
const MAX_MESSAGE: usize = 64 * 1_024;
/// Longest time between two heartbeats that is obeyed.
const MAX_HEARTBEAT_SECONDS: u32 = 3_600;

/// An open live channel.
pub struct Live<S = TokioIo<Upgraded>> {
    socket: WebSocketStream<S>,
    /// Which of the platform's addresses answered.
    pub address: Address,
    heartbeat: Duration,
}

/// How a live channel ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The device is not wanted any more.
    Revoked,
    /// The device is not wanted until somebody enables it again.
    Disabled {
        /// Why, if somebody said.
        reason: Option<String>,
    },
    /// It was asked to stop.
    Stopped,
    /// Something broke.
    Lost {
        /// What.
        why: String,
        /// Whether at least one heartbeat had been answered.
        proven: bool,
    },
}

impl Live {
    /// Opens the channel of a paired device and waits for the platform's welcome.
    ///
    /// # Errors
    /// Whatever stood in the way; the platform's refusal among it.
    pub async fn open(caller: &Caller) -> Result<Self, DeviceError> {
        caller.refresh_if_due().await?;
        let used = caller.credential();
        match Self::open_with(caller, &used).await {
            Err(error) => {
                caller.mend(error, &used).await?;
                Self::open_with(caller, &caller.credential()).await
            }
            Ok(live) => Ok(live),
        }
    }

    async fn open_with(caller: &Caller, credential: &Credential) -> Result<Self, DeviceError> {
        let connection = caller.connect(credential).await?;
        let address = connection.address.clone();
        let mut channel = Channel::over(connection).await?;
        let mut response = upgrade(caller, credential, &mut channel, &address).await;
        if response.as_ref().is_err_and(wants_nonce) {
            response = upgrade(caller, credential, &mut channel, &address).await;
        }
        let upgraded = hyper::upgrade::on(response?).await;
        let upgraded = upgraded.map_err(|error| DeviceError::AnswerLost { why: error.to_string() })?;
        Self::welcomed(TokioIo::new(upgraded), address).await
    }
}

async fn upgrade(
    caller: &Caller,
    credential: &Credential,
    channel: &mut Channel,
    address: &Address,
) -> Result<Response<Incoming>, DeviceError> {
    let key = STANDARD.encode(rng::bytes::<16>(caller.rng()));
    let mut request = caller.get(credential, &address.to_string(), paths::DEVICE_LIVE)?;
    let key_value = HeaderValue::from_str(&key).map_err(|error| DeviceError::NotUnderstood { why: error.to_string() })?;
    request.headers_mut().extend(HeaderMap::from_iter([
        (CONNECTION, HeaderValue::from_static("Upgrade")),
        (UPGRADE, HeaderValue::from_static("websocket")),
        (SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13")),
        (SEC_WEBSOCKET_KEY, key_value),
    ]));
    let response = channel.begin(request).await?;
    caller.learn(response.headers().get(DPOP_NONCE).and_then(|nonce| nonce.to_str().ok()));
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        let answer = timeout(PATIENCE, Answer::read(response)).await;
        let late = || DeviceError::AnswerLost { why: "the refusal was cut off".into() };
        return Err(answer.map_err(|_| late())??.into_refusal());
    }
    let accepted = response.headers().get(SEC_WEBSOCKET_ACCEPT).map(HeaderValue::as_bytes);
    if accepted != Some(derive_accept_key(key.as_bytes()).as_bytes()) {
        return Err(DeviceError::NotUnderstood { why: "the live channel was not accepted as a WebSocket".into() });
    }
    Ok(response)
}

impl<S: AsyncRead + AsyncWrite + Unpin> Live<S> {
    async fn welcomed(stream: S, address: Address) -> Result<Self, DeviceError> {
        let config = WebSocketConfig::default().max_message_size(Some(MAX_MESSAGE)).max_frame_size(Some(MAX_MESSAGE));
        let mut socket = WebSocketStream::from_raw_socket(stream, Role::Client, Some(config)).await;
        let lost = |why: String| DeviceError::AnswerLost { why };
        let first = match timeout(PATIENCE, socket.next()).await {
            Ok(Some(Ok(message))) => message,
            Ok(Some(Err(error))) => return Err(lost(error.to_string())),
            Ok(None) => return Err(lost("the live channel closed at once".into())),
            Err(_) => return Err(lost("no welcome on the live channel".into())),
        };
        match understood(&first) {
            Some(LiveMessage::Welcome { heartbeat_seconds: seconds @ 1..=MAX_HEARTBEAT_SECONDS }) => {
                Ok(Self { socket, address, heartbeat: Duration::from_secs(seconds.into()) })
            }
            Some(LiveMessage::Revoked) => Err(revoked()),
            _ if is_revoking_close(&first) => Err(revoked()),
            _ => Err(DeviceError::NotUnderstood { why: "the live channel does not begin with a welcome".into() }),
        }
    }

    /// Sends heartbeats and listens until something ends it; ends politely when `stop` is done.
    pub async fn stay(self, stop: impl Future<Output = ()>) -> Ended {
        self.stay_and_hear(stop, |_| {}).await
    }

    /// The same, passing on what the platform says this device may do, each time that changes.
    pub async fn stay_and_hear(mut self, stop: impl Future<Output = ()>, mut rights: impl FnMut(Vec<String>)) -> Ended {
        tokio::pin!(stop);
        let mut due = Instant::now() + self.heartbeat;
        let mut unanswered = false;
        let mut proven = false;
        let lost = |why: String, proven: bool| Ended::Lost { why, proven };
        loop {
            tokio::select! {
                () = &mut stop => {
                    // Whether it arrives or not, this end is over.
                    let _ = timeout(PATIENCE, self.socket.close(None)).await;
                    return Ended::Stopped;
                }
                () = sleep_until(due) => {
                    if unanswered {
                        return lost("a heartbeat was not answered".into(), proven);
                    }
                    if let Err(why) = self.send(&LiveMessage::Heartbeat).await {
                        return lost(why, proven);
                    }
                    unanswered = true;
                    due = Instant::now() + self.heartbeat;
                }
                message = self.socket.next() => match message {
                    Some(Ok(message)) if is_revoking_close(&message) => return Ended::Revoked,
                    Some(Ok(Message::Close(_))) | None => return lost("the platform closed the channel".into(), proven),
                    Some(Ok(message)) => match understood(&message) {
                        Some(LiveMessage::Revoked) => return Ended::Revoked,
                        Some(LiveMessage::Disabled { reason }) => return Ended::Disabled { reason },
                        Some(LiveMessage::RightsChanged { permissions }) => rights(permissions),
                        Some(LiveMessage::Heartbeat) => (unanswered, proven) = (false, true),
                        // A newer platform may say more than this program knows.
                        Some(LiveMessage::Welcome { .. }) | None => {}
                    },
                    Some(Err(error)) => return lost(error.to_string(), proven),
                },
            }
        }
    }

    async fn send(&mut self, message: &LiveMessage) -> Result<(), String> {
        let text = serde_json::to_string(message).map_err(|error| error.to_string())?;
        match timeout(PATIENCE, self.socket.send(Message::text(text))).await {
            Ok(sent) => sent.map_err(|error| error.to_string()),
            Err(_) => Err("the platform does not read".into()),
        }
    }
}

fn understood(message: &Message) -> Option<LiveMessage> {
    let Message::Text(text) = message else { return None };
    serde_json::from_str(text).ok()
}

fn is_revoking_close(message: &Message) -> bool {
    matches!(message, Message::Close(Some(frame)) if u16::from(frame.code) == CLOSE_REVOKED)
}

pub(crate) fn revoked() -> DeviceError {
    Refusal::new(&ErrorBody::new(ErrorCode::DeviceRevoked, "revoked"), ErrorCode::DeviceRevoked.status(), None).into()
}

#[cfg(test)]
#[path = "live_tests.rs"]
mod tests;
