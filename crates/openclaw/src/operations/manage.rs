//! Changing a device that was let in.

use clawpair_core::clock::Timestamp;
use clawpair_core::secret::Secret;
use clawpair_core::text::Name;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::access::{Role, Scope};
use crate::connection::Connection;
use crate::credential::OwnToken;
use crate::error::GatewayError;
use crate::ids::DeviceId;

/// A replaced token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// When, by the gateway's clock.
    pub at: Timestamp,
    /// The new token, if it is this program's own. A gateway shows another device's to that device alone, when it next signs in.
    pub own: Option<OwnToken>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Which<'a> {
    device_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<Vec<&'a str>>,
}

impl Which<'_> {
    fn one(device: &DeviceId) -> Self {
        Self { device_id: device.to_string(), label: None, role: None, scopes: None }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Echo {
    device_id: String,
    #[serde(default)]
    rotated_at_ms: Option<i64>,
    #[serde(default)]
    revoked_at_ms: Option<i64>,
    #[serde(default)]
    scopes: Vec<String>,
    #[serde(default)]
    token: Option<Zeroizing<String>>,
}

impl Connection {
    /// Calls a device by another name, which it keeps when it is approved again.
    ///
    /// # Errors
    /// The gateway's refusal, or the end of the connection.
    pub async fn rename(&self, device: &DeviceId, name: &Name) -> Result<(), GatewayError> {
        self.change("device.pair.rename", device, Which { label: Some(name.as_str()), ..Which::one(device) }).await.map(drop)
    }

    /// Removes a device: its tokens and requests end, and it is cut off.
    ///
    /// # Errors
    /// The gateway's refusal, or the end of the connection.
    pub async fn remove(&self, device: &DeviceId) -> Result<(), GatewayError> {
        self.change("device.pair.remove", device, Which::one(device)).await.map(drop)
    }

    /// Replaces the token of one role, and cuts the device off in it. `scopes` narrow it within what was approved; that lasts
    /// until the device signs in with the shared token again.
    ///
    /// # Errors
    /// The gateway's refusal, or the end of the connection.
    pub async fn rotate(&self, device: &DeviceId, role: &Role, scopes: Option<&[Scope]>) -> Result<Rotated, GatewayError> {
        const METHOD: &str = "device.token.rotate";
        let scopes = scopes.map(|scopes| scopes.iter().map(Scope::as_str).collect());
        let echo = self.change(METHOD, device, Which { role: Some(role.as_str()), scopes, ..Which::one(device) }).await?;
        let Echo { rotated_at_ms: Some(at), token, scopes, .. } = echo else {
            return Err(GatewayError::NotUnderstood { asked: METHOD, why: "it does not say when".to_owned() });
        };
        let scopes = scopes.iter().map(|word| Scope::of(word)).collect();
        let own = token.map(|token| OwnToken { token: Secret::new(token.to_string()), scopes });
        Ok(Rotated { at: Timestamp::from_millis(at), own })
    }

    /// Ends the token of one role, and cuts the device off in it. With the shared token it has to ask again, or, on the gateway's
    /// own computer, comes back by itself.
    ///
    /// # Errors
    /// The gateway's refusal, or the end of the connection.
    pub async fn revoke(&self, device: &DeviceId, role: &Role) -> Result<Timestamp, GatewayError> {
        const METHOD: &str = "device.token.revoke";
        let echo = self.change(METHOD, device, Which { role: Some(role.as_str()), ..Which::one(device) }).await?;
        let odd = || GatewayError::NotUnderstood { asked: METHOD, why: "it does not say when".to_owned() };
        echo.revoked_at_ms.map(Timestamp::from_millis).ok_or_else(odd)
    }

    /// Asks for a change, whose answer must be about the same device.
    async fn change(&self, method: &'static str, device: &DeviceId, which: Which<'_>) -> Result<Echo, GatewayError> {
        let echo: Echo = self.call(method, &which).await?;
        if echo.device_id.parse() == Ok(*device) {
            return Ok(echo);
        }
        Err(GatewayError::NotUnderstood { asked: method, why: "it is about another device".to_owned() })
    }
}
