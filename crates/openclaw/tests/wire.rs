//! What a gateway does on the wire that the real one cannot be made to do when a test wants it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use clawpair_core::clock::SystemClock;
use clawpair_core::rng::SystemRng;
use clawpair_core::secret::Secret;
use clawpair_openclaw::access::Scope;
use clawpair_openclaw::connection::{Caller, Target};
use clawpair_openclaw::credential::{Credential, OwnToken};
use clawpair_openclaw::error::GatewayError;
use clawpair_openclaw::identity::DeviceIdentity;
use clawpair_openclaw::supervisor::{Gateway, Keeper, Settings, State};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{WebSocketStream, accept_async};

/// Longest wait for anything, on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A keyring.
#[derive(Default)]
struct Keyring(Mutex<Option<OwnToken>>);

#[async_trait]
impl Keeper for Keyring {
    async fn keep(&self, own: &OwnToken) {
        *self.0.lock().unwrap() = Some(own.clone());
    }

    async fn other_than(&self, over: Option<&OwnToken>) -> Option<OwnToken> {
        self.0.lock().unwrap().take_if(|kept| Some(&*kept) == over);
        self.0.lock().unwrap().clone()
    }
}

fn own(token: &str) -> OwnToken {
    OwnToken { token: Secret::new(token.to_owned()), scopes: vec![Scope::Read] }
}

fn shared() -> Credential {
    Credential::Shared(Secret::new("token".to_owned()))
}

/// A place where this program looks for a gateway, and this program.
async fn stage(keyring: &Arc<Keyring>, own: Option<OwnToken>, first: Option<Credential>) -> (TcpListener, Gateway) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("ws://{}", listener.local_addr().unwrap()).parse().unwrap();
    let caller = Caller { identity: DeviceIdentity::generate(&SystemRng), name: "Test".to_owned(), clock: Arc::new(SystemClock) };
    let gateway = Gateway::start(Settings {
        target: Target { address, pin: None },
        caller,
        own,
        first,
        keeper: Arc::clone(keyring) as Arc<dyn Keeper>,
        rng: Arc::new(SystemRng),
    });
    (listener, gateway)
}

async fn comes(listener: &TcpListener) -> WebSocketStream<TcpStream> {
    let (stream, _) = timeout(PATIENCE, listener.accept()).await.expect("somebody comes").unwrap();
    accept_async(stream).await.unwrap()
}

async fn says(socket: &mut WebSocketStream<TcpStream>, message: &Value) {
    socket.send(Message::Text(message.to_string().into())).await.unwrap();
}

/// What this program signs in with.
async fn signs_in(socket: &mut WebSocketStream<TcpStream>) -> Value {
    says(socket, &json!({"type": "event", "event": "connect.challenge", "payload": {"nonce": "n", "ts": 1}})).await;
    let Some(Ok(Message::Text(asked))) = socket.next().await else { panic!("nothing was asked") };
    serde_json::from_str(&asked).unwrap()
}

/// Refuses what was asked.
async fn refuses(socket: &mut WebSocketStream<TcpStream>, asked: &Value, details: &Value) {
    let error = json!({"code": "INVALID_REQUEST", "message": "no", "details": details});
    says(socket, &json!({"type": "res", "id": asked["id"], "ok": false, "error": error})).await;
}

#[tokio::test]
async fn a_gateway_that_closes_because_it_starts_is_tried_again_and_said_to_be_starting() {
    let (listener, gateway) = stage(&Arc::default(), None, Some(shared())).await;
    for _ in 0..2 {
        let mut socket = comes(&listener).await;
        socket.close(Some(CloseFrame { code: 1013.into(), reason: "gateway starting".into() })).await.unwrap();
        let mut state = gateway.state();
        let retrying = timeout(PATIENCE, state.wait_for(|state| matches!(state, State::Retrying { .. }))).await;
        let State::Retrying { why, .. } = retrying.expect("another try").unwrap().clone() else { unreachable!() };
        assert_eq!((&why, why.to_string().as_str()), (&GatewayError::Starting, "The gateway is starting."));
    }
}

#[tokio::test]
async fn who_waits_for_approval_goes_on_waiting_with_every_knock() {
    let (listener, gateway) = stage(&Arc::default(), None, Some(shared())).await;
    let mut states = gateway.state();
    for knock in 0..2 {
        let mut socket = comes(&listener).await;
        let asked = signs_in(&mut socket).await;
        let now = states.borrow_and_update().clone();
        assert_eq!(matches!(now, State::WaitingForApproval { .. }), knock > 0, "{now:?}");
        let details = json!({"code": "PAIRING_REQUIRED", "reason": "not-paired", "requestId": "r1"});
        refuses(&mut socket, &asked, &details).await;
        let waits = states.wait_for(|state| matches!(state, State::WaitingForApproval { .. }));
        drop(timeout(PATIENCE, waits).await.expect("it waits").unwrap());
    }
}

#[tokio::test]
async fn a_token_that_another_program_has_kept_is_tried_before_a_person_is_asked() {
    let keyring = Arc::new(Keyring(Mutex::new(Some(own("second")))));
    let (listener, gateway) = stage(&keyring, Some(own("first")), None).await;
    let over = json!({"code": "AUTH_DEVICE_TOKEN_MISMATCH"});
    for token in ["first", "second"] {
        let mut socket = comes(&listener).await;
        let asked = signs_in(&mut socket).await;
        assert_eq!(asked["params"]["auth"]["deviceToken"], token);
        refuses(&mut socket, &asked, &over).await;
    }
    let mut state = gateway.state();
    let refused = timeout(PATIENCE, state.wait_for(|state| matches!(state, State::Refused { .. }))).await;
    assert_eq!(*refused.expect("a refusal").unwrap(), State::Refused { why: GatewayError::OwnTokenEnded });
    assert_eq!(*keyring.0.lock().unwrap(), None, "what is over is forgotten");

    // Somebody signs in with the other program, and wants this one to try again.
    keyring.keep(&own("third")).await;
    gateway.try_now();
    let mut socket = comes(&listener).await;
    assert_eq!(signs_in(&mut socket).await["params"]["auth"]["deviceToken"], "third");
}
