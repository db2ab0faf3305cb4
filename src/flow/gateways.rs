//! Gateways knock with their token, and show that they live.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::clock::Clock;
use crate::domain::dialect::Dialect;
use crate::domain::stock::GatewayId;
use crate::storage::gateways::{TokenHash, by_token, touch};
use crate::storage::{Database, Error};

/// After this time a gateway is looked up again: another process may have changed it.
const FRESH: Duration = Duration::from_secs(10);

/// The form in which a token is stored.
#[must_use]
pub fn hash(token: &str) -> TokenHash {
    Sha256::digest(token.as_bytes()).into()
}

/// Knows gateways by their token without asking the database each time. What changes here is forgotten at once, what
/// another process changes within [`FRESH`]. It holds as many entries as there are gateways.
#[derive(Debug, Default)]
pub struct GatewayDirectory(RwLock<Entries>);

#[derive(Debug, Default)]
struct Entries {
    known: HashMap<TokenHash, Arc<Known>>,
    /// How often all was forgotten: what was read before that is not kept.
    forgotten: u64,
}

/// A gateway whose token was right.
#[derive(Debug)]
pub struct Known {
    /// Which one.
    pub id: GatewayId,
    /// How it talks.
    pub dialect: Dialect,
    /// When it was looked up, by the steady clock.
    read_at: Duration,
}

impl GatewayDirectory {
    /// The gateway that the token belongs to. Compared by hash, so time tells nothing about the token.
    pub async fn find(&self, database: &Database, clock: &Clock, token: &str) -> Result<Option<Arc<Known>>, Error> {
        let hash = hash(token);
        let read_at = clock.steady();
        let (known, forgotten) = {
            let entries = self.entries();
            (entries.known.get(&hash).cloned(), entries.forgotten)
        };
        if let Some(known) = known.filter(|known| read_at.saturating_sub(known.read_at) < FRESH) {
            return Ok(Some(known));
        }
        let Some((id, dialect)) = by_token(&mut database.read().await?, &hash).await? else {
            return Ok(None);
        };
        let gateway = Arc::new(Known { id, dialect, read_at });
        let mut entries = self.entries_mut();
        if entries.forgotten == forgotten {
            entries.known.insert(hash, Arc::clone(&gateway));
        }
        Ok(Some(gateway))
    }

    /// Looks everything up again, because a gateway was changed.
    pub fn forget(&self) {
        let mut entries = self.entries_mut();
        entries.known.clear();
        entries.forgotten += 1;
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
