//! Finds gateways by their tokens without a read of the database for each request.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use tokio::sync::Mutex;

use crate::clock::Clock;
use crate::domain::gateway::token::{TokenHash, TokenOwner, hash};
use crate::flow::{Flows, StorageError};

/// After this time a gateway is looked up again: another process may have changed it.
const CACHE_TTL: Duration = Duration::from_secs(10);
/// The most tokens that no gateway has that are looked up one by one within `UNKNOWN_WINDOW`.
const UNKNOWN_LOOKUPS: usize = 20;
/// After this time unknown tokens are looked up again.
const UNKNOWN_WINDOW: Duration = Duration::from_secs(1);

/// Caches gateways by their tokens. A change made by this process takes effect at once, one made by another process within
/// `CACHE_TTL`. It holds as many entries as gateways have tokens.
///
/// Unknown tokens cost a bounded number of reads, however many come and from however many addresses: beyond
/// `UNKNOWN_LOOKUPS` a second the hashes of all tokens are read once, and what is not among them is unknown without a
/// read. So a valid token from the address of an attacker, which may be the proxy in front of all gateways, is accepted
/// at once. One that another process made during such an attack is accepted within `UNKNOWN_WINDOW`.
pub struct GatewayDirectory {
    flows: Flows,
    clock: Clock,
    cached: RwLock<Cached>,
    /// Held while a token is looked up: all lookups together take one reader from the other requests (rule 12).
    looking_up: Mutex<()>,
}

#[derive(Debug, Default)]
struct Cached {
    /// [`Flows::gateway_changes`] when the entries were read.
    changes: u64,
    known: HashMap<TokenHash, KnownGateway>,
    unknown: UnknownTokens,
}

/// A gateway that a valid token belongs to.
#[derive(Debug, Clone)]
struct KnownGateway {
    owner: Arc<TokenOwner>,
    /// When it was looked up, by the monotonic clock.
    read_at: Duration,
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

impl GatewayDirectory {
    /// An empty cache.
    #[must_use]
    pub fn new(flows: Flows, clock: Clock) -> Self {
        Self {
            flows,
            clock,
            cached: RwLock::default(),
            looking_up: Mutex::default(),
        }
    }

    /// The gateway that the token belongs to.
    pub async fn find(&self, token: &str) -> Result<Option<Arc<TokenOwner>>, StorageError> {
        let hash = hash(token);
        if let Some(answer) = self.cached(&hash) {
            return Ok(answer);
        }
        let _lookup = self.looking_up.lock().await;
        // The request before this one may have looked it up.
        match self.cached(&hash) {
            Some(answer) => Ok(answer),
            None => self.look_up(&hash).await,
        }
    }

    /// What is known of the token without a read; `None`: it has to be looked up.
    fn cached(&self, hash: &TokenHash) -> Option<Option<Arc<TokenOwner>>> {
        let cache = self.entries();
        if cache.changes != self.flows.gateway_changes() {
            return None;
        }
        let age = |read_at| self.clock.monotonic().saturating_sub(read_at);
        if let Some(KnownGateway { owner, read_at }) = cache.known.get(hash) {
            let is_good = owner.good_until.is_none_or(|until| self.clock.now() < until);
            return (age(*read_at) < CACHE_TTL).then(|| is_good.then(|| Arc::clone(owner)));
        }
        let valid = cache.unknown.valid.as_ref()?;
        (age(cache.unknown.since) < UNKNOWN_WINDOW && !valid.contains(hash)).then_some(None)
    }

    async fn look_up(&self, hash: &TokenHash) -> Result<Option<Arc<TokenOwner>>, StorageError> {
        let (changes, read_at) = (self.flows.gateway_changes(), self.clock.monotonic());
        let valid = match self.wants_all(hash, changes, read_at) {
            true => Some(self.flows.valid_tokens().await?),
            false => None,
        };
        let owner = match valid.as_ref().is_none_or(|valid| valid.contains(hash)) {
            true => self.flows.gateway_of_token(hash).await?.map(Arc::new),
            false => None,
        };
        let mut cache = self.entries_mut();
        // What was read before a change is not kept.
        if cache.changes == self.flows.gateway_changes() {
            match &owner {
                Some(owner) => {
                    let owner = Arc::clone(owner);
                    cache.known.insert(*hash, KnownGateway { owner, read_at });
                }
                None => drop(cache.known.remove(hash)),
            }
            cache.unknown.lookups += usize::from(owner.is_none());
            cache.unknown.valid = valid.or_else(|| cache.unknown.valid.take());
        }
        Ok(owner)
    }

    /// Whether the hashes of all tokens have to be read before that one is looked up. Empties the cache after a change.
    fn wants_all(&self, hash: &TokenHash, changes: u64, now: Duration) -> bool {
        let mut cache = self.entries_mut();
        if cache.changes != changes {
            *cache = Cached {
                changes,
                ..Cached::default()
            };
        }
        cache.unknown.start_window_if_over(now);
        let too_many = cache.unknown.lookups >= UNKNOWN_LOOKUPS;
        too_many && cache.unknown.valid.is_none() && !cache.known.contains_key(hash)
    }

    fn entries(&self) -> RwLockReadGuard<'_, Cached> {
        self.cached.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn entries_mut(&self) -> RwLockWriteGuard<'_, Cached> {
        self.cached.write().unwrap_or_else(PoisonError::into_inner)
    }
}
