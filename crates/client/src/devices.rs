use axum::http::Method;
use clawpair_api::{
    ChangeDevices, ChangeOutcomes, Device, DevicePage, DeviceSummary, DisableDevice, EditDevice, GrantPermissions, paths,
};

use crate::{Answer, Client, unreadable, with_id};

impl Client {
    /// Devices, narrowed and ordered by the parameters of the REST call.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn devices(&self, parameters: impl IntoIterator<Item = (&str, String)>) -> Answer<DevicePage> {
        self.get_with(paths::DEVICES, parameters).await
    }

    /// How many devices there are.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn device_summary(&self) -> Answer<DeviceSummary> {
        self.get(paths::DEVICES_SUMMARY).await
    }

    /// One device.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn device(&self, id: &str) -> Answer<Device> {
        self.get(&with_id(paths::DEVICE, id)).await
    }

    /// Changes a device's name, type or tags, if it is still at this revision.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn edit_device(&self, id: &str, revision: u32, form: &EditDevice) -> Answer<Device> {
        self.call_at(Method::PATCH, &with_id(paths::DEVICE, id), Some(revision), Some(form)).await
    }

    /// Changes what a device may do, if it is still at this revision.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn grant_permissions(&self, id: &str, revision: u32, form: &GrantPermissions) -> Answer<Device> {
        self.call_at(Method::PUT, &with_id(paths::DEVICE_PERMISSIONS, id), Some(revision), Some(form)).await
    }

    /// Changes many devices in one way.
    ///
    /// # Errors
    /// The platform's refusal of the whole; that of one device is its outcome.
    pub async fn change_devices(&self, form: &ChangeDevices) -> Answer<ChangeOutcomes> {
        self.call(Method::POST, paths::DEVICES_BULK, Some(form)).await
    }

    /// Revokes a device.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn revoke_device(&self, id: &str, reason: Option<&str>) -> Answer<Device> {
        let query = serde_urlencoded::to_string(reason.map(|reason| ("reason", reason)).as_slice());
        let query = query.map_err(|error| unreadable(&error))?;
        self.call(Method::DELETE, &format!("{}?{query}", with_id(paths::DEVICE, id)), None::<&()>).await
    }

    /// Shuts a device out for a while.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn disable_device(&self, id: &str, form: &DisableDevice) -> Answer<Device> {
        self.call(Method::POST, &with_id(paths::DEVICE_DISABLE, id), Some(form)).await
    }

    /// Lets a disabled device in again.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn enable_device(&self, id: &str) -> Answer<Device> {
        self.call(Method::POST, &with_id(paths::DEVICE_ENABLE, id), None::<&()>).await
    }
}
