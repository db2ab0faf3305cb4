//! Finds gateways by their tokens, commits changes of gateways, and stores their heartbeats.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::JoinError;

use super::{Flows, StorageError};
use crate::domain::gateway::token::{TokenHash, TokenOwner};
use crate::domain::stock::GatewayId;
use crate::domain::time::Timestamp;
use crate::storage::gateways::{last_sms, tokens, touch};
use crate::storage::{Error, WriteTx};

/// Counters of gateways in memory.
#[derive(Debug, Default)]
pub(super) struct GatewayCounters {
    changes: AtomicU64,
    /// Kept in memory only, so that a gateway that keeps sending costs no write.
    refused: Mutex<HashMap<GatewayId, u64>>,
}

impl GatewayCounters {
    fn refused(&self) -> MutexGuard<'_, HashMap<GatewayId, u64>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Flows {
    /// The gateway with that token, if it is valid now.
    pub async fn gateway_of_token(&self, token: &TokenHash) -> Result<Option<TokenOwner>, StorageError> {
        let mut tx = self.database.read().await?;
        Ok(tokens::owner_of(&mut tx, token, self.clock.now()).await?)
    }

    /// The hashes of all tokens that are valid now.
    pub async fn valid_tokens(&self) -> Result<HashSet<TokenHash>, StorageError> {
        let mut tx = self.database.read().await?;
        Ok(tokens::all(&mut tx, self.clock.now()).await?)
    }

    /// How many changes of gateways this process has committed: what was read before the last one may be outdated.
    #[must_use]
    pub fn gateway_changes(&self) -> u64 {
        self.gateways.changes.load(Ordering::SeqCst)
    }

    /// Commits a change of gateways, and counts it. Both are completed even if the caller is cancelled meanwhile: a commit that
    /// has begun cannot be stopped.
    pub(super) async fn commit_gateway_change(&self, tx: WriteTx) -> Result<(), Error> {
        let counters = Arc::clone(&self.gateways);
        let committing = tokio::spawn(async move {
            let committed = tx.commit().await;
            counters.changes.fetch_add(1, Ordering::SeqCst);
            committed
        });
        let panicked = |error: JoinError| Error::Unavailable {
            step: "commit",
            reason: error.to_string(),
        };
        committing.await.unwrap_or_else(|error| Err(panicked(error)))
    }

    /// Counts an SMS that was refused because its gateway is disabled.
    pub fn count_refused(&self, gateway: GatewayId) {
        *self.gateways.refused().entry(gateway).or_default() += 1;
    }

    /// How many SMS of the gateway were refused since the start because it was disabled.
    #[must_use]
    pub fn refused_since_start(&self, gateway: GatewayId) -> u64 {
        self.gateways.refused().get(&gateway).copied().unwrap_or(0)
    }

    /// When each gateway's last SMS arrived; one that sent none of the last 10,000 is missing.
    pub async fn last_sms_of_gateways(&self) -> Result<HashMap<GatewayId, Timestamp>, StorageError> {
        let mut tx = self.database.read_for_admin().await?;
        Ok(last_sms(&mut tx).await?.into_iter().collect())
    }

    /// Stores a heartbeat of the gateway.
    pub async fn heartbeat(&self, gateway: GatewayId) -> Result<(), StorageError> {
        let mut tx = self.database.write().await?;
        touch(&mut tx, &[gateway], self.clock.now());
        Ok(tx.commit().await?)
    }
}
