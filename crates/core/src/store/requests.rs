use async_trait::async_trait;

use super::{Page, StoreError};
use crate::activity::Actor;
use crate::clock::Timestamp;
use crate::id::PairingId;
use crate::request::{Decided, Decision, InvalidDecision, Request};

/// Which requests to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestFilter {
    /// All that were ever made.
    All,
    /// Those that wait for a decision at this moment.
    WaitingAt(Timestamp),
}

/// Who asks to be let in.
#[async_trait]
pub trait Requests: Send + Sync {
    /// One request. `None` when no device has claimed that pairing under the eyes of a person.
    async fn request(&self, id: PairingId) -> Result<Option<Request>, StoreError>;
    /// Requests by descending id.
    async fn requests(
        &self,
        filter: RequestFilter,
        after: Option<PairingId>,
        limit: usize,
    ) -> Result<Page<Request, PairingId>, StoreError>;
    /// A person decides. `None` when there is no such request.
    async fn decide_request(
        &self,
        id: PairingId,
        decision: Decision,
        by: Actor,
        at: Timestamp,
    ) -> Result<Option<Result<Decided, InvalidDecision>>, StoreError>;
}
