//! Slots: which number belongs to which line, for gateways that do not report the receiving number.

use serde::Serialize;

use super::driver::Row;
use super::error::Error;
use super::{ReadTx, WriteTx, json};
use crate::domain::phone::PhoneNumber;
use crate::domain::sms::Slot;
use crate::domain::stock::GatewayId;

/// A slot and its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignedSlot {
    /// The gateway.
    pub gateway: GatewayId,
    /// The name that the gateway uses.
    pub line: Slot,
    /// The number that is assigned to it.
    pub number: PhoneNumber,
}

#[derive(Serialize)]
struct SlotRow<'a> {
    gateway_id: i64,
    line: &'a str,
    number: Option<String>,
}

fn assigned(rows: &[Row]) -> Result<Vec<AssignedSlot>, Error> {
    let slot = |row: &Row| {
        Ok(AssignedSlot {
            gateway: row.get("gateway_id")?,
            line: row.parse("line", Slot::parse)?,
            number: row.get("number")?,
        })
    };
    rows.iter().map(slot).collect()
}

/// Those of these slots that have a number.
pub async fn by_slot(tx: &mut ReadTx, lines: &[(GatewayId, &Slot)]) -> Result<Vec<AssignedSlot>, Error> {
    let rows = lines.iter().map(|(gateway, line)| SlotRow {
        gateway_id: gateway.0,
        line: line.as_str(),
        number: None,
    });
    let rows: Vec<SlotRow> = rows.collect();
    let sql = "SELECT l.gateway_id, l.line, l.number FROM jsonb_each($1) AS k CROSS JOIN slots AS l
               WHERE l.gateway_id = CAST(k.value ->> 'gateway_id' AS BIGINT) AND l.line = k.value ->> 'line'";
    assigned(&tx.fetch("slots", sql, [json(&rows).into()]).await?)
}

/// The slots of these numbers, where they have one.
pub async fn of_numbers(tx: &mut ReadTx, numbers: &[PhoneNumber]) -> Result<Vec<AssignedSlot>, Error> {
    let numbers: Vec<String> = numbers.iter().map(|number| number.digits()).collect();
    let sql = "SELECT gateway_id, line, number FROM slots WHERE number IN (SELECT atom FROM json_each($1))";
    assigned(&tx.fetch("slots", sql, [json(&numbers).into()]).await?)
}

/// Removes the slots of numbers, so that the numbers can move to another gateway or the slots to other numbers.
pub fn remove(tx: &mut WriteTx, numbers: &[PhoneNumber]) {
    let digits: Vec<String> = numbers.iter().map(|number| number.digits()).collect();
    let sql = "DELETE FROM slots WHERE number IN (SELECT atom FROM json_each($1))";
    tx.queue("slots", sql, numbers.len(), [json(&digits).into()]);
}

/// Assigns slots to numbers that have none. Fails when a slot is another number's, or belongs to another gateway than its
/// number.
pub fn insert(tx: &mut WriteTx, lines: &[AssignedSlot]) {
    let rows = lines.iter().map(|one| SlotRow {
        gateway_id: one.gateway.0,
        line: one.line.as_str(),
        number: Some(one.number.digits()),
    });
    let rows: Vec<SlotRow> = rows.collect();
    let sql = "INSERT INTO slots (number, gateway_id, line)
               SELECT value ->> 'number', CAST(value ->> 'gateway_id' AS BIGINT), value ->> 'line' FROM jsonb_each($1)";
    tx.queue_insert("slots", sql, rows.len(), [json(&rows).into()]);
}
