use clawpair_api as api;
use clawpair_core::activity::Actor;
use clawpair_core::device::Device;
use clawpair_core::id::DeviceId;

use super::Service;
use crate::error::Refusal;

/// Devices that were ever let in.
impl Service {
    /// Revokes a device and cuts its live connections before answering.
    pub(crate) async fn revoke_device(&self, id: DeviceId, by: Actor) -> Result<Option<Device>, Refusal> {
        let revoked = self.store.revoke_device(id, by, self.now()).await?;
        if let Some(device) = &revoked {
            self.live.cut(id);
            tracing::info!(device = %id, "a device was revoked");
            self.emit_device(device);
        }
        Ok(revoked)
    }

    /// Records that a device was heard. `None` when it has been revoked.
    pub(crate) async fn heard(&self, id: DeviceId, address: String) -> Result<Option<Device>, Refusal> {
        let device = self.store.touch_device(id, address, self.now()).await?;
        if let Some(device) = &device {
            self.emit_device(device);
        }
        Ok(device)
    }
}

/// What a revoked device hears, whatever it asks.
pub(crate) fn revoked() -> Refusal {
    Refusal::new(api::ErrorCode::DeviceRevoked, "This device was revoked.")
}
