//! What the platform does, apart from HTTP.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, RwLock};

use clawpair_api as api;
use clawpair_core::activity::Actor;
use clawpair_core::api_key::{ApiKey, ApiKeySecret};
use clawpair_core::claim::{ClaimSecret, VerifiedClaim};
use clawpair_core::code::PairingCode;
use clawpair_core::device::Device;
use clawpair_core::device_token::DeviceToken;
use clawpair_core::id::{ApiKeyId, DeviceId, PairingId};
use clawpair_core::link::{Address, LinkSecret, MAX_ADDRESSES, PairingLink};
use clawpair_core::pairing::{Lifetime, MAX_WRONG_GUESSES, Pairing, PairingState};
use clawpair_core::permission::Permissions;
use clawpair_core::pin::ServerPin;
use clawpair_core::secret::{Pepper, Purpose, Secret};
use clawpair_core::store::{Claim, ClaimOutcome, NewPairing, Store, StoreError};
use clawpair_core::text::{DeviceType, Name};
use clawpair_core::{Clock, Rng, Timestamp};
use tokio::sync::broadcast;

use crate::error::Refusal;
use crate::live::LiveConnections;
use crate::replay::Replays;

/// Events a slow listener may lag behind before it is told to reload.
const EVENT_BACKLOG: usize = 1_024;

/// Revoked API keys a stream may lag behind before it ends to be safe.
const REVOCATION_BACKLOG: usize = 64;

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
    rng: Arc<dyn Rng>,
    pub(crate) pepper: Pepper,
    pin: ServerPin,
    high_water: AtomicI64,
    advertised: RwLock<Vec<Address>>,
    events: broadcast::Sender<api::Event>,
    revoked_keys: broadcast::Sender<ApiKeyId>,
    pub(crate) live: LiveConnections,
    pub(crate) replays: Replays,
}

/// A pairing to be opened, parsed.
pub(crate) struct PairingRequest {
    pub(crate) name: Name,
    pub(crate) device_type: DeviceType,
    pub(crate) permissions: Permissions,
    pub(crate) lifetime: Lifetime,
    pub(crate) addresses: Option<Vec<Address>>,
}

