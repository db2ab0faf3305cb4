//! The ledger: transfers are added, never changed (rule 6), and removed only into an archive.

use serde::Serialize;

use super::driver::Row;
use super::error::Error;
use super::{ReadTx, WriteTx, archives, as_text, json};
use crate::domain::ledger::{Balance, Transfer};
use crate::domain::listed::ListedTransfer;
use crate::domain::operation::OperationId;
use crate::domain::time::Timestamp;

/// Adds transfers. Fails when an operation would be credited or reversed a second time.
pub fn append(tx: &mut WriteTx, transfers: &[(OperationId, Transfer)], now: Timestamp) {
    #[derive(Serialize)]
    struct TransferRow {
        operation_id: i64,
        kind: &'static str,
        kopecks: i64,
    }
    let row = |(operation, transfer): &(OperationId, Transfer)| TransferRow {
        operation_id: operation.as_i64(),
        kind: as_text(transfer.kind),
        kopecks: transfer.amount.as_i64(),
    };
    let rows: Vec<TransferRow> = transfers.iter().map(row).collect();
    let sql = "INSERT INTO ledger (operation_id, kind, kopecks, booked_at)
               SELECT CAST(value ->> 'operation_id' AS BIGINT), value ->> 'kind', CAST(value ->> 'kopecks' AS BIGINT), $2
               FROM jsonb_each($1)";
    tx.queue_insert("ledger", sql, rows.len(), [json(&rows).into(), now.as_ms().into()]);
}

/// A statement that sums transfers, with other columns before the sums and the rest after FROM.
macro_rules! sums {
    ($first:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $first,
            "CAST(coalesce(sum(l.kopecks) FILTER (WHERE l.kind = 'reserve'), 0) AS BIGINT) AS reserved,
             CAST(coalesce(sum(l.kopecks) FILTER (WHERE l.kind = 'post'), 0) AS BIGINT) AS posted,
             CAST(coalesce(sum(l.kopecks) FILTER (WHERE l.kind = 'void'), 0) AS BIGINT) AS voided,
             CAST(coalesce(sum(l.kopecks) FILTER (WHERE l.kind = 'reverse'), 0) AS BIGINT) AS reversed FROM ",
            $rest
        )
    };
}

/// The sums of the whole ledger: the totals, and the transfers that are not in them yet.
pub async fn balance(tx: &mut ReadTx) -> Result<Balance, Error> {
    let sql = "SELECT reserved, posted, voided, reversed FROM ledger_totals";
    let totals = balance_of(&tx.fetch_one("ledger_totals", sql, []).await?)?;
    let sql = sums!("", "ledger AS l WHERE l.id > (SELECT folded_to FROM ledger_totals)");
    let tail = balance_of(&tx.fetch_one("ledger", sql, []).await?)?;
    Ok(totals.plus(tail))
}

/// The same, summed from all transfers and those that were removed into archives. For audits.
pub async fn recount(tx: &mut ReadTx) -> Result<Balance, Error> {
    let sql = sums!("", "ledger AS l WHERE true");
    let stored = balance_of(&tx.fetch_one("ledger", sql, []).await?)?;
    Ok(archives::removed(tx).await?.sums.plus(stored))
}

/// The transfers that are not in the totals yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnfoldedTransfers {
    /// How many.
    pub transfers: u64,
    /// The last transfer that is in the totals.
    after: i64,
    /// The last one of these transfers.
    to: i64,
    sums: Balance,
}

/// The first `limit` transfers that are not in the totals yet.
pub async fn unfolded(tx: &mut ReadTx, limit: u32) -> Result<UnfoldedTransfers, Error> {
    let sql = sums!(
        "t.folded_to, count(l.id) AS transfers, coalesce(max(l.id), t.folded_to) AS last, ",
        "ledger_totals AS t LEFT JOIN (SELECT id, kind, kopecks FROM ledger
             WHERE id > (SELECT folded_to FROM ledger_totals) ORDER BY id LIMIT $1) AS l ON true GROUP BY t.id"
    );
    let row = tx.fetch_one("ledger_totals", sql, [limit.into()]).await?;
    Ok(UnfoldedTransfers {
        transfers: row.get("transfers")?,
        after: row.get("folded_to")?,
        to: row.get("last")?,
        sums: balance_of(&row)?,
    })
}

/// Adds the transfers to the totals. Fails when they were added meanwhile.
pub fn fold(tx: &mut WriteTx, tail: &UnfoldedTransfers) {
    let sql = "UPDATE ledger_totals SET folded_to = $2, reserved = reserved + $3, posted = posted + $4,
                                        voided = voided + $5, reversed = reversed + $6
               WHERE folded_to = $1";
    let Balance {
        reserved,
        posted,
        voided,
        reversed,
    } = tail.sums;
    let sums = [reserved, posted, voided, reversed].map(|sum| sum.as_i64().into());
    let [reserved, posted, voided, reversed] = sums;
    let arguments = [tail.after.into(), tail.to.into(), reserved, posted, voided, reversed];
    tx.queue("ledger_totals", sql, 1, arguments);
}

/// The sums of a row.
pub(super) fn balance_of(row: &Row) -> Result<Balance, Error> {
    Ok(Balance {
        reserved: row.get("reserved")?,
        posted: row.get("posted")?,
        voided: row.get("voided")?,
        reversed: row.get("reversed")?,
    })
}

/// Up to `limit` transfers that are older than that one, the newest first; of one operation, or of all.
pub async fn list(
    tx: &mut ReadTx,
    operation: Option<OperationId>,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<ListedTransfer>, Error> {
    let sql = match operation {
        None => {
            "SELECT id, operation_id, kind, kopecks, booked_at FROM ledger
             WHERE id < $1 AND CAST($2 AS BIGINT) IS NULL ORDER BY id DESC LIMIT $3"
        }
        Some(_) => {
            "SELECT id, operation_id, kind, kopecks, booked_at FROM ledger
             WHERE operation_id = $2 AND id < $1 ORDER BY id DESC LIMIT $3"
        }
    };
    let rows = tx
        .fetch(
            "ledger",
            sql,
            [
                before.unwrap_or(i64::MAX).into(),
                operation.map(OperationId::as_i64).into(),
                limit.into(),
            ],
        )
        .await?;
    rows.iter().map(listed).collect()
}

fn listed(row: &Row) -> Result<ListedTransfer, Error> {
    Ok(ListedTransfer {
        id: row.get("id")?,
        operation: row.get("operation_id")?,
        transfer: Transfer {
            kind: row.get("kind")?,
            amount: row.get("kopecks")?,
        },
        booked_at: row.get("booked_at")?,
    })
}
