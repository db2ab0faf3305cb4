//! Gateways by their tokens, and their heartbeats.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::sync::Mutex;
use tokio::task::JoinError;

use super::{Flows, StorageError};
use crate::clock::Clock;
use crate::domain::gateway::StoredAdapter;
use crate::domain::stock::GatewayId;
use crate::domain::time::Timestamp;
use crate::storage::gateways::tokens::{self, TokenHash, owner_of};
use crate::storage::gateways::touch;
use crate::storage::{Database, Error, WriteTx};

/// After this time a gateway is looked up again: another process may have changed it.
const CACHE_TTL: Duration = Duration::from_secs(10);
/// How many unknown tokens are looked up one by one within [`UNKNOWN_WINDOW`].
const UNKNOWN_LOOKUPS: usize = 20;
/// After this time unknown tokens are looked up again.
const UNKNOWN_WINDOW: Duration = Duration::from_secs(1);

/// The form in which a token is stored.
#[must_use]
pub fn hash(token: &str) -> TokenHash {
    Sha256::digest(token.as_bytes()).into()
}

/// Caches gateways by their tokens. A change made by this process takes effect at once, one made by another process within
/// [`CACHE_TTL`]. It holds as many entries as gateways have tokens.
///
/// Unknown tokens cost a bounded number of reads, however many come and from wherever: beyond [`UNKNOWN_LOOKUPS`] a second
/// the hashes of all tokens are read once, and what is not among them is unknown without a read. So a valid token from the
/// address of an attacker, which may be the proxy in front of all gateways, is accepted at once. One that another process
/// made during such an attack is accepted within [`UNKNOWN_WINDOW`].
#[derive(Debug, Default)]
pub(super) struct GatewayDirectory {
    entries: RwLock<CachedGateways>,
    /// Held while a token is looked up: all lookups together take one reader from the other requests (rule 12).
    looking_up: Mutex<()>,
}

#[derive(Debug, Default)]
struct CachedGateways {
    known: HashMap<TokenHash, Arc<KnownGateway>>,
    unknown: UnknownTokens,
    /// How often the cache was cleared: what was read before is not cached after it.
    cleared: u64,
    /// How many SMS of each gateway were refused since the start because it was disabled. Kept in memory only, so that a
    /// gateway that keeps sending costs no write.
    refused: HashMap<GatewayId, u64>,
}

/// The lookups of unknown tokens in the current window.
#[derive(Debug, Default)]
struct UnknownTokens {
    /// When the window began, by the monotonic clock.
    since: Duration,
    lookups: usize,
    /// The hashes of all tokens, once too many were unknown.
    valid: Option<HashSet<TokenHash>>,
}

impl UnknownTokens {
    fn start_window_if_over(&mut self, now: Duration) {
        if now.saturating_sub(self.since) >= UNKNOWN_WINDOW {
            *self = Self {
                since: now,
                ..Self::default()
            };
        }
    }
}

/// A gateway that a valid token belongs to.
#[derive(Debug)]
pub struct KnownGateway {
    /// Which one.
    pub id: GatewayId,
    /// Its kind, and the settings of that.
    pub adapter: StoredAdapter,
    /// Whether its requests are accepted.
    pub enabled: bool,
    /// When this token expires, if the gateway has a newer one.
    good_until: Option<Timestamp>,
    /// When it was looked up, by the monotonic clock.
    read_at: Duration,
}

impl GatewayDirectory {
    /// The gateway that the token belongs to. Hashes are compared, so the time that it takes reveals nothing about a token.
    async fn find(&self, database: &Database, clock: &Clock, token: &str) -> Result<Option<Arc<KnownGateway>>, Error> {
        let hash = hash(token);
        if let Some(answer) = self.cached(&hash, clock) {
            return Ok(answer);
        }
        let _lookup = self.looking_up.lock().await;
        // The request before this one may have looked it up.
        match self.cached(&hash, clock) {
            Some(answer) => Ok(answer),
            None => self.look_up(database, clock, &hash).await,
        }
    }

