//! What is counted over lines, and looked up by number.

use super::super::error::Error;
use super::super::{ReadTx, WriteTx, as_text, json};
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::SupplierName;
use crate::domain::purchase::line::LineState;
use crate::domain::time::Timestamp;

/// How many lines of each supplier have one of these states; those without such lines are missing.
pub async fn count_by_state(
    tx: &mut ReadTx,
    suppliers: &[SupplierName],
    states: &[LineState],
) -> Result<Vec<(SupplierName, LineState, u64)>, Error> {
    let sql = "SELECT supplier, state, count(*) AS lines FROM order_lines
               WHERE supplier IN (SELECT value FROM json_each($1)) AND state IN (SELECT value FROM json_each($2))
               GROUP BY supplier, state";
    let suppliers: Vec<&str> = suppliers.iter().copied().map(as_text).collect();
    let states: Vec<&str> = states.iter().copied().map(as_text).collect();
    let rows = tx
        .fetch("order_lines", sql, [json(&suppliers).into(), json(&states).into()])
        .await?;
    rows.iter()
        .map(|row| Ok((row.get("supplier")?, row.get("state")?, row.get("lines")?)))
        .collect()
}

/// Those of the numbers that are ours at a supplier, or may become ours by a line: a purchase would pay for them twice.
pub async fn taken(tx: &mut ReadTx, numbers: &[PhoneNumber]) -> Result<Vec<PhoneNumber>, Error> {
    // The first condition is that of the index of live lines, word for word.
    let sql = "SELECT n.value AS number FROM json_each($1) AS n
               WHERE EXISTS (SELECT 1 FROM order_lines
                             WHERE supplier IN ('multitel-v3', 'multitel', 'cm', 'carrierx') AND number = n.value
                               AND number IS NOT NULL AND state NOT IN ('given_back', 'refused', 'cancelled'))
                  OR EXISTS (SELECT 1 FROM order_lines
                             WHERE number = n.value AND is_ours = 1 AND state <> 'given_back')";
    let numbers: Vec<String> = numbers.iter().map(|number| number.digits()).collect();
    let rows = tx.fetch("order_lines", sql, [json(&numbers).into()]).await?;
    rows.iter().map(|row| row.get("number")).collect()
}

/// Makes the planned lines of a supplier due at once.
pub fn make_planned_due(tx: &mut WriteTx, supplier: SupplierName, now: Timestamp) {
    let sql = "UPDATE order_lines SET due_at = $2 WHERE supplier = $1 AND state = 'planned'";
    tx.queue_any("order_lines", sql, [as_text(supplier).into(), now.as_ms().into()]);
}
