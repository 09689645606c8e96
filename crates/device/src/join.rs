//! Pairing that survives lost answers and crashes.
//!
//! The key and the idempotency key are on the disk before the first claim leaves, so whatever happens afterwards the
//! same claim can be repeated, by this run or a later one, and gets the same answer.

use std::time::Duration;

use clawpair_api::ErrorCode;
use clawpair_core::Rng;
use clawpair_core::claim::Description;
use clawpair_core::rng;
use ed25519_dalek::SigningKey;
use tokio::time::sleep;
use uuid::Builder;
use zeroize::Zeroizing;

use crate::backoff::Backoff;
use crate::credential::Credential;
use crate::error::DeviceError;
use crate::pair::{Paired, Target, pair};
use crate::state::{LockedState, Pending};

/// How often one run sends a claim.
pub const MAX_TRIES: u32 = 10;
/// Longest wait that a platform may ask for and still be obeyed within one run.
const MAX_OBEYED: Duration = Duration::from_mins(1);

/// Joins the target's platform and keeps the outcome, continuing an earlier run with the same target.
///
/// # Errors
/// The last refusal. A refusal of the code itself ends the claim; after anything else a later run continues it.
pub async fn join(
    target: &Target,
    description: &Description,
    state: &LockedState,
    backoff: &mut Backoff,
    rng: &dyn Rng,
) -> Result<Paired, DeviceError> {
    let mut kept = state.read()?;
    let pending = match kept.pending.take().filter(|pending| pending.is_for(target)) {
        Some(pending) => {
            tracing::info!("continuing an earlier claim with this code");
            pending
        }
        None => begin(target, rng),
    };
    kept.pending = Some(pending.clone());
    state.write(&kept)?;
    match claim(target, &pending, description, backoff, rng).await {
        Ok(paired) => {
            kept.paired = Some(Credential::of(target, &pending.key, &paired)?);
            kept.pending = None;
            state.write(&kept)?;
            Ok(paired)
        }
        Err(error) => {
            if ends_claim(&error) {
                kept.pending = None;
                state.write(&kept)?;
            }
            Err(error)
        }
    }
}

fn begin(target: &Target, rng: &dyn Rng) -> Pending {
    let seed = Zeroizing::new(rng::bytes::<32>(rng));
    let idempotency_key = Builder::from_random_bytes(rng::bytes(rng)).into_uuid();
    Pending::new(target, SigningKey::from_bytes(&seed), idempotency_key)
}

/// Whether repeating the claim can never win.
fn ends_claim(error: &DeviceError) -> bool {
    let DeviceError::Refused(refusal) = error else { return false };
    matches!(
        refusal.code,
        ErrorCode::CodeUnknown
            | ErrorCode::CodeExpired
            | ErrorCode::CodeUsed
            | ErrorCode::CodeCancelled
            | ErrorCode::CodeEntryBurnt
            | ErrorCode::DeviceRevoked
    )
}

async fn claim(
    target: &Target,
    pending: &Pending,
    description: &Description,
    backoff: &mut Backoff,
    rng: &dyn Rng,
) -> Result<Paired, DeviceError> {
    let mut sent = false;
    for tries_left in (0..MAX_TRIES).rev() {
        let error = match pair(target, &pending.key, pending.idempotency_key, description).await {
            Ok(paired) => return Ok(paired),
            Err(error) => error,
        };
        // A platform that never answered is more likely a wrong address than one that is restarting.
        sent |= !matches!(error, DeviceError::Unreachable { .. });
        let obeyed = error.retry_after().is_none_or(|asked| asked <= MAX_OBEYED);
        if !error.is_passing() || !sent || !obeyed || tries_left == 0 {
            return Err(error);
        }
        tracing::warn!(%error, tries_left, "trying again");
        sleep(backoff.wait_at_least(rng, error.retry_after())).await;
    }
    unreachable!("the last try returns")
}
