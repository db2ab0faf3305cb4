//! Operations: opened in batches, loaded for a decision, closed once.

mod received;

use serde::Serialize;

use super::driver::Row;
use super::driver::{Read, Sql, statement};
use super::error::Error;
use super::{ReadTx, WriteTx, as_text, json};
use crate::domain::listed::{ListedOperation, OperationFilter};
use crate::domain::operation::{Operation, OperationId, OperationState, Outcome};
use crate::domain::phone::PhoneNumber;
use crate::domain::time::Timestamp;

pub use received::{ReceivedCount, add_sms, count_received, open_on};

/// The statement that loads operations, completed by `$end`. Its cost does not depend on how many SMS an operation received.
macro_rules! select {
    ($end:literal) => {
        concat!(
            "SELECT o.id, o.number, o.sum_kopecks, o.opened_at, o.sms_count, o.closed_at, o.outcome, o.discrepancies,
                    o.message_count,
                    (SELECT kopecks FROM ledger AS l WHERE l.operation_id = o.id AND l.kind = 'post') AS posted,
                    o.closed_at IS NULL AND (SELECT w.id FROM concatenated_messages AS w WHERE w.closed_at IS NULL
                        AND w.operation_id = o.id LIMIT 1) IS NOT NULL AS has_parts FROM operations AS o ",
            $end
        )
    };
}

fn listed(row: &Row) -> Result<ListedOperation, Error> {
    let state = match row.get("closed_at")? {
        None if row.get::<i64>("sms_count")? == 0 => OperationState::Waiting,
        None => OperationState::Receiving,
        Some(at) => OperationState::Closed {
            at,
            outcome: row.get("outcome")?,
            posted: row.get("posted")?,
        },
    };
    let operation = Operation {
        id: row.get("id")?,
        number: row.get("number")?,
        sum: row.get("sum_kopecks")?,
        opened_at: row.get("opened_at")?,
        state,
    };
    Ok(ListedOperation {
        operation,
        messages: row.get("message_count")?,
        discrepancies: row.get("discrepancies")?,
    })
}

/// The id that the next operation gets. Ids only rise: the newest operation is never removed, and ids that may have been issued before a
/// restore are left out.
#[must_use]
pub fn next_id() -> Read<i64> {
    let sql = Sql {
        sqlite: "SELECT max(coalesce((SELECT max(id) FROM operations), 0),
                            coalesce((SELECT max(last_id) FROM restores), 0)) + 1 AS next_id",
        postgres: "SELECT greatest((SELECT max(id) FROM operations), (SELECT max(last_id) FROM restores), 0) + 1 AS next_id",
    };
    Read {
        statement: statement("operations", sql, []),
        parse: |value| value.integer(),
    }
}

/// Stores new operations. Fails when one of the numbers has an open operation (rule 1).
pub fn insert(tx: &mut WriteTx, operations: &[Operation]) {
    #[derive(Serialize)]
    struct OperationRow {
        id: i64,
        number: String,
        sum_kopecks: i64,
        opened_at: i64,
    }
    let row = |one: &Operation| OperationRow {
        id: one.id.as_i64(),
        number: one.number.digits(),
        sum_kopecks: one.sum.as_i64(),
        opened_at: one.opened_at.as_ms(),
    };
    let rows: Vec<OperationRow> = operations.iter().map(row).collect();
    let sql = "INSERT INTO operations (id, number, sum_kopecks, opened_at)
               SELECT CAST(value ->> 'id' AS BIGINT), value ->> 'number', CAST(value ->> 'sum_kopecks' AS BIGINT),
                      CAST(value ->> 'opened_at' AS BIGINT) FROM jsonb_each($1)";
    tx.queue_insert("operations", sql, rows.len(), [json(&rows).into()]);
}

/// The operations with these ids, in the order of the ids; those that do not exist are missing.
pub async fn load(tx: &mut ReadTx, ids: &[OperationId]) -> Result<Vec<Operation>, Error> {
    let loaded = load_with_parts(tx, ids).await?;
    Ok(loaded.into_iter().map(|one| one.0).collect())
}

/// The same; true: the operation is open and has incomplete concatenated SMS.
pub async fn load_with_parts(tx: &mut ReadTx, ids: &[OperationId]) -> Result<Vec<(Operation, bool)>, Error> {
    let ids: Vec<i64> = ids.iter().map(|id| id.as_i64()).collect();
    let sql = select!("WHERE o.id IN (SELECT CAST(atom AS BIGINT) FROM json_each($1))");
    let rows = tx.fetch("operations", sql, [json(&ids).into()]).await?;
    let one = |row: &Row| Ok((listed(row)?.operation, row.get("has_parts")?));
    let mut loaded: Vec<(Operation, bool)> = rows.iter().map(one).collect::<Result<_, Error>>()?;
    // SQLite finds them in this order, PostgreSQL in any.
    loaded.sort_unstable_by_key(|(operation, _)| operation.id);
    Ok(loaded)
}

/// Up to `limit` operations that are older than that one, the newest first.
pub async fn list(
    tx: &mut ReadTx,
    filter: &OperationFilter,
    before: Option<OperationId>,
    limit: u32,
) -> Result<Vec<ListedOperation>, Error> {
    let sql = match filter {
        OperationFilter { number: Some(_), .. } => OF_A_NUMBER.into(),
        OperationFilter { open: Some(true), .. } => OPEN,
        OperationFilter {
            discrepant: Some(true), ..
        } => DISCREPANT,
        _ => ALL,
    };
    let rows = tx
        .fetch(
            "operations",
            sql,
            [
                before.map_or(i64::MAX, OperationId::as_i64).into(),
                filter.open.into(),
                filter.discrepant.into(),
                filter.number.map(PhoneNumber::digits).into(),
                limit.into(),
            ],
        )
        .await?;
    rows.iter().map(listed).collect()
}

