//! What every implementation of the store port must do, whatever is behind it.

mod activity;
mod api_keys;
pub mod device_keys;
mod devices;
pub mod fixtures;
pub mod pairings;
mod requests;
pub mod tokens;
mod typing;

use clawpair_core::store::Store;

/// Runs every behaviour on stores made by `new`.
pub async fn all<S: Store + 'static>(new: impl Fn() -> S) {
    pairings::an_open_pairing_is_found_and_listed(&new()).await;
    pairings::only_one_claim_wins(vec![std::sync::Arc::new(new())]).await;
    pairings::time_that_was_written_is_remembered(&new()).await;
    pairings::the_winner_may_repeat_for_a_while(&new()).await;
    pairings::another_key_is_refused_after_the_winner(&new()).await;
    pairings::an_expired_or_cancelled_code_is_worthless(&new()).await;
    pairings::wrong_codes_burn_typing_and_leave_the_link(&new()).await;
    pairings::a_wrong_code_with_a_foreign_locator_costs_nothing(&new()).await;
    pairings::a_used_code_cannot_be_cancelled(&new()).await;
    pairings::pages_cover_the_list_once(&new()).await;
    requests::a_claim_waits_until_a_person_has_decided(&new()).await;
    requests::a_denied_device_hears_so_and_stays_out(&new()).await;
    requests::an_approval_of_another_key_or_other_permissions_changes_nothing(&new()).await;
    requests::a_second_key_is_refused_and_counted_once(&new()).await;
    requests::of_many_that_ask_one_waits(&new()).await;
    requests::requests_are_listed_while_they_wait(&new()).await;
    requests::a_code_may_be_taken_back_while_a_device_waits(&new()).await;
    requests::every_decision_is_in_the_activity_log(&new()).await;
    typing::the_guess_budget_has_room_for_so_many_typed_codes(&new()).await;
    typing::a_typed_code_that_is_used_cancelled_or_burnt_makes_room(&new()).await;
    typing::two_live_typed_codes_never_share_a_locator(&new()).await;
    typing::a_code_that_is_not_for_typing_is_taken_whole_and_never_charged(&new()).await;
    typing::a_guess_is_charged_before_it_is_answered_and_taken_back_if_right(&new()).await;
    typing::a_claimed_or_expired_code_takes_no_more_guesses(&new()).await;
    devices::a_revoked_device_stays_as_a_tombstone(&new()).await;
    devices::a_revoked_device_cannot_repeat_its_claim(&new()).await;
    devices::a_disabled_device_is_not_heard_until_it_is_enabled(&new()).await;
    devices::a_change_decided_on_an_older_revision_is_refused(&new()).await;
    devices::many_are_changed_together_each_with_its_outcome(&new()).await;
    devices::being_heard_never_goes_back_in_time(&new()).await;
    devices::pages_cover_the_list_once(&new()).await;
    devices::a_search_finds_what_the_device_is_now(&new()).await;
    devices::filters_follow_changes(&new()).await;
    devices::devices_are_counted_by_how_they_stand(&new()).await;
    device_keys::a_new_key_takes_the_place_of_the_old_one(&new()).await;
    device_keys::a_change_is_repeated_for_a_while_until_its_tokens_are_refreshed(&new()).await;
    device_keys::only_the_devices_own_key_changes_it_and_none_comes_back(&new()).await;
    device_keys::who_is_shut_out_changes_no_key(&new()).await;
    device_keys::of_16_changes_at_once_one_wins(vec![std::sync::Arc::new(new())]).await;
    tokens::a_device_joins_with_its_first_tokens(&new()).await;
    tokens::of_16_refreshes_at_once_all_get_the_same_pair(vec![std::sync::Arc::new(new())]).await;
    tokens::a_lost_answer_is_repeated_until_the_new_pair_is_used(&new()).await;
    tokens::a_copy_ends_all_tokens_and_is_recorded_once(&new()).await;
    tokens::a_revoked_device_gets_no_tokens(&new()).await;
    tokens::a_refreshed_device_cannot_repeat_its_claim(&new()).await;
    tokens::revoking_tokens_leaves_the_device_and_is_recorded_once(&new()).await;
    tokens::confirming_what_is_old_changes_nothing(&new()).await;
    api_keys::a_key_is_found_by_prefix_and_secret_only(&new()).await;
    api_keys::a_revoked_key_is_still_known(&new()).await;
    api_keys::uses_add_up_by_day(&new()).await;
    api_keys::a_rotated_keys_former_secrets_end_no_later_than_the_last_rotation_says(&new()).await;
    api_keys::a_key_that_is_over_cannot_be_rotated(&new()).await;
    api_keys::a_revocation_reaches_what_a_key_made_only_if_it_is_meant_to(&new()).await;
    pairings::every_change_is_in_the_activity_chain(&new()).await;
    activity::the_chain_is_whole_after_every_kind_of_change(&new()).await;
    activity::an_entry_says_from_where_and_why(&new()).await;
    activity::activity_is_found_by_what_it_says(&new()).await;
    activity::activity_pages_cover_the_log_once(&new()).await;
    activity::a_pruned_log_says_where_it_begins_and_is_whole_from_there(&new()).await;
}
