//! Somebody who asks, and a platform's answers.

use clawpair_api::{ErrorBody, ErrorCode, PairingStatus};
use clawpair_core::Timestamp;
use clawpair_mirror::{Answer, Batch, Conflict, Delivery, Errand, Extent, Intent, Mirror, Thing};

use crate::common::{Counting, File, OneByOne as _, at, device, place, platform, request};

pub const REVOKE: Intent = Intent::Revoke { reason: None };
pub const DONE: Answer = Answer::Done { revision: None };

pub fn rename(name: &str) -> Intent {
    Intent::Rename { name: name.parse().unwrap() }
}

pub fn refused(code: ErrorCode) -> Answer {
    Answer::refused(ErrorBody::new(code, "No."), code.status(), None)
}

pub struct Desk {
    pub file: File,
    pub rng: Counting,
}

impl Desk {
    pub fn new() -> Self {
        let file = File::new();
        file.some([device("a"), device("b")]);
        Self { file, rng: Counting::default() }
    }

    pub fn mirror(&self) -> &Mirror {
        &self.file.mirror
    }

    pub fn ask(&self, id: &str, intent: &Intent) -> Errand {
        self.mirror().ask(&place(id), intent, at(0), &self.rng).unwrap()
    }

    pub fn take(&self, now: Timestamp) -> Option<Errand> {
        self.mirror().take_due(&platform(), now).unwrap()
    }

    pub fn settle(&self, sent: &Errand, answer: Answer) -> Errand {
        self.mirror().settle(sent.id, sent.attempts, answer, at(2), &self.rng).unwrap()
    }

    pub fn failed(&self, intent: &Intent, code: ErrorCode) -> (Errand, Conflict) {
        self.ask("a", intent);
        let sent = self.take(at(1)).unwrap();
        match self.settle(&sent, refused(code)).delivery {
            Delivery::Failed { conflict, .. } => (sent, conflict),
            other => panic!("{other:?}"),
        }
    }

    pub fn delivery(&self, id: i64) -> Delivery {
        self.mirror().errand(id).unwrap().delivery
    }

    pub fn requests(&self, extent: Extent, things: Vec<Thing>) {
        self.mirror().apply(Batch { extent, things, ..self.file.batch([]) }).unwrap();
    }

    pub fn asking(status: PairingStatus) -> Vec<Thing> {
        vec![Thing::Request(Box::new(request("pair-1", status).into()))]
    }
}

pub fn some() -> Extent {
    Extent::Some { cursor: None }
}
