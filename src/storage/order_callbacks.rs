//! What suppliers reported about orders, as it came.

use super::error::Error;
use super::{ReadTx, WriteTx};
use crate::domain::purchase::LineId;
use crate::domain::stock::GatewayId;
use crate::domain::time::Timestamp;

/// So many reports of one line are kept (rule 12): more say nothing new, since the supplier is asked anyway.
const REPORTS_MAX: u32 = 100;

/// Whether the gateway is that of the supplier of the line.
pub async fn belongs(tx: &mut ReadTx, gateway: GatewayId, line: LineId) -> Result<bool, Error> {
    let sql = "SELECT EXISTS (SELECT 1 FROM order_lines AS l JOIN gateways AS g ON g.name = l.supplier
                              WHERE l.id = $1 AND g.id = $2) AS belongs";
    tx.fetch_one("order_lines", sql, [line.0.into(), gateway.0.into()])
        .await?
        .get("belongs")
}

/// Stores a report, unless there are as many of the line as are kept.
pub fn insert(tx: &mut WriteTx, line: LineId, body: &[u8], now: Timestamp) {
    let sql = "INSERT INTO order_callbacks (order_line_id, received_at, body)
               SELECT $1, $2, $3 WHERE (SELECT count(*) FROM order_callbacks WHERE order_line_id = $1) < $4";
    let arguments = [line.0.into(), now.as_ms().into(), body.into(), REPORTS_MAX.into()];
    tx.queue_any("order_callbacks", sql, arguments);
}

/// The lines of the same call that wait for the supplier, or whose purchase is unknown, are due at `now`.
pub fn wake(tx: &mut WriteTx, line: LineId, now: Timestamp) {
    let sql = "UPDATE order_lines SET due_at = $2
               WHERE call_line_id = $1 AND state IN ('waiting', 'unknown') AND due_at > $2";
    tx.queue_any("order_lines", sql, [line.0.into(), now.as_ms().into()]);
}

/// Deletes up to `limit` reports that came before `until`; how many.
pub async fn forget(tx: &mut WriteTx, until: Timestamp, limit: u32) -> Result<usize, Error> {
    let sql = "DELETE FROM order_callbacks WHERE id IN
                   (SELECT id FROM order_callbacks WHERE received_at < $1 ORDER BY received_at LIMIT $2) RETURNING id";
    let rows = tx
        .fetch("order_callbacks", sql, [until.as_ms().into(), limit.into()])
        .await?;
    Ok(rows.len())
}
