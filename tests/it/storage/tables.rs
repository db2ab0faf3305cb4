//! Which tables and indexes are large, and which statements may walk through them.

/// Tables that grow with the inventory or with time. Gateways and pools are few.
pub const LARGE: [&str; 18] = [
    "numbers",
    "available_numbers",
    "operations",
    "ledger",
    "messages",
    "deliveries",
    "audit",
    "slots",
    "concatenated_messages",
    "message_parts",
    "part_ids",
    "orders",
    "order_lines",
    "costs",
    "unavailable_numbers",
    "order_callbacks",
    "lost_operations",
    "archived_income",
];

/// Indexes of a few rows of a large table: what is open, due, banned, disabled, given back or resting. Walking through one is
/// allowed.
pub const SMALL: [&str; 15] = [
    "deliveries_behind",
    "deliveries_due",
    "deliveries_head",
    "deliveries_in_line",
    "concatenated_messages_by_operation",
    "concatenated_messages_waiting",
    "numbers_banned",
    "numbers_disabled",
    "numbers_given_back",
    "numbers_resting",
    "operations_discrepant",
    "operations_open",
    "operations_open_by_id",
    "operations_waiting",
    "order_lines_due",
];

/// Statements that may walk through a whole table, by a part of their text, and why.
pub const WALKS: [(&str, &str); 8] = [
    ("AS events FROM audit", "for tests"),
    (
        "AS found FROM concatenated_messages",
        "an erasure, on a connection of the admin's: it has the SMS of the last minutes",
    ),
    ("FROM ledger AS l WHERE true", "the recount of audits"),
    (
        "count(*) AS numbers FROM available_numbers GROUP BY",
        "a check of the whole file",
    ),
    ("GROUP BY o.id", "the same"),
    ("AS open_operations", "a move, while no server runs"),
    (
        "DELETE FROM available_numbers WHERE true",
        "a restore, before the server starts",
    ),
    (
        "UPDATE numbers SET rests_until = $1 WHERE rests_until IS NULL",
        "the same",
    ),
];
