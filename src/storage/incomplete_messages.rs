//! Parts of concatenated SMS, until these are messages, and for a while after that.

pub mod erase;
mod row;

use std::ops::RangeInclusive;
use std::time::Duration;

use serde::Serialize;

use super::driver::{Read, statement};
use super::error::Error;
use super::messages::slot_names;
use super::{ReadTx, WriteTx, as_text, json};
use crate::domain::concatenation::{ConcatKey, ConcatenatedSms, ConcatenatedSmsId};
use crate::domain::fingerprint::{Fingerprint, SmsId};
use crate::domain::operation::OperationId;
use crate::domain::sms::Utf16Text;
use crate::domain::time::Timestamp;
use row::read;

/// The statement with which every function here loads concatenated SMS, one row for each part: the tables that lead, and its end.
macro_rules! select {
    ($lead:literal, $end:literal) => {
        concat!(
            "SELECT l.id, l.gateway_id, l.number, l.slots, l.sender, l.reference, l.total, l.operation_id,
                    l.unassigned_reason, l.sent_at, l.received_at, l.started_at, l.closed_at, p.sequence, p.units
             FROM ",
            $lead,
            " JOIN message_parts AS p ON p.concatenated_message_id = l.id ",
            $end
        )
    };
}

/// The id that the next one gets.
#[must_use]
pub fn next_id() -> Read<i64> {
    let sql = "SELECT coalesce(max(id), 0) + 1 AS next_id FROM concatenated_messages";
    Read {
        statement: statement("concatenated_messages", sql, []),
        parse: |value| value.integer(),
    }
}

#[derive(Serialize)]
struct KeyColumns<'a> {
    gateway_id: i64,
    number: String,
    slots: Option<String>,
    sender: &'a str,
    reference: u16,
    total: u8,
}

fn key_columns(key: &ConcatKey) -> KeyColumns<'_> {
    KeyColumns {
        gateway_id: key.gateway.0,
        number: key.to.digits(),
        slots: slot_names(&key.to),
        sender: &key.sender,
        reference: key.reference,
        total: key.total,
    }
}

/// Those that parts with these keys may belong to, the oldest first: they wait, or became messages no
/// longer than `memory` before or, by a clock that was set back, after now. Each of `keys` at most once.
pub async fn candidates(
    tx: &mut ReadTx,
    keys: &[&ConcatKey],
    now: Timestamp,
    memory: Duration,
) -> Result<Vec<ConcatenatedSms>, Error> {
    let keys: Vec<KeyColumns> = keys.iter().map(|key| key_columns(key)).collect();
    let sql = select!(
        "jsonb_each($1) AS k CROSS JOIN concatenated_messages AS l",
        "WHERE l.gateway_id = CAST(k.value ->> 'gateway_id' AS BIGINT) AND l.number = k.value ->> 'number'
           AND l.slots IS NOT DISTINCT FROM k.value ->> 'slots' AND l.sender = k.value ->> 'sender'
           AND l.reference = CAST(k.value ->> 'reference' AS BIGINT) AND l.total = CAST(k.value ->> 'total' AS BIGINT)
           AND (l.closed_at IS NULL OR l.closed_at BETWEEN $2 AND $3)
         ORDER BY l.id, p.sequence"
    );
    let arguments = [
        json(&keys).into(),
        now.minus(memory).as_ms().into(),
        (now + memory).as_ms().into(),
    ];
    Ok(read(&tx.fetch("concatenated_messages", sql, arguments).await?))
}

#[derive(Serialize)]
struct PartIdRow<'a> {
    gateway_id: i64,
    external_id: &'a str,
    sequence: Option<u8>,
    fingerprint: i64,
}

