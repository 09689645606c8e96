use std::sync::Mutex;

use clawpair_mirror::Mirror;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use crate::common::Counting;
use crate::world::{Step, World};

/// Sequences of each of the eight parts, which run side by side.
const SEQUENCES: u32 = 1_250;

fn step() -> impl Strategy<Value = Step> {
    let one = 0..6_usize;
    prop_oneof![
        6 => (one.clone(), any::<u8>()).prop_map(|(device, kind)| Step::Ask(device, kind)),
        8 => Just(Step::Send),
        7 => one.clone().prop_map(Step::Deliver),
        2 => one.clone().prop_map(Step::DeliverAndKeep),
        7 => one.clone().prop_map(Step::Answer),
        2 => one.clone().prop_map(Step::AnswerAndKeep),
        1 => Just(Step::LoseAnswers),
        2 => one.clone().prop_map(Step::GiveUp),
        2 => any::<bool>().prop_map(Step::Busy),
        3 => (one.clone(), any::<bool>()).prop_map(|(device, revokes)| Step::SomebodyElse(device, revokes)),
        4 => Just(Step::BeginReading),
        4 => one.clone().prop_map(Step::Read),
        5 => one.clone().prop_map(Step::Apply),
        1 => Just(Step::Restart),
        4 => any::<u8>().prop_map(Step::Wait),
        1 => one.clone().prop_map(Step::Withdraw),
        3 => (one.clone(), one).prop_map(|(errand, choice)| Step::Choose(errand, choice)),
        2 => Just(Step::Approve),
        1 => Just(Step::Deny),
        2 => Just(Step::Lose),
        2 => any::<bool>().prop_map(Step::EditsFail),
        2 => any::<bool>().prop_map(Step::RevocationsFail),
        2 => (-30..30_i8).prop_map(Step::SetClock),
    ]
}

/// All worlds of a part live in one file, each on a platform of its own.
fn hold(seed: u64) {
    // In memory where the system has a folder for that: what is tested here is not the disk.
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let path = folder.path().join("mirror.db");
    let file = Mutex::new((Some(Mirror::open(&path).unwrap()), 0));
    let rng = Counting::default();
    let config = Config { cases: SEQUENCES, rng_seed: RngSeed::Fixed(seed), failure_persistence: None, ..Config::default() };
    let run = TestRunner::new(config).run(&proptest::collection::vec(step(), 1..24), |steps| {
        let mut file = file.lock().unwrap();
        let (mirror, worlds) = &mut *file;
        *worlds += 1;
        let mut world = World::new(mirror, &path, &rng, *worlds);
        for step in steps {
            world.step(step)?;
        }
        world.settle_down()
    });
    if let Err(fault) = run {
        panic!("{fault}");
    }
}

/// Nothing acknowledged is lost, nothing is sent twice with effect, verified is never a lie, nothing revoked is shown as let in, every
/// revocation goes out, and nobody stays let in who was reported lost.
macro_rules! parts {
    ($($name:ident $seed:literal),*) => {
        $(#[test]
        fn $name() {
            hold($seed);
        })*
    };
}

parts!(
    any_sequence_ends_well 1,
    any_other_sequence_ends_well 2,
    any_third_sequence_ends_well 3,
    any_fourth_sequence_ends_well 4,
    any_fifth_sequence_ends_well 5,
    any_sixth_sequence_ends_well 6,
    any_seventh_sequence_ends_well 7,
    any_eighth_sequence_ends_well 8
);
