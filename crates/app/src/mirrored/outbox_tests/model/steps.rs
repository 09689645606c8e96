//! One thing that happens.

use std::time::Duration;

use clawpair_api::Request;
use clawpair_core::clock::Clock as _;
use clawpair_core::rng::SystemRng;
use clawpair_mirror::{Choice, Mirror};

use super::super::stand::{ASKING, errands, fingerprint, id};
use super::holds::{check_shown, is_over};
use super::*;

pub(super) async fn one_step(stand: &mut Stand, dice: &mut Dice, seen: &mut Seen) {
    let device = dice.one_of(&stand.devices).unwrap().clone();
    match dice.below(34) {
        0..=5 => person_asks(stand, dice, seen, &device).await,
        6 | 7 => others_change(stand, dice, seen, &device).await,
        8 | 9 => {
            let troubles = [
                Trouble::Away,
                Trouble::CallLost,
                Trouble::AnswerLost,
                Trouble::Twice,
                Trouble::Busy,
                Trouble::EditsFail,
                Trouble::Forbidden,
                Trouble::AnswerLost,
            ];
            stand.platform.is(*dice.one_of(&troubles).unwrap());
        }
        10 => stand.platform.is(Trouble::None),
        11 => stand.open().await,
        12 => {
            // The program ends while something is on its way.
            let patience = Duration::from_micros(dice.below(3_000));
            let _ = tokio::time::timeout(patience, stand.desk().disable_device(&device, &DisableDevice::default())).await;
            stand.open().await;
        }
        13 => stand.clock.step((i64::try_from(dice.below(61)).unwrap() - 30) * 60 * 60),
        14 => seen.taken.extend(stand.file().take_several(&id(), 2, stand.clock.now()).unwrap()),
        15 => stand.send_what_was_taken(std::mem::take(&mut seen.taken)).await,
        16 => stand.ask().await,
        17 if !seen.is_lost => stand.answer_requests(true).await,
        18 if dice.below(3) == 0 => stand.answer_requests(false).await,
        19 => seen.is_lost |= stand.outbox().revoke_everywhere(&fingerprint(ASKING), None).is_ok(),
        20 | 21 => decide(stand, dice, seen),
        22 => withdraw(stand, dice, seen),
        23 => {
            // A key that was shut out joins once more.
            let key = u8::try_from(dice.below(3)).unwrap() + 1;
            if !stand.lets_in(key).await {
                stand.join(key).await;
            }
        }
        24 => remove_and_add_again(stand, dice, seen).await,
        25 => {
            let copy = stand.path("copy.db");
            let _ = std::fs::remove_file(&copy);
            stand.mirror().backup(&copy).unwrap();
        }
        26 if stand.path("copy.db").exists() => put_back(stand, seen).await,
        _ => {
            stand.step(i64::try_from(dice.below(400)).unwrap());
            stand.round().await;
            stand.read().await;
        }
    }
}

async fn person_asks(stand: &Stand, dice: &mut Dice, seen: &mut Seen, device: &str) {
    let Ok(known) = stand.desk().device(device).await else { return };
    let (desk, last) = (stand.desk(), stand.errands().last().map_or(0, |errand| errand.id));
    let (name, tags) = (Some(format!("Name {}", dice.below(1_000))), Some(vec![format!("t{}", dice.below(9))]));
    let edit = async |form| desk.edit_device(device, known.device.revision, &form).await;
    let (done, action) = match dice.below(16) {
        0..=2 => (edit(EditDevice { name, ..EditDevice::default() }).await, "device_edited"),
        3..=5 => (edit(EditDevice { name, tags, ..EditDevice::default() }).await, "device_edited"),
        6..=8 => (desk.disable_device(device, &DisableDevice::default()).await, "device_disabled"),
        9..=12 => (desk.enable_device(device).await, "device_enabled"),
        13 => (desk.rotate_role_token(device, "node").await, "device_rotated"),
        _ => (desk.revoke_device(device, None).await, "device_revoked"),
    };
    if done.is_ok() && !stand.errands().iter().any(|errand| errand.id > last && errand.place.id == device) {
        // What is not known here, as after a backup was put back, the platform is asked for itself.
        *seen.others.entry(action).or_default() += 1;
    }
}

async fn others_change(stand: &Stand, dice: &mut Dice, seen: &mut Seen, device: &str) {
    let there = stand.there(device).await;
    let (done, action) = match (dice.below(2), there.status) {
        (0, _) => {
            let form = EditDevice { name: Some(format!("Name {}", dice.below(1_000))), ..EditDevice::default() };
            (stand.owner.edit_device(device, there.revision, &form).await, "device_edited")
        }
        (_, DeviceStatus::Active) => (stand.owner.disable_device(device, None, &DisableDevice::default()).await, "device_disabled"),
        _ => (stand.owner.enable_device(device, None).await, "device_enabled"),
    };
    if done.is_ok() {
        *seen.others.entry(action).or_default() += 1;
    }
    seen.changed(device, &stand.errands());
}

/// A person decides about something that failed.
fn decide(stand: &Stand, dice: &mut Dice, seen: &mut Seen) {
    let failed: Vec<(Errand, Conflict)> = stand.failed();
    let Some((errand, conflict)) = dice.one_of(&failed) else { return };
    choose(stand, seen, errand, *dice.one_of(conflict.choices()).unwrap());
}

/// Whoever is to be shut out is, as far as that can be asked for.
pub(super) fn decide_about_all(stand: &Stand, seen: &mut Seen) {
    for (errand, conflict) in stand.failed().iter().filter(|(errand, _)| shuts_out(errand)) {
        choose(stand, seen, errand, conflict.choices()[0]);
    }
}

