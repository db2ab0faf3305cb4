//! A supplier reports something about an order. That is a hint: anybody who knows the address can send it, so the order is read
//! at the supplier.

use super::{Flows, StorageError};
use crate::domain::purchase::LineId;
use crate::domain::stock::GatewayId;
use crate::storage::order_callbacks;

/// The most bytes of a report.
pub const REPORT_BYTES_MAX: usize = 64 * 1024;

impl Flows {
    /// Stores a report of at most [`REPORT_BYTES_MAX`] as it came, and has the order read. `false`: the gateway's supplier has no
    /// such line.
    pub async fn accept_callback(&self, gateway: GatewayId, line: LineId, body: &[u8]) -> Result<bool, StorageError> {
        let mut tx = self.database.write().await?;
        let now = self.clock.now();
        if !order_callbacks::belongs(&mut tx, gateway, line).await? {
            tx.rollback().await?;
            return Ok(false);
        }
        order_callbacks::insert(&mut tx, line, body, now);
        order_callbacks::wake(&mut tx, line, now);
        tx.commit().await?;
        self.wakeups.orders.notify_one();
        Ok(true)
    }
}
