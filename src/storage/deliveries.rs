//! Deliveries: each attempt is a lease, its result is recorded, and then the next delivery of the operation becomes due
//! (rule 7).
//!
//! Only the first unsettled delivery of an operation has a `due_at`; when it is settled, or has to wait behind the others,
//! the next one gets it. So the messages of an operation are pushed in order, and a claim never reads deliveries that wait:
//! its cost depends only on what it claims.
//!
//! Statements find their rows by the ids of a list. Conditions that come on top stand in a CASE: the planner of PostgreSQL
//! would take them for so rare that it starts with them, by an index that has few rows when it plans, and many in a backlog.

use std::collections::HashMap;

use serde::Serialize;

use super::driver::Row;
use super::driver::Sql;
use super::error::Error;
use super::{ReadTx, WriteTx, json};
use crate::domain::delivery::{AttemptResult, Claim, MessageId, steps_behind};
use crate::domain::operation::OperationId;
use crate::domain::time::Timestamp;

/// Adds deliveries for new messages: due at once, or after an earlier one of the same operation. They go before deliveries
/// that wait behind the others because they were declined.
pub fn insert(tx: &mut WriteTx, messages: &[(MessageId, OperationId)], now: Timestamp) {
    let mut first: HashMap<OperationId, i64> = HashMap::with_capacity(messages.len());
    for (message, operation) in messages {
        let first = first.entry(*operation).or_insert(message.0);
        *first = (*first).min(message.0);
    }
    let operations: Vec<OperationId> = first.keys().copied().collect();
    postpone_behind(tx, &operations);
    #[derive(Serialize)]
    struct NewRow {
        message_id: i64,
        operation_id: i64,
        is_first: i64,
    }
    let rows: Vec<NewRow> = messages
        .iter()
        .map(|(message, operation)| NewRow {
            message_id: message.0,
            operation_id: operation.as_i64(),
            is_first: i64::from(first[operation] == message.0),
        })
        .collect();
    let sql = "INSERT INTO deliveries (message_id, operation_id, due_at)
               SELECT m.message_id, m.operation_id,
                      CASE WHEN m.is_first = 1
                            AND (SELECT d.message_id FROM deliveries AS d
                                 WHERE d.operation_id = m.operation_id AND d.due_at IS NOT NULL) IS NULL
                           THEN CAST($2 AS BIGINT) END
               FROM (SELECT CAST(value ->> 'message_id' AS BIGINT) AS message_id,
                            CAST(value ->> 'operation_id' AS BIGINT) AS operation_id,
                            CAST(value ->> 'is_first' AS BIGINT) AS is_first FROM jsonb_each($1)) AS m";
    let arguments = [json(&rows).into(), now.as_ms().into()];
    tx.queue_insert("deliveries", sql, rows.len(), arguments);
}

/// Makes deliveries that wait behind the others not due any more, unless an attempt is in progress.
fn postpone_behind(tx: &mut WriteTx, operations: &[OperationId]) {
    if operations.is_empty() {
        return;
    }
    let sql = "UPDATE deliveries SET due_at = NULL
               WHERE operation_id IN (SELECT CAST(atom AS BIGINT) FROM json_each($1)) AND due_at IS NOT NULL
                 AND CASE WHEN behind_until > 0 AND leased_until IS NULL THEN 1 END IS NOT NULL";
    tx.queue_any("deliveries", sql, [ids(operations).into()]);
}

/// Makes the next delivery of each operation due, where none is: at `now`, or at its `behind_until` if that is later.
fn promote_next(tx: &mut WriteTx, operations: &[OperationId], now: Timestamp) {
    if operations.is_empty() {
        return;
    }
    let sql = "UPDATE deliveries SET due_at = CASE WHEN behind_until > $2 THEN behind_until ELSE $2 END
               WHERE message_id IN (SELECT (SELECT d.message_id FROM deliveries AS d
                                            WHERE d.operation_id = CAST(o.atom AS BIGINT) AND d.state = 'due'
                                            ORDER BY d.behind_until, d.message_id LIMIT 1)
                                    FROM json_each($1) AS o
                                    WHERE (SELECT d.message_id FROM deliveries AS d
                                           WHERE d.operation_id = CAST(o.atom AS BIGINT)
                                             AND d.due_at IS NOT NULL) IS NULL)";
    tx.queue_any("deliveries", sql, [ids(operations).into(), now.as_ms().into()]);
}

fn ids(operations: &[OperationId]) -> String {
    let ids: Vec<i64> = operations.iter().map(|operation| operation.as_i64()).collect();
    json(&ids)
}

/// A delivery that is due.
#[derive(Clone, PartialEq, Eq)]
pub struct Candidate {
    /// As it would be pushed.
    pub claim: Claim,
    /// Its operation is closed, and its number has another renter now (rule 8).
    pub is_reassigned: bool,
}

