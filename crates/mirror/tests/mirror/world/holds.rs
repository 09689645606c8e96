//! What must always hold, and how everything comes to an end.

use clawpair_mirror::Standing;
use proptest::{prop_assert, prop_assert_eq};

use super::*;

impl World<'_> {
    /// What goes out now passes nothing that was asked for of the same thing before, unless it shuts somebody out, and nothing that does; and
    /// while something is on its way nothing else is but what does so for good.
    pub(super) fn check_turn(&self, errand: &Errand) -> Checked {
        for other in self.open().asked_of(&errand.place, 200).unwrap().iter().filter(|other| other.id != errand.id) {
            let passed = match &other.delivery {
                // What may have arrived ends for it once it is its turn.
                Delivery::Queued { .. } if other.id < errand.id && errand.intent.revokes() => other.attempts == 0,
                Delivery::Queued { .. } if other.id < errand.id => !(disables(errand) && may_be_passed(other)),
                Delivery::Queued { wait } => disables(other) && may_be_passed(errand) && wait.is_over(self.now()),
                Delivery::Sent { .. } => !errand.intent.revokes(),
                Delivery::Withdrawn { .. } => false,
                _ => other.id > errand.id && other.intent.revokes(),
            };
            prop_assert!(!passed, "{other:?} was passed by {errand:?}");
        }
        prop_assert!(!self.is_lost || errand.intent != approval(), "{errand:?} would let in who is lost");
        Ok(())
    }

    /// Only a reading that began after the acknowledgement says anything of an errand.
    pub(super) fn check_judged(&mut self, snapshot: usize) -> Checked {
        for (id, acknowledged) in self.acknowledged_in.clone() {
            let errand = self.open().errand(id).unwrap();
            if !matches!(errand.delivery, Delivery::Acknowledged { .. }) && self.judged.insert(id) {
                let snapshot = &self.snapshots[snapshot];
                prop_assert!(acknowledged < snapshot.begun, "{errand:?} was judged by an old reading");
                let listed = snapshot.devices.iter().find(|record| record.device.id == errand.place.id);
                let shows = listed.map_or_else(|| is_decided(&errand.intent, &snapshot.request), |it| is_shown(&errand.intent, it));
                prop_assert_eq!(matches!(errand.delivery, Delivery::Verified { .. }), shows, "{:?}", errand);
            }
        }
        Ok(())
    }

    /// Whether something that was asked for of the same thing later was acknowledged, too, or was so already, or may have been done.
    fn is_followed(&self, errand: &Errand) -> bool {
        let later = self.asked.iter().filter(|id| **id > errand.id).map(|id| self.open().errand(*id).unwrap());
        later.filter(|later| later.place == errand.place).any(|later| {
            let ended = matches!(later.delivery, Delivery::Overtaken { .. }) && later.attempts > 0;
            ended || self.acknowledged_in.contains_key(&later.id)
        })
    }

    pub(super) fn check(&self) -> Checked {
        let mut not_yet = 0;
        for id in &self.asked {
            let errand = self.open().errand(*id).unwrap();
            prop_assert!(self.effects.get(id).is_none_or(|effects| *effects == 1), "{errand:?} had effect twice");
            if self.acknowledged.contains(id) {
                let kept =
                    matches!(errand.delivery, Delivery::Acknowledged { .. } | Delivery::Verified { .. } | Delivery::Failed { .. });
                let overtaken = matches!(errand.delivery, Delivery::Overtaken { .. }) && self.is_followed(&errand);
                prop_assert!((kept || overtaken) && errand.acknowledged_at.is_some(), "the acknowledgement of {errand:?} was lost");
            }
            if matches!(errand.delivery, Delivery::Verified { .. }) {
                let is_revoked = self.is_revoked(&errand.place.id);
                prop_assert!(self.done.contains(id) || is_revoked, "{errand:?} was never done");
                prop_assert!(!errand.intent.revokes() || is_revoked, "{errand:?} is a lie");
            }
            let waits = matches!(errand.delivery, Delivery::Queued { .. } | Delivery::Sent { .. } | Delivery::Acknowledged { .. });
            // Whoever ended a device, nobody is told that it is NOT yet revoked once it is seen to be over.
            let is_left_in = matches!(errand.delivery, Delivery::Failed { .. }) && !self.revoked_seen.contains(&errand.place.id);
            not_yet += i64::from(errand.intent.revokes() && (waits || is_left_in));
        }
        for id in &self.revoked_seen {
            let listed = self.open().device(&Place { platform: self.platform.clone(), id: id.clone() }).unwrap();
            prop_assert_eq!((listed.standing, listed.record.device.status), (Standing::Revoked, DeviceStatus::Revoked));
        }
        prop_assert_eq!(self.open().not_yet_revoked().unwrap() - self.others_not_revoked, not_yet);
        Ok(())
    }

    /// Once everything works again, everything comes to an end, and nothing is left in the file that waits.
    pub fn settle_down(&mut self) -> Checked {
        // What the network still had is lost at last.
        (self.busy, self.under_way, self.answers) = (false, Vec::new(), Vec::new());
        self.snapshots.clear();
        self.failing = HashSet::from(["rename"]);
        self.revoke_again();
        self.go_on_until_over(|errand| errand.intent.revokes() || disables(errand))?;
        let let_in = self.devices.contains_key(JOINED) && !self.is_revoked(JOINED);
        prop_assert!(!self.is_lost || !let_in, "who was lost is let in");
        self.failing.clear();
        self.go_on_until_over(|_| true)?;
        for id in self.asked.clone() {
            let errand = self.open().errand(id).unwrap();
            if matches!(errand.delivery, Delivery::Failed { .. }) {
                self.open().choose(id, Choice::Leave, self.now(), self.rng).unwrap();
            }
        }
        Ok(())
    }

    /// Asks once more for what was refused, as a person does who may since.
    fn revoke_again(&mut self) {
        for id in self.asked.clone() {
            let errand = self.open().errand(id).unwrap();
            let Delivery::Failed { conflict, .. } = &errand.delivery else { continue };
            if errand.intent.revokes() && conflict.choices().contains(&Choice::TryAgain) {
                let anew = self.open().choose(id, Choice::TryAgain, self.now(), self.rng).unwrap().unwrap();
                self.is_asked(&anew);
            }
        }
    }

    /// Rounds in which everything goes well, until these errands are over and, where somebody is lost, a last reading was entered.
    fn go_on_until_over(&mut self, which: impl Fn(&Errand) -> bool) -> Checked {
        let is_open = |errand: &Errand| errand.delivery.is_open() || matches!(errand.delivery, Delivery::Acknowledged { .. });
        let mut owed = self.is_lost;
        for _ in 0..60 {
            let mut asked = self.asked.iter().map(|id| self.open().errand(*id).unwrap());
            if !asked.any(|errand| which(&errand) && is_open(&errand)) && !owed {
                return Ok(());
            }
            owed = false;
            self.now += 400;
            for step in [Step::Send, Step::Deliver(0), Step::Answer(0), Step::BeginReading, Step::Read(0), Step::Apply(0)] {
                self.step(step)?;
            }
            self.snapshots.clear();
        }
        prop_assert!(false, "something never ended: {:?}", self.open().outbox(0, 200));
        Ok(())
    }
}

const fn disables(errand: &Errand) -> bool {
    matches!(errand.intent, Intent::Disable { .. })
}

/// Whether it lets nobody in or out.
const fn may_be_passed(errand: &Errand) -> bool {
    matches!(errand.intent, Intent::Rename { .. } | Intent::Rotate { .. })
}

const fn is_decided(intent: &Intent, request: &Request) -> bool {
    matches!(
        (intent, request.status),
        (Intent::Approve { .. }, PairingStatus::Completed) | (Intent::Deny { .. }, PairingStatus::Denied)
    )
}
