//! Deliveries: claimed with a lease; a failure is recorded only for the last attempt, an acceptance for any (rule 7).
//!
//! Only the first unsettled delivery of an operation has a `due_at`; when it is settled, the next one in line gets
//! one. So the messages of an operation are pushed in order, and a claim never looks at those that wait in line.

use std::collections::HashMap;
use std::time::Duration;

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::error::{DatabaseResult as _, Error};
use super::{Session, WriteTx, json};
use crate::domain::delivery::{MessageId, Next};
use crate::domain::operation::OperationId;
use crate::domain::phone::PhoneNumber;
use crate::domain::time::Timestamp;

/// A delivery that this process may push until its lease ends.
#[derive(Clone, PartialEq, Eq)]
pub struct Claim {
    /// The message.
    pub message: MessageId,
    /// Its operation.
    pub operation: OperationId,
    /// Which attempt this is, from 1.
    pub attempt: i64,
    /// When the message arrived.
    pub received_at: Timestamp,
    /// The number that received it.
    pub number: PhoneNumber,
    /// Who sent it.
    pub sender: String,
    /// Its text.
    pub text: String,
}

/// Adds deliveries for messages just stored: due at once, or in line behind an earlier one of the same
/// operation.
pub fn insert(tx: &mut WriteTx, messages: &[(MessageId, OperationId)], now: Timestamp) {
    let mut first: HashMap<OperationId, i64> = HashMap::with_capacity(messages.len());
    for (message, operation) in messages {
        let first = first.entry(*operation).or_insert(message.0);
        *first = (*first).min(message.0);
    }
    let rows: Vec<(i64, i64, bool)> = messages
        .iter()
        .map(|(message, operation)| (message.0, operation.as_i64(), first[operation] == message.0))
        .collect();
    let sql = "INSERT INTO deliveries (message_id, operation_id, due_at)
               SELECT m.value ->> 0, m.value ->> 1,
                      CASE WHEN m.value ->> 2
                            AND NOT EXISTS (SELECT 1 FROM deliveries AS d
                                            WHERE d.operation_id = m.value ->> 1 AND d.due_at IS NOT NULL)
                           THEN $2 END
               FROM jsonb_each($1) AS m";
    let arguments = [json(&rows).into(), now.as_ms().into()];
    tx.queue("deliveries", sql, rows.len(), arguments);
}

/// Makes the first in line of each operation due, where none is.
fn advance(tx: &mut WriteTx, operations: &[OperationId], now: Timestamp) {
    if operations.is_empty() {
        return;
    }
    let ids: Vec<i64> = operations.iter().map(|operation| operation.as_i64()).collect();
    let sql = "UPDATE deliveries SET due_at = $2
               WHERE message_id IN (SELECT (SELECT min(d.message_id) FROM deliveries AS d
                                            WHERE d.operation_id = o.value AND d.state = 'due')
                                    FROM json_each($1) AS o
                                    WHERE NOT EXISTS (SELECT 1 FROM deliveries AS d
                                                      WHERE d.operation_id = o.value AND d.due_at IS NOT NULL))";
    tx.queue_any("deliveries", sql, [json(&ids).into(), now.as_ms().into()]);
}

/// Claims up to `limit` deliveries that are due at `now`, the longest due first, until `lease` from now. Those that are
/// `busy` are left out: this process pushes them already, however long that takes.
pub async fn claim(
    tx: &mut WriteTx,
    now: Timestamp,
    lease: Duration,
    limit: usize,
    busy: &[MessageId],
) -> Result<Vec<Claim>, Error> {
    let busy: Vec<i64> = busy.iter().map(|message| message.0).collect();
    let sql = "UPDATE deliveries SET due_at = $2, leased_until = $2, attempts = attempts + 1
               WHERE message_id IN (SELECT message_id FROM deliveries
                                    WHERE due_at <= $1 AND message_id NOT IN (SELECT value FROM json_each($4))
                                    ORDER BY due_at LIMIT $3)
               RETURNING message_id";
    let ids: Vec<i64> = sqlx::query_scalar(sql)
        .bind(now.as_ms())
        .bind((now + lease).as_ms())
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .bind(json(&busy))
        .fetch_all(tx.connection().await?)
        .await
        .during("deliveries")?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "SELECT d.message_id, d.operation_id, d.attempts, m.received_at, m.number, m.sender, m.text
               FROM deliveries AS d JOIN messages AS m ON m.id = d.message_id
               WHERE d.message_id IN (SELECT value FROM json_each($1)) ORDER BY d.message_id";
    let rows = tx.fetch("deliveries", sql, [json(&ids).into()]).await?;
    rows.iter().map(read_claim).collect()
}