fn id_rows(ids: &[(SmsId<'_>, Fingerprint)]) -> String {
    let rows = ids.iter().map(|(id, content)| PartIdRow {
        gateway_id: id.gateway.0,
        external_id: id.external_id,
        sequence: id.sequence,
        fingerprint: content.as_i64(),
    });
    json(&rows.collect::<Vec<_>>())
}

/// Which of these parts have an id that their gateway used before for that part, by their indexes in the list; true: with
/// the same content. See [`super::messages::existing_ids`].
#[must_use]
pub fn existing_part_ids(ids: &[(SmsId<'_>, Fingerprint)]) -> Read<Vec<(usize, bool)>> {
    let sql = "SELECT '[' || coalesce(string_agg('[' || CAST(k.key AS TEXT) || CASE WHEN
                   EXISTS (SELECT 1 FROM part_ids AS s
                           WHERE s.gateway_id = CAST(k.value ->> 'gateway_id' AS BIGINT)
                             AND s.external_id = k.value ->> 'external_id'
                             AND s.sequence = CAST(k.value ->> 'sequence' AS BIGINT)
                             AND s.fingerprint IN (CAST(k.value ->> 'fingerprint' AS BIGINT), 0))
                   THEN ',true]' ELSE ',false]' END, ','), '') || ']' AS known
               FROM jsonb_each($1) AS k
               WHERE EXISTS (SELECT 1 FROM part_ids AS i
                             WHERE i.gateway_id = CAST(k.value ->> 'gateway_id' AS BIGINT)
                               AND i.external_id = k.value ->> 'external_id'
                               AND i.sequence = CAST(k.value ->> 'sequence' AS BIGINT))";
    Read {
        statement: statement("part_ids", sql, [id_rows(ids).into()]),
        parse: |value| value.json("part_ids"),
    }
}

#[derive(Serialize)]
struct MessageRow<'a> {
    id: i64,
    #[serde(flatten)]
    key: KeyColumns<'a>,
    operation_id: Option<i64>,
    unassigned_reason: Option<&'static str>,
    sent_at: Option<i64>,
    received_at: i64,
    started_at: i64,
}

/// Stores new ones, without their parts.
pub fn insert<'a>(tx: &mut WriteTx, begun: impl Iterator<Item = &'a ConcatenatedSms>) {
    let rows: Vec<MessageRow> = begun
        .map(|one| MessageRow {
            id: one.id.0,
            key: key_columns(&one.key),
            operation_id: one.owner.ok().map(OperationId::as_i64),
            unassigned_reason: one.owner.err().map(as_text),
            sent_at: one.sent_at.map(Timestamp::as_ms),
            received_at: one.received_at.as_ms(),
            started_at: one.started_at.as_ms(),
        })
        .collect();
    let sql =
        "INSERT INTO concatenated_messages (id, gateway_id, number, slots, sender, reference, total, operation_id,
                                                  unassigned_reason, sent_at, received_at, started_at)
               SELECT CAST(value ->> 'id' AS BIGINT), CAST(value ->> 'gateway_id' AS BIGINT), value ->> 'number',
                      value ->> 'slots', value ->> 'sender', CAST(value ->> 'reference' AS BIGINT),
                      CAST(value ->> 'total' AS BIGINT), CAST(value ->> 'operation_id' AS BIGINT),
                      value ->> 'unassigned_reason', CAST(value ->> 'sent_at' AS BIGINT),
                      CAST(value ->> 'received_at' AS BIGINT), CAST(value ->> 'started_at' AS BIGINT)
               FROM jsonb_each($1)";
    tx.queue_insert("concatenated_messages", sql, rows.len(), [json(&rows).into()]);
}

#[derive(Serialize)]
struct PartRow {
    concatenated_message_id: i64,
    sequence: u8,
    units_hex: String,
}

/// Adds parts to those that wait.
pub fn add<'a>(tx: &mut WriteTx, parts: impl Iterator<Item = (ConcatenatedSmsId, u8, &'a Utf16Text)>) {
    let rows: Vec<PartRow> = parts
        .map(|(id, sequence, text)| PartRow {
            concatenated_message_id: id.0,
            sequence,
            units_hex: hex::encode(text.to_be_bytes()),
        })
        .collect();
    let sql = "INSERT INTO message_parts (concatenated_message_id, sequence, units)
               SELECT CAST(value ->> 'concatenated_message_id' AS BIGINT), CAST(value ->> 'sequence' AS BIGINT),
                      unhex(value ->> 'units_hex')
               FROM jsonb_each($1)";
    tx.queue_insert("message_parts", sql, rows.len(), [json(&rows).into()]);
}

