//! Which of the server's own tasks are running: for readiness, and to stop the server when one of them exits.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

/// The tasks of the server. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct TaskRegistry {
    /// Whether each task is running.
    tasks: Arc<Mutex<BTreeMap<&'static str, bool>>>,
    /// Cancelled when a task has exited.
    exited: CancellationToken,
}

impl TaskRegistry {
    /// Registers a running task. It counts as exited when the guard is dropped, also by a panic.
    #[must_use]
    pub fn running(&self, name: &'static str) -> TaskGuard {
        self.set(name, true);
        TaskGuard {
            registry: self.clone(),
            name,
        }
    }

    /// The tasks that have exited.
    #[must_use]
    pub fn stopped(&self) -> Vec<&'static str> {
        let tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks
            .iter()
            .filter(|(_, runs)| !**runs)
            .map(|(name, _)| *name)
            .collect()
    }

    /// Waits until one of them has exited.
    pub async fn any_exited(&self) {
        self.exited.cancelled().await;
    }

    fn set(&self, name: &'static str, runs: bool) {
        self.tasks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name, runs);
    }
}

/// Held by a task while it runs.
#[derive(Debug)]
pub struct TaskGuard {
    registry: TaskRegistry,
    name: &'static str,
}

impl Drop for TaskGuard {
    fn drop(&mut self) {
        self.registry.set(self.name, false);
        self.registry.exited.cancel();
    }
}
