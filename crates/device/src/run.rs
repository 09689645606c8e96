//! Staying connected.

use std::future::Future;
use std::time::Duration;

use clawpair_api::ErrorCode;
use clawpair_core::link::Address;
use tokio::time::sleep;

use crate::backoff::Backoff;
use crate::caller::Caller;
use crate::error::DeviceError;
use crate::live::{Ended, Live};

/// Longest wait that a platform may ask for between two connections.
const MAX_OBEYED: Duration = Duration::from_mins(5);
/// How often a device that only stays connected gets new tokens: so that the refresh token, which lives for half a year of
/// silence, cannot end under a channel that never does.
const KEEP_FRESH: Duration = Duration::from_hours(24);

/// What a person who watches may want to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The live channel is open.
    Connected(Address),
    /// It was, and is not.
    Disconnected,
    /// What this device may do has changed to this.
    RightsChanged(Vec<String>),
    /// It was disconnected because somebody has disabled it; it goes on trying.
    Disabled(Option<String>),
}

/// Keeps the live channel open, reconnecting with back-off, until `stop` is done or the platform does not want this
/// device any more.
///
/// # Errors
/// [`ErrorCode::DeviceRevoked`] or another refusal of the device itself. Everything else, another key at the address
/// included, is waited out: a device must not be stopped for good by a network it passed through.
pub async fn stay_connected(
    caller: &Caller,
    backoff: &mut Backoff,
    mut report: impl FnMut(Change),
    stop: impl Future<Output = ()>,
) -> Result<(), DeviceError> {
    tokio::pin!(stop);
    let mut said = None;
    loop {
        let opened = tokio::select! {
            () = &mut stop => return Ok(()),
            opened = Live::open(caller) => opened,
        };
        let asked = match opened {
            Ok(live) => {
                said = None;
                report(Change::Connected(live.address.clone()));
                let ended = tokio::select! {
                    ended = live.stay_and_hear(&mut stop, |rights| report(Change::RightsChanged(rights))) => ended,
                    error = keep_fresh(caller) => return Err(error),
                };
                match ended {
                    Ended::Stopped => return Ok(()),
                    Ended::Revoked => return Err(crate::live::revoked()),
                    Ended::Disabled { reason } => report(Change::Disabled(reason)),
                    Ended::Lost { why, proven } => {
                        tracing::info!(%why, "disconnected");
                        report(Change::Disconnected);
                        // One heartbeat answered: not a platform that accepts and drops in a circle.
                        if proven {
                            backoff.reset();
                        }
                    }
                }
                None
            }
            Err(error) if is_final(&error) => return Err(error),
            Err(error) => {
                // A platform that is down for a night is one line and not thousands.
                let why = error.to_string();
                if said.as_ref() == Some(&why) {
                    tracing::debug!(%error, "still not connected");
                } else {
                    tracing::warn!(%error, "not connected; trying until it works");
                    said = Some(why);
                }
                error.retry_after().map(|asked| asked.min(MAX_OBEYED))
            }
        };
        tokio::select! {
            () = &mut stop => return Ok(()),
            () = sleep(backoff.wait_at_least(caller.rng(), asked)) => {}
        }
    }
}

/// Renews the tokens of a connected device now and then; done when they are worth nothing any more.
async fn keep_fresh(caller: &Caller) -> DeviceError {
    loop {
        sleep(KEEP_FRESH).await;
        match caller.refresh(&caller.credential()).await {
            Err(error) if is_final(&error) => return error,
            Err(error) => tracing::warn!(%error, "no new tokens"),
            Ok(()) => {}
        }
    }
}

fn is_final(error: &DeviceError) -> bool {
    match error {
        DeviceError::Refused(refusal) => matches!(
            refusal.code,
            ErrorCode::DeviceRevoked
                | ErrorCode::DeviceTokenInvalid
                | ErrorCode::RefreshTokenReuse
                | ErrorCode::DeviceKeyReplaced
                | ErrorCode::DpopInvalid
        ),
        DeviceError::NotPaired => true,
        _ => false,
    }
}
