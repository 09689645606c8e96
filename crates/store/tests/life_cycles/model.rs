//! What should come of each step, in the words of the documents and without SQL.

use clawpair_core::Timestamp;
use clawpair_core::pairing::{DECISION_MINUTES, InvalidTransition, MAX_WRONG_GUESSES, PairingStatus, REPEAT_MINUTES};
use clawpair_core::request::InvalidDecision;
use clawpair_core::store::Standing;

use super::Secret;

/// What has become of a pairing. Keys are the seeds they are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Open,
    Asked {
        key: u8,
        since: Timestamp,
    },
    Approved {
        key: u8,
        at: Timestamp,
    },
    Joined {
        key: u8,
        at: Timestamp,
        device: Standing,
    },
    Denied {
        key: u8,
    },
    /// Perhaps while a device waited.
    Cancelled {
        key: Option<u8>,
    },
}

#[derive(Clone, Debug)]
struct Pairing {
    locator: u16,
    ask_first: bool,
    expires_at: Timestamp,
    guesses: u8,
    fate: Fate,
}

/// What a claim is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Joined {
        repeated: bool,
    },
    Waiting {
        first: bool,
    },
    Refused(InvalidTransition),
    ShutOut(Standing),
    /// With the pairings that a wrong code is charged to, and what they are at.
    Unknown(Vec<(usize, u8)>),
}

/// Every pairing by the order in which it was made.
#[derive(Clone, Debug, Default)]
pub struct Model(Vec<Pairing>);

impl Model {
    pub fn opened(&mut self, locator: u16, ask_first: bool, expires_at: Timestamp) {
        self.0.push(Pairing { locator, ask_first, expires_at, guesses: 0, fate: Fate::Open });
    }

    pub fn claim(&mut self, nth: usize, secret: Secret, key: u8, now: Timestamp) -> Answer {
        if secret == Secret::WrongCode {
            return Answer::Unknown(self.charge(self.0[nth].locator, now));
        }
        let pairing = &mut self.0[nth];
        match pairing.fate {
            Fate::Cancelled { .. } => Answer::Refused(InvalidTransition::Cancelled),
            Fate::Open if now >= pairing.expires_at => Answer::Refused(InvalidTransition::Expired),
            Fate::Open if secret == Secret::Code && pairing.guesses >= MAX_WRONG_GUESSES => {
                Answer::Refused(InvalidTransition::EntryBurnt)
            }
            Fate::Open if pairing.ask_first => {
                pairing.fate = Fate::Asked { key, since: now };
                Answer::Waiting { first: true }
            }
            Fate::Open => pairing.join(key, now),
            Fate::Asked { key: its, since: at } | Fate::Approved { key: its, at }
                if its == key && now >= at.plus_minutes(DECISION_MINUTES) =>
            {
                Answer::Refused(InvalidTransition::Unanswered)
            }
            Fate::Asked { key: its, .. } if its == key => Answer::Waiting { first: false },
            Fate::Approved { key: its, .. } if its == key => pairing.join(key, now),
            Fate::Joined { key: its, at, device } if its == key && now < at.plus_minutes(REPEAT_MINUTES) => match device {
                Standing::Active => Answer::Joined { repeated: true },
                shut_out => Answer::ShutOut(shut_out),
            },
            Fate::Denied { key: its } if its == key => Answer::Refused(InvalidTransition::Denied),
            _ => Answer::Refused(InvalidTransition::Used),
        }
    }

    fn charge(&mut self, locator: u16, now: Timestamp) -> Vec<(usize, u8)> {
        let mut charged = Vec::new();
        for (nth, pairing) in self.0.iter_mut().enumerate() {
            let open = pairing.fate == Fate::Open && now < pairing.expires_at;
            if open && pairing.locator == locator && pairing.guesses < MAX_WRONG_GUESSES {
                pairing.guesses += 1;
                charged.push((nth, pairing.guesses));
            }
        }
        charged
    }

