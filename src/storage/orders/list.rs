//! The list of orders, the newest first.

use std::collections::BTreeMap;

use super::read_order;
use crate::domain::purchase::line::LineState;
use crate::domain::purchase::order::{OrderReference, PurchaseOrder};
use crate::domain::purchase::{OrderId, SupplierName};
use crate::storage::driver::Row;
use crate::storage::error::Error;
use crate::storage::{ReadTx, as_text, json};

/// How many lines of an order are in each state.
pub type LineCounts = BTreeMap<LineState, u32>;

/// The states of the lines of up to `limit` orders that are older than `before`, the newest first; of one supplier and with
/// one reference, where these are given.
pub async fn line_counts(
    tx: &mut ReadTx,
    supplier: Option<SupplierName>,
    reference: Option<&OrderReference>,
    before: Option<OrderId>,
    limit: u32,
) -> Result<Vec<(OrderId, LineCounts)>, Error> {
    let sql = "SELECT o.id, (SELECT '{' || coalesce(string_agg('\"' || c.state || '\":' || CAST(c.lines AS TEXT), ','), '') || '}'
                             FROM (SELECT l.state, count(*) AS lines FROM order_lines AS l WHERE l.order_id = o.id
                                   GROUP BY l.state) AS c) AS states
               FROM orders AS o
               WHERE o.id < $1 AND (CAST($2 AS TEXT) IS NULL OR o.supplier = $2)
                 AND (CAST($3 AS TEXT) IS NULL OR o.reference = $3)
               ORDER BY o.id DESC LIMIT $4";
    let arguments = [
        before.map_or(i64::MAX, |order| order.0).into(),
        supplier.map(as_text).into(),
        reference.map(OrderReference::as_str).into(),
        limit.into(),
    ];
    let rows = tx.fetch("orders", sql, arguments).await?;
    let counts = |row: &Row| {
        let stored: BTreeMap<String, u32> = row.json("states")?;
        let parsed = stored.iter().map(|(state, lines)| Some((state.parse().ok()?, *lines)));
        let parsed: Option<LineCounts> = parsed.collect();
        Ok((row.get("id")?, parsed.ok_or(row.corrupt("states"))?))
    };
    rows.iter().map(counts).collect()
}

/// The orders with these ids, the newest first.
pub async fn load_all(tx: &mut ReadTx, orders: &[OrderId]) -> Result<Vec<PurchaseOrder>, Error> {
    let sql = "SELECT * FROM orders WHERE id IN (SELECT CAST(atom AS BIGINT) FROM json_each($1)) ORDER BY id DESC";
    let ids: Vec<i64> = orders.iter().map(|order| order.0).collect();
    let rows = tx.fetch("orders", sql, [json(&ids).into()]).await?;
    rows.iter().map(read_order).collect()
}
