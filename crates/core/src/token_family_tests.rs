use proptest::prelude::*;

use super::*;

const NOON: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn works(family: &TokenFamily, generation: u32, at: Timestamp) -> bool {
    matches!(family.standing(generation, at), Standing::Good { .. })
}

#[test]
fn an_access_token_lives_its_minutes() {
    let family = TokenFamily::begin(NOON);
    assert!(works(&family, 0, NOON.plus_seconds(i64::from(ACCESS_MINUTES) * 60 - 1)));
    assert_eq!(family.standing(0, NOON.plus_minutes(ACCESS_MINUTES)), Standing::Expired);
    assert_eq!(family.standing(1, NOON), Standing::Expired, "not given out yet");
}

#[test]
fn both_pairs_work_until_the_new_one_is_used() {
    let at = NOON.plus_minutes(5);
    let family = TokenFamily::begin(NOON).refresh(0, at).unwrap();
    assert!(works(&family, 0, at) && works(&family, 1, at));
    assert!(!works(&family, 0, NOON.plus_minutes(ACCESS_MINUTES)), "the old one is not younger for it");
    let family = family.confirm();
    assert!(!works(&family, 0, at) && works(&family, 1, at));
}

#[test]
fn a_lost_answer_is_repeated_and_a_copy_is_found_out() {
    let family = TokenFamily::begin(NOON).refresh(0, NOON).unwrap();
    let again = family.refresh(0, NOON.plus_minutes(60)).unwrap();
    assert_eq!((again.generation, again.confirmed), (1, 0));
    assert!(works(&again, 1, NOON.plus_minutes(60)), "whole minutes again, however late");
    assert_eq!(again.confirm().refresh(0, NOON), Err(NotRefreshed::Reused), "its access token was used");
    let third = again.refresh(1, NOON).unwrap();
    assert_eq!(third.refresh(0, NOON), Err(NotRefreshed::Reused), "its refresh token was used");
    assert_eq!(third.refresh(1, NOON).map(|family| family.generation), Ok(2));
}

#[test]
fn a_silent_device_comes_back_for_half_a_year() {
    let family = TokenFamily::begin(NOON);
    let end = NOON.plus_minutes(REFRESH_DAYS * 24 * 60);
    assert!(family.refresh(0, end.plus_seconds(-1)).is_ok());
    assert_eq!(family.refresh(0, end), Err(NotRefreshed::Expired));
}

#[test]
fn tokens_from_before_a_restore_go_on() {
    let restored = TokenFamily::begin(NOON);
    assert_eq!(restored.standing(7, NOON), Standing::Expired, "how old it is was forgotten");
    let family = restored.refresh(7, NOON).unwrap();
    assert_eq!((family.generation, family.confirmed), (8, 7));
    assert_eq!(family.refresh(6, NOON), Err(NotRefreshed::Reused));
}

#[test]
fn the_last_generation_has_no_next() {
    assert_eq!(TokenFamily::begin(NOON).refresh(u32::MAX, NOON), Err(NotRefreshed::Expired));
}

#[derive(Clone, Debug)]
enum Step {
    Refresh(u32),
    Use(u32),
    Wait(u32),
    Revoke,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..6u32).prop_map(Step::Refresh),
        4 => (0..6u32).prop_map(Step::Use),
        2 => (0..20u32).prop_map(Step::Wait),
        1 => Just(Step::Revoke),
    ]
}

/// What was given out and used, told apart from how the family counts it.
#[derive(Default)]
struct Model {
    given: Vec<Timestamp>,
    used: u32,
    ended: bool,
}

proptest! {
    #[test]
    fn no_old_unused_or_revoked_token_ever_works(steps in prop::collection::vec(step(), 1..60)) {
        let (mut now, mut family) = (NOON, TokenFamily::begin(NOON));
        let mut model = Model { given: vec![NOON.plus_minutes(ACCESS_MINUTES)], ..Model::default() };
        for step in steps {
            // Counted back from the newest, so that most steps are near the edge where the rules differ.
            let newest = u32::try_from(model.given.len()).unwrap() - 1;
            match step {
                Step::Wait(minutes) => now = now.plus_minutes(minutes),
                Step::Revoke => (family, model.ended) = (family.revoke(now), true),
                Step::Use(back) => {
                    let generation = newest.saturating_sub(back);
                    let expected = !model.ended && generation >= model.used && now < model.given[generation as usize];
                    prop_assert_eq!(works(&family, generation, now), expected);
                    if let Standing::Good { confirms: true, .. } = family.standing(generation, now) {
                        (family, model.used) = (family.confirm(), generation);
                    }
                }
                Step::Refresh(back) => {
                    let generation = newest.saturating_sub(back);
                    match family.refresh(generation, now) {
                        Ok(next) => {
                            prop_assert!(!model.ended && generation >= model.used);
                            model.used = model.used.max(generation);
                            model.given.truncate(generation as usize + 1);
                            model.given.push(now.plus_minutes(ACCESS_MINUTES));
                            family = next;
                        }
                        Err(NotRefreshed::Reused) => {
                            prop_assert!(!model.ended && generation < model.used);
                            (family, model.ended) = (family.revoke(now), true);
                        }
                        Err(_) => prop_assert!(model.ended),
                    }
                }
            }
        }
    }
}
