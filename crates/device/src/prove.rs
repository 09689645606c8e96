//! A code typed at a device that knows no more of its platform than where it might be.
//!
//! Whoever answers there proves by OPAQUE that he knows the code too and that nobody is in between; the code itself is not
//! sent, and nothing that was said can be used to find it out. From then on that platform's key is pinned.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clawpair_api::{ErrorCode, OpaqueFinish, OpaqueFinished, OpaqueStart, OpaqueStarted, paths};
use clawpair_core::Rng;
use clawpair_core::claim::ClaimSecret;
use clawpair_core::code::PairingCode;
use clawpair_core::link::Address;
use clawpair_core::opaque::{Prover, context};
use zeroize::Zeroizing;

use crate::connection::Connection;
use crate::error::DeviceError;
use crate::http::{Channel, post_json};
use crate::input::Goal;
use crate::pair::Target;
use crate::state::{LockedState, StateError};

/// Where to go with a goal: at once if the platform is known, or was proved to be the right one in an earlier run.
///
/// # Errors
/// As [`prove`], or when the state file cannot be read.
pub async fn settle(goal: Goal, state: &LockedState, rng: &dyn Rng) -> Result<Target, DeviceError> {
    match goal {
        Goal::Known(target) => Ok(target),
        Goal::Unproven { addresses, code } => match continued(&addresses, &code, state)? {
            Some(target) => Ok(target),
            None => prove(&addresses, code, rng).await,
        },
    }
}

/// The target of a claim that was begun with this code.
fn continued(addresses: &[Address], code: &PairingCode, state: &LockedState) -> Result<Option<Target>, StateError> {
    let Some(pending) = state.read()?.pending else { return Ok(None) };
    let Some(pin) = pending.pin else { return Ok(None) };
    let target = Target { addresses: addresses.to_vec(), pin, secret: ClaimSecret::Code(code.clone()) };
    Ok(pending.is_for(&target).then_some(target))
}

/// Finds out whether who answers knows the code. Costs one of its five guesses unless he does.
///
/// # Errors
/// [`DeviceError::Unproven`] if he does not, or somebody is in between; else whatever stood in the way.
pub async fn prove(addresses: &[Address], code: PairingCode, rng: &dyn Rng) -> Result<Target, DeviceError> {
    let connection = Connection::open_unproven(addresses).await?;
    let (address, pin) = (connection.address.clone(), connection.pin()?);
    let context = context(&connection.binding()?, pin);
    let mut channel = Channel::over(connection).await?;

    let unproven = || DeviceError::Unproven { address: address.clone() };
    let (prover, request) = Prover::start(&code, rng).map_err(|_| unproven())?;
    let start = OpaqueStart { locator: code.locator().symbols(), request: URL_SAFE_NO_PAD.encode(request) };
    let started: OpaqueStarted = channel.call(post_json(paths::OPAQUE_START, body(&start)?)?).await?.into_result()?;
    let response = URL_SAFE_NO_PAD.decode(&started.response).map_err(|_| unproven())?;
    let finalization = prover.finish(&response, &context, rng).map_err(|_| unproven())?;

    let finish = OpaqueFinish { finalization: URL_SAFE_NO_PAD.encode(finalization) };
    let finished = channel.call(post_json(paths::OPAQUE_FINISH, body(&finish)?)?).await?.into_result::<OpaqueFinished>();
    match finished {
        Ok(_) => Ok(Target { addresses: addresses.to_vec(), pin, secret: ClaimSecret::Code(code) }),
        Err(DeviceError::Refused(refusal)) if refusal.code == ErrorCode::CodeUnknown => Err(unproven()),
        Err(error) => Err(error),
    }
}

fn body(message: &impl serde::Serialize) -> Result<Zeroizing<Vec<u8>>, DeviceError> {
    serde_json::to_vec(message).map(Zeroizing::new).map_err(|error| DeviceError::NotUnderstood { why: error.to_string() })
}
