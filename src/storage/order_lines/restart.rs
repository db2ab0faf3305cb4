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

/// What is done for numbers whose SMS go to another address.
#[derive(Debug, Clone, Copy)]
pub enum Rewiring {
    /// They are set up again, from then on.
    Due(Timestamp),
    /// The partner has to do it, for this reason.
    ByHand(&'static str),
}

/// Marks the supplier's numbers of the inventory whose SMS go to another address than the one with that hash.
pub fn rewire(tx: &mut WriteTx, supplier: SupplierName, sms_url_hash: &[u8; 32], rewiring: Rewiring) {
    let sql = "UPDATE order_lines SET due_at = $3, reason = coalesce($4, reason)
               WHERE supplier = $1 AND state IN ('stocked', 'unproven') AND sms_url_hash IS NOT $2";
    let (due_at, reason) = match rewiring {
        Rewiring::Due(now) => (Some(now.as_ms()), None),
        Rewiring::ByHand(reason) => (None, Some(reason)),
    };
    let arguments = [
        as_text(supplier).into(),
        sms_url_hash[..].into(),
        due_at.into(),
        reason.into(),
    ];
    tx.queue_any("order_lines", sql, arguments);
}
