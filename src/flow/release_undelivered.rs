//! Closes operations whose answer to GET_NUMBER could not be sent: no renter has the number (rule 5).

use std::sync::Arc;

use tokio::sync::{Notify, mpsc};

use super::flush_incomplete::{Closing, load_closing};
use super::{Flows, StorageError, closing};
use crate::clock::Clock;
use crate::domain::audit::Actor;
use crate::domain::operation::{OperationChange, OperationId};
use crate::domain::sms_filter::SmsFilter;
use crate::domain::strike::StrikePolicy;
use crate::metrics::Metrics;
use crate::storage::Database;

/// The most operations that one transaction closes.
const BATCH_MAX: usize = 256;

/// The rentals whose answer could not be sent. Not part of [`super::Flows`], which holds the queues of the requests: the
/// last rentals are released after those are closed.
#[derive(Debug)]
pub struct UndeliveredRentals {
    database: Database,
    clock: Clock,
    strikes: StrikePolicy,
    filter: Arc<SmsFilter>,
    /// Notified when something is due to be pushed.
    due: Arc<Notify>,
    metrics: Arc<Metrics>,
    reports: mpsc::UnboundedReceiver<OperationId>,
    /// Received from the channel and not released yet; tried again after a failure.
    pending: Vec<OperationId>,
}

impl UndeliveredRentals {
    /// Those that `reports` names.
    pub(super) fn new(flows: &Flows, reports: mpsc::UnboundedReceiver<OperationId>) -> Self {
        Self {
            database: flows.database.clone(),
            clock: flows.clock.clone(),
            strikes: flows.policies.strikes,
            filter: Arc::clone(&flows.policies.filter),
            due: Arc::clone(&flows.wakeups.deliveries),
            metrics: Arc::clone(&flows.metrics),
            reports,
            pending: Vec::new(),
        }
    }

    /// Closes those of the reported operations that are still open. Returns how many were reported; call again until 0.
    pub async fn release(&mut self) -> Result<usize, StorageError> {
        while self.pending.len() < BATCH_MAX
            && let Ok(id) = self.reports.try_recv()
        {
            self.pending.push(id);
        }
        if self.pending.is_empty() {
            return Ok(0);
        }
        let mut tx = self.database.write().await?;
        let now = self.clock.now();
        let Closing { operations, flushed } = load_closing(&mut tx, &self.pending, &self.filter, now).await?;
        let changes: Vec<OperationChange> = operations
            .into_iter()
            .filter_map(|operation| operation.release_undelivered(now).ok())
            .collect();
        let tally = closing::save(&mut tx, &changes, Actor::Server, None, &self.strikes, now).await?;
        tx.commit().await?;
        tally.count(&self.metrics);
        if flushed {
            self.due.notify_one();
        }
        Ok(std::mem::take(&mut self.pending).len())
    }
}
