//! What is counted over lines, and looked up by number.

use super::super::error::Error;
use super::super::{ReadTx, WriteTx, as_text, json};
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::line::LineState;
use crate::domain::purchase::{LineId, SupplierName};
use crate::domain::time::Timestamp;

/// How many lines of each supplier have one of these states; those without such lines are missing.
pub async fn count_by_state(
    tx: &mut ReadTx,
    states: &[LineState],
) -> Result<Vec<(SupplierName, LineState, u64)>, Error> {
    let sql = "SELECT supplier, state, count(*) AS lines FROM order_lines
               WHERE state IN (SELECT value FROM json_each($1)) GROUP BY supplier, state";
    let states: Vec<&str> = states.iter().copied().map(as_text).collect();
    let rows = tx.fetch("order_lines", sql, [json(&states).into()]).await?;
    rows.iter()
        .map(|row| Ok((row.get("supplier")?, row.get("state")?, row.get("lines")?)))
        .collect()
}

/// The lines, of whatever supplier, by which these numbers are, or may become, ours: another purchase would pay for them twice.
pub async fn holding(tx: &mut ReadTx, numbers: &[PhoneNumber]) -> Result<Vec<(PhoneNumber, LineId)>, Error> {
    let sql = "SELECT l.number, l.id FROM json_each($1) AS n CROSS JOIN order_lines AS l ON l.number = n.value
               WHERE l.is_ours = 1 OR l.state NOT IN ('given_back', 'refused', 'cancelled')";
    let numbers: Vec<String> = numbers.iter().map(|number| number.digits()).collect();
    let rows = tx.fetch("order_lines", sql, [json(&numbers).into()]).await?;
    rows.iter()
        .map(|row| Ok((row.get("number")?, row.get("id")?)))
        .collect()
}

/// The lines whose number is ours at the supplier, at a price that is not known.
pub async fn unpriced(tx: &mut ReadTx, supplier: SupplierName) -> Result<Vec<(LineId, PhoneNumber)>, Error> {
    let sql = "SELECT id, number FROM order_lines
               WHERE supplier = $1 AND state IN ('wiring', 'unproven', 'stocked', 'giving_back', 'refused')
                 AND is_ours = 1 AND setup IS NULL ORDER BY id";
    let rows = tx.fetch("order_lines", sql, [as_text(supplier).into()]).await?;
    rows.iter()
        .map(|row| Ok((row.get("id")?, row.get("number")?)))
        .collect()
}

/// Makes the planned lines of a supplier due at once.
pub fn make_planned_due(tx: &mut WriteTx, supplier: SupplierName, now: Timestamp) {
    let sql = "UPDATE order_lines SET due_at = $2 WHERE supplier = $1 AND state = 'planned'";
    tx.queue_any("order_lines", sql, [as_text(supplier).into(), now.as_ms().into()]);
}
