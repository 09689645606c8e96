//! Devices.

use clawpair_api::{
    ChangeDevices, ChangeOutcomes, Device, DevicePage, DeviceSummary, DisableDevice, EditDevice, GrantPermissions, paths,
};

use crate::asked::{Asked, with_id};
use crate::{Answer, Client, Method};

impl Client {
    /// Devices, narrowed and ordered by the parameters of the REST call.
    ///
    /// # Errors
    /// Why the call failed, as of every call here.
    pub async fn devices(&self, parameters: impl IntoIterator<Item = (&str, String)>) -> Answer<DevicePage> {
        self.get_with(paths::DEVICES, parameters.into_iter().collect::<Vec<_>>()).await
    }

    /// How many devices there are.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn device_summary(&self) -> Answer<DeviceSummary> {
        self.get(paths::DEVICES_SUMMARY).await
    }

    /// One device.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn device(&self, id: &str) -> Answer<Device> {
        self.get(&with_id(paths::DEVICE, id)).await
    }

    /// Changes a device's name, type or tags, if it is still at this revision.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn edit_device(&self, id: &str, revision: u32, form: &EditDevice) -> Answer<Device> {
        self.ask(Asked::new(Method::PATCH, with_id(paths::DEVICE, id)).once().at(Some(revision))?.json(form)?).await
    }

    /// Changes what a device may do, if it is still at this revision.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn grant_permissions(&self, id: &str, revision: u32, form: &GrantPermissions) -> Answer<Device> {
        self.ask(Asked::new(Method::PUT, with_id(paths::DEVICE_PERMISSIONS, id)).once().at(Some(revision))?.json(form)?).await
    }

    /// Changes many devices in one way.
    ///
    /// # Errors
    /// Why the whole failed; why one device was refused is its outcome.
    pub async fn change_devices(&self, form: &ChangeDevices) -> Answer<ChangeOutcomes> {
        self.post(paths::DEVICES_BULK, form).await
    }

    /// Revokes a device.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn revoke_device(&self, id: &str, reason: Option<&str>) -> Answer<Device> {
        let parameters: Vec<_> = reason.map(|reason| ("reason", reason)).into_iter().collect();
        self.ask(Asked::new(Method::DELETE, with_id(paths::DEVICE, id)).once().query(parameters)?).await
    }

    /// Shuts a device out for a while; if a revision is named, only if it is still at that.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn disable_device(&self, id: &str, revision: Option<u32>, form: &DisableDevice) -> Answer<Device> {
        self.ask(Asked::new(Method::POST, with_id(paths::DEVICE_DISABLE, id)).once().at(revision)?.json(form)?).await
    }

    /// Lets a disabled device in again; if a revision is named, only if it is still at that.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn enable_device(&self, id: &str, revision: Option<u32>) -> Answer<Device> {
        self.ask(Asked::new(Method::POST, with_id(paths::DEVICE_ENABLE, id)).once().at(revision)?).await
    }
}