/// Up to `limit` deliveries that are due at `now`, the longest due first. Those in `busy` are left out: this process is
/// pushing them.
pub async fn candidates(
    tx: &mut WriteTx,
    now: Timestamp,
    limit: usize,
    busy: &[MessageId],
) -> Result<Vec<Candidate>, Error> {
    let busy = json(&busy.iter().map(|message| message.0).collect::<Vec<_>>());
    macro_rules! candidates {
        ($end:literal) => {
            concat!(
                "SELECT d.message_id, d.operation_id, d.attempts + 1 AS attempt, m.received_at, m.number, m.sender, m.text,
                        own.closed_at IS NOT NULL
                        AND (SELECT other.id FROM operations AS other
                             WHERE other.number = own.number AND other.closed_at IS NULL) IS NOT NULL AS is_reassigned
                 FROM (SELECT message_id, operation_id, attempts, due_at FROM deliveries
                       WHERE due_at <= $1 AND message_id NOT IN (SELECT CAST(atom AS BIGINT) FROM json_each($3))
                       ORDER BY due_at, message_id LIMIT $2) AS d
                 CROSS JOIN messages AS m CROSS JOIN operations AS own
                 WHERE m.id = d.message_id AND own.id = d.operation_id",
                $end
            )
        };
    }
    let sql = Sql {
        // CROSS JOIN keeps the order of the loops, so that SQLite looks up only the rows of the page, in their order.
        sqlite: candidates!(""),
        postgres: candidates!(" ORDER BY d.due_at, d.message_id"),
    };
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let arguments = [now.as_ms().into(), limit.into(), busy.into()];
    let rows = tx.fetch("deliveries", sql, arguments).await?;
    rows.iter().map(read_candidate).collect()
}

/// Begins an attempt for each, with a lease until `until`.
pub fn lease(tx: &mut WriteTx, messages: &[MessageId], until: Timestamp) {
    let list = json(&messages.iter().map(|message| message.0).collect::<Vec<_>>());
    let sql = "UPDATE deliveries SET due_at = $2, leased_until = $2, attempts = attempts + 1
               WHERE message_id IN (SELECT CAST(atom AS BIGINT) FROM json_each($1)) AND +due_at IS NOT NULL";
    tx.queue("deliveries", sql, messages.len(), [list.into(), until.as_ms().into()]);
}

/// Makes deliveries due now that would be due only after `horizon`: such a time is never set, so the clock was set back.
pub async fn clamp_future(tx: &mut WriteTx, now: Timestamp, horizon: Timestamp) -> Result<(), Error> {
    let sql = "UPDATE deliveries SET behind_until = $1
               WHERE behind_until > 0 AND behind_until > $2 RETURNING operation_id";
    let arguments = [now.as_ms().into(), horizon.as_ms().into()];
    let behind = operations(&tx.fetch("deliveries", sql, arguments).await?)?;
    postpone_behind(tx, &behind);
    let sql = "UPDATE deliveries SET due_at = NULL, leased_until = NULL WHERE due_at > $1 RETURNING operation_id";
    let rows = tx.fetch("deliveries", sql, [horizon.as_ms().into()]).await?;
    promote_next(tx, &[behind, operations(&rows)?].concat(), now);
    Ok(())
}

fn operations(rows: &[Row]) -> Result<Vec<OperationId>, Error> {
    rows.iter().map(|row| row.get("operation_id")).collect()
}

fn read_candidate(row: &Row) -> Result<Candidate, Error> {
    let claim = Claim {
        message: row.get("message_id")?,
        operation: row.get("operation_id")?,
        attempt: row.get("attempt")?,
        received_at: row.get("received_at")?,
        number: row.get("number")?,
        sender: row.get("sender")?,
        text: row.get("text")?,
    };
    let is_reassigned = row.get("is_reassigned")?;
    Ok(Candidate { claim, is_reassigned })
}

/// When the next delivery is due, and the last one, those included that wait behind the others.
pub async fn due_range(tx: &mut ReadTx) -> Result<Option<(Timestamp, Timestamp)>, Error> {
    let sql = "SELECT (SELECT min(due_at) FROM deliveries WHERE due_at IS NOT NULL) AS next,
                      (SELECT max(due_at) FROM deliveries WHERE due_at IS NOT NULL) AS last,
                      (SELECT max(behind_until) FROM deliveries WHERE behind_until > 0) AS last_behind";
    let row = tx.fetch_one("deliveries", sql, []).await?;
    let (next, last): (Option<Timestamp>, Option<Timestamp>) = (row.get("next")?, row.get("last")?);
    Ok(next.zip(last.max(row.get("last_behind")?)))
}

