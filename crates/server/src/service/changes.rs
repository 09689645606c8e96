use clawpair_api::{self as api, ErrorCode};
use clawpair_core::access::{Rights, Scope};
use clawpair_core::store::{Change, ChangeCursor, Changes};

use super::Service;
use crate::error::Refusal;

/// What changes, for those who follow it.
impl Service {
    /// What has changed since a cursor.
    ///
    /// # Errors
    /// `cursor_unknown` when the cursor is of another database, or of this one before it was restored.
    pub(crate) async fn changes(&self, since: Option<ChangeCursor>, limit: usize) -> Result<Changes, Refusal> {
        let unknown = || Refusal::new(ErrorCode::CursorUnknown, "This platform does not know this cursor.");
        self.store.changes(since, limit).await?.ok_or_else(unknown)
    }

    /// A change as clients see it: a request comes with its pairing.
    pub(crate) fn shown_change(&self, change: &Change) -> Vec<api::Event> {
        let pairing = |pairing| api::Event::Pairing { pairing: api::Pairing::at(pairing, self.now()) };
        match change {
            Change::Device(device) => vec![api::Event::Device { device: self.shown(device) }],
            Change::Pairing(changed) => vec![pairing(changed)],
            Change::Request(request) => {
                vec![pairing(&request.pairing), api::Event::Request { request: self.shown_request(request) }]
            }
        }
    }
}

/// Whether somebody with these rights may see an event.
pub(crate) fn may_see(rights: &Rights, event: &api::Event) -> bool {
    match event {
        api::Event::Device { .. } => rights.include(Scope::DevicesRead),
        api::Event::Pairing { .. } | api::Event::GuessFailed { .. } => rights.include(Scope::CodesRead),
        api::Event::Request { .. } => rights.include(Scope::RequestsRead),
        api::Event::Alert { .. } => rights.include(Scope::AlertsRead),
        api::Event::Resync => true,
    }
}
