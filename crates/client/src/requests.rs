//! Who asks to be let in.

use clawpair_api::{ApproveRequest, DenyRequest, Request, RequestPage, paths};

use crate::asked::{page, with_id};
use crate::{Answer, Client};

impl Client {
    /// Who waits to be let in, newest first; at most `limit` at once, or as many as the platform answers.
    ///
    /// # Errors
    /// Why the call failed, as of every call here.
    pub async fn waiting_requests(&self, after: Option<&str>, limit: Option<usize>) -> Answer<RequestPage> {
        self.get_with(paths::REQUESTS, page(Some("waiting"), after, limit)).await
    }

    /// All who ever asked and are still kept, likewise.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn requests(&self, after: Option<&str>, limit: Option<usize>) -> Answer<RequestPage> {
        self.get_with(paths::REQUESTS, page(None, after, limit)).await
    }

    /// One who asks.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn request(&self, id: &str) -> Answer<Request> {
        self.get(&with_id(paths::REQUEST, id)).await
    }

    /// Lets in who asks, if that is still who and what was seen.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn approve_request(&self, id: &str, seen: &ApproveRequest) -> Answer<Request> {
        self.post(&with_id(paths::REQUEST_APPROVE, id), seen).await
    }

    /// Does not let in who asks.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn deny_request(&self, id: &str, reason: &DenyRequest) -> Answer<Request> {
        self.post(&with_id(paths::REQUEST_DENY, id), reason).await
    }
}
