//! DPoP nonces, and the proofs that have been seen while their nonce lives (RFC 9449 §11.1).

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use clawpair_api::ErrorCode;
use clawpair_core::Timestamp;
use clawpair_core::dpop::Proof;
use clawpair_core::id::DeviceId;
use clawpair_core::rng::{self, Rng};
use clawpair_core::secret::{Pepper, Purpose};

use crate::error::Refusal;

/// How long a nonce is handed out; it is accepted for as long again.
const NONCE_MILLIS: i64 = 5 * 60 * 1_000;
/// Proofs of one device that are remembered per nonce: more than six a second; past this its calls wait for the next one.
const MAX_PROOFS: usize = 2_000;

/// Proofs that have been used since this platform started. Nonces of an earlier start are not accepted, so neither are
/// proofs that were used then.
pub(crate) struct Replays {
    start: [u8; 16],
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    period: i64,
    current: HashMap<DeviceId, HashSet<String>>,
    previous: HashMap<DeviceId, HashSet<String>>,
}

fn period(now: Timestamp) -> i64 {
    now.as_millis().div_euclid(NONCE_MILLIS)
}

impl Replays {
    pub(crate) fn new(rng: &dyn Rng) -> Self {
        Self { start: rng::bytes(rng), seen: Mutex::default() }
    }

    fn nonce(&self, pepper: &Pepper, period: i64) -> String {
        pepper.hash(Purpose::DpopNonce, &[self.start.as_slice(), &period.to_be_bytes()].concat()).to_text()
    }

    /// The nonce that is handed out at `now`.
    pub(crate) fn current_nonce(&self, pepper: &Pepper, now: Timestamp) -> String {
        self.nonce(pepper, period(now))
    }

    /// The nonces that are accepted at `now`.
    pub(crate) fn accepted_nonces(&self, pepper: &Pepper, now: Timestamp) -> [String; 2] {
        [self.nonce(pepper, period(now)), self.nonce(pepper, period(now) - 1)]
    }

    /// Takes note of a proof; refuses it the second time.
    pub(crate) fn admit(&self, device: DeviceId, proof: &Proof, now: Timestamp) -> Result<(), Refusal> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let period = period(now);
        if period > seen.period {
            // A nonce outlives its own period by one, so a proof is remembered for two.
            let current = std::mem::take(&mut seen.current);
            seen.previous = if seen.period + 1 == period { current } else { HashMap::new() };
            seen.period = period;
        }
        let used = |proofs: &HashMap<DeviceId, HashSet<String>>| proofs.get(&device).is_some_and(|used| used.contains(&proof.jti));
        if used(&seen.current) || used(&seen.previous) {
            return Err(Refusal::new(ErrorCode::DpopInvalid, "This DPoP proof has been used before."));
        }
        let proofs = seen.current.entry(device).or_default();
        if proofs.len() >= MAX_PROOFS {
            let wait = (period + 1) * NONCE_MILLIS - now.as_millis();
            return Err(Refusal::rate_limited("This device calls too often.", wait / 1_000 + 1));
        }
        proofs.insert(proof.jti.clone());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clawpair_core::key::DeviceKey;
    use clawpair_core::rng::SystemRng;
    use ed25519_dalek::SigningKey;

    const START: Timestamp = Timestamp::from_millis(1_000 * NONCE_MILLIS);
    const DEVICE: DeviceId = DeviceId::from_bytes([1; 16]);

    fn proof(jti: &str) -> Proof {
        let key = DeviceKey::from_bytes(SigningKey::from_bytes(&[7; 32]).verifying_key().as_bytes()).unwrap();
        Proof { key, jti: jti.into() }
    }

    #[test]
    fn a_proof_works_once_while_its_nonce_lives() {
        let replays = Replays::new(&SystemRng);
        assert!(replays.admit(DEVICE, &proof("1"), START).is_ok());
        assert!(replays.admit(DEVICE, &proof("1"), START).is_err());
        assert!(replays.admit(DEVICE, &proof("1"), START.plus_minutes(6)).is_err(), "its nonce is still accepted");
        assert!(replays.admit(DEVICE, &proof("1"), START).is_err(), "a straggler from before changes nothing");
        assert!(replays.admit(DEVICE, &proof("2"), START).is_ok());
        assert!(replays.admit(DeviceId::from_bytes([2; 16]), &proof("1"), START).is_ok(), "names are each device's own");
    }

    #[test]
    fn a_device_that_calls_too_often_stops_nobody_else() {
        let replays = Replays::new(&SystemRng);
        for number in 0..MAX_PROOFS {
            assert!(replays.admit(DEVICE, &proof(&number.to_string()), START).is_ok());
        }
        assert!(replays.admit(DEVICE, &proof("more"), START).is_err());
        assert!(replays.admit(DeviceId::from_bytes([2; 16]), &proof("more"), START).is_ok());
        assert!(replays.admit(DEVICE, &proof("more"), START.plus_minutes(5)).is_ok());
    }

    #[test]
    fn a_nonce_lives_for_two_periods_and_for_one_start() {
        let (pepper, replays) = (Pepper::from_bytes([1; 32]), Replays::new(&SystemRng));
        let nonce = replays.current_nonce(&pepper, START);
        assert!(replays.accepted_nonces(&pepper, START.plus_minutes(9)).contains(&nonce));
        assert!(!replays.accepted_nonces(&pepper, START.plus_minutes(10)).contains(&nonce));
        assert!(!Replays::new(&SystemRng).accepted_nonces(&pepper, START).contains(&nonce));
    }
}
