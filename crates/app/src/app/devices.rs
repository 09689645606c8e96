//! What a person does with devices.

use clawpair_api::{Device, DevicePage, DisableDevice};

use super::{Answer, App};

impl App {
    /// Devices, newest first.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn list_devices(&self, after: Option<&str>) -> Answer<DevicePage> {
        self.0.client.devices(after).await
    }

    /// One device.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn show_device(&self, id: &str) -> Answer<Device> {
        self.0.client.device(id).await
    }

    /// Revokes a device: it is cut off when this returns.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn revoke_device(&self, id: &str) -> Answer<Device> {
        self.0.client.revoke_device(id).await
    }

    /// Shuts a device out until it is enabled again; it is cut off when this returns.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn disable_device(&self, id: &str) -> Answer<Device> {
        self.0.client.disable_device(id, &DisableDevice::default()).await
    }

    /// Lets a disabled device in again.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn enable_device(&self, id: &str) -> Answer<Device> {
        self.0.client.enable_device(id).await
    }
}
