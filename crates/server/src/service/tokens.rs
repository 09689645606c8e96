use std::net::IpAddr;

use clawpair_api as api;
use clawpair_core::activity::Actor;
use clawpair_core::device::{Device, DeviceState};
use clawpair_core::device_token::{DeviceToken, TokenKind};
use clawpair_core::dpop::Proof;
use clawpair_core::id::DeviceId;
use clawpair_core::store::RefreshOutcome;
use clawpair_core::token_family::{ACCESS_MINUTES, FamilyState, Standing, TokenFamily};

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
        if ensure_good(family.standing(token.generation(), now))? {
            self.store.confirm_tokens(device.id, token.generation()).await?;
        }
        Ok(device)
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

    /// What may be said of a token to a service that was shown it. Nothing is written: the service knows the token and not
    /// yet that its bearer holds the key.
    pub(crate) async fn introspect(&self, token: &str) -> Result<api::Introspection, Refusal> {
        let Some((token, device, family)) = self.made_here(token, &[TokenKind::Access]).await? else { return Ok(inactive()) };
        let standing = family.standing(token.generation(), self.now());
        let (DeviceState::Active, Standing::Good { expires_at, .. }) = (device.state, standing) else { return Ok(inactive()) };
        let exp = expires_at.as_millis().div_euclid(1_000);
        Ok(api::Introspection::Active {
            active: true,
            token_type: api::TokenType::Dpop,
            scope: device.permissions.to_strings().join(" "),
            sub: device.id.to_string(),
            exp,
            iat: exp - i64::from(ACCESS_MINUTES) * 60,
            cnf: api::Confirmation { jkt: device.key.thumbprint() },
        })
    }

    /// Ends all tokens of the device that one of them names, and its live channels before answering. What is no token, or
    /// not that of the device that asks, changes nothing.
    pub(crate) async fn revoke_tokens(&self, token: &str, by: Revoker) -> Result<(), Refusal> {
        let now = self.now();
        let kinds = [TokenKind::Access, TokenKind::Refresh];
        let Some((_, device, _)) = self.made_here(token, &kinds).await? else { return Ok(()) };
        let by = match by {
            Revoker::Manager(actor) => actor,
            Revoker::Device(proof, address) if proof.key == device.key => {
                self.replays.admit(device.id, &proof, now)?;
                Actor::Device(address)
            }
            Revoker::Device(..) => return Ok(()),
        };
        let revoked = self.store.revoke_tokens(device.id, by, now).await?;
        self.live.cut(device.id);
        if revoked {
            tracing::info!(device = %device.id, "a device's tokens were revoked");
        }
        Ok(())
    }

    /// Whose token it is, if this platform made it as one of these kinds for the key that the device has now.
    async fn made_here(&self, token: &str, kinds: &[TokenKind]) -> Result<Option<(DeviceToken, Device, TokenFamily)>, Refusal> {
        let Some(token) = DeviceToken::parse(token) else { return Ok(None) };
        let found = self.store.bearer(token.device()).await?;
        let fits = |device: &Device| kinds.iter().any(|&kind| token.fits(&self.pepper, kind, &device.key));
        Ok(found.filter(|(device, _)| fits(device)).map(|(device, family)| (token, device, family)))
    }

    /// Whether a device has tokens that may still work.
    pub(crate) async fn has_tokens(&self, device: DeviceId) -> Result<bool, Refusal> {
        let bearer = self.store.bearer(device).await?;
        Ok(bearer.is_some_and(|(_, family)| family.state == FamilyState::Active))
    }

    /// Whose token of this kind it is, if whoever shows it has proved to hold that device's key.
    async fn bearer(&self, token: &str, kind: TokenKind, proof: &Proof) -> Result<(DeviceToken, Device, TokenFamily), Refusal> {
        let token = DeviceToken::parse(token).ok_or_else(unknown_token)?;
        let (device, family) = self.store.bearer(token.device()).await?.ok_or_else(unknown_token)?;
        if !token.fits(&self.pepper, kind, &proof.key) {
            return Err(unknown_token());
        }
        ensure_let_in(&device)?;
        if device.key != proof.key {
            return Err(self.not_its_key(&device, &proof.key).await?);
        }
        Ok((token, device, family))
    }
}

/// Who ends a device's tokens.
pub(crate) enum Revoker {
    /// Somebody who may.
    Manager(Actor),
    /// Somebody with a device's key, at this address.
    Device(Box<Proof>, Option<IpAddr>),
}

const fn inactive() -> api::Introspection {
    api::Introspection::Inactive { active: false }
}

/// Whether the token's use is news.
///
/// # Errors
/// When it does not work.
pub(super) fn ensure_good(standing: Standing) -> Result<bool, Refusal> {
    match standing {
        Standing::Good { confirms, .. } => Ok(confirms),
        Standing::Expired => Err(Refusal::new(api::ErrorCode::TokenExpired, "This access token has expired.")),
        Standing::Revoked => Err(tokens_revoked()),
    }
}

pub(super) fn unknown_token() -> Refusal {
    Refusal::new(api::ErrorCode::DeviceTokenInvalid, "This platform does not know this token.")
}

pub(super) fn tokens_revoked() -> Refusal {
    Refusal::new(api::ErrorCode::DeviceTokenInvalid, "The tokens of this device were revoked.")
}
