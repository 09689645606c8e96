use clawpair_api as api;
use clawpair_core::Timestamp;
use clawpair_core::activity::Actor;
use clawpair_core::claim::ChannelBinding;
use clawpair_core::code::Locator;
use clawpair_core::id::PairingId;
use clawpair_core::opaque::context;
use clawpair_core::pairing::{MAX_WRONG_GUESSES, Pairing};
use clawpair_core::watch::Observation;

use super::Service;
use crate::error::Refusal;
use crate::opaque::Exchange;

/// How long a locator without a code looks the same, in milliseconds: a day, the longest life of a code.
const NOBODY_MILLIS: i64 = 24 * 60 * 60 * 1_000;

/// Codes typed at devices that do not know this platform's key.
impl Service {
    /// Answers a device that wants to know whether this platform knows its code. Counts as a wrong guess until the device
    /// has finished, because a guesser learns from the answer alone whether he was right.
    pub(crate) async fn start_opaque(
        &self,
        locator: Locator,
        request: &[u8],
        connection: ChannelBinding,
        address: &str,
    ) -> Result<Vec<u8>, Refusal> {
        let now = self.now();
        self.admit(address, now)?;
        self.limits.failed(address, now);
        let guess = self.store.charge_guess(locator.number(), now).await?;
        let nobody = self.opaque.nobody(locator.number(), now.as_millis().div_euclid(NOBODY_MILLIS));
        let (record, credential) = match &guess {
            Some(guess) => (Some(guess.record.as_slice()), guess.pairing.as_bytes().as_slice()),
            None => (None, nobody.as_bytes().as_slice()),
        };
        let guess = guess.as_ref().map(|guess| (guess.pairing, Actor::Device(address.parse().ok())));
        let context = context(&connection, self.pin);
        let started = self.opaque.start(record, credential, request, context, &*self.rng);
        let Ok((login, response)) = started else {
            self.guessed_wrong(guess).await?;
            return Err(Refusal::new(api::ErrorCode::InvalidRequest, "The request is no first message of OPAQUE (RFC 9807)."));
        };
        let exchange = Exchange { login, guess, at: now };
        for given_up in self.exchanges.begin(connection, exchange) {
            self.guessed_wrong(Some(given_up)).await?;
        }
        Ok(response)
    }

    /// Takes the guess back if the device knew the code.
    pub(crate) async fn finish_opaque(
        &self,
        finalization: &[u8],
        connection: &ChannelBinding,
        address: &str,
    ) -> Result<(), Refusal> {
        let Some(exchange) = self.exchanges.take(connection) else {
            return Err(Refusal::new(api::ErrorCode::InvalidRequest, "Nothing has been started over this connection."));
        };
        let (now, guess) = (self.now(), exchange.guess);
        let in_time = !exchange.is_late(now);
        if exchange.login.finish(finalization).is_ok() && in_time {
            self.limits.forgive(address);
            if let Some((id, _)) = guess {
                self.store.forgive_guess(id, now).await?;
            }
            return Ok(());
        }
        if guess.is_none() {
            self.observe(Observation::ClaimFailed { pairing: None, address: address.parse().ok() });
        }
        self.guessed_wrong(guess).await?;
        Err(Refusal::new(api::ErrorCode::CodeUnknown, "No open pairing on this platform has this code."))
    }

    /// Whether a typed code from this address is looked at now. One that is not is a failure that the rules hear of.
    pub(super) fn admit(&self, address: &str, now: Timestamp) -> Result<(), Refusal> {
        let refused = |_: &Refusal| self.observe(Observation::ClaimFailed { pairing: None, address: address.parse().ok() });
        self.limits.admit(address, now).inspect_err(refused)
    }

    async fn guessed_wrong(&self, guess: Option<(PairingId, Actor)>) -> Result<(), Refusal> {
        let Some((id, by)) = guess else { return Ok(()) };
        self.observe(Observation::ClaimFailed { pairing: Some(id), address: by.address() });
        if let Some(pairing) = self.store.record_wrong_guess(id, by, self.now()).await? {
            self.emit_wrong_guess(&pairing);
        }
        Ok(())
    }

    pub(super) fn emit_wrong_guess(&self, pairing: &Pairing) {
        tracing::warn!(pairing = %pairing.id, "a wrong code was typed");
        let attempts_left = MAX_WRONG_GUESSES.saturating_sub(pairing.wrong_guesses);
        self.emit_pairing(pairing);
        self.emit(api::Event::GuessFailed { pairing_id: pairing.id.to_string(), attempts_left });
    }
}
