//! Releases rentals whose answer nobody took, as soon as they are reported.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, Notify, mpsc};

use super::Worker;
use crate::clock::Clock;
use crate::domain::operation::OperationId;
use crate::domain::strike::StrikePolicy;
use crate::flow::release_undelivered::release_undelivered;
use crate::flow::{Database, Flows, StorageError};

/// The most that one transaction releases.
const BATCH_MAX: usize = 256;

/// The worker. It keeps nothing by which a request could still be made: it is the last one to have its turn.
pub struct UnsentAnswers {
    database: Database,
    clock: Clock,
    strikes: StrikePolicy,
    due: Arc<Notify>,
    reports: Mutex<Reports>,
}

struct Reports {
    incoming: mpsc::UnboundedReceiver<OperationId>,
    /// Taken from the channel and not released yet: a pass that failed tries them again.
    held: Vec<OperationId>,
}

impl UnsentAnswers {
    /// Listens to the reports that the flows make.
    #[must_use]
    pub fn new(flows: &Flows, incoming: mpsc::UnboundedReceiver<OperationId>) -> Self {
        Self {
            database: flows.database.clone(),
            clock: flows.clock.clone(),
            strikes: flows.policies.strikes,
            due: Arc::clone(&flows.wakeups.deliveries),
            reports: Mutex::new(Reports {
                incoming,
                held: Vec::new(),
            }),
        }
    }
}

impl Worker for UnsentAnswers {
    const NAME: &'static str = "undelivered";

    async fn pass(&self) -> Result<Option<Duration>, StorageError> {
        let Reports { incoming, held } = &mut *self.reports.lock().await;
        loop {
            while held.len() < BATCH_MAX
                && let Ok(id) = incoming.try_recv()
            {
                held.push(id);
            }
            if held.is_empty() {
                return Ok(None);
            }
            release_undelivered(&self.database, &self.clock, &self.strikes, &self.due, held).await?;
            tracing::info!(
                operations = held.len(),
                "released: their answers could not be delivered"
            );
            held.clear();
        }
    }
}