/// The page of operations that are older than `$1`, with filters: open or not `$2`, discrepant or not `$3`, the number `$4`.
/// The ids are read first, from the index of the filter; the other columns are read only for the page.
macro_rules! page {
    ($ids:literal) => {
        concat!(
            select!("WHERE o.id IN (SELECT i.id FROM "),
            $ids,
            " AND i.id < $1
              AND (CAST($2 AS BIGINT) IS NULL OR CASE WHEN i.closed_at IS NULL THEN 1 ELSE 0 END = $2)
              AND (CAST($3 AS BIGINT) IS NULL OR CASE WHEN i.discrepancies > 0 THEN 1 ELSE 0 END = $3)
              AND (CAST($4 AS TEXT) IS NULL OR i.number = $4)
              ORDER BY i.id DESC LIMIT $5) ORDER BY o.id DESC"
        )
    };
}

const ALL: Sql = Sql {
    sqlite: page!("operations AS i NOT INDEXED WHERE true"),
    postgres: page!("operations AS i WHERE true"),
};
const OPEN: Sql = Sql {
    sqlite: page!("operations AS i INDEXED BY operations_open_by_id WHERE i.closed_at IS NULL"),
    postgres: page!("operations AS i WHERE i.closed_at IS NULL"),
};
const DISCREPANT: Sql = Sql {
    sqlite: page!("operations AS i INDEXED BY operations_discrepant WHERE i.discrepancies > 0"),
    postgres: page!("operations AS i WHERE i.discrepancies > 0"),
};
/// A number has at most one open operation; the closed ones are sorted by the index.
const OF_A_NUMBER: &str = page!(
    "(SELECT * FROM operations WHERE number = $4 AND closed_at IS NULL
      UNION ALL SELECT * FROM operations WHERE number = $4 AND closed_at IS NOT NULL) AS i WHERE true"
);

/// That operation.
pub async fn find(tx: &mut ReadTx, id: OperationId) -> Result<Option<ListedOperation>, Error> {
    let sql = select!("WHERE o.id = $1");
    let row = tx.fetch_first("operations", sql, [id.as_i64().into()]).await?;
    row.as_ref().map(listed).transpose()
}

/// The oldest operations that still wait for an SMS and were opened at `opened_until` or before.
pub async fn waiting_since(tx: &mut ReadTx, opened_until: Timestamp, limit: u32) -> Result<Vec<Operation>, Error> {
    let sql = select!(
        "WHERE o.closed_at IS NULL AND o.sms_count = 0 AND o.opened_at <= $1 ORDER BY o.opened_at, o.id LIMIT $2"
    );
    let rows = tx
        .fetch("operations", sql, [opened_until.as_ms().into(), limit.into()])
        .await?;
    rows.iter().map(|row| Ok(listed(row)?.operation)).collect()
}

/// When the oldest operation that still waits for an SMS was opened.
pub async fn oldest_waiting(tx: &mut ReadTx) -> Result<Option<Timestamp>, Error> {
    let sql = "SELECT min(opened_at) AS oldest FROM operations WHERE closed_at IS NULL AND sms_count = 0";
    tx.fetch_one("operations", sql, []).await?.get("oldest")
}

/// Closes open operations. Fails when one of them is closed already.
pub fn close(tx: &mut WriteTx, operations: &[Operation]) {
    #[derive(Serialize)]
    struct ClosedRow {
        id: i64,
        closed_at: i64,
        outcome: &'static str,
    }
    let rows: Vec<ClosedRow> = operations
        .iter()
        .filter_map(|one| match one.state {
            OperationState::Closed { at, outcome, .. } => Some(ClosedRow {
                id: one.id.as_i64(),
                closed_at: at.as_ms(),
                outcome: outcome.into(),
            }),
            OperationState::Waiting | OperationState::Receiving => None,
        })
        .collect();
    // The CASE hides the condition from PostgreSQL's planner, which would read all open operations.
    let sql =
        "UPDATE operations SET closed_at = CAST(c.value ->> 'closed_at' AS BIGINT), outcome = c.value ->> 'outcome'
               FROM jsonb_each($1) AS c
               WHERE operations.id = CAST(c.value ->> 'id' AS BIGINT)
                 AND CASE WHEN operations.closed_at IS NULL THEN 1 END IS NOT NULL";
    tx.queue("operations", sql, operations.len(), [json(&rows).into()]);
}

/// Gives closed operations another outcome. Fails when one of them is not closed.
pub fn correct(tx: &mut WriteTx, operations: &[(OperationId, Outcome)]) {
    for (id, outcome) in operations {
        let sql = "UPDATE operations SET outcome = $2 WHERE id = $1 AND closed_at IS NOT NULL";
        tx.queue("operations", sql, 1, [id.as_i64().into(), as_text(*outcome).into()]);
    }
}

/// Counts a discrepancy of each of the operations; an operation may be in the list several times.
pub fn count_discrepancies(tx: &mut WriteTx, ids: &[OperationId]) {
    for id in ids {
        let sql = "UPDATE operations SET discrepancies = discrepancies + 1 WHERE id = $1";
        tx.queue("operations", sql, 1, [id.as_i64().into()]);
    }
}
