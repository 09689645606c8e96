use axum::http::Method;
use clawpair_api::{Device, DevicePage, DisableDevice, paths};

use crate::{Answer, Client, with_id};

impl Client {
    /// Devices, newest first.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn devices(&self, after: Option<&str>) -> Answer<DevicePage> {
        let after = after.map(|id| format!("?after={id}")).unwrap_or_default();
        self.get(&format!("{}{after}", paths::DEVICES)).await
    }

    /// One device.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn device(&self, id: &str) -> Answer<Device> {
        self.get(&with_id(paths::DEVICE, id)).await
    }

    /// Revokes a device.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn revoke_device(&self, id: &str) -> Answer<Device> {
        self.call(Method::DELETE, &with_id(paths::DEVICE, id), None::<&()>).await
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
