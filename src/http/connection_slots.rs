//! Limits the connections of a listener (rule 12). When all slots are taken, the connection that has waited longest without a
//! complete request is closed.
//!
//! Without this, a few thousand clients that send half a head each would block all others until their timeout, which is
//! later than the deadline of an answer. A connection whose request is being answered is never evicted; one that is still
//! sending its request may be, because nothing is done before a request is complete.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::metrics::series::Level;

/// One of so many slots is freed at once, because finding the ones to evict reads all of them.
const EVICTED_SHARE: usize = 128;
/// How long evicted connections may take to close before others are evicted, too.
const EVICTION_TIMEOUT: Duration = Duration::from_millis(50);

/// The value of [`SlotState::waits_since`] while a request is being answered.
const ANSWERING: u64 = 0;

/// All slots of a listener. Clones share them.
#[derive(Debug, Clone)]
pub(super) struct ConnectionSlots {
    free: Arc<Semaphore>,
    slots: Arc<Mutex<HashMap<u64, Arc<SlotState>>>>,
    sequence: Arc<AtomicU64>,
    freed_at_once: usize,
    open: Level,
}

/// The slot of one connection; dropped with it.
#[derive(Debug)]
pub(super) struct ConnectionSlot {
    pub(super) state: Arc<SlotState>,
    id: u64,
    slots: Arc<Mutex<HashMap<u64, Arc<SlotState>>>>,
    open: Level,
    _permit: OwnedSemaphorePermit,
}

/// The state of a connection.
#[derive(Debug)]
pub(super) struct SlotState {
    sequence: Arc<AtomicU64>,
    /// The sequence number at which it began to wait for a request.
    waits_since: AtomicU64,
    /// It has had an answer already.
    served: AtomicBool,
    /// The head of its request is complete; the body may not be.
    has_head: AtomicBool,
    /// The listener is closed: a connection without a complete head is not waited for.
    closing: AtomicBool,
    evict: Notify,
}

/// Held until the end of an answer's body; then the connection waits for the next request.
#[derive(Debug)]
pub(super) struct Answering(Arc<SlotState>);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.served.store(true, Ordering::Relaxed);
        self.0.has_head.store(false, Ordering::Release);
        self.0.waits_since.store(next(&self.0.sequence), Ordering::Release);
    }
}

fn next(sequence: &AtomicU64) -> u64 {
    sequence.fetch_add(1, Ordering::Relaxed)
}

impl SlotState {
    /// A request is complete, to its last byte.
    pub(super) fn request_complete(&self) {
        self.waits_since.store(ANSWERING, Ordering::Release);
    }

    /// The head of a request is complete.
    pub(super) fn answering(self: &Arc<Self>) -> Answering {
        self.has_head.store(true, Ordering::Release);
        Answering(Arc::clone(self))
    }

    /// Returns when the connection has to be closed; never while a request is being answered.
    pub(super) async fn evicted(&self) {
        loop {
            self.evict.notified().await;
            let stays = if self.closing.load(Ordering::Acquire) {
                self.has_head.load(Ordering::Acquire)
            } else {
                self.waits_since.load(Ordering::Acquire) == ANSWERING
            };
            if !stays {
                return;
            }
        }
    }
}

impl ConnectionSlots {
    /// `open` shows how many are taken.
    pub(super) fn new(count: usize, open: Level) -> Self {
        Self {
            free: Arc::new(Semaphore::new(count)),
            slots: Arc::default(),
            sequence: Arc::new(AtomicU64::new(ANSWERING + 1)),
            freed_at_once: (count / EVICTED_SHARE).max(1),
            open,
        }
    }

    /// Takes a slot: a free one, or one that is freed by an eviction.
    pub(super) async fn take(&self) -> ConnectionSlot {
        loop {
            if let Ok(permit) = Arc::clone(&self.free).try_acquire_owned() {
                return self.slot(permit);
            }
            self.evict_idle();
            if let Ok(permit) = timeout(EVICTION_TIMEOUT, Arc::clone(&self.free).acquire_owned()).await {
                return self.slot(permit.expect("the semaphore is never closed"));
            }
        }
    }

