use serde::{Deserialize, Serialize};

use crate::TokenType;

/// A token as RFC 7662 §2.1 and RFC 7009 §2.1 send it. A hint of its kind is not needed.
#[derive(Clone, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NamedToken {
    /// The token.
    pub token: String,
}

/// What a service behind the platform learns of an access token (RFC 7662 §2.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum Introspection {
    /// It works now, for whoever proves to hold the key of `cnf`.
    Active {
        /// Always true.
        active: bool,
        /// Always `DPoP`.
        token_type: TokenType,
        /// What the device may do: its permissions now, with spaces between them.
        scope: String,
        /// The device, `dev-<uuid>`.
        sub: String,
        /// From when on the token is too old, in seconds since 1970 (UTC).
        exp: i64,
        /// When it was given out, in seconds since 1970 (UTC).
        iat: i64,
        /// The key it is bound to.
        cnf: Confirmation,
    },
    /// It does not: expired, revoked, or never an access token of this platform. Nothing more is said.
    Inactive {
        /// Always false.
        active: bool,
    },
}

/// The key a token is bound to (RFC 9449 §6.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Confirmation {
    /// The thumbprint of its JWK (RFC 7638).
    pub jkt: String,
}

/// Where the endpoints of OAuth are, and what they take (RFC 8414).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServerMetadata {
    /// `https://host:port`, as the request named it.
    pub issuer: String,
    /// For devices.
    pub token_endpoint: String,
    /// `none`: the proof of the device's key is all there is.
    pub token_endpoint_auth_methods_supported: Vec<String>,
    /// For services behind the platform.
    pub introspection_endpoint: String,
    /// `Bearer`: an API key with the right `tokens:introspect`.
    pub introspection_endpoint_auth_methods_supported: Vec<String>,
    /// For devices, and for callers with the right `tokens:revoke`.
    pub revocation_endpoint: String,
    /// `none`, as at the token endpoint.
    pub revocation_endpoint_auth_methods_supported: Vec<String>,
    /// `refresh_token`. First tokens come with pairing.
    pub grant_types_supported: Vec<String>,
    /// Empty: nobody is redirected anywhere.
    pub response_types_supported: Vec<String>,
    /// `EdDSA`.
    pub dpop_signing_alg_values_supported: Vec<String>,
}
