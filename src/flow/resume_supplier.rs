//! The partner has a paused supplier called again: the account was topped up, the credentials were corrected.

use super::{Flows, StorageError};
use crate::domain::audit::{Actor, AuditEvent, AuditedChange};
use crate::domain::purchase::SupplierName;
use crate::domain::purchase::pause::SupplierPause;
use crate::storage::{audit, order_lines, supplier_pauses};

/// Why a supplier was not resumed.
#[derive(Debug, thiserror::Error)]
pub enum ResumeSupplierError {
    /// The configuration has no section for it.
    #[error("{0} is off")]
    Off(SupplierName),
    /// It is not paused.
    #[error("{0} is not paused")]
    NotPaused(SupplierName),
    /// The database failed; nothing changed.
    #[error(transparent)]
    Storage(StorageError),
}

impl Flows {
    /// Ends the pause of a supplier; what was planned there is due now.
    pub async fn resume_supplier(
        &self,
        supplier: SupplierName,
        reason: Option<&str>,
    ) -> Result<(), ResumeSupplierError> {
        if !self.purchases.accounts.contains_key(&supplier) {
            return Err(ResumeSupplierError::Off(supplier));
        }
        let mut tx = self.database.write().await?;
        let now = self.clock.now();
        let pause = supplier_pauses::load(&mut tx).await?.remove(&supplier);
        if !pause.is_some_and(|pause| pause.is_paused(now)) {
            return Err(ResumeSupplierError::NotPaused(supplier));
        }
        let detail = reason.map_or_else(|| supplier.to_string(), |reason| format!("{supplier}: {reason}"));
        let event = AuditEvent {
            actor: Actor::Admin,
            kind: AuditedChange::SupplierResumed.into(),
            operation: None,
            number: None,
            detail: Some(detail),
        };
        supplier_pauses::save(&mut tx, supplier, &SupplierPause::default());
        order_lines::figures::make_planned_due(&mut tx, supplier, now);
        audit::write(&mut tx, &[event], now);
        tx.commit().await?;
        self.wakeups.orders.notify_one();
        Ok(())
    }
}
