use clawpair_api as api;
use clawpair_core::activity::Actor;
use clawpair_core::id::PairingId;
use clawpair_core::request::{Decided, Decision, Request};

use super::Service;
use crate::error::Refusal;

/// Who asks to be let in.
impl Service {
    /// A request as clients see it.
    pub(crate) fn shown_request(&self, request: &Request) -> api::Request {
        api::Request::at(request, self.pin, self.now())
    }

    /// A person decides. `None` when there is no such request.
    pub(crate) async fn decide(&self, id: PairingId, decision: Decision, by: Actor) -> Result<Option<Request>, Refusal> {
        let Some(outcome) = self.store.decide_request(id, decision, by, self.now()).await? else { return Ok(None) };
        Ok(Some(match outcome? {
            Decided::Now(request) => {
                self.emit_request(&request);
                request
            }
            Decided::Before(request) => request,
        }))
    }

    pub(super) fn emit_request(&self, request: &Request) {
        self.emit_pairing(&request.pairing);
        self.emit(api::Event::Request { request: self.shown_request(request) });
    }
}
