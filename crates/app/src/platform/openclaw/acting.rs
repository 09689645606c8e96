//! What changes something at a gateway. Each waits until the gateway was looked at again, so that lists show the change.

use clawpair_api::{ApproveRequest, DeviceStatus, EditDevice, PairingStatus};
use clawpair_core::clock::Timestamp;
use clawpair_core::store::StoreError;
use clawpair_core::text::Name;
use clawpair_openclaw::access::Role;
use clawpair_openclaw::error::GatewayError;
use clawpair_openclaw::ids::DeviceId;
use clawpair_openclaw::operations::DecisionError;
use clawpair_openclaw::returned::How;

use super::effect::Effect;
use super::roster::Roster;
use super::shown_device::revision_of;
use super::shown_request::{Waiting, WaitingId};
use super::throwing::{Throwing, kept};
use super::{OpenclawPlatform, device_id, refusal, storage};
use crate::platform::Answer;
use crate::view::Refusal;
use crate::view::many::{ChangeOutcome, ChangeOutcomes, OutcomeKind};
use crate::view::platform::{PlatformDevice, PlatformRequest};

/// Why a request was not decided about.
pub(super) enum Undecided {
    /// It asks for something else than what was seen.
    Changed,
    /// It does not wait any more.
    Gone,
    /// What has to be remembered of it here could not be, or nothing is known of the gateway yet.
    NotKept(Refusal),
    /// The gateway said no, or could not be asked.
    Gateway(GatewayError),
}

impl From<GatewayError> for Undecided {
    fn from(error: GatewayError) -> Self {
        Self::Gateway(error)
    }
}

impl<T> From<DecisionError<T>> for Undecided {
    fn from(error: DecisionError<T>) -> Self {
        match error {
            DecisionError::Changed { .. } => Self::Changed,
            DecisionError::Gone => Self::Gone,
            DecisionError::Gateway(error) => Self::Gateway(error),
        }
    }
}

impl From<Undecided> for Refusal {
    fn from(why: Undecided) -> Self {
        match why {
            Undecided::Changed => refusal::changed(),
            Undecided::Gone => refusal::gone(),
            Undecided::NotKept(why) => why,
            Undecided::Gateway(error) => error.into(),
        }
    }
}

fn unkept(error: StoreError) -> Undecided {
    Undecided::NotKept(storage(error))
}

impl OpenclawPlatform {
    /// Calls a device by another name.
    pub(super) async fn rename(&self, id: &str, revision: u32, form: &EditDevice) -> Answer<PlatformDevice> {
        if form.device_type.is_some() || form.tags.is_some() {
            return Err(Refusal::unsupported(
                "A gateway's device says itself of which type it is, and has no tags; only its name can be changed.",
            ));
        }
        let before = self.find(id)?;
        let Some(name) = &form.name else { return Ok(before) };
        if before.device.revision != revision {
            let what = "Somebody else has renamed this device meanwhile.";
            return Err(Refusal::new("changed_meanwhile", what, "Look at its name now, and change it again if you still want to."));
        }
        let name: Name =
            name.parse().map_err(|error| Refusal::new("invalid_request", format!("{error}"), "Write another name."))?;
        let device = device_id(id)?;
        let at = {
            let acting = self.gateway.act()?;
            acting.rename(&device, &name).await?;
            acting.gateway_time()
        };
        self.shared.looked_until(Effect::Renamed(device, name.as_str()), at).await;
        let mut renamed = self.find(id)?;
        // It is so, even if the look began before.
        renamed.device.revision = revision_of(name.as_str());
        renamed.device.name = name.to_string();
        Ok(renamed)
    }

    /// Removes a device, and remembers that it was.
    pub(super) async fn remove(&self, id: &str) -> Answer<PlatformDevice> {
        let device = device_id(id)?;
        self.not_this_app(&device)?;
        let mut removed = self.find(id)?;
        let at = self.throw_out(device).await?;
        self.shared.looked_until(Effect::Removed(device), at).await;
        removed.device.status = DeviceStatus::Revoked;
        removed.device.connected = false;
        removed.device.revoked_at = Some(self.shared.clock.now().to_string());
        Ok(removed)
    }

    /// Has the gateway remove a device, and says when it had acknowledged that, by its clock.
    pub(super) async fn throw_out(&self, device: DeviceId) -> Result<Timestamp, GatewayError> {
        let acting = self.gateway.act()?;
        let throwing = Throwing::begin(&self.shared, &acting, device, How::Removed);
        match acting.remove(&device).await {
            Ok(()) => {
                let at = acting.gateway_time();
                throwing.done(at);
                Ok(at)
            }
            Err(why) => {
                self.not_thrown_out(device, throwing, &why).await;
                Err(why)
            }
        }
    }

    /// It was not acknowledged that a device was thrown out.
    async fn not_thrown_out(&self, device: DeviceId, throwing: Throwing<'_>, why: &GatewayError) {
        if throwing.failed(why)
            && self.gateway.look().await.is_ok()
            && let Some(roster) = self.shared.roster()
        {
            kept(self.shared.look_for_returned(&roster.snapshot, Some(device)));
        }
    }

    /// Removes many, one after the other, and says what became of each.
    pub(super) async fn remove_many(&self, ids: &[String]) -> ChangeOutcomes {
        let mut outcomes = Vec::with_capacity(ids.len());
        for id in ids {
            let (outcome, device, error) = match self.remove(id).await {
                Ok(removed) => (OutcomeKind::Changed, Some(removed.device), None),
                Err(why) => (OutcomeKind::Refused, None, Some(why.body())),
            };
            outcomes.push(ChangeOutcome { device_id: id.clone(), outcome, device, error });
        }
        ChangeOutcomes { outcomes }
    }

