use async_trait::async_trait;

use super::{DeviceCounts, DevicePosition, DeviceQuery, Page, StoreError};
use crate::activity::Actor;
use crate::clock::Timestamp;
use crate::device::{Device, DeviceChange, InvalidChange};
use crate::id::DeviceId;

/// A change that somebody wants.
#[derive(Clone, Debug)]
pub struct DeviceOrder {
    /// What.
    pub change: DeviceChange,
    /// The revision it was decided on; any when `None`.
    pub expected: Option<u32>,
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceOutcome {
    /// It is made; the device as it is now.
    Changed(Device),
    /// The device was so already.
    Unchanged(Device),
    /// It cannot be made.
    Refused(InvalidChange),
    /// There is no such device.
    Unknown,
}

/// Devices that were ever let in.
#[async_trait]
pub trait Devices: Send + Sync {
    /// One device, revoked ones too.
    async fn device(&self, id: DeviceId) -> Result<Option<Device>, StoreError>;
    /// A page of devices.
    async fn devices(&self, query: &DeviceQuery) -> Result<Page<Device, DevicePosition>, StoreError>;
    /// How many devices there are, without counting them.
    async fn device_counts(&self) -> Result<DeviceCounts, StoreError>;
    /// Records that a device was heard. `None` when it is gone, disabled or revoked.
    async fn touch_device(&self, id: DeviceId, address: String, at: Timestamp) -> Result<Option<Device>, StoreError>;
    /// Makes one change to one device.
    async fn change_device(&self, id: DeviceId, order: DeviceOrder) -> Result<DeviceOutcome, StoreError>;
    /// Makes one change to several devices, all on disk together; the outcomes in their order.
    async fn change_devices(&self, ids: Vec<DeviceId>, order: DeviceOrder) -> Result<Vec<DeviceOutcome>, StoreError>;
}
