//! The statements that read the records of an archive.
//!
//! Both databases write the same bytes: rows may be moved from one to the other between two archives. PostgreSQL's `row_to_json`
//! and `array_to_json` leave no blanks between the values, as its other functions do.

use crate::storage::driver::Sql;

/// The fields of a message `m`, of the gateway `g`, with the delivery `d`, if it has one.
macro_rules! message {
    () => {
        "'id', m.id, 'gateway', coalesce(g.deleted_name, g.name), 'external_id', m.external_id, 'number', m.number,
         'slots', json(m.slots), 'unassigned_reason', m.unassigned_reason, 'sender', m.sender,
         'sender_blanked_at', m.sender_blanked_at, 'text', m.text, 'text_blanked_at', m.text_blanked_at,
         'sent_at', m.sent_at, 'received_at', m.received_at, 'incomplete', m.incomplete,
         'withheld', m.withheld,
         'delivery', json(CASE WHEN d.message_id IS NOT NULL
                               THEN json_object('state', d.state, 'attempts', d.attempts, 'declined', d.declined,
                                                'refusal', d.refusal, 'reason', d.reason, 'settled_at', d.settled_at)
                          END)"
    };
}

/// The fields of an audit event `e`.
macro_rules! event {
    () => {
        "'id', e.id, 'at', e.at, 'actor', e.actor, 'event', e.kind, 'number', e.number, 'order_line_id', e.order_line_id,
         'outcome', e.outcome, 'kopecks', e.kopecks, 'detail', e.detail, 'client', e.client"
    };
}

