//! This computer's clock is set while something waits.

use clawpair_api::PairingStatus;
use clawpair_mirror::{Answer, Delivery, Intent};

use crate::common::{at, platform};
use crate::desk::{Desk, REVOKE, some};

const HOUR: i64 = 60 * 60;

#[test]
fn what_was_asked_for_by_a_clock_that_was_ahead_goes_out_at_once() {
    let desk = Desk::new();
    let errand = desk.ask("a", &REVOKE);
    assert_eq!(desk.mirror().next_due(&platform(), at(-2 * HOUR)).unwrap(), Some(at(-2 * HOUR)));
    assert_eq!(desk.take(at(-2 * HOUR)).map(|taken| taken.id), Some(errand.id));
}

#[test]
fn what_was_put_off_by_a_clock_that_was_ahead_goes_out_at_once() {
    let desk = Desk::new();
    desk.ask("a", &REVOKE);
    desk.settle(&desk.take(at(1)).unwrap(), Answer::Later { after: Some(std::time::Duration::from_mins(1)) });
    assert_eq!(desk.take(at(2)), None);
    assert_eq!(desk.take(at(1 - HOUR)).map(|taken| taken.attempts), Some(2));
}

#[test]
fn what_was_sent_by_a_clock_that_was_ahead_is_lost_after_two_minutes_of_the_other() {
    let desk = Desk::new();
    desk.ask("a", &REVOKE);
    desk.take(at(1)).unwrap();
    assert_eq!(desk.take(at(-HOUR)), None, "its answer may come yet");
    assert_eq!(desk.take(at(120 - HOUR)), None);
    assert_eq!(desk.take(at(121 - HOUR)).map(|taken| taken.attempts), Some(2));
}

#[test]
fn a_decision_that_may_have_arrived_is_seen_to_after_its_time() {
    let desk = Desk::new();
    desk.requests(some(), Desk::asking(PairingStatus::Waiting));
    let approval = desk.ask("pair-1", &Intent::Approve { public_key: "k".into(), permissions: Vec::new() });
    desk.settle(&desk.take(at(1)).unwrap(), Answer::Lost);
    desk.mirror().expire(&platform(), at(601)).unwrap();
    assert!(matches!(desk.delivery(approval.id), Delivery::Queued { .. }));
    let again = desk.take(at(601)).unwrap();
    assert!(again.is_late(at(601)) && again.attempts == 2);
}
