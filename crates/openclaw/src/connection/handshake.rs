//! From the gateway's challenge to its welcome.

use std::time::Duration;

use clawpair_core::clock::{Clock, Timestamp};
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use super::dial::Socket;
use crate::address::GatewayAddress;
use crate::credential::Credential;
use crate::error::{Closed, GatewayError};
use crate::identity::DeviceIdentity;
use crate::wire::connect::{Challenge, Connect};
use crate::wire::frame::{Frame, request};
use crate::wire::hello::Hello;
use crate::wire::reply::{Reply, fault};

/// Longest wait for the challenge, and for the welcome. A gateway delays its answer up to 5 seconds after wrong tokens.
const PATIENCE: Duration = Duration::from_secs(15);
const CONNECT: &str = "connect";

/// A welcome, and how far the gateway's clock is ahead of this one.
#[derive(Debug)]
pub(crate) struct Welcome {
    pub(crate) hello: Hello,
    pub(crate) ahead_millis: i64,
}

/// Answers the challenge with a credential.
pub(crate) async fn shake_hands(
    socket: &mut Socket,
    address: &GatewayAddress,
    identity: &DeviceIdentity,
    credential: &Credential,
    name: &str,
    clock: &dyn Clock,
) -> Result<Welcome, GatewayError> {
    let challenge = within(challenge(socket, address)).await?;
    let ahead_millis = challenge.ts.saturating_sub(clock.now().as_millis());
    let text = request("0", CONNECT, &Connect::new(identity, credential, name, &challenge)).map_err(|error| odd(&error))?;
    socket.send(Message::Text(text.into())).await.map_err(|_| GatewayError::Closed(Closed::Broken))?;
    let hello = within(welcome(socket)).await?;
    Ok(Welcome { hello, ahead_millis })
}

async fn within<T>(step: impl Future<Output = Result<T, GatewayError>>) -> Result<T, GatewayError> {
    timeout(PATIENCE, step).await.unwrap_or(Err(GatewayError::TooSlow { asked: CONNECT, within: PATIENCE }))
}

fn odd(error: &serde_json::Error) -> GatewayError {
    GatewayError::NotUnderstood { asked: CONNECT, why: fault(error) }
}

/// Waits for the challenge, with which every gateway begins.
pub(crate) async fn challenge(socket: &mut Socket, address: &GatewayAddress) -> Result<Challenge, GatewayError> {
    #[derive(Deserialize)]
    struct Payload {
        nonce: String,
        ts: i64,
    }
    loop {
        let text = next_text(socket).await?;
        let not_a_gateway = |why: &str| GatewayError::NotAGateway { address: address.clone(), why: why.to_owned() };
        let frame = Frame::read(&text).map_err(|_| not_a_gateway("its first message is no message of one"))?;
        if let Frame::Event { name, payload, .. } = frame
            && name == "connect.challenge"
        {
            let read: Payload = serde_json::from_str(payload).map_err(|_| not_a_gateway("its challenge cannot be read"))?;
            // What is signed and sent back is bounded and cannot be taken for another part of what is signed.
            let fits =
                (1..=256).contains(&read.nonce.len()) && read.nonce.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'|');
            if !fits {
                return Err(not_a_gateway("its challenge cannot be read"));
            }
            return Ok(Challenge { nonce: read.nonce, ts: read.ts });
        }
    }
}

async fn welcome(socket: &mut Socket) -> Result<Hello, GatewayError> {
    loop {
        let text = next_text(socket).await?;
        match Frame::read(&text).map_err(|error| odd(&error))? {
            Frame::Answer { id } if id == "0" => {
                let reply = Reply::new(CONNECT, text.clone());
                let hello: &RawValue = reply.read()?;
                return Hello::read(hello.get()).map_err(|error| odd(&error));
            }
            _ => {}
        }
    }
}

/// The next text message; answers to pings leave by themselves.
async fn next_text(socket: &mut Socket) -> Result<Utf8Bytes, GatewayError> {
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => return Ok(text),
            Some(Ok(Message::Close(frame))) => {
                return Err(closed(frame.map_or(Closed::Broken, |frame| Closed::of(frame.code.into()))));
            }
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return Err(GatewayError::Closed(Closed::Broken)),
        }
    }
}

/// A gateway that is starting is more than a connection that ended.
const fn closed(how: Closed) -> GatewayError {
    match how {
        Closed::Starting => GatewayError::Starting,
        other => GatewayError::Closed(other),
    }
}

/// The gateway's time now, by this program's clock.
pub(crate) fn gateway_time(clock: &dyn Clock, ahead_millis: i64) -> Timestamp {
    Timestamp::from_millis(clock.now().as_millis().saturating_add(ahead_millis))
}
