//! `[backup]`: copies of the database that the server makes by itself.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::checks::{self, CheckResult, InvalidOption};
use super::duration;
use crate::domain::backup::BackupSchedule;

/// When backups are made, and where.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BackupConfig {
    /// How long after a backup the next one is made; `None`: the server makes none.
    #[serde(with = "duration::optional", default)]
    pub every: Option<Duration>,
    /// The folder; it has to exist.
    pub folder: Option<PathBuf>,
    /// How many backups are kept.
    pub keep: u32,
}

impl BackupConfig {
    pub(super) fn check(&self) -> CheckResult {
        checks::within("backup.keep", self.keep, &(1..=100_000))?;
        if let Some(every) = self.every {
            checks::duration_of_a_second("backup.every", every)?;
        }
        match (self.every, &self.folder) {
            (Some(_), None) => Err(InvalidOption::new(
                "backup.folder",
                "is missing, but backup.every is set: set the folder of the backups, on another disk if there is one",
            )),
            (None, Some(_)) => Err(InvalidOption::new(
                "backup.every",
                "is missing, but backup.folder is set: set how often a backup is made, such as \"1h\"",
            )),
            _ => Ok(()),
        }
    }

    /// When and where backups are made; `None`: the server makes none.
    #[must_use]
    pub fn schedule(&self) -> Option<BackupSchedule> {
        Some(BackupSchedule {
            every: self.every?,
            folder: self.folder.clone()?,
            keep: usize::try_from(self.keep).unwrap_or(usize::MAX),
        })
    }
}
