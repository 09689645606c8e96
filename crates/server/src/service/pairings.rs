use clawpair_api as api;
use clawpair_core::Rng;
use clawpair_core::activity::Actor;
use clawpair_core::code::{PairingCode, Place};
use clawpair_core::id::{DeviceId, PairingId};
use clawpair_core::link::{Address, LinkSecret, MAX_ADDRESSES, PairingLink};
use clawpair_core::pairing::{Lifetime, MAX_TYPED_CODES, Pairing, PairingState};
use clawpair_core::permission::Permissions;
use clawpair_core::secret::Purpose;
use clawpair_core::store::{Entry, NewPairing, Opening, TypedCodes};
use clawpair_core::text::{DeviceType, Name};

use super::Service;
use crate::error::Refusal;
use crate::idempotency::{Intent, Settled};

/// Codes that are drawn until one has a locator of its own. Of 32,768 at most 51 are taken, so the second is seldom needed.
const MAX_LOCATORS: usize = 16;

/// A pairing to be opened, parsed.
pub(crate) struct PairingRequest {
    pub(crate) name: Name,
    pub(crate) device_type: DeviceType,
    pub(crate) permissions: Permissions,
    pub(crate) lifetime: Lifetime,
    pub(crate) addresses: Option<Vec<Address>>,
    /// `None` leaves it to the permissions.
    pub(crate) ask_first: Option<bool>,
    /// `None` leaves it to the guess budget.
    pub(crate) typed: Option<bool>,
}

/// An opened pairing with the secrets that are shown this once.
pub(crate) struct OpenedPairing {
    pub(crate) pairing: Pairing,
    pub(crate) code: PairingCode,
    pub(crate) link: Option<PairingLink>,
}

/// Drawn in this order, so that the same randomness makes the same ones.
struct Secrets {
    code: PairingCode,
    link: LinkSecret,
}

impl Secrets {
    fn draw(rng: &dyn Rng) -> Self {
        Self { code: PairingCode::generate(rng), link: LinkSecret::generate(rng) }
    }

    /// Moved to where the pairing lies. A code that people may type keeps the locator that was drawn: no other live one has it.
    fn of(self, pairing: &Pairing) -> Self {
        let place = Place::of(pairing.created_at);
        let code = if pairing.typed { self.code } else { self.code.at(place) };
        Self { code, link: self.link.at(place) }
    }
}

/// Codes, while nobody has claimed them.
impl Service {
    /// Opens a pairing; the same intent again gets the same code and link.
    pub(crate) async fn open_pairing(&self, request: PairingRequest, intent: Intent) -> Result<OpenedPairing, Refusal> {
        let links = self.links(request.addresses)?;
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
            typed: false,
            wrong_guesses: 0,
        };
        // Without a wish, typing is offered while the guess budget has room; making it ready is the dearest part of all.
        let mut typed = match request.typed {
            Some(wanted) => wanted,
            None => self.store.typed_codes(now).await?.live < MAX_TYPED_CODES,
        };
        for _ in 0..MAX_LOCATORS {
            let (once, rng) = self.attempt(&intent);
            let pairing = Pairing { typed, ..pairing.clone() };
            let secrets = Secrets::draw(&*rng).of(&pairing);
            let new = NewPairing {
                locator: secrets.code.locator().number(),
                entry: if typed { self.typed_entry(&secrets.code, pairing.id)? } else { Entry::Off },
                code: self.pepper.hash(Purpose::Code, secrets.code.symbols().as_bytes()),
                link: self.pepper.hash(Purpose::Link, secrets.link.symbols().as_bytes()),
                by: intent.by,
                pairing,
            };
            let opening = match once {
                None => self.store.open_pairing(new).await?,
                Some(once) => match self.settled(&intent, self.store.open_pairing_once(new, once).await?)? {
                    Settled::First(opening) => opening,
                    Settled::Again(pairing, rng) => {
                        let secrets = Secrets::draw(&rng).of(&pairing);
                        return Ok(self.opened(pairing, secrets, links));
                    }
                },
            };
            match opening {
                Opening::Opened(pairing) => {
                    self.metrics.code_made();
                    self.emit_pairing(&pairing);
                    return Ok(self.opened(pairing, secrets, links));
                }
                Opening::BudgetSpent(codes) if request.typed.is_some() => return Err(budget_spent(codes)),
                Opening::BudgetSpent(_) => typed = false,
                Opening::LocatorTaken => {}
            }
        }
        Err(Refusal::new(api::ErrorCode::Internal, "No free locator was found."))
    }

    /// The addresses of a link, which may be none where the platform listens nowhere.
    fn links(&self, asked: Option<Vec<Address>>) -> Result<Vec<Address>, Refusal> {
        match asked {
            Some(addresses) if (1..=MAX_ADDRESSES).contains(&addresses.len()) => Ok(addresses),
            Some(_) => Err(wrong_number_of_addresses()),
            None => Ok(self.advertised()),
        }
    }

    fn opened(&self, pairing: Pairing, secrets: Secrets, addresses: Vec<Address>) -> OpenedPairing {
        OpenedPairing { pairing, code: secrets.code, link: PairingLink::new(addresses, self.pin, secrets.link).ok() }
    }

    fn typed_entry(&self, code: &PairingCode, id: PairingId) -> Result<Entry, Refusal> {
        let record = self.opaque.register(code, id.as_bytes(), &*self.rng);
        record.map(Entry::Typed).map_err(|error| Refusal::new(api::ErrorCode::Internal, error.to_string()))
    }

    pub(crate) async fn cancel_pairing(&self, id: PairingId, by: Actor) -> Result<Option<Pairing>, Refusal> {
        let Some(outcome) = self.store.cancel_pairing(id, by, self.now()).await? else { return Ok(None) };
        let pairing = outcome?;
        self.emit_pairing(&pairing);
        Ok(Some(pairing))
    }
}

fn budget_spent(codes: TypedCodes) -> Refusal {
    let end = codes.next_ends.map_or_else(String::new, |end| format!("; the next one ends at {end}"));
    let message = format!("{} codes that may be typed are open, and more would be too easy to guess{end}.", codes.live);
    Refusal::new(api::ErrorCode::GuessBudgetSpent, message)
}

fn wrong_number_of_addresses() -> Refusal {
    Refusal::new(api::ErrorCode::InvalidRequest, format!("A link takes 1 to {MAX_ADDRESSES} addresses."))
}
