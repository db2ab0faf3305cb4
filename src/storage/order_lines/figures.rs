//! What is counted over lines, and looked up by number.

use strum::IntoEnumIterator as _;

use super::super::driver::Row;
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
               WHERE state IN (SELECT atom FROM json_each($1)) GROUP BY supplier, state";
    let states: Vec<&str> = states.iter().copied().map(as_text).collect();
    let rows = tx.fetch("order_lines", sql, [json(&states).into()]).await?;
    rows.iter()
        .map(|row| Ok((row.get("supplier")?, row.get("state")?, row.get("lines")?)))
        .collect()
}

/// A number that is, or may become, ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldNumber {
    /// The number.
    pub number: PhoneNumber,
    /// The line by which.
    pub line: LineId,
    /// From whom.
    pub supplier: SupplierName,
}

/// The lines, of whatever supplier, by which these numbers are, or may become, ours: another purchase would pay for them twice.
pub async fn holding(tx: &mut ReadTx, numbers: &[PhoneNumber]) -> Result<Vec<HeldNumber>, Error> {
    let sql = "SELECT l.number, l.id, l.supplier FROM json_each($1) AS n CROSS JOIN order_lines AS l
               WHERE l.number = n.atom AND (l.is_ours = 1 OR l.state NOT IN ('given_back', 'refused', 'cancelled'))";
    let numbers: Vec<String> = numbers.iter().map(|number| number.digits()).collect();
    let rows = tx.fetch("order_lines", sql, [json(&numbers).into()]).await?;
    let held = |row: &Row| {
        Ok(HeldNumber {
            number: row.get("number")?,
            line: row.get("id")?,
            supplier: row.get("supplier")?,
        })
    };
    rows.iter().map(held).collect()
}

/// Whether the supplier has a live line: a number that is, or may become, ours.
pub async fn has_live(tx: &mut ReadTx, supplier: SupplierName) -> Result<bool, Error> {
    let is_live = |state: &LineState| state.is_open() || matches!(state, LineState::Stocked | LineState::GivingBack);
    has_any(tx, supplier, LineState::iter().filter(is_live)).await
}

/// Whether anything was ever ordered from the supplier.
pub async fn was_used(tx: &mut ReadTx, supplier: SupplierName) -> Result<bool, Error> {
    has_any(tx, supplier, LineState::iter()).await
}

async fn has_any(
    tx: &mut ReadTx,
    supplier: SupplierName,
    states: impl Iterator<Item = LineState> + Send,
) -> Result<bool, Error> {
    let sql = "SELECT EXISTS (SELECT 1 FROM order_lines
                              WHERE state IN (SELECT atom FROM json_each($2)) AND supplier = $1) AS has_any";
    let states: Vec<&str> = states.map(as_text).collect();
    let arguments = [as_text(supplier).into(), json(&states).into()];
    tx.fetch_one("order_lines", sql, arguments).await?.get("has_any")
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
