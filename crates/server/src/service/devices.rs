use clawpair_api::ErrorCode;
use clawpair_core::activity::Actor;
use clawpair_core::device::{Device, DeviceChange, DeviceState, InvalidChange};
use clawpair_core::id::DeviceId;
use clawpair_core::store::{DeviceOrder, DeviceOutcome};

use super::Service;
use crate::error::Refusal;
use crate::idempotency::{Intent, Settled};

/// Devices that were ever let in.
impl Service {
    /// Changes a device. One that is no longer let in has lost its live channels when this returns.
    pub(crate) async fn change_device(
        &self,
        id: DeviceId,
        change: DeviceChange,
        expected: Option<u32>,
        intent: Intent,
    ) -> Result<Device, Refusal> {
        let order = DeviceOrder { change, expected, by: intent.by, at: self.now() };
        let outcome = match self.attempt(&intent).0 {
            None => self.store.change_device(id, order).await?,
            Some(once) => match self.settled(&intent, self.store.change_device_once(id, order, once).await?)? {
                Settled::First(outcome) => outcome,
                Settled::Again(device, _) => DeviceOutcome::Unchanged(device),
            },
        };
        self.follow(&outcome);
        match outcome {
            DeviceOutcome::Changed(device) | DeviceOutcome::Unchanged(device) => Ok(device),
            DeviceOutcome::Refused(reason) => Err(reason.into()),
            DeviceOutcome::Unknown => Err(no_such_device()),
        }
    }

    /// Makes one change to several devices, all on disk together.
    pub(crate) async fn change_devices(
        &self,
        ids: Vec<DeviceId>,
        change: DeviceChange,
        by: Actor,
    ) -> Result<Vec<DeviceOutcome>, Refusal> {
        let order = DeviceOrder { change, expected: None, by, at: self.now() };
        let outcomes = self.store.change_devices(ids, order).await?;
        for outcome in &outcomes {
            self.follow(outcome);
        }
        Ok(outcomes)
    }

    /// What follows from a change that is on disk.
    fn follow(&self, outcome: &DeviceOutcome) {
        let (DeviceOutcome::Changed(device) | DeviceOutcome::Unchanged(device)) = outcome else { return };
        if !device.is_active() {
            self.live.cut(device.id);
        }
        self.live.tell_rights(device);
        if matches!(outcome, DeviceOutcome::Changed(_)) {
            tracing::info!(device = %device.id, revision = device.revision, state = ?device.state, "a device was changed");
            self.emit_device(device);
        }
    }

    /// Records that a device was heard.
    ///
    /// # Errors
    /// When it is not let in, or nothing can be recorded.
    pub(crate) async fn heard(&self, id: DeviceId, address: String) -> Result<Device, Refusal> {
        if let Some(device) = self.store.touch_device(id, address, self.now()).await? {
            self.emit_device(&device);
            return Ok(device);
        }
        let device = self
            .store
            .device(id)
            .await?
            .ok_or_else(|| Refusal::new(ErrorCode::DeviceTokenInvalid, "This platform does not know this device."))?;
        ensure_let_in(&device)?;
        // Enabled again at this very moment.
        Ok(device)
    }
}

/// # Errors
/// What a device that is not let in hears, whatever it asks.
pub(crate) fn ensure_let_in(device: &Device) -> Result<(), Refusal> {
    match device.state {
        DeviceState::Active => Ok(()),
        DeviceState::Disabled { .. } => Err(Refusal::new(ErrorCode::DeviceDisabled, "This device is disabled.")),
        DeviceState::Revoked { .. } => Err(Refusal::new(ErrorCode::DeviceRevoked, "This device was revoked.")),
    }
}

pub(crate) fn no_such_device() -> Refusal {
    Refusal::new(ErrorCode::NotFound, "This platform has no such device.")
}

impl From<InvalidChange> for Refusal {
    fn from(reason: InvalidChange) -> Self {
        let code = match reason {
            InvalidChange::Revoked => ErrorCode::AlreadyRevoked,
            InvalidChange::ChangedMeanwhile => ErrorCode::ChangedMeanwhile,
            InvalidChange::Tags(_) => ErrorCode::InvalidRequest,
        };
        Self::new(code, reason.to_string())
    }
}
