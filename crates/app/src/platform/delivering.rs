//! What came of sending something that was asked for.

use std::time::Duration;

use clawpair_api::ErrorBody;
use clawpair_mirror::{Answer, Conflict};

use crate::view::Refusal;
use crate::view::platform::{PlatformDevice, PlatformRequest};

/// What came of one attempt.
pub struct Delivered {
    /// For the outbox.
    pub answer: Answer,
    /// The thing as the platform has it since, if it said.
    pub thing: Option<Changed>,
    /// Why it was not done, for whoever waits for the answer.
    pub why: Option<Refusal>,
}

/// A thing that was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed {
    /// A device.
    Device(Box<PlatformDevice>),
    /// A request.
    Request(Box<PlatformRequest>),
}

impl Delivered {
    /// The platform says that it was done.
    pub fn done(thing: Option<Changed>) -> Self {
        let revision = match &thing {
            Some(Changed::Device(device)) => Some(device.device.revision),
            Some(Changed::Request(_)) | None => None,
        };
        Self { answer: Answer::Done { revision }, thing, why: None }
    }

    /// It was not done and will not be.
    pub fn refused(body: ErrorBody, why: Refusal) -> Self {
        Self { answer: Answer::Refused(body), thing: None, why: Some(why) }
    }

    /// It was not done and will not be, for this reason.
    pub fn contradicted(conflict: Conflict, why: Refusal) -> Self {
        Self { answer: Answer::Contradicted(conflict), thing: None, why: Some(why) }
    }

    /// Nothing was done yet.
    pub fn later(after: Option<Duration>, why: Refusal) -> Self {
        Self { answer: Answer::Later { after }, thing: None, why: Some(why) }
    }

    /// It may have been done or not.
    pub fn lost(why: Refusal) -> Self {
        Self { answer: Answer::Lost, thing: None, why: Some(why) }
    }
}