/// Parks what is due at `now` for an operation that is closed and whose number has another renter by now (rule 8). What
/// is `busy` comes to its end first.
pub async fn park_foreign(tx: &mut WriteTx, now: Timestamp, busy: &[MessageId]) -> Result<(), Error> {
    let busy = json(&busy.iter().map(|message| message.0).collect::<Vec<_>>());
    let sql = "UPDATE deliveries SET state = 'parked', due_at = NULL, leased_until = NULL, settled_at = $1,
                                     reason = 'the operation is closed and its number has another renter'
               WHERE due_at <= $1 AND message_id NOT IN (SELECT value FROM json_each($2))
                 AND EXISTS (SELECT 1 FROM operations AS own JOIN operations AS other ON other.number = own.number
                             WHERE own.id = deliveries.operation_id AND own.closed_at IS NOT NULL
                               AND other.closed_at IS NULL)
               RETURNING operation_id";
    loop {
        let query = sqlx::query_scalar(sql).bind(now.as_ms()).bind(&busy);
        let operations: Vec<i64> = query.fetch_all(tx.connection().await?).await.during("deliveries")?;
        let operations: Vec<OperationId> = operations.into_iter().filter_map(OperationId::new).collect();
        if operations.is_empty() {
            return Ok(());
        }
        // The next in line is due then, and as foreign as this one.
        advance(tx, &operations, now);
    }
}

/// Makes due at `now` what is due only after `horizon`: no moment that far ahead is ever set, so the clock was put back.
pub fn pull_back(tx: &mut WriteTx, now: Timestamp, horizon: Timestamp) {
    let sql = "UPDATE deliveries SET due_at = $1, leased_until = NULL WHERE due_at > $2";
    tx.queue_any("deliveries", sql, [now.as_ms().into(), horizon.as_ms().into()]);
}

fn read_claim(row: &SqliteRow) -> Result<Claim, Error> {
    let corrupt = |column| Error::Corrupt {
        table: "deliveries",
        column,
    };
    Ok(Claim {
        message: MessageId(row.get("message_id")),
        operation: OperationId::new(row.get("operation_id")).ok_or(corrupt("operation_id"))?,
        attempt: row.get("attempts"),
        received_at: Timestamp::from_ms(row.get("received_at")),
        number: row.get::<&str, _>("number").parse().map_err(|_| corrupt("number"))?,
        sender: row.get("sender"),
        text: row.get("text"),
    })
}

/// When the next delivery is due, and the last one.
pub async fn due_span(session: &mut Session) -> Result<Option<(Timestamp, Timestamp)>, Error> {
    let sql = "SELECT (SELECT min(due_at) FROM deliveries WHERE due_at IS NOT NULL) AS next,
                      (SELECT max(due_at) FROM deliveries WHERE due_at IS NOT NULL) AS last";
    let row = sqlx::query(sql)
        .fetch_one(session.connection().await?)
        .await
        .during("deliveries")?;
    let moment = |column| row.get::<Option<i64>, _>(column).map(Timestamp::from_ms);
    Ok(moment("next").zip(moment("last")))
}

/// Ends the leases of a process that is no more: what it had under way is due now. Only for the one that serves the file.
pub async fn end_leases(tx: &mut WriteTx, now: Timestamp) -> Result<u64, Error> {
    let sql = "UPDATE deliveries SET due_at = $1, leased_until = NULL
               WHERE due_at IS NOT NULL AND leased_until IS NOT NULL";
    let ended = sqlx::query(sql)
        .bind(now.as_ms())
        .execute(tx.connection().await?)
        .await
        .during("deliveries")?;
    Ok(ended.rows_affected())
}

/// Records what follows from an attempt. False when nothing changes: the delivery is settled already, or the attempt is
/// not the last one and only failed. An acceptance or refusal counts whichever attempt it answers.
pub async fn record(tx: &mut WriteTx, claim: &Claim, next: &Next, now: Timestamp) -> Result<bool, Error> {
    let (due_at, settled_at) = match next {
        Next::Retry(at, _) => (Some(at.as_ms()), None),
        Next::Delivered | Next::Refused(_) | Next::Parked(..) => (None, Some(now.as_ms())),
    };
    let sql = "UPDATE deliveries SET state = $3, due_at = $4, leased_until = NULL, reason = $5, settled_at = $6
               WHERE message_id = $1 AND state = 'due' AND (attempts = $2 OR $3 IN ('delivered', 'refused'))";
    let updated = sqlx::query(sql)
        .bind(claim.message.0)
        .bind(claim.attempt)
        .bind(next.state().as_str())
        .bind(due_at)
        .bind(next.reason())
        .bind(settled_at)
        .execute(tx.connection().await?)
        .await
        .during("deliveries")?;
    let recorded = updated.rows_affected() == 1;
    if recorded && settled_at.is_some() {
        advance(tx, &[claim.operation], now);
    }
    Ok(recorded)
}

/// Makes a settled delivery due again, in its place in the line. Fails when it is neither parked nor refused.
pub fn resume(tx: &mut WriteTx, message: MessageId, operation: OperationId, now: Timestamp) {
    let sql = "UPDATE deliveries SET state = 'due', reason = NULL, settled_at = NULL
               WHERE message_id = $1 AND state IN ('parked', 'refused')";
    tx.queue("deliveries", sql, 1, [message.0.into()]);
    advance(tx, &[operation], now);
}
