//! Devices of others: a phone, a node, somebody from another network. Written from the protocol, apart from the client that
//! is tested, but for the signature.

use std::net::Ipv4Addr;

use clawpair_core::rng::SystemRng;
use clawpair_openclaw::identity::{DeviceIdentity, Signed};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{ClientRequestBuilder, Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, client_async};
use xtask::openclaw::TOKEN;

/// An address of a network far away (RFC 5737).
pub const FAR_AWAY: &str = "203.0.113.77";

/// A device.
pub struct Peer {
    /// Its key.
    pub identity: DeviceIdentity,
    /// The kind of client, and how it works.
    pub client: (&'static str, &'static str),
    /// The system, and the kind of machine.
    pub system: (&'static str, &'static str),
    /// What it calls itself.
    pub name: String,
    /// Whether it comes from far away, so that somebody must approve it.
    pub far: bool,
}

/// What it asks for.
pub struct Ask<'a> {
    /// The role.
    pub role: &'a str,
    /// The scopes, in the order they are sent.
    pub scopes: &'a [&'a str],
    /// The kind of secret, and the secret.
    pub auth: (&'a str, &'a str),
    /// What a node offers to run.
    pub commands: &'a [&'a str],
}

impl<'a> Ask<'a> {
    /// With the gateway's shared token.
    pub const fn operator(scopes: &'a [&'a str]) -> Self {
        Self { role: "operator", scopes, auth: ("token", TOKEN), commands: &[] }
    }
}

/// A device's open connection.
pub struct Session {
    /// The WebSocket, on which nothing more was read.
    pub socket: WebSocketStream<TcpStream>,
    /// The gateway's welcome.
    pub hello: Value,
}

impl Session {
    /// Asks for something without parameters, and returns the answer as it came.
    ///
    /// # Panics
    /// When the gateway hangs up.
    pub async fn ask(&mut self, method: &str) -> Utf8Bytes {
        let [answer] = self.ask_together([method]).await;
        answer
    }

    /// Asks for several things at once; the answers come in whatever order.
    ///
    /// # Panics
    /// When the gateway hangs up.
    pub async fn ask_together<const N: usize>(&mut self, methods: [&str; N]) -> [Utf8Bytes; N] {
        for method in methods {
            let request = json!({"type": "req", "id": "ask", "method": method, "params": {}});
            self.socket.feed(Message::Text(request.to_string().into())).await.unwrap();
        }
        self.socket.flush().await.unwrap();
        let mut answers = [const { Utf8Bytes::from_static("") }; N];
        for answer in &mut answers {
            *answer = loop {
                match self.socket.next().await {
                    Some(Ok(Message::Text(text))) if text.starts_with(r#"{"type":"res""#) => break text,
                    Some(Ok(_)) => {}
                    other => panic!("the gateway hung up: {other:?}"),
                }
            };
        }
        answers
    }

    /// The code with which the gateway closes it.
    pub async fn closed(mut self) -> u16 {
        while let Some(Ok(message)) = self.socket.next().await {
            if let Message::Close(frame) = message {
                return frame.map_or(0, |frame| frame.code.into());
            }
        }
        0
    }
}

impl Peer {
    /// A foreign operator's device.
    pub fn foreign(name: &str) -> Self {
        Self {
            identity: DeviceIdentity::generate(&SystemRng),
            client: ("gateway-client", "ui"),
            system: ("android 15", "Android"),
            name: name.to_owned(),
            far: true,
        }
    }

    /// A phone with the official app.
    pub fn phone(name: &str) -> Self {
        Self { client: ("openclaw-android", "node"), ..Self::foreign(name) }
    }

    /// A node.
    pub fn node(name: &str) -> Self {
        Self { client: ("node-host", "node"), system: ("linux", "Linux"), ..Self::foreign(name) }
    }

    /// Connects; the gateway's error object otherwise.
    ///
    /// # Errors
    /// The gateway's.
    ///
    /// # Panics
    /// When there is no gateway.
    pub async fn connect(&self, port: u16, ask: &Ask<'_>) -> Result<Session, Value> {
        let mut request = ClientRequestBuilder::new(format!("ws://127.0.0.1:{port}/").parse().unwrap());
        if self.far {
            request = request.with_header("X-Forwarded-For", FAR_AWAY);
        }
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (mut socket, _) = client_async(request, stream).await.unwrap();
        let challenge = next(&mut socket).await;
        let (nonce, ts) = (challenge["payload"]["nonce"].as_str().unwrap(), challenge["payload"]["ts"].as_i64().unwrap());
        socket.send(Message::Text(self.hello(ask, nonce, ts).to_string().into())).await.unwrap();
        loop {
            let answer = next(&mut socket).await;
            if answer["type"] == "res" {
                let ok = answer["ok"] == true;
                return if ok { Ok(Session { socket, hello: answer["payload"].clone() }) } else { Err(answer["error"].clone()) };
            }
        }
    }

    /// Connects, which must work.
    ///
    /// # Panics
    /// When it does not.
    pub async fn joins(&self, port: u16, ask: &Ask<'_>) -> Session {
        self.connect(port, ask).await.unwrap_or_else(|error| panic!("{} is refused: {error}", self.name))
    }

    /// Connects, which must not work: the error's details.
    ///
    /// # Panics
    /// When it does.
    pub async fn is_refused(&self, port: u16, ask: &Ask<'_>) -> Value {
        match self.connect(port, ask).await {
            Ok(_) => panic!("{} is let in", self.name),
            Err(error) => error["details"].clone(),
        }
    }

    /// Asks to be let in, and must wait.
    ///
    /// # Panics
    /// When it is let in, or refused for another reason.
    pub async fn asks(&self, port: u16, ask: &Ask<'_>) {
        let details = self.is_refused(port, ask).await;
        assert_eq!(details["code"], "PAIRING_REQUIRED", "{details}");
    }

    fn hello(&self, ask: &Ask<'_>, nonce: &str, ts: i64) -> Value {
        let Self { identity, client, system, name, .. } = self;
        let (kind, secret) = ask.auth;
        let signature = identity.sign(&Signed {
            client_id: client.0,
            client_mode: client.1,
            role: ask.role,
            scopes: ask.scopes,
            signed_at: ts,
            token: secret,
            nonce,
            platform: system.0,
            family: system.1,
        });
        json!({"type": "req", "id": "hello", "method": "connect", "params": {
            "minProtocol": 4, "maxProtocol": 4, "role": ask.role, "scopes": ask.scopes, "caps": [], "commands": ask.commands,
            "client": {"id": client.0, "mode": client.1, "version": "1.0.0", "platform": system.0, "deviceFamily": system.1,
                       "displayName": name},
            "auth": {kind: secret},
            "device": {"id": identity.id().to_string(), "publicKey": identity.public_key().to_string(), "signature": signature,
                       "signedAt": ts, "nonce": nonce}}})
    }
}

async fn next(socket: &mut WebSocketStream<TcpStream>) -> Value {
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
            Some(Ok(_)) => {}
            other => panic!("the gateway hung up before it answered: {other:?}"),
        }
    }
}
