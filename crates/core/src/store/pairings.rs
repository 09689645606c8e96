use async_trait::async_trait;

use super::{Page, PairingCounts, PairingPosition, PairingQuery, StoreError};
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
    /// Whether the code may be typed.
    pub entry: Entry,
    /// Keyed hash of the code's symbols.
    pub code: KeyedHash,
    /// Keyed hash of the link secret.
    pub link: KeyedHash,
    /// Who asked.
    pub by: Actor,
}

/// Whether a new code may be typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// It may not.
    Off,
    /// It may, if the guess budget has room. With the OPAQUE record of its secret part.
    Typed(Vec<u8>),
}

/// What became of a new pairing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opening {
    /// It is open, its code for typing or not.
    Opened(Pairing),
    /// Another live code that may be typed has this locator; nothing was made.
    LocatorTaken,
    /// Its code had to be for typing and the guess budget has no room; nothing was made.
    BudgetSpent(TypedCodes),
}

/// The codes that may be typed at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypedCodes {
    /// How many there are.
    pub live: u32,
    /// When the next of them ends by itself.
    pub next_ends: Option<Timestamp>,
}

/// A code that somebody tries, with what OPAQUE needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guess {
    /// Which pairing has been charged.
    pub pairing: PairingId,
    /// The record of its code.
    pub record: Vec<u8>,
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

/// Codes, and how devices come in by them.
#[async_trait]
pub trait Pairings: Send + Sync {
    /// Opens a pairing.
    async fn open_pairing(&self, new: NewPairing) -> Result<Opening, StoreError>;
    /// How much of the guess budget is in use.
    async fn typed_codes(&self, at: Timestamp) -> Result<TypedCodes, StoreError>;
    /// Charges a guess to the code with this locator that may be typed, before anything is answered. `None` when there is
    /// none, or its guesses are used up.
    async fn charge_guess(&self, locator: u16, at: Timestamp) -> Result<Option<Guess>, StoreError>;
    /// Takes the charge back: the guess was right. `None` when the pairing is not open any more.
    async fn forgive_guess(&self, id: PairingId, at: Timestamp) -> Result<Option<Pairing>, StoreError>;
    /// Records that a charged guess was wrong, or never finished. `None` when there is no such pairing.
    async fn record_wrong_guess(&self, id: PairingId, by: Actor, at: Timestamp) -> Result<Option<Pairing>, StoreError>;
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
    /// One page of pairings. A page that looked at many to find few is shorter than its limit and still names the next.
    async fn pairings(&self, query: &PairingQuery) -> Result<Page<Pairing, PairingPosition>, StoreError>;
    /// How many are under way.
    async fn pairing_counts(&self, at: Timestamp) -> Result<PairingCounts, StoreError>;
}
