//! Random sequences of what is asked for, lost, repeated, changed by others, and started anew.

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
}

async fn one_step(stand: &mut Stand, dice: &mut Dice, seen: &mut Seen) -> Option<String> {
    let device = stand.devices[usize::try_from(dice.below(3)).unwrap()].clone();
    let known = stand.desk().device(&device).await.unwrap().device;
    let word = format!("Name {}", dice.below(1_000));
    let named = EditDevice { name: Some(word.clone()), ..EditDevice::default() };
    match dice.below(14) {
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
                DeviceStatus::Active => (stand.owner.disable_device(&device, &DisableDevice::default()).await, "device_disabled"),
                _ => (stand.owner.enable_device(&device).await, "device_enabled"),
            };
            if done.is_ok() {
                *seen.others.entry(action).or_default() += 1;
            }
            return Some(device);
        }
        7 | 8 => {
            let troubles =
                [Trouble::Away, Trouble::CallLost, Trouble::AnswerLost, Trouble::Twice, Trouble::Busy, Trouble::AnswerLost];
            stand.platform.is(troubles[usize::try_from(dice.below(6)).unwrap()]);
        }
        9 => stand.platform.is(Trouble::None),
        10 => stand.open().await,
        11 => {
            // The program ends while something is on its way.
            let patience = Duration::from_micros(dice.below(3_000));
            let _ = tokio::time::timeout(patience, stand.desk().disable_device(&device, &DisableDevice::default())).await;
            stand.open().await;
        }
        _ => {
            stand.clock.step(i64::try_from(dice.below(400)).unwrap());
            stand.round().await;
            stand.read().await;
        }
    }
    None
}

/// What must be so after each step; of the device that others have just changed only what is final is compared.
async fn check(stand: &Stand, seen: &mut Seen, changed: Option<&str>) {
    let errands = stand.errands();
    let open_revocations = |errand: &&Errand| {
        let over = matches!(errand.delivery, Delivery::Verified { .. } | Delivery::Expired { .. } | Delivery::Withdrawn { .. });
        let gone = matches!(errand.delivery, Delivery::Failed { conflict: Conflict::Gone, .. });
        errand.intent.revokes() && !over && !gone
    };
    let not_yet = errands.iter().filter(open_revocations).count();
    assert_eq!(usize::try_from(stand.mirror().not_yet_revoked().unwrap()).unwrap(), not_yet);
    for errand in &errands {
        let over = seen.acknowledged.contains(&errand.id);
        assert!(!over || !errand.delivery.is_open(), "an acknowledged errand is lost: {errand:?}");
        match &errand.delivery {
            Delivery::Acknowledged { .. } => drop(seen.acknowledged.insert(errand.id)),
            Delivery::Verified { .. } => {
                let there = stand.there(&errand.place.id).await;
                if errand.intent.revokes() {
                    assert_eq!(there.status, DeviceStatus::Revoked, "a revocation that is called verified is none: {errand:?}");
                    let shown = stand.desk().device(&errand.place.id).await.unwrap();
                    assert_eq!(shown.device.status, DeviceStatus::Revoked, "a revoked device is shown as let in");
                }
                let later = errands.iter().any(|later| later.id > errand.id && later.place == errand.place && later.attempts > 0);
                let is_new = seen.verified.insert(errand.id);
                if is_new && !later && changed != Some(errand.place.id.as_str()) {
                    let record = clawpair_mirror::DeviceRecord::of(there.clone());
                    let so = errand.intent.is_shown_by(&record, Stands::from(there.status));
                    assert_eq!(so, Some(true), "what is called verified is not so: {errand:?}, {there:?}");
                }
            }
            _ => {}
        }
    }
}

async fn one_sequence(number: u64) {
    let (mut stand, mut dice, mut seen) = (Stand::new(3).await, Dice(number), Seen::default());
    for _ in 0..24 {
        let changed = one_step(&mut stand, &mut dice, &mut seen).await;
        check(&stand, &mut seen, changed.as_deref()).await;
    }
    stand.rest().await;
    check(&stand, &mut seen, None).await;
    let errands = stand.errands();
    for errand in &errands {
        let over = !errand.delivery.is_open() && !matches!(errand.delivery, Delivery::Acknowledged { .. });
        assert!(over, "it has gone well for long, and this is not over: {errand:?}");
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

/// `CLAWPAIR_SEED=N` repeats one sequence.
#[tokio::test]
async fn nothing_is_lost_or_done_twice_whatever_is_lost_and_whoever_else_changes_it() {
    let repeated = std::env::var("CLAWPAIR_SEED").ok().map(|seed| seed.parse::<u64>().unwrap());
    let seeds = repeated.map_or_else(
        || {
            let first = u64::from_le_bytes(clawpair_core::rng::bytes(&SystemRng as &dyn Rng));
            (0..8).map(|nth| first.wrapping_add(nth)).collect()
        },
        |seed| vec![seed],
    );
    for seed in seeds {
        println!("CLAWPAIR_SEED={seed}");
        one_sequence(seed).await;
    }
}
