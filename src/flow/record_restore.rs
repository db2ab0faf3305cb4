//! What is set in a restored backup before a server starts on it: it does not know what happened since it was made.

use std::time::Duration;

use super::{Flows, StorageError};
use crate::domain::audit::{Actor, AuditEvent, AuditKind, AuditedChange};
use crate::domain::restore::{IdsExhausted, IssuedIds, RestoreRecord};
use crate::storage::{audit, restores};

/// In the history of each operation that is open in the backup.
const OPEN_IN_BACKUP: &str = "open in the backup: Onlinesim may have finished it since";
/// Why a supplier is paused.
const SUPPLIER_PAUSE: &str =
    "a backup was restored: numbers may have been bought since it was made; compare the supplier's list, then resume";

/// Why the copy was not prepared; nothing of it is used.
#[derive(Debug, thiserror::Error)]
pub enum RecordRestoreError {
    /// There are no ids left.
    #[error(transparent)]
    Ids(#[from] IdsExhausted),
    /// The database failed.
    #[error(transparent)]
    Storage(StorageError),
}

/// What was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordedRestore {
    /// The ids that are left out, and how long the numbers rest.
    pub record: RestoreRecord,
    /// How many operations are open.
    pub open_operations: u64,
}

impl Flows {
    /// Prepares a restored backup, which no server has yet. `known` has the highest ids that are known from elsewhere. Numbers
    /// rest for the guard interval, so that no renter of the time since the backup shares one with a new renter.
    pub async fn record_restore(
        &self,
        known: IssuedIds,
        with_rest: bool,
    ) -> Result<RecordedRestore, RecordRestoreError> {
        let mut tx = self.database.write().await?;
        let now = self.clock.now();
        let backup = restores::issued_ids(&mut tx).await?;
        let rest = if with_rest {
            self.policies.strikes.guard
        } else {
            Duration::ZERO
        };
        let record = RestoreRecord::new(backup, known, rest, now)?;

        restores::record(&mut tx, &record);
        if let Some(until) = record.rests_until {
            restores::rest_all(&mut tx, until);
        }
        let kind = AuditKind::from(AuditedChange::BackupRestored);
        let open = restores::doubt_open_operations(&mut tx, kind.as_str(), OPEN_IN_BACKUP, now).await?;
        restores::pause_suppliers(&mut tx, SUPPLIER_PAUSE);
        let event = AuditEvent {
            actor: Actor::Admin,
            kind,
            operation: None,
            number: None,
            detail: Some(format!(
                "operations from {} to {} may be lost",
                record.first_id, record.last_id
            )),
        };
        audit::write(&mut tx, &[event], now);
        tx.commit().await?;
        Ok(RecordedRestore {
            record,
            open_operations: open,
        })
    }
}
