//! Staying connected to one gateway: what the application holds of it.

mod state;
mod step;
mod task;
mod watching;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use clawpair_core::rng::Rng;
use tokio::sync::{Mutex, Notify, broadcast, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

pub use self::state::{Snapshot, State};
use crate::access::{Role, Scope};
use crate::connection::{Caller, Connection, Target};
use crate::credential::{Credential, OwnToken};
use crate::error::{Closed, GatewayError};
use crate::fingerprint::Fingerprint;
use crate::ids::DeviceId;
use crate::operations::Rotated;
use crate::wire::event::SetupUse;

/// Most setup codes that may be used before a listener hears of the first.
const MAX_USES: usize = 16;
/// Longest wait for a session with the own token, which nobody but this program's own request waits for.
const OWN_PATIENCE: Duration = Duration::from_secs(20);

/// Where this installation's own token for one gateway is kept: a keyring, which other programs of the installation use, too.
#[async_trait]
pub trait Keeper: Send + Sync {
    /// Keeps a new token. What cannot be kept is used until the program ends; the keeper says why it could not.
    async fn keep(&self, own: &OwnToken);

    /// The token that is kept now, if it is not `over`, which the gateway accepts no more and is forgotten by this.
    async fn other_than(&self, over: Option<&OwnToken>) -> Option<OwnToken>;

    /// The gateway has let this program in and there is an own token. Says whether the shared token may be forgotten now: whoever
    /// forgets it is asked for it again when the own one ends.
    async fn forgets_first(&self) -> bool {
        false
    }
}

/// What is needed to stay connected.
pub struct Settings {
    /// The gateway.
    pub target: Target,
    /// Who signs in.
    pub caller: Caller,
    /// The token that was kept.
    pub own: Option<OwnToken>,
    /// What to sign in with where there is no own token, or it is over.
    pub first: Option<Credential>,
    /// Where new tokens go.
    pub keeper: Arc<dyn Keeper>,
    /// For waits that differ.
    pub rng: Arc<dyn Rng>,
}

/// What a person may change while it runs.
#[derive(Clone)]
struct Wishes {
    target: Target,
    first: Option<Credential>,
}

struct Shared {
    caller: Caller,
    keeper: Arc<dyn Keeper>,
    rng: Arc<dyn Rng>,
    own: Mutex<Option<OwnToken>>,
    wishes: watch::Sender<Wishes>,
    state: watch::Sender<State>,
    snapshot: watch::Sender<Option<Arc<Snapshot>>>,
    connection: watch::Sender<Option<Connection>>,
    uses: broadcast::Sender<SetupUse>,
    nudged: Notify,
    looks: Looks,
}

/// Looks are counted when they begin, so that one can tell which began after something.
#[derive(Default)]
pub(crate) struct Looks {
    begun: AtomicU64,
    ended: watch::Sender<u64>,
}

impl Looks {
    fn begin(&self) -> u64 {
        self.begun.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn end(&self, number: u64) {
        self.ended.send_replace(number);
    }
}

impl Shared {
    fn publish(&self, state: State) {
        self.state.send_if_modified(|now| {
            let changes = *now != state;
            *now = state;
            changes
        });
    }

    /// Keeps the token that the gateway gives with every welcome, if it is another.
    async fn keep(&self, token: Option<OwnToken>) {
        let mut own = self.own.lock().await;
        if let Some(new) = token.as_ref().filter(|_| *own != token) {
            self.keeper.keep(new).await;
            *own = token;
        }
    }

    /// Gives up the token that was tried for another one that was kept meanwhile, here or by another program; says whether there is
    /// none.
    async fn give_up(&self, tried: Option<&OwnToken>) -> bool {
        let mut own = self.own.lock().await;
        if own.as_ref() == tried {
            *own = self.keeper.other_than(tried).await;
        }
        own.is_none()
    }

    /// Takes a token that another program has got since there was none here.
    async fn look_for_own(&self) {
        let mut own = self.own.lock().await;
        if own.is_none() {
            *own = self.keeper.other_than(None).await;
        }
    }

    /// A setup code works once, and what it gave is kept. A shared token works on, and is forgotten if the keeper wants so.
    async fn used_up(&self, credential: &Credential) {
        let over = matches!(credential, Credential::Setup(_));
        let settled = self.own.lock().await.is_some() && self.keeper.forgets_first().await;
        if over || settled {
            // No change that anybody waits for.
            self.wishes.send_if_modified(|wishes| {
                wishes.first = None;
                false
            });
        }
    }
}

/// One gateway, to which this program stays connected until this is dropped.
pub struct Gateway {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Gateway {
    /// Begins to connect.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn start(settings: Settings) -> Self {
        let Settings { target, caller, own, first, keeper, rng } = settings;
        let shared = Arc::new(Shared {
            caller,
            keeper,
            rng,
            own: Mutex::new(own),
            wishes: watch::Sender::new(Wishes { target, first }),
            state: watch::Sender::new(State::Connecting),
            snapshot: watch::Sender::new(None),
            connection: watch::Sender::new(None),
            uses: broadcast::Sender::new(MAX_USES),
            nudged: Notify::new(),
            looks: Looks::default(),
        });
        let task = tokio::spawn(task::supervise(Arc::clone(&shared)));
        Self { shared, task }
    }

    /// How things stand, now and whenever that changes.
    pub fn state(&self) -> watch::Receiver<State> {
        self.shared.state.subscribe()
    }

    /// What the gateway has, now and whenever it was looked at again. It outlives the connection.
    pub fn snapshot(&self) -> watch::Receiver<Option<Arc<Snapshot>>> {
        self.shared.snapshot.subscribe()
    }

    /// Setup codes as they are used. What was missed while disconnected is found by [`Connection::setup_status`].
    pub fn setup_uses(&self) -> broadcast::Receiver<SetupUse> {
        self.shared.uses.subscribe()
    }

    /// For doing something at the gateway. When the value is dropped, the snapshot is renewed.
    ///
    /// # Errors
    /// Why there is no connection.
    pub fn act(&self) -> Result<Acting<'_>, GatewayError> {
        let connection = self.shared.connection.borrow().clone();
        let connection = connection.ok_or_else(|| self.why_not())?;
        Ok(Acting { connection, nudged: &self.shared.nudged })
    }

    /// Waits for a look that begins now. The snapshot is that or a later one then.
    ///
    /// # Errors
    /// Why there is no connection, or it ended.
    pub async fn look(&self) -> Result<(), GatewayError> {
        let before = self.shared.looks.begun.load(Ordering::SeqCst);
        let (mut ended, mut connection) = (self.shared.looks.ended.subscribe(), self.shared.connection.subscribe());
        self.shared.nudged.notify_one();
        tokio::select! {
            biased;
            _ = connection.wait_for(Option::is_none) => Err(self.why_not()),
            _ = ended.wait_for(|number| *number > before) => Ok(()),
        }
    }

    /// Replaces the token of a device, and keeps the new one if it is this program's own. A gateway shows that only to a session
    /// that was signed in with the one before, so another session is begun anew first.
    ///
    /// # Errors
    /// The gateway's refusal, or why there is no connection.
    pub async fn rotate(&self, device: &DeviceId, role: &Role, scopes: Option<&[Scope]>) -> Result<Rotated, GatewayError> {
        if *device == self.shared.caller.identity.id() && !self.act()?.is_by_own_token() {
            self.sign_in_with_own().await?;
        }
        let rotated = self.act()?.rotate(device, role, scopes).await?;
        self.shared.keep(rotated.own.clone()).await;
        Ok(rotated)
    }

    /// Takes another shared token or setup code, and tries again.
    pub fn sign_in_with(&self, first: Credential) {
        self.shared.wishes.send_modify(|wishes| wishes.first = Some(first));
    }

    /// Takes a certificate that a person compared, and tries again.
    pub fn accept_certificate(&self, pin: Fingerprint) {
        self.shared.wishes.send_modify(|wishes| wishes.target.pin = Some(pin));
    }

    /// Tries again without waiting, unless it is connected.
    pub fn try_now(&self) {
        if self.shared.connection.borrow().is_none() {
            self.shared.wishes.send_modify(|_| ());
        }
    }

    /// Begins a session with the own token in place of another.
    async fn sign_in_with_own(&self) -> Result<(), GatewayError> {
        let mut connection = self.shared.connection.subscribe();
        self.shared.wishes.send_modify(|_| ());
        let by_own = connection.wait_for(|open| open.as_ref().is_some_and(Connection::is_by_own_token));
        let waited = timeout(OWN_PATIENCE, by_own).await;
        waited.map(drop).map_err(|_| self.why_not())
    }

    fn why_not(&self) -> GatewayError {
        match &*self.shared.state.borrow() {
            State::Refused { why } | State::Retrying { why, .. } => why.clone(),
            State::WaitingForApproval { request, why } => GatewayError::ApprovalNeeded { request: request.clone(), why: *why },
            State::Connecting | State::Connected { .. } | State::Stopped => GatewayError::Closed(Closed::Broken),
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.task.abort();
        self.shared.connection.send_replace(None);
        self.shared.publish(State::Stopped);
    }
}

/// A connection on which something is being done.
pub struct Acting<'a> {
    connection: Connection,
    nudged: &'a Notify,
}

impl std::ops::Deref for Acting<'_> {
    type Target = Connection;
    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl Drop for Acting<'_> {
    fn drop(&mut self) {
        self.nudged.notify_one();
    }
}
