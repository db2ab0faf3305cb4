//! The figures of the metrics. Nothing is changed here.

use std::sync::{Mutex, PoisonError};

use strum::VariantArray as _;

use super::{Flows, StorageError};
use crate::domain::delivery::DeliveryState;
use crate::domain::figures::{Figures, RowCounts};
use crate::storage::sqlite::SqliteDatabase;
use crate::storage::{figures, ledger, troubles};

/// What [`Flows::count_rows`] counted last; `None`: nothing yet.
#[derive(Debug, Default)]
pub(super) struct LastRowCounts(Mutex<Option<RowCounts>>);

impl Flows {
    /// Everything that a scrape shows of the database. Its cost does not depend on how many numbers, operations and SMS there
    /// are: what has to be counted was counted after the scrape before, or at the start, and is counted again after this one.
    pub async fn figures(&self) -> Result<Figures, StorageError> {
        let counts = self.row_counts.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.wakeups.row_counts.notify_one();
        let mut tx = self.database.read_for_admin().await?;
        let now = self.clock.now();
        let file = self.database.sqlite();
        let open = troubles::open(&mut tx).await?;
        Ok(Figures {
            now,
            promise: self.pools.read(&mut tx, now).await?.available_counts(),
            numbers: figures::countries(&mut tx).await?,
            gateways: figures::gateways(&mut tx, now).await?,
            oldest_due: figures::oldest_due(&mut tx).await?,
            balance: ledger::balance(&mut tx).await?,
            troubles: open.into_iter().map(|listed| listed.trouble.trouble).collect(),
            files: file.map(SqliteDatabase::file_sizes),
            disk: file.and_then(|file| file.disk_space().ok()),
            last_backup: self.backup_status().last,
            counts,
        })
    }

    /// Counts the rows that have no counter, for the next scrapes. Each count has a view of the database of its own: while one
    /// is held, the write-ahead log grows.
    pub async fn count_rows(&self) -> Result<(), StorageError> {
        let (waiting, receiving) = figures::open_operations(&mut self.database.read_for_admin().await?).await?;
        let unavailable = figures::unavailable(&mut self.database.read_for_admin().await?).await?;
        let mut deliveries = Vec::new();
        for state in DeliveryState::VARIANTS {
            let counted = figures::deliveries(&mut self.database.read_for_admin().await?, *state).await?;
            deliveries.push((*state, counted));
        }
        let counts = RowCounts {
            unavailable,
            waiting,
            receiving,
            deliveries,
        };
        *self.row_counts.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(counts);
        Ok(())
    }
}
