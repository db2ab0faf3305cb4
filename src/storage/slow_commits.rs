//! How long commits take. Slow ones are counted: the disk is busy or failing, or another program locks the file.

use std::fmt;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// A commit that takes longer is slow: a sync of a healthy disk takes milliseconds.
pub const SLOW_COMMIT: Duration = Duration::from_secs(1);

type Observer = Box<dyn Fn(Duration) + Send + Sync>;

/// Called after each commit, with the time that it took.
#[derive(Default)]
pub(super) struct CommitObserver(OnceLock<Observer>);

impl CommitObserver {
    /// Sets it, unless there is one.
    pub(super) fn set(&self, observer: Observer) {
        let _first = self.0.set(observer);
    }

    /// A commit took that long.
    pub(super) fn note(&self, took: Duration) {
        if let Some(observer) = self.0.get() {
            observer(took);
        }
    }
}

impl fmt::Debug for CommitObserver {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CommitObserver").finish_non_exhaustive()
    }
}

/// How many there were since the last call of `take`, and the slowest.
#[derive(Debug, Default)]
pub(super) struct SlowCommits(Mutex<Option<(u64, Duration)>>);

impl SlowCommits {
    /// A commit took that long.
    pub(super) fn note(&self, took: Duration) {
        if took <= SLOW_COMMIT {
            return;
        }
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, slowest) = noted.unwrap_or_default();
        *noted = Some((count + 1, slowest.max(took)));
    }

    pub(super) fn take(&self) -> Option<(u64, Duration)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_commits_of_more_than_a_second_are_counted_until_they_are_taken() {
        let commits = SlowCommits::default();
        commits.note(Duration::from_secs(1));
        assert_eq!(commits.take(), None);
        for ms in [1_001, 2_500, 1_200] {
            commits.note(Duration::from_millis(ms));
        }
        assert_eq!(commits.take(), Some((3, Duration::from_millis(2_500))));
        assert_eq!(commits.take(), None);
    }
}