    pub fn cancel(&mut self, nth: usize, now: Timestamp) -> Result<(), InvalidTransition> {
        match self.status(nth, now) {
            PairingStatus::Open | PairingStatus::Waiting | PairingStatus::Approved => {
                self.0[nth].fate = Fate::Cancelled { key: self.asked_by(nth) };
                Ok(())
            }
            PairingStatus::Completed => Err(InvalidTransition::Used),
            PairingStatus::Denied => Err(InvalidTransition::Denied),
            PairingStatus::Cancelled => Err(InvalidTransition::Cancelled),
            PairingStatus::Expired => Err(InvalidTransition::Expired),
        }
    }

    /// Whether the decision changed anything. `None` where no device has asked.
    pub fn approve(&mut self, nth: usize, seen: u8, now: Timestamp) -> Option<Result<bool, InvalidDecision>> {
        let status = self.status(nth, now);
        let key = self.asked_by(nth)?;
        Some(match status {
            _ if key != seen => Err(InvalidDecision::Changed),
            PairingStatus::Approved | PairingStatus::Completed => Ok(false),
            PairingStatus::Waiting => {
                self.0[nth].fate = Fate::Approved { key, at: now };
                Ok(true)
            }
            PairingStatus::Denied | PairingStatus::Cancelled => Err(InvalidDecision::Decided),
            _ => Err(InvalidDecision::Expired),
        })
    }

    /// As [`Self::approve`].
    pub fn deny(&mut self, nth: usize, now: Timestamp) -> Option<Result<bool, InvalidDecision>> {
        let status = self.status(nth, now);
        let key = self.asked_by(nth)?;
        Some(match status {
            PairingStatus::Denied => Ok(false),
            PairingStatus::Waiting => {
                self.0[nth].fate = Fate::Denied { key };
                Ok(true)
            }
            PairingStatus::Approved | PairingStatus::Completed | PairingStatus::Cancelled => Err(InvalidDecision::Decided),
            _ => Err(InvalidDecision::Expired),
        })
    }

    fn asked_by(&self, nth: usize) -> Option<u8> {
        if !self.0[nth].ask_first {
            return None;
        }
        match self.0[nth].fate {
            Fate::Open => None,
            Fate::Asked { key, .. } | Fate::Approved { key, .. } | Fate::Joined { key, .. } | Fate::Denied { key } => Some(key),
            Fate::Cancelled { key } => key,
        }
    }

    /// Gives a device another standing. What it has now, and whether that is another; `None` where there is no device.
    pub fn stand(&mut self, nth: usize, wanted: Standing) -> Option<(Standing, bool)> {
        let Fate::Joined { device, .. } = &mut self.0[nth].fate else { return None };
        let before = *device;
        if before != Standing::Revoked {
            *device = wanted;
        }
        Some((*device, *device != before))
    }

    pub fn status(&self, nth: usize, now: Timestamp) -> PairingStatus {
        let pairing = &self.0[nth];
        let until = |end: Timestamp, status| if now < end { status } else { PairingStatus::Expired };
        match pairing.fate {
            Fate::Open => until(pairing.expires_at, PairingStatus::Open),
            Fate::Asked { since, .. } => until(since.plus_minutes(DECISION_MINUTES), PairingStatus::Waiting),
            Fate::Approved { at, .. } => until(at.plus_minutes(DECISION_MINUTES), PairingStatus::Approved),
            Fate::Joined { .. } => PairingStatus::Completed,
            Fate::Denied { .. } => PairingStatus::Denied,
            Fate::Cancelled { .. } => PairingStatus::Cancelled,
        }
    }

    pub fn guesses(&self, nth: usize) -> u8 {
        self.0[nth].guesses
    }

    /// The device that joined by a pairing: its key and how it stands.
    pub fn device(&self, nth: usize) -> Option<(u8, Standing)> {
        match self.0[nth].fate {
            Fate::Joined { key, device, .. } => Some((key, device)),
            _ => None,
        }
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl Pairing {
    fn join(&mut self, key: u8, at: Timestamp) -> Answer {
        self.fate = Fate::Joined { key, at, device: Standing::Active };
        Answer::Joined { repeated: false }
    }
}
