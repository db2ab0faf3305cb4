//! Gateways knock with their token, and show that they live.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::task::JoinError;

use crate::clock::Clock;
use crate::domain::dialect::Dialect;
use crate::domain::stock::GatewayId;
use crate::domain::time::Timestamp;
use crate::storage::gateways::tokens::{TokenHash, owner_of};
use crate::storage::gateways::touch;
use crate::storage::{Database, Error, WriteTx};

/// After this time a gateway is looked up again: another process may have changed it.
const FRESH: Duration = Duration::from_secs(10);

/// The form in which a token is stored.
#[must_use]
pub fn hash(token: &str) -> TokenHash {
    Sha256::digest(token.as_bytes()).into()
}

/// Knows gateways by their token without asking the database each time. What changes here is forgotten at once, what
/// another process changes within [`FRESH`]. It holds as many entries as gateways have tokens.
#[derive(Debug, Default)]
pub struct GatewayDirectory(RwLock<Entries>);

#[derive(Debug, Default)]
struct Entries {
    known: HashMap<TokenHash, Arc<Known>>,
    /// How often all was forgotten: what was read before that is not kept.
    forgotten: u64,
    /// How many requests of each gateway were refused since the start because it was disabled. Kept here only, so that a
    /// gateway that does not stop sending costs no write.
    refused: HashMap<GatewayId, u64>,
}

/// A gateway whose token was right.
#[derive(Debug)]
pub struct Known {
    /// Which one.
    pub id: GatewayId,
    /// How it talks.
    pub dialect: Dialect,
    /// Whether its requests are taken.
    pub enabled: bool,
    /// When its token stops being good, if it has a newer one.
    good_until: Option<Timestamp>,
    /// When it was looked up, by the steady clock.
    read_at: Duration,
}

impl GatewayDirectory {
    /// The gateway that the token belongs to. Compared by hash, so time tells nothing about the token.
    pub async fn find(&self, database: &Database, clock: &Clock, token: &str) -> Result<Option<Arc<Known>>, Error> {
        let hash = hash(token);
        let (now, read_at) = (clock.now(), clock.steady());
        let (known, forgotten) = {
            let entries = self.entries();
            (entries.known.get(&hash).cloned(), entries.forgotten)
        };
        if let Some(known) = known.filter(|known| read_at.saturating_sub(known.read_at) < FRESH) {
            let is_good = known.good_until.is_none_or(|until| now < until);
            return Ok(is_good.then_some(known));
        }
        let Some(owner) = owner_of(&mut database.read().await?, &hash, now).await? else {
            return Ok(None);
        };
        let gateway = Arc::new(Known {
            id: owner.id,
            dialect: owner.dialect,
            enabled: owner.enabled,
            good_until: owner.good_until,
            read_at,
        });
        let mut entries = self.entries_mut();
        if entries.forgotten == forgotten {
            entries.known.insert(hash, Arc::clone(&gateway));
        }
        Ok(Some(gateway))
    }

    /// Commits a change of gateways, and forgets what is known of them. Both are done to the end, also when the caller goes
    /// away meanwhile: a commit that is on its way to the disk cannot be called back.
    pub(super) async fn commit(self: &Arc<Self>, tx: WriteTx) -> Result<(), Error> {
        let directory = Arc::clone(self);
        let committing = tokio::spawn(async move {
            let committed = tx.commit().await;
            directory.forget();
            committed
        });
        let died = |error: JoinError| Error::Unavailable {
            step: "commit",
            reason: error.to_string(),
        };
        committing.await.unwrap_or_else(|error| Err(died(error)))
    }

    /// Looks everything up again, because a gateway was changed.
    fn forget(&self) {
        let mut entries = self.entries_mut();
        entries.known.clear();
        entries.forgotten += 1;
    }

    /// Counts an SMS that was refused because its gateway is disabled.
    pub fn count_refused(&self, gateway: GatewayId) {
        *self.entries_mut().refused.entry(gateway).or_default() += 1;
    }

    /// How many SMS of the gateway were refused since the start because it was disabled.
    #[must_use]
    pub fn refused(&self, gateway: GatewayId) -> u64 {
        self.entries().refused.get(&gateway).copied().unwrap_or(0)
    }

    fn entries(&self) -> RwLockReadGuard<'_, Entries> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn entries_mut(&self) -> RwLockWriteGuard<'_, Entries> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Notes that the gateway lives.
pub async fn heartbeat(database: &Database, clock: &Clock, gateway: GatewayId) -> Result<(), Error> {
    let mut tx = database.write().await?;
    touch(&mut tx, &[gateway], clock.now());
    tx.commit().await
}
