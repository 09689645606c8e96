//! What gives secrets out, this once, and what becomes of them on the screen and in the clipboard.

use std::time::Duration;

use clawpair_api::{ApiKeyCreated, CreateApiKey, CreatePairingCode, Pairing, RotateApiKey};
use clawpair_core::secret::Secret;

use super::{Answer, App};
use crate::shown;
use crate::view::openclaw::{CreateSetupCode, ShownSetupCode};
use crate::view::{Copied, CopyWhat, ShownPairing};

/// How long a new API key can be shown at most.
const KEY_SHOWN: Duration = Duration::from_mins(10);
/// How long a setup code lives, by the gateway's rule.
const SETUP_CODE_LIFE: Duration = Duration::from_mins(10);

impl App {
    /// Forgets every secret that was shown and looks for nothing any more; for when the page that wanted it is gone.
    pub fn hide_all(&self) {
        self.0.looking.stop();
        self.0.shown_pairings.hide_all();
        self.0.shown_api_keys.hide_all();
    }

    /// Makes a pairing and gives out its secrets, this once.
    ///
    /// # Errors
    /// The platform's refusal, or a link that cannot be drawn; no code is left open then.
    pub async fn create_pairing(&self, platform: &str, form: &CreatePairingCode) -> Answer<ShownPairing> {
        let shown = self.platform(platform)?.create_pairing(form).await?;
        let life = Duration::from_mins(u64::from(form.expires_in_minutes));
        let secrets = vec![Secret::new(shown.code.clone()), Secret::new(shown.link.clone())];
        self.0.shown_pairings.show(&shown.pairing.id, secrets, life);
        Ok(shown)
    }

    /// Makes a setup code and gives it out, this once.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn create_setup_code(&self, platform: &str, form: &CreateSetupCode) -> Answer<ShownSetupCode> {
        let shown = self.platform(platform)?.create_setup_code(form).await?;
        let text = || Secret::new(shown.text.clone());
        self.0.shown_pairings.show(&shown.id, vec![text(), text()], SETUP_CODE_LIFE);
        Ok(shown)
    }

    /// Forgets the secrets of a pairing or setup code; it stays open.
    pub fn hide_pairing(&self, id: &str) {
        self.0.shown_pairings.hide(id);
    }

    /// Copies a secret that is still shown.
    ///
    /// # Errors
    /// When it is hidden, or the clipboard refuses.
    pub fn copy_pairing(&self, id: &str, what: CopyWhat) -> Answer<Copied> {
        let index = match what {
            CopyWhat::Code => 0,
            CopyWhat::Link => 1,
        };
        Ok(self.0.clipboard.copy(self.0.shown_pairings.get(id, index)?.reveal())?)
    }

    /// Takes a code back.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn cancel_pairing(&self, platform: &str, id: &str) -> Answer<Pairing> {
        let pairing = self.platform(platform)?.cancel_pairing(id).await?;
        self.hide_pairing(id);
        Ok(pairing)
    }

    /// Makes an API key and gives it out, this once.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn create_api_key(&self, platform: &str, form: &CreateApiKey) -> Answer<ApiKeyCreated> {
        let created = self.platform(platform)?.create_api_key(form).await?;
        self.show_api_key(&created);
        Ok(created)
    }

    /// Gives an API key a new secret and gives that out, this once.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn rotate_api_key(&self, platform: &str, id: &str, form: &RotateApiKey) -> Answer<ApiKeyCreated> {
        let created = self.platform(platform)?.rotate_api_key(id, form).await?;
        self.show_api_key(&created);
        Ok(created)
    }

    fn show_api_key(&self, created: &ApiKeyCreated) {
        self.0.shown_api_keys.show(&created.api_key.id, vec![Secret::new(created.key.clone())], KEY_SHOWN);
    }

    /// Copies an API key that is still shown.
    ///
    /// # Errors
    /// When it is hidden, or the clipboard refuses.
    pub fn copy_api_key(&self, id: &str) -> Answer<Copied> {
        Ok(self.0.clipboard.copy(self.0.shown_api_keys.get(id, 0)?.reveal())?)
    }

    /// Forgets an API key's secret; the key keeps working.
    pub fn hide_api_key(&self, id: &str) {
        self.0.shown_api_keys.hide(id);
    }

    /// Copies a line for a terminal that holds a secret which is still shown.
    ///
    /// # Errors
    /// When none of what is shown is in it, or the clipboard refuses.
    pub fn copy_line(&self, line: &str) -> Answer<Copied> {
        if self.0.shown_pairings.is_part_of(line) || self.0.shown_api_keys.is_part_of(line) {
            return Ok(self.0.clipboard.copy(line)?);
        }
        Err(shown::hidden().into())
    }
}
