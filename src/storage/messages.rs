//! Messages: stored once, with the operation that they belong to.

pub mod blank;
pub mod erase;
mod list;

use std::borrow::Cow;
use std::time::Duration;

use serde::Serialize;

use super::driver::Row;
use super::driver::{Read, statement};
use super::error::Error;
use super::{WriteTx, as_text, json};
use crate::domain::assignment::Owner;
use crate::domain::delivery::MessageId;
use crate::domain::fingerprint::{ContentKey, Fingerprint, SmsId};
use crate::domain::operation::OperationId;
use crate::domain::sms::{Destination, Slot};
use crate::domain::stock::GatewayId;
use crate::domain::time::Timestamp;

pub use list::{find, list, of_operation};

/// A message to store. No `Debug`: it carries a text (rule 11).
#[derive(Clone)]
pub struct NewMessage<'a> {
    /// Its id.
    pub id: MessageId,
    /// The gateway that delivered it.
    pub gateway: GatewayId,
    /// The operation that it belongs to, or why there is none (rule 8).
    pub owner: Owner,
    /// The gateway's own id of it.
    pub external_id: Option<&'a str>,
    /// Identifies its content.
    pub fingerprint: Fingerprint,
    /// Where it was received.
    pub to: &'a Destination,
    /// The sender.
    pub sender: &'a str,
    /// Its text.
    pub text: Cow<'a, str>,
    /// When it was sent, if the gateway reports it.
    pub sent_at: Option<Timestamp>,
    /// When it arrived.
    pub received_at: Timestamp,
    /// Some of its parts did not arrive.
    pub incomplete: bool,
    /// The filter withholds it: it gets no delivery, whatever its owner.
    pub withheld: bool,
    /// Whether its request had the token that the gateway had then; false: an older one, or it is not known.
    pub with_current_token: bool,
}

/// The id that the next message gets. Ids only rise: retention never deletes the newest message, and ids that may have been given
/// before a restore are left out: Onlinesim may know them (`push.sms_id`).
#[must_use]
pub fn next_id() -> Read<i64> {
    let sql = "SELECT coalesce(max(i.id), 0) + 1 AS next_id
               FROM (SELECT max(id) AS id FROM messages UNION ALL SELECT max(last_message_id) FROM restores) AS i";
    Read {
        statement: statement("messages", sql, []),
        parse: |value| value.integer(),
    }
}

/// Which of these messages have an id that their gateway used before: their indexes in the list, and whether the content was
/// the same. Messages stored by earlier versions have no fingerprint: for them a known id is enough.
#[must_use]
pub fn existing_ids(ids: &[(SmsId<'_>, Fingerprint)]) -> Read<Vec<(usize, bool)>> {
    #[derive(Serialize)]
    struct IdRow<'a> {
        gateway_id: i64,
        external_id: &'a str,
        fingerprint: i64,
    }
    let rows = ids.iter().map(|(id, content)| IdRow {
        gateway_id: id.gateway.0,
        external_id: id.external_id,
        fingerprint: content.as_i64(),
    });
    let rows: Vec<IdRow> = rows.collect();
    let sql = "SELECT '[' || coalesce(string_agg('[' || CAST(k.key AS TEXT) || CASE WHEN
                   EXISTS (SELECT 1 FROM messages AS s
                           WHERE s.gateway_id = CAST(k.value ->> 'gateway_id' AS BIGINT)
                             AND s.external_id = k.value ->> 'external_id' AND s.external_id IS NOT NULL
                             AND s.fingerprint IN (CAST(k.value ->> 'fingerprint' AS BIGINT), 0))
                   THEN ',true]' ELSE ',false]' END, ','), '') || ']' AS known
               FROM jsonb_each($1) AS k
               WHERE EXISTS (SELECT 1 FROM messages AS m
                             WHERE m.gateway_id = CAST(k.value ->> 'gateway_id' AS BIGINT)
                               AND m.external_id = k.value ->> 'external_id' AND m.external_id IS NOT NULL)";
    Read {
        statement: statement("messages", sql, [json(&rows).into()]),
        parse: |value| value.json("messages"),
    }
}

/// Which of these messages repeat a stored one, by the rules of [`ContentKey::repeats`]: their indexes in the list.
#[must_use]
pub fn recent_duplicates(messages: &[ContentKey], window: Duration) -> Read<Vec<usize>> {
    #[derive(Serialize)]
    struct ContentRow {
        fingerprint: i64,
        operation_id: Option<i64>,
        sent_at: Option<i64>,
        since: i64,
        until: i64,
    }
    let row = |one: &ContentKey| ContentRow {
        fingerprint: one.fingerprint.as_i64(),
        operation_id: one.operation.map(OperationId::as_i64),
        sent_at: one.sent_at.map(Timestamp::as_ms),
        since: one.received_at.minus(window).as_ms(),
        until: (one.received_at + window).as_ms(),
    };
    let rows: Vec<ContentRow> = messages.iter().map(row).collect();
    let sql =
        "SELECT '[' || coalesce(string_agg(CAST(c.key AS TEXT), ','), '') || ']' AS places FROM jsonb_each($1) AS c
               WHERE EXISTS (SELECT 1 FROM messages AS m
                             WHERE m.external_id IS NULL AND m.fingerprint = CAST(c.value ->> 'fingerprint' AS BIGINT)
                               AND m.received_at >= CAST(c.value ->> 'since' AS BIGINT)
                               AND m.received_at <= CAST(c.value ->> 'until' AS BIGINT)
                               AND coalesce(m.sent_at = CAST(c.value ->> 'sent_at' AS BIGINT),
                                            m.operation_id IS NOT DISTINCT FROM
                                                CAST(c.value ->> 'operation_id' AS BIGINT)))";
    Read {
        statement: statement("messages", sql, [json(&rows).into()]),
        parse: |value| value.json("messages"),
    }
}