    /// The cached answer; `None`: the token has to be looked up.
    fn cached(&self, hash: &TokenHash, clock: &Clock) -> Option<Option<Arc<KnownGateway>>> {
        let entries = self.entries();
        let age = |read_at| clock.monotonic().saturating_sub(read_at);
        if let Some(known) = entries.known.get(hash) {
            let is_valid = known.good_until.is_none_or(|until| clock.now() < until);
            return (age(known.read_at) < CACHE_TTL).then(|| is_valid.then(|| Arc::clone(known)));
        }
        let valid = entries.unknown.valid.as_ref()?;
        (age(entries.unknown.since) < UNKNOWN_WINDOW && !valid.contains(hash)).then_some(None)
    }

    async fn look_up(
        &self,
        database: &Database,
        clock: &Clock,
        hash: &TokenHash,
    ) -> Result<Option<Arc<KnownGateway>>, Error> {
        let (now, read_at) = (clock.now(), clock.monotonic());
        let (read_all, cleared) = {
            let mut entries = self.entries_mut();
            entries.unknown.start_window_if_over(read_at);
            let unknown = &entries.unknown;
            let read_all = unknown.valid.is_none() && unknown.lookups >= UNKNOWN_LOOKUPS;
            (read_all && !entries.known.contains_key(hash), entries.cleared)
        };
        let mut tx = database.read().await?;
        let valid = match read_all {
            true => Some(tokens::all(&mut tx, now).await?),
            false => None,
        };
        let owner = match valid.as_ref().is_none_or(|valid| valid.contains(hash)) {
            true => owner_of(&mut tx, hash, now).await?,
            false => None,
        };
        let known = owner.map(|owner| {
            Arc::new(KnownGateway {
                id: owner.id,
                adapter: owner.adapter,
                enabled: owner.enabled,
                good_until: owner.good_until,
                read_at,
            })
        });
        let mut entries = self.entries_mut();
        if entries.cleared == cleared {
            match &known {
                Some(known) => drop(entries.known.insert(*hash, Arc::clone(known))),
                None => drop(entries.known.remove(hash)),
            }
            entries.unknown.lookups += usize::from(known.is_none());
            entries.unknown.valid = valid.or_else(|| entries.unknown.valid.take());
        }
        Ok(known)
    }

    /// Commits a change of gateways, and clears the cache. Both are completed even if the caller is cancelled meanwhile: a
    /// commit that has begun cannot be stopped.
    pub(super) async fn commit(self: &Arc<Self>, tx: WriteTx) -> Result<(), Error> {
        let directory = Arc::clone(self);
        let committing = tokio::spawn(async move {
            let committed = tx.commit().await;
            directory.clear();
            committed
        });
        let panicked = |error: JoinError| Error::Unavailable {
            step: "commit",
            reason: error.to_string(),
        };
        committing.await.unwrap_or_else(|error| Err(panicked(error)))
    }

    fn clear(&self) {
        let mut entries = self.entries_mut();
        entries.known.clear();
        entries.unknown = UnknownTokens::default();
        entries.cleared += 1;
    }

    fn entries(&self) -> RwLockReadGuard<'_, CachedGateways> {
        self.entries.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn entries_mut(&self) -> RwLockWriteGuard<'_, CachedGateways> {
        self.entries.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Flows {
    /// The gateway that the token belongs to.
    pub async fn gateway_of_token(&self, token: &str) -> Result<Option<Arc<KnownGateway>>, StorageError> {
        Ok(self.directory.find(&self.database, &self.clock, token).await?)
    }

    /// Counts an SMS that was refused because its gateway is disabled.
    pub fn count_refused(&self, gateway: GatewayId) {
        *self.directory.entries_mut().refused.entry(gateway).or_default() += 1;
    }

    /// How many SMS of the gateway were refused since the start because it was disabled.
    #[must_use]
    pub fn refused_since_start(&self, gateway: GatewayId) -> u64 {
        self.directory.entries().refused.get(&gateway).copied().unwrap_or(0)
    }

    /// Stores a heartbeat of the gateway.
    pub async fn heartbeat(&self, gateway: GatewayId) -> Result<(), StorageError> {
        let mut tx = self.database.write().await?;
        touch(&mut tx, &[gateway], self.clock.now());
        Ok(tx.commit().await?)
    }
}
