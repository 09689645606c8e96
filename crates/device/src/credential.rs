//! What a paired device keeps, and may never lose or show.

use std::path::Path;

use clawpair_api::Device;
use clawpair_core::id::DeviceId;
use clawpair_core::link::Address;
use clawpair_core::pin::ServerPin;
use clawpair_core::text;
use ed25519_dalek::SigningKey;

use crate::error::DeviceError;
use crate::pair::{Paired, Target};
use crate::state::{State, StateFile};
use crate::tokens::Tokens;

/// Everything a device needs to come back: where the platform is, its key, and the device's own key and tokens.
#[derive(Clone, Debug)]
pub struct Credential {
    /// Where the platform may be reached; the address that answered last comes first.
    pub addresses: Vec<Address>,
    /// The platform's key.
    pub pin: ServerPin,
    /// What the platform calls this device.
    pub id: DeviceId,
    /// What people call it.
    pub name: String,
    /// The device's key; `Debug` shows its public half only.
    pub key: SigningKey,
    /// The key that is to take its place, from before the platform hears of it until it has answered.
    pub next_key: Option<SigningKey>,
    /// Of use only together with the key; each refresh brings others.
    pub tokens: Tokens,
}

impl Credential {
    /// What a claim that won has brought.
    ///
    /// # Errors
    /// [`DeviceError::NotUnderstood`] if the platform's answer has no proper device id.
    pub fn of(target: &Target, key: &SigningKey, paired: &Paired) -> Result<Self, DeviceError> {
        let mut addresses = vec![paired.address.clone()];
        addresses.extend(target.addresses.iter().filter(|&address| *address != paired.address).cloned());
        Ok(Self {
            addresses,
            pin: target.pin,
            id: device_id(&paired.device)?,
            name: text::sanitised(&paired.device.name),
            key: key.clone(),
            next_key: None,
            tokens: paired.tokens.clone(),
        })
    }

    /// From a state file.
    ///
    /// # Errors
    /// [`DeviceError::NotPaired`] when there is none in it, [`DeviceError::State`] when it cannot be read.
    pub fn load(path: &Path) -> Result<Self, DeviceError> {
        StateFile::at(path).read()?.paired.ok_or(DeviceError::NotPaired)
    }

    /// To a state file of its own, replacing what is in it.
    ///
    /// # Errors
    /// [`DeviceError::State`] when it cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), DeviceError> {
        Ok(StateFile::at(path).lock()?.write(&State { paired: Some(self.clone()), pending: None })?)
    }
}

fn device_id(device: &Device) -> Result<DeviceId, DeviceError> {
    device.id.parse().map_err(|_| DeviceError::NotUnderstood { why: "no proper device id".into() })
}
