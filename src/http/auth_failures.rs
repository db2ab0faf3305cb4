//! Requests whose key or token is missing or wrong: counted for the operator, and limited per address.
//!
//! Only requests with wrong credentials are limited. So valid ones are always served at once, also when another client behind
//! the same proxy sends wrong ones. Beyond the quota the answer is 429 with Retry-After instead of 401; a delay would occupy
//! a connection slot (rule 12).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::http::Extensions;
use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::clock::Clock;
use crate::domain::trouble::Trouble;
use crate::flow::trouble_counters::TroubleCounters;

/// How many requests with wrong credentials an address may send per minute, also all at once, before it gets 429.
const FAILURES_PER_MINUTE: NonZeroU32 = NonZeroU32::new(30).expect("30 is not 0");
/// The most addresses that are kept (rule 12); further ones share one quota.
const ADDRESSES_MAX: usize = 10_000;
/// After so many failures, addresses that have their whole quota again are deleted.
const FORGET_EVERY: u64 = 1_024;
/// The address whose quota is shared.
const OTHERS: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// The address of the client; behind a proxy that is not trusted, that of the proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// The address that the listener found out; a request without a connection has none.
    #[must_use]
    pub fn of(extensions: &Extensions) -> Option<Self> {
        extensions.get().copied()
    }
}

/// The clock of the limiter: the server's monotonic clock.
#[derive(Debug, Clone)]
struct Monotonic(Clock);

impl GovernorClock for Monotonic {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.monotonic()
    }
}

type Limiter = RateLimiter<IpAddr, HashMapStateStore<IpAddr>, Monotonic, NoOpMiddleware<Duration>>;

/// Counts and limits failed authentications of all APIs. Clones share it.
#[derive(Debug, Clone)]
pub struct AuthFailures(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    limiter: Limiter,
    failures: AtomicU64,
    clock: Clock,
    troubles: Arc<TroubleCounters>,
}

impl AuthFailures {
    /// One for all APIs of a server.
    #[must_use]
    pub fn new(clock: &Clock, troubles: &Arc<TroubleCounters>) -> Self {
        let quota = Quota::per_minute(FAILURES_PER_MINUTE);
        Self(Arc::new(Shared {
            limiter: RateLimiter::hashmap_with_clock(quota, Monotonic(clock.clone())),
            failures: AtomicU64::new(0),
            clock: clock.clone(),
            troubles: Arc::clone(troubles),
        }))
    }

    /// Counts a request with wrong credentials; `trouble` is that of the API. Returns for how many seconds, at least one, the
    /// address has used up its quota; `None`: it has not.
    #[must_use]
    pub fn note(&self, trouble: Trouble, address: Option<ClientAddress>) -> Option<u64> {
        let shared = &*self.0;
        let Some(ClientAddress(address)) = address else {
            shared.troubles.note(trouble, 1, "from no address");
            return None;
        };
        shared.troubles.note(trouble, 1, format!("the last from {address}"));
        if shared.failures.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            shared.limiter.retain_recent();
        }
        let is_full = shared.limiter.len() >= ADDRESSES_MAX;
        let key = if is_full { OTHERS } else { network(address) };
        let refused = shared.limiter.check_key(&key).err()?;
        Some(refused.wait_time_from(shared.clock.monotonic()).as_secs().max(1))
    }
}

/// The network of one client: an IPv4 address, or an IPv6 /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_an_address_of_ipv4_or_a_network_of_ipv6() {
        for (address, key) in [
            ("203.0.113.7", "203.0.113.7"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ] {
            assert_eq!(network(address.parse().unwrap()).to_string(), key);
        }
    }
}
