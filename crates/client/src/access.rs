//! Who is calling, and what callers may do.

use clawpair_api::{Me, PermissionList, RoleTable, paths};

use crate::{Answer, Client};

impl Client {
    /// Who is calling, and what they may do.
    ///
    /// # Errors
    /// Why the call failed, as of every call here.
    pub async fn me(&self) -> Answer<Me> {
        self.get(paths::ME).await
    }

    /// Who may do what.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn roles(&self) -> Answer<RoleTable> {
        self.get(paths::ROLES).await
    }

    /// The permissions and presets that forms offer.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn permissions(&self) -> Answer<PermissionList> {
        self.get(paths::PERMISSIONS).await
    }
}
