//! What every backend of the storage has to do: rows go in whole or not at all, guarded statements notice that they
//! came too late, and of two contenders one wins.
//!
//! A case is a function over a [`store::Store`]; [`suite!`] runs them all on one backend. What is true of SQLite alone
//! (durability, plans) is in [`sqlite`].

mod archives;
mod behind;
mod constraints;
mod costs;
mod deliveries;
mod gateways;
mod inventory;
mod ledger;
mod lines;
mod lists;
mod messages;
mod moving;
mod notifications;
mod operations;
mod parts;
mod pools;
mod postgres;
mod purchases;
mod races;
mod raw;
mod restores;
mod retention;
mod sqlite;
mod statements;
mod stock;
mod store;
mod tables;
mod transactions;

/// Runs every case on the backend that `$open` opens.
macro_rules! suite {
    ($backend:ident, $open:path) => {
        mod $backend {
            cases! { $open;
                transactions::a_rollback_leaves_nothing,
                transactions::a_transaction_dropped_midway_leaves_nothing,
                transactions::a_failed_statement_leaves_nothing_of_its_transaction,
                transactions::nothing_follows_a_statement_that_was_given_up,
                transactions::what_is_committed_is_seen_by_every_handle,
                transactions::what_is_not_committed_is_not_seen_by_others,
                transactions::a_view_does_not_change_while_it_is_read,
                transactions::there_is_one_writer_at_a_time,
                transactions::a_commit_behind_a_write_that_misses_a_row_commits_nothing,
                transactions::probing_writes,

                races::rule_1_two_contenders_for_the_last_number_one_wins,
                races::rule_1_two_processes_contend_for_the_last_number_one_wins,
                races::rule_1_contenders_who_chose_before_they_began_one_wins,
                races::rule_1_a_crowd_shares_out_what_there_is,
                races::rule_5_two_contenders_close_one_operation,
                races::rule_6_two_contenders_credit_one_operation,
                races::rule_7_two_contenders_claim_one_delivery,
                races::rule_7_two_contenders_store_one_message,
                races::rule_3_two_contenders_for_the_last_place_of_a_gateway,

                inventory::rule_3_a_number_that_is_not_available_cannot_be_taken,
                inventory::rule_3_a_gateway_is_never_over_capacity,
                stock::rule_3_the_stock_leaves_out_offline_gateways,
                stock::rule_3_what_is_rented_counts_whenever_the_capacity_comes,
                stock::rule_4_the_stock_follows_who_makes_and_deletes_pools,
                inventory::rests_that_are_over_are_found_in_their_order,
                inventory::rule_4_counters_never_go_below_zero,
                inventory::rule_4_wrong_counters_are_noticed,
                inventory::rule_4_a_number_is_available_once,
                lists::available_numbers_are_listed_in_order_across_pools,
                lists::numbers_of_some_pools_are_listed_in_order_whatever_their_state,
                lists::rule_16_what_was_given_back_has_a_list_of_its_own,
                inventory::rule_15_a_number_is_held_once_it_is_not_available,
                inventory::the_search_goes_on_after_the_last_number,
                inventory::numbers_are_saved_only_where_they_exist,
                inventory::bans_that_are_over_are_found_in_their_order,
                inventory::a_heartbeat_follows_the_clock,

                pools::a_pool_is_removed_when_no_number_is_left,
                pools::missing_pools_are_distinguished_from_existing_ones,

                gateways::a_token_is_good_until_it_is_replaced_and_for_as_long_as_it_is_kept,
                gateways::rule_12_a_gateway_has_few_old_tokens,
                gateways::rule_3_the_stock_leaves_out_disabled_gateways,
                gateways::a_deleted_gateway_leaves_its_messages_and_its_name,

                operations::rule_1_a_number_has_one_open_operation,
                operations::an_operation_comes_back_as_it_was_stored,
                operations::rule_5_an_operation_closes_once,
                operations::rule_6_only_a_closed_operation_is_corrected,
                operations::rule_8_the_open_operation_of_a_number_is_found,
                operations::rule_8_the_end_of_the_previous_operation_is_found,
                operations::messages_that_count_never_go_below_zero,
                operations::the_watchdog_finds_the_oldest_that_wait,
                operations::discrepancies_add_up,

                ledger::rule_6_an_operation_is_credited_once,
                ledger::rule_6_an_operation_is_reversed_once,
                ledger::rule_6_only_what_was_posted_is_reversed,
                ledger::rule_6_lines_are_neither_changed_nor_deleted,
                ledger::rule_6_lines_are_not_replaced,
                ledger::rule_6_the_balance_adds_up,
                ledger::rule_6_the_totals_follow_the_lines,
                ledger::lines_need_an_operation,

                messages::rule_7_a_message_is_stored_once_for_its_gateway,
                messages::rule_7_what_is_stored_is_known,
                messages::rule_8_a_message_needs_an_operation_that_exists,
                messages::rule_12_old_messages_are_forgotten,
                messages::rule_7_messages_that_somebody_waits_for_are_not_forgotten,
                messages::ids_only_rise,
                retention::rule_7_a_blanked_message_stays_blanked_and_settled,
                retention::wrong_rows_of_retention_are_refused,

                parts::rule_7_a_long_sms_comes_back_as_it_was_stored,
                parts::rule_7_lone_surrogates_come_back,
                parts::rule_7_one_that_cannot_be_read_does_not_hold_up_the_others,
                parts::rule_12_who_waited_too_long_is_found_and_then_forgotten,
                parts::rule_7_a_part_has_its_place_once,
                parts::rule_7_ids_of_parts_are_remembered,
                parts::rule_7_what_says_the_same_in_time_is_found,
                lines::rule_8_a_line_of_a_gateway_is_one_of_its_numbers,
                lines::rule_7_an_adapter_is_read_as_it_was_stored,

                deliveries::rule_7_a_claim_is_exclusive_until_its_lease_ends,
                deliveries::rule_7_only_the_first_in_line_is_claimable,
                deliveries::rule_7_the_next_in_line_is_due_when_the_first_is_settled,
                deliveries::rule_7_a_failure_keeps_the_line_waiting,
                deliveries::rule_7_what_was_settled_is_not_recorded_again,
                behind::rule_7_what_was_declined_three_times_takes_turns_behind_the_others,
                behind::rule_7_a_clock_that_is_set_back_delays_no_message,
                deliveries::rule_7_what_is_settled_is_never_claimed,
                deliveries::rule_7_leases_of_the_dead_end_at_once,
                deliveries::rule_7_operations_do_not_wait_for_each_other,
                deliveries::rule_7_the_longest_due_are_claimed_first,
                deliveries::rule_8_nothing_is_pushed_for_a_number_with_another_renter,
                deliveries::a_message_has_one_delivery,

                costs::an_entry_is_booked_once,
                costs::entries_are_neither_changed_nor_deleted_nor_replaced,
                costs::lines_are_looked_at_in_batches_until_they_are_given_back,
                costs::costs_are_summed_by_number_supplier_and_month,
                costs::income_is_that_of_the_time_in_which_a_number_was_ours,

                constraints::wrong_rows_are_refused,
                constraints::rows_that_break_a_reference_are_refused,
                constraints::rows_that_break_a_rule_are_refused,
                constraints::right_rows_are_taken,
                notifications::wrong_notifications_are_refused,

                archives::rule_6_lines_leave_only_for_an_archive,
                archives::an_archive_has_every_column,
                archives::an_archive_has_the_same_bytes_on_each_database,
                archives::wrong_archives_are_refused,

                restores::an_id_that_may_be_lost_is_not_issued_again,
                restores::the_id_of_a_line_that_may_be_lost_is_not_issued_again,
                restores::wrong_restores_and_lost_operations_are_refused,

                purchases::rule_13_the_states_of_a_line_follow_one_another_as_the_domain_has_it,
                purchases::rule_13_a_number_has_one_live_line_at_its_supplier,
                purchases::rule_16_only_what_is_ours_is_given_back,
                purchases::wrong_orders_are_refused,
                purchases::right_orders_are_taken,
            }
        }
    };
}

macro_rules! cases {
    ($open:path; $($file:ident::$case:ident,)*) => {
        $(
            #[tokio::test]
            async fn $case() {
                // None: the backend is not installed.
                if let Some(store) = $open().await {
                    super::$file::$case(store).await;
                }
            }
        )*
    };
}

suite!(on_sqlite, super::store::open_sqlite);
suite!(on_postgres, super::store::open_postgres);