/// An operation `o` with all that belongs to it.
macro_rules! operation {
    () => {
        concat!(
            "json_object('kind', 'operation', 'id', o.id, 'number', o.number, 'sum_kopecks', o.sum_kopecks,
                 'opened_at', o.opened_at, 'closed_at', o.closed_at, 'outcome', o.outcome, 'discrepancies', o.discrepancies,
                 'message_count', o.message_count, 'sms_count', o.sms_count,
                 'transfers', json((SELECT json_group_array(json_object('id', l.id, 'kind', l.kind, 'kopecks', l.kopecks,
                                                                        'booked_at', l.booked_at) ORDER BY l.id)
                                    FROM ledger AS l WHERE l.operation_id = o.id)),
                 'messages', json((SELECT json_group_array(json_object(",
            message!(),
            ") ORDER BY m.id) FROM messages AS m CROSS JOIN gateways AS g LEFT JOIN deliveries AS d ON d.message_id = m.id
                              WHERE g.id = m.gateway_id AND m.operation_id = o.id)),
                 'events', json((SELECT json_group_array(json_object(",
            event!(),
            ") ORDER BY e.id) FROM audit AS e WHERE e.operation_id = o.id)))"
        )
    };
}

/// The same for PostgreSQL, each field as a column with its name.
macro_rules! message_columns {
    () => {
        "m.id, coalesce(g.deleted_name, g.name) AS gateway, m.external_id, m.number, CAST(m.slots AS JSON) AS slots,
         m.unassigned_reason, m.sender, m.sender_blanked_at, m.text, m.text_blanked_at, m.sent_at, m.received_at,
         m.incomplete, m.withheld,
         CASE WHEN d.message_id IS NOT NULL
              THEN (SELECT row_to_json(s) FROM (SELECT d.state, d.attempts, d.declined, d.refusal, d.reason,
                                                       d.settled_at) AS s) END AS delivery"
    };
}

macro_rules! event_columns {
    () => {
        "e.id, e.at, e.actor, e.kind AS event, e.number, e.order_line_id, e.outcome, e.kopecks, e.detail, e.client"
    };
}

macro_rules! operation_columns {
    () => {
        concat!(
            "o.id, o.number, o.sum_kopecks, o.opened_at, o.closed_at, o.outcome, o.discrepancies, o.message_count, o.sms_count,
             array_to_json(ARRAY(SELECT row_to_json(t)
                                 FROM (SELECT l.id, l.kind, l.kopecks, l.booked_at FROM ledger AS l
                                       WHERE l.operation_id = o.id ORDER BY l.id) AS t)) AS transfers,
             array_to_json(ARRAY(SELECT row_to_json(t) FROM (SELECT ",
            message_columns!(),
            " FROM messages AS m CROSS JOIN gateways AS g LEFT JOIN deliveries AS d ON d.message_id = m.id
              WHERE g.id = m.gateway_id AND m.operation_id = o.id ORDER BY m.id) AS t)) AS messages,
             array_to_json(ARRAY(SELECT row_to_json(t) FROM (SELECT ",
            event_columns!(),
            " FROM audit AS e WHERE e.operation_id = o.id ORDER BY e.id) AS t)) AS events"
        )
    };
}

/// The line of these columns.
macro_rules! row {
    ($kind:literal, $columns:expr) => {
        concat!(
            "(SELECT CAST(row_to_json(r) AS TEXT) FROM (SELECT '",
            $kind,
            "' AS kind, ",
            $columns,
            ") AS r)"
        )
    };
}

/// Operations that were closed before `$1`, among those of `$among`. These are kept: the newest; one with the newest transfer,
/// message or event, or with a transfer that is not in the totals; one that waits for a push or for parts of an SMS; and one that was
/// closed less than `$2` before the opening of the rental that is open on its number.
macro_rules! operations {
    ($line:expr, $among:expr) => {
        concat!(
            "SELECT o.id, ",
            $line,
            " AS line FROM operations AS o WHERE o.closed_at < $1 AND ",
            $among,
            " AND o.id < (SELECT max(id) FROM operations)
              AND NOT EXISTS (SELECT 1 FROM ledger AS t WHERE t.operation_id = o.id
                                AND (t.id > (SELECT folded_to FROM ledger_totals) OR t.id = (SELECT max(id) FROM ledger)))
              AND NOT EXISTS (SELECT 1 FROM messages AS n WHERE n.operation_id = o.id
                                AND n.id = (SELECT max(id) FROM messages))
              AND NOT EXISTS (SELECT 1 FROM audit AS a WHERE a.operation_id = o.id
                                AND a.id = (SELECT max(id) FROM audit))
              AND NOT EXISTS (SELECT 1 FROM deliveries AS p WHERE p.operation_id = o.id AND p.state = 'due')
              AND NOT EXISTS (SELECT 1 FROM concatenated_messages AS c WHERE c.operation_id = o.id)
              AND NOT EXISTS (SELECT 1 FROM operations AS r WHERE r.number = o.number AND r.closed_at IS NULL
                                AND r.opened_at <= o.closed_at + $2)
             ORDER BY o.id"
        )
    };
}

/// Messages of no operation that arrived before `$1`, but for the newest message. All take the same arguments: `$2` is not
/// needed here.
macro_rules! messages {
    ($line:expr, $among:expr) => {
        concat!(
            "SELECT m.id, ",
            $line,
            " AS line FROM messages AS m CROSS JOIN gateways AS g LEFT JOIN deliveries AS d ON d.message_id = m.id
             WHERE g.id = m.gateway_id AND m.operation_id IS NULL AND m.received_at < $1
               AND CAST($2 AS BIGINT) IS NOT NULL AND ",
            $among,
            " AND m.id < (SELECT max(id) FROM messages) ORDER BY m.id"
        )
    };
}

/// Events of no operation from before `$1`, but for the newest event.
macro_rules! events {
    ($line:expr, $among:expr) => {
        concat!(
            "SELECT e.id, ",
            $line,
            " AS line FROM audit AS e
             WHERE e.operation_id IS NULL AND e.at < $1 AND CAST($2 AS BIGINT) IS NOT NULL AND ",
            $among,
            " AND e.id < (SELECT max(id) FROM audit) ORDER BY e.id"
        )
    };
}

/// The ids after `$3`, up to `$4`.
macro_rules! of_page {
    ($table:literal) => {
        concat!($table, ".id > $3 AND ", $table, ".id <= $4")
    };
}

pub(super) const OPERATIONS_OF_PAGE: Sql = Sql {
    sqlite: operations!(operation!(), of_page!("o")),
    postgres: operations!(row!("operation", operation_columns!()), of_page!("o")),
};
pub(super) const MESSAGES_OF_PAGE: Sql = Sql {
    sqlite: messages!(
        concat!("json_object('kind', 'message', ", message!(), ")"),
        of_page!("m")
    ),
    postgres: messages!(row!("message", message_columns!()), of_page!("m")),
};
pub(super) const EVENTS_OF_PAGE: Sql = Sql {
    sqlite: events!(concat!("json_object('kind', 'event', ", event!(), ")"), of_page!("e")),
    postgres: events!(row!("event", event_columns!()), of_page!("e")),
};

/// The ids of the list `$3`.
macro_rules! with_ids {
    ($table:literal) => {
        concat!($table, ".id IN (SELECT CAST(atom AS BIGINT) FROM json_each($3))")
    };
}

pub(super) const OPERATIONS_WITH_IDS: Sql = Sql {
    sqlite: operations!(operation!(), with_ids!("o")),
    postgres: operations!(row!("operation", operation_columns!()), with_ids!("o")),
};
pub(super) const MESSAGES_WITH_IDS: Sql = Sql {
    sqlite: messages!(
        concat!("json_object('kind', 'message', ", message!(), ")"),
        with_ids!("m")
    ),
    postgres: messages!(row!("message", message_columns!()), with_ids!("m")),
};
pub(super) const EVENTS_WITH_IDS: Sql = Sql {
    sqlite: events!(concat!("json_object('kind', 'event', ", event!(), ")"), with_ids!("e")),
    postgres: events!(row!("event", event_columns!()), with_ids!("e")),
};
