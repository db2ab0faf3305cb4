//! Archives: removes what a verified file contains, and keeps the sums of it.

pub mod income;
pub mod records;

use super::error::Error;
use super::ledger::balance_of;
use super::{ReadTx, WriteTx, json};
use crate::domain::archive::ArchivedRecord;
use crate::domain::day::Day;
use crate::domain::ledger::Balance;
use crate::domain::time::Timestamp;

/// The transfers that were removed into archives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RemovedTransfers {
    /// How many.
    pub transfers: u64,
    /// Their sums.
    pub sums: Balance,
}

/// The transfers that were removed into all archives.
pub async fn removed(tx: &mut ReadTx) -> Result<RemovedTransfers, Error> {
    let sql = "SELECT CAST(coalesce(sum(transfers), 0) AS BIGINT) AS transfers,
                      CAST(coalesce(sum(reserved), 0) AS BIGINT) AS reserved,
                      CAST(coalesce(sum(posted), 0) AS BIGINT) AS posted,
                      CAST(coalesce(sum(voided), 0) AS BIGINT) AS voided,
                      CAST(coalesce(sum(reversed), 0) AS BIGINT) AS reversed
               FROM archives";
    let row = tx.fetch_one("archives", sql, []).await?;
    Ok(RemovedTransfers {
        transfers: row.get("transfers")?,
        sums: balance_of(&row)?,
    })
}

/// Records a file that was verified: from now on what was closed before the day may be removed, for this archive alone. Its id.
pub async fn begin(tx: &mut WriteTx, before: Day, sha256: &[u8; 32], now: Timestamp) -> Result<i64, Error> {
    let sql = "UPDATE archives SET finished_at = $1 WHERE finished_at IS NULL";
    tx.queue_any("archives", sql, [now.as_ms().into()]);
    let sql = "INSERT INTO archives (closed_before, sha256, begun_at) VALUES ($1, $2, $3) RETURNING id";
    let arguments = [
        before.start().as_ms().into(),
        sha256.as_slice().into(),
        now.as_ms().into(),
    ];
    tx.fetch_one("archives", sql, arguments).await?.get("id")
}

/// Whether rows may still be removed for that archive; false: another one has begun.
pub async fn is_unfinished(tx: &mut ReadTx, archive: i64) -> Result<bool, Error> {
    let sql = "SELECT EXISTS (SELECT 1 FROM archives WHERE id = $1 AND finished_at IS NULL) AS unfinished";
    tx.fetch_one("archives", sql, [archive.into()]).await?.get("unfinished")
}

/// Nothing more is removed for that archive.
pub fn finish(tx: &mut WriteTx, archive: i64, now: Timestamp) {
    let sql = "UPDATE archives SET finished_at = $2 WHERE id = $1 AND finished_at IS NULL";
    tx.queue("archives", sql, 1, [archive.into(), now.as_ms().into()]);
}

/// Removes records with these ids, with everything that belongs to them. Fails when one of them is gone, may not be removed, or when
/// another archive has begun.
pub fn remove(tx: &mut WriteTx, archive: i64, record: ArchivedRecord, ids: &[i64]) {
    match record {
        ArchivedRecord::Operation => remove_operations(tx, archive, ids),
        ArchivedRecord::Message => {
            let sql = "DELETE FROM messages WHERE id IN (SELECT CAST(atom AS BIGINT) FROM json_each($1))";
            tx.queue("messages", sql, ids.len(), [json(ids).into()]);
        }
        ArchivedRecord::Event => {
            let sql = "DELETE FROM audit WHERE id IN (SELECT CAST(atom AS BIGINT) FROM json_each($1))";
            tx.queue("audit", sql, ids.len(), [json(ids).into()]);
        }
    }
}

fn remove_operations(tx: &mut WriteTx, archive: i64, ids: &[i64]) {
    let list = json(ids);
    income::keep(tx, ids);
    let sql = "UPDATE archives
               SET operations = archives.operations + (SELECT count(*) FROM json_each($2)),
                   transfers = archives.transfers + s.transfers, reserved = archives.reserved + s.reserved, posted = archives.posted + s.posted,
                   voided = archives.voided + s.voided, reversed = archives.reversed + s.reversed
               FROM (SELECT count(*) AS transfers,
                            CAST(coalesce(sum(kopecks) FILTER (WHERE kind = 'reserve'), 0) AS BIGINT) AS reserved,
                            CAST(coalesce(sum(kopecks) FILTER (WHERE kind = 'post'), 0) AS BIGINT) AS posted,
                            CAST(coalesce(sum(kopecks) FILTER (WHERE kind = 'void'), 0) AS BIGINT) AS voided,
                            CAST(coalesce(sum(kopecks) FILTER (WHERE kind = 'reverse'), 0) AS BIGINT) AS reversed
                     FROM ledger WHERE operation_id IN (SELECT CAST(atom AS BIGINT) FROM json_each($2))) AS s
               WHERE archives.id = $1 AND archives.finished_at IS NULL";
    tx.queue("archives", sql, 1, [archive.into(), list.clone().into()]);
    let sql = "DELETE FROM ledger WHERE operation_id IN (SELECT CAST(atom AS BIGINT) FROM json_each($1))";
    tx.queue_any("ledger", sql, [list.clone().into()]);
    let sql = "DELETE FROM deliveries WHERE operation_id IN (SELECT CAST(atom AS BIGINT) FROM json_each($1))";
    tx.queue_any("deliveries", sql, [list.clone().into()]);
    let sql = "DELETE FROM messages WHERE operation_id IS NOT NULL AND operation_id IN (SELECT CAST(atom AS BIGINT) FROM json_each($1))";
    tx.queue_any("messages", sql, [list.clone().into()]);
    let sql = "DELETE FROM audit WHERE operation_id IS NOT NULL AND operation_id IN (SELECT CAST(atom AS BIGINT) FROM json_each($1))";
    tx.queue_any("audit", sql, [list.clone().into()]);
    let sql = "DELETE FROM operations WHERE id IN (SELECT CAST(atom AS BIGINT) FROM json_each($1))";
    tx.queue("operations", sql, ids.len(), [list.into()]);
}
