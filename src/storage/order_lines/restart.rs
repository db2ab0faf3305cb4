//! What changes for lines when a server starts.

use super::super::{WriteTx, as_text};
use crate::domain::purchase::SupplierName;
use crate::domain::time::Timestamp;

/// Lines that a process which is gone may have claimed are due. What waits for a time of its own is looked at once more, and
/// goes on to wait; a number that is to be bought later keeps its time.
pub fn end_leases(tx: &mut WriteTx, now: Timestamp) {
    let sql = "UPDATE order_lines SET due_at = $1 WHERE due_at > $1 AND (state <> 'planned' OR number IS NULL)";
    tx.queue_any("order_lines", sql, [now.as_ms().into()]);
}

/// Makes the supplier's numbers of the inventory due whose SMS go to another address than the one with that hash.
pub fn rewire(tx: &mut WriteTx, supplier: SupplierName, sms_url_hash: &[u8; 32], now: Timestamp) {
    let sql = "UPDATE order_lines SET due_at = $3
               WHERE supplier = $1 AND state IN ('stocked', 'unproven') AND sms_url_hash IS DISTINCT FROM $2";
    let arguments = [as_text(supplier).into(), sms_url_hash[..].into(), now.as_ms().into()];
    tx.queue_any("order_lines", sql, arguments);
}
