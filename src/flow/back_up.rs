//! Backups that the server makes by itself, and what is known about the last one.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Flows;
use crate::domain::backup::BackupSchedule;
use crate::domain::time::Timestamp;
use crate::storage::sqlite::backup::BackUpError;
use crate::storage::sqlite::backup_folder::{back_up_into, backups_in};

/// What is known about the backups that the server makes by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BackupStatus {
    /// When the last backup in the folder was begun, also by an earlier process; `None`: there is none.
    pub last: Option<Timestamp>,
    /// Why the last attempt failed, for people; `None`: it did not.
    pub failure: Option<String>,
}

/// Where that is kept.
#[derive(Debug, Default)]
pub(super) struct BackupLog(Mutex<BackupStatus>);

impl BackupLog {
    fn status(&self) -> MutexGuard<'_, BackupStatus> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Flows {
    /// What is known about the last backup.
    #[must_use]
    pub fn backup_status(&self) -> BackupStatus {
        self.backups.status().clone()
    }

    /// Makes a backup if one is due, and deletes those that are too many. Returns how long until the next one is due. A failure
    /// is logged and tried again.
    pub async fn back_up_if_due(&self, schedule: &BackupSchedule) -> Duration {
        let result = self.back_up(schedule).await;
        if let Err(error) = &result {
            tracing::error!(%error, "a backup failed; it is tried again");
        }
        self.backups.status().failure = result.as_ref().err().map(ToString::to_string);
        result.unwrap_or_else(|_| schedule.retry_pause())
    }

    async fn back_up(&self, schedule: &BackupSchedule) -> Result<Duration, BackUpError> {
        let now = self.clock.now();
        let made = backups_in(&schedule.folder).await?;
        let last = made.into_iter().filter(|begun| *begun <= now).max();
        self.backups.status().last = last;
        let due_in = schedule.due_in(last, now);
        if !due_in.is_zero() {
            return Ok(due_in);
        }
        let file = self.database.sqlite().ok_or(BackUpError::NoFile)?;
        let made = back_up_into(file, schedule, now).await?;
        self.backups.status().last = Some(now);
        tracing::debug!(path = %made.path.display(), bytes = made.backup.bytes, "a backup was made");
        for error in made.not_deleted {
            tracing::warn!(%error, "a backup was made, but an old one could not be deleted");
        }
        Ok(schedule.due_in(Some(now), self.clock.now()))
    }
}
