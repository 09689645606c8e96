//! A Clawpair server: the app stays connected to it and shows what it says.

mod capabilities;
mod clock;
mod kept;
mod state;
mod task;

use std::sync::{Arc, PoisonError, RwLock};

use clawpair_client::{Authorities, Client, ServerAddress};
use clawpair_core::api_key::ApiKeySecret;
use clawpair_core::clock::Clock;
use clawpair_core::pin::ServerPin;
use clawpair_core::rng::Rng;
use clawpair_core::secret::Secret;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;

pub(crate) use self::kept::KeptKey;
use super::sees::Sees;
use super::{Answer, BACKLOG, News, Standing};
use crate::view::Refusal;
use crate::view::platform::{Capability, PlatformState, Remedy};

/// What is needed to stay connected to a server.
pub(crate) struct Opening {
    /// Where it is.
    pub(crate) address: ServerAddress,
    /// The key of it that a person compared.
    pub(crate) pin: Option<ServerPin>,
    /// Where the API key for it is kept.
    pub(crate) kept: KeptKey,
    /// Who may vouch for it while nobody has compared its key.
    pub(crate) authorities: Authorities,
    /// For telling when the next try is made.
    pub(crate) clock: Arc<dyn Clock>,
    /// For waits that differ.
    pub(crate) rng: Arc<dyn Rng>,
}

/// What a person may change while it runs.
#[derive(Clone)]
struct Wishes {
    pin: Option<ServerPin>,
    key: Option<ApiKeySecret>,
}

/// How things stand, as [`Standing`] shows it.
struct Status {
    state: PlatformState,
    /// What it has said since the start.
    capabilities: Option<Vec<Capability>>,
    as_of: Option<String>,
    /// For asking, while it is connected.
    client: Option<Client>,
    /// What the key may see of what changes, since it was connected last.
    sees: Sees,
}

struct Shared {
    address: ServerAddress,
    kept: KeptKey,
    authorities: Authorities,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    wishes: watch::Sender<Wishes>,
    status: RwLock<Status>,
    news: broadcast::Sender<News>,
}

/// A server, to which the app stays connected until this is dropped.
pub(super) struct Server {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Server {
    pub(super) async fn open(opening: Opening) -> Answer<Self> {
        let Opening { address, pin, kept, authorities, clock, rng } = opening;
        let key = kept.read().await?;
        let status = Status { state: PlatformState::Connecting, capabilities: None, as_of: None, client: None, sees: Sees::ALL };
        let shared = Arc::new(Shared {
            address,
            kept,
            authorities,
            clock,
            rng,
            wishes: watch::Sender::new(Wishes { pin, key }),
            status: RwLock::new(status),
            news: broadcast::Sender::new(BACKLOG),
        });
        let task = tokio::spawn(task::stay_connected(Arc::clone(&shared)));
        Ok(Self { shared, task })
    }

    pub(super) fn news(&self) -> broadcast::Receiver<News> {
        self.shared.news.subscribe()
    }

    pub(super) fn standing(&self) -> Standing {
        let pin = self.shared.wishes.borrow().pin.map(|pin| pin.to_string());
        let status = self.shared.status.read().unwrap_or_else(PoisonError::into_inner);
        Standing {
            state: status.state.clone(),
            capabilities: status.capabilities.clone(),
            pin,
            notice: None,
            as_of: status.as_of.clone(),
        }
    }

    pub(super) fn client(&self) -> Answer<Client> {
        let status = self.shared.status.read().unwrap_or_else(PoisonError::into_inner);
        status.client.clone().ok_or_else(|| state::why_not(&status.state))
    }

    /// For asking what changes, and what of that the key may see.
    pub(super) fn reader(&self) -> Answer<(Client, Sees)> {
        let status = self.shared.status.read().unwrap_or_else(PoisonError::into_inner);
        let client = status.client.clone().ok_or_else(|| state::why_not(&status.state))?;
        Ok((client, status.sees))
    }

    /// How far its clock is ahead of this computer's, by what it has answered so far.
    pub(super) fn ahead_millis(&self, client: &Client) -> Option<i64> {
        client.server_time().map(|there| clock::ahead_millis(there, self.shared.clock.now()))
    }

    pub(super) fn try_now(&self) {
        if self.client().is_err() {
            self.shared.wishes.send_modify(|_| ());
        }
    }

    pub(super) async fn sign_in(&self, credential: &Secret) -> Answer<()> {
        let key = self.shared.kept.keep(credential).await?;
        self.shared.wishes.send_modify(|wishes| wishes.key = Some(key));
        Ok(())
    }

    pub(super) async fn forget(&self) -> Answer<()> {
        self.shared.kept.forget().await
    }

    /// Only what the server shows now can be accepted, so that nobody slips another key in between two looks.
    pub(super) fn accept_certificate(&self, shown: &str) -> Answer<String> {
        let state = self.standing().state;
        let now = match &state {
            PlatformState::Refused { remedy: Remedy::Certificate { shown, .. }, .. } => Some(shown.as_str()),
            _ => None,
        };
        let pin: Option<ServerPin> = shown.parse().ok().filter(|_| now == Some(shown));
        let pin = pin.ok_or_else(changed_meanwhile)?;
        self.shared.wishes.send_modify(|wishes| wishes.pin = Some(pin));
        Ok(pin.to_string())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn changed_meanwhile() -> Refusal {
    let message = "The server shows another key now, or no key waits to be accepted. Nothing was accepted.";
    Refusal::new("certificate_changed", message, "Compare the key it shows now with the one that clawpair-server prints.")
}
