//! One signed-in connection to a gateway.

pub mod dial;
pub(crate) mod handshake;
mod pump;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use clawpair_core::clock::{Clock, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;

use self::dial::Socket;
pub use self::dial::Target;
use self::handshake::{gateway_time, shake_hands};
use self::pump::{Call, Pump};
use crate::address::GatewayAddress;
use crate::credential::Credential;
use crate::error::{Closed, GatewayError};
use crate::identity::DeviceIdentity;
use crate::wire::event::Event;
use crate::wire::frame::request;
use crate::wire::hello::Hello;
use crate::wire::reply::{Reply, fault};

/// Longest wait for an answer. A gateway writes its whole table of devices on each change.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);
/// Most requests on their way at once.
const MAX_CALLS: usize = 32;
/// Most events that wait to be looked at; what is more becomes one [`Event::Missed`].
const MAX_EVENTS: usize = 64;

/// Who signs in, and by which clock.
#[derive(Clone)]
pub struct Caller {
    /// This installation's key.
    pub identity: DeviceIdentity,
    /// What this installation is called at the gateway.
    pub name: String,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// A signed-in connection. It ends when the last of its clones is dropped.
#[derive(Clone)]
pub struct Connection {
    calls: mpsc::Sender<Call>,
    ended: watch::Receiver<Option<Closed>>,
    next_id: Arc<AtomicU64>,
    hello: Arc<Hello>,
    clock: Arc<dyn Clock>,
    ahead_millis: i64,
    by_own_token: bool,
}

impl Connection {
    /// Connects and signs in. Events come from the second part, in order.
    ///
    /// # Errors
    /// Whatever stood in the way.
    pub async fn open(
        target: &Target,
        caller: &Caller,
        credential: &Credential,
    ) -> Result<(Self, mpsc::Receiver<Event>), GatewayError> {
        Self::over(dial::dial(target).await?, &target.address, caller, credential).await
    }

    /// Signs in over a WebSocket.
    pub(crate) async fn over(
        mut socket: Socket,
        address: &GatewayAddress,
        caller: &Caller,
        credential: &Credential,
    ) -> Result<(Self, mpsc::Receiver<Event>), GatewayError> {
        let Caller { identity, name, clock } = caller;
        let welcome = shake_hands(&mut socket, address, identity, credential, name, clock.as_ref()).await?;
        let (calls, to_send) = mpsc::channel(MAX_CALLS);
        let (happened, events) = mpsc::channel(MAX_EVENTS);
        let (end, ended) = watch::channel(None);
        // Two ticks may be late before the gateway counts as gone.
        let silence = welcome.hello.tick * 5 / 2;
        tokio::spawn(Pump::new(socket, to_send, happened, silence).run(end));
        let this = Self {
            calls,
            ended,
            next_id: Arc::default(),
            hello: Arc::new(welcome.hello),
            clock: Arc::clone(clock),
            ahead_millis: welcome.ahead_millis,
            by_own_token: matches!(credential, Credential::Own(_)),
        };
        Ok((this, events))
    }

    /// What the gateway said when it let this program in.
    pub fn hello(&self) -> &Hello {
        &self.hello
    }

    /// The time by the gateway's clock, by which requests end.
    pub fn gateway_time(&self) -> Timestamp {
        gateway_time(self.clock.as_ref(), self.ahead_millis)
    }

    /// How far the gateway's clock is ahead of this computer's, in milliseconds.
    pub const fn ahead_millis(&self) -> i64 {
        self.ahead_millis
    }

    /// Whether it was signed in with this installation's own token. To another session a gateway does not show the new one.
    pub const fn is_by_own_token(&self) -> bool {
        self.by_own_token
    }

    /// Waits until the connection has ended.
    pub async fn ended(&self) -> Closed {
        let mut ended = self.ended.clone();
        match ended.wait_for(Option::is_some).await {
            Ok(how) => how.unwrap_or(Closed::Broken),
            Err(_) => Closed::Broken,
        }
    }

    /// Asks for something and waits for the answer.
    ///
    /// # Errors
    /// The gateway's refusal, or the end of the connection.
    pub(crate) async fn call<T: DeserializeOwned>(&self, method: &'static str, params: &impl Serialize) -> Result<T, GatewayError> {
        self.ask(method, params).await?.read()
    }

    /// The same, with the answer still to be read.
    pub(crate) async fn ask(&self, method: &'static str, params: &impl Serialize) -> Result<Reply, GatewayError> {
        let not_understood = |error: serde_json::Error| GatewayError::NotUnderstood { asked: method, why: fault(&error) };
        // The handshake was number 0.
        let id = self.next_id.fetch_add(1, Ordering::Relaxed) + 1;
        let text = request(&id.to_string(), method, params).map_err(not_understood)?;
        let (reply, answer) = oneshot::channel();
        let gone = || GatewayError::Closed(self.ended.borrow().unwrap_or(Closed::Broken));
        let asking = async {
            self.calls.send(Call { text, id, reply }).await.map_err(|_| gone())?;
            answer.await.map_err(|_| gone())?
        };
        let text = timeout(ANSWER_TIMEOUT, asking).await;
        text.unwrap_or(Err(GatewayError::TooSlow { asked: method, within: ANSWER_TIMEOUT })).map(|text| Reply::new(method, text))
    }
}
