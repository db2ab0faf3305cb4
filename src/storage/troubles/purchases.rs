//! The data from which troubles with wholesalers are detected. Each query reads a table of one row per wholesaler, or an index
//! of the lines that are unknown.

use crate::domain::purchase::SupplierName;
use crate::domain::time::Timestamp;
use crate::storage::driver::Row;
use crate::storage::error::Error;
use crate::storage::order_lines::rewire;
use crate::storage::{ReadTx, supplier_pauses};

/// What the database shows about wholesalers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PurchaseSymptoms {
    /// The suppliers that are not called now.
    pub paused: Vec<SupplierName>,
    /// The suppliers with lines that have been unknown for too long.
    pub unknown: Vec<UnknownPurchases>,
    /// The suppliers whose list differed from the stock when they were last compared.
    pub differences: Vec<OwnedDifference>,
    /// The suppliers at which a person has to change the address for SMS of so many numbers.
    pub to_rewire: Vec<(SupplierName, u64)>,
}

/// Lines that have been unknown for too long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownPurchases {
    /// The supplier.
    pub supplier: SupplierName,
    /// How many of its lines.
    pub lines: u64,
    /// Since when the oldest of them is unknown.
    pub since: Timestamp,
}

/// How a supplier's list differs from the stock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedDifference {
    /// The supplier.
    pub supplier: SupplierName,
    /// Stocked numbers that are not on its list.
    pub gone: u64,
    /// Numbers of its list that are not known here.
    pub unlisted: u64,
}

/// Reads everything at `now`; `unknown_since`: what has been unknown since then or longer.
pub(super) async fn purchase_symptoms(
    tx: &mut ReadTx,
    now: Timestamp,
    unknown_since: Timestamp,
) -> Result<PurchaseSymptoms, Error> {
    let pauses = supplier_pauses::load(tx).await?.into_iter();
    let paused = pauses.filter(|(_, pause)| pause.is_paused(now));
    Ok(PurchaseSymptoms {
        paused: paused.map(|(supplier, _)| supplier).collect(),
        unknown: unknown(tx, unknown_since).await?,
        differences: differences(tx).await?,
        to_rewire: rewire::counts(tx).await?,
    })
}

async fn unknown(tx: &mut ReadTx, since: Timestamp) -> Result<Vec<UnknownPurchases>, Error> {
    let sql = "SELECT supplier, count(*) AS lines, min(state_since) AS since FROM order_lines
               WHERE state = 'unknown' AND state_since <= $1 GROUP BY supplier ORDER BY supplier";
    let rows = tx.fetch("order_lines", sql, [since.as_ms().into()]).await?;
    let unknown = |row: &Row| {
        Ok(UnknownPurchases {
            supplier: row.get("supplier")?,
            lines: row.get("lines")?,
            since: row.get("since")?,
        })
    };
    rows.iter().map(unknown).collect()
}

async fn differences(tx: &mut ReadTx) -> Result<Vec<OwnedDifference>, Error> {
    let sql = "SELECT supplier, gone, unlisted FROM owned_comparisons WHERE gone + unlisted > 0";
    let rows = tx.fetch("owned_comparisons", sql, []).await?;
    let difference = |row: &Row| {
        Ok(OwnedDifference {
            supplier: row.get("supplier")?,
            gone: row.get("gone")?,
            unlisted: row.get("unlisted")?,
        })
    };
    rows.iter().map(difference).collect()
}
