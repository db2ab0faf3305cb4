//! The ledger: lines are added, never changed (rule 6).

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::error::Error;
use super::{Session, WriteTx, json};
use crate::domain::ledger::{Balance, Transfer, TransferKind};
use crate::domain::money::Kopecks;
use crate::domain::operation::OperationId;
use crate::domain::time::Timestamp;

/// Adds lines. Fails when an operation would be credited or reversed a second time.
pub fn append(tx: &mut WriteTx, lines: &[(OperationId, Transfer)], now: Timestamp) {
    let rows: Vec<(i64, &str, i64)> = lines
        .iter()
        .map(|(operation, line)| (operation.as_i64(), line.kind.as_str(), line.amount.as_i64()))
        .collect();
    let sql = "INSERT INTO ledger (operation_id, kind, kopecks, booked_at)
               SELECT value ->> 0, value ->> 1, value ->> 2, $2 FROM jsonb_each($1)";
    tx.queue("ledger", sql, rows.len(), [json(&rows).into(), now.as_ms().into()]);
}

/// The sums of the whole ledger.
pub async fn balance(session: &mut Session) -> Result<Balance, Error> {
    let sql = "SELECT kind, sum(kopecks) AS kopecks FROM ledger GROUP BY kind";
    let rows = session.fetch("ledger", sql, []).await?;
    let mut balance = Balance::default();
    for row in rows {
        let corrupt = |column| Error::Corrupt {
            table: "ledger",
            column,
        };
        let amount = Kopecks::from_i64(row.get("kopecks")).ok_or(corrupt("kopecks"))?;
        match row.get("kind") {
            "reserve" => balance.reserved = amount,
            "post" => balance.posted = amount,
            "void" => balance.voided = amount,
            "reverse" => balance.reversed = amount,
            _ => return Err(corrupt("kind")),
        }
    }
    Ok(balance)
}

/// A line in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// Its id; later lines have higher ones.
    pub id: i64,
    /// The operation that it belongs to.
    pub operation: OperationId,
    /// What it moves.
    pub transfer: Transfer,
    /// When it was booked.
    pub booked_at: Timestamp,
}

/// Up to `limit` lines that are older than that one, the newest first; of one operation, or of all.
pub async fn list(
    session: &mut Session,
    operation: Option<OperationId>,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<Listed>, Error> {
    let sql = match operation {
        None => {
            "SELECT id, operation_id, kind, kopecks, booked_at FROM ledger
             WHERE id < $1 AND $2 IS NULL ORDER BY id DESC LIMIT $3"
        }
        Some(_) => {
            "SELECT id, operation_id, kind, kopecks, booked_at FROM ledger
             WHERE operation_id = $2 AND id < $1 ORDER BY id DESC LIMIT $3"
        }
    };
    let rows = session
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

fn listed(row: &SqliteRow) -> Result<Listed, Error> {
    let corrupt = |column| Error::Corrupt {
        table: "ledger",
        column,
    };
    Ok(Listed {
        id: row.get("id"),
        operation: OperationId::new(row.get("operation_id")).ok_or(corrupt("operation_id"))?,
        transfer: Transfer {
            kind: TransferKind::parse(row.get("kind")).ok_or(corrupt("kind"))?,
            amount: Kopecks::from_i64(row.get("kopecks")).ok_or(corrupt("kopecks"))?,
        },
        booked_at: Timestamp::from_ms(row.get("booked_at")),
    })
}
