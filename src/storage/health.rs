//! What recent writes showed about the database.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tokio::sync::Notify;

use super::slow_commits::{CommitObserver, SlowCommits};
use super::write_probe::WriteProbe;

#[derive(Debug, Default)]
pub(super) struct Health {
    /// The database was unavailable at the last attempt to write.
    pub(super) unwritable: AtomicBool,
    /// A check found damage.
    pub(super) damaged: AtomicBool,
    pub(super) probe: WriteProbe,
    pub(super) slow_commits: SlowCommits,
    pub(super) commit_observer: CommitObserver,
    /// Notified by each commit.
    pub(super) committed: Arc<Notify>,
}

impl Health {
    /// A commit took that long.
    pub(super) fn note_commit(&self, took: Duration) {
        self.slow_commits.note(took);
        self.commit_observer.note(took);
    }
}
