//! Restores of backups: which ids they skip, and what is set before the server starts again.

use strum::IntoEnumIterator as _;

use super::driver::Row;
use super::error::Error;
use super::{ReadTx, WriteTx, as_text, json};
use crate::domain::operation::OperationId;
use crate::domain::purchase::SupplierName;
use crate::domain::restore::{IssuedIds, RestoreRecord};
use crate::domain::time::Timestamp;

/// The highest ids that were issued or are skipped.
const ISSUED_IDS: &str = "SELECT (SELECT coalesce(max(i.id), 0)
     FROM (SELECT max(id) AS id FROM operations UNION ALL SELECT max(last_id) FROM restores) AS i) AS operation,
    (SELECT coalesce(max(i.id), 0)
     FROM (SELECT max(id) AS id FROM messages UNION ALL SELECT max(last_message_id) FROM restores) AS i) AS message,
    (SELECT coalesce(max(i.id), 0)
     FROM (SELECT max(id) AS id FROM order_lines UNION ALL SELECT max(last_line_id) FROM restores) AS i) AS line";

/// The highest ids that were issued or are skipped.
pub async fn issued_ids(tx: &mut ReadTx) -> Result<IssuedIds, Error> {
    let row = tx.fetch_one("restores", ISSUED_IDS, []).await?;
    Ok(IssuedIds {
        operation: row.get("operation")?,
        message: row.get("message")?,
        line: row.get("line")?,
    })
}

/// Stores that a backup was restored.
pub fn record(tx: &mut WriteTx, restore: &RestoreRecord) {
    let sql = "INSERT INTO restores (restored_at, first_id, last_id, last_message_id, last_line_id, rests_until)
               VALUES ($1, $2, $3, $4, $5, $6)";
    let arguments = [
        restore.restored_at.as_ms().into(),
        restore.first_id.into(),
        restore.last_id.into(),
        restore.last_message_id.into(),
        restore.last_line_id.into(),
        restore.rests_until.map(Timestamp::as_ms).into(),
    ];
    tx.queue("restores", sql, 1, arguments);
}

/// The last restore.
pub async fn last(tx: &mut ReadTx) -> Result<Option<RestoreRecord>, Error> {
    let sql = "SELECT restored_at, first_id, last_id, last_message_id, last_line_id, rests_until
               FROM restores ORDER BY id DESC LIMIT 1";
    let row = tx.fetch_first("restores", sql, []).await?;
    let restore = |row: &Row| {
        Ok(RestoreRecord {
            restored_at: row.get("restored_at")?,
            first_id: row.get("first_id")?,
            last_id: row.get("last_id")?,
            last_message_id: row.get("last_message_id")?,
            last_line_id: row.get("last_line_id")?,
            rests_until: row.get("rests_until")?,
        })
    };
    row.as_ref().map(restore).transpose()
}

/// Those of these ids that may have been issued before a restore.
pub async fn lost_among(tx: &mut ReadTx, ids: &[OperationId]) -> Result<Vec<OperationId>, Error> {
    let ids: Vec<i64> = ids.iter().map(|id| id.as_i64()).collect();
    let sql = "SELECT DISTINCT CAST(i.atom AS BIGINT) AS id FROM json_each($1) AS i
               JOIN restores AS r ON CAST(i.atom AS BIGINT) BETWEEN r.first_id AND r.last_id";
    let rows = tx.fetch("restores", sql, [json(&ids).into()]).await?;
    rows.iter().map(|row| row.get("id")).collect()
}

/// Makes every number rest until then, those with an open operation too: none of them is available.
pub fn rest_all(tx: &mut WriteTx, until: Timestamp) {
    tx.queue_any("available_numbers", "DELETE FROM available_numbers WHERE true", []);
    tx.queue_any("pools", "UPDATE pools SET free = 0 WHERE free > 0", []);
    let sql = "UPDATE numbers SET rests_until = $1 WHERE rests_until IS NULL OR rests_until < $1";
    tx.queue_any("numbers", sql, [until.as_ms().into()]);
}

/// Lists the open operations as discrepancies, with an event in the history of each: Onlinesim may have finished them since the
/// backup was made. How many there are.
pub async fn doubt_open_operations(tx: &mut WriteTx, event: &str, detail: &str, now: Timestamp) -> Result<u64, Error> {
    let sql = "INSERT INTO audit (at, actor, kind, operation_id, number, detail)
               SELECT $1, 'admin', $2, o.id, o.number, $3 FROM operations AS o WHERE o.closed_at IS NULL";
    tx.queue_any("audit", sql, [now.as_ms().into(), event.into(), detail.into()]);
    let sql = "UPDATE operations SET discrepancies = discrepancies + 1 WHERE closed_at IS NULL";
    tx.queue_any("operations", sql, []);
    let sql = "SELECT count(*) AS operations FROM operations WHERE closed_at IS NULL";
    tx.fetch_one("operations", sql, []).await?.get("operations")
}

/// Pauses every supplier until the partner resumes it, also those that the backup does not know: the first order may be younger
/// than the backup. Which ones are on is not asked: a restore may run without the server's environment.
pub fn pause_suppliers(tx: &mut WriteTx, reason: &str) {
    let all: Vec<&str> = SupplierName::iter().map(as_text).collect();
    let sql = "INSERT INTO supplier_pauses (supplier, reason) SELECT atom, $2 FROM json_each($1)
               WHERE true ON CONFLICT (supplier) DO UPDATE SET paused_until = NULL, reason = excluded.reason";
    tx.queue("supplier_pauses", sql, all.len(), [json(&all).into(), reason.into()]);
}
