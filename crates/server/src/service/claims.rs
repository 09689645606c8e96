use std::net::IpAddr;

use clawpair_api as api;
use clawpair_core::claim::{ClaimSecret, VerifiedClaim};
use clawpair_core::device::Device;
use clawpair_core::id::PairingId;
use clawpair_core::pairing::{InvalidTransition, Pairing};
use clawpair_core::request::{Comparison, Request};
use clawpair_core::secret::Purpose;
use clawpair_core::store::{Claim, ClaimOutcome};
use clawpair_core::watch::Observation;

use super::Service;
use super::devices::ensure_let_in;
use crate::error::Refusal;

/// What a device hears whose claim is good.
#[expect(clippy::large_enum_variant, reason = "one exists per claim, and most hold a device")]
pub(crate) enum Claimed {
    /// It is in.
    Joined(Device, api::Tokens),
    /// A person is asked.
    Waiting(PairingId, Comparison),
}

/// How devices come in.
impl Service {
    /// Lets a device in, or lets it wait; the same key gets the same tokens however often it repeats its claim.
    pub(crate) async fn claim(&self, claim: VerifiedClaim, address: String) -> Result<Claimed, Refusal> {
        let now = self.now();
        let (purpose, typed) = match claim.secret {
            ClaimSecret::Link(_) => (Purpose::Link, false),
            ClaimSecret::Code(_) => (Purpose::Code, true),
        };
        if typed {
            self.admit(&address, now)?;
        }
        let from = address.clone();
        let secret = self.pepper.hash(purpose, claim.secret.symbols().as_bytes());
        let outcome = self.store.claim(Claim { claim, secret, address, at: now }).await?;
        self.metrics.claimed(&outcome);
        self.observe_claim(&outcome, from.parse().ok());
        match outcome {
            ClaimOutcome::Paired { pairing, device, tokens, repeated } => {
                tracing::info!(device = %device.id, repeated, "a device was let in");
                self.emit_pairing(&pairing);
                self.emit_device(&device);
                let tokens = self.tokens_of(&device, &tokens);
                Ok(Claimed::Joined(device, tokens))
            }
            ClaimOutcome::Waiting { request, first } => {
                if first {
                    tracing::info!(pairing = %request.pairing.id, "a device asks to be let in");
                    self.emit_request(&request);
                }
                let comparison = Comparison::of(self.pin, &request.asking.key, request.pairing.id);
                Ok(Claimed::Waiting(request.pairing.id, comparison))
            }
            ClaimOutcome::Refused { pairing, reason, seen_by } => {
                // The activity log has the first few; a flood of them must not fill the disk.
                tracing::debug!(pairing = %pairing.id, %reason, "a claim was refused");
                if let Some(request) = &seen_by {
                    self.emit_request(request);
                }
                Err(self.refused(&pairing, reason).await)
            }
            ClaimOutcome::ShutOut(device) => {
                ensure_let_in(&device)?;
                Err(InvalidTransition::Used.into())
            }
            ClaimOutcome::Unknown { charged } => {
                if typed {
                    self.limits.failed(&from, now);
                }
                for pairing in &charged {
                    self.emit_wrong_guess(pairing);
                }
                Err(Refusal::new(api::ErrorCode::CodeUnknown, "No open pairing on this platform has this code."))
            }
        }
    }

    fn observe_claim(&self, outcome: &ClaimOutcome, address: Option<IpAddr>) {
        match outcome {
            ClaimOutcome::Paired { device, repeated: false, .. } => self.observe(Observation::DeviceJoined {
                device: device.id,
                expected_type: device.device_type.to_string(),
                said_type: device.description.device_type.clone(),
                address,
            }),
            ClaimOutcome::Paired { .. } | ClaimOutcome::Waiting { .. } => {}
            ClaimOutcome::Refused { pairing, .. } => self.observe(Observation::ClaimFailed { pairing: Some(pairing.id), address }),
            ClaimOutcome::ShutOut(device) => self.observe(Observation::Knocked { device: device.id, address }),
            // A locator of one open pairing says which code was meant; of none or several it says nothing.
            ClaimOutcome::Unknown { charged } => {
                let pairing = if let [pairing] = charged.as_slice() { Some(pairing.id) } else { None };
                self.observe(Observation::ClaimFailed { pairing, address });
            }
        }
    }

    /// A refusal in words; a denied device hears the reason that was given.
    async fn refused(&self, pairing: &Pairing, reason: InvalidTransition) -> Refusal {
        if reason == InvalidTransition::Denied
            && let Ok(Some(Request { reason: Some(said), .. })) = self.store.request(pairing.id).await
        {
            return Refusal::new(api::ErrorCode::PairingDenied, format!("This device was not let in: “{said}”."));
        }
        reason.into()
    }
}