/// Ends the leases of a process that has exited: its deliveries are due now. Only for the process that serves the file.
pub async fn end_leases(tx: &mut WriteTx, now: Timestamp) -> Result<usize, Error> {
    let sql = "UPDATE deliveries SET due_at = NULL, leased_until = NULL
               WHERE due_at IS NOT NULL AND leased_until IS NOT NULL RETURNING operation_id";
    let rows = tx.fetch("deliveries", sql, []).await?;
    promote_next(tx, &operations(&rows)?, now);
    Ok(rows.len())
}

/// A delivery that is still due when the answer to an attempt arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueDelivery {
    /// The message.
    pub message: MessageId,
    /// The latest attempt.
    pub attempt: i64,
    /// How often Onlinesim declined it.
    pub declined: u32,
    /// Whether its operation is closed.
    pub operation_closed: bool,
}

/// Those of the messages whose deliveries are still due.
pub async fn still_due(tx: &mut WriteTx, messages: &[MessageId]) -> Result<Vec<DueDelivery>, Error> {
    let list = json(&messages.iter().map(|message| message.0).collect::<Vec<_>>());
    let sql = "SELECT d.message_id, d.attempts, d.declined, o.closed_at IS NOT NULL AS operation_closed
               FROM json_each($1) AS k CROSS JOIN deliveries AS d CROSS JOIN operations AS o
               WHERE d.message_id = CAST(k.atom AS BIGINT) AND o.id = d.operation_id
                 AND CASE d.state WHEN 'due' THEN 1 END IS NOT NULL";
    let rows = tx.fetch("deliveries", sql, [list.into()]).await?;
    let due = |row: &Row| {
        Ok(DueDelivery {
            message: row.get("message_id")?,
            attempt: row.get("attempts")?,
            declined: row.get("declined")?,
            operation_closed: row.get("operation_closed")?,
        })
    };
    rows.iter().map(due).collect()
}

/// Records the results of deliveries that are still due, each at most once, and makes the next of their operations due.
pub fn record(tx: &mut WriteTx, outcomes: &[(&Claim, AttemptResult)], now: Timestamp) {
    #[derive(Serialize)]
    struct DeliveryRow {
        message_id: i64,
        state: &'static str,
        refusal: Option<&'static str>,
        reason: Option<String>,
        due_at: Option<i64>,
        settled_at: Option<i64>,
        declined: Option<u32>,
        behind_until: i64,
    }
    let row = |(claim, next): &(&Claim, AttemptResult)| {
        let (due_at, settled_at, declined, behind_until) = match next {
            AttemptResult::Retry { at, declined, .. } if steps_behind(*declined) => {
                (None, None, Some(*declined), at.as_ms())
            }
            AttemptResult::Retry { at, declined, .. } => (Some(at.as_ms()), None, Some(*declined), 0),
            AttemptResult::Delivered | AttemptResult::Refused(_) | AttemptResult::Parked(_) => {
                (None, Some(now.as_ms()), None, 0)
            }
        };
        DeliveryRow {
            message_id: claim.message.0,
            state: next.state().into(),
            refusal: next.refusal().map(Into::into),
            reason: next.reason(),
            due_at,
            settled_at,
            declined,
            behind_until,
        }
    };
    let rows: Vec<DeliveryRow> = outcomes.iter().map(row).collect();
    let sql = "UPDATE deliveries SET state = r.state, refusal = r.refusal, reason = r.reason, due_at = r.due_at,
                                     leased_until = NULL, settled_at = r.settled_at, behind_until = r.behind_until,
                                     declined = coalesce(r.declined, deliveries.declined)
               FROM (SELECT CAST(value ->> 'message_id' AS BIGINT) AS message_id, value ->> 'state' AS state,
                            value ->> 'refusal' AS refusal, value ->> 'reason' AS reason,
                            CAST(value ->> 'due_at' AS BIGINT) AS due_at,
                            CAST(value ->> 'settled_at' AS BIGINT) AS settled_at,
                            CAST(value ->> 'declined' AS BIGINT) AS declined,
                            CAST(value ->> 'behind_until' AS BIGINT) AS behind_until
                     FROM json_each($1)) AS r
               WHERE deliveries.message_id = r.message_id AND CASE deliveries.state WHEN 'due' THEN 1 END IS NOT NULL";
    tx.queue("deliveries", sql, rows.len(), [json(&rows).into()]);
    let operations: Vec<OperationId> = outcomes.iter().map(|(claim, _)| claim.operation).collect();
    promote_next(tx, &operations, now);
}

/// Makes a settled delivery due again, in the order of its operation. Fails when it is neither parked nor refused.
pub fn requeue(tx: &mut WriteTx, message: MessageId, operation: OperationId, now: Timestamp) {
    let sql = "UPDATE deliveries SET state = 'due', refusal = NULL, reason = NULL, settled_at = NULL, declined = 0
               WHERE message_id = $1 AND state IN ('parked', 'refused')";
    postpone_behind(tx, &[operation]);
    tx.queue("deliveries", sql, 1, [message.0.into()]);
    promote_next(tx, &[operation], now);
}
