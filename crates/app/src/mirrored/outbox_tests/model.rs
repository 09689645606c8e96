//! Random sequences of what is asked for, lost, repeated, changed by others, started anew, and sent by two programs by a clock that is set.

use clawpair_api::{PairingStatus, Request};
use futures_util::{StreamExt as _, stream};

use super::*;

/// Numbers that follow from a seed (`SplitMix64`).
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % most
    }
}

/// What a sequence has seen so far.
#[derive(Default)]
struct Seen {
    acknowledged: BTreeSet<i64>,
    verified: BTreeSet<i64>,
    /// What others did, by what it is called in the activity log.
    others: BTreeMap<&'static str, usize>,
    /// The last errand there was when others changed a device: what is older may have been seen as it was before.
    changed: BTreeMap<String, i64>,
    /// What another program has taken out of the outbox, and has not come to.
    taken: Vec<Errand>,
    /// Whether who asks to be let in was reported lost.
    is_lost: bool,
}

async fn one_step(stand: &mut Stand, dice: &mut Dice, seen: &mut Seen) -> Option<String> {
    let device = stand.devices[usize::try_from(dice.below(3)).unwrap()].clone();
    let known = stand.desk().device(&device).await.unwrap().device;
    let word = format!("Name {}", dice.below(1_000));
    let named = EditDevice { name: Some(word.clone()), ..EditDevice::default() };
    match dice.below(22) {
        0 => drop(stand.desk().edit_device(&device, known.revision, &named).await),
        1 => {
            let form = EditDevice { name: Some(word), tags: Some(vec![format!("t{}", dice.below(9))]), ..EditDevice::default() };
            drop(stand.desk().edit_device(&device, known.revision, &form).await);
        }
        2 => drop(stand.desk().disable_device(&device, &DisableDevice::default()).await),
        3 => drop(stand.desk().enable_device(&device).await),
        4 if dice.below(3) == 0 => drop(stand.desk().revoke_device(&device, None).await),
        5 => {
            let there = stand.there(&device).await;
            if stand.owner.edit_device(&device, there.revision, &named).await.is_ok() {
                *seen.others.entry("device_edited").or_default() += 1;
            }
            return Some(device);
        }
        6 => {
            let (done, action) = match stand.there(&device).await.status {
                DeviceStatus::Active => {
                    (stand.owner.disable_device(&device, None, &DisableDevice::default()).await, "device_disabled")
                }
                _ => (stand.owner.enable_device(&device, None).await, "device_enabled"),
            };
            if done.is_ok() {
                *seen.others.entry(action).or_default() += 1;
            }
            return Some(device);
        }
        7 | 8 => {
            let troubles = [
                Trouble::Away,
                Trouble::CallLost,
                Trouble::AnswerLost,
                Trouble::Twice,
                Trouble::Busy,
                Trouble::EditsFail,
                Trouble::AnswerLost,
            ];
            stand.platform.is(troubles[usize::try_from(dice.below(7)).unwrap()]);
        }
        9 => stand.platform.is(Trouble::None),
        10 => stand.open().await,
        11 => {
            // The program ends while something is on its way.
            let patience = Duration::from_micros(dice.below(3_000));
            let _ = tokio::time::timeout(patience, stand.desk().disable_device(&device, &DisableDevice::default())).await;
            stand.open().await;
        }
        12 => stand.clock.step((i64::try_from(dice.below(61)).unwrap() - 30) * 60 * 60),
        13 => seen.taken.extend(stand.file().take_several(&id(), 2, stand.clock.now()).unwrap()),
        14 => stand.send_what_was_taken(std::mem::take(&mut seen.taken)).await,
        15 => stand.ask().await,
        16 if !seen.is_lost => stand.approve().await,
        17 => seen.is_lost |= stand.lose(),
        _ => {
            stand.step(i64::try_from(dice.below(400)).unwrap());
            stand.round().await;
            stand.read().await;
        }
    }
    None
}

impl Stand {
    /// The other program goes on with what it has taken, if it still may.
    async fn send_what_was_taken(&self, taken: Vec<Errand>) {
        let file = self.file();
        for errand in taken {
            if file.sets_out(&errand, self.clock.now()).unwrap() {
                let Delivered { answer, .. } = self.platform.deliver(&errand).await;
                file.settle_all(vec![(errand.id, errand.attempts, answer)], self.clock.now(), &SystemRng).unwrap();
            }
        }
    }

    async fn approve(&self) {
        for waiting in self.desk().requests(None).await.map(|page| page.requests).unwrap_or_default() {
            let Request { id, public_key, permissions, .. } = waiting.request;
            drop(self.desk().approve_request(&id, &ApproveRequest { public_key, permissions }).await);
        }
    }

    /// Whether there was anything to lose.
    fn lose(&self) -> bool {
        self.desk().upkeep.shared.outbox.revoke_everywhere(&fingerprint(ASKING), None).is_ok()
    }

    /// Whether somebody with a key is let in on the platform.
    async fn lets_in(&self, key: &str) -> bool {
        let listed = self.owner.devices(None::<(&str, String)>).await.unwrap().devices;
        listed.iter().any(|device| device.key_fingerprint == key && device.status != DeviceStatus::Revoked)
    }

    async fn is_shown(&self, errand: &Errand) -> Option<bool> {
        if errand.intent.decides() {
            let status = self.owner.request(&errand.place.id).await.unwrap().status;
            let approved = matches!(status, PairingStatus::Approved | PairingStatus::Completed);
            // One that is let in has to come before its time is up.
            let over = status == PairingStatus::Expired;
            return Some(over || approved == matches!(errand.intent, Intent::Approve { .. }));
        }
        let there = self.there(&errand.place.id).await;
        errand.intent.is_shown_by(&clawpair_mirror::DeviceRecord::of(there.clone()), Stands::from(there.status))
    }
}