/// An opened pairing with the secrets that are shown this once.
pub(crate) struct OpenedPairing {
    pub(crate) pairing: Pairing,
    pub(crate) code: PairingCode,
    pub(crate) link: Option<PairingLink>,
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
        Ok(Arc::new(Self {
            store,
            clock,
            rng,
            pepper,
            pin,
            high_water: AtomicI64::new(high_water),
            advertised: RwLock::default(),
            events: broadcast::Sender::new(EVENT_BACKLOG),
            revoked_keys: broadcast::Sender::new(REVOCATION_BACKLOG),
            live: LiveConnections::default(),
            replays,
        }))
    }

    /// Where links send devices unless a request says otherwise, best first.
    pub fn advertise(&self, addresses: Vec<Address>) {
        *self.advertised.write().unwrap_or_else(std::sync::PoisonError::into_inner) = addresses;
    }

    pub(crate) fn advertised(&self) -> Vec<Address> {
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

    pub(crate) async fn open_pairing(&self, request: PairingRequest, by: Actor) -> Result<OpenedPairing, Refusal> {
        let (code, secret) = (PairingCode::generate(&*self.rng), LinkSecret::generate(&*self.rng));
        let now = self.now();
        let pairing = Pairing {
            id: PairingId::generate(&*self.clock, &*self.rng),
            device_id: DeviceId::generate(&*self.clock, &*self.rng),
            name: request.name,
            device_type: request.device_type,
            permissions: request.permissions,
            created_at: now,
            expires_at: now.plus_minutes(request.lifetime.minutes()),
            state: PairingState::Open,
            wrong_guesses: 0,
        };
        let new = NewPairing {
            pairing: pairing.clone(),
            locator: code.locator().number(),
            code: self.pepper.hash(Purpose::Code, code.symbols().as_bytes()),
            link: self.pepper.hash(Purpose::Link, secret.symbols().as_bytes()),
            by,
        };
        let link = match request.addresses {
            Some(addresses) => Some(PairingLink::new(addresses, self.pin, secret).map_err(|_| wrong_number_of_addresses())?),
            // A platform that listens nowhere has nothing to put into a link.
            None => PairingLink::new(self.advertised(), self.pin, secret).ok(),
        };
        self.store.open_pairing(new).await?;
        self.emit_pairing(&pairing);
        Ok(OpenedPairing { pairing, code, link })
    }

    pub(crate) async fn cancel_pairing(&self, id: PairingId, by: Actor) -> Result<Option<Pairing>, Refusal> {
        let Some(outcome) = self.store.cancel_pairing(id, by, self.now()).await? else { return Ok(None) };
        let pairing = outcome?;
        self.emit_pairing(&pairing);
        Ok(Some(pairing))
    }

    /// Lets a device in; the same key gets the same token however often it repeats its claim.
    pub(crate) async fn claim(&self, claim: VerifiedClaim, address: String) -> Result<(Device, Secret), Refusal> {
        let purpose = match claim.secret {
            ClaimSecret::Link(_) => Purpose::Link,
            ClaimSecret::Code(_) => Purpose::Code,
        };
        let secret = self.pepper.hash(purpose, claim.secret.symbols().as_bytes());
        let outcome = self.store.claim(Claim { claim, secret, address, at: self.now() }).await?;
        match outcome {
            ClaimOutcome::Paired { pairing, device, repeated } => {
                tracing::info!(device = %device.id, repeated, "a device was let in");
                self.emit_pairing(&pairing);
                self.emit_device(&device);
                let token = DeviceToken::mint(&self.pepper, device.id, &device.key);
                Ok((device, token))
            }
            ClaimOutcome::Refused { pairing, reason } => {
                // The activity log has the first few; a flood of them must not fill the disk.
                tracing::debug!(pairing = %pairing.id, %reason, "a claim was refused");
                Err(reason.into())
            }
            ClaimOutcome::Revoked => Err(revoked()),
            ClaimOutcome::Unknown { charged } => {
                for pairing in &charged {
                    tracing::warn!(pairing = %pairing.id, "a wrong code was typed");
                    let attempts_left = MAX_WRONG_GUESSES.saturating_sub(pairing.wrong_guesses);
                    self.emit_pairing(pairing);
                    self.emit(api::Event::GuessFailed { pairing_id: pairing.id.to_string(), attempts_left });
                }
                Err(Refusal::new(api::ErrorCode::CodeUnknown, "No open pairing on this platform has this code."))
            }
        }
    }

    /// Revokes a device and cuts its live connections before answering.
    pub(crate) async fn revoke_device(&self, id: DeviceId, by: Actor) -> Result<Option<Device>, Refusal> {
        let revoked = self.store.revoke_device(id, by, self.now()).await?;
        if let Some(device) = &revoked {
            self.live.cut(id);
            tracing::info!(device = %id, "a device was revoked");
            self.emit_device(device);
        }
        Ok(revoked)
    }

    /// Records that a device was heard. `None` when it has been revoked.
    pub(crate) async fn heard(&self, id: DeviceId, address: String) -> Result<Option<Device>, Refusal> {
        let device = self.store.touch_device(id, address, self.now()).await?;
        if let Some(device) = &device {
            self.emit_device(device);
        }
        Ok(device)
    }

    pub(crate) async fn create_api_key(&self, name: Name, by: Actor) -> Result<(ApiKey, ApiKeySecret), Refusal> {
        let secret = ApiKeySecret::generate(&*self.rng);
        let key = ApiKey {
            id: ApiKeyId::generate(&*self.clock, &*self.rng),
            name,
            prefix: secret.prefix().to_owned(),
            created_at: self.now(),
            last_used_at: None,
            revoked_at: None,
        };
        let hash = self.pepper.hash(Purpose::ApiKey, secret.secret().reveal().as_bytes());
        self.store.create_api_key(key.clone(), hash, by).await?;
        Ok((key, secret))
    }

    /// Revokes an API key and ends the event streams it opened.
    pub(crate) async fn revoke_api_key(&self, id: ApiKeyId, by: Actor) -> Result<Option<ApiKey>, Refusal> {
        let revoked = self.store.revoke_api_key(id, by, self.now()).await?;
        let _ = self.revoked_keys.send(id);
        Ok(revoked)
    }

    /// Resolves when an API key is no longer good.
    pub(crate) async fn revocation(self: Arc<Self>, id: ApiKeyId) {
        let mut revoked = self.revoked_keys.subscribe();
        // Subscribed first and looked up afterwards, so that a revocation at this moment is not missed.
        let good = self.store.api_keys().await.is_ok_and(|keys| keys.iter().any(|key| key.id == id && key.revoked_at.is_none()));
        if good {
            // A stream that lags behind ends too, to be safe.
            while revoked.recv().await.is_ok_and(|other| other != id) {}
        }
    }
}

fn wrong_number_of_addresses() -> Refusal {
    Refusal::new(api::ErrorCode::InvalidRequest, format!("A link takes 1 to {MAX_ADDRESSES} addresses."))
}

/// What a revoked device hears, whatever it asks.
pub(crate) fn revoked() -> Refusal {
    Refusal::new(api::ErrorCode::DeviceRevoked, "This device was revoked.")
}
