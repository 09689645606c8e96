//! What a device that is let in says of something that was asked for earlier: moments are its platform's own, so no clock misleads.

use clawpair_core::Timestamp;

use crate::outbox::Errand;
use crate::record::DeviceRecord;

impl Errand {
    /// Whether its time is up, so that an attempt can only look whether one before has done it.
    pub fn is_late(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|ends| ends <= now)
    }

    /// Whether a device is not the one that was meant, though it has its id: it was let in later.
    pub fn is_before(&self, device: &DeviceRecord) -> bool {
        self.paired_at.zip(device.let_in_at()).is_some_and(|(before, since)| since > before)
    }

    /// Whether a device with the key of the request that was to be granted shows that it was: it has all that was asked for. One that
    /// was in already may have had that before, unless it asked for what it lends.
    pub fn was_granted_to(&self, device: &DeviceRecord) -> bool {
        self.was_let_in(device) && self.has_all(&device.device.permissions) || self.has_all(&device.lends)
    }

    /// Whether a device with the key of the request that was not to be granted was let in all the same.
    pub fn was_granted_against(&self, device: &DeviceRecord) -> bool {
        self.was_let_in(device) || !self.intent.asked_for().is_empty() && self.has_all(&device.lends)
    }

    fn was_let_in(&self, device: &DeviceRecord) -> bool {
        self.paired_at.is_none() || device.let_in_at().is_none() || self.is_before(device)
    }

    fn has_all(&self, words: &[String]) -> bool {
        self.intent.asked_for().iter().all(|word| words.contains(word))
    }
}
