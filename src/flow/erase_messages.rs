//! The admin erases the texts and senders of one number, or of one sender, without waiting for the end of their times.

use super::{Flows, StorageError};
use crate::domain::audit::{Actor, AuditEvent, AuditedChange};
use crate::domain::delivery::MessageId;
use crate::domain::retention::{ErasureReport, ErasureScope, may_be_erased};
use crate::storage::messages::erase;
use crate::storage::{WriteTx, audit, incomplete_messages};

/// The most messages that one transaction blanks: rentals wait for it.
const BATCH_MAX: u32 = 100;

impl Flows {
    /// Blanks text and sender of each message of the scope, in as many transactions as it takes. What is still to be pushed,
    /// belongs to an open operation or came in parts in the last minutes is kept, and counted.
    pub async fn erase_messages(&self, scope: &ErasureScope) -> Result<ErasureReport, StorageError> {
        let mut report = ErasureReport {
            erased: 0,
            kept: incomplete_messages::erase::count(&mut self.database.read_for_admin().await?, scope).await?,
        };
        let mut after = MessageId(0);
        loop {
            // The writer is not needed to find them.
            let mut reading = self.database.read_for_admin().await?;
            let batch = erase::to_erase(&mut reading, scope, after, BATCH_MAX).await?;
            drop(reading);
            let Some(last) = batch.last() else {
                return Ok(report);
            };
            after = *last;
            let done = self.erase_batch(scope, &batch).await?;
            report.erased += done.erased;
            report.kept += done.kept;
        }
    }

    async fn erase_batch(&self, scope: &ErasureScope, batch: &[MessageId]) -> Result<ErasureReport, StorageError> {
        let mut tx = self.database.write().await?;
        let uses = erase::uses(&mut tx, batch).await?;
        let free = uses
            .iter()
            .filter(|one| may_be_erased(one.delivery, one.is_operation_open));
        let free: Vec<MessageId> = free.map(|one| one.message).collect();
        let report = ErasureReport {
            erased: free.len(),
            kept: uses.len() - free.len(),
        };
        if free.is_empty() {
            tx.rollback().await?;
            return Ok(report);
        }
        erase::erase(&mut tx, &free, self.clock.now());
        self.audit_erasure(&mut tx, scope, free.len());
        tx.commit().await?;
        Ok(report)
    }

    /// Neither the number nor the sender is in the event: it is kept for longer than what is erased.
    fn audit_erasure(&self, tx: &mut WriteTx, scope: &ErasureScope, count: usize) {
        let whose = match scope {
            ErasureScope::Recipient(_) => "one number",
            ErasureScope::Sender(_) => "one sender",
        };
        let event = AuditEvent {
            actor: Actor::Admin,
            kind: AuditedChange::MessagesErased.into(),
            operation: None,
            number: None,
            detail: Some(format!("messages of {whose}: {count}")),
        };
        audit::write(tx, &[event], self.clock.now());
    }
}
