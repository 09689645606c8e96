//! DPoP nonces, and the proofs that have been seen while their nonce lives (RFC 9449 §11.1).

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use clawpair_api::ErrorCode;
use clawpair_core::Timestamp;
use clawpair_core::dpop::Proof;
use clawpair_core::secret::{Pepper, Purpose};

use crate::error::Refusal;

/// How long a nonce is handed out; it is accepted for as long again.
const NONCE_MILLIS: i64 = 5 * 60 * 1_000;
/// Proofs remembered per nonce; past this calls are refused until the next one.
const MAX_PROOFS: usize = 200_000;

fn nonce(pepper: &Pepper, period: i64) -> String {
    pepper.hash(Purpose::DpopNonce, &period.to_be_bytes()).to_text()
}

fn period(now: Timestamp) -> i64 {
    now.as_millis().div_euclid(NONCE_MILLIS)
}

/// The nonce that is handed out at `now`. It is the same on every instance that shares the pepper.
pub(crate) fn current_nonce(pepper: &Pepper, now: Timestamp) -> String {
    nonce(pepper, period(now))
}

/// The nonces that are accepted at `now`.
pub(crate) fn accepted_nonces(pepper: &Pepper, now: Timestamp) -> [String; 2] {
    [nonce(pepper, period(now)), nonce(pepper, period(now) - 1)]
}

/// Proofs that have been used.
#[derive(Default)]
pub(crate) struct Replays(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    period: i64,
    current: HashSet<(String, [u8; 32])>,
    previous: HashSet<(String, [u8; 32])>,
}

impl Replays {
    /// Takes note of a proof; refuses it the second time.
    pub(crate) fn admit(&self, proof: &Proof, now: Timestamp) -> Result<(), Refusal> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let period = period(now);
        if seen.period != period {
            // A nonce outlives its own period by one, so a proof is remembered for two.
            seen.previous = if seen.period + 1 == period { std::mem::take(&mut seen.current) } else { HashSet::new() };
            seen.current.clear();
            seen.period = period;
        }
        let proof = (proof.jti.clone(), *proof.key.as_bytes());
        if seen.current.contains(&proof) || seen.previous.contains(&proof) {
            return Err(Refusal::new(ErrorCode::DpopInvalid, "This DPoP proof has been used before."));
        }
        if seen.current.len() >= MAX_PROOFS {
            return Err(Refusal::new(ErrorCode::RateLimited, "Devices call more often than this platform can check."));
        }
        seen.current.insert(proof);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clawpair_core::key::DeviceKey;
    use ed25519_dalek::SigningKey;

    #[test]
    fn a_proof_works_once_while_its_nonce_lives() {
        let key = DeviceKey::from_bytes(SigningKey::from_bytes(&[7; 32]).verifying_key().as_bytes()).unwrap();
        let (replays, proof) = (Replays::default(), Proof { key, jti: "1".into() });
        let start = Timestamp::from_millis(1_000 * NONCE_MILLIS);
        assert!(replays.admit(&proof, start).is_ok());
        assert!(replays.admit(&proof, start).is_err());
        assert!(replays.admit(&proof, start.plus_minutes(6)).is_err(), "its nonce is still accepted");
        assert!(replays.admit(&Proof { jti: "2".into(), ..proof.clone() }, start).is_ok());
    }

    #[test]
    fn a_nonce_lives_for_two_periods() {
        let (pepper, start) = (Pepper::from_bytes([1; 32]), Timestamp::from_millis(0));
        let nonce = current_nonce(&pepper, start);
        assert!(accepted_nonces(&pepper, start.plus_minutes(9)).contains(&nonce));
        assert!(!accepted_nonces(&pepper, start.plus_minutes(10)).contains(&nonce));
    }
}
