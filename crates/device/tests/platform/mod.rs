//! A platform for tests: real TLS, real HTTP, and every answer chosen by the test.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clawpair_api::{Claim, ClaimedSecret, Device, DeviceStatus, ErrorBody, ErrorCode, LiveMessage, Paired, TokenType, Tokens};
use clawpair_core::claim::{ChannelBinding, ClaimSecret, EXPORTER_LABEL, VerifiedClaim};
use clawpair_core::link::{Address, LinkSecret, PairingLink};
use clawpair_core::pin::ServerPin;
use clawpair_core::rng::SystemRng;
use clawpair_device::Target;
use clawpair_device::backoff::Backoff;
use futures_util::{SinkExt, StreamExt};
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Message, Role};

/// One request as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    pub binding: ChannelBinding,
}

impl Seen {
    pub fn claim(&self) -> Claim {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Whether the claim was signed for this very connection.
    pub fn is_signed(&self) -> bool {
        use base64::Engine as _;
        let claim = self.claim();
        let secret = match &claim.secret {
            ClaimedSecret::Link(symbols) => ClaimSecret::Link(symbols.parse().unwrap()),
            ClaimedSecret::Code(symbols) => ClaimSecret::Code(symbols.parse().unwrap()),
        };
        let signature = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(&claim.signature).unwrap();
        let key = claim.public_key.parse().unwrap();
        let signature = signature.as_slice().try_into().unwrap();
        VerifiedClaim::verify(secret, key, &claim.description, claim.idempotency_key, &self.binding, signature).is_ok()
    }
}

/// What the platform does with a request.
pub enum Reaction {
    Answer(Response<Full<Bytes>>),
    HangUp,
    /// Upgrades, welcomes with one heartbeat per second, and then does this.
    Live(Script),
}

pub enum Script {
    /// Waits for a heartbeat, answers it, and then says `revoked`.
    Revoke,
    /// Never answers.
    Silence,
    /// Answers every heartbeat.
    Answer,
    /// Closes the connection at once.
    Close,
}

pub fn json(status: u16, body: &impl serde::Serialize) -> Response<Full<Bytes>> {
    let body = Full::new(serde_json::to_vec(body).unwrap().into());
    Response::builder().status(status).header("content-type", "application/json").body(body).unwrap()
}

pub fn refusal(code: ErrorCode) -> Response<Full<Bytes>> {
    json(code.status(), &ErrorBody::new(code, "said by the platform"))
}

pub fn device() -> Device {
    Device {
        id: "dev-018c2f6e-5b1c-7d2a-9c3e-0123456789ab".into(),
        name: "Kitchen hub".into(),
        device_type: "IoT Gateway".into(),
        permissions: vec!["sensor:read".into(), "telemetry:publish".into()],
        tags: Vec::new(),
        status: DeviceStatus::Active,
        connected: false,
        paired_at: "2026-11-22T10:00:00Z".into(),
        last_seen_at: None,
        last_address: None,
        said_name: None,
        platform: None,
        version: None,
        key_fingerprint: "7F3K-9QWZ-4JN2".into(),
        disabled_at: None,
        revoked_at: None,
        reason: None,
        revision: 1,
    }
}

pub fn tokens(access: &str, refresh: &str) -> Tokens {
    Tokens {
        access_token: access.into(),
        token_type: TokenType::Dpop,
        expires_in: 900,
        refresh_token: refresh.into(),
        scope: "sensor:read telemetry:publish".into(),
    }
}

pub fn paired() -> Response<Full<Bytes>> {
    json(200, &Paired { device: device(), tokens: tokens("the-access-token", "the-refresh-token") })
}

type Handler = dyn Fn(&Seen) -> Reaction + Send + Sync;

struct Shared {
    seen: Mutex<Vec<Seen>>,
    failed_handshakes: tokio::sync::watch::Sender<usize>,
    handler: Box<Handler>,
}

/// A running platform; ends with the test's runtime.
pub struct Platform {
    pub address: Address,
    pub pin: ServerPin,
    certificate: CertificateDer<'static>,
    shared: Arc<Shared>,
}

impl Platform {
    pub async fn start(handler: impl Fn(&Seen) -> Reaction + Send + Sync + 'static) -> Self {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(Vec::new()).unwrap().self_signed(&key).unwrap();
        let pin = ServerPin::of_spki(&rcgen::PublicKeyData::subject_public_key_info(&key));
        Self::with(CertificateDer::from(certificate.der().to_vec()), pin, &key, handler).await
    }

