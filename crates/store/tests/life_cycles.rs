//! Whatever is done in whatever order, and however often the program restarts: the store does what a small model says, and what
//! has ended stays ended.

#[expect(dead_code, reason = "other tests use the rest")]
#[path = "conformance/fixtures.rs"]
mod fixtures;
#[path = "life_cycles/model.rs"]
mod model;
#[path = "life_cycles/platform.rs"]
mod platform;

use clawpair_core::store::Standing;
use platform::Platform;
use proptest::prelude::*;

/// What a device shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secret {
    /// The secret in the link.
    Link,
    /// The code.
    Code,
    /// Another code with the same locator.
    WrongCode,
}

/// Something that somebody does. The numbers choose one of the pairings there are.
#[derive(Clone, Debug)]
enum Step {
    Open { ask_first: bool },
    Claim { nth: usize, secret: Secret, key: u8 },
    Cancel { nth: usize },
    Approve { nth: usize, seen: u8 },
    Deny { nth: usize },
    Stand { nth: usize, wanted: Standing },
    Hear { nth: usize },
    Wait { minutes: u32 },
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let key = || prop_oneof![4 => Just(1u8), 1 => 2..=3u8];
    let secret = prop_oneof![4 => Just(Secret::Link), 3 => Just(Secret::Code), 2 => Just(Secret::WrongCode)];
    let nth = || 0..4usize;
    prop_oneof![
        3 => any::<bool>().prop_map(|ask_first| Step::Open { ask_first }),
        10 => (nth(), secret, key()).prop_map(|(nth, secret, key)| Step::Claim { nth, secret, key }),
        1 => nth().prop_map(|nth| Step::Cancel { nth }),
        3 => (nth(), key()).prop_map(|(nth, seen)| Step::Approve { nth, seen }),
        1 => nth().prop_map(|nth| Step::Deny { nth }),
        3 => (nth(), proptest::sample::select(Standing::ALL.to_vec())).prop_map(|(nth, wanted)| Step::Stand { nth, wanted }),
        2 => nth().prop_map(|nth| Step::Hear { nth }),
        2 => (1..=6u32).prop_map(|minutes| Step::Wait { minutes }),
        1 => Just(Step::Restart),
    ]
}

async fn run(steps: Vec<Step>) {
    let mut platform = Platform::new();
    platform.open(false).await;
    for step in steps {
        match step {
            Step::Open { ask_first } => platform.open(ask_first).await,
            Step::Claim { nth, secret, key } => platform.claim(nth, secret, key).await,
            Step::Cancel { nth } => platform.cancel(nth).await,
            Step::Approve { nth, seen } => platform.approve(nth, seen).await,
            Step::Deny { nth } => platform.deny(nth).await,
            Step::Stand { nth, wanted } => platform.stand(nth, wanted).await,
            Step::Hear { nth } => platform.hear(nth).await,
            Step::Wait { minutes } => platform.wait(minutes),
            Step::Restart => platform.restart(),
        }
        platform.keeps_its_promises().await;
    }
    platform.restart();
    platform.keeps_its_promises().await;
    platform.log_is_whole();
}

/// Sequences that run at a time: each mostly waits for the disk.
const AT_A_TIME: usize = 8;
/// So there are 256 sequences.
const TIMES: u32 = 32;

proptest! {
    #![proptest_config(ProptestConfig { cases: TIMES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_order_of_steps_ends_as_the_model_says(
        sequences in proptest::collection::vec(proptest::collection::vec(step(), 10..40), AT_A_TIME),
    ) {
        tokio::runtime::Builder::new_multi_thread().worker_threads(AT_A_TIME).build().unwrap().block_on(async {
            let runs: Vec<_> = sequences.into_iter().map(|steps| tokio::spawn(run(steps))).collect();
            for run in runs {
                if let Err(failed) = run.await {
                    std::panic::resume_unwind(failed.into_panic());
                }
            }
        });
    }
}