#[derive(Serialize)]
struct MessageRow<'a> {
    id: i64,
    gateway_id: i64,
    external_id: Option<&'a str>,
    number: String,
    slots: Option<String>,
    operation_id: Option<i64>,
    unassigned_reason: Option<&'static str>,
    sender: &'a str,
    text: &'a str,
    sent_at: Option<i64>,
    received_at: i64,
    incomplete: i64,
    withheld: i64,
    fingerprint: i64,
    with_current_token: i64,
}

/// Stores messages. Fails when one of them is stored already.
pub fn insert(tx: &mut WriteTx, messages: &[NewMessage<'_>]) {
    let rows: Vec<MessageRow> = messages
        .iter()
        .map(|one| MessageRow {
            id: one.id.0,
            gateway_id: one.gateway.0,
            external_id: one.external_id,
            number: one.to.digits(),
            slots: slot_names(one.to),
            operation_id: one.owner.ok().map(OperationId::as_i64),
            unassigned_reason: one.owner.err().map(as_text),
            sender: one.sender,
            text: one.text.as_ref(),
            sent_at: one.sent_at.map(Timestamp::as_ms),
            received_at: one.received_at.as_ms(),
            incomplete: one.incomplete.into(),
            withheld: one.withheld.into(),
            fingerprint: one.fingerprint.as_i64(),
            with_current_token: one.with_current_token.into(),
        })
        .collect();
    let sql =
        "INSERT INTO messages (id, gateway_id, external_id, number, slots, operation_id, unassigned_reason, sender,
                                     text, sent_at, received_at, incomplete, withheld, fingerprint, with_current_token)
               SELECT CAST(value ->> 'id' AS BIGINT), CAST(value ->> 'gateway_id' AS BIGINT), value ->> 'external_id',
                      value ->> 'number', value ->> 'slots', CAST(value ->> 'operation_id' AS BIGINT),
                      value ->> 'unassigned_reason', value ->> 'sender', value ->> 'text',
                      CAST(value ->> 'sent_at' AS BIGINT), CAST(value ->> 'received_at' AS BIGINT),
                      CAST(value ->> 'incomplete' AS BIGINT), CAST(value ->> 'withheld' AS BIGINT),
                      CAST(value ->> 'fingerprint' AS BIGINT), CAST(value ->> 'with_current_token' AS BIGINT)
               FROM jsonb_each($1)";
    tx.queue_insert("messages", sql, rows.len(), [json(&rows).into()]);
}

/// The slots that received a message, as `messages` and `concatenated_messages` store them.
pub(super) fn slot_names(to: &Destination) -> Option<String> {
    let names: Vec<&str> = to.slots().iter().map(Slot::as_str).collect();
    (!names.is_empty()).then(|| json(&names))
}

/// Reads what [`slot_names`] stored.
pub(super) fn slots(row: &Row) -> Result<Vec<Slot>, Error> {
    let stored: Option<String> = row.get("slots")?;
    let names: Vec<String> = stored.map_or(Ok(Vec::new()), |names| {
        serde_json::from_str(&names).map_err(|_| row.corrupt("slots"))
    })?;
    let slot = |name: &String| Slot::parse(name).map_err(|_| row.corrupt("slots"));
    names.iter().map(slot).collect()
}

/// Deletes up to `limit` messages that arrived before `until`, with their deliveries. Messages that are due or belong to an
/// open operation are kept. Returns how many were deleted.
pub async fn forget(tx: &mut WriteTx, until: Timestamp, limit: u32) -> Result<usize, Error> {
    let sql = "SELECT m.id FROM messages AS m
               LEFT JOIN deliveries AS d ON d.message_id = m.id
               LEFT JOIN operations AS o ON o.id = m.operation_id
               WHERE m.received_at < $1 AND m.id < (SELECT max(id) FROM messages)
                 AND (d.state IS NULL OR d.state <> 'due') AND (o.id IS NULL OR o.closed_at IS NOT NULL)
               ORDER BY m.received_at LIMIT $2";
    let rows = tx.fetch("messages", sql, [until.as_ms().into(), limit.into()]).await?;
    let ids: Vec<i64> = rows.iter().map(|row| row.get("id")).collect::<Result<_, _>>()?;
    let list = json(&ids);
    let sql = "DELETE FROM deliveries WHERE message_id IN (SELECT CAST(atom AS BIGINT) FROM json_each($1))";
    tx.queue_any("deliveries", sql, [list.clone().into()]);
    let sql = "DELETE FROM messages WHERE id IN (SELECT CAST(atom AS BIGINT) FROM json_each($1))";
    tx.queue("messages", sql, ids.len(), [list.into()]);
    Ok(ids.len())
}
