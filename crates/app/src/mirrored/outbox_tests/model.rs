//! Random sequences of what is asked for, decided, lost, repeated, changed by others, started anew, sent by two programs by a clock that is
//! set, forgotten with its platform, and put back from a backup.

mod holds;
mod steps;

use std::collections::{BTreeMap, BTreeSet};

use clawpair_core::rng::SystemRng;
use futures_util::{StreamExt as _, stream};

use self::holds::{check, check_at_the_end, is_over};
use self::steps::{decide_about_all, one_step};
use super::stand::ASKING;
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

    fn one_of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        let most = u64::try_from(all.len()).unwrap().max(1);
        all.get(usize::try_from(self.below(most)).unwrap())
    }
}

/// What a sequence has seen so far. Errands are known by their idempotency keys, since a backup counts them otherwise.
#[derive(Default)]
struct Seen {
    /// What was ever asked for and went out.
    sent: BTreeMap<String, Intent>,
    acknowledged: BTreeSet<String>,
    verified: BTreeSet<String>,
    /// Devices that were shown as over.
    over: BTreeSet<String>,
    /// What others did, by what it is called in the activity log.
    others: BTreeMap<&'static str, usize>,
    /// The last errand there was when others changed a device: what is older may have been seen as it was before.
    changed: BTreeMap<String, i64>,
    /// What another program has taken out of the outbox, and has not come to.
    taken: Vec<Errand>,
    /// Whether who asks to be let in was reported lost, and not found since.
    is_lost: bool,
}

impl Seen {
    fn note(&mut self, errands: &[Errand]) {
        let sent = errands.iter().filter(|errand| errand.attempts > 0);
        self.sent.extend(sent.map(|errand| (errand.idempotency_key.clone(), errand.intent.clone())));
    }

    /// Others have changed a device, or what was known of it is not any more.
    fn changed(&mut self, device: &str, errands: &[Errand]) {
        self.changed.insert(device.to_owned(), errands.last().map_or(0, |errand| errand.id));
    }
}

async fn one_sequence(number: u64) {
    let (mut stand, mut dice, mut seen) = (Stand::new(3).await, Dice(number), Seen::default());
    for _ in 0..32 {
        one_step(&mut stand, &mut dice, &mut seen).await;
        check(&stand, &mut seen).await;
    }
    stand.send_what_was_taken(std::mem::take(&mut seen.taken)).await;
    if seen.is_lost {
        // Whoever was let in comes now at the latest.
        stand.ask().await;
    }
    decide_about_all(&stand, &mut seen);
    stand.rest(Trouble::EditsFail).await;
    check(&stand, &mut seen).await;
    let waits = |errand: &&Errand| matches!(errand.intent, Intent::Revoke { .. } | Intent::Disable { .. }) && !is_over(errand);
    assert_eq!(stand.errands().iter().find(waits), None, "it waits for a name");
    assert!(!seen.is_lost || !stand.lets_in(ASKING).await, "who was lost is let in");
    stand.rest(Trouble::None).await;
    check(&stand, &mut seen).await;
    check_at_the_end(&stand, &seen).await;
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
        // What a platform does in the background ends with its runtime, and so do its files.
        let alone = tokio::task::spawn_blocking(move || tokio::runtime::Runtime::new().unwrap().block_on(one_sequence(seed)));
        alone.await.unwrap_or_else(|fault| panic!("CLAWPAIR_SEED={seed}: {fault}"));
    });
    sequences.buffer_unordered(SIDE_BY_SIDE).collect::<()>().await;
}