    /// Replaces the token of a role.
    pub(super) async fn rotate(&self, id: &str, role: &Role) -> Answer<PlatformDevice> {
        let device = device_id(id)?;
        let when = self.gateway.rotate(&device, role, None).await?.at;
        let at = self.gateway.act().map_or(when, |acting| when.max(acting.gateway_time()));
        self.shared.looked_until(Effect::Rotated(device, role, when), at).await;
        self.find(id)
    }

    /// Ends the token of a role, and remembers that it did.
    pub(super) async fn revoke(&self, id: &str, role: Role) -> Answer<PlatformDevice> {
        let device = device_id(id)?;
        self.not_this_app(&device)?;
        let at = {
            let acting = self.gateway.act()?;
            let throwing = Throwing::begin(&self.shared, &acting, device, How::Revoked(role.clone()));
            let at = match acting.revoke(&device, &role).await {
                // Looks are timed by this computer's clock, which may have run ahead since they were compared.
                Ok(at) => at.max(acting.gateway_time()),
                Err(why) => {
                    self.not_thrown_out(device, throwing, &why).await;
                    return Err(why.into());
                }
            };
            throwing.done(at);
            at
        };
        self.shared.looked_until(Effect::Revoked(device, &role), at).await;
        self.find(id)
    }

    /// Decides about a request, if that is still what was seen.
    pub(super) async fn decide(&self, id: &str, seen: &ApproveRequest, approve: bool) -> Answer<PlatformRequest> {
        let roster = self.roster()?;
        let (waiting, decided) = self.decision(&roster, id, seen, approve)?;
        let at = self.carry_out(waiting, approve).await?;
        let effect = if approve { Effect::Approved(waiting) } else { Effect::Denied(waiting) };
        self.shared.looked_until(effect, at).await;
        Ok(decided)
    }

    /// The same without waiting until that is seen.
    pub(super) async fn decide_unseen(&self, id: &str, seen: &ApproveRequest, approve: bool) -> Result<PlatformRequest, Undecided> {
        let roster = self.roster().map_err(Undecided::NotKept)?;
        let (waiting, decided) = self.decision(&roster, id, seen, approve)?;
        self.carry_out(waiting, approve).await?;
        Ok(decided)
    }

    /// What waits, if that is still what was seen, and how it is shown once it is decided about.
    fn decision<'a>(
        &self,
        roster: &'a Roster,
        id: &str,
        seen: &ApproveRequest,
        approve: bool,
    ) -> Result<(Waiting<'a>, PlatformRequest), Undecided> {
        let id: WaitingId = id.parse().map_err(|()| Undecided::Gone)?;
        let now = self.shared.clock.now();
        let waiting = Waiting::find(&roster.snapshot, id, now).ok_or(Undecided::Gone)?;
        let mut shown = waiting.shown(roster, now);
        if shown.request.public_key != seen.public_key || shown.request.permissions != seen.permissions {
            return Err(Undecided::Changed);
        }
        shown.request.status = if approve { PairingStatus::Approved } else { PairingStatus::Denied };
        shown.request.seconds_left = 0;
        Ok((waiting, shown))
    }

    /// Decides, and says when the gateway had acknowledged it, by its clock.
    async fn carry_out(&self, waiting: Waiting<'_>, approve: bool) -> Result<Timestamp, Undecided> {
        let Waiting::Device(pending) = waiting else { return self.tell_gateway(waiting, approve).await };
        if !approve {
            return self.tell_gateway(waiting, approve).await;
        }
        let asked = {
            let acting = self.gateway.act()?;
            // What has ended lets nobody in.
            acting.is_still_asked(&pending.seen()).await?;
            acting.gateway_time()
        };
        // Remembered before: a look in between would take it for a return.
        let memory = self.shared.memory();
        memory.is_to_come_in(&pending.device, asked).map_err(unkept)?;
        let decided = self.tell_gateway(waiting, approve).await;
        match &decided {
            Ok(_) => drop(kept(memory.let_in(&pending.device))),
            Err(Undecided::Gateway(why)) if !why.may_have_arrived() => drop(kept(memory.stays_out(&pending.device))),
            // By this attempt or one before, of which nobody heard, it may be in: later looks tell.
            Err(_) => {}
        }
        decided
    }

    async fn tell_gateway(&self, waiting: Waiting<'_>, approve: bool) -> Result<Timestamp, Undecided> {
        let acting = self.gateway.act()?;
        match (waiting, approve) {
            (Waiting::Device(pending), true) => drop(acting.approve(&pending.seen()).await?),
            (Waiting::Device(pending), false) => acting.reject(&pending.seen()).await?,
            (Waiting::Node(pending), true) => acting.approve_node(&pending.seen()).await?,
            (Waiting::Node(pending), false) => acting.reject_node(&pending.seen()).await?,
        }
        Ok(acting.gateway_time())
    }

    pub(super) fn not_this_app(&self, device: &DeviceId) -> Answer<()> {
        if *device != self.shared.own {
            return Ok(());
        }
        let what = "This is this app itself; without it nothing more could be done at this gateway from here.";
        Err(Refusal::new("this_app", what, "To end it, remove the gateway from the list of platforms."))
    }
}