fn choose(stand: &Stand, seen: &mut Seen, errand: &Errand, choice: Choice) {
    // Nobody lets in anew who is lost.
    let lets_in = seen.is_lost && matches!(errand.intent, Intent::Approve { .. });
    let choice = if lets_in { Choice::Leave } else { choice };
    let could_try = choices_of(errand).contains(&Choice::TryAgain);
    // Somebody else may have been faster.
    let Ok(anew) = stand.outbox().choose(errand.id, choice) else { return };
    assert_eq!(anew.is_some(), choice != Choice::Leave, "{choice:?} of {errand:?}");
    let left = stand.mirror().errand(errand.id).unwrap();
    assert!(matches!(left.delivery, Delivery::Withdrawn { .. }), "a person has decided about {left:?}");
    seen.is_lost &= !(choice == Choice::Leave && could_try && is_about_who_asks(errand));
}

fn withdraw(stand: &Stand, dice: &mut Dice, seen: &mut Seen) {
    let mut waiting = stand.errands();
    waiting.retain(|errand| errand.delivery.is_open());
    let Some(errand) = dice.one_of(&waiting) else { return };
    if stand.outbox().withdraw(errand.id).is_err() {
        return;
    }
    let withdrawn = stand.mirror().errand(errand.id).unwrap();
    assert_eq!(withdrawn.attempts, 0, "what may have arrived was taken back: {withdrawn:?}");
    seen.is_lost &= !is_about_who_asks(errand);
}

/// Whether it shuts out who asks to be let in: whoever takes that back has found it.
fn is_about_who_asks(errand: &Errand) -> bool {
    shuts_out(errand) && errand.key == fingerprint(ASKING)
}

const fn shuts_out(errand: &Errand) -> bool {
    matches!(errand.intent, Intent::Revoke { .. } | Intent::Deny { .. })
}

fn choices_of(errand: &Errand) -> &'static [Choice] {
    match &errand.delivery {
        Delivery::Failed { conflict, .. } => conflict.choices(),
        _ => &[],
    }
}

/// Nobody hears any more of who joins meanwhile.
async fn remove_and_add_again(stand: &mut Stand, dice: &mut Dice, seen: &mut Seen) {
    stand.desk().forget().await.unwrap();
    let errands = stand.errands();
    let is_left = |errand: &&Errand| !is_over(errand) || matches!(errand.delivery, Delivery::Failed { .. });
    assert_eq!(errands.iter().find(is_left), None, "it is asked of a platform that was removed");
    assert_eq!(stand.outbox().counts(), clawpair_mirror::OutboxCounts::default());
    for device in &stand.devices {
        seen.changed(device, &errands);
    }
    seen.is_lost = false;
    if dice.below(2) == 0 {
        // It does not answer yet.
        stand.platform.is(Trouble::Away);
    }
    stand.open().await;
}

/// A backup takes the place of the file, for which other programs have to end.
async fn put_back(stand: &mut Stand, seen: &mut Seen) {
    seen.taken.clear();
    stand.close().await;
    let before = errands(&stand.file());
    seen.note(&before);
    let (copy, path) = (stand.path("copy.db"), stand.path("mirror.db"));
    let (mirror, put_back) = Mirror::restore(&copy, &path, stand.clock.now()).unwrap();
    std::fs::remove_file(put_back.replaced.unwrap()).unwrap();
    assert!(put_back.whole);
    let after = errands(&mirror);
    check_shown(stand, &mirror, seen);
    drop(mirror);
    assert!(!after.iter().any(|errand| errand.delivery.is_open()), "something goes out by itself after a backup was put back");
    for errand in before.iter().filter(|errand| !is_over(errand) || matches!(errand.delivery, Delivery::Failed { .. })) {
        let kept = after.iter().find(|kept| kept.idempotency_key == errand.idempotency_key);
        let is_kept = |kept: &Errand| matches!(kept.delivery, Delivery::Acknowledged { .. } | Delivery::Failed { .. });
        assert!(kept.is_some_and(is_kept), "a backup has taken the place of {errand:?}, and leaves {kept:?}");
    }
    for device in &stand.devices {
        seen.changed(device, &after);
    }
    stand.open().await;
}

impl Stand {
    /// The other program goes on with what it has taken, if it still may.
    pub(super) async fn send_what_was_taken(&self, taken: Vec<Errand>) {
        let file = self.file();
        for errand in taken {
            if file.sets_out(&errand, self.clock.now()).unwrap() {
                let Delivered { answer, .. } = self.platform.deliver(&errand).await;
                file.settle_all(vec![(errand.id, errand.attempts, answer)], self.clock.now(), &SystemRng).unwrap();
            }
        }
    }

    async fn answer_requests(&self, approve: bool) {
        for waiting in self.desk().requests(None).await.map(|page| page.requests).unwrap_or_default() {
            let Request { id, public_key, permissions, .. } = waiting.request;
            let seen = ApproveRequest { public_key, permissions };
            let desk = self.desk();
            drop(if approve { desk.approve_request(&id, &seen).await } else { desk.deny_request(&id, &seen).await });
        }
    }

    fn failed(&self) -> Vec<(Errand, Conflict)> {
        let errands = self.errands().into_iter();
        let failed = errands.filter_map(|errand| match &errand.delivery {
            Delivery::Failed { conflict, .. } => Some((errand.clone(), conflict.clone())),
            _ => None,
        });
        failed.collect()
    }
}
