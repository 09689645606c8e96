//! What has changed, for whoever keeps a copy.

use clawpair_api::{ChangeList, paths};

use crate::{Answer, Client};

impl Client {
    /// What has changed since a cursor, each thing once and as it is now; from the beginning without one.
    ///
    /// # Errors
    /// Why the call failed, as of every call here; `cursor_unknown` when the cursor is of another database.
    pub async fn changes(&self, since: Option<&str>) -> Answer<ChangeList> {
        self.get_with(paths::CHANGES, since.map(|cursor| ("since", cursor)).into_iter().collect::<Vec<_>>()).await
    }
}
