//! Lines: which number sits where, for gateways that do not name the receiving number.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::error::Error;
use super::{ReadTx, WriteTx, json};
use crate::domain::phone::PhoneNumber;
use crate::domain::sms::Slot;
use crate::domain::stock::GatewayId;

/// A line and its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignedSlot {
    /// Whose line.
    pub gateway: GatewayId,
    /// What the gateway calls it.
    pub line: Slot,
    /// The number that sits there.
    pub number: PhoneNumber,
}

fn placed(rows: &[SqliteRow]) -> Result<Vec<AssignedSlot>, Error> {
    let corrupt = |column| Error::Corrupt { table: "slots", column };
    let placed = |row: &SqliteRow| {
        Ok(AssignedSlot {
            gateway: GatewayId(row.get("gateway_id")),
            line: Slot::parse(row.get("line")).map_err(|_| corrupt("line"))?,
            number: row.get::<&str, _>("number").parse().map_err(|_| corrupt("number"))?,
        })
    };
    rows.iter().map(placed).collect()
}

/// Those of these lines that are known.
pub async fn by_slot(session: &mut ReadTx, lines: &[(GatewayId, &Slot)]) -> Result<Vec<AssignedSlot>, Error> {
    let lines: Vec<(i64, &str)> = lines.iter().map(|(gateway, line)| (gateway.0, line.as_str())).collect();
    let sql = "SELECT l.gateway_id, l.line, l.number FROM jsonb_each($1) AS k CROSS JOIN slots AS l
               WHERE l.gateway_id = k.value ->> 0 AND l.line = k.value ->> 1";
    placed(&session.fetch("slots", sql, [json(&lines).into()]).await?)
}

/// The lines of these numbers, where they have one.
pub async fn of_numbers(session: &mut ReadTx, numbers: &[PhoneNumber]) -> Result<Vec<AssignedSlot>, Error> {
    let numbers: Vec<String> = numbers.iter().map(|number| number.digits()).collect();
    let sql = "SELECT gateway_id, line, number FROM slots WHERE number IN (SELECT value FROM json_each($1))";
    placed(&session.fetch("slots", sql, [json(&numbers).into()]).await?)
}

/// Takes the lines of numbers away, so that the numbers can go to another gateway or the lines to other numbers.
pub fn remove(tx: &mut WriteTx, numbers: &[PhoneNumber]) {
    let digits: Vec<String> = numbers.iter().map(|number| number.digits()).collect();
    let sql = "DELETE FROM slots WHERE number IN (SELECT value FROM json_each($1))";
    tx.queue("slots", sql, numbers.len(), [json(&digits).into()]);
}

/// Gives lines to numbers that have none. Fails when a line is another number's, or belongs to another gateway than its
/// number.
pub fn insert(tx: &mut WriteTx, lines: &[AssignedSlot]) {
    let rows: Vec<(String, i64, &str)> = lines
        .iter()
        .map(|one| (one.number.digits(), one.gateway.0, one.line.as_str()))
        .collect();
    let sql = "INSERT INTO slots (number, gateway_id, line)
               SELECT value ->> 0, value ->> 1, value ->> 2 FROM jsonb_each($1)";
    tx.queue_insert("slots", sql, rows.len(), [json(&rows).into()]);
}
