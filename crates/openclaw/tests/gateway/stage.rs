//! This program before the gateway that tests share, or one of their own.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use clawpair_core::clock::{Clock as _, SystemClock};
use clawpair_core::rng::SystemRng;
use clawpair_core::secret::Secret;
use clawpair_gateway_stage::shared;
use clawpair_openclaw::Event;
use clawpair_openclaw::connection::{Caller, Connection, Target};
use clawpair_openclaw::credential::{Credential, OwnToken};
use clawpair_openclaw::error::GatewayError;
use clawpair_openclaw::identity::DeviceIdentity;
use clawpair_openclaw::ids::RequestId;
use clawpair_openclaw::supervisor::{Gateway, Keeper, Settings, State};
use tokio::sync::mpsc;
use tokio::time::timeout;
use xtask::openclaw::TOKEN;

/// A gateway in clear on this computer.
pub fn at(port: u16) -> Target {
    Target { address: format!("ws://127.0.0.1:{port}").parse().unwrap(), pin: None }
}

/// A new installation of this program.
pub fn caller() -> Caller {
    Caller { identity: DeviceIdentity::generate(&SystemRng), name: "Clawpair under test".to_owned(), clock: Arc::new(SystemClock) }
}

/// The shared token of every gateway here.
pub fn token() -> Credential {
    Credential::Shared(Secret::new(TOKEN.to_owned()))
}

/// This program, signed in at the shared gateway.
pub async fn manager() -> (Connection, mpsc::Receiver<Event>) {
    Connection::open(&at(shared()), &caller(), &token()).await.unwrap()
}

/// Has a manager approve the request by which this program waits.
pub async fn approve(manager: &Connection, caller: &Caller, request: &RequestId) {
    let pending = manager.devices().await.unwrap().pending;
    let waits = pending.iter().find(|pending| pending.request == *request).expect("the request waits");
    assert_eq!(waits.device, caller.identity.id());
    manager.approve(&waits.seen()).await.unwrap();
}

/// The error of what must fail.
pub async fn refused(target: &Target, caller: &Caller, credential: &Credential) -> GatewayError {
    match Connection::open(target, caller, credential).await {
        Ok(_) => panic!("the gateway let this program in"),
        Err(error) => error,
    }
}

/// In milliseconds.
pub const MINUTE: i64 = 60_000;

/// The time in milliseconds by this computer's clock, which is the gateway's.
pub fn now() -> i64 {
    SystemClock.now().as_millis()
}

/// Longest wait for anything: a gateway that starts on a busy machine.
pub const PATIENCE: Duration = Duration::from_mins(3);

/// A keyring.
#[derive(Default)]
pub struct Kept(Mutex<Vec<Option<OwnToken>>>);

#[async_trait]
impl Keeper for Kept {
    async fn keep(&self, own: &OwnToken) {
        self.0.lock().unwrap().push(Some(own.clone()));
    }

    async fn other_than(&self, over: Option<&OwnToken>) -> Option<OwnToken> {
        let other = self.last().filter(|last| Some(last) != over);
        if over.is_some() && other.is_none() {
            self.0.lock().unwrap().push(None);
        }
        other
    }
}

impl Kept {
    /// The newest token, unless it was forgotten.
    pub fn last(&self) -> Option<OwnToken> {
        self.0.lock().unwrap().last().cloned().flatten()
    }
}

/// Stays connected as the app does.
pub fn start(target: Target, caller: &Caller, own: Option<OwnToken>, first: Option<Credential>) -> (Gateway, Arc<Kept>) {
    let kept = Arc::new(Kept::default());
    let settings = Settings {
        target,
        caller: caller.clone(),
        own,
        first,
        keeper: Arc::clone(&kept) as Arc<dyn Keeper>,
        rng: Arc::new(SystemRng),
    };
    (Gateway::start(settings), kept)
}

/// Waits for a state.
pub async fn until(gateway: &Gateway, what: &str, is_it: impl FnMut(&State) -> bool) -> State {
    let mut state = gateway.state();
    let reached = timeout(PATIENCE, state.wait_for(is_it)).await.map(|state| state.unwrap().clone());
    reached.unwrap_or_else(|_| panic!("{what} was awaited, and it is {:?}", *gateway.state().borrow()))
}

/// Waits for a connection.
pub async fn connected(gateway: &Gateway) {
    until(gateway, "a connection", |state| matches!(state, State::Connected { .. })).await;
}
