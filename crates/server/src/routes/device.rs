//! What a paired device may call.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::http::HeaderName;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use clawpair_api::{ErrorCode, LiveMessage};
use clawpair_core::device::{Device, DeviceState};
use tokio::time::{Instant, timeout, timeout_at};

use crate::auth::{PairedDevice, PeerAddress};
use crate::error::{DPOP_NONCE, Refusal};
use crate::live::{Line, cut};
use crate::service::Service;
use crate::tls::Connection;

/// How often a device says that it lives.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Silence after which a channel counts as dead.
const SILENCE: Duration = Duration::from_secs(40);
/// Heartbeats closer together than this are answered and not recorded.
const RECORD: Duration = Duration::from_secs(5);
/// How long a device that is shut out may take to hear so.
const FAREWELL: Duration = Duration::from_secs(5);
/// The close code that says “you are revoked”.
const REVOKED: u16 = 4001;
/// The close code that says “you are disabled”.
const DISABLED: u16 = 4002;
/// A heartbeat has twenty bytes.
const MAX_FRAME: usize = 1_024;

/// Every answer to a device, refusals too, carries the nonce for its next proof.
pub(super) fn with_nonce(service: &Service, response: impl IntoResponse) -> Response {
    let nonce: [(HeaderName, String); 1] = [(DPOP_NONCE, service.nonce())];
    (nonce, response).into_response()
}

pub(super) async fn show_self(
    State(service): State<Arc<Service>>,
    device: Result<PairedDevice, Refusal>,
    PeerAddress(address): PeerAddress,
) -> Response {
    let answer = async {
        let PairedDevice(device) = device?;
        let device = service.heard(device.id, address).await?;
        Ok::<_, Refusal>(Json(service.shown(&device)))
    };
    let answer = answer.await;
    with_nonce(&service, answer)
}

pub(super) async fn live(
    State(service): State<Arc<Service>>,
    device: Result<PairedDevice, Refusal>,
    PeerAddress(address): PeerAddress,
    connection: Option<Extension<Connection>>,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Response {
    let device = match device {
        Ok(PairedDevice(device)) => device,
        Err(refusal) => return with_nonce(&service, refusal),
    };
    let Some(Extension(connection)) = connection else {
        return with_nonce(&service, Refusal::new(ErrorCode::TlsRequired, "A live channel must come over the platform's own TLS."));
    };
    match upgrade {
        Err(rejection) => with_nonce(&service, Refusal::invalid(rejection)),
        Ok(upgrade) => {
            let serving = Arc::clone(&service);
            let upgrade = upgrade.max_message_size(MAX_FRAME).max_frame_size(MAX_FRAME);
            with_nonce(&service, upgrade.on_upgrade(move |socket| serve(serving, device, address, socket, connection)))
        }
    }
}

async fn serve(service: Arc<Service>, device: Device, address: String, mut socket: WebSocket, mut connection: Connection) {
    // Entered first and looked up again afterwards: a revocation that came in between finds this channel and cuts it, one
    // that came before is seen here.
    let (number, line) = service.live.enter(&device);
    let mut leaving = false;
    let heard = service.heard(device.id, address.clone()).await;
    if let Ok(now) = &heard
        && matches!(service.has_tokens(device.id).await, Ok(true))
    {
        service.live.tell_rights(now);
        // Cutting wins over whatever the conversation waits for, a device that does not read included.
        leaving = tokio::select! {
            () = converse(&service, &device, &address, &mut socket, line.clone()) => false,
            () = cut(line) => false,
            _ = connection.listening.changed() => true,
        };
    }
    service.live.leave(device.id, number);
    let Ok(Some(device)) = service.store.device(device.id).await else { return };
    service.emit_device(&device);
    let (message, code, word) = match device.state {
        DeviceState::Active if leaving => {
            let stopping = CloseFrame { code: close_code::AWAY, reason: "the platform stops; connect again".into() };
            let _ = timeout(FAREWELL, socket.send(Message::Close(Some(stopping)))).await;
            return;
        }
        DeviceState::Active => return,
        DeviceState::Disabled { reason, .. } => {
            (LiveMessage::Disabled { reason: reason.map(|reason| reason.to_string()) }, DISABLED, "disabled")
        }
        DeviceState::Revoked { .. } => (LiveMessage::Revoked, REVOKED, "revoked"),
    };
    // The device may be gone already; it will hear the same at its next call.
    let farewell = async {
        send(&mut socket, &message).await?;
        socket.send(Message::Close(Some(CloseFrame { code, reason: word.into() }))).await
    };
    let _ = timeout(FAREWELL, farewell).await;
}

/// Answers heartbeats and tells news until the device falls silent or hangs up.
async fn converse(service: &Service, device: &Device, address: &str, socket: &mut WebSocket, mut line: Line) {
    let heartbeat_seconds = u32::try_from(HEARTBEAT.as_secs()).unwrap_or(u32::MAX);
    if send(socket, &LiveMessage::Welcome { heartbeat_seconds }).await.is_err() {
        return;
    }
    let mut recorded = Instant::now();
    let mut silence = Instant::now() + SILENCE;
    loop {
        let message = tokio::select! {
            heard = timeout_at(silence, socket.recv()) => match heard {
                Ok(Some(Ok(message))) => message,
                _ => return,
            },
            // An end is the cut, and whoever polls this conversation waits for that too.
            Ok(()) = line.changed() => {
                let permissions = line.borrow_and_update().permissions.to_strings();
                if send(socket, &LiveMessage::RightsChanged { permissions }).await.is_err() {
                    return;
                }
                continue;
            }
        };
        silence = Instant::now() + SILENCE;
        match message {
            Message::Text(text) if serde_json::from_str::<LiveMessage>(&text).is_ok_and(|m| m == LiveMessage::Heartbeat) => {
                if recorded.elapsed() >= RECORD {
                    recorded = Instant::now();
                    // A database that cannot be used for a moment is no reason to lose the device.
                    if service.heard(device.id, address.to_owned()).await.is_err_and(|refusal| refusal.is_of_the_caller()) {
                        return;
                    }
                }
                if send(socket, &LiveMessage::Heartbeat).await.is_err() {
                    return;
                }
            }
            Message::Ping(_) | Message::Pong(_) => {}
            // Anything else is not our protocol.
            Message::Text(_) | Message::Binary(_) | Message::Close(_) => return,
        }
    }
}

async fn send(socket: &mut WebSocket, message: &LiveMessage) -> Result<(), axum::Error> {
    let text = serde_json::to_string(message).map_err(axum::Error::new)?;
    socket.send(Message::Text(text.into())).await
}
