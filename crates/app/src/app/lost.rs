//! Finding out which key a lost device has, and where that is let in.

use clawpair_core::key::KeyFingerprint;
use clawpair_mirror::{Mirror, MirrorError, Place};

use super::{Answer, App};

impl App {
    /// The key that a person names: by its fingerprint, or by a device that has it on any platform. Several if devices of several
    /// platforms are called alike there; none if nothing is known by it.
    ///
    /// # Errors
    /// When the mirror cannot be read.
    pub async fn keys_of(&self, named: &str) -> Answer<Vec<String>> {
        if let Ok(fingerprint) = named.parse::<KeyFingerprint>() {
            return Ok(vec![fingerprint.to_string()]);
        }
        let id = named.trim().to_owned();
        self.0.mirroring.ask(move |mirror| keys_of_device(mirror, &id)).await
    }

    /// Where a key is let in or disabled, as far as is known: platform and device.
    ///
    /// # Errors
    /// When the mirror cannot be read.
    pub async fn let_in_with(&self, key: &str) -> Answer<Vec<(String, String)>> {
        let key = key.to_owned();
        let devices = self.0.mirroring.ask(move |mirror| mirror.devices_with_key(&key)).await?;
        let let_in = devices.into_iter().filter(|listed| !listed.standing.is_over());
        Ok(let_in.map(|listed| (listed.platform.to_string(), listed.record.device.id)).collect())
    }
}

fn keys_of_device(mirror: &Mirror, id: &str) -> Result<Vec<String>, MirrorError> {
    let mut keys = Vec::new();
    for platform in mirror.platforms()? {
        match mirror.device(&Place { platform: platform.id, id: id.to_owned() }) {
            Ok(listed) => keys.push(listed.record.device.key_fingerprint),
            Err(MirrorError::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    keys.sort();
    keys.dedup();
    Ok(keys)
}
