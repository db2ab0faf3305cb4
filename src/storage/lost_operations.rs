//! Operations that were lost by a restore, and of which Onlinesim reported the end since.

use super::driver::Row;
use super::error::Error;
use super::{ReadTx, WriteTx, as_text, json};
use crate::domain::money::Kopecks;
use crate::domain::operation::{LostOperation, OperationId};

fn read_lost(row: &Row) -> Result<LostOperation, Error> {
    Ok(LostOperation {
        id: row.get("operation_id")?,
        outcome: row.get("outcome")?,
        sum: row.get("kopecks")?,
        reported_at: row.get("reported_at")?,
    })
}

/// Those of these operations of which an end was reported.
pub async fn load(tx: &mut ReadTx, ids: &[OperationId]) -> Result<Vec<LostOperation>, Error> {
    let ids: Vec<i64> = ids.iter().map(|id| id.as_i64()).collect();
    let sql = "SELECT operation_id, outcome, kopecks, reported_at FROM lost_operations
               WHERE operation_id IN (SELECT CAST(atom AS BIGINT) FROM json_each($1))";
    let rows = tx.fetch("lost_operations", sql, [json(&ids).into()]).await?;
    rows.iter().map(read_lost).collect()
}

/// Stores what was reported last of an operation. When the table is full (100,000), another one is left out.
pub fn save(tx: &mut WriteTx, lost: &LostOperation) {
    let arguments = || {
        [
            lost.id.as_i64().into(),
            as_text(lost.outcome).into(),
            lost.sum.map(Kopecks::as_i64).into(),
            lost.reported_at.as_ms().into(),
        ]
    };
    let sql = "UPDATE lost_operations SET outcome = $2, kopecks = $3, reported_at = $4 WHERE operation_id = $1";
    tx.queue_any("lost_operations", sql, arguments());
    let sql = "INSERT INTO lost_operations (position, operation_id, outcome, kopecks, reported_at)
               SELECT p.next, $1, $2, $3, $4
               FROM (SELECT coalesce((SELECT max(position) FROM lost_operations), 0) + 1 AS next) AS p
               WHERE p.next <= 100000 AND NOT EXISTS (SELECT 1 FROM lost_operations AS l WHERE l.operation_id = $1)";
    tx.queue_any("lost_operations", sql, arguments());
}

/// Up to `limit` of them with lower ids than that one, the highest first.
pub async fn list(tx: &mut ReadTx, before: Option<OperationId>, limit: u32) -> Result<Vec<LostOperation>, Error> {
    let sql = "SELECT operation_id, outcome, kopecks, reported_at FROM lost_operations
               WHERE operation_id < $1 ORDER BY operation_id DESC LIMIT $2";
    let before = before.map_or(i64::MAX, OperationId::as_i64);
    let rows = tx.fetch("lost_operations", sql, [before.into(), limit.into()]).await?;
    rows.iter().map(read_lost).collect()
}
