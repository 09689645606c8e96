use clawpair_api as api;
use clawpair_core::device::Device;
use clawpair_core::device_token::{DeviceToken, TokenKind};
use clawpair_core::dpop::Proof;
use clawpair_core::id::DeviceId;
use clawpair_core::store::RefreshOutcome;
use clawpair_core::token_family::{FamilyState, Standing, TokenFamily};

use super::Service;
use super::devices::ensure_let_in;
use crate::error::Refusal;

/// Tokens of paired devices.
impl Service {
    /// The newest pair of a device, for giving out.
    pub(crate) fn tokens_of(&self, device: &Device, family: &TokenFamily) -> api::Tokens {
        let mint = |kind| DeviceToken::mint(&self.pepper, kind, device.id, family.generation, &device.key).reveal().to_owned();
        let left = (family.access_expires_at.as_millis() - self.now().as_millis()).div_euclid(1_000);
        api::Tokens {
            access_token: mint(TokenKind::Access),
            token_type: api::TokenType::Dpop,
            expires_in: u32::try_from(left).unwrap_or(0),
            refresh_token: mint(TokenKind::Refresh),
            scope: device.permissions.to_strings().join(" "),
        }
    }

    /// The device that an access token and its proof belong to. Writes only when a generation is used for the first time.
    pub(crate) async fn authenticate(&self, token: &str, proof: &Proof) -> Result<Device, Refusal> {
        let now = self.now();
        let (token, device, family) = self.bearer(token, TokenKind::Access, proof).await?;
        self.replays.admit(device.id, proof, now)?;
        match family.standing(token.generation(), now) {
            Standing::Good { confirms, .. } => {
                if confirms {
                    self.store.confirm_tokens(device.id, token.generation()).await?;
                }
                Ok(device)
            }
            Standing::Expired => Err(Refusal::new(api::ErrorCode::TokenExpired, "This access token has expired.")),
            Standing::Revoked => Err(tokens_revoked()),
        }
    }

    /// The next pair of tokens for a refresh token.
    pub(crate) async fn refresh_tokens(&self, token: &str, proof: &Proof) -> Result<api::Tokens, Refusal> {
        let now = self.now();
        let (token, device, _) = self.bearer(token, TokenKind::Refresh, proof).await?;
        self.replays.admit(device.id, proof, now)?;
        match self.store.refresh_tokens(device.id, token.generation(), now).await? {
            RefreshOutcome::Refreshed(family) => Ok(self.tokens_of(&device, &family)),
            RefreshOutcome::Reused => {
                self.live.cut(device.id);
                tracing::warn!(device = %device.id, "a refresh token was used twice; the device's tokens were revoked");
                Err(Refusal::new(api::ErrorCode::RefreshTokenReuse, "This refresh token was used before."))
            }
            RefreshOutcome::Expired => Err(Refusal::new(
                api::ErrorCode::DeviceTokenInvalid,
                "This refresh token has expired: the device was silent too long.",
            )),
            RefreshOutcome::Revoked => Err(tokens_revoked()),
            RefreshOutcome::ShutOut(device) => {
                ensure_let_in(&device)?;
                Err(tokens_revoked())
            }
        }
    }

    /// Whether a device has tokens that may still work.
    pub(crate) async fn has_tokens(&self, device: DeviceId) -> Result<bool, Refusal> {
        let bearer = self.store.bearer(device).await?;
        Ok(bearer.is_some_and(|(_, family)| family.state == FamilyState::Active))
    }

    /// Whose token of this kind it is, if whoever shows it has proved to hold that device's key.
    async fn bearer(&self, token: &str, kind: TokenKind, proof: &Proof) -> Result<(DeviceToken, Device, TokenFamily), Refusal> {
        let unknown = || Refusal::new(api::ErrorCode::DeviceTokenInvalid, "This platform does not know this token.");
        let token = DeviceToken::parse(token).ok_or_else(unknown)?;
        let (device, family) = self.store.bearer(token.device()).await?.ok_or_else(unknown)?;
        if device.key != proof.key || !token.fits(&self.pepper, kind, &device.key) {
            return Err(unknown());
        }
        ensure_let_in(&device)?;
        Ok((token, device, family))
    }
}

fn tokens_revoked() -> Refusal {
    Refusal::new(api::ErrorCode::DeviceTokenInvalid, "The tokens of this device were revoked.")
}
