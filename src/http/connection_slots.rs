//! The connections that a listener may have (rule 12), and which is closed when all slots are taken: the one that has waited
//! longest with no whole request.
//!
//! Without this, a few thousand clients that send half a head each would keep everybody else out until their time is
//! over, and that is later than the deadline of an answer. A connection whose request is being answered never has to
//! leave; one that is still sending its request may, because nothing is done before a request is there as a whole.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// The part of the places that is freed at once: looking for who has to leave costs a look at all of them.
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
    turns: Arc<AtomicU64>,
    freed_at_once: usize,
}

/// Held by a connection.
#[derive(Debug)]
pub(super) struct ConnectionSlot {
    pub(super) state: Arc<SlotState>,
    id: u64,
    slots: Arc<Mutex<HashMap<u64, Arc<SlotState>>>>,
    _permit: OwnedSemaphorePermit,
}

/// What is known of a connection.
#[derive(Debug)]
pub(super) struct SlotState {
    turns: Arc<AtomicU64>,
    /// At which turn it began to wait for a request.
    waits_since: AtomicU64,
    /// It had an answer already, so it is more than half a head.
    served: AtomicBool,
    /// The head of its request is whole; the body may still be on its way.
    has_head: AtomicBool,
    /// The listener is closed: a connection with no whole head by now need not be waited for.
    closing: AtomicBool,
    leave: Notify,
}

/// Held to the end of an answer's body; then the connection waits for the next request.
#[derive(Debug)]
pub(super) struct Answering(Arc<SlotState>);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.served.store(true, Ordering::Relaxed);
        self.0.has_head.store(false, Ordering::Release);
        self.0.waits_since.store(turn(&self.0.turns), Ordering::Release);
    }
}

fn turn(turns: &AtomicU64) -> u64 {
    turns.fetch_add(1, Ordering::Relaxed)
}

impl SlotState {
    /// A request is there, to its last byte.
    pub(super) fn request_began(&self) {
        self.waits_since.store(ANSWERING, Ordering::Release);
    }

    /// The head of a request is there.
    pub(super) fn answering(self: &Arc<Self>) -> Answering {
        self.has_head.store(true, Ordering::Release);
        Answering(Arc::clone(self))
    }

    /// Returns when the connection has to leave; never while a request is being answered.
    pub(super) async fn evicted(&self) {
        loop {
            self.leave.notified().await;
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
    pub(super) fn new(count: usize) -> Self {
        Self {
            free: Arc::new(Semaphore::new(count)),
            slots: Arc::default(),
            turns: Arc::new(AtomicU64::new(ANSWERING + 1)),
            freed_at_once: (count / EVICTED_SHARE).max(1),
        }
    }

    /// A place: a free one, or one that is made free.
    pub(super) async fn take(&self) -> ConnectionSlot {
        loop {
            if let Ok(permit) = Arc::clone(&self.free).try_acquire_owned() {
                return self.place(permit);
            }
            self.evict_idle();
            if let Ok(permit) = timeout(EVICTION_TIMEOUT, Arc::clone(&self.free).acquire_owned()).await {
                return self.place(permit.expect("the places are never closed"));
            }
        }
    }

    fn place(&self, permit: OwnedSemaphorePermit) -> ConnectionSlot {
        let id = turn(&self.turns);
        let state = Arc::new(SlotState {
            turns: Arc::clone(&self.turns),
            waits_since: AtomicU64::new(id),
            served: AtomicBool::new(false),
            has_head: AtomicBool::new(false),
            closing: AtomicBool::new(false),
            leave: Notify::new(),
        });
        locked(&self.slots).insert(id, Arc::clone(&state));
        ConnectionSlot {
            state,
            id,
            slots: Arc::clone(&self.slots),
            _permit: permit,
        }
    }

    /// Evicts all whose request has no whole head: hyper would wait for the rest of it.
    pub(super) fn close(&self) {
        for state in locked(&self.slots).values() {
            state.closing.store(true, Ordering::Release);
            state.leave.notify_one();
        }
    }

    /// Tells some of those to leave that wait: first those that never had an answer, the longest waiting first.
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
            "no place is free: the longest waiting have to leave"
        );
        for (_, _, state) in waiting {
            state.leave.notify_one();
        }
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        locked(&self.slots).remove(&self.id);
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

    fn asked(place: &ConnectionSlot) -> Answering {
        place.state.request_began();
        place.state.answering()
    }

    fn has_to_leave(place: &ConnectionSlot) -> bool {
        let evicted = pin!(place.state.evicted());
        evicted.poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    #[tokio::test]
    async fn rule_12_who_waits_longest_without_an_answer_leaves_first() {
        let places = ConnectionSlots::new(4);
        let [served, answering, old, new] = [
            places.take().await,
            places.take().await,
            places.take().await,
            places.take().await,
        ];
        drop(asked(&served));
        let held = asked(&answering);
        places.evict_idle();
        assert!(has_to_leave(&old));
        assert!(!has_to_leave(&new) && !has_to_leave(&served) && !has_to_leave(&answering));
        drop(old);
        // There is a place again, and who takes it is the newest.
        let newest = places.take().await;
        places.evict_idle();
        assert!(has_to_leave(&new) && !has_to_leave(&newest));
        drop((new, newest));
        places.evict_idle();
        assert!(has_to_leave(&served), "when nobody else is there");
        drop(served);
        places.evict_idle();
        assert!(!has_to_leave(&answering), "never while it is answered");
        drop(held);
        places.evict_idle();
        assert!(has_to_leave(&answering));
    }

    #[tokio::test]
    async fn at_a_closed_door_only_requests_with_a_whole_head_are_waited_for() {
        let places = ConnectionSlots::new(3);
        let [half, body, answered] = [places.take().await, places.take().await, places.take().await];
        let held = body.state.answering();
        drop(asked(&answered));
        places.close();
        assert!(has_to_leave(&half) && has_to_leave(&answered));
        assert!(!has_to_leave(&body), "its body is on its way");
        drop(held);
    }

    #[tokio::test]
    async fn who_was_told_to_leave_may_stay_when_a_request_came_first() {
        let places = ConnectionSlots::new(1);
        let place = places.take().await;
        places.evict_idle();
        let answering = asked(&place);
        assert!(!has_to_leave(&place));
        drop(answering);
        assert!(!has_to_leave(&place));
    }
}
