use serde::{Deserialize, Serialize};

use crate::{ErrorBody, ErrorCode};

/// A device's tokens (RFC 6749 §5.1). Both are of use only together with the device's key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tokens {
    /// For `Authorization: DPoP TOKEN`.
    pub access_token: String,
    /// Always `DPoP`.
    pub token_type: TokenType,
    /// Seconds until the access token is too old.
    pub expires_in: u32,
    /// Gets the next pair, once, at the token endpoint.
    pub refresh_token: String,
    /// What the device may do: its permissions, with spaces between them.
    pub scope: String,
}

/// Shows no token.
impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("expires_in", &self.expires_in).field("scope", &self.scope).finish_non_exhaustive()
    }
}

/// What RFC 6749 §6 sends. It says to ignore parameters that are not known.
#[derive(Clone, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenRequest {
    /// `refresh_token`.
    #[cfg_attr(feature = "openapi", schema(pattern = "^refresh_token$"))]
    pub grant_type: String,
    /// The refresh token.
    pub refresh_token: Option<String>,
}

/// How a token is presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum TokenType {
    /// With a proof of possession (RFC 9449).
    #[serde(rename = "DPoP")]
    Dpop,
}

/// A refusal at an OAuth endpoint: what RFC 6749 §5.2 asks for, and what every other refusal of this platform has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OauthErrorBody {
    /// The word of the RFC: `invalid_grant`, `invalid_request`, ….
    pub error: String,
    /// What is wrong, in ASCII.
    pub error_description: String,
    /// The same as everywhere else.
    #[serde(flatten)]
    pub body: ErrorBody,
}

impl OauthErrorBody {
    /// A refusal with the RFC's word for its code.
    pub fn new(body: ErrorBody) -> Self {
        // RFC 6749 leaves out quotation marks and everything beyond ASCII.
        let plain = |c: char| if matches!(c, ' '..='~') && !matches!(c, '"' | '\\') { c } else { '\'' };
        Self { error: word(body.code).to_owned(), error_description: body.message.chars().map(plain).collect(), body }
    }

    /// The status of the answer.
    pub fn status(&self) -> u16 {
        self.body.code.oauth_status()
    }
}

impl ErrorCode {
    /// The HTTP status where an OAuth endpoint answers with it (RFC 6749 §5.2).
    pub fn oauth_status(self) -> u16 {
        match word(self) {
            "invalid_grant" | "use_dpop_nonce" | "invalid_dpop_proof" => 400,
            _ => self.status(),
        }
    }
}

fn word(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::DeviceTokenInvalid
        | ErrorCode::DeviceKeyReplaced
        | ErrorCode::RefreshTokenReuse
        | ErrorCode::DeviceDisabled
        | ErrorCode::DeviceRevoked => "invalid_grant",
        ErrorCode::UseDpopNonce => "use_dpop_nonce",
        ErrorCode::DpopInvalid => "invalid_dpop_proof",
        ErrorCode::GrantUnsupported => "unsupported_grant_type",
        ErrorCode::RateLimited | ErrorCode::StorageUnavailable => "temporarily_unavailable",
        ErrorCode::Internal => "server_error",
        ErrorCode::Unauthenticated
        | ErrorCode::WrongAuthMethod
        | ErrorCode::ApiKeyInvalid
        | ErrorCode::ApiKeyExpired
        | ErrorCode::ApiKeyRevoked => "invalid_client",
        ErrorCode::AccessDenied => "unauthorized_client",
        _ => "invalid_request",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_oauth_refusal_is_one_of_ours_too() {
        let body = ErrorBody::new(ErrorCode::RefreshTokenReuse, "A “copy” was \"used\".");
        let sent = serde_json::to_value(OauthErrorBody::new(body.clone())).unwrap();
        assert_eq!((&sent["error"], &sent["code"]), (&"invalid_grant".into(), &"refresh_token_reuse".into()));
        assert_eq!(sent["error_description"], "A 'copy' was 'used'.");
        assert_eq!(serde_json::from_value::<ErrorBody>(sent).unwrap(), body);
    }
}
