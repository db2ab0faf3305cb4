//! The records of an archive, each as one JSON text: the columns as they are stored, so that a record that changed is noticed before
//! it is removed. Times are milliseconds since 1970 in UTC.
//!
//! What only serves rentals that are under way is left out, and so are the fingerprints of messages: a short text could be
//! guessed by them.

use crate::domain::archive::{ArchiveBound, ArchivedRecord};
use crate::domain::time::duration_ms;
use crate::storage::driver::Row;
use crate::storage::error::Error;
use crate::storage::{ReadTx, json};

/// A record. No `Debug`: it carries numbers and texts (rule 11).
#[derive(Clone, PartialEq, Eq)]
pub struct RecordLine {
    /// The id of the operation, message or event.
    pub id: i64,
    /// The JSON text, on one line.
    pub text: String,
}

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

/// Operations that were closed before `$1`, among those of `$among`. These are kept: the newest; one with the newest transfer,
/// message or event, or with a transfer that is not in the totals; one that waits for a push or for parts of an SMS; and one that was
/// closed less than `$2` before the opening of the rental that is open on its number.
macro_rules! operations {
    ($among:literal) => {
        concat!(
            "SELECT o.id, json_object('kind', 'operation', 'id', o.id, 'number', o.number, 'sum_kopecks', o.sum_kopecks,
                 'opened_at', o.opened_at, 'closed_at', o.closed_at, 'outcome', o.outcome, 'discrepancies', o.discrepancies,
                 'message_count', o.message_count, 'sms_count', o.sms_count,
                 'transfers', json((SELECT json_group_array(json_object('id', l.id, 'kind', l.kind, 'kopecks', l.kopecks,
                                                                        'booked_at', l.booked_at) ORDER BY l.id)
                                    FROM ledger AS l WHERE l.operation_id = o.id)),
                 'messages', json((SELECT json_group_array(json_object(",
            message!(),
            ") ORDER BY m.id) FROM messages AS m CROSS JOIN gateways AS g ON g.id = m.gateway_id
                                   LEFT JOIN deliveries AS d ON d.message_id = m.id WHERE m.operation_id = o.id)),
                 'events', json((SELECT json_group_array(json_object(",
            event!(),
            ") ORDER BY e.id) FROM audit AS e WHERE e.operation_id = o.id))) AS line
             FROM operations AS o
             WHERE o.closed_at < $1 AND ",
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
    ($among:literal) => {
        concat!(
            "SELECT m.id, json_object('kind', 'message', ",
            message!(),
            ") AS line FROM messages AS m CROSS JOIN gateways AS g ON g.id = m.gateway_id
                            LEFT JOIN deliveries AS d ON d.message_id = m.id
             WHERE m.operation_id IS NULL AND m.received_at < $1 AND $2 IS NOT NULL AND ",
            $among,
            " AND m.id < (SELECT max(id) FROM messages) ORDER BY m.id"
        )
    };
}

/// Events of no operation from before `$1`, but for the newest event.
macro_rules! events {
    ($among:literal) => {
        concat!(
            "SELECT e.id, json_object('kind', 'event', ",
            event!(),
            ") AS line FROM audit AS e WHERE e.operation_id IS NULL AND e.at < $1 AND $2 IS NOT NULL AND ",
            $among,
            " AND e.id < (SELECT max(id) FROM audit) ORDER BY e.id"
        )
    };
}

/// The highest id of its table; 0: the table is empty.
pub async fn newest(tx: &mut ReadTx, record: ArchivedRecord) -> Result<i64, Error> {
    let (table, sql) = match record {
        ArchivedRecord::Operation => ("operations", "SELECT coalesce(max(id), 0) AS newest FROM operations"),
        ArchivedRecord::Message => ("messages", "SELECT coalesce(max(id), 0) AS newest FROM messages"),
        ArchivedRecord::Event => ("audit", "SELECT coalesce(max(id), 0) AS newest FROM audit"),
    };
    tx.fetch_one(table, sql, []).await?.get("newest")
}

/// The last id of a page: that of `limit` rows after the id `after`. `None`: there is no row after it.
pub async fn page_end(tx: &mut ReadTx, record: ArchivedRecord, after: i64, limit: u32) -> Result<Option<i64>, Error> {
    let (table, sql) = match record {
        ArchivedRecord::Operation => (
            "operations",
            "SELECT max(p.id) AS last FROM (SELECT id FROM operations WHERE id > $1 ORDER BY id LIMIT $2) AS p",
        ),
        ArchivedRecord::Message => (
            "messages",
            "SELECT max(p.id) AS last FROM (SELECT id FROM messages WHERE operation_id IS NULL AND id > $1
                                            ORDER BY id LIMIT $2) AS p",
        ),
        ArchivedRecord::Event => (
            "audit",
            "SELECT max(p.id) AS last FROM (SELECT id FROM audit WHERE id > $1 ORDER BY id LIMIT $2) AS p",
        ),
    };
    tx.fetch_one(table, sql, [after.into(), limit.into()])
        .await?
        .get("last")
}

/// What of a page is to be archived, by id: the ids after `after`, up to `to`.
pub async fn page(
    tx: &mut ReadTx,
    record: ArchivedRecord,
    bound: &ArchiveBound,
    (after, to): (i64, i64),
) -> Result<Vec<RecordLine>, Error> {
    let (table, sql) = match record {
        ArchivedRecord::Operation => ("operations", operations!("o.id > $3 AND o.id <= $4")),
        ArchivedRecord::Message => ("messages", messages!("m.id > $3 AND m.id <= $4")),
        ArchivedRecord::Event => ("audit", events!("e.id > $3 AND e.id <= $4")),
    };
    let [before, tolerance] = limits(bound);
    let arguments = [before.into(), tolerance.into(), after.into(), to.into()];
    let rows = tx.fetch(table, sql, arguments).await?;
    rows.iter().map(line).collect()
}

/// Those with these ids that are to be archived, as they are now, by id.
pub async fn with_ids(
    tx: &mut ReadTx,
    record: ArchivedRecord,
    bound: &ArchiveBound,
    ids: &[i64],
) -> Result<Vec<RecordLine>, Error> {
    let (table, sql) = match record {
        ArchivedRecord::Operation => ("operations", operations!("o.id IN (SELECT value FROM json_each($3))")),
        ArchivedRecord::Message => ("messages", messages!("m.id IN (SELECT value FROM json_each($3))")),
        ArchivedRecord::Event => ("audit", events!("e.id IN (SELECT value FROM json_each($3))")),
    };
    let [before, tolerance] = limits(bound);
    let arguments = [before.into(), tolerance.into(), json(ids).into()];
    let rows = tx.fetch(table, sql, arguments).await?;
    rows.iter().map(line).collect()
}

fn limits(bound: &ArchiveBound) -> [i64; 2] {
    [bound.before.start().as_ms(), duration_ms(bound.clock_tolerance)]
}

fn line(row: &Row) -> Result<RecordLine, Error> {
    Ok(RecordLine {
        id: row.get("id")?,
        text: row.get("line")?,
    })
}
