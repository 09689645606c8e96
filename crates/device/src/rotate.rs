//! Replacing a device's key.
//!
//! The new key is on the disk before the platform hears of it, and the old one until the platform has answered. Whatever
//! breaks in between, the same change is sent again, by this run or a later one, and gets the same answer for ten minutes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clawpair_api::{ChangeKey, Device, paths};
use clawpair_core::key::DeviceKey;
use clawpair_core::{key_change, rng};
use ed25519_dalek::SigningKey;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method};
use http_body_util::Full;
use zeroize::Zeroizing;

use crate::caller::Caller;
use crate::credential::Credential;
use crate::error::DeviceError;
use crate::http::Channel;
use crate::tokens::has_expired;

impl Caller {
    /// Puts a new key in the place of this device's, or ends such a change that was begun. The old key is worthless
    /// afterwards, and so are its tokens; live channels are cut and open again with the new key.
    ///
    /// # Errors
    /// Whatever stood in the way. After anything but a refusal the change may have happened, and repeating it is safe.
    pub async fn change_key(&self) -> Result<Device, DeviceError> {
        self.refresh_if_due().await?;
        match self.change_key_once().await {
            Err(error) if has_expired(&error) => {
                self.refresh(&self.credential()).await?;
                self.change_key_once().await
            }
            outcome => outcome,
        }
    }

    pub(crate) async fn change_key_once(&self) -> Result<Device, DeviceError> {
        let turn = self.turn().await?;
        let mut used = turn.credential()?;
        let next = used.next_key.get_or_insert_with(|| SigningKey::from_bytes(&Zeroizing::new(rng::bytes(self.rng())))).clone();
        turn.keep(&used)?;
        self.call_with(used.clone(), None);
        let answer = self.send_key(&used, &next).await?;
        let changed = Credential { key: next, next_key: None, tokens: answer.tokens.try_into()?, ..used };
        turn.keep(&changed)?;
        self.call_with(changed, None);
        Ok(answer.device)
    }

    async fn send_key(&self, used: &Credential, next: &SigningKey) -> Result<clawpair_api::Paired, DeviceError> {
        let connection = self.connect(used).await?;
        let host = connection.address.to_string();
        let signature = key_change::sign(next, &connection.binding()?, &public(&used.key)?, &public(next)?);
        let change = ChangeKey { public_key: public(next)?.to_string(), signature: URL_SAFE_NO_PAD.encode(signature) };
        let body = serde_json::to_vec(&change).map_err(|error| DeviceError::NotUnderstood { why: error.to_string() })?;
        let mut channel = Channel::over(connection).await?;
        let answer = self.send(&mut channel, || {
            let mut request = self.authorised(used, Method::POST, &host, paths::DEVICE_KEY)?;
            request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            *request.body_mut() = Full::new(body.clone().into());
            Ok(request)
        });
        answer.await?.into_result()
    }
}

fn public(key: &SigningKey) -> Result<DeviceKey, DeviceError> {
    DeviceKey::from_bytes(key.verifying_key().as_bytes()).map_err(|error| DeviceError::NotUnderstood { why: error.to_string() })
}
