//! Which of the server's own tasks still run: readiness asks, and the server stops when one of them died.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

/// The board of tasks. Clones are the same board.
#[derive(Debug, Clone, Default)]
pub struct TaskRegistry {
    board: Arc<Mutex<BTreeMap<&'static str, bool>>>,
    one_ended: CancellationToken,
}

impl TaskRegistry {
    /// Notes that the task runs, until the mark is dropped: by its end, or by a panic.
    #[must_use]
    pub fn running(&self, name: &'static str) -> TaskGuard {
        self.set(name, true);
        TaskGuard {
            workers: self.clone(),
            name,
        }
    }

    /// The tasks that ran once and do not any more.
    #[must_use]
    pub fn stopped(&self) -> Vec<&'static str> {
        let board = self.board.lock().unwrap_or_else(PoisonError::into_inner);
        board
            .iter()
            .filter(|(_, runs)| !**runs)
            .map(|(name, _)| *name)
            .collect()
    }

    /// Waits until one of them has ended, which none does by itself.
    pub async fn any_exited(&self) {
        self.one_ended.cancelled().await;
    }

    fn set(&self, name: &'static str, runs: bool) {
        self.board
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name, runs);
    }
}

/// Held by a task while it runs.
#[derive(Debug)]
pub struct TaskGuard {
    workers: TaskRegistry,
    name: &'static str,
}

impl Drop for TaskGuard {
    fn drop(&mut self) {
        self.workers.set(self.name, false);
        self.workers.one_ended.cancel();
    }
}