    fn slot(&self, permit: OwnedSemaphorePermit) -> ConnectionSlot {
        let id = next(&self.sequence);
        let state = Arc::new(SlotState {
            sequence: Arc::clone(&self.sequence),
            waits_since: AtomicU64::new(id),
            served: AtomicBool::new(false),
            has_head: AtomicBool::new(false),
            closing: AtomicBool::new(false),
            evict: Notify::new(),
        });
        locked(&self.slots).insert(id, Arc::clone(&state));
        self.open.inc();
        ConnectionSlot {
            state,
            id,
            slots: Arc::clone(&self.slots),
            open: self.open.clone(),
            _permit: permit,
        }
    }

    /// Evicts all connections without a complete head: hyper would wait for the rest of it.
    pub(super) fn close(&self) {
        for state in locked(&self.slots).values() {
            state.closing.store(true, Ordering::Release);
            state.evict.notify_one();
        }
    }

    /// Evicts some of the waiting connections: first those that never had an answer, the longest waiting first.
    pub(super) fn evict_idle(&self) {
        let mut waiting: Vec<(bool, u64, Arc<SlotState>)> = locked(&self.slots)
            .values()
            .map(|state| {
                let since = state.waits_since.load(Ordering::Acquire);
                (state.served.load(Ordering::Relaxed), since, Arc::clone(state))
            })
            .filter(|(_, since, _)| *since != ANSWERING)
            .collect();
        waiting.sort_unstable_by_key(|(served, since, _)| (*served, *since));
        waiting.truncate(self.freed_at_once);
        tracing::debug!(
            count = waiting.len(),
            "no connection slot is free: the longest waiting connections are evicted"
        );
        for (_, _, state) in waiting {
            state.evict.notify_one();
        }
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        locked(&self.slots).remove(&self.id);
        self.open.dec();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    fn answer_request(slot: &ConnectionSlot) -> Answering {
        slot.state.request_complete();
        slot.state.answering()
    }

    fn is_evicted(slot: &ConnectionSlot) -> bool {
        let evicted = pin!(slot.state.evicted());
        evicted.poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    #[tokio::test]
    async fn rule_12_the_longest_waiting_connection_without_an_answer_is_evicted_first() {
        let slots = ConnectionSlots::new(4, Level::default());
        let [served, answering, old, new] = [
            slots.take().await,
            slots.take().await,
            slots.take().await,
            slots.take().await,
        ];
        drop(answer_request(&served));
        let held = answer_request(&answering);
        slots.evict_idle();
        assert!(is_evicted(&old));
        assert!(!is_evicted(&new) && !is_evicted(&served) && !is_evicted(&answering));
        drop(old);
        // A slot is free again; the connection that takes it is the newest.
        let newest = slots.take().await;
        slots.evict_idle();
        assert!(is_evicted(&new) && !is_evicted(&newest));
        drop((new, newest));
        slots.evict_idle();
        assert!(is_evicted(&served), "when there is no other one");
        drop(served);
        slots.evict_idle();
        assert!(!is_evicted(&answering), "never while it is answered");
        drop(held);
        slots.evict_idle();
        assert!(is_evicted(&answering));
    }

    #[tokio::test]
    async fn a_closed_listener_waits_only_for_requests_with_a_complete_head() {
        let slots = ConnectionSlots::new(3, Level::default());
        let [half, body, answered] = [slots.take().await, slots.take().await, slots.take().await];
        let held = body.state.answering();
        drop(answer_request(&answered));
        slots.close();
        assert!(is_evicted(&half) && is_evicted(&answered));
        assert!(!is_evicted(&body), "its body is not complete");
        drop(held);
    }

    #[tokio::test]
    async fn an_eviction_is_ignored_when_a_request_came_first() {
        let slots = ConnectionSlots::new(1, Level::default());
        let slot = slots.take().await;
        slots.evict_idle();
        let answering = answer_request(&slot);
        assert!(!is_evicted(&slot));
        drop(answering);
        assert!(!is_evicted(&slot));
    }
}
