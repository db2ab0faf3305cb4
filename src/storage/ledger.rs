//! The ledger: lines are added, never changed (rule 6).

use sqlx::Row as _;

use super::error::{DatabaseResult as _, Error, Refused as _};
use super::{Session, WriteTx, json};
use crate::domain::ledger::{Balance, Transfer};
use crate::domain::money::Kopecks;
use crate::domain::operation::OperationId;
use crate::domain::time::Timestamp;

/// Adds lines. Fails when an operation would be credited or reversed a second time.
pub async fn append(tx: &mut WriteTx, lines: &[(OperationId, Transfer)], now: Timestamp) -> Result<(), Error> {
    let rows: Vec<(i64, &str, i64)> = lines
        .iter()
        .map(|(operation, line)| (operation.as_i64(), line.kind.as_str(), line.amount.as_i64()))
        .collect();
    let sql = "INSERT INTO ledger (operation_id, kind, kopecks, booked_at)
               SELECT value ->> 0, value ->> 1, value ->> 2, $2 FROM json_each($1)";
    let inserted = sqlx::query(sql)
        .bind(json(&rows))
        .bind(now.as_ms())
        .execute(tx.connection())
        .await;
    inserted.expecting("ledger", rows.len())
}

/// The sums of the whole ledger.
pub async fn balance(session: &mut Session) -> Result<Balance, Error> {
    let sql = "SELECT kind, sum(kopecks) AS kopecks FROM ledger GROUP BY kind";
    let rows = sqlx::query(sql)
        .fetch_all(session.connection())
        .await
        .during("ledger")?;
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
