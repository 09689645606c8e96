use async_trait::async_trait;

use super::{Page, StoreError};
use crate::activity::Actor;
use crate::clock::Timestamp;
use crate::device::Device;
use crate::id::DeviceId;

/// Devices that were ever let in.
#[async_trait]
pub trait Devices: Send + Sync {
    /// One device, revoked ones too.
    async fn device(&self, id: DeviceId) -> Result<Option<Device>, StoreError>;
    /// Devices by descending id.
    async fn devices(&self, after: Option<DeviceId>, limit: usize) -> Result<Page<Device, DeviceId>, StoreError>;
    /// Records that a device was heard. `None` when it is gone or revoked.
    async fn touch_device(&self, id: DeviceId, address: String, at: Timestamp) -> Result<Option<Device>, StoreError>;
    /// Revokes a device; repeating changes nothing. `None` when there is no such device.
    async fn revoke_device(&self, id: DeviceId, by: Actor, at: Timestamp) -> Result<Option<Device>, StoreError>;
}