    /// Shows the certificate of `victim` and signs with a key of its own, for it does not have the victim's.
    pub async fn impersonating(victim: &Self, handler: impl Fn(&Seen) -> Reaction + Send + Sync + 'static) -> Self {
        Self::with(victim.certificate.clone(), victim.pin, &rcgen::KeyPair::generate().unwrap(), handler).await
    }

    async fn with(
        certificate: CertificateDer<'static>,
        pin: ServerPin,
        key: &rcgen::KeyPair,
        handler: impl Fn(&Seen) -> Reaction + Send + Sync + 'static,
    ) -> Self {
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let key = rustls::crypto::ring::sign::any_supported_type(&key).unwrap();
        let shown = SingleCertAndKey::from(CertifiedKey::new(vec![certificate.clone()], key));
        let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(shown));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = Address::new(Ipv4Addr::LOCALHOST.into(), listener.local_addr().unwrap().port()).unwrap();
        let failed_handshakes = tokio::sync::watch::Sender::new(0);
        let shared = Arc::new(Shared { seen: Mutex::default(), failed_handshakes, handler: Box::new(handler) });
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let served = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                tokio::spawn(serve(acceptor.clone(), tcp, Arc::clone(&served)));
            }
        });
        Self { address, pin, certificate, shared }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }

    pub async fn until_a_handshake_failed(&self) {
        self.shared.failed_handshakes.subscribe().wait_for(|&failed| failed > 0).await.unwrap();
    }

    pub fn link(&self) -> PairingLink {
        PairingLink::new(vec![self.address.clone()], self.pin, LinkSecret::generate(&SystemRng)).unwrap()
    }

    pub fn target(&self) -> Target {
        Target::from(&self.link())
    }
}

/// An address at which nobody listens.
pub async fn nobody() -> Address {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    Address::new(Ipv4Addr::LOCALHOST.into(), listener.local_addr().unwrap().port()).unwrap()
}

pub fn impatient() -> Backoff {
    Backoff::new(Duration::from_millis(1), Duration::from_millis(1))
}

async fn serve(acceptor: TlsAcceptor, tcp: TcpStream, shared: Arc<Shared>) {
    let Ok(stream) = acceptor.accept(tcp).await else {
        shared.failed_handshakes.send_modify(|failed| *failed += 1);
        return;
    };
    let binding = stream.get_ref().1.export_keying_material([0; 32], EXPORTER_LABEL, None).unwrap();
    let service = service_fn(move |request| answer(request, binding, Arc::clone(&shared)));
    // A device that hangs up is no fault of the test's platform.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades().await;
}

async fn answer(
    mut request: Request<Incoming>,
    binding: ChannelBinding,
    shared: Arc<Shared>,
) -> Result<Response<Full<Bytes>>, std::io::Error> {
    let upgrade = hyper::upgrade::on(&mut request);
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    let (method, path) = (head.method.to_string(), head.uri.path().to_owned());
    let seen = Seen { method, path, headers: head.headers, body, binding };
    shared.seen.lock().unwrap().push(seen.clone());
    match (shared.handler)(&seen) {
        Reaction::Answer(response) => Ok(response),
        Reaction::HangUp => Err(std::io::Error::other("hanging up")),
        Reaction::Live(script) => {
            tokio::spawn(async move {
                if let Ok(upgraded) = upgrade.await {
                    play(script, WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await).await;
                }
            });
            let accept = derive_accept_key(seen.header("sec-websocket-key").as_bytes());
            let response = Response::builder().status(101).header("connection", "upgrade").header("upgrade", "websocket");
            Ok(response.header("sec-websocket-accept", accept).body(Full::default()).unwrap())
        }
    }
}

async fn play(script: Script, mut socket: WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>) {
    let text = |message: &LiveMessage| Message::text(serde_json::to_string(message).unwrap());
    if matches!(script, Script::Close) {
        return;
    }
    if socket.send(text(&LiveMessage::Welcome { heartbeat_seconds: 1 })).await.is_err() {
        return;
    }
    while let Some(Ok(message)) = socket.next().await {
        if !message.is_text() || matches!(script, Script::Silence) {
            continue;
        }
        let last = matches!(script, Script::Revoke);
        let sent = socket.send(text(&LiveMessage::Heartbeat)).await;
        if sent.is_err() || last && socket.send(text(&LiveMessage::Revoked)).await.is_err() {
            return;
        }
    }
}
