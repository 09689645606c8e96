//! Devices' tokens, for services behind the platform.

use clawpair_api::{Introspection, paths};

use crate::asked::Asked;
use crate::{Answer, Client, Method};

impl Client {
    /// Whether a device's access token is good (RFC 7662).
    ///
    /// # Errors
    /// Why the call failed, as of every call here.
    pub async fn introspect(&self, token: &str) -> Answer<Introspection> {
        self.ask(Asked::new(Method::POST, paths::INTROSPECT).form(&[("token", token)])?).await
    }

    /// Ends a device's tokens and its live channels (RFC 7009).
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn revoke_token(&self, token: &str) -> Answer<()> {
        self.tell(Asked::new(Method::POST, paths::REVOKE).form(&[("token", token)])?).await
    }
}
