//! What a person does with devices.

use clawpair_api::{
    ChangeDevices, ChangeOutcomes, Device, DevicePage, DeviceStatus, DeviceSummary, DisableDevice, EditDevice, GrantPermissions,
};

use super::{Answer, App};
use crate::view::DeviceQuery;

impl App {
    /// Devices, narrowed and in the order asked for.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn list_devices(&self, query: &DeviceQuery) -> Answer<DevicePage> {
        let text = |name, value: &Option<String>| value.clone().map(|value| (name, value));
        let status = query.status.map(|status| match status {
            DeviceStatus::Active => "active",
            DeviceStatus::Disabled => "disabled",
            DeviceStatus::Revoked => "revoked",
        });
        let parts = [
            status.map(|word| ("status", word.to_owned())),
            query.connected.map(|connected| ("connected", connected.to_string())),
            text("device_type", &query.device_type),
            text("permission", &query.permission),
            text("tag", &query.tag),
            text("seen_before", &query.seen_before),
            text("q", &query.q),
            text("sort", &query.sort),
            text("after", &query.after),
        ];
        self.0.client.devices(parts.into_iter().flatten()).await
    }

    /// How many devices there are.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn device_summary(&self) -> Answer<DeviceSummary> {
        self.0.client.device_summary().await
    }

    /// One device.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn show_device(&self, id: &str) -> Answer<Device> {
        self.0.client.device(id).await
    }

    /// Changes a device's name, type or tags, if it is still as it was seen.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn edit_device(&self, id: &str, revision: u32, form: &EditDevice) -> Answer<Device> {
        self.0.client.edit_device(id, revision, form).await
    }

    /// Changes what a device may do, if it is still as it was seen.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn grant_permissions(&self, id: &str, revision: u32, form: &GrantPermissions) -> Answer<Device> {
        self.0.client.grant_permissions(id, revision, form).await
    }

    /// Changes many devices in one way, and says what became of each.
    ///
    /// # Errors
    /// The platform's refusal of the whole.
    pub async fn change_devices(&self, form: &ChangeDevices) -> Answer<ChangeOutcomes> {
        self.0.client.change_devices(form).await
    }

    /// Revokes a device: it is cut off when this returns.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn revoke_device(&self, id: &str, reason: Option<&str>) -> Answer<Device> {
        self.0.client.revoke_device(id, reason).await
    }

    /// Shuts a device out until it is enabled again; it is cut off when this returns.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn disable_device(&self, id: &str, form: &DisableDevice) -> Answer<Device> {
        self.0.client.disable_device(id, form).await
    }

    /// Lets a disabled device in again.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn enable_device(&self, id: &str) -> Answer<Device> {
        self.0.client.enable_device(id).await
    }
}
