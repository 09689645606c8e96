use async_trait::async_trait;

use super::{Page, StoreError};
use crate::activity::Actor;
use crate::claim::VerifiedClaim;
use crate::clock::Timestamp;
use crate::device::Device;
use crate::id::PairingId;
use crate::pairing::{InvalidTransition, Pairing};
use crate::request::Request;
use crate::secret::KeyedHash;
use crate::token_family::TokenFamily;

/// A pairing to open.
#[derive(Clone, Debug)]
pub struct NewPairing {
    /// The pairing, in state open.
    pub pairing: Pairing,
    /// The code's public part.
    pub locator: u16,
    /// Keyed hash of the code's symbols.
    pub code: KeyedHash,
    /// Keyed hash of the link secret.
    pub link: KeyedHash,
    /// Who asked.
    pub by: Actor,
}

/// A claim with everything that is decided before the store is asked.
#[derive(Clone, Debug)]
pub struct Claim {
    /// What the device proved.
    pub claim: VerifiedClaim,
    /// Keyed hash of its secret.
    pub secret: KeyedHash,
    /// The IP address it came from.
    pub address: String,
    /// The moment it came.
    pub at: Timestamp,
}

/// What became of a claim.
#[derive(Clone, Debug)]
pub enum ClaimOutcome {
    /// The device is in. `repeated` when it already was, by the same key.
    Paired {
        /// The pairing, now completed.
        pairing: Pairing,
        /// The device.
        device: Device,
        /// Its tokens: the first pair.
        tokens: TokenFamily,
        /// Whether this only repeats an earlier answer.
        repeated: bool,
    },
    /// A person is to be asked. `first` when this claim is the one that asks; else it repeats one that has.
    Waiting {
        /// The request.
        request: Request,
        /// Whether it is new.
        first: bool,
    },
    /// The secret is right and the pairing no longer open to it.
    Refused {
        /// The pairing.
        pairing: Pairing,
        /// Why.
        reason: InvalidTransition,
        /// The request of another key whose standing this has changed: somebody else has shown the secret, too.
        seen_by: Option<Request>,
    },
    /// The key that won repeats its claim, but its device has been disabled or revoked since.
    ShutOut(Device),
    /// No pairing has this secret. A wrong code is charged to the open pairings with its locator.
    Unknown {
        /// Those pairings after the charge.
        charged: Vec<Pairing>,
    },
}

/// Which pairings to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairingFilter {
    /// All.
    All,
    /// Those open at this moment.
    OpenAt(Timestamp),
}

/// Codes, and how devices come in by them.
#[async_trait]
pub trait Pairings: Send + Sync {
    /// Opens a pairing.
    async fn open_pairing(&self, new: NewPairing) -> Result<(), StoreError>;
    /// Lets a device in, at most one per pairing whoever races.
    async fn claim(&self, claim: Claim) -> Result<ClaimOutcome, StoreError>;
    /// Takes a code back. `None` when there is no such pairing.
    async fn cancel_pairing(
        &self,
        id: PairingId,
        by: Actor,
        at: Timestamp,
    ) -> Result<Option<Result<Pairing, InvalidTransition>>, StoreError>;
    /// One pairing.
    async fn pairing(&self, id: PairingId) -> Result<Option<Pairing>, StoreError>;
    /// Pairings by descending id.
    async fn pairings(
        &self,
        filter: PairingFilter,
        after: Option<PairingId>,
        limit: usize,
    ) -> Result<Page<Pairing, PairingId>, StoreError>;
}
