//! Which look is the one that shows what was changed.

use clawpair_core::clock::Timestamp;
use clawpair_openclaw::access::Role;
use clawpair_openclaw::supervisor::Snapshot;
use serde_json::json;

use super::super::effect::Effect;
use super::super::shown_request::Waiting;
use super::{AHEAD, NOW, identity, node, paired, pending, snapshot};

/// When looks of these tests began, and when a change was acknowledged while they were under way.
const LOOKED: i64 = NOW.as_millis() + AHEAD;
const CHANGED: Timestamp = Timestamp::from_millis(LOOKED + 1);

fn shows(effect: Effect<'_>, look: &Snapshot) -> bool {
    effect.is_shown(CHANGED, look)
}

#[test]
fn a_look_that_was_under_way_shows_a_change_only_if_its_result_is_in_it() {
    let id = identity(1).id();
    let token = |more: serde_json::Value| snapshot(vec![paired(1, "Pixel", &json!({"tokens": [more]}))], vec![], vec![]);
    let (before, gone) = (token(json!({"role": "operator", "rotatedAtMs": LOOKED - 9})), snapshot(vec![], vec![], vec![]));
    let role = Role::Operator;
    for (effect, after) in [
        (Effect::Revoked(id, &role), token(json!({"role": "operator", "revokedAtMs": LOOKED}))),
        (Effect::Rotated(id, &role, CHANGED), token(json!({"role": "operator", "rotatedAtMs": CHANGED.as_millis()}))),
        (Effect::Renamed(id, "Hall"), snapshot(vec![paired(1, "Hall", &json!({}))], vec![], vec![])),
        (Effect::Removed(id), gone.clone()),
    ] {
        assert_eq!((shows(effect, &before), shows(effect, &after), shows(effect, &gone)), (false, true, true));
    }
}

#[test]
fn a_decision_is_shown_when_nobody_waits_with_that_and_who_was_approved_is_in() {
    let (asks, other) = (pending(1, "Pixel", 5, &json!({})), pending(1, "Pixel", 1, &json!({"requestId": "r2"})));
    let looks = |paired, pending, nodes| snapshot(paired, pending, nodes);
    let is_in = || vec![paired(1, "Pixel", &json!({}))];
    let waiting = Waiting::Device(&asks);
    let (waits, renewed) = (looks(vec![], vec![asks.clone()], vec![]), looks(vec![], vec![other], vec![]));
    let (nobody, let_in) = (looks(vec![], vec![], vec![]), looks(is_in(), vec![], vec![]));
    for look in [&waits, &renewed] {
        assert!(!shows(Effect::Approved(waiting), look) && !shows(Effect::Denied(waiting), look));
    }
    assert!(shows(Effect::Denied(waiting), &nobody) && !shows(Effect::Approved(waiting), &nobody));
    assert!(shows(Effect::Approved(waiting), &let_in));
    let more = looks(is_in(), vec![pending(1, "Pixel", 0, &json!({"scopes": ["operator.admin"]}))], vec![]);
    assert!(shows(Effect::Approved(waiting), &more), "that it wants more now is another request");
    let offers = node(1);
    let (node_waits, node_done) = (looks(is_in(), vec![], vec![offers.clone()]), looks(is_in(), vec![], vec![]));
    let waiting = Waiting::Node(&offers);
    assert!(!shows(Effect::Approved(waiting), &node_waits) && shows(Effect::Approved(waiting), &node_done));
}

#[test]
fn a_look_that_began_later_shows_how_things_are_whatever_has_happened_since() {
    let asks = pending(1, "Pixel", 5, &json!({}));
    let mut look = Snapshot::clone(&snapshot(vec![], vec![asks.clone()], vec![]));
    let denied = Effect::Denied(Waiting::Device(&asks));
    assert!(!shows(denied, &look));
    look.taken = Timestamp::from_millis(CHANGED.as_millis() + 1);
    assert!(shows(denied, &look), "it asks again");
}
