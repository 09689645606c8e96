//! What the platform does, apart from HTTP.

mod accounts;
mod addresses;
mod api_keys;
mod changes;
mod claims;
mod device_keys;
mod devices;
mod mailing;
mod members;
mod others;
mod pairings;
mod readiness;
mod requests;
mod retention;
mod tokens;
mod typing;
mod watching;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, RwLock, Weak};
use std::time::Duration;

use clawpair_api as api;
use clawpair_core::device::Device;
use clawpair_core::link::Address;
use clawpair_core::opaque::Opaque;
use clawpair_core::pairing::Pairing;
use clawpair_core::pin::ServerPin;
use clawpair_core::secret::Pepper;
use clawpair_core::store::{Store, StoreError};
use clawpair_core::{Clock, Rng, Timestamp};
use tokio::sync::{broadcast, watch};

pub(crate) use accounts::{Attempt, Shown};
pub(crate) use api_keys::NewApiKey;
pub(crate) use changes::may_see;
pub(crate) use claims::Claimed;
pub(crate) use device_keys::KeyChangeRequest;
pub(crate) use devices::no_such_device;
use mailing::Mailing;
pub use members::NewInvitation;
pub(crate) use members::hours as invitation_hours;
pub(crate) use pairings::PairingRequest;
use readiness::Readiness;
pub(crate) use tokens::Revoker;
use watching::Watching;

use crate::call_rate::CallLimits;
use crate::key_uses::UseCounter;
use crate::limits::Limits;
use crate::live::LiveConnections;
use crate::metrics::Metrics;
use crate::opaque::Exchanges;
use crate::password::Passwords;
use crate::public_url::PublicUrl;
use crate::replay::Replays;
use crate::sign_in_limits::SignInLimits;

/// Events a slow listener may lag behind before it is told to reload.
const EVENT_BACKLOG: usize = 1_024;

/// How often counted uses of API keys are written.
const WRITE_USES: Duration = Duration::from_mins(1);

/// What a platform stands on.
pub struct Ports {
    /// Its durable state.
    pub store: Arc<dyn Store>,
    /// Its time.
    pub clock: Arc<dyn Clock>,
    /// Its randomness.
    pub rng: Arc<dyn Rng>,
    /// The key of its hashes, kept outside the store.
    pub pepper: Pepper,
    /// The pin of its TLS key.
    pub pin: ServerPin,
}

/// One platform.
pub struct Service {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) pepper: Pepper,
    pin: ServerPin,
    high_water: AtomicI64,
    advertised: RwLock<Vec<Address>>,
    events: broadcast::Sender<api::Event>,
    /// Told whenever somebody's access has changed.
    pub(crate) access_changes: watch::Sender<()>,
    pub(crate) uses: UseCounter,
    public_url: RwLock<Option<PublicUrl>>,
    mailing: Mailing,
    passwords: Passwords,
    sign_in_limits: SignInLimits,
    pub(crate) call_limits: CallLimits,
    pub(crate) live: LiveConnections,
    pub(crate) replays: Replays,
    limits: Limits,
    opaque: Opaque,
    exchanges: Exchanges,
    pub(crate) watching: Watching,
    pub(crate) metrics: Metrics,
    readiness: Readiness,
}

impl Service {
    /// A platform that nobody can reach yet.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn start(ports: Ports) -> Result<Arc<Self>, StoreError> {
        let Ports { store, clock, rng, pepper, pin } = ports;
        let high_water = store.latest().await?.map_or(i64::MIN, Timestamp::as_millis);
        let replays = Replays::new(&*rng);
        let opaque = Opaque::new(&pepper);
        let passwords = Passwords::new(&pepper);
        let (watching, observations) = Watching::new();
        let service = Arc::new(Self {
            store,
            clock,
            rng,
            pepper,
            pin,
            high_water: AtomicI64::new(high_water),
            advertised: RwLock::default(),
            events: broadcast::Sender::new(EVENT_BACKLOG),
            access_changes: watch::Sender::new(()),
            uses: UseCounter::default(),
            public_url: RwLock::default(),
            mailing: Mailing::default(),
            passwords,
            sign_in_limits: SignInLimits::default(),
            call_limits: CallLimits::default(),
            live: LiveConnections::default(),
            replays,
            limits: Limits::default(),
            opaque,
            exchanges: Exchanges::default(),
            watching,
            metrics: Metrics::new(),
            readiness: Readiness::default(),
        });
        tokio::spawn(watching::judge_all(Arc::downgrade(&service), observations));
        tokio::spawn(write_uses(Arc::downgrade(&service)));
        tokio::spawn(retention::prune_at(retention::Times::HOURLY, Arc::downgrade(&service)));
        Ok(service)
    }

    /// Writes what is only counted in memory: uses of API keys of the last minute. Call it before the process ends in order;
    /// a process that is killed loses those.
    ///
    /// # Errors
    /// When the store cannot be written; nothing is lost then and repeating is safe.
    pub async fn flush(&self) -> Result<(), StoreError> {
        let uses = self.uses.take();
        if uses.is_empty() {
            return Ok(());
        }
        let written = self.store.record_api_key_uses(uses.clone()).await;
        if written.is_err() {
            for uses in uses {
                self.uses.add(uses);
            }
        }
        written
    }

    /// Where links send devices unless a request says otherwise, best first.
    pub fn advertise(&self, addresses: Vec<Address>) {
        *self.advertised.write().unwrap_or_else(std::sync::PoisonError::into_inner) = addresses;
    }

    /// Where links send devices.
    pub fn advertised(&self) -> Vec<Address> {
        self.advertised.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// The moment it is now. Never earlier than a moment this platform has seen, so a clock set back revives nothing.
    pub(crate) fn now(&self) -> Timestamp {
        let now = self.clock.now().as_millis();
        Timestamp::from_millis(self.high_water.fetch_max(now, Ordering::Relaxed).max(now))
    }

    /// The nonce for a device's next proof.
    pub(crate) fn nonce(&self) -> String {
        self.replays.current_nonce(&self.pepper, self.now())
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<api::Event> {
        self.events.subscribe()
    }

    /// Tells everyone who listens; nobody listening is fine.
    fn emit(&self, event: api::Event) {
        let _ = self.events.send(event);
    }

    fn emit_pairing(&self, pairing: &Pairing) {
        self.emit(api::Event::Pairing { pairing: api::Pairing::at(pairing, self.now()) });
    }

    pub(crate) fn emit_device(&self, device: &Device) {
        self.emit(api::Event::Device { device: self.shown(device) });
    }

    /// A device as clients see it.
    pub(crate) fn shown(&self, device: &Device) -> api::Device {
        api::Device::of(device, self.live.is_connected(device.id))
    }
}

/// Writes counted uses once a minute for as long as the platform lives.
async fn write_uses(service: Weak<Service>) {
    let mut minutes = tokio::time::interval(WRITE_USES);
    loop {
        minutes.tick().await;
        let Some(service) = service.upgrade() else { return };
        if let Err(error) = service.flush().await {
            tracing::error!(%error, "uses of API keys could not be written; they are kept for the next time");
        }
    }
}
