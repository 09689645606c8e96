use clawpair_api as api;
use clawpair_core::activity::Actor;
use clawpair_core::code::PairingCode;
use clawpair_core::id::{DeviceId, PairingId};
use clawpair_core::link::{Address, LinkSecret, MAX_ADDRESSES, PairingLink};
use clawpair_core::pairing::{Lifetime, Pairing, PairingState};
use clawpair_core::permission::Permissions;
use clawpair_core::secret::Purpose;
use clawpair_core::store::NewPairing;
use clawpair_core::text::{DeviceType, Name};

use super::Service;
use crate::error::Refusal;

/// A pairing to be opened, parsed.
pub(crate) struct PairingRequest {
    pub(crate) name: Name,
    pub(crate) device_type: DeviceType,
    pub(crate) permissions: Permissions,
    pub(crate) lifetime: Lifetime,
    pub(crate) addresses: Option<Vec<Address>>,
    /// `None` leaves it to the permissions.
    pub(crate) ask_first: Option<bool>,
}

/// An opened pairing with the secrets that are shown this once.
pub(crate) struct OpenedPairing {
    pub(crate) pairing: Pairing,
    pub(crate) code: PairingCode,
    pub(crate) link: Option<PairingLink>,
}

/// Codes, while nobody has claimed them.
impl Service {
    pub(crate) async fn open_pairing(&self, request: PairingRequest, by: Actor) -> Result<OpenedPairing, Refusal> {
        let (code, secret) = (PairingCode::generate(&*self.rng), LinkSecret::generate(&*self.rng));
        let now = self.now();
        let pairing = Pairing {
            id: PairingId::generate(&*self.clock, &*self.rng),
            device_id: DeviceId::generate(&*self.clock, &*self.rng),
            name: request.name,
            device_type: request.device_type,
            ask_first: request.ask_first.unwrap_or_else(|| request.permissions.are_sensitive()),
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
}

fn wrong_number_of_addresses() -> Refusal {
    Refusal::new(api::ErrorCode::InvalidRequest, format!("A link takes 1 to {MAX_ADDRESSES} addresses."))
}
