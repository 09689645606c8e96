//! Finding out which key a lost device has, and where that is let in.

use clawpair_core::key::KeyFingerprint;
use clawpair_mirror::{Mirror, MirrorError, Place};

use super::{Answer, App};

impl App {
    /// The key that a person names: by its fingerprint, or by a device that has it on any platform. Several if devices of several
    /// platforms are called alike there; none if no platform is known to know it.
    ///
    /// # Errors
    /// When the mirror cannot be read.
    pub async fn keys_of(&self, named: &str) -> Answer<Vec<String>> {
        let named = named.trim().to_owned();
        self.0.mirroring.ask(move |mirror| keys_of(mirror, &named)).await
    }
}

fn keys_of(mirror: &Mirror, named: &str) -> Result<Vec<String>, MirrorError> {
    let Ok(fingerprint) = named.parse::<KeyFingerprint>() else { return keys_of_device(mirror, named) };
    let key = fingerprint.to_string();
    // Of devices those that are over, too; of requests those that are open.
    let is_known = !mirror.devices_with_key(&key)?.is_empty() || !mirror.key_places(&key)?.is_empty();
    Ok(is_known.then_some(key).into_iter().collect())
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
