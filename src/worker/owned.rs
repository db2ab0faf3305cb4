//! Asks suppliers once a day which numbers are ours there, where they have such a list.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::Mutex;

use super::Worker;
use crate::domain::purchase::SupplierName;
use crate::domain::time::Timestamp;
use crate::flow::{Flows, StorageError};
use crate::supplier::registry::Suppliers;

/// How often it looks whether a comparison is due.
const POLL_INTERVAL: Duration = Duration::from_secs(600);
/// How long after a list that could not be read it is asked for again: purchases do not depend on it.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(3600);

/// The worker.
pub struct OwnedNumbers {
    flows: Flows,
    suppliers: Suppliers,
    /// When a list could not be read.
    failed: Mutex<BTreeMap<SupplierName, Timestamp>>,
}

impl OwnedNumbers {
    /// Asks these suppliers.
    #[must_use]
    pub fn new(flows: Flows, suppliers: Suppliers) -> Self {
        Self {
            flows,
            suppliers,
            failed: Mutex::default(),
        }
    }
}

impl Worker for OwnedNumbers {
    const NAME: &'static str = "owned";

    async fn pass(&self) -> Result<Option<Duration>, StorageError> {
        let mut failed = self.failed.lock().await;
        for name in self.flows.comparisons_due().await? {
            let asked_at = self.flows.now();
            let is_soon = |failed: &Timestamp| asked_at.since(*failed) < PAUSE_AFTER_FAILURE;
            let Some(entry) = self.suppliers.get(name) else {
                continue;
            };
            if failed.get(&name).is_some_and(is_soon) {
                continue;
            }
            let answer = entry.client.owned().await;
            self.flows.note_supplier_call(name, &answer).await?;
            match answer {
                Ok(listed) => {
                    failed.remove(&name);
                    self.flows.compare_owned(name, &listed, asked_at).await?;
                }
                Err(failure) => {
                    tracing::warn!(supplier = %name, ?failure, "the list of our numbers could not be read");
                    failed.insert(name, asked_at);
                }
            }
        }
        Ok(Some(POLL_INTERVAL))
    }
}