/// What must be so after each step; of a device that others have changed since only what is final is compared.
async fn check(stand: &Stand, seen: &mut Seen) {
    // The tasks go on meanwhile.
    let (errands, counted) = loop {
        let (errands, counted) = (stand.errands(), stand.mirror().outbox_counts().unwrap().not_yet_revoked);
        if errands == stand.errands() {
            break (errands, counted);
        }
    };
    let open_revocations = |errand: &&Errand| {
        let over = matches!(errand.delivery, Delivery::Verified { .. } | Delivery::Expired { .. } | Delivery::Withdrawn { .. });
        let gone = matches!(errand.delivery, Delivery::Failed { conflict: Conflict::Gone, .. });
        errand.intent.revokes() && !over && !gone
    };
    let not_yet = errands.iter().filter(open_revocations).count();
    assert_eq!(usize::try_from(counted).unwrap(), not_yet);
    for errand in &errands {
        let over = seen.acknowledged.contains(&errand.id);
        assert!(!over || !errand.delivery.is_open(), "an acknowledged errand is lost: {errand:?}");
        match &errand.delivery {
            Delivery::Acknowledged { .. } => drop(seen.acknowledged.insert(errand.id)),
            Delivery::Verified { .. } => {
                if errand.intent.revokes() {
                    let there = stand.there(&errand.place.id).await;
                    assert_eq!(there.status, DeviceStatus::Revoked, "a revocation that is called verified is none: {errand:?}");
                    let shown = stand.desk().device(&errand.place.id).await.unwrap();
                    assert_eq!(shown.device.status, DeviceStatus::Revoked, "a revoked device is shown as let in");
                }
                let later = errands.iter().any(|later| later.id > errand.id && later.place == errand.place && later.attempts > 0);
                let is_new = seen.verified.insert(errand.id);
                let changed = seen.changed.get(&errand.place.id).is_some_and(|last| errand.id <= *last);
                if is_new && !later && !changed {
                    assert_eq!(stand.is_shown(errand).await, Some(true), "what is called verified is not so: {errand:?}");
                }
            }
            _ => {}
        }
    }
}

fn is_over(errand: &Errand) -> bool {
    !errand.delivery.is_open() && !matches!(errand.delivery, Delivery::Acknowledged { .. })
}

async fn one_sequence(number: u64) {
    let (mut stand, mut dice, mut seen) = (Stand::new(3).await, Dice(number), Seen::default());
    for _ in 0..24 {
        if let Some(changed) = one_step(&mut stand, &mut dice, &mut seen).await {
            seen.changed.insert(changed, stand.errands().last().map_or(0, |errand| errand.id));
        }
        check(&stand, &mut seen).await;
    }
    stand.send_what_was_taken(std::mem::take(&mut seen.taken)).await;
    if seen.is_lost {
        // Whoever was let in comes now at the latest.
        stand.ask().await;
    }
    stand.rest(Trouble::EditsFail).await;
    check(&stand, &mut seen).await;
    assert!(stand.errands().iter().all(|errand| !errand.intent.revokes() || is_over(errand)), "a revocation waits for a name");
    assert!(!seen.is_lost || !stand.lets_in(&fingerprint(ASKING)).await, "who was lost is let in");
    stand.rest(Trouble::None).await;
    check(&stand, &mut seen).await;
    let errands = stand.errands();
    for errand in &errands {
        assert!(is_over(errand), "it has gone well for long, and this is not over: {errand:?}");
    }
    let asked = |wanted: fn(&Intent) -> bool| errands.iter().filter(|errand| wanted(&errand.intent) && errand.attempts > 0).count();
    for (action, asked) in [
        ("device_edited", asked(|intent| matches!(intent, Intent::Rename { .. } | Intent::EditTags { .. }))),
        ("device_disabled", asked(|intent| matches!(intent, Intent::Disable { .. }))),
        ("device_enabled", asked(|intent| matches!(intent, Intent::Enable))),
        ("device_revoked", asked(|intent| matches!(intent, Intent::Revoke { .. }))),
    ] {
        let done: usize = stand.done(action).await.values().sum();
        let most = asked + seen.others.get(action).copied().unwrap_or(0);
        assert!(done <= most, "{action} was done {done} times, and asked for {most} times");
    }
    assert!(stand.done("device_revoked").await.values().all(|times| *times == 1));
    stand.listener.stop().await;
}

/// So many at once.
const SIDE_BY_SIDE: usize = 8;

/// `CLAWPAIR_SEED=N` repeats one sequence, and `CLAWPAIR_SEQUENCES=N` says how many there are.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_done_twice_whatever_is_lost_and_whoever_else_changes_it() {
    let number = |name| std::env::var(name).ok().map(|number| number.parse::<u64>().unwrap());
    let (first, most) = match number("CLAWPAIR_SEED") {
        Some(seed) => (seed, 1),
        None => (u64::from_le_bytes(clawpair_core::rng::bytes(&SystemRng)), number("CLAWPAIR_SEQUENCES").unwrap_or(64)),
    };
    let sequences = stream::iter((0..most).map(|nth| first.wrapping_add(nth))).map(async |seed| {
        println!("CLAWPAIR_SEED={seed}");
        tokio::spawn(one_sequence(seed)).await.unwrap_or_else(|fault| panic!("CLAWPAIR_SEED={seed}: {fault}"));
    });
    sequences.buffer_unordered(SIDE_BY_SIDE).collect::<()>().await;
}
