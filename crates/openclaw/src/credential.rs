//! What lets this program in at a gateway.

use clawpair_core::secret::Secret;

use crate::access::Scope;

/// What a manager of devices asks for: looking, letting in and throwing out. A gateway shows a device's token holder only
/// itself unless it is an administrator.
const WANTED: [Scope; 3] = [Scope::Read, Scope::Pairing, Scope::Admin];
/// The same as far as a full setup code hands it over; administrators may pair.
const WANTED_BY_CODE: [Scope; 2] = [Scope::Read, Scope::Admin];

/// One way to sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// The gateway's shared token, or its password.
    Shared(Secret),
    /// The token that this gateway gave this installation.
    Own(OwnToken),
    /// The token in a setup code.
    Setup(Secret),
}

/// The token that a gateway gave this installation: for this key and this gateway alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnToken {
    /// The token.
    pub token: Secret,
    /// What it allows. Asking for more is refused.
    pub scopes: Vec<Scope>,
}

impl Credential {
    /// The secret itself.
    pub const fn secret(&self) -> &Secret {
        match self {
            Self::Shared(secret) | Self::Setup(secret) | Self::Own(OwnToken { token: secret, .. }) => secret,
        }
    }

    /// The scopes to ask for.
    pub fn scopes(&self) -> Vec<&str> {
        let scopes: &[Scope] = match self {
            Self::Shared(_) => &WANTED,
            Self::Setup(_) => &WANTED_BY_CODE,
            Self::Own(own) => &own.scopes,
        };
        scopes.iter().map(Scope::as_str).collect()
    }
}