/// Remembers the ids of parts. Fails when one of them is known with the same content.
pub fn remember(tx: &mut WriteTx, ids: &[(SmsId<'_>, Fingerprint)], received_at: Timestamp) {
    let sql = "INSERT INTO part_ids (gateway_id, external_id, sequence, fingerprint, received_at)
               SELECT CAST(value ->> 'gateway_id' AS BIGINT), value ->> 'external_id', CAST(value ->> 'sequence' AS BIGINT),
                      CAST(value ->> 'fingerprint' AS BIGINT), $2
               FROM jsonb_each($1)";
    let arguments = [id_rows(ids).into(), received_at.as_ms().into()];
    tx.queue_insert("part_ids", sql, ids.len(), arguments);
}

/// Notes that they became messages. Fails when one of them was so before.
pub fn close(tx: &mut WriteTx, ids: &[ConcatenatedSmsId], now: Timestamp) {
    let list: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let sql = "UPDATE concatenated_messages SET closed_at = $2
               WHERE id IN (SELECT CAST(atom AS BIGINT) FROM json_each($1)) AND closed_at IS NULL";
    tx.queue(
        "concatenated_messages",
        sql,
        ids.len(),
        [json(&list).into(), now.as_ms().into()],
    );
}

/// Up to `limit` of those that wait for `timeout` already, the oldest first. One whose beginning lies far in the future
/// has waited too: the clock was set back.
pub async fn overdue(
    tx: &mut ReadTx,
    now: Timestamp,
    timeout: Duration,
    limit: u32,
) -> Result<Vec<ConcatenatedSms>, Error> {
    let sql = select!(
        "(SELECT * FROM concatenated_messages
          WHERE closed_at IS NULL AND (started_at <= $1 OR started_at > $2) ORDER BY started_at LIMIT $3) AS l",
        "ORDER BY l.id, p.sequence"
    );
    let arguments = [
        now.minus(timeout).as_ms().into(),
        (now + timeout).as_ms().into(),
        limit.into(),
    ];
    Ok(read(&tx.fetch("concatenated_messages", sql, arguments).await?))
}

/// Those that wait and belong to one of these operations.
pub async fn waiting_for(tx: &mut ReadTx, operations: &[OperationId]) -> Result<Vec<ConcatenatedSms>, Error> {
    let ids: Vec<i64> = operations.iter().map(|id| id.as_i64()).collect();
    let sql = select!(
        "concatenated_messages AS l",
        "WHERE l.closed_at IS NULL AND l.operation_id IS NOT NULL
           AND l.operation_id IN (SELECT CAST(atom AS BIGINT) FROM json_each($1)) ORDER BY l.id, p.sequence"
    );
    Ok(read(
        &tx.fetch("concatenated_messages", sql, [json(&ids).into()]).await?,
    ))
}

/// The first and the last time; the last one may be in the future, if the clock was set back. `None`: there are no rows.
type Times = Option<RangeInclusive<Timestamp>>;

/// When those that wait began to wait, and when those that are remembered became messages.
pub async fn times(tx: &mut ReadTx) -> Result<(Times, Times), Error> {
    let sql = "SELECT (SELECT min(started_at) FROM concatenated_messages WHERE closed_at IS NULL) AS waiting_first,
                      (SELECT max(started_at) FROM concatenated_messages WHERE closed_at IS NULL) AS waiting_last,
                      (SELECT min(closed_at) FROM concatenated_messages WHERE closed_at IS NOT NULL) AS closed_first,
                      (SELECT max(closed_at) FROM concatenated_messages WHERE closed_at IS NOT NULL) AS closed_last";
    let row = tx.fetch_one("concatenated_messages", sql, []).await?;
    let times = |first, last| -> Result<Times, Error> {
        let (first, last): (Option<Timestamp>, Option<Timestamp>) = (row.get(first)?, row.get(last)?);
        Ok(first.zip(last).map(|(first, last)| first..=last))
    };
    Ok((
        times("waiting_first", "waiting_last")?,
        times("closed_first", "closed_last")?,
    ))
}

/// Deletes up to `limit` of those that became messages `memory` ago or longer, with their parts, and those that became so
/// further in the future: the clock was set back. Returns how many were deleted.
pub async fn forget(tx: &mut WriteTx, now: Timestamp, memory: Duration, limit: u32) -> Result<usize, Error> {
    let sql = "SELECT o.id FROM (SELECT id FROM concatenated_messages WHERE closed_at <= $1 ORDER BY closed_at LIMIT $3) AS o
               UNION ALL SELECT n.id
               FROM (SELECT id FROM concatenated_messages WHERE closed_at > $2 ORDER BY closed_at LIMIT $3) AS n LIMIT $3";
    let arguments = [
        now.minus(memory).as_ms().into(),
        (now + memory).as_ms().into(),
        limit.into(),
    ];
    let rows = tx.fetch("concatenated_messages", sql, arguments).await?;
    let ids: Vec<i64> = rows.iter().map(|row| row.get("id")).collect::<Result<_, _>>()?;
    if !ids.is_empty() {
        let list = json(&ids);
        let sql = "DELETE FROM message_parts WHERE concatenated_message_id IN (SELECT CAST(atom AS BIGINT) FROM json_each($1))";
        tx.queue_any("message_parts", sql, [list.clone().into()]);
        let sql = "DELETE FROM concatenated_messages WHERE id IN (SELECT CAST(atom AS BIGINT) FROM json_each($1))";
        tx.queue("concatenated_messages", sql, ids.len(), [list.into()]);
    }
    Ok(ids.len())
}

/// Deletes up to `limit` ids of parts that arrived before `until`. Returns how many were deleted.
pub async fn forget_ids(tx: &mut WriteTx, until: Timestamp, limit: u32) -> Result<usize, Error> {
    let sql = "DELETE FROM part_ids WHERE (gateway_id, external_id, sequence, fingerprint) IN
                   (SELECT gateway_id, external_id, sequence, fingerprint FROM part_ids WHERE received_at < $1
                    ORDER BY received_at LIMIT $2)
               RETURNING 1";
    let rows = tx.fetch("part_ids", sql, [until.as_ms().into(), limit.into()]).await?;
    Ok(rows.len())
}
