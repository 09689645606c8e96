use clawpair_core::Timestamp;
use clawpair_core::activity::Actor;
use clawpair_core::claim::{ClaimSecret, Description, VerifiedClaim, sign};
use clawpair_core::clock::Clock;
use clawpair_core::code::{PairingCode, Place};
use clawpair_core::device::{Device, DeviceChange};
use clawpair_core::id::{DeviceId, PairingId};
use clawpair_core::key::DeviceKey;
use clawpair_core::link::LinkSecret;
use clawpair_core::pairing::{Pairing, PairingState};
use clawpair_core::permission::Permissions;
use clawpair_core::rng::SystemRng;
use clawpair_core::secret::{Pepper, Purpose};
use clawpair_core::store::{Claim, ClaimOutcome, DeviceOrder, DeviceOutcome, Entry, NewPairing, Opening, Store};
use ed25519_dalek::SigningKey;

/// When the stories happen.
pub const NOON: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const PEPPER: Pepper = Pepper::from_bytes([42; 32]);

struct At(Timestamp);
impl Clock for At {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// A pairing with both its secrets.
pub struct Opened {
    pub pairing: Pairing,
    pub code: PairingCode,
    pub link: LinkSecret,
}

pub async fn open(store: &dyn Store) -> Opened {
    open_at(store, NOON).await
}

/// Opens a pairing that lives ten minutes.
pub async fn open_at(store: &dyn Store, at: Timestamp) -> Opened {
    open_pairing(store, at, false).await
}

/// Opens a pairing whose maker wants to be asked.
pub async fn open_asking(store: &dyn Store) -> Opened {
    open_pairing(store, NOON, true).await
}

/// Opens a pairing that lives ten minutes, with or without asking first.
pub async fn open_pairing(store: &dyn Store, at: Timestamp, ask_first: bool) -> Opened {
    // Two codes of one test seldom have the same locator; then the store says so.
    loop {
        let (new, code, link) = new_pairing(at, ask_first, Entry::Typed(b"record".to_vec()));
        match store.open_pairing(new).await.unwrap() {
            Opening::Opened(pairing) => return Opened { pairing, code, link },
            Opening::LocatorTaken => {}
            Opening::BudgetSpent(codes) => panic!("{codes:?}"),
        }
    }
}

/// A pairing to open, with its secrets.
pub fn new_pairing(at: Timestamp, ask_first: bool, entry: Entry) -> (NewPairing, PairingCode, LinkSecret) {
    let (code, link) = (PairingCode::generate(&SystemRng), LinkSecret::generate(&SystemRng).at(Place::of(at)));
    let pairing = Pairing {
        id: PairingId::generate(&At(at), &SystemRng),
        device_id: DeviceId::generate(&At(at), &SystemRng),
        name: "Kitchen hub".parse().unwrap(),
        device_type: "IoT Gateway".parse().unwrap(),
        permissions: Permissions::parse(&["sensor:read"]).unwrap(),
        created_at: at,
        expires_at: at.plus_minutes(10),
        ask_first,
        state: PairingState::Open,
        typed: entry != Entry::Off,
        wrong_guesses: 0,
    };
    let new = NewPairing {
        pairing,
        locator: code.locator().number(),
        entry,
        code: PEPPER.hash(Purpose::Code, code.symbols().as_bytes()),
        link: PEPPER.hash(Purpose::Link, link.symbols().as_bytes()),
        by: Actor::Owner,
    };
    (new, code, link)
}

/// A claim by the device whose key is made of `seed`.
pub fn claim(secret: ClaimSecret, seed: u8, at: Timestamp) -> Claim {
    let signing = SigningKey::from_bytes(&[seed; 32]);
    let key = DeviceKey::from_bytes(signing.verifying_key().as_bytes()).unwrap();
    let (binding, description, id) = ([0; 32], Description { name: "hub".into(), ..Description::default() }, uuid::Uuid::nil());
    let signature = sign(&signing, &binding, &secret, &description, id);
    let purpose = match secret {
        ClaimSecret::Link(_) => Purpose::Link,
        ClaimSecret::Code(_) => Purpose::Code,
    };
    let hash = PEPPER.hash(purpose, secret.symbols().as_bytes());
    Claim {
        claim: VerifiedClaim::verify(secret, key, &description, id, &binding, &signature).unwrap(),
        secret: hash,
        address: "192.0.2.7".into(),
        at,
    }
}

pub fn by_link(opened: &Opened, seed: u8, at: Timestamp) -> Claim {
    claim(ClaimSecret::Link(opened.link.clone()), seed, at)
}

pub fn by_code(opened: &Opened, seed: u8, at: Timestamp) -> Claim {
    claim(ClaimSecret::Code(opened.code.clone()), seed, at)
}

/// Another code with the same locator, as a guesser would type it.
pub fn wrong_code(opened: &Opened) -> PairingCode {
    loop {
        let symbols = opened.code.symbols();
        let guess = PairingCode::generate(&SystemRng).symbols();
        // Only one in 32 such texts has a fitting check symbol; the others cost a guesser nothing.
        if let Ok(code) = format!("{}{}", &symbols[..3], &guess[3..]).parse::<PairingCode>()
            && code != opened.code
        {
            return code;
        }
    }
}

/// Opens a pairing and lets a device in.
pub async fn paired(store: &dyn Store, seed: u8) -> (Opened, Device) {
    let opened = open(store).await;
    match store.claim(by_link(&opened, seed, NOON)).await.unwrap() {
        ClaimOutcome::Paired { device, .. } => (opened, device),
        other => panic!("{other:?}"),
    }
}

/// A change the owner wants at noon, whatever the device looks like.
pub fn order(change: DeviceChange) -> DeviceOrder {
    DeviceOrder { change, expected: None, by: Actor::Owner, at: NOON }
}

/// The device after a change that is made.
pub async fn changed(store: &dyn Store, id: DeviceId, change: DeviceChange) -> Device {
    match store.change_device(id, order(change)).await.unwrap() {
        DeviceOutcome::Changed(device) => device,
        other => panic!("{other:?}"),
    }
}

/// Revokes a device at noon.
pub async fn revoke(store: &dyn Store, id: DeviceId) -> DeviceOutcome {
    store.change_device(id, order(DeviceChange::Revoke { reason: None })).await.unwrap()
}
