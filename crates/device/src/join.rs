//! Pairing that survives lost answers and crashes.
//!
//! The key and the idempotency key are on the disk before the first claim leaves, so whatever happens afterwards the
//! same claim can be repeated, by this run or a later one, and gets the same answer.

use std::time::Duration;

use clawpair_api::ErrorCode;
use clawpair_core::Rng;
use clawpair_core::claim::Description;
use clawpair_core::request::Comparison;
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
/// How often one run asks whether a person has decided: longer than a platform lets anybody wait.
const MAX_WAITS: u32 = 1_000;
/// Longest wait that a platform may ask for and still be obeyed within one run.
const MAX_OBEYED: Duration = Duration::from_mins(1);

/// Joins the target's platform and keeps the outcome, continuing an earlier run with the same target. Where a person is
/// asked first, `show` is told the number to compare, once, and this waits.
///
/// # Errors
/// The last refusal. A refusal of the code itself ends the claim; after anything else a later run continues it.
pub async fn join(
    target: &Target,
    description: &Description,
    state: &LockedState,
    backoff: &mut Backoff,
    rng: &dyn Rng,
    show: impl FnMut(Comparison),
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
    match claim(target, &pending, description, backoff, rng, show).await {
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
            | ErrorCode::PairingDenied
            | ErrorCode::RequestExpired
            | ErrorCode::DeviceRevoked
    )
}

async fn claim(
    target: &Target,
    pending: &Pending,
    description: &Description,
    backoff: &mut Backoff,
    rng: &dyn Rng,
    mut show: impl FnMut(Comparison),
) -> Result<Paired, DeviceError> {
    let (mut sent, mut shown) = (false, false);
    let (mut tries_left, mut waits_left) = (MAX_TRIES - 1, MAX_WAITS - 1);
    loop {
        let error = match pair(target, &pending.key, pending.idempotency_key, description).await {
            Ok(paired) => return Ok(paired),
            Err(error) => error,
        };
        if let DeviceError::Waiting { comparison, again } = error
            && waits_left > 0
        {
            if !std::mem::replace(&mut shown, true) {
                show(comparison);
            }
            // A platform that answers is well, whatever came before.
            (sent, tries_left, waits_left) = (true, MAX_TRIES - 1, waits_left - 1);
            backoff.reset();
            sleep(again).await;
            continue;
        }
        // A platform that never answered is more likely a wrong address than one that is restarting.
        sent |= !matches!(error, DeviceError::Unreachable { .. });
        let obeyed = error.retry_after().is_none_or(|asked| asked <= MAX_OBEYED);
        if !error.is_passing() || !sent || !obeyed || tries_left == 0 {
            return Err(error);
        }
        // Once says all; the last error is reported in any case.
        if tries_left == MAX_TRIES - 1 {
            tracing::warn!(%error, "trying again");
        } else {
            tracing::debug!(%error, tries_left, "trying again");
        }
        tries_left -= 1;
        sleep(backoff.wait_at_least(rng, error.retry_after())).await;
    }
}
