//! The places at a door (rule 12), and who leaves when all are taken: whoever has waited longest with no whole request.
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
const PART_FREED: usize = 128;
/// How long those that were told to leave may take before others are told, too.
const LEAVE_PATIENCE: Duration = Duration::from_millis(50);

/// The value of [`Seat::waits_since`] while a request is being answered.
const ANSWERING: u64 = 0;

/// All places of a door. Clones share them.
#[derive(Debug, Clone)]
pub(super) struct Places {
    free: Arc<Semaphore>,
    seats: Arc<Mutex<HashMap<u64, Arc<Seat>>>>,
    turns: Arc<AtomicU64>,
    freed_at_once: usize,
}

/// Held by a connection.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) seat: Arc<Seat>,
    id: u64,
    seats: Arc<Mutex<HashMap<u64, Arc<Seat>>>>,
    _permit: OwnedSemaphorePermit,
}

/// What is known of a connection.
#[derive(Debug)]
pub(super) struct Seat {
    turns: Arc<AtomicU64>,
    /// At which turn it began to wait for a request.
    waits_since: AtomicU64,
    /// It had an answer already, so it is more than half a head.
    served: AtomicBool,
    /// The head of its request is whole; the body may still be on its way.
    has_head: AtomicBool,
    /// The door is closed: who has no whole head by now need not be waited for.
    closing: AtomicBool,
    leave: Notify,
}

/// Held to the end of an answer's body; then the connection waits for the next request.
#[derive(Debug)]
pub(super) struct Answering(Arc<Seat>);

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

impl Seat {
    /// A request is there, to its last byte.
    pub(super) fn is_asked(&self) {
        self.waits_since.store(ANSWERING, Ordering::Release);
    }

    /// The head of a request is there.
    pub(super) fn until_answered(self: &Arc<Self>) -> Answering {
        self.has_head.store(true, Ordering::Release);
        Answering(Arc::clone(self))
    }

    /// Returns when the connection has to leave; never while a request is being answered.
    pub(super) async fn told_to_leave(&self) {
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

impl Places {
    pub(super) fn new(count: usize) -> Self {
        Self {
            free: Arc::new(Semaphore::new(count)),
            seats: Arc::default(),
            turns: Arc::new(AtomicU64::new(ANSWERING + 1)),
            freed_at_once: (count / PART_FREED).max(1),
        }
    }

    /// A place: a free one, or one that is made free.
    pub(super) async fn take(&self) -> Place {
        loop {
            if let Ok(permit) = Arc::clone(&self.free).try_acquire_owned() {
                return self.place(permit);
            }
            self.make_room();
            if let Ok(permit) = timeout(LEAVE_PATIENCE, Arc::clone(&self.free).acquire_owned()).await {
                return self.place(permit.expect("the places are never closed"));
            }
        }
    }

    fn place(&self, permit: OwnedSemaphorePermit) -> Place {
        let id = turn(&self.turns);
        let seat = Arc::new(Seat {
            turns: Arc::clone(&self.turns),
            waits_since: AtomicU64::new(id),
            served: AtomicBool::new(false),
            has_head: AtomicBool::new(false),
            closing: AtomicBool::new(false),
            leave: Notify::new(),
        });
        locked(&self.seats).insert(id, Arc::clone(&seat));
        Place {
            seat,
            id,
            seats: Arc::clone(&self.seats),
            _permit: permit,
        }
    }

    /// Tells all to leave whose request has no whole head: hyper would wait for the rest of it.
    pub(super) fn close(&self) {
        for seat in locked(&self.seats).values() {
            seat.closing.store(true, Ordering::Release);
            seat.leave.notify_one();
        }
    }

    /// Tells some of those to leave that wait: first those that never had an answer, the longest waiting first.
    pub(super) fn make_room(&self) {
        let mut waiting: Vec<(bool, u64, Arc<Seat>)> = locked(&self.seats)
            .values()
            .map(|seat| {
                let since = seat.waits_since.load(Ordering::Acquire);
                (seat.served.load(Ordering::Relaxed), since, Arc::clone(seat))
            })
            .filter(|(_, since, _)| *since != ANSWERING)
            .collect();
        waiting.sort_unstable_by_key(|(served, since, _)| (*served, *since));
        waiting.truncate(self.freed_at_once);
        tracing::debug!(
            count = waiting.len(),
            "no place is free: the longest waiting have to leave"
        );
        for (_, _, seat) in waiting {
            seat.leave.notify_one();
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        locked(&self.seats).remove(&self.id);
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

    fn asked(place: &Place) -> Answering {
        place.seat.is_asked();
        place.seat.until_answered()
    }

    fn has_to_leave(place: &Place) -> bool {
        let told = pin!(place.seat.told_to_leave());
        told.poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    #[tokio::test]
    async fn rule_12_who_waits_longest_without_an_answer_leaves_first() {
        let places = Places::new(4);
        let [served, answering, old, new] = [
            places.take().await,
            places.take().await,
            places.take().await,
            places.take().await,
        ];
        drop(asked(&served));
        let held = asked(&answering);
        places.make_room();
        assert!(has_to_leave(&old));
        assert!(!has_to_leave(&new) && !has_to_leave(&served) && !has_to_leave(&answering));
        drop(old);
        // There is a place again, and who takes it is the newest.
        let newest = places.take().await;
        places.make_room();
        assert!(has_to_leave(&new) && !has_to_leave(&newest));
        drop((new, newest));
        places.make_room();
        assert!(has_to_leave(&served), "when nobody else is there");
        drop(served);
        places.make_room();
        assert!(!has_to_leave(&answering), "never while it is answered");
        drop(held);
        places.make_room();
        assert!(has_to_leave(&answering));
    }

    #[tokio::test]
    async fn at_a_closed_door_only_requests_with_a_whole_head_are_waited_for() {
        let places = Places::new(3);
        let [half, body, answered] = [places.take().await, places.take().await, places.take().await];
        let held = body.seat.until_answered();
        drop(asked(&answered));
        places.close();
        assert!(has_to_leave(&half) && has_to_leave(&answered));
        assert!(!has_to_leave(&body), "its body is on its way");
        drop(held);
    }

    #[tokio::test]
    async fn who_was_told_to_leave_may_stay_when_a_request_came_first() {
        let places = Places::new(1);
        let place = places.take().await;
        places.make_room();
        let answering = asked(&place);
        assert!(!has_to_leave(&place));
        drop(answering);
        assert!(!has_to_leave(&place));
    }
}
